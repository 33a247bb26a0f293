// The tree of a definition: what a text says, before any name is resolved.
//
// Produced by parse_definition() (parser.h), printed by print_definition() (printer.h).  Positions are byte offsets
// into the parsed text and exist for error messages only: two trees that differ only in positions are equal.
//
// The parser makes canonical trees only, and only those print to a text that parses to the same tree: no kAnd below
// kAnd, no kOr below kOr, no kNot below kNot; no kNot above a predicate (that is `negated`); no having that says
// "at least 1".
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/language/aggregate.h"
#include "core/language/predicate.h"
#include "core/language/times.h"
#include "core/language/value.h"
#include "core/text/literal.h"

namespace segments {

// Limits on what is accepted, beside those of the text (text/lexer.h); exceeding one throws Error{kLimitExceeded}.
inline constexpr uint32_t kMaxDefinitionConditions = 4096;
inline constexpr int64_t kMaxHavingCount = 1'000'000'000;
inline constexpr int64_t kMaxPeriods = 1'000;
inline constexpr int64_t kMaxLatest = 1'000'000;
inline constexpr size_t kMaxTypes = 100;  // of one condition

enum class RestrictionKind : uint8_t { kAnd, kOr, kNot, kPredicate };

struct Restriction {
  RestrictionKind kind = RestrictionKind::kPredicate;
  std::vector<std::unique_ptr<Restriction>> children;  // kAnd, kOr: two or more; kNot: one
  Predicate predicate;                                 // kPredicate
};

// The number of interactions a profile must have: minimum <= count <= maximum.
// kNever prints as "never" and means exactly 0.
enum class HavingKind : uint8_t { kAtLeast, kAtMost, kExactly, kBetween, kNever };

struct Having {
  HavingKind kind = HavingKind::kAtLeast;
  int64_t minimum = 1;
  int64_t maximum = INT64_MAX;  // INT64_MAX: unbounded
  uint32_t position = 0;
};

enum class PeriodsKind : uint8_t {
  kOfTheLast,  // in so many of the last `count` periods of `length` units, the last one ending at the instant of evaluation
  kInARow,     // on so many of the calendar's units in a row
  kDistinct,   // having count(distinct unit): on so many of the calendar's units
};

// In how many periods a having holds: minimum <= number of periods, or longest run of them, <= maximum.
struct Periods {
  PeriodsKind kind = PeriodsKind::kOfTheLast;
  HavingKind bound = HavingKind::kAtLeast;  // kAtLeast, kAtMost or kExactly; kDistinct: kBetween, too
  int64_t minimum = 1;
  int64_t maximum = INT64_MAX;  // INT64_MAX: unbounded
  int64_t count = 0;            // kOfTheLast
  int64_t length = 1;           // kOfTheLast
  TimeUnit unit = TimeUnit::kDay;
  uint32_t position = 0;
};

// A condition on interactions, or on the rows of a profile source.
struct InteractionCondition {
  std::vector<Name> types;                   // one or more: of any of them; none: any interaction
  std::optional<Name> via;                   // the relation that leads to the profile; absent: the default one
  std::unique_ptr<Restriction> restriction;  // null: none
  std::optional<Window> window;              // absent: all time
  std::optional<Window> but_not;             // nothing may have happened then
  std::optional<int64_t> latest;      // of so many only: those with the greatest times, and others of the least of these times
  std::optional<int64_t> occurrence;  // the so-manieth in all time lies in the window
  std::optional<Periods> periods;
  std::optional<Having> having;        // absent: at least 1
  std::optional<Aggregate> aggregate;  // instead of it
  // Source.Field op value: `types` is the source, `restriction` the predicate, and nothing else is said.
  bool is_attribute = false;
  uint32_t position = 0;  // where it starts
};

// Of an attribute, that some row of the profile satisfies the predicate; negative forms, which are complements over profiles, are
// that no row satisfies the positive one.  What is positive of null and empty is that there is a value.
bool asks_for_none(const Predicate& attribute);
// How many interactions or rows a profile must have; of an attribute asks_for_none, of those that satisfy the positive form.
Having effective_having(const InteractionCondition& condition);

// kNow: who belongs to a saved segment at the instant of the definition that names it.  The others ask the history of its runs.
enum class ReferenceKind : uint8_t { kNow, kEntered, kLeft, kAsOf };
struct SegmentReference {
  std::string name;
  uint32_t position = 0;  // of the name
  ReferenceKind kind = ReferenceKind::kNow;
  std::optional<Window> window = {};  // kEntered, kLeft: when
  std::optional<Literal> at = {};     // kAsOf: a time
};

// Profiles whose bucket of `count` is one of first to last: core/bucket/bucket.h.
struct BucketCondition {
  int64_t first = 0;  // 0 <= first <= last < count <= kMaxBuckets
  int64_t last = 0;
  int64_t count = 1;
  std::string salt;  // empty: none
};

enum class NodeKind : uint8_t { kAnd, kOr, kExcept, kNot, kInteraction, kSegment, kBucket, kComparison, kAll };

struct Node {
  NodeKind kind = NodeKind::kAll;
  // kAnd, kOr: two or more; kExcept: two; kNot: one; else none.
  std::vector<std::unique_ptr<Node>> children;
  std::unique_ptr<InteractionCondition> interaction;  // kInteraction
  std::unique_ptr<SegmentReference> segment;          // kSegment
  std::unique_ptr<BucketCondition> bucket;            // kBucket
  std::unique_ptr<Comparison> comparison;             // kComparison
  uint32_t position = 0;                              // where the node's text starts
};

// Whether a node is one condition: none with children, and not all profiles.
constexpr bool is_one_condition(NodeKind kind) {
  return kind == NodeKind::kInteraction || kind == NodeKind::kSegment || kind == NodeKind::kBucket ||
         kind == NodeKind::kComparison;
}

struct Definition {
  std::unique_ptr<Node> root;
};

// Everything but positions; names and literals byte by byte.
bool operator==(const Restriction& a, const Restriction& b);
bool operator==(const Having& a, const Having& b);
bool operator==(const Periods& a, const Periods& b);
bool operator==(const InteractionCondition& a, const InteractionCondition& b);
bool operator==(const SegmentReference& a, const SegmentReference& b);
bool operator==(const BucketCondition& a, const BucketCondition& b);
bool operator==(const Node& a, const Node& b);
bool operator==(const Definition& a, const Definition& b);

}  // namespace segments

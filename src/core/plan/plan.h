// An evaluation plan: definitions with all names resolved and all windows turned into time ranges.
//
// Self-contained and serializable, so that a parallel worker or another node can evaluate it.  Counters that several
// conditions (or several definitions) share stand in it once.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/column/number.h"
#include "core/fragment/fragment.h"
#include "core/set/profile_set.h"
#include "core/time.h"

namespace segments {

enum class PredicateMethod : uint8_t {
  kNull,      // is null
  kIntegers,  // value within one of `ranges` (kInteger and kFloat fields; floats through float_to_ordered)
  kBytes,     // op over `literals`, byte by byte (kEqual, kIn, kContains, kBeginsWith, kEndsWith, kIsEmpty), or over the elements
              // of arrays (kContainsAny, kContainsAll)
  kServer,    // the server's own functions: collations, ignore case, regular expressions, numeric …
  kPart,      // a part of the value within one of `ranges`
};

enum class ValueOperator : uint8_t {
  kEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kBetween,
  kContains,
  kBeginsWith,
  kEndsWith,
  kIsNull,
  kIsEmpty,
  kMatches,
  kContainsAny,  // of arrays (core/column/element_list.h): one of the literals is an element
  kContainsAll,  // each is one
};

// What of a value is compared.  Of instants: what a clock in the zone shows.
enum class ValuePart : uint8_t {
  kYear,  // of the infinities: the least and the greatest integer; other parts of them are missing
  kQuarter,
  kMonth,
  kWeek,     // ISO
  kDay,      // of the month
  kWeekday,  // ISO: Monday is 1
  kHour,
  kMinute,
  kDate,         // days; of the infinities: the least and the greatest int32
  kTime,         // of day, in microseconds
  kAnniversary,  // matches if one of the date, after itself, lies in a range of days
  kLength,       // of a text, in characters; of an array, in elements
};

struct IntegerRange {
  int64_t first;
  int64_t last;  // both ends included
  bool operator==(const IntegerRange&) const = default;
};

// A positive predicate over one field.  False for null, except kNull and kIsEmpty.
struct FieldPredicate {
  int16_t field = 0;
  ValueKind kind = ValueKind::kBytes;
  PredicateMethod method = PredicateMethod::kBytes;
  ValueOperator op = ValueOperator::kEqual;
  bool ignore_case = false;
  uint32_t type_oid = 0;                // kServer, kPart
  uint32_t collation_oid = 0;           // kServer
  ValuePart part = ValuePart::kYear;    // kPart
  std::string zone;                     // kPart of instants
  std::vector<IntegerRange> ranges;     // kIntegers, kPart: ascending, disjoint
  std::vector<std::string> literals;    // values as fragments hold them; texts where parts or case of texts are compared
  std::optional<MissingValue> missing;  // what fragments older than the field answer with; absent: null
};

enum class PairOperator : uint8_t {
  kEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kWithinBefore,  // [right - span, right]
  kWithinAfter,   // [right, right + span]
  kWithinOf,      // [right - span, right + span]
};

struct PairOperand {
  int16_t field = kTimeColumn;  // kTimeColumn: the row's time
  ValueKind kind = ValueKind::kInteger;
  uint32_t type_oid = 0;
  uint32_t collation_oid = 0;
  std::optional<MissingValue> missing;  // as of FieldPredicate
};

// Two values of a row, compared by the server's rules.  False if one is null.
struct PairPredicate {
  PairOperand left;
  PairOperand right;
  PairOperator op = PairOperator::kEqual;
  int64_t months = 0;  // the span
  int64_t days = 0;
  int64_t microseconds = 0;
  std::string zone;
};

enum class RowTestKind : uint8_t { kAnd, kOr, kNot, kField, kTimes, kOrdinals, kTimePart, kPair };

// A restriction, as a tree over the rows of a fragment.
struct RowTest {
  RowTestKind kind = RowTestKind::kField;
  std::vector<RowTest> children;  // kAnd, kOr, kNot
  FieldPredicate predicate;       // kField; kTimePart: of the row's time
  std::vector<TimeRange> times;   // kTimes: the row's time lies in one of these
  uint32_t ordinals = 0;          // kOrdinals: index into EvaluationPlan::ordinal_sets
  PairPredicate pair;             // kPair
};

// Rows that a counter counts: those of a type that satisfy a restriction.
struct CountedType {
  int32_t type_id = 0;
  std::optional<RowTest> restriction;
};

inline constexpr uint32_t kMostEdgeRows = 1'000'000;

// Of the rows that another counter counts, those of each profile with the earliest or latest times.
struct EdgePlan {
  uint32_t among = 0;  // an earlier counter, of the same types and without periods
  bool latest = true;
  uint32_t count = 1;  // so many, at most kMostEdgeRows, and all others of the time of the last one of these
  bool operator==(const EdgePlan&) const = default;
};

// Counts, per profile, the rows of some types within a window but outside of a hole; one by one for each of its periods, if it
// has any.
struct CounterPlan {
  std::vector<CountedType> types;  // one or more; ascending
  TimeRange window;
  TimeRange hole = {kPlusInfinity, kMinusInfinity};  // empty: none
  std::vector<TimeRange> periods;                    // ascending, disjoint, within the window; none: all of it together
  std::optional<EdgePlan> edge;                      // of these only
  int64_t largest_bound = 1;                         // the largest count any condition asks about

  static CounterPlan of(int32_t type_id, TimeRange window, std::optional<RowTest> restriction = {}, int64_t largest_bound = 1) {
    return {{{type_id, std::move(restriction)}}, window, {kPlusInfinity, kMinusInfinity}, {}, {}, largest_bound};
  }
};

// A field of the counter's type at the same place.
struct FoldedField {
  int16_t field = 0;
  NumberForm form = NumberForm::kInteger;
  std::optional<MissingValue> missing = {};  // what fragments older than the field answer with
};

// Adds up, per profile, the numbers that a field has in the rows that a counter, without periods, counts.
struct FoldPlan {
  uint32_t counter = 0;
  std::vector<FoldedField> fields;  // one for each type
};

// Which values of a field are one.
enum class ValueEquality : uint8_t {
  kSame,     // the same integer, or the same bytes
  kNumbers,  // integers and images of numeric: the same number
  kPadded,   // texts, but for blanks at their end
  kServer,   // what the type's own function says
};

// A field of the counter's type at the same place.
struct DistinctField {
  int16_t field = 0;
  ValueKind kind = ValueKind::kBytes;
  ValueEquality equality = ValueEquality::kSame;
  std::optional<MissingValue> missing = {};  // what fragments older than the field answer with
};

// Counts, per profile, the different values that a field has in the rows that a counter, without periods, counts.
struct DistinctPlan {
  uint32_t counter = 0;
  std::vector<DistinctField> fields;  // one for each type; if one is kServer, all are
  uint32_t type_oid = 0;              // kServer
  uint32_t collation_oid = 0;         // kServer
};

// Of one value; what is shared counts as often as it is used.
inline constexpr uint32_t kMostOperands = 256;

enum class PlanValueKind : uint8_t {
  kNumber,
  kCount,     // of rows that a counter, without periods, counts
  kSum,       // of a fold; null: of no number
  kAverage,   // likewise
  kDistinct,  // the number of different values
  kAdd,       // of two operands, one of which is null: null; exact
  kSubtract,
  kMultiply,
  kDivide,    // by 0: null
  kCoalesce,  // the first operand; where that is null, the second
};

constexpr bool has_operands(PlanValueKind kind) { return kind >= PlanValueKind::kAdd; }

// A number that each profile has, or null: rational, an infinity or NaN, as the server's numeric has them.
struct PlanValue {
  PlanValueKind kind = PlanValueKind::kNumber;
  std::string number = {};  // kNumber: an image of numeric
  uint32_t source = 0;      // kCount: a counter; kSum, kAverage: a fold; kDistinct: a distinct
  uint32_t left = 0;        // of two operands: earlier values
  uint32_t right = 0;
  auto operator<=>(const PlanValue&) const = default;
};

enum class PlanNodeKind : uint8_t {
  kAnd,
  kOr,
  kNot,         // children; not is taken over all profiles
  kExcept,      // first child without the second
  kCount,       // minimum <= counter <= maximum
  kAll,         // every profile
  kSet,         // ordinal_sets[set], restricted to profiles
  kPeriods,     // of the counter's periods, at least minimum and at most maximum have period_minimum <= count <= period_maximum
  kRun,         // likewise, of the longest run of such periods
  kSum,         // the sum of a fold compares with the literals as `op` says; of no number, only kIsNull holds
  kAverage,     // likewise, the sum with each literal times how many numbers there are
  kDistinct,    // the number of different values compares with the literals as `op` says
  kComparison,  // the first of `values` compares with the others as `op` says: nothing compares with null, but for kIsNull
};

constexpr bool is_fold(PlanNodeKind kind) { return kind == PlanNodeKind::kSum || kind == PlanNodeKind::kAverage; }

// Whether a node asks for a counter.
constexpr bool is_condition(PlanNodeKind kind) {
  return kind == PlanNodeKind::kCount || kind == PlanNodeKind::kPeriods || kind == PlanNodeKind::kRun;
}

struct PlanNode {
  PlanNodeKind kind = PlanNodeKind::kAll;
  std::vector<uint32_t> children;  // indexes of earlier nodes
  uint32_t counter = 0;            // kCount, kPeriods, kRun
  int64_t minimum = 1;
  int64_t maximum = INT64_MAX;
  uint32_t set = 0;            // kSet
  int64_t period_minimum = 1;  // kPeriods, kRun
  int64_t period_maximum = INT64_MAX;
  uint32_t fold = 0;                         // kSum, kAverage; kDistinct: index into EvaluationPlan::distincts
  ValueOperator op = ValueOperator::kEqual;  // likewise: … kBetween; kIsNull but for kDistinct
  std::vector<std::string> literals = {};    // likewise: images of numeric
  std::vector<uint32_t> values = {};         // kComparison: one, and as many as `op` compares it with
};

enum class PlanOutput : uint8_t {
  kSets,         // per root: the profiles
  kCounts,       // per root: how many
  kExplain,      // per node: how many, and the work done
  kEvidence,     // per counter: when what it counts of one profile happened, in its window or not
  kShares,       // how many profiles of two groups (the first set; the second, or all others) have which values
  kValueCounts,  // per counted field: how many rows of linked profiles have which values
  kRecords,      // per root, a kCount: the ordinals with so many rows, each by itself, whether they belong to a profile or not
};

// A field whose values are counted in the rows of linked profiles that its counter counts; its hole, periods and edge play no
// part.
struct CountedField {
  uint32_t counter = 0;  // of one type
  int16_t field = 0;
  ValueKind kind = ValueKind::kBytes;
  std::optional<MissingValue> missing = {};  // what fragments older than the field answer with
};

// A field whose values are counted.  Values in one group are equal to those who ask; groups are in order where values have one.
struct FieldValues {
  static constexpr uint32_t kNoGroup = UINT32_MAX;

  int32_t type_id = 0;
  int16_t field = 0;
  ValueKind kind = ValueKind::kBytes;
  std::vector<int64_t> integers;      // kInteger and kFloat (through float_to_ordered), ascending
  std::vector<std::string> texts;     // kBytes, ascending
  std::vector<uint32_t> groups;       // by value
  uint32_t missing_group = kNoGroup;  // of what fragments older than the field answer with
  uint32_t group_count = 0;           // at most as many as values
};

struct EvaluationPlan {
  std::vector<CounterPlan> counters;
  std::vector<FoldPlan> folds;
  std::vector<DistinctPlan> distincts;
  std::vector<PlanValue> values;  // operands before what is made of them
  std::vector<PlanNode> nodes;    // children before parents
  std::vector<uint32_t> roots;    // one per definition
  std::vector<ProfileSet> ordinal_sets;
  PlanOutput output = PlanOutput::kSets;
  Ordinal subject = 0;                       // kEvidence: what the profile goes by
  std::vector<FieldValues> field_values;     // kShares
  Timestamp as_of = kPlusInfinity;           // kShares: interactions after it do not count
  std::vector<CountedField> counted_fields;  // kValueCounts

  Bytes encode() const;
  // Throws Error{kDataCorrupted}; checks every index, so that evaluation need not.
  static EvaluationPlan decode(BytesView bytes);
};

// Whose rows a value is made of.  REQUIRES: neither a number nor operands.
uint32_t counter_of(const EvaluationPlan& plan, const PlanValue& value);
// Adds the counters that a node asks for, by itself.
void add_counters(const EvaluationPlan& plan, const PlanNode& node, std::set<uint32_t>& counters);
// Whether each value is one of these, or something that one of these is made of.
std::vector<bool> parts_of_values(const EvaluationPlan& plan, const std::vector<uint32_t>& values);

// The index of an equal counter, raising its largest_bound, or of a new one.
uint32_t share_counter(EvaluationPlan& plan, CounterPlan&& counter);
// The index of an equal one, or of a new one.
uint32_t share_fold(EvaluationPlan& plan, FoldPlan&& fold);
uint32_t share_distinct(EvaluationPlan& plan, DistinctPlan&& distinct);

}  // namespace segments

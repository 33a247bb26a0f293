// What a restriction says about one field of an interaction.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/language/times.h"
#include "core/text/literal.h"

namespace segments {

enum class PredicateOperator : uint8_t {
  kEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,  // one literal, or another field
  kIn,            // one or more literals
  kBetween,       // two literals, both ends included
  kContains,
  kBeginsWith,
  kEndsWith,
  kMatches,      // one text literal
  kContainsAny,  // of an array: one or more literals
  kContainsAll,
  kIsNull,
  kIsEmpty,       // none
  kTimes,         // `times`
  kWithinBefore,  // at most count units of `times` before another field
  kWithinAfter,
  kWithinOf,  // either
};

// What of a field's value is looked at.
enum class FieldPart : uint8_t {
  kWhole,
  kYear,
  kQuarter,
  kMonth,
  kWeek,
  kDay,
  kWeekday,
  kHour,
  kMinute,
  kDate,
  kTime,
  kAnniversary,  // only with kTimes, in days and longer units
  kLength,       // of a text, in characters; of an array, in elements
};

// A field has at most so many names.  Each may lead to another table, which is evaluated on the way.
inline constexpr size_t kMaxPathNames = 64;

// A field as written: a column, or a member of the JSON documents in it, as properties.plan.
struct FieldPath {
  Name column;
  std::vector<Name> members = {};  // from the outermost on; none: the column itself

  uint32_t position() const { return column.position; }
  std::string text() const;  // for errors: the names with dots between them
  // Throws Error{kLimitExceeded} if there are too many names.
  void add_member(Name member);
};

// `field op value`.  Every negative form (<>, not in, not between, not contains, is not null …) is its positive
// operator with negated = true: exactly the complement.
struct Predicate {
  FieldPath field;
  FieldPart part = FieldPart::kWhole;
  PredicateOperator op = PredicateOperator::kEqual;
  bool negated = false;
  bool ignore_case = false;  // only with kEqual, kIn, kContains, kBeginsWith, kEndsWith, kMatches, and text literals
  std::vector<Literal> literals;
  std::optional<FieldPath> other;  // the field that is compared with, instead of literals
  std::optional<Window> times;     // kTimes: any kind; kWithin…: kWithinLast, for its count and unit
  uint32_t position = 0;           // of the operator
};

// "hour" for FieldPart::kHour; empty for kWhole.
std::string_view part_word(FieldPart part);
// In any case; kWhole for every other word.
FieldPart part_of_word(std::string_view word);

// contains any of, contains all of
bool names_elements(PredicateOperator op);

// Whether an operator has a list of values, in parentheses.
bool takes_list(PredicateOperator op);

// Whether an operator says its complement by itself: <>, not in … . Others have "not" before the predicate.
bool has_negative_form(PredicateOperator op);

bool operator==(const FieldPath& a, const FieldPath& b);
bool operator==(const Predicate& a, const Predicate& b);

}  // namespace segments

#include "core/language/predicate.h"

#include <array>
#include <tuple>

#include "core/error.h"
#include "core/text/keywords.h"

namespace segments {
namespace {

constexpr std::array<std::string_view, 13> kParts = {"",     "year",   "quarter", "month", "week",        "day",   "weekday",
                                                     "hour", "minute", "date",    "time",  "anniversary", "length"};

}  // namespace

std::string_view part_word(FieldPart part) { return kParts.at(static_cast<size_t>(part)); }

FieldPart part_of_word(std::string_view word) {
  for (size_t i = 1; i < kParts.size(); ++i) {
    if (equals_ignoring_case(word, kParts[i])) return static_cast<FieldPart>(i);
  }
  return FieldPart::kWhole;
}

std::string FieldPath::text() const {
  std::string text = column.text;
  for (const Name& member : members) text += '.' + member.text;
  return text;
}

void FieldPath::add_member(Name member) {
  if (members.size() + 1 == kMaxPathNames) {
    throw Error(ErrorCode::kLimitExceeded, "the path of a field is too long",
                "It has at most " + std::to_string(kMaxPathNames) + " names.", "", member.position);
  }
  members.push_back(std::move(member));
}

bool operator==(const FieldPath& a, const FieldPath& b) { return a.column == b.column && a.members == b.members; }

bool operator==(const Window& a, const Window& b) {
  return std::tie(a.kind, a.count, a.unit, a.other_count, a.other_unit, a.start, a.end) ==
         std::tie(b.kind, b.count, b.unit, b.other_count, b.other_unit, b.start, b.end);
}

bool operator==(const Predicate& a, const Predicate& b) {
  return std::tie(a.field, a.part, a.op, a.negated, a.ignore_case, a.literals, a.other, a.times) ==
         std::tie(b.field, b.part, b.op, b.negated, b.ignore_case, b.literals, b.other, b.times);
}

bool names_elements(PredicateOperator op) {
  return op == PredicateOperator::kContainsAny || op == PredicateOperator::kContainsAll;
}

bool takes_list(PredicateOperator op) { return op == PredicateOperator::kIn || names_elements(op); }

bool has_negative_form(PredicateOperator op) {
  if (op >= PredicateOperator::kTimes) return false;
  return op < PredicateOperator::kLess || op > PredicateOperator::kGreaterEqual;
}

}  // namespace segments

#include "pg/evaluation/impossible_part.h"

namespace segments::pg {
namespace {

// What a part can be; nothing: any number.
std::optional<IntegerRange> possible(ValuePart part) {
  switch (part) {
    case ValuePart::kQuarter:
      return IntegerRange{1, 4};
    case ValuePart::kMonth:
      return IntegerRange{1, 12};
    case ValuePart::kWeek:
      return IntegerRange{1, 53};
    case ValuePart::kDay:
      return IntegerRange{1, 31};
    case ValuePart::kWeekday:
      return IntegerRange{1, 7};
    case ValuePart::kHour:
      return IntegerRange{0, 23};
    case ValuePart::kMinute:
      return IntegerRange{0, 59};
    case ValuePart::kLength:
      return IntegerRange{0, INT32_MAX};
    default:
      return std::nullopt;
  }
}

std::string range_text(const IntegerRange& range) {
  if (range.first == range.last) return std::to_string(range.first);
  if (range.last >= INT32_MAX) return std::to_string(range.first) + " or more";
  if (range.first <= INT32_MIN) return std::to_string(range.last) + " or less";
  return "between " + std::to_string(range.first) + " and " + std::to_string(range.last);
}

std::string possible_text(ValuePart part, const IntegerRange& range) {
  if (part == ValuePart::kLength) return "it is 0 or more";
  const std::string days = part == ValuePart::kWeekday ? "1 (Monday) to 7 (Sunday)" : "";
  return "it is from " + (days.empty() ? std::to_string(range.first) + " to " + std::to_string(range.last) : days);
}

}  // namespace

std::vector<std::string> impossible_parts(const ComparedField& field) {
  std::vector<std::string> notes;
  const ValuePart part = field.predicate.part;
  const std::optional<IntegerRange> takes = possible(part);
  const std::string what = "no " + std::string(part_word(field.written->part)) + " of " + field.written->field.text() + " is ";
  for (const IntegerRange& range : field.predicate.ranges) {
    if (part == ValuePart::kYear && range.first == 0 && range.last == 0) notes.push_back(what + "0: the year before 1 is -1");
    if (takes && (range.last < takes->first || range.first > takes->last)) {
      notes.push_back(what + range_text(range) + ": " + possible_text(part, *takes));
    }
  }
  return notes;
}

}  // namespace segments::pg

#include "pg/evaluation/value_part.h"

#include "core/calendar/date.h"
#include "core/column/element_list.h"
#include "pg/catalog/array_value.h"
#include "pg/catalog/field_value.h"
#include "pg/evaluation/field_predicate.h"
#include "pg/evaluation/server_values.h"
#include "pg/evaluation/zone_clock.h"
#include "pg/server/scratch.h"

namespace segments::pg {
namespace {

ValuePart value_part(FieldPart part) {
  switch (part) {
    case FieldPart::kQuarter:
      return ValuePart::kQuarter;
    case FieldPart::kMonth:
      return ValuePart::kMonth;
    case FieldPart::kWeek:
      return ValuePart::kWeek;
    case FieldPart::kDay:
      return ValuePart::kDay;
    case FieldPart::kWeekday:
      return ValuePart::kWeekday;
    case FieldPart::kHour:
      return ValuePart::kHour;
    case FieldPart::kMinute:
      return ValuePart::kMinute;
    case FieldPart::kDate:
      return ValuePart::kDate;
    case FieldPart::kTime:
      return ValuePart::kTime;
    case FieldPart::kAnniversary:
      return ValuePart::kAnniversary;
    case FieldPart::kLength:
      return ValuePart::kLength;
    case FieldPart::kWhole:
    case FieldPart::kYear:
      break;
  }
  return ValuePart::kYear;
}

// What the part is compared as.
Oid type_of_part(FieldPart part) {
  switch (part) {
    case FieldPart::kDate:
    case FieldPart::kAnniversary:
      return DATEOID;
    case FieldPart::kTime:
      return TIMEOID;
    default:
      return INT4OID;
  }
}

bool is_of_day(FieldPart part) { return part == FieldPart::kHour || part == FieldPart::kMinute || part == FieldPart::kTime; }

void check_has_part(const Predicate& predicate, const FieldColumnName& field) {
  const bool is_time = field.type == TIMESTAMPOID || field.type == TIMESTAMPTZOID;
  const bool is_length = predicate.part == FieldPart::kLength;
  const bool has_length = is_text_type(field.type) || OidIsValid(element_type_of(field.type));
  const bool fits = is_length ? has_length : is_time || (field.type == DATEOID && !is_of_day(predicate.part));
  if (fits) return;
  const Oid type = field.type;
  const std::string type_name(call([&] { return static_cast<const char*>(format_type_be(type)); }));
  const char* hint = is_length               ? "Texts and arrays have a length."
                     : field.type == DATEOID ? "Dates have a year, quarter, month, week, day and weekday."
                                             : "Dates and timestamps have parts.";
  throw Error(
      ErrorCode::kTypeMismatch,
      "field \"" + predicate.field.text() + "\" of type " + type_name + " has no " + std::string(part_word(predicate.part)), "",
      hint, predicate.field.position());
}

// Names of days as their numbers.
void read_weekdays(Predicate& predicate) {
  for (Literal& literal : predicate.literals) {
    if (literal.kind != LiteralKind::kText || literal.type != LiteralType::kNone) continue;
    const std::optional<Weekday> day = weekday_of_name(literal.text);
    if (!day) {
      throw Error(ErrorCode::kInvalidLiteral, "\"" + literal.text + "\" is no day of the week", "",
                  "Write a name such as 'monday', or a number from 1 (Monday) to 7.", literal.position);
    }
    literal.kind = LiteralKind::kNumber;
    literal.text = std::to_string(static_cast<int>(*day) + 1);
  }
}

// The 4 January is always in week 1.
int64_t iso_week(int64_t day) {
  const int64_t thursday = day - static_cast<int64_t>(weekday_of_day(day)) + 3;
  return (thursday - day_of_date({date_of_day(thursday).year, 1, 1})) / 7 + 1;
}

int64_t part_of_day(ValuePart part, int64_t day) {
  if (part == ValuePart::kWeekday) return static_cast<int64_t>(weekday_of_day(day)) + 1;
  if (part == ValuePart::kWeek) return iso_week(day);
  const Date date = date_of_day(day);
  switch (part) {
    case ValuePart::kQuarter:
      return (date.month - 1) / 3 + 1;
    case ValuePart::kMonth:
      return date.month;
    case ValuePart::kDay:
      return date.day;
    default:
      return date.year > 0 ? date.year : date.year - 1;  // there is no year 0: 1 BC is -1
  }
}

class TimePartMatcher final : public ValueMatcher {
 public:
  explicit TimePartMatcher(const FieldPredicate& predicate)
      : part_(predicate.part), ranges_(predicate.ranges), type_(predicate.type_oid), clock_(predicate.zone) {}

  bool matches(const Dictionary& dictionary, uint32_t index) override {
    const int64_t value = dictionary.integer(index);
    const int64_t least = type_ == DATEOID ? INT32_MIN : INT64_MIN;
    const int64_t greatest = type_ == DATEOID ? INT32_MAX : INT64_MAX;
    if (value <= least || value >= greatest) return matches_infinity(value > 0);
    if (type_ == DATEOID) return matches_day(value);
    const int64_t reading = type_ == TIMESTAMPTZOID ? clock_.reading(value) : value;
    const int64_t of_day = floor_remainder(reading, kMicrosecondsOfDay);
    switch (part_) {
      case ValuePart::kHour:
        return in_ranges(of_day / USECS_PER_HOUR);
      case ValuePart::kMinute:
        return in_ranges(of_day / USECS_PER_MINUTE % 60);
      case ValuePart::kTime:
        return in_ranges(of_day);
      default:
        return matches_day(floor_divide(reading, kMicrosecondsOfDay));
    }
  }

 private:
  bool in_ranges(int64_t value) const {
    return std::ranges::any_of(ranges_, [&](const IntegerRange& range) { return range.first <= value && value <= range.last; });
  }

  bool matches_infinity(bool is_positive) const {
    if (part_ == ValuePart::kYear) return in_ranges(is_positive ? INT64_MAX : INT64_MIN);
    return part_ == ValuePart::kDate && in_ranges(is_positive ? INT32_MAX : INT32_MIN);
  }

  bool matches_day(int64_t day) const {
    if (part_ == ValuePart::kDate) return in_ranges(day);
    if (part_ != ValuePart::kAnniversary) return in_ranges(part_of_day(part_, day));
    return std::ranges::any_of(ranges_, [&](const IntegerRange& range) { return has_anniversary(day, range.first, range.last); });
  }

  ValuePart part_;
  std::vector<IntegerRange> ranges_;
  Oid type_;
  ZoneClock clock_;
};

bool lies_in(int64_t value, const std::vector<IntegerRange>& ranges) {
  return std::ranges::any_of(ranges, [&](const IntegerRange& range) { return range.first <= value && value <= range.last; });
}

class ElementCountMatcher final : public ValueMatcher {
 public:
  explicit ElementCountMatcher(const FieldPredicate& predicate) : ranges_(predicate.ranges) {}

  bool matches(const Dictionary& dictionary, uint32_t index) override {
    return lies_in(static_cast<int64_t>(count_elements(dictionary.bytes(index))), ranges_);
  }

 private:
  std::vector<IntegerRange> ranges_;
};

class LengthMatcher final : public ValueMatcher {
 public:
  LengthMatcher(const FieldPredicate& predicate, MemoryContext context)
      : ranges_(predicate.ranges), type_(predicate.type_oid),
        scratch_(call([&] { return AllocSetContextCreate(context, "segments predicate values", ALLOCSET_DEFAULT_SIZES); })) {}

  bool matches(const Dictionary& dictionary, uint32_t index) override {
    constexpr uint32_t kValuesPerReset = 256;
    if (++calls_ % kValuesPerReset == 0) call([&] { MemoryContextReset(scratch_); });
    const ContextScope scope(scratch_);
    const Datum stored = datum_of(dictionary, index, type_);
    const int64_t length = call([&] { return DatumGetInt32(DirectFunctionCall1(textlen, to_text(type_, stored))); });
    return lies_in(length, ranges_);
  }

 private:
  std::vector<IntegerRange> ranges_;
  Oid type_;
  MemoryContext scratch_;
  uint32_t calls_ = 0;
};

}  // namespace

FieldPredicate resolve_part(const Predicate& predicate, const FieldColumnName& field, LiteralReader& reader) {
  check_has_part(predicate, field);
  Predicate whole = predicate;
  whole.part = FieldPart::kWhole;
  whole.field = {{std::string(part_word(predicate.part)) + " of " + predicate.field.text(), false, predicate.field.position()},
                 {}};
  if (predicate.op == PredicateOperator::kIsNull || predicate.op == PredicateOperator::kIsEmpty) {
    throw Error(ErrorCode::kTypeMismatch, "a part of a field is compared with values", "",
                "Write \"" + predicate.field.text() + " is null\".", predicate.position);
  }
  if (predicate.part == FieldPart::kWeekday) read_weekdays(whole);
  FieldColumnName column = field;
  column.role = ColumnRole::kField;
  column.type = type_of_part(predicate.part);
  column.kind = ValueKind::kInteger;
  FieldPredicate result = resolve_predicate(whole, column, reader);
  result.method = PredicateMethod::kPart;
  result.part = value_part(predicate.part);
  result.kind = predicate.part == FieldPart::kLength ? ValueKind::kBytes : ValueKind::kInteger;
  result.type_oid = field.type;
  if (field.type == TIMESTAMPTZOID) result.zone = reader.settings().time_zone;
  return result;
}

FieldPredicate resolve_part_of_time(const Predicate& predicate, const FieldColumnName& field, LiteralReader& reader) {
  FieldColumnName time = field;
  time.type = TIMESTAMPTZOID;
  time.attnum = 1;  // any: the row's time is looked at
  return resolve_part(predicate, time, reader);
}

std::unique_ptr<ValueMatcher> make_part_matcher(const FieldPredicate& predicate, MemoryContext context) {
  if (predicate.part == ValuePart::kLength) {
    if (OidIsValid(element_type_of(predicate.type_oid))) return std::make_unique<ElementCountMatcher>(predicate);
    return std::make_unique<LengthMatcher>(predicate, context);
  }
  return std::make_unique<TimePartMatcher>(predicate);
}

}  // namespace segments::pg

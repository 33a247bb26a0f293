#include "pg/evaluation/field_predicate.h"

#include "core/language/clause_printer.h"
#include "core/language/field_times.h"
#include "core/text/keywords.h"
#include "core/text/lexer.h"
#include "pg/catalog/array_value.h"
#include "pg/catalog/field_value.h"
#include "pg/evaluation/array_predicate.h"
#include "pg/evaluation/literal_hint.h"
#include "pg/evaluation/predicate_operator.h"
#include "pg/evaluation/server_values.h"
#include "pg/evaluation/value_part.h"
#include "pg/evaluation/zone_clock.h"

namespace segments::pg {
namespace {

// Wide enough for one past either end of int64.
__extension__ using Wide = __int128;

constexpr Wide kBelowAll = static_cast<Wide>(INT64_MIN) * 2;
constexpr Wide kAboveAll = static_cast<Wide>(INT64_MAX) * 2;

// A literal among the values of a field held as integers: the greatest value below it, and the greatest that is not above it.
// More than one value can equal it (days that a zone has skipped begin at one instant), or none.
struct Point {
  Wide last_below;
  Wide last_not_above;

  static Point at(Wide value) { return {value - 1, value}; }
  static Point after(Wide value) { return {value, value}; }
  Wide first_not_below() const { return last_below + 1; }
};

std::string type_name(Oid type) {
  return std::string(call([&] { return static_cast<const char*>(format_type_be(type)); }));
}

const char* kind_text(LiteralKind kind) {
  switch (kind) {
    case LiteralKind::kText:
      return "a text";
    case LiteralKind::kNumber:
      return "a number";
    case LiteralKind::kBoolean:
      return "a boolean";
  }
  return "this";
}

std::string written_as(const Literal& literal) {
  if (literal.type == LiteralType::kNone) return kind_text(literal.kind);
  return "a " + std::string(type_word(literal.type));
}

[[noreturn]] void throw_literal_mismatch(const Predicate& predicate, const FieldColumnName& field, const Literal& literal,
                                         const std::string& hint = {}) {
  throw Error(ErrorCode::kTypeMismatch,
              "field \"" + predicate.field.text() + "\" of type " + type_name(field.type) + " cannot be compared with " +
                  written_as(literal),
              "", hint.empty() ? mismatch_hint(predicate, field, literal) : hint, literal.position);
}

// A field without time zone has what clocks in the definition's zone show: the same text, unless that names another zone.
std::string local_time_hint(const Literal& literal, LiteralReader& reader) {
  const std::string local = local_time(reader.read_time(literal, TIMESTAMPTZOID), reader.settings().time_zone);
  const bool as_written = local == local_time(reader.read_time(literal, TIMESTAMPOID), "");
  return "The field has no time zone: write timestamp " + in_quotes(as_written ? literal.text : local, '\'') +
         (as_written ? "." : ", that time in the zone " + reader.settings().time_zone + ".");
}

[[noreturn]] void throw_operator_mismatch(const Predicate& predicate, const FieldColumnName& field, const char* fitting) {
  throw_operator_mismatch(predicate, field, std::string("Operators that fit: ") + fitting + ".");
}

// A number as written against integers: exact, and never out of range.
Point integer_point(const Literal& literal, LiteralReader& reader) {
  const Datum number = reader.read(literal, NUMERICOID);
  bool exact = false;
  const std::string digits = call([&] {
    const Datum floor = DirectFunctionCall1(numeric_floor, number);
    exact = DatumGetBool(DirectFunctionCall2(numeric_eq, number, floor));
    return static_cast<const char*>(DatumGetCString(DirectFunctionCall1(numeric_out, floor)));
  });
  errno = 0;
  const long long value = std::strtoll(digits.c_str(), nullptr, 10);
  if (errno == ERANGE) return Point::at(value < 0 ? kBelowAll : kAboveAll);
  return exact ? Point::at(value) : Point::after(value);
}

// The days whose midnights in the zone lie before an instant, and not after it.
Point day_point(Timestamp instant, LiteralReader& reader) {
  Wide day = instant / USECS_PER_DAY - 3;
  Point point = Point::after(day);
  const Wide end = day + 6;
  for (; day <= end; ++day) {
    const Timestamp midnight = reader.local_time().instant(static_cast<int64_t>(day) * USECS_PER_DAY);
    if (midnight < instant) point.last_below = day;
    if (midnight <= instant) point.last_not_above = day;
  }
  return point;
}

bool is_infinite(int64_t value, LiteralType type) {
  return type == LiteralType::kDate ? is_infinite_date(value) : TIMESTAMP_NOT_FINITE(value);
}

Wide floor_days(int64_t microseconds) { return microseconds / USECS_PER_DAY - (microseconds % USECS_PER_DAY < 0 ? 1 : 0); }

// date '…', timestamp '…', timestamptz '…': compared with a field as SQL promotes the lesser type to the greater.
Point typed_point(const Predicate& predicate, const FieldColumnName& field, const Literal& literal, LiteralReader& reader) {
  const bool fits = field.type == DATEOID || field.type == TIMESTAMPTZOID ||
                    (field.type == TIMESTAMPOID && literal.type != LiteralType::kTimestamptz);
  if (!fits)
    throw_literal_mismatch(predicate, field, literal, field.type == TIMESTAMPOID ? local_time_hint(literal, reader) : "");
  const Oid type = type_of(literal.type);
  const int64_t value = reader.read_time(literal, type);
  if (is_infinite(value, literal.type)) {
    const bool days = field.type == DATEOID;
    return Point::at(value < 0 ? (days ? INT32_MIN : INT64_MIN) : (days ? INT32_MAX : INT64_MAX));
  }
  if (field.type == type) return Point::at(value);
  const int64_t reading = type == DATEOID ? value * USECS_PER_DAY : value;
  if (field.type == TIMESTAMPOID) return Point::at(reading);
  if (field.type == DATEOID && type == TIMESTAMPTZOID) return day_point(value, reader);
  if (field.type == DATEOID) {
    return value % USECS_PER_DAY == 0 ? Point::at(value / USECS_PER_DAY) : Point::after(floor_days(value));
  }
  // Days beyond the last timestamp are after every finite one.
  const Timestamp instant = reader.local_time().instant(reading);
  if (instant == kPlusInfinity) return Point::after(static_cast<Wide>(INT64_MAX) - 1);
  return instant == kMinusInfinity ? Point::after(INT64_MIN) : Point::at(instant);
}

Point point_of(const Predicate& predicate, const FieldColumnName& field, const Literal& literal, LiteralReader& reader) {
  if (literal.type != LiteralType::kNone) return typed_point(predicate, field, literal, reader);
  const bool number = literal.kind == LiteralKind::kNumber;
  const bool text = literal.kind == LiteralKind::kText;
  switch (field.type) {
    case BOOLOID:
      if (number) break;
      return Point::at(DatumGetBool(reader.read(literal, BOOLOID)) ? 1 : 0);
    case INT2OID:
      if (text) return Point::at(DatumGetInt16(reader.read(literal, INT2OID)));
      if (number) return integer_point(literal, reader);
      break;
    case INT4OID:
      if (text) return Point::at(DatumGetInt32(reader.read(literal, INT4OID)));
      if (number) return integer_point(literal, reader);
      break;
    case INT8OID:
      if (text) return Point::at(DatumGetInt64(reader.read(literal, INT8OID)));
      if (number) return integer_point(literal, reader);
      break;
    case FLOAT4OID:
      // As in SQL: a quoted literal is of the column's type, a number is compared in double precision.
      if (text) return Point::at(float_to_ordered(static_cast<double>(DatumGetFloat4(reader.read(literal, FLOAT4OID)))));
      [[fallthrough]];
    case FLOAT8OID:
      if (literal.kind == LiteralKind::kBoolean) break;
      return Point::at(float_to_ordered(DatumGetFloat8(reader.read(literal, FLOAT8OID))));
    default:  // date, timestamp, timestamptz
      if (text) return Point::at(reader.read_time(literal, field.type));
      break;
  }
  throw_literal_mismatch(predicate, field, literal);
}

void add_range(std::vector<IntegerRange>& ranges, Wide first, Wide last) {
  first = std::max<Wide>(first, INT64_MIN);
  last = std::min<Wide>(last, INT64_MAX);
  if (first <= last) ranges.push_back({static_cast<int64_t>(first), static_cast<int64_t>(last)});
}

// Ascending and disjoint.
void normalize(std::vector<IntegerRange>& ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<IntegerRange> merged;
  for (const IntegerRange& range : ranges) {
    if (!merged.empty() && range.first <= merged.back().last) {
      merged.back().last = std::max(merged.back().last, range.last);
    } else {
      merged.push_back(range);
    }
  }
  ranges = std::move(merged);
}

std::vector<IntegerRange> ranges_of(PredicateOperator op, const std::vector<Point>& points) {
  std::vector<IntegerRange> ranges;
  switch (op) {
    case PredicateOperator::kEqual:
    case PredicateOperator::kIn:
      for (const Point& point : points) {
        add_range(ranges, point.first_not_below(), point.last_not_above);
      }
      break;
    case PredicateOperator::kLess:
      add_range(ranges, INT64_MIN, points[0].last_below);
      break;
    case PredicateOperator::kLessEqual:
      add_range(ranges, INT64_MIN, points[0].last_not_above);
      break;
    case PredicateOperator::kGreater:
      add_range(ranges, points[0].last_not_above + 1, INT64_MAX);
      break;
    case PredicateOperator::kGreaterEqual:
      add_range(ranges, points[0].first_not_below(), INT64_MAX);
      break;
    case PredicateOperator::kBetween:
      add_range(ranges, points[0].first_not_below(), points[1].last_not_above);
      break;
    default:
      break;
  }
  normalize(ranges);
  return ranges;
}

bool is_comparison(PredicateOperator op) {
  switch (op) {
    case PredicateOperator::kEqual:
    case PredicateOperator::kIn:
    case PredicateOperator::kLess:
    case PredicateOperator::kLessEqual:
    case PredicateOperator::kGreater:
    case PredicateOperator::kGreaterEqual:
    case PredicateOperator::kBetween:
      return true;
    default:
      return false;
  }
}

bool is_equality(PredicateOperator op) { return op == PredicateOperator::kEqual || op == PredicateOperator::kIn; }

constexpr const char* kComparisons = "=, <>, <, <=, >, >=, in, between, is null";

bool is_time_type(Oid type) { return type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID; }

void check_operator(const Predicate& predicate, const FieldColumnName& field) {
  if (names_elements(predicate.op)) throw_no_array(predicate, field);
  if (predicate.op == PredicateOperator::kTimes) {
    if (is_time_type(field.type)) return;
    throw_operator_mismatch(predicate, field, field.type == BOOLOID ? "=, <>, in, is null" : kComparisons);
  }
  if (predicate.op == PredicateOperator::kIsNull || is_text_type(field.type)) return;
  if (field.type == BOOLOID) {
    if (!is_equality(predicate.op) || predicate.ignore_case) throw_operator_mismatch(predicate, field, "=, <>, in, is null");
    return;
  }
  if (!is_comparison(predicate.op) || predicate.ignore_case) throw_operator_mismatch(predicate, field, kComparisons);
}

// Times as of the instant of evaluation, as values of the field.
std::vector<IntegerRange> relative_ranges(const Window& times, Oid type, LiteralReader& reader) {
  const FieldClock clock = type == DATEOID                          ? FieldClock::kDays
                           : type == TIMESTAMPOID && !slides(times) ? FieldClock::kReadings
                                                                    : FieldClock::kInstants;
  TimeRange range = resolve_field_times(times, clock, reader.as_of(), reader.settings().week_start, reader.local_time(), reader);
  std::vector<IntegerRange> ranges;
  if (range.empty()) return ranges;
  if (type == DATEOID) range.first = std::max<int64_t>(range.first, INT32_MIN);
  if (type != TIMESTAMPOID || !slides(times)) return {{range.first, range.last}};
  for (const TimeRange& part : readings_within(range, reader.settings().time_zone)) ranges.push_back({part.first, part.last});
  normalize(ranges);
  return ranges;
}

std::vector<IntegerRange> resolve_ranges(const Predicate& predicate, const FieldColumnName& field, LiteralReader& reader) {
  if (predicate.op == PredicateOperator::kTimes) return relative_ranges(*predicate.times, field.type, reader);
  std::vector<Point> points;
  for (const Literal& literal : predicate.literals) points.push_back(point_of(predicate, field, literal, reader));
  return ranges_of(predicate.op, points);
}

// Whether comparing bytes is what the server's own comparison does.
bool bytes_decide(const Predicate& predicate, const FieldColumnName& field) {
  if (predicate.ignore_case || field.type == BPCHAROID) return false;
  const Oid collation = field.collation;
  if (OidIsValid(collation) && !call([&] { return get_collation_isdeterministic(collation); })) return false;
  switch (predicate.op) {
    case PredicateOperator::kEqual:
    case PredicateOperator::kIn:
      return field.type != NAMEOID;  // a longer literal is cut
    case PredicateOperator::kIsEmpty:
      return true;
    case PredicateOperator::kContains:
    case PredicateOperator::kBeginsWith:
    case PredicateOperator::kEndsWith:
      // In other encodings the bytes of a character can occur across two others.
      return GetDatabaseEncoding() == PG_UTF8 || pg_database_encoding_max_length() == 1;
    default:
      return false;
  }
}

// The bytes that a fragment holds for a value.
std::string image_of(Oid type, Datum value) {
  const MissingValue held = missing_value_of(type, value);
  return {held.bytes.begin(), held.bytes.end()};
}

void resolve_text(const Predicate& predicate, const FieldColumnName& field, LiteralReader& reader, FieldPredicate& result) {
  result.method = bytes_decide(predicate, field) ? PredicateMethod::kBytes : PredicateMethod::kServer;
  const bool whole_values = is_comparison(predicate.op) && !predicate.ignore_case;
  for (const Literal& literal : predicate.literals) {
    if (literal.kind != LiteralKind::kText || literal.type != LiteralType::kNone) {
      throw_literal_mismatch(predicate, field, literal);
    }
    result.literals.push_back(whole_values ? image_of(field.type, reader.read(literal, field.type)) : literal.text);
  }
}

// Types of which equal values have equal images.
bool image_decides(Oid type) {
  return type == UUIDOID || call([&] { return get_typtype(type) == TYPTYPE_ENUM; });
}

void resolve_other(const Predicate& predicate, const FieldColumnName& field, LiteralReader& reader, FieldPredicate& result) {
  const Oid type = field.type;
  const bool numeric = call([&] {
    char category;
    bool preferred;
    get_type_category_preferred(type, &category, &preferred);
    return category == TYPCATEGORY_NUMERIC;
  });
  const bool image = is_equality(predicate.op) && image_decides(type);
  result.method = image ? PredicateMethod::kBytes : PredicateMethod::kServer;
  for (const Literal& literal : predicate.literals) {
    const bool fits = literal.type == LiteralType::kNone &&
                      (literal.kind == LiteralKind::kText || (literal.kind == LiteralKind::kNumber && numeric));
    if (!fits) throw_literal_mismatch(predicate, field, literal);
    result.literals.push_back(image_of(type, reader.read(literal, type)));
  }
}

}  // namespace

void check_with_server(const Predicate& predicate, const FieldPredicate& resolved) {
  try {
    ServerMatcherFactory(CurrentMemoryContext).make(resolved);
  } catch (const ServerError& error) {
    if (predicate.op != PredicateOperator::kMatches || error.data->sqlerrcode != ERRCODE_INVALID_REGULAR_EXPRESSION) throw;
    throw_literal_error(error, predicate.literals[0],
                        "Write a regular expression of PostgreSQL; a backslash before a character takes it literally.");
  }
}

FieldPredicate resolve_predicate(const Predicate& predicate, const FieldColumnName& field, LiteralReader& reader) {
  if (predicate.part != FieldPart::kWhole) return resolve_part(predicate, field, reader);
  if (OidIsValid(element_type_of(field.type))) return resolve_array(predicate, field, reader);
  check_operator(predicate, field);
  FieldPredicate result;
  result.field = field.attnum;
  result.kind = field.kind;
  result.op = value_operator(predicate.op);
  result.ignore_case = predicate.ignore_case;
  if (predicate.op == PredicateOperator::kIsNull) {
    result.method = PredicateMethod::kNull;
    return result;
  }
  if (field.kind != ValueKind::kBytes) {
    result.method = PredicateMethod::kIntegers;
    result.ranges = resolve_ranges(predicate, field, reader);
    return result;
  }
  if (is_text_type(field.type)) {
    resolve_text(predicate, field, reader, result);
  } else {
    resolve_other(predicate, field, reader, result);
  }
  if (result.method == PredicateMethod::kServer) {
    result.type_oid = field.type;
    result.collation_oid = field.collation;
    check_with_server(predicate, result);
  }
  return result;
}

std::vector<TimeRange> resolve_times(const Predicate& predicate, const FieldColumnName& field, LiteralReader& reader) {
  FieldColumnName column = field;
  column.type = TIMESTAMPTZOID;
  column.kind = ValueKind::kInteger;
  check_operator(predicate, column);
  std::vector<TimeRange> times;
  // An interaction without a time never counts: none is null.
  if (predicate.op == PredicateOperator::kIsNull) return times;
  for (const IntegerRange& range : resolve_ranges(predicate, column, reader)) times.push_back({range.first, range.last});
  return times;
}

}  // namespace segments::pg

#include "pg/evaluation/field_predicate.h"

#include "pg/catalog/field_value.h"
#include "pg/evaluation/predicate_operator.h"
#include "pg/evaluation/server_values.h"

namespace segments::pg {
namespace {

// Wide enough for one past either end of int64.
__extension__ using Wide = __int128;

constexpr Wide kBelowAll = static_cast<Wide>(INT64_MIN) * 2;
constexpr Wide kAboveAll = static_cast<Wide>(INT64_MAX) * 2;

// A literal among the integers: `floor` itself if exact, else something between floor and floor + 1.
struct Point {
  Wide floor;
  bool exact = true;

  Wide first_not_below() const { return exact ? floor : floor + 1; }
  Wide last_below() const { return exact ? floor - 1 : floor; }
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

[[noreturn]] void throw_literal_mismatch(const Predicate& predicate, const FieldColumnName& field, const Literal& literal) {
  const bool wants_quotes = is_text_type(field.type) && literal.kind != LiteralKind::kText;
  throw Error(ErrorCode::kTypeMismatch,
              "field \"" + predicate.field.text + "\" of type " + type_name(field.type) + " cannot be compared with " +
                  kind_text(literal.kind),
              "", wants_quotes ? "Write '" + literal.text + "'." : "Write a value of that type.", literal.position);
}

[[noreturn]] void throw_operator_mismatch(const Predicate& predicate, const FieldColumnName& field, const char* fitting) {
  const std::string op = std::string(operator_text(predicate.op)) + (predicate.ignore_case ? " … ignore case" : "");
  throw Error(ErrorCode::kTypeMismatch,
              "operator \"" + op + "\" does not fit field \"" + predicate.field.text + "\" of type " + type_name(field.type), "",
              std::string("Operators that fit: ") + fitting + ".", predicate.position);
}

Datum read_as(Oid type, const Literal& literal) {
  const char* text = literal.text.c_str();
  try {
    return call([&] {
      Oid input;
      Oid parameter;
      getTypeInputInfo(type, &input, &parameter);
      return OidInputFunctionCall(input, const_cast<char*>(text), parameter, -1);
    });
  } catch (const ServerError& error) {
    throw_literal_error(error, literal);
  }
}

// A number as written against integers: exact, and never out of range.
Point integer_point(const Literal& literal) {
  const Datum number = read_as(NUMERICOID, literal);
  bool exact = false;
  const std::string digits = call([&] {
    const Datum floor = DirectFunctionCall1(numeric_floor, number);
    exact = DatumGetBool(DirectFunctionCall2(numeric_eq, number, floor));
    return static_cast<const char*>(DatumGetCString(DirectFunctionCall1(numeric_out, floor)));
  });
  errno = 0;
  const long long value = std::strtoll(digits.c_str(), nullptr, 10);
  if (errno == ERANGE) return {value < 0 ? kBelowAll : kAboveAll, true};
  return {value, exact};
}

Point point_of(const Predicate& predicate, const FieldColumnName& field, const Literal& literal, ServerLocalTime& local_time) {
  const bool number = literal.kind == LiteralKind::kNumber;
  switch (field.type) {
    case BOOLOID:
      if (number) break;
      return {DatumGetBool(read_as(BOOLOID, literal)) ? 1 : 0};
    case INT2OID:
      if (literal.kind == LiteralKind::kText) return {DatumGetInt16(read_as(INT2OID, literal))};
      if (number) return integer_point(literal);
      break;
    case INT4OID:
      if (literal.kind == LiteralKind::kText) return {DatumGetInt32(read_as(INT4OID, literal))};
      if (number) return integer_point(literal);
      break;
    case INT8OID:
      if (literal.kind == LiteralKind::kText) return {DatumGetInt64(read_as(INT8OID, literal))};
      if (number) return integer_point(literal);
      break;
    case FLOAT4OID:
      // As in SQL: a quoted literal is of the column's type, a number is compared in double precision.
      if (literal.kind == LiteralKind::kText) {
        return {float_to_ordered(static_cast<double>(DatumGetFloat4(read_as(FLOAT4OID, literal))))};
      }
      [[fallthrough]];
    case FLOAT8OID:
      if (literal.kind != LiteralKind::kBoolean) return {float_to_ordered(DatumGetFloat8(read_as(FLOAT8OID, literal)))};
      break;
    default:  // date, timestamp, timestamptz
      if (literal.kind == LiteralKind::kText) return {local_time.read(literal, field.type)};
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
        if (point.exact) add_range(ranges, point.floor, point.floor);
      }
      break;
    case PredicateOperator::kLess:
      add_range(ranges, INT64_MIN, points[0].last_below());
      break;
    case PredicateOperator::kLessEqual:
      add_range(ranges, INT64_MIN, points[0].floor);
      break;
    case PredicateOperator::kGreater:
      add_range(ranges, points[0].floor + 1, INT64_MAX);
      break;
    case PredicateOperator::kGreaterEqual:
      add_range(ranges, points[0].first_not_below(), INT64_MAX);
      break;
    case PredicateOperator::kBetween:
      add_range(ranges, points[0].first_not_below(), points[1].floor);
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

void check_operator(const Predicate& predicate, const FieldColumnName& field) {
  if (predicate.op == PredicateOperator::kIsNull || is_text_type(field.type)) return;
  if (field.type == BOOLOID) {
    if (!is_equality(predicate.op) || predicate.ignore_case) throw_operator_mismatch(predicate, field, "=, <>, in, is null");
    return;
  }
  if (!is_comparison(predicate.op) || predicate.ignore_case) throw_operator_mismatch(predicate, field, kComparisons);
}

std::vector<IntegerRange> resolve_ranges(const Predicate& predicate, const FieldColumnName& field, ServerLocalTime& local_time) {
  std::vector<Point> points;
  for (const Literal& literal : predicate.literals) points.push_back(point_of(predicate, field, literal, local_time));
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

void resolve_text(const Predicate& predicate, const FieldColumnName& field, FieldPredicate& result) {
  for (const Literal& literal : predicate.literals) {
    if (literal.kind != LiteralKind::kText) throw_literal_mismatch(predicate, field, literal);
    result.literals.push_back(literal.text);
  }
  result.method = bytes_decide(predicate, field) ? PredicateMethod::kBytes : PredicateMethod::kServer;
}

// Types of which equal values have equal images.
bool image_decides(Oid type) {
  return type == UUIDOID || call([&] { return get_typtype(type) == TYPTYPE_ENUM; });
}

void resolve_other(const Predicate& predicate, const FieldColumnName& field, FieldPredicate& result) {
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
    const bool fits = literal.kind == LiteralKind::kText || (literal.kind == LiteralKind::kNumber && numeric);
    if (!fits) throw_literal_mismatch(predicate, field, literal);
    const Datum value = read_as(type, literal);
    if (image) {
      const MissingValue held = missing_value_of(type, value);
      result.literals.emplace_back(held.bytes.begin(), held.bytes.end());
    } else {
      result.literals.push_back(literal.text);
    }
  }
}

}  // namespace

FieldPredicate resolve_predicate(const Predicate& predicate, const FieldColumnName& field, ServerLocalTime& local_time) {
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
    result.ranges = resolve_ranges(predicate, field, local_time);
    return result;
  }
  if (is_text_type(field.type)) {
    resolve_text(predicate, field, result);
  } else {
    resolve_other(predicate, field, result);
  }
  if (result.method == PredicateMethod::kServer) {
    result.type_oid = field.type;
    result.collation_oid = field.collation;
    ServerMatcherFactory(CurrentMemoryContext).make(result);  // says now what would be refused later
  }
  return result;
}

std::vector<TimeRange> resolve_times(const Predicate& predicate, const FieldColumnName& field, ServerLocalTime& local_time) {
  FieldColumnName column = field;
  column.type = TIMESTAMPTZOID;
  column.kind = ValueKind::kInteger;
  check_operator(predicate, column);
  std::vector<TimeRange> times;
  // An interaction without a time never counts: none is null.
  if (predicate.op == PredicateOperator::kIsNull) return times;
  for (const IntegerRange& range : resolve_ranges(predicate, column, local_time)) times.push_back({range.first, range.last});
  return times;
}

}  // namespace segments::pg

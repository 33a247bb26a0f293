#include "pg/evaluation/pair_matcher.h"

#include <numeric>

#include "core/calendar/date.h"
#include "core/language/field_times.h"
#include "core/text/keywords.h"
#include "pg/catalog/array_value.h"
#include "pg/catalog/field_value.h"
#include "pg/evaluation/server_values.h"
#include "pg/evaluation/zone_clock.h"

namespace segments::pg {
namespace {

constexpr uint32_t kValuesPerPoll = 2048;
// What is after every finite time, or before, but not infinite.
constexpr int64_t kAfterAll = INT64_MAX - 1;
constexpr int64_t kBeforeAll = INT64_MIN + 1;

enum class Common : uint8_t {
  kNone,
  kIntegers,
  kFloats,
  kDays,
  kReadings,
  kInstants,
  kNumerics,  // ranks, by the server
  kSame,      // ranks of values of one type, by the server
  kTexts,     // ranks under the collation
};

bool is_integer(Oid type) { return type == INT2OID || type == INT4OID || type == INT8OID; }
bool is_float(Oid type) { return type == FLOAT4OID || type == FLOAT8OID; }
bool is_time(Oid type) { return type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID; }
bool is_number(Oid type) { return is_integer(type) || is_float(type) || type == NUMERICOID; }

// Spans from a date are days: then both are compared by their days.
Common common_of(Oid left, Oid right, bool is_span) {
  const auto either = [&](Oid type) { return left == type || right == type; };
  if (is_time(left) && is_time(right)) {
    if (is_span ? either(DATEOID) : left == right && left == DATEOID) return Common::kDays;
    return either(TIMESTAMPTZOID) ? Common::kInstants : Common::kReadings;
  }
  if (is_span) return Common::kNone;
  if (is_number(left) && is_number(right)) {
    if (is_float(left) || is_float(right)) return Common::kFloats;
    return either(NUMERICOID) ? Common::kNumerics : Common::kIntegers;
  }
  if (left == BOOLOID && right == BOOLOID) return Common::kIntegers;
  if (is_text_type(left) && is_text_type(right)) return Common::kTexts;
  return left == right && !OidIsValid(element_type_of(left)) ? Common::kSame : Common::kNone;
}

bool is_span(PairOperator op) { return op >= PairOperator::kWithinBefore; }

class Ranks {
 public:
  Ranks(const PairPredicate& pair, Common common, MemoryContext context)
      : pair_(pair), common_(common),
        scratch_(call([&] { return AllocSetContextCreate(context, "segments compared values", ALLOCSET_DEFAULT_SIZES); })) {
    const Oid type = common == Common::kTexts ? TEXTOID : common == Common::kNumerics ? NUMERICOID : pair.left.type_oid;
    collation_ = pair.left.collation_oid;
    compare_ = call([&] {
      TypeCacheEntry* entry = lookup_type_cache(type, TYPECACHE_CMP_PROC);
      if (!OidIsValid(entry->cmp_proc)) elog(ERROR, "type %s has no order", format_type_be(type));
      auto* function = static_cast<FmgrInfo*>(MemoryContextAlloc(context, sizeof(FmgrInfo)));
      fmgr_info_cxt(entry->cmp_proc, function, context);
      return function;
    });
  }

  // Numbers that are in the values' order, equal where these are, over both columns.
  std::pair<std::vector<int64_t>, std::vector<int64_t>> of(const Dictionary& left, const Dictionary& right,
                                                           Interrupt& interrupt) {
    call([&] { MemoryContextReset(scratch_); });
    const ContextScope scope(scratch_);
    std::vector<Datum> values;
    add(left, pair_.left.type_oid, values, interrupt);
    add(right, pair_.right.type_oid, values, interrupt);
    std::vector<uint32_t> order(values.size());
    std::iota(order.begin(), order.end(), 0);
    uint32_t compared = 0;
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      if (++compared % kValuesPerPoll == 0) interrupt.poll();
      return compare(values[a], values[b]) < 0;
    });
    std::vector<int64_t> ranks(values.size());
    int64_t rank = 0;
    for (size_t i = 0; i < order.size(); ++i) {
      if (i > 0 && compare(values[order[i - 1]], values[order[i]]) != 0) ++rank;
      ranks[order[i]] = rank;
    }
    const auto middle = ranks.begin() + left.size();
    return {{ranks.begin(), middle}, {middle, ranks.end()}};
  }

 private:
  int compare(Datum a, Datum b) const {
    return call([&] { return DatumGetInt32(FunctionCall2Coll(compare_, collation_, a, b)); });
  }

  void add(const Dictionary& dictionary, Oid type, std::vector<Datum>& values, Interrupt& interrupt) const {
    for (uint32_t i = 0; i < dictionary.size(); ++i) {
      if (i % kValuesPerPoll == 0) interrupt.poll();
      const Datum value = datum_of(dictionary, i, type);
      const int64_t integer = is_integer(type) ? dictionary.integer(i) : 0;
      values.push_back(call([&] {
        if (common_ == Common::kTexts) return to_text(type, value);
        return common_ == Common::kNumerics && is_integer(type) ? NumericGetDatum(int64_to_numeric(integer)) : value;
      }));
    }
  }

  PairPredicate pair_;
  Common common_;
  MemoryContext scratch_;
  Oid collation_ = InvalidOid;
  FmgrInfo* compare_ = nullptr;
};

class ServerPairMatcher final : public PairMatcher {
 public:
  ServerPairMatcher(const PairPredicate& pair, MemoryContext context)
      : pair_(pair), common_(common_of(pair.left.type_oid, pair.right.type_oid, is_span(pair.op))), clock_(pair.zone),
        scratch_(call([&] { return AllocSetContextCreate(context, "segments compared pairs", ALLOCSET_SMALL_SIZES); })) {
    if (common_ == Common::kNone) throw_corrupted("A plan compares what cannot be compared.");
    if (common_ >= Common::kNumerics) ranks_.emplace(pair, common_, scratch_);
  }

  PairValues values(const Dictionary& left, const Dictionary& right, Interrupt& interrupt) override {
    PairValues result;
    std::vector<int64_t> compared;
    if (ranks_) {
      auto [left_ranks, right_ranks] = ranks_->of(left, right, interrupt);
      result.left = std::move(left_ranks);
      compared = std::move(right_ranks);
    } else {
      result.left = numbers(left, pair_.left.type_oid, interrupt);
      compared = numbers(right, pair_.right.type_oid, interrupt);
    }
    result.right.reserve(compared.size());
    for (size_t i = 0; i < compared.size(); ++i) {
      if (i % kValuesPerPoll == 0) interrupt.poll();
      result.right.push_back(range_of(compared[i]));
    }
    return result;
  }

 private:
  std::vector<int64_t> numbers(const Dictionary& dictionary, Oid type, Interrupt& interrupt) {
    std::vector<int64_t> numbers(dictionary.size());
    for (uint32_t i = 0; i < dictionary.size(); ++i) {
      if (i % kValuesPerPoll == 0) interrupt.poll();
      numbers[i] = number(dictionary, i, type);
    }
    return numbers;
  }

  int64_t number(const Dictionary& dictionary, uint32_t index, Oid type) {
    if (common_ == Common::kFloats && type == NUMERICOID) return float_of_numeric(dictionary, index);
    const int64_t value = dictionary.integer(index);
    switch (common_) {
      case Common::kFloats:
        return is_float(type) ? value : float_to_ordered(static_cast<double>(value));
      case Common::kDays:
        return day_of(value, type);
      case Common::kReadings:
      case Common::kInstants:
        return time_of(value, type);
      default:
        return value;
    }
  }

  int64_t float_of_numeric(const Dictionary& dictionary, uint32_t index) {
    if (index % kValuesPerPoll == 0) call([&] { MemoryContextReset(scratch_); });
    const ContextScope scope(scratch_);
    const Datum value = datum_of(dictionary, index, NUMERICOID);
    return float_to_ordered(call([&] { return DatumGetFloat8(DirectFunctionCall1(numeric_float8, value)); }));
  }

  // Infinities are the least and the greatest number.
  int64_t day_of(int64_t value, Oid type) {
    if (type == DATEOID) return value == INT32_MIN ? INT64_MIN : value == INT32_MAX ? INT64_MAX : value;
    if (TIMESTAMP_NOT_FINITE(value)) return value;
    return floor_divide(type == TIMESTAMPTZOID ? clock_.reading(value) : value, kMicrosecondsOfDay);
  }

  int64_t time_of(int64_t value, Oid type) {
    if (type == DATEOID) {
      if (value == INT32_MIN || value == INT32_MAX) return value < 0 ? INT64_MIN : INT64_MAX;
      if (value >= END_TIMESTAMP / USECS_PER_DAY) return kAfterAll;
      value *= USECS_PER_DAY;
    }
    if (common_ == Common::kReadings || type == TIMESTAMPTZOID || TIMESTAMP_NOT_FINITE(value)) return value;
    const Timestamp instant = clock_.instant(value);
    return instant == kPlusInfinity ? kAfterAll : instant == kMinusInfinity ? kBeforeAll : instant;
  }

  // What lies a span later (sign 1) or earlier (-1).
  int64_t shifted(int64_t value, int sign) {
    if (value <= kBeforeAll || value >= kAfterAll) return value;
    const int64_t months = sign * pair_.months;
    const int64_t days = sign * pair_.days;
    const int64_t microseconds = sign * pair_.microseconds;
    if (common_ == Common::kDays) return day_after_months(value, months) + days;
    Timestamp result = kMinusInfinity;
    if (common_ == Common::kInstants) {
      result = clock_.shifted(value, months, days, microseconds);
    } else {
      result = shifted_reading(value, months, days);
      const bool outside = sign < 0 ? result < MIN_TIMESTAMP - microseconds : result >= END_TIMESTAMP - microseconds;
      result = outside ? (sign < 0 ? kMinusInfinity : kPlusInfinity) : result + microseconds;
    }
    // Out of range is no infinity.
    return result == kPlusInfinity ? kAfterAll : result == kMinusInfinity ? kBeforeAll : result;
  }

  IntegerRange range_of(int64_t value) {
    switch (pair_.op) {
      case PairOperator::kEqual:
        return {value, value};
      case PairOperator::kLess:
        return value == INT64_MIN ? IntegerRange{1, 0} : IntegerRange{INT64_MIN, value - 1};
      case PairOperator::kLessEqual:
        return {INT64_MIN, value};
      case PairOperator::kGreater:
        return value == INT64_MAX ? IntegerRange{1, 0} : IntegerRange{value + 1, INT64_MAX};
      case PairOperator::kGreaterEqual:
        return {value, INT64_MAX};
      case PairOperator::kWithinBefore:
        return {shifted(value, -1), value};
      case PairOperator::kWithinAfter:
        return {value, shifted(value, 1)};
      case PairOperator::kWithinOf:
        return {shifted(value, -1), shifted(value, 1)};
    }
    return {1, 0};
  }

  PairPredicate pair_;
  Common common_;
  ZoneClock clock_;
  MemoryContext scratch_;
  std::optional<Ranks> ranks_;
};

PairOperator pair_operator(PredicateOperator op) {
  switch (op) {
    case PredicateOperator::kLess:
      return PairOperator::kLess;
    case PredicateOperator::kLessEqual:
      return PairOperator::kLessEqual;
    case PredicateOperator::kGreater:
      return PairOperator::kGreater;
    case PredicateOperator::kGreaterEqual:
      return PairOperator::kGreaterEqual;
    case PredicateOperator::kWithinBefore:
      return PairOperator::kWithinBefore;
    case PredicateOperator::kWithinAfter:
      return PairOperator::kWithinAfter;
    case PredicateOperator::kWithinOf:
      return PairOperator::kWithinOf;
    default:
      return PairOperator::kEqual;
  }
}

PairOperand operand_of(const FieldColumnName& field) {
  PairOperand operand;
  if (field.role == ColumnRole::kTime) {
    operand.type_oid = TIMESTAMPTZOID;
    return operand;
  }
  operand.field = field.attnum;
  operand.kind = field.kind;
  operand.type_oid = field.type;
  operand.collation_oid = field.collation;
  return operand;
}

std::string type_name(Oid type) {
  return std::string(call([&] { return static_cast<const char*>(format_type_be(type)); }));
}

[[noreturn]] void throw_incomparable(const Predicate& predicate, Oid left, Oid right, const char* hint) {
  throw Error(ErrorCode::kTypeMismatch,
              "field \"" + predicate.field.text() + "\" of type " + type_name(left) + " cannot be compared with field \"" +
                  predicate.other->text() + "\" of type " + type_name(right),
              "", hint, predicate.other->position());
}

void set_span(const Predicate& predicate, Common common, PairPredicate& pair) {
  const Window& span = *predicate.times;
  if (span.unit >= TimeUnit::kDay) {
    const CalendarSpan calendar = calendar_span(span.count, span.unit);
    pair.months = calendar.months;
    pair.days = calendar.days;
    return;
  }
  if (common == Common::kDays) {
    throw Error(ErrorCode::kTypeMismatch, "a date has no " + std::string(unit_word(span.unit)) + "s",
                "If one of two fields is a date, days are compared.", "Write days, or a longer unit.", span.position);
  }
  constexpr int64_t kUnits[] = {USECS_PER_SEC, USECS_PER_MINUTE, USECS_PER_HOUR};
  pair.microseconds = span.count * kUnits[static_cast<size_t>(span.unit)];
}

}  // namespace

PairPredicate resolve_pair(const Predicate& predicate, const FieldColumnName& left, const FieldColumnName& right,
                           const LiteralReader& reader) {
  PairPredicate pair;
  pair.left = operand_of(left);
  pair.right = operand_of(right);
  pair.op = pair_operator(predicate.op);
  const Common common = common_of(pair.left.type_oid, pair.right.type_oid, is_span(pair.op));
  const auto is_record = [](const FieldColumnName& field) {
    return field.role == ColumnRole::kRecordId || field.role == ColumnRole::kRecordType;
  };
  if (is_record(left) || is_record(right)) {
    throw_incomparable(predicate, left.type, right.type, "The id and type of a record are compared with literals.");
  }
  if (common == Common::kNone) {
    throw_incomparable(predicate, pair.left.type_oid, pair.right.type_oid,
                       is_span(pair.op) ? "Both fields must be dates or timestamps."
                       : OidIsValid(element_type_of(pair.left.type_oid))
                           ? "Arrays are compared with values: contains any of ('a', 'b')."
                           : "Fields of one type, numbers, or times are compared.");
  }
  if (common == Common::kTexts && left.collation != right.collation) {
    throw_incomparable(predicate, left.type, right.type, "Their collations differ: give both columns one.");
  }
  if (is_span(pair.op)) set_span(predicate, common, pair);
  if (common == Common::kDays || common == Common::kInstants) pair.zone = reader.settings().time_zone;
  return pair;
}

std::unique_ptr<PairMatcher> make_pair_matcher(const PairPredicate& pair, MemoryContext context) {
  return std::make_unique<ServerPairMatcher>(pair, context);
}

}  // namespace segments::pg

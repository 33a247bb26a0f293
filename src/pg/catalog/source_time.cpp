#include "pg/catalog/source_time.h"

#include <cmath>
#include <tuple>

#include "pg/query/column_sql.h"
#include "pg/server/datum.h"
#include "pg/server/time_zone.h"

namespace segments::pg {
namespace {

constexpr double kFirstSecond = static_cast<double>(DATETIME_MIN_JULIAN - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
constexpr double kEndSecond = static_cast<double>(TIMESTAMP_END_JULIAN - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
constexpr double kEpoch = static_cast<double>(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;

// Nothing: it is not a unit.
std::optional<double> units_per_second(std::string_view unit) {
  if (unit == "s") return 1;
  if (unit == "ms") return 1e3;
  if (unit == "us") return 1e6;
  return std::nullopt;
}

// As to_timestamp() has it, bit by bit.
std::optional<Timestamp> instant_of_seconds(double seconds) {
  if (std::isinf(seconds)) return seconds < 0 ? kMinusInfinity : kPlusInfinity;
  if (!(seconds >= kFirstSecond && seconds < kEndSecond)) return std::nullopt;
  const auto instant = static_cast<Timestamp>(std::rint((seconds - kEpoch) * USECS_PER_SEC));
  return IS_VALID_TIMESTAMP(instant) ? std::optional(instant) : std::nullopt;
}

// The reading at midnight.
std::optional<int64_t> midnight_of(int32_t day) {
  if (day == INT32_MIN) return kMinusInfinity;
  if (day == INT32_MAX) return kPlusInfinity;
  if (day < DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE || day >= TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE) return std::nullopt;
  return day * USECS_PER_DAY;
}

std::optional<Timestamp> instant_of_reading(std::optional<int64_t> reading, pg_tz* rules) {
  if (!reading) return std::nullopt;
  return call([&] { return instant_shown(*reading, rules); });
}

// Nothing: it is greater than what a float can be, and no infinity.
std::optional<double> float_of_numeric(Datum value) {
  const double number = DatumGetFloat8(call([&] { return DirectFunctionCall1(numeric_float8_no_overflow, value); }));
  if (!std::isinf(number)) return number;
  const std::string_view written = call([&] { return DatumGetCString(DirectFunctionCall1(numeric_out, value)); });
  return written.ends_with("Infinity") ? std::optional(number) : std::nullopt;
}

}  // namespace

std::string SourceTime::sql(const std::string& table) const {
  const std::string value = table + quoted_name(column);
  const std::string& meaning = unit.empty() ? zone : unit;
  return meaning.empty() ? value : "segments_internal.source_time(" + value + ", " + quoted_literal(meaning) + ")";
}

TimeReader::TimeReader(const SourceTime& time, Oid type) {
  if (!time.unit.empty()) {
    if (type != INT4OID && type != INT8OID && type != FLOAT8OID && type != NUMERICOID) return;
    per_second_ = units_per_second(time.unit).value_or(1);
  } else if (!time.zone.empty()) {
    rules_ = time_zone_rules(time.zone);
    if (rules_ == nullptr || (type != TIMESTAMPOID && type != DATEOID)) return;
  } else if (type != TIMESTAMPTZOID) {
    return;
  }
  type_ = type;
}

std::optional<Timestamp> TimeReader::read(Datum value) const {
  switch (type_) {
    case TIMESTAMPTZOID:
      return DatumGetTimestampTz(value);
    case TIMESTAMPOID:
      return instant_of_reading(DatumGetTimestamp(value), rules_);
    case DATEOID:
      return instant_of_reading(midnight_of(DatumGetInt32(value)), rules_);
    case INT4OID:
      return instant_of_seconds(DatumGetInt32(value) / per_second_);
    case INT8OID:
      return instant_of_seconds(static_cast<double>(DatumGetInt64(value)) / per_second_);
    case FLOAT8OID:
      return instant_of_seconds(DatumGetFloat8(value) / per_second_);
    case NUMERICOID: {
      const std::optional<double> number = float_of_numeric(value);
      return number ? instant_of_seconds(*number / per_second_) : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

namespace {

TimeReader make_reader(const std::string& meaning, Oid type) {
  SourceTime time;
  if (type == TIMESTAMPOID || type == DATEOID) {
    time.zone = meaning;
    if (!is_time_zone(meaning)) throw Error(ErrorCode::kInvalidValue, "there is no time zone \"" + meaning.substr(0, 100) + "\"");
  } else {
    time.unit = meaning;
    if (!units_per_second(meaning)) throw Error(ErrorCode::kInvalidValue, "unknown time_unit \"" + meaning.substr(0, 100) + "\"");
  }
  return TimeReader(time, type);
}

// The calls of a statement mostly mean the same.
const TimeReader& reader_of(std::string_view meaning, Oid type) {
  static auto* last = new std::tuple<std::string, Oid, TimeReader>;
  auto& [last_meaning, last_type, reader] = *last;
  if (last_type != type || last_meaning != meaning) {
    reader = make_reader(std::string(meaning), type);
    last_meaning = meaning;
    last_type = type;
  }
  return reader;
}

// (value, zone or unit)
Datum time_of(FunctionCallInfo fcinfo, Oid type) {
  const std::optional<Timestamp> instant = reader_of(text_view(PG_GETARG_DATUM(1)), type).read(PG_GETARG_DATUM(0));
  if (!instant) PG_RETURN_NULL();
  PG_RETURN_TIMESTAMPTZ(*instant);
}

}  // namespace
}  // namespace segments::pg

using namespace segments::pg;

SEGMENTS_FUNCTION(segments_time_of_reading) { return time_of(fcinfo, TIMESTAMPOID); }

SEGMENTS_FUNCTION(segments_time_of_day) { return time_of(fcinfo, DATEOID); }

SEGMENTS_FUNCTION(segments_time_of_float) { return time_of(fcinfo, FLOAT8OID); }

SEGMENTS_FUNCTION(segments_time_of_numeric) { return time_of(fcinfo, NUMERICOID); }

SEGMENTS_FUNCTION(segments_is_time_zone) { PG_RETURN_BOOL(is_time_zone(text_of(PG_GETARG_DATUM(0)))); }

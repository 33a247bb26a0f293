#include "pg/evaluation/local_time.h"

namespace segments::pg {
namespace {

// Beyond these the result lies before the first timestamp, whatever the zone.
constexpr int64_t kMaxMonths = 12 * 300'000;
constexpr int64_t kMaxDays = 366 * 300'000;

// Runs `f` (server calls only) with the zone and order of date parts in force, and puts the session's back, errors or not.
template <class F>
auto with_settings(const char* zone, const char* date_style, F f) {
  const int level = call([&] {
    const int nest = NewGUCNestLevel();
    set_config_option("TimeZone", zone, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
    if (date_style != nullptr) {
      set_config_option("DateStyle", date_style, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
    }
    return nest;
  });
  try {
    const auto result = call(f);
    call([&] { AtEOXact_GUC(true, level); });
    return result;
  } catch (const ServerError&) {
    call([&] { AtEOXact_GUC(true, level); });
    throw;
  }
}

int64_t integer_of(Oid type, Datum value) { return type == DATEOID ? DatumGetInt32(value) : DatumGetInt64(value); }

int64_t read_in_order(const std::string& zone, const char* date_style, const std::string& text, Oid type) {
  const char* characters = text.c_str();
  const Datum value = with_settings(zone.c_str(), date_style, [&] {
    Oid input;
    Oid parameter;
    getTypeInputInfo(type, &input, &parameter);
    return OidInputFunctionCall(input, const_cast<char*>(characters), parameter, -1);
  });
  return integer_of(type, value);
}

bool is_data_error(const ServerError& error) { return ERRCODE_TO_CATEGORY(error.data->sqlerrcode) == ERRCODE_DATA_EXCEPTION; }

}  // namespace

void throw_literal_error(const ServerError& error, const Literal& literal) {
  if (!is_data_error(error)) throw error;
  const int state = error.data->sqlerrcode;
  const bool out_of_range = state == ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE || state == ERRCODE_DATETIME_VALUE_OUT_OF_RANGE;
  throw Error(out_of_range ? ErrorCode::kOutOfRange : ErrorCode::kInvalidLiteral, error.data->message,
              error.data->detail != nullptr ? error.data->detail : "", error.data->hint != nullptr ? error.data->hint : "",
              literal.position);
}

Timestamp ServerLocalTime::subtract(Timestamp t, int64_t months, int64_t days) {
  if (months > kMaxMonths || days > kMaxDays) return kMinusInfinity;
  Interval interval{};
  interval.month = static_cast<int32>(months);
  interval.day = static_cast<int32>(days);
  try {
    return with_settings(zone_.c_str(), nullptr, [&] {
      return DatumGetTimestampTz(
          DirectFunctionCall2(timestamptz_mi_interval, TimestampTzGetDatum(t), IntervalPGetDatum(&interval)));
    });
  } catch (const ServerError& error) {
    if (error.data->sqlerrcode == ERRCODE_DATETIME_VALUE_OUT_OF_RANGE) return kMinusInfinity;
    throw;
  }
}

int64_t ServerLocalTime::read(const Literal& literal, Oid type) {
  int64_t month_first = 0;
  std::optional<ServerError> failure;
  try {
    month_first = read_in_order(zone_, "ISO, MDY", literal.text, type);
  } catch (const ServerError& error) {
    if (!is_data_error(error)) throw;
    failure = error;
  }
  try {
    const int64_t day_first = read_in_order(zone_, "ISO, DMY", literal.text, type);
    if (!failure && day_first == month_first) return month_first;
  } catch (const ServerError& error) {
    if (!is_data_error(error)) throw;
    if (failure) throw_literal_error(*failure, literal);
  }
  throw Error(ErrorCode::kInvalidLiteral, "ambiguous date: \"" + literal.text + "\"",
              "Its parts can be read as month and day or as day and month.", "Write dates as YYYY-MM-DD.", literal.position);
}

Timestamp ServerLocalTime::parse(const Literal& literal) { return read(literal, TIMESTAMPTZOID); }

Timestamp ServerLocalTime::instant(int64_t reading) {
  if (reading < MIN_TIMESTAMP) return kMinusInfinity;
  if (reading >= END_TIMESTAMP) return kPlusInfinity;
  const char* zone = zone_.c_str();
  return call([&]() -> Timestamp {
    struct pg_tm parts;
    fsec_t fraction;
    timestamp2tm(reading, nullptr, &parts, &fraction, nullptr, nullptr);
    const TimestampTz instant = reading + DetermineTimeZoneOffset(&parts, pg_tzset(zone)) * USECS_PER_SEC;
    if (IS_VALID_TIMESTAMP(instant)) return instant;
    return instant < 0 ? kMinusInfinity : kPlusInfinity;
  });
}

bool is_time_zone(const std::string& zone) {
  const char* name = zone.c_str();
  return call([&] {
    pg_tz* found = pg_tzset(name);
    return found != nullptr && pg_tz_acceptable(found);
  });
}

std::string session_time_zone() { return pg_get_timezone_name(session_timezone); }

}  // namespace segments::pg

#include "pg/evaluation/literal_reader.h"

#include "pg/evaluation/evaluation.h"
#include "pg/evaluation/literal_hint.h"

namespace segments::pg {
namespace {

constexpr std::string_view kClockWords[] = {"now", "today", "yesterday", "tomorrow"};
constexpr const char* kMonthFirst = "ISO, MDY";
constexpr const char* kDayFirst = "ISO, DMY";

bool is_data_error(const ServerError& error) { return ERRCODE_TO_CATEGORY(error.data->sqlerrcode) == ERRCODE_DATA_EXCEPTION; }

// Server call.  Most settings are what they have to be already.
void set_if_different(const char* name, const char* value) {
  const char* current = GetConfigOption(name, false, false);
  if (current != nullptr && strcmp(current, value) == 0) return;
  set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

// Runs `f` (server calls only) under the settings, and puts the session's back, errors or not.
template <class F>
auto with_settings(const DefinitionSettings& settings, const char* zone, const char* date_style, bool money, F f) {
  const int level = call([] { return NewGUCNestLevel(); });
  try {
    const auto result = call([&] {
      set_if_different("TimeZone", zone);
      set_if_different("DateStyle", date_style);
      set_if_different("IntervalStyle", settings.interval_style.c_str());
      set_if_different("timezone_abbreviations", settings.zone_abbreviations.c_str());
      if (money) set_if_different("lc_monetary", settings.monetary_locale.c_str());
      return f();
    });
    call([&] { AtEOXact_GUC(true, level); });
    return result;
  } catch (const ServerError&) {
    call([&] { AtEOXact_GUC(true, level); });
    throw;
  }
}

// Server call.
Datum input_of(Oid type, const char* text) {
  Oid input;
  Oid parameter;
  getTypeInputInfo(type, &input, &parameter);
  return OidInputFunctionCall(input, const_cast<char*>(text), parameter, -1);
}

int64_t integer_of(Oid type, Datum value) { return type == DATEOID ? DatumGetInt32(value) : DatumGetInt64(value); }

// The parts of a time as the server's input functions find them, in lower case; none where they find no parts.
std::vector<std::string> parts_of_time(const std::string& text) {
  struct Parts {
    char buffer[MAXDATELEN + MAXDATEFIELDS];
    char* fields[MAXDATEFIELDS];
    int types[MAXDATEFIELDS];
    int count;
  };
  const char* characters = text.c_str();
  auto parts = std::make_unique<Parts>();
  Parts* found = parts.get();
  const int failure = call([&] {
    return ParseDateTime(characters, found->buffer, sizeof(found->buffer), found->fields, found->types, MAXDATEFIELDS,
                         &found->count);
  });
  std::vector<std::string> result;
  for (int i = 0; failure == 0 && i < found->count; ++i) result.emplace_back(found->fields[i]);
  return result;
}

bool is_clock_word(const std::string& part) { return std::ranges::find(kClockWords, part) != std::end(kClockWords); }

}  // namespace

DefinitionSettings current_definition_settings() {
  const auto setting = [](const char* name) { return std::string(call([&] { return GetConfigOption(name, false, false); })); };
  return {current_time_zone(), setting("IntervalStyle"), setting("lc_monetary"), setting("timezone_abbreviations"),
          current_week_start()};
}

Oid type_of(LiteralType type) {
  return type == LiteralType::kDate ? DATEOID : type == LiteralType::kTimestamp ? TIMESTAMPOID : TIMESTAMPTZOID;
}

bool follows_as_of(const Literal& literal) {
  if (literal.kind != LiteralKind::kText) return false;
  const std::vector<std::string> parts = parts_of_time(literal.text);
  return std::ranges::any_of(parts, is_clock_word);
}

bool depends_on_settings(Oid type) {
  switch (type) {
    case TIMEOID:
    case TIMETZOID:
    case INTERVALOID:
    case MONEYOID:
      return true;
    default:
      return type >= FirstNormalObjectId;  // nobody knows what the input of a foreign type looks at
  }
}

void throw_literal_error(const ServerError& error, const Literal& literal, const std::string& hint) {
  if (!is_data_error(error)) throw error;
  const int state = error.data->sqlerrcode;
  const bool out_of_range = state == ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE || state == ERRCODE_DATETIME_VALUE_OUT_OF_RANGE;
  throw Error(out_of_range ? ErrorCode::kOutOfRange : ErrorCode::kInvalidLiteral, error.data->message,
              error.data->detail != nullptr ? error.data->detail : "",
              !hint.empty() || error.data->hint == nullptr ? hint : error.data->hint, literal.position);
}

// `whole_dates`: today, yesterday and tomorrow too, which are no times of day.
std::string LiteralReader::at_as_of(const std::string& text, bool whole_dates) {
  const std::vector<std::string> parts = parts_of_time(text);
  const auto stands_for_time = [&](const std::string& part) { return whole_dates ? is_clock_word(part) : part == "now"; };
  if (std::ranges::none_of(parts, stands_for_time)) return text;
  // The date goes first: after a time its month would be a zone.
  std::string date;
  std::string rest;
  for (const std::string& part : parts) {
    if (!stands_for_time(part)) {
      rest += ' ' + part;
      continue;
    }
    const int days = part == "yesterday" ? -1 : part == "tomorrow" ? 1 : 0;
    if (!date.empty()) date += ' ';
    date += with_settings(settings_, settings_.time_zone.c_str(), kMonthFirst, false, [&]() -> const char* {
      const Datum now = TimestampTzGetDatum(as_of_);
      if (part == "now") return DatumGetCString(DirectFunctionCall1(timestamptz_out, now));
      const int32 today = DatumGetInt32(DirectFunctionCall1(timestamptz_date, now));
      return DatumGetCString(DirectFunctionCall1(date_out, Int32GetDatum(today + days)));
    });
  }
  return date + rest;
}

Datum LiteralReader::read_text(const std::string& text, Oid type, const char* date_style) {
  const char* characters = text.c_str();
  return with_settings(settings_, settings_.time_zone.c_str(), date_style, type == MONEYOID || type >= FirstNormalObjectId,
                       [&] { return input_of(type, characters); });
}

// The reading of a clock that a text names, on the day of as_of if it names none.
int64_t LiteralReader::reading_of(const std::string& text, uint32_t position) {
  Literal reading{LiteralKind::kText, text, position, LiteralType::kNone};
  try {
    return read_time(reading, TIMESTAMPOID);
  } catch (const Error&) {
    reading.text = at_as_of("today", true) + " " + text;
    return read_time(reading, TIMESTAMPOID);
  }
}

// Without a zone of its own a timetz has the offset of the zone, on the day of as_of instead of the server's.
Datum LiteralReader::read_timetz(const Literal& literal, const std::string& text) {
  const char* characters = text.c_str();
  const auto written_in = [&](const char* zone) {
    return std::string(with_settings(settings_, zone, kMonthFirst, false, [&]() -> const char* {
      return DatumGetCString(DirectFunctionCall1(timetz_out, input_of(TIMETZOID, characters)));
    }));
  };
  std::string written = written_in("<-01>+01");
  if (written != written_in("<+01>-01")) {
    const int64_t local = reading_of(text, literal.position);
    const int64_t offset = (local - local_time_.instant(local)) / USECS_PER_SEC;
    const int64_t seconds = std::abs(offset);
    char zone[32];
    snprintf(zone, sizeof(zone), "%c%02d:%02d:%02d", offset < 0 ? '-' : '+', static_cast<int>(seconds / 3600),
             static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
    written = written.substr(0, written.find_last_of("+-")) + zone;
  }
  const char* with_zone = written.c_str();
  return call([&] { return input_of(TIMETZOID, with_zone); });
}

Datum LiteralReader::read(const Literal& literal, Oid type) {
  try {
    if (type == TIMETZOID) return read_timetz(literal, at_as_of(literal.text, false));
    if (type == TIMEOID) return read_text(at_as_of(literal.text, false), type, kMonthFirst);
    if (depends_on_settings(type)) return read_text(literal.text, type, kMonthFirst);
    const char* text = literal.text.c_str();
    return call([&] { return input_of(type, text); });
  } catch (const ServerError& error) {
    if (!is_data_error(error)) throw;
    if (type == MONEYOID && error.data->sqlerrcode == ERRCODE_INVALID_PARAMETER_VALUE) {
      throw Error(ErrorCode::kInvalidValue, error.data->message, "Amounts mean what they meant where the segment was saved.",
                  "Install that locale on this server.", literal.position);
    }
    throw_literal_error(error, literal, literal_hint(literal, type));
  }
}

int64_t LiteralReader::read_time(const Literal& literal, Oid type) {
  const std::string text = at_as_of(literal.text, true);
  int64_t month_first = 0;
  std::optional<ServerError> failure;
  try {
    month_first = integer_of(type, read_text(text, type, kMonthFirst));
  } catch (const ServerError& error) {
    if (!is_data_error(error)) throw;
    failure = error;
  }
  int64_t day_first = 0;
  try {
    day_first = integer_of(type, read_text(text, type, kDayFirst));
    if (!failure && day_first == month_first) return month_first;
  } catch (const ServerError& error) {
    if (!is_data_error(error)) throw;
    if (failure) throw_literal_error(*failure, literal, literal_hint(literal, type));
    day_first = month_first;
  }
  if (failure) month_first = day_first;
  throw Error(ErrorCode::kInvalidLiteral, "ambiguous date: \"" + literal.text + "\"",
              "Its parts can be read as month and day or as day and month.",
              ambiguous_date_hint(month_first, day_first, type, settings_.time_zone), literal.position);
}

Timestamp LiteralReader::parse(const Literal& literal) {
  const Oid type = type_of(literal.type);
  const int64_t value = read_time(literal, type);
  if (type == TIMESTAMPTZOID) return value;
  if (type == TIMESTAMPOID) return TIMESTAMP_NOT_FINITE(value) ? value : local_time_.instant(value);
  if (is_infinite_date(value)) return value < 0 ? kMinusInfinity : kPlusInfinity;
  return local_time_.instant(value * USECS_PER_DAY);
}

std::optional<int64_t> LiteralReader::parse_reading(const Literal& literal) {
  const Timestamp instant = parse(literal);
  if (instant == kMinusInfinity || instant == kPlusInfinity) return std::nullopt;
  const int64_t reading =
      literal.type == LiteralType::kDate ? read_time(literal, DATEOID) * USECS_PER_DAY : read_time(literal, TIMESTAMPOID);
  // As a timestamp a literal loses the zone that it may name.
  return local_time_.instant(reading) == instant ? reading : local_time_.reading(instant);
}

}  // namespace segments::pg

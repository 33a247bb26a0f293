#include "pg/evaluation/literal_hint.h"

#include <chrono>
#include <cinttypes>

#include "core/text/lexer.h"
#include "core/text/nearest.h"
#include "pg/evaluation/server_values.h"
#include "pg/query/column_sql.h"
#include "pg/query/query.h"

namespace segments::pg {
namespace {

constexpr size_t kMostListed = 12;

std::string text_literal(const std::string& text) { return in_quotes(text, '\''); }

std::string listed(const std::vector<std::string>& texts) {
  std::string result;
  for (const std::string& text : texts) result += (result.empty() ? "" : ", ") + text_literal(text);
  return result;
}

bool is_enum(Oid type) {
  return call([&] { return get_typtype(type) == TYPTYPE_ENUM; });
}

std::vector<std::string> labels_of(Oid type) {
  return take_texts(
      run("SELECT enumlabel::text FROM pg_enum WHERE enumtypid = $1 ORDER BY enumsortorder", {oid(type)}, {.read_only = true}));
}

std::string enum_hint(const std::string& text, Oid type) {
  const std::vector<std::string> labels = labels_of(type);
  if (labels.size() <= kMostListed) return "Its values: " + listed(labels) + ".";
  const std::vector<std::string> near = nearest_names(text, labels);
  if (!near.empty()) return "Did you mean " + listed(near) + "?";
  const std::string name = call([&] { return static_cast<const char*>(format_type_be_qualified(type)); });
  return "SELECT enum_range(NULL::" + name + ") lists its values.";
}

// 2026-13-01 was meant as 2026-01-13; 2026-02-30 is beyond the end of its month.
std::string date_hint(const std::string& text) {
  int year = 0, month = 0, day = 0, end = 0;
  char written[sizeof("2026-01-31")];
  if (sscanf(text.c_str(), "%4d-%2d-%2d%n", &year, &month, &day, &end) == 3 && year > 0 && day > 0) {
    const std::string rest = text.substr(static_cast<size_t>(end));
    if (month > 12 && day <= 12 && month <= 31) {
      snprintf(written, sizeof(written), "%04d-%02d-%02d", year, day, month);
      return "Year, month and day stand in this order: " + text_literal(written + rest) + ".";
    }
    using namespace std::chrono;
    if (month >= 1 && month <= 12 && day <= 31) {
      const auto last = static_cast<unsigned>((std::chrono::year(year) / month / std::chrono::last).day());
      if (static_cast<unsigned>(day) > last) {
        snprintf(written, sizeof(written), "%04d-%02d-%02u", year, month, last);
        return "The last day of that month is " + text_literal(written) + ".";
      }
    }
  }
  return "Write dates like '2026-03-31', times like '2026-03-31 17:30'.";
}

// 6am, 6:30 pm were meant to be on some day; empty if the text is something else.
std::string time_of_day_hint(const std::string& text) {
  int hour = 0, minute = 0, end = 0;
  char half = 0;
  char written[sizeof("00:00")];
  const bool has_minutes = sscanf(text.c_str(), "%2d:%2d %c%*1[mM]%n", &hour, &minute, &half, &end) == 3;
  if (!has_minutes) minute = 0;
  if (!has_minutes && sscanf(text.c_str(), "%2d %c%*1[mM]%n", &hour, &half, &end) != 2) return "";
  const bool morning = half == 'a' || half == 'A';
  if (!morning && half != 'p' && half != 'P') return "";
  if (static_cast<size_t>(end) != text.size() || hour < 1 || hour > 12 || minute < 0 || minute > 59) return "";
  snprintf(written, sizeof(written), "%02u:%02u", static_cast<unsigned>(hour) % 12 + (morning ? 0 : 12),
           static_cast<unsigned>(minute));
  return "Write the day before the time of day: " + text_literal("today " + std::string(written)) + ".";
}

std::string number_hint(const std::string& text) {
  const size_t comma = text.find(',');
  const auto digits = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  const std::string_view whole(text);
  if (comma != std::string::npos && digits(whole.substr(0, comma)) && digits(whole.substr(comma + 1))) {
    return "Write " + text.substr(0, comma) + "." + text.substr(comma + 1) + ".";
  }
  return text.find_first_not_of("0123456789+-") == std::string::npos ? "" : "Write a number, such as 12.";
}

bool is_numeric(Oid type) {
  return call([&] {
    char category;
    bool preferred;
    get_type_category_preferred(type, &category, &preferred);
    return category == TYPCATEGORY_NUMERIC;
  });
}

// Texts are compared character by character: numbers among them need a column of numbers.
std::string number_column_hint(const std::string& column, Oid table) {
  const std::string command = "ALTER TABLE " + table_name(table) + " ADD COLUMN " + quoted_name(column + "_number") +
                              " numeric GENERATED ALWAYS AS (CASE WHEN " + quoted_name(column) +
                              " ~ '^-?[0-9]+([.][0-9]+)?$' THEN " + quoted_name(column) + "::numeric END) STORED";
  const std::string statement =
      take_text(run("SELECT segments_internal.owner_statement($1, $2)", {oid(table), text(command)}, {.read_only = true}));
  return "Add a column of numbers to the table, refresh, and compare that: " + statement + ".";
}

}  // namespace

std::string literal_hint(const Literal& literal, Oid type) {
  switch (type) {
    case BOOLOID:
      return "Write true or false.";
    case TIMESTAMPOID:
    case TIMESTAMPTZOID:
      if (const std::string hint = time_of_day_hint(literal.text); !hint.empty()) return hint;
      [[fallthrough]];
    case DATEOID:
      return date_hint(literal.text);
    case TIMEOID:
    case TIMETZOID:
      return "Write times of day like '17:30'.";
    case INTERVALOID:
      return "Write intervals like '3 days' or '01:30:00'.";
    case UUIDOID:
      return "Write UUIDs like '0f8fad5b-d9cb-469f-a165-70867728950e'.";
    default:
      break;
  }
  if (is_enum(type)) return enum_hint(literal.text, type);
  return is_numeric(type) ? number_hint(literal.text) : "";
}

std::string iso_date(int64_t days) {
  int year = 0, month = 0, day = 0;
  call([&] { j2date(static_cast<int>(days) + POSTGRES_EPOCH_JDATE, &year, &month, &day); });
  char written[48];
  snprintf(written, sizeof(written), "%04d-%02d-%02d", year, month, day);
  return written;
}

std::string local_time(int64_t instant, const std::string& zone) {
  const char* name = zone.c_str();
  char written[MAXDATELEN + 1];
  call([&] {
    Datum local = TimestampGetDatum(instant);
    if (name[0] != '\0') local = DirectFunctionCall2(timestamptz_zone, CStringGetTextDatum(name), TimestampTzGetDatum(instant));
    pg_tm parts{};
    fsec_t fraction = 0;
    const Timestamp value = DatumGetTimestamp(local);
    if (TIMESTAMP_NOT_FINITE(value)) {
      EncodeSpecialTimestamp(value, written);
    } else if (timestamp2tm(value, nullptr, &parts, &fraction, nullptr, nullptr) == 0) {
      EncodeDateTime(&parts, fraction, false, 0, nullptr, USE_ISO_DATES, written);
    } else {
      ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range")));
    }
  });
  return written;
}

std::string ambiguous_date_hint(int64_t month_first, int64_t day_first, Oid type, const std::string& zone) {
  std::vector<std::string> days;
  for (const int64_t value : {month_first, day_first}) {
    const char* name = zone.c_str();
    const int64_t date = call([&]() -> int64_t {
      if (type == DATEOID) return value;
      if (type == TIMESTAMPOID) return DatumGetInt32(DirectFunctionCall1(timestamp_date, TimestampGetDatum(value)));
      const Datum local = DirectFunctionCall2(timestamptz_zone, CStringGetTextDatum(name), TimestampTzGetDatum(value));
      return DatumGetInt32(DirectFunctionCall1(timestamp_date, local));
    });
    days.push_back(iso_date(date));
  }
  if (days[0] == days[1]) days.pop_back();
  return "Write dates as YYYY-MM-DD: " + text_literal(days[0]) + (days.size() == 1 ? "" : " or " + text_literal(days[1])) + ".";
}

std::string mismatch_hint(const Predicate& predicate, const FieldColumnName& field, const Literal& literal) {
  if (is_text_type(field.type)) {
    const bool equality = predicate.op == PredicateOperator::kEqual || predicate.op == PredicateOperator::kIn;
    if (literal.kind == LiteralKind::kNumber && !equality) return number_column_hint(field.column, field.relation);
    return "The field is a text: write " + text_literal(literal.text) + ".";
  }
  switch (field.type) {
    case BOOLOID:
      return "Write true or false.";
    case DATEOID:
      return "Write a date like '2026-03-31'.";
    case TIMESTAMPOID:
    case TIMESTAMPTZOID:
      return "Write a time like '2026-03-31 17:30'.";
    default:
      break;
  }
  if (is_enum(field.type)) return enum_hint(literal.text, field.type);
  if (is_numeric(field.type)) {
    const bool digits = literal.text.find_first_not_of("0123456789") == std::string::npos;
    return literal.kind == LiteralKind::kText && digits ? "Write " + literal.text + "." : "Write a number, such as 12.";
  }
  const std::string hint = literal_hint(literal, field.type);
  return hint.empty() ? "Write the value in single quotes: " + text_literal(literal.text) + "." : hint;
}

}  // namespace segments::pg

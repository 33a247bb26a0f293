#include "core/schedule/cron.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/text/keywords.h"
#include "core/calendar/date.h"
#include "core/schedule/day_names.h"
#include "core/schedule/schedule.h"

namespace segments {
namespace {

constexpr uint32_t kMinutesPerHour = 60;
constexpr uint32_t kHoursPerDay = 24;
constexpr size_t kMostTimes = 24;
constexpr std::string_view kFieldCharacters = "0123456789*/,-?LW#";

struct Nickname {
  std::string_view name;
  std::string_view fields;
};
constexpr std::array<Nickname, 7> kNicknames = {{{"@hourly", "0 * * * *"},
                                                 {"@daily", "0 0 * * *"},
                                                 {"@midnight", "0 0 * * *"},
                                                 {"@weekly", "0 0 * * 0"},
                                                 {"@monthly", "0 0 1 * *"},
                                                 {"@yearly", "0 0 1 1 *"},
                                                 {"@annually", "0 0 1 1 *"}}};

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (size_t start = 0;;) {
    const size_t end = text.find(separator, start);
    parts.push_back(text.substr(start, end == std::string_view::npos ? end : end - start));
    if (end == std::string_view::npos) return parts;
    start = end + 1;
  }
}

std::vector<std::string_view> fields_of(std::string_view text) {
  std::vector<std::string_view> fields;
  for (const std::string_view part : split(text, ' ')) {
    if (!part.empty()) fields.push_back(part);
  }
  return fields;
}

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

const Nickname* nickname_of(std::string_view text) {
  const auto* found = std::ranges::find_if(kNicknames, [&](const Nickname& n) { return equals_ignoring_case(n.name, text); });
  return found == kNicknames.end() ? nullptr : found;
}

bool is_field(std::string_view text) {
  if (text.find_first_not_of(kFieldCharacters) == std::string_view::npos) return true;
  for (const std::string_view item : split(text, ',')) {
    for (const std::string_view end : split(item, '-')) {
      const bool day = end.size() == 3 && days_of_word(end) != 0;
      if (!day && (end.empty() || end.find_first_not_of("0123456789") != std::string_view::npos)) return false;
    }
  }
  return true;
}

// A number, or the name of a day of the week (Sunday is 0).
std::optional<uint32_t> number_of(std::string_view text) {
  if (text.size() == 3) {
    const uint8_t day = days_of_word(text);
    for (uint32_t i = 0; i < kWeekdayNames.size(); ++i) {
      if (day == 1u << i) return (i + 1) % 7;
    }
  }
  if (text.empty() || text.size() > 2 || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  uint32_t number = 0;
  for (const char c : text) number = number * 10 + static_cast<uint32_t>(c - '0');
  return number;
}

// The values of one field (bit n: n), or nothing if it is none.
std::optional<uint64_t> values_of(std::string_view field, uint32_t first, uint32_t last) {
  uint64_t values = 0;
  for (const std::string_view item : split(field, ',')) {
    const std::vector<std::string_view> parts = split(item, '/');
    const std::vector<std::string_view> ends = split(parts[0], '-');
    const bool all = parts[0] == "*" || parts[0] == "?";
    const std::optional<uint32_t> begin = all ? first : number_of(ends[0]);
    const std::optional<uint32_t> end = all ? last : ends.size() == 2 ? number_of(ends[1]) : parts.size() == 2 ? last : begin;
    const std::optional<uint32_t> step = parts.size() == 2 ? number_of(parts[1]) : 1;
    if (parts.size() > 2 || ends.size() > 2 || !begin || !end || !step) return std::nullopt;
    if (*step == 0 || *begin < first || *end > last || *begin > *end) return std::nullopt;
    for (uint32_t value = *begin; value <= *end; value += *step) values |= uint64_t{1} << value;
  }
  return values;
}

std::vector<uint32_t> listed(uint64_t values) {
  std::vector<uint32_t> list;
  for (uint32_t value = 0; value < 64; ++value) {
    if ((values >> value & 1) != 0) list.push_back(value);
  }
  return list;
}

// Every so many minutes or hours, from midnight on: the same in every zone that is whole hours from UTC.
std::optional<uint32_t> interval_of(const std::vector<uint32_t>& minutes, const std::vector<uint32_t>& hours) {
  if (hours.size() != kHoursPerDay) return std::nullopt;
  const auto step = static_cast<uint32_t>(kMinutesPerHour / minutes.size());
  for (uint32_t i = 0; i < minutes.size(); ++i) {
    if (minutes[i] != i * step) return std::nullopt;
  }
  return kMinutesPerHour % minutes.size() == 0 ? std::optional(step) : std::nullopt;
}

struct Fields {
  uint64_t minutes, hours, days, months, weekdays;
};

std::optional<Fields> read_fields(std::string_view text) {
  const std::vector<std::string_view> fields = fields_of(text);
  if (fields.size() != 5) return std::nullopt;
  const auto minutes = values_of(fields[0], 0, 59);
  const auto hours = values_of(fields[1], 0, 23);
  const auto days = values_of(fields[2], 1, 31);
  const auto months = values_of(fields[3], 1, 12);
  const auto weekdays = values_of(fields[4], 0, 7);
  if (!minutes || !hours || !days || !months || !weekdays) return std::nullopt;
  return Fields{*minutes, *hours, *days, *months, *weekdays};
}

}  // namespace

bool is_cron_text(std::string_view text) {
  text = trimmed(text);
  if (nickname_of(text) != nullptr) return true;
  const std::vector<std::string_view> fields = fields_of(text);
  return (fields.size() == 5 || fields.size() == 6) && std::ranges::all_of(fields, is_field);
}

std::optional<std::string> schedule_of_cron(std::string_view text) {
  text = trimmed(text);
  if (const Nickname* nickname = nickname_of(text)) text = nickname->fields;
  const std::optional<Fields> fields = read_fields(text);
  constexpr uint64_t kAllDays = (uint64_t{1} << 32) - 2;
  constexpr uint64_t kAllMonths = (uint64_t{1} << 13) - 2;
  if (!fields || fields->months != kAllMonths) return std::nullopt;
  // Sunday is 0 and 7; ours begin with Monday.
  const uint64_t week = (fields->weekdays >> 1 & 0x7F) | (fields->weekdays & 1) << 6;
  const bool every_date = fields->days == kAllDays;
  if (!every_date && week != kEveryDay) return std::nullopt;
  const std::vector<uint32_t> minutes = listed(fields->minutes);
  const std::vector<uint32_t> hours = listed(fields->hours);
  Schedule schedule;
  if (const auto interval = interval_of(minutes, hours); interval && every_date && week == kEveryDay) {
    schedule.kind = ScheduleKind::kInterval;
    schedule.interval_minutes = *interval;
    return print_schedule(schedule);
  }
  if (minutes.size() * hours.size() > kMostTimes) return std::nullopt;
  // Cron leaves out a day that a month does not have; ours is the last one instead.
  if (!every_date && (fields->days >> 29) != 0) return std::nullopt;
  schedule.kind = every_date ? ScheduleKind::kWeekly : ScheduleKind::kMonthly;
  schedule.days_of_week = every_date ? static_cast<uint8_t>(week) : uint8_t{0};
  schedule.days_of_month = every_date ? 0 : static_cast<uint32_t>(fields->days >> 1);
  for (const uint32_t hour : hours) {
    for (const uint32_t minute : minutes)
      schedule.minutes_of_day.push_back(static_cast<uint16_t>(hour * kMinutesPerHour + minute));
  }
  return print_schedule(schedule);
}

}  // namespace segments

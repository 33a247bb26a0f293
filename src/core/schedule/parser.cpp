#include <algorithm>
#include <iterator>
#include <optional>

#include "core/text/keywords.h"
#include "core/text/token_stream.h"
#include "core/schedule/cron.h"
#include "core/schedule/day_names.h"
#include "core/schedule/schedule.h"

namespace segments {
namespace {

constexpr std::string_view kExamples =
    "Examples: every 15 minutes; every 6 hours; daily at 06:00 and 18:30; weekdays at 7:00 in 'Europe/Berlin'; "
    "monday and friday at 02:00; monthly on day 1 and 15 at 03:00.";

constexpr int64_t kMinutesPerHour = 60;
constexpr size_t kLongestCronText = 200;

const std::vector<std::string_view> kDayWords = {"monday",   "tuesday", "wednesday", "thursday", "friday",
                                                 "saturday", "sunday",  "weekdays",  "weekends"};

std::vector<std::string_view> or_days(std::vector<std::string_view> words) {
  words.insert(words.end(), kDayWords.begin(), kDayWords.end());
  return words;
}

class ScheduleParser {
 public:
  ScheduleParser(std::string_view text, Interrupt& interrupt) : stream_(text, interrupt, "schedule", NumberEnd::kAnywhere) {}

  Schedule parse() {
    if (stream_.accept_word("manual")) {
      schedule_.kind = ScheduleKind::kManual;
    } else if (stream_.accept_word("with")) {
      stream_.expect_word("every");
      stream_.expect_word("refresh");
      schedule_.kind = ScheduleKind::kWithEveryRefresh;
    } else if (stream_.accept_word("every")) {
      parse_every();
    } else if (stream_.accept_word("hourly")) {
      set_interval(kMinutesPerHour);
    } else if (stream_.accept_word("daily")) {
      parse_times_on(kEveryDay);
    } else if (stream_.accept_word("weekly")) {
      parse_weekly();
    } else if (stream_.accept_word("monthly")) {
      parse_monthly();
    } else if (at_day()) {
      parse_days();
    } else {
      const std::string daily = on_every_day();
      if (!daily.empty()) stream_.fail_because("Expected the days before the time.", "Write \"" + daily + "\".");
      stream_.fail_expecting(or_days({"every", "hourly", "daily", "weekly", "monthly", "manual", "with every refresh"}));
    }
    if (stream_.current().kind != TokenKind::kEnd) fail_at_rest();
    return std::move(schedule_);
  }

 private:
  // Times of day alone, as a schedule of every day; empty if it is something else.
  std::string on_every_day() const {
    if (!stream_.at_word("at") && !at_time()) return {};
    ScheduleParser daily(*this);
    try {
      daily.parse_times_on(kEveryDay);
    } catch (const Error&) {
      return {};
    }
    return daily.stream_.current().kind == TokenKind::kEnd ? print_schedule(daily.schedule_) : "";
  }

  // every 15 minutes, every hour, every day at …, every monday and friday at …
  void parse_every() {
    if (stream_.accept_word("day")) return parse_times_on(kEveryDay);
    if (stream_.accept_word("week")) return parse_weekly();
    if (stream_.accept_word("month")) return parse_monthly();
    if (at_day()) return parse_days();
    const uint32_t position = stream_.position();
    const bool counted = stream_.current().kind == TokenKind::kNumber;
    const int64_t count = counted ? stream_.take_count(kMaxIntervalMinutes) : 1;
    const Token unit_token = stream_.current();
    const std::optional<TimeUnit> unit = unit_token.kind == TokenKind::kWord ? unit_of_word(unit_token.text) : std::nullopt;
    if (!unit) {
      if (counted) stream_.fail_expecting({"minutes", "hours"});
      stream_.fail_expecting(or_days({"minute", "hour", "day", "week", "month"}), {"a whole number"});
    }
    if (*unit == TimeUnit::kSecond) fail_unit("Schedules are made of whole minutes.");
    if (*unit != TimeUnit::kMinute && *unit != TimeUnit::kHour) {
      fail_unit("Intervals are in minutes or hours; days follow the calendar: daily, days of the week, weekly, monthly.");
    }
    const int64_t minutes = count * (*unit == TimeUnit::kHour ? kMinutesPerHour : 1);
    if (minutes == 0 || minutes > kMaxIntervalMinutes) {
      throw Error(ErrorCode::kOutOfRange, "interval is out of range",
                  "Intervals are from 1 minute to " + std::to_string(kMaxIntervalMinutes / kMinutesPerHour) + " hours.", "",
                  position);
    }
    stream_.take();
    set_interval(minutes);
  }

  [[noreturn]] void fail_unit(std::string detail) { stream_.fail_because(std::move(detail), ""); }

  void set_interval(int64_t minutes) {
    schedule_.kind = ScheduleKind::kInterval;
    schedule_.interval_minutes = minutes;
  }

  // weekly [on days] [at times] [in zone]
  void parse_weekly() {
    if (!stream_.accept_word("on")) return parse_times_on(kDayOfWeekly);
    if (!at_day()) stream_.fail_expecting(kDayWords);
    parse_days();
  }

  void parse_days() {
    uint8_t days = take_day();
    while (accept_separator()) days = static_cast<uint8_t>(days | take_day());
    parse_times_on(days);
  }

  void parse_times_on(uint8_t days) {
    schedule_.kind = ScheduleKind::kWeekly;
    schedule_.days_of_week = days;
    parse_times();
  }

  // monthly [on day 1 and 15 | on the last day] [at times] [in zone]
  void parse_monthly() {
    schedule_.kind = ScheduleKind::kMonthly;
    schedule_.days_of_month = kDayOfMonthly;
    if (stream_.accept_word("on")) {
      schedule_.days_of_month = 0;
      if (!stream_.accept_word("day") && !stream_.accept_word("days")) {
        stream_.accept_word("the");
        if (!stream_.at_word("last")) stream_.fail_expecting({"day", "last day"});
      }
      do {
        schedule_.days_of_month |= uint32_t{1} << (take_day_of_month() - 1);
      } while (accept_separator());
    }
    parse_times();
  }

  uint32_t take_day_of_month() {
    if (stream_.accept_word("the")) {
      if (!stream_.at_word("last")) stream_.fail_expecting({"last day"});
    }
    if (stream_.accept_word("last")) {
      stream_.expect_word("day");
      return kLastDayOfMonth;
    }
    const uint32_t position = stream_.position();
    if (stream_.current().kind != TokenKind::kNumber) stream_.fail_expecting({"last day"}, {"a day of the month (1 to 31)"});
    const int64_t day = stream_.take_count(kLastDayOfMonth);
    if (day == 0) throw Error(ErrorCode::kOutOfRange, "months begin with day 1", "", "", position);
    return static_cast<uint32_t>(day);
  }

  void parse_times() {
    std::vector<uint16_t>& times = schedule_.minutes_of_day;
    has_times_ = stream_.accept_word("at") || at_time();
    if (has_times_) {
      do {
        times.push_back(take_time());
      } while (accept_separator());
      std::sort(times.begin(), times.end());
      times.erase(std::unique(times.begin(), times.end()), times.end());
    } else {
      times.push_back(0);
    }
    if (stream_.accept_word("in")) take_time_zone();
  }

  // 06:00, 6:30 pm, 6am, midnight, noon
  uint16_t take_time() {
    if (stream_.accept_word("midnight")) return 0;
    if (stream_.accept_word("noon")) return 12 * kMinutesPerHour;
    if (stream_.current().kind != TokenKind::kNumber) {
      stream_.fail_expecting({"midnight", "noon"}, {"a time of day from 00:00 to 23:59"});
    }
    const Token hour_token = stream_.current();
    check_clock(hour_token.text);
    int64_t hour = stream_.take_count(23);
    int64_t minute = 0;
    const bool has_minutes = stream_.accept_symbol(":");
    const Token minute_token = stream_.current();
    if (has_minutes) {
      if (stream_.current().text.size() != 2) {
        stream_.fail_because("Expected two digits.", "Times of day are written 00:00 to 23:59, or 6am.");
      }
      minute = stream_.take_count(59);
    }
    const bool morning = stream_.at_word("am");
    if (morning || stream_.at_word("pm")) {
      if (hour == 0 || hour > 12) {
        const std::string minutes = has_minutes ? std::string(minute_token.text) : "00";
        stream_.fail_because("Hours before am and pm are from 1 to 12.",
                             "Write " + std::string(hour_token.text) + ":" + minutes + ".");
      }
      stream_.take();
      hour = hour % 12 + (morning ? 0 : 12);
    } else if (!has_minutes) {
      const std::string digits(hour_token.text);
      const bool before_noon = hour > 0 && hour < 12;
      stream_.fail_because("Expected \":\" and minutes.", before_noon
                                                              ? "Write " + digits + "am, " + digits + "pm or " + digits + ":00."
                                                              : "Write " + digits + ":00.");
    }
    return static_cast<uint16_t>(hour * kMinutesPerHour + minute);
  }

  // 6.30 is no number here.
  void check_clock(std::string_view digits) const {
    const size_t dot = digits.find('.');
    if (dot == std::string_view::npos || digits.size() > 5) return;
    stream_.fail_because("Hours and minutes are separated by a colon.",
                         "Write " + std::string(digits.substr(0, dot)) + ":" + std::string(digits.substr(dot + 1)) + ".");
  }

  void take_time_zone() {
    const Token token = stream_.current();
    if (token.kind != TokenKind::kText) {
      stream_.fail_because("Expected a time zone in single quotes.", "Write it like this: in 'Europe/Berlin'.");
    }
    schedule_.time_zone = unquote(token.text);
    schedule_.time_zone_position = token.position;
    if (schedule_.time_zone.empty()) stream_.fail_because("The time zone is empty.", "");
    stream_.take();
  }

  // A time of day says by itself what it is: "at" may be left out.
  bool at_time() const {
    return stream_.current().kind == TokenKind::kNumber || stream_.at_word("midnight") || stream_.at_word("noon");
  }

  bool at_day() const { return stream_.current().kind == TokenKind::kWord && days_of_word(stream_.current().text) != 0; }

  uint8_t take_day() {
    if (!at_day()) stream_.fail_expecting(kDayWords);
    return days_of_word(stream_.take().text);
  }

  // "," or "and" or ", and"
  bool accept_separator() {
    const bool comma = stream_.accept_symbol(",");
    return stream_.accept_word("and") || comma;
  }

  // What could still have come after a complete schedule.
  [[noreturn]] void fail_at_rest() {
    if (!schedule_.has_times_of_day()) {
      if (stream_.at_word("at") || stream_.at_word("in")) {
        stream_.fail_because("Only schedules on days have times of day and a time zone.", "");
      }
      stream_.fail_expecting({}, {"the end of the schedule"});
    }
    if (!schedule_.time_zone.empty()) stream_.fail_expecting({}, {"the end of the schedule"});
    stream_.fail_expecting({has_times_ ? "and" : "at", "in"}, {"the end of the schedule"});
  }

  TokenStream stream_;
  Schedule schedule_;
  bool has_times_ = false;  // the text names times of day
};

void check_is_no_cron_text(std::string_view text) {
  if (text.size() > kLongestCronText || !is_cron_text(text)) return;
  const std::optional<std::string> equivalent = schedule_of_cron(text);
  throw Error(
      ErrorCode::kSyntax, "a schedule is not written as for cron",
      equivalent ? "" : "This one has no equivalent: days of the month or days of the week, at up to 24 times, all months.",
      equivalent ? "Write: " + *equivalent + "." : "", 0);
}

}  // namespace

Schedule parse_schedule(std::string_view text, Interrupt& interrupt) {
  try {
    check_is_no_cron_text(text);
    return ScheduleParser(text, interrupt).parse();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kSyntax && error.code() != ErrorCode::kOutOfRange) throw;
    const std::string hint = error.hint().empty() ? std::string(kExamples) : error.hint() + " " + std::string(kExamples);
    throw Error(error.code(), error.what(), error.detail(), hint, error.position());
  }
}

}  // namespace segments

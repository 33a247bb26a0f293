#include "core/schedule/next_run.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

#include "unit/central_europe.h"

namespace segments {
namespace {

constexpr int64_t kMinute = 60 * kSecond;

// A zone by its offsets from UTC, with PostgreSQL's rule for readings that are skipped or repeated.
class ZoneOfOffsets final : public LocalTime {
 public:
  // `change`: when the offset becomes `after`, until `change_back`.
  ZoneOfOffsets(Timestamp change, Timestamp change_back, int64_t before, int64_t after)
      : change_(change), change_back_(change_back), before_(before), after_(after) {}
  Timestamp subtract(Timestamp, int64_t, int64_t) override { return kMinusInfinity; }
  Timestamp instant(int64_t reading) override {
    ++questions;
    if (reading >= kEndTimestamp) return kPlusInfinity;
    std::vector<Timestamp> readings;
    for (const int64_t offset : {before_, after_}) {
      if (this->offset(reading - offset) == offset) readings.push_back(reading - offset);
    }
    if (!readings.empty()) return *std::max_element(readings.begin(), readings.end());
    // Skipped: the offset before the change.
    const bool first_change = reading < (change_ + change_back_) / 2;
    return reading - (first_change ? before_ : after_);
  }
  int64_t reading(Timestamp t) override { return t + offset(t); }
  Timestamp first_instant(int64_t reading) override { return instant(reading); }
  int64_t offset(Timestamp utc) const { return utc >= change_ && utc < change_back_ ? after_ : before_; }

  int64_t questions = 0;

 private:
  Timestamp change_, change_back_;
  int64_t before_, after_;
};

Schedule schedule_of(std::string_view text) {
  NeverInterrupt interrupt;
  return parse_schedule(text, interrupt);
}

Timestamp after(std::string_view schedule, Timestamp t) {
  CentralEurope local_time;
  return next_after(schedule_of(schedule), t, local_time);
}

// Whether the schedule names a reading of the clock; with the calendar of the standard library.
bool names(const Schedule& schedule, int64_t reading) {
  using namespace std::chrono;
  const sys_time<microseconds> clock{sys_days(year_month_day(2000y, January, 1d)) + microseconds(reading)};
  const sys_days day = floor<days>(clock);
  const auto minute = static_cast<uint16_t>(floor<minutes>(clock - day).count());
  const auto& times = schedule.minutes_of_day;
  if (std::find(times.begin(), times.end(), minute) == times.end()) return false;
  if (schedule.kind == ScheduleKind::kWeekly) {
    return (schedule.days_of_week >> (weekday(day).iso_encoding() - 1) & 1) != 0;
  }
  const year_month_day date(day);
  const unsigned last = static_cast<unsigned>((date.year() / date.month() / std::chrono::last).day());
  for (unsigned named = 1; named <= 31; ++named) {
    const bool is_named = (schedule.days_of_month >> (named - 1) & 1) != 0;
    if (is_named && std::min(named, last) == static_cast<unsigned>(date.day())) return true;
  }
  return false;
}

// Looks at every minute in turn; kPlusInfinity if there is none before `end`.
Timestamp search(const Schedule& schedule, Timestamp from, Timestamp end, LocalTime& local_time,
                 const std::set<int64_t>& offsets) {
  const int64_t remainder = (from % kMinute + kMinute) % kMinute;
  for (Timestamp t = from - remainder + kMinute; t < end; t += kMinute) {
    if (schedule.kind == ScheduleKind::kInterval) {
      if (t % (schedule.interval_minutes * kMinute) == 0) return t;
      continue;
    }
    for (const int64_t offset : offsets) {
      if (names(schedule, t + offset) && local_time.instant(t + offset) == t) return t;
    }
  }
  return kPlusInfinity;
}

TEST(NextRun, intervals_are_multiples_whatever_was_run) {
  EXPECT_EQ(after("every 15 minutes", at(2026, 5, 20, 12, 7)), at(2026, 5, 20, 12, 15));
  EXPECT_EQ(after("every 15 minutes", at(2026, 5, 20, 12, 15)), at(2026, 5, 20, 12, 30));
  EXPECT_EQ(after("every 15 minutes", at(2026, 5, 20, 12, 15) - 1), at(2026, 5, 20, 12, 15));
  EXPECT_EQ(after("every 6 hours", at(2026, 5, 20, 12, 7)), at(2026, 5, 20, 18));
  EXPECT_EQ(after("every 6 hours", at(1999, 12, 31, 12, 7)), at(1999, 12, 31, 18));
  EXPECT_EQ(after("every hour", at(2026, 3, 29, 0, 30)), at(2026, 3, 29, 1)) << "the clock's change is no concern";
}

TEST(NextRun, times_of_day_are_those_of_the_zone) {
  EXPECT_EQ(after("daily at 06:00 and 18:30", at(2026, 1, 10, 4, 59)), at(2026, 1, 10, 5));
  EXPECT_EQ(after("daily at 06:00 and 18:30", at(2026, 1, 10, 5)), at(2026, 1, 10, 17, 30));
  EXPECT_EQ(after("daily at 06:00 and 18:30", at(2026, 1, 10, 17, 30)), at(2026, 1, 11, 5));
  EXPECT_EQ(after("daily at 06:00", at(2026, 3, 28, 5)), at(2026, 3, 29, 4)) << "23 hours later";
  EXPECT_EQ(after("daily at 06:00", at(2026, 10, 24, 4)), at(2026, 10, 25, 5)) << "25 hours later";
  EXPECT_EQ(after("daily at 00:30", at(2026, 1, 10, 12)), at(2026, 1, 10, 23, 30)) << "tomorrow there, today in UTC";
}

TEST(NextRun, a_time_that_the_clock_skips_comes_as_much_later) {
  EXPECT_EQ(after("daily at 02:30", at(2026, 3, 28, 12)), at(2026, 3, 29, 1, 30));
  EXPECT_EQ(after("daily at 02:30", at(2026, 3, 29, 1, 30)), at(2026, 3, 30, 0, 30));
  // 02:30 becomes 03:30, so 03:15 comes first, and 03:30 is the same instant.
  EXPECT_EQ(after("daily at 02:30, 03:15, 03:30", at(2026, 3, 28, 12)), at(2026, 3, 29, 1, 15));
  EXPECT_EQ(after("daily at 02:30, 03:15, 03:30", at(2026, 3, 29, 1, 15)), at(2026, 3, 29, 1, 30));
  EXPECT_EQ(after("daily at 02:30, 03:15, 03:30", at(2026, 3, 29, 1, 30)), at(2026, 3, 30, 0, 30));
}

TEST(NextRun, a_time_that_the_clock_repeats_comes_once) {
  EXPECT_EQ(after("daily at 02:30", at(2026, 10, 24, 12)), at(2026, 10, 25, 1, 30));
  EXPECT_EQ(after("daily at 02:30", at(2026, 10, 25, 0, 30)), at(2026, 10, 25, 1, 30));
  EXPECT_EQ(after("daily at 02:30", at(2026, 10, 25, 1, 30)), at(2026, 10, 26, 1, 30));
}

TEST(NextRun, days_of_the_week) {
  const std::string_view schedule = "monday, wednesday and friday at 02:00";
  EXPECT_EQ(after(schedule, at(2026, 5, 18, 1)), at(2026, 5, 20, 0)) << "a Monday, after 02:00 there";
  EXPECT_EQ(after(schedule, at(2026, 5, 22, 0)), at(2026, 5, 25, 0));
  EXPECT_EQ(after("weekly", at(2026, 5, 20)), at(2026, 5, 24, 22));
  EXPECT_EQ(after("weekdays at 7:00", at(2026, 5, 22, 12)), at(2026, 5, 25, 5));
}

TEST(NextRun, months_end_at_the_last_day) {
  EXPECT_EQ(after("monthly", at(2026, 1, 15)), at(2026, 1, 31, 23));
  EXPECT_EQ(after("monthly on day 30 at 12:00", at(2026, 1, 30, 11)), at(2026, 2, 28, 11));
  EXPECT_EQ(after("monthly on day 30 at 12:00", at(2026, 2, 28, 11)), at(2026, 3, 30, 10));
  EXPECT_EQ(after("monthly on day 29, 30 and the last day at 12:00", at(2026, 2, 1)), at(2026, 2, 28, 11));
  EXPECT_EQ(after("monthly on day 29, 30 and the last day at 12:00", at(2026, 2, 28, 11)), at(2026, 3, 29, 10));
  EXPECT_EQ(after("monthly on the last day at 12:00", at(2028, 2, 1)), at(2028, 2, 29, 11));
  EXPECT_EQ(after("monthly on the last day at 12:00", at(2026, 4, 1)), at(2026, 4, 30, 10));
  EXPECT_EQ(after("monthly on the last day at 12:00", at(2100, 2, 1)), at(2100, 2, 28, 11));
}

TEST(NextRun, a_day_that_a_zone_skips) {
  // 30 December 2011 in Samoa: from UTC-10 to UTC+14.
  ZoneOfOffsets samoa(at(2011, 12, 30, 10), at(2099, 1, 1), -10 * kHour, 14 * kHour);
  const Schedule daily = schedule_of("daily at 06:00");
  const Timestamp before = at(2011, 12, 29, 16);
  const Timestamp next = next_after(daily, before, samoa);
  EXPECT_EQ(next, at(2011, 12, 30, 16));
  EXPECT_EQ(next_after(daily, next, samoa), at(2011, 12, 31, 16)) << "one run, though two days name the instant";
}

TEST(NextRun, manual_and_with_every_refresh_name_no_time) {
  EXPECT_EQ(after("manual", 0), kPlusInfinity);
  EXPECT_EQ(after("with every refresh", 0), kPlusInfinity);
}

TEST(NextRun, the_ends_of_time) {
  for (const std::string_view text : {"every 744 hours", "every minute", "daily at 06:00", "monthly on day 30"}) {
    EXPECT_EQ(after(text, kEndTimestamp - 1), kPlusInfinity) << text;
    EXPECT_EQ(after(text, kPlusInfinity), kPlusInfinity) << text;
    const Timestamp first = after(text, kMinusInfinity);
    EXPECT_GE(first, kFirstTimestamp) << text;
    EXPECT_LE(first, kFirstTimestamp + 33 * kDay) << text;
  }
}

TEST(NextRun, is_what_a_search_of_every_minute_finds) {
  std::mt19937_64 random(20261025);
  const auto below = [&](int64_t limit) { return std::uniform_int_distribution<int64_t>(0, limit - 1)(random); };
  const std::set<int64_t> offsets = {kHour, 2 * kHour};
  const std::set<int64_t> wild_offsets = {-10 * kHour, 14 * kHour};
  for (int i = 0; i < 400; ++i) {
    Schedule schedule;
    schedule.kind = static_cast<ScheduleKind>(below(3));
    schedule.interval_minutes = 1 + below(3000);
    schedule.days_of_week = static_cast<uint8_t>(1 + below(kEveryDay));
    schedule.days_of_month = static_cast<uint32_t>(1 + below((int64_t{1} << 31) - 1)) & static_cast<uint32_t>(random());
    if (schedule.days_of_month == 0) schedule.days_of_month = 1;
    std::set<uint16_t> times;
    for (int64_t n = 1 + below(4); n > 0; --n) {
      times.insert(static_cast<uint16_t>(below(2) == 0 ? below(24 * 60) : 60 + below(180)));
    }
    schedule.minutes_of_day.assign(times.begin(), times.end());
    // Mostly near the changes of the clock.
    const Timestamp centre = below(2) == 0 ? at(2026, 3, 29, 1) : at(2026, 10, 25, 1);
    const Timestamp from = centre - 2 * kDay + below(below(4) == 0 ? 60 * kDay : 3 * kDay);
    CentralEurope europe;
    EXPECT_EQ(next_after(schedule, from, europe), search(schedule, from, from + 40 * kDay, europe, offsets))
        << print_schedule(schedule) << " after " << from;
    ZoneOfOffsets wild(at(2026, 3, 29, 10), at(2026, 10, 25, 10), -10 * kHour, 14 * kHour);
    EXPECT_EQ(next_after(schedule, from, wild), search(schedule, from, from + 40 * kDay, wild, wild_offsets))
        << print_schedule(schedule) << " after " << from;
  }
}

TEST(NextRun, comes_strictly_after_and_never_before_that_of_an_earlier_time) {
  std::mt19937_64 random(7);
  for (const std::string_view text : {"every 7 minutes", "every 6 hours", "daily at 02:30 and 03:15", "weekly at 2:15",
                                      "monthly on day 29 and the last day at 2:59"}) {
    const Schedule schedule = schedule_of(text);
    CentralEurope local_time;
    Timestamp previous = kMinusInfinity;
    Timestamp t = at(2026, 3, 1);
    for (int i = 0; i < 3000; ++i) {
      const Timestamp next = next_after(schedule, t, local_time);
      ASSERT_GT(next, t) << text;
      ASSERT_GE(next, previous) << text;
      previous = next;
      t += std::uniform_int_distribution<int64_t>(0, 5 * kHour)(random);
    }
  }
}

TEST(NextRun, asks_the_zone_a_bounded_number_of_times) {
  ZoneOfOffsets zone(at(2026, 3, 29, 1), at(2026, 10, 25, 1), kHour, 2 * kHour);
  Schedule schedule = schedule_of("monthly on day 1 at 00:00");
  schedule.minutes_of_day.clear();
  for (uint16_t minute = 0; minute < 24 * 60; ++minute) schedule.minutes_of_day.push_back(minute);
  next_after(schedule, at(2026, 5, 2), zone);
  EXPECT_LE(zone.questions, 3 * 24 * 60);
}

TEST(NextRun, missed_runs_are_made_up_for_by_one) {
  CentralEurope local_time;
  const Schedule schedule = schedule_of("every 15 minutes");
  const RunHistory before{.runs = {at(2026, 5, 20, 12)}};
  const Timestamp now = at(2026, 5, 21, 8, 7);  // after a night without a server
  EXPECT_EQ(next_run(schedule, before, now, local_time), at(2026, 5, 20, 12, 15)) << "overdue";
  EXPECT_EQ(next_run(schedule, {.runs = {now}}, now, local_time), at(2026, 5, 21, 8, 15));
}

TEST(NextRun, a_job_that_was_never_run_is_due_at_once_unless_manual) {
  CentralEurope local_time;
  EXPECT_EQ(next_run(schedule_of("weekly"), {}, 0, local_time), kMinusInfinity);
  EXPECT_EQ(next_run(schedule_of("manual"), {}, 0, local_time), kPlusInfinity);
  EXPECT_EQ(next_run(schedule_of("manual"), {.runs = {0}, .failures = 3, .failed_at = 0}, 0, local_time), kPlusInfinity);
}

TEST(NextRun, what_was_written_before_the_clock_was_set_back_is_not_believed) {
  CentralEurope local_time;
  const Schedule schedule = schedule_of("every 15 minutes");
  const Timestamp now = at(2026, 5, 20, 12, 7);
  EXPECT_EQ(next_run(schedule, {.runs = {at(2030, 1, 1)}}, now, local_time), kMinusInfinity);
  EXPECT_EQ(next_run(schedule, {.runs = {at(2030, 1, 1), now}}, now, local_time), at(2026, 5, 20, 12, 15));
  const RunHistory failed{.runs = {at(2030, 1, 1)}, .failures = 1, .failed_at = at(2030, 1, 1)};
  EXPECT_EQ(next_run(schedule, failed, now, local_time), kMinusInfinity);
}

// A worker that asks now and then, under a clock that is set at times: every time of the schedule that the clock comes to
// is followed by a run before the worker asks again, and nothing runs without a reason.
TEST(NextRun, runs_a_worker_through_a_year_of_a_bad_clock) {
  std::mt19937_64 random(42);
  const auto below = [&](int64_t limit) { return std::uniform_int_distribution<int64_t>(0, limit - 1)(random); };
  CentralEurope local_time;
  for (const std::string_view text : {"every 7 minutes", "daily at 02:30 and 03:15", "weekdays at 7:00", "monthly"}) {
    const Schedule schedule = schedule_of(text);
    Timestamp now = at(2026, 1, 1);
    RunHistory history{.runs = {now}};
    int64_t runs = 0, reasons = 0;
    for (int i = 0; i < 20'000; ++i) {
      const Timestamp asked = now;
      const bool is_set = below(2000) == 0;
      now += is_set ? below(400 * kDay) - 200 * kDay : below(kHour);
      if (is_set || next_after(schedule, asked, local_time) <= now) ++reasons;
      const bool is_due = next_run(schedule, history, now, local_time) <= now;
      if (!is_set && next_after(schedule, asked, local_time) <= now) {
        ASSERT_TRUE(is_due) << text << " at " << now;
      }
      if (!is_due) continue;
      ++runs;
      history.runs.push_back(now);
      if (history.runs.size() > 3) history.runs.erase(history.runs.begin());
      ASSERT_GT(next_run(schedule, history, now, local_time), now) << text << " at " << now;
    }
    EXPECT_GT(runs, 0) << text;
    EXPECT_LE(runs, reasons) << text;
  }
}

TEST(NextRun, a_clock_that_is_corrected_a_little_repeats_no_run) {
  CentralEurope local_time;
  const Timestamp ran = at(2026, 5, 20, 12, 15) + kSecond / 10;
  EXPECT_EQ(next_run(schedule_of("every 15 minutes"), {.runs = {ran}}, ran - kSecond, local_time), at(2026, 5, 20, 12, 30));
}

TEST(NextRun, a_clock_set_forward_runs_once) {
  CentralEurope local_time;
  const Schedule schedule = schedule_of("daily at 06:00");
  const Timestamp future = at(2030, 1, 1);
  EXPECT_LE(next_run(schedule, {.runs = {at(2026, 5, 20)}}, future, local_time), future);
  EXPECT_GT(next_run(schedule, {.runs = {future}}, future, local_time), future);
}

TEST(NextRun, failures_are_retried_later_and_later) {
  CentralEurope local_time;
  const Schedule schedule = schedule_of("daily at 06:00");
  const Timestamp failed = at(2026, 5, 20, 4, 2);
  Timestamp previous = failed;
  for (uint32_t failures = 1; failures < 20; ++failures) {
    const RunHistory history{.runs = {at(2026, 5, 20, 4)}, .failures = failures, .failed_at = failed};
    const Timestamp next = next_run(schedule, history, failed, local_time);
    EXPECT_EQ(next, failed + retry_delay(failures));
    EXPECT_GE(next, previous);
    EXPECT_LE(next, failed + kLongestRetryDelay);
    previous = next;
  }
}

TEST(RetryDelay, doubles_up_to_the_longest) {
  EXPECT_EQ(retry_delay(1, 60, 3600), 60);
  EXPECT_EQ(retry_delay(2, 60, 3600), 120);
  EXPECT_EQ(retry_delay(6, 60, 3600), 1920);
  EXPECT_EQ(retry_delay(7, 60, 3600), 3600);
  EXPECT_EQ(retry_delay(UINT32_MAX, 60, 3600), 3600);
  EXPECT_EQ(retry_delay(UINT32_MAX, 60, INT64_MAX), INT64_MAX);
  EXPECT_EQ(retry_delay(5, 60, 30), 30);
}

}  // namespace
}  // namespace segments

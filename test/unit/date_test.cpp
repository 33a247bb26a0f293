#include "core/calendar/date.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>

namespace segments {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr sys_days kFirst = sys_days(year_month_day(std::chrono::year(2000), std::chrono::January, std::chrono::day(1)));

Date expected_date(int64_t day) {
  const year_month_day date(kFirst + days(day));
  return {static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day())};
}

TEST(Date, every_day_of_a_thousand_years_is_the_standard_library_s) {
  for (int64_t day = -400'000; day <= 400'000; ++day) {
    const Date date = date_of_day(day);
    ASSERT_EQ(date, expected_date(day)) << day;
    ASSERT_EQ(day_of_date(date), day);
    ASSERT_EQ(static_cast<unsigned>(weekday_of_day(day)) + 1, std::chrono::weekday(kFirst + days(day)).iso_encoding());
  }
}

TEST(Date, days_of_all_times_come_back) {
  std::mt19937_64 random(7);
  std::uniform_int_distribution<int64_t> any(kFirstTimestamp / kMicrosecondsOfDay, kEndTimestamp / kMicrosecondsOfDay);
  for (int i = 0; i < 100'000; ++i) {
    const int64_t day = any(random);
    ASSERT_EQ(day_of_date(date_of_day(day)), day);
  }
}

TEST(Date, units_start_and_go_back_by_the_calendar) {
  const auto reading = [](int64_t year, uint32_t month, uint32_t day) {
    return day_of_date({year, month, day}) * kMicrosecondsOfDay;
  };
  const int64_t now = reading(2026, 3, 11) + 12'345;
  EXPECT_EQ(unit_start(now, TimeUnit::kDay, Weekday::kMonday), reading(2026, 3, 11));
  EXPECT_EQ(unit_start(now, TimeUnit::kWeek, Weekday::kMonday), reading(2026, 3, 9));
  EXPECT_EQ(unit_start(now, TimeUnit::kWeek, Weekday::kSaturday), reading(2026, 3, 7));
  EXPECT_EQ(unit_start(reading(2026, 12, 31), TimeUnit::kQuarter, Weekday::kMonday), reading(2026, 10, 1));
  EXPECT_EQ(unit_start(reading(1999, 12, 31), TimeUnit::kYear, Weekday::kMonday), reading(1999, 1, 1));
  EXPECT_EQ(units_before(reading(2026, 3, 1), 15, TimeUnit::kMonth), reading(2024, 12, 1));
  EXPECT_EQ(units_before(reading(2026, 3, 1), -10, TimeUnit::kMonth), reading(2027, 1, 1));
  EXPECT_EQ(units_before(reading(2026, 1, 1), 5, TimeUnit::kQuarter), reading(2024, 10, 1));
  EXPECT_EQ(units_before(reading(2026, 1, 1), 3000, TimeUnit::kYear), reading(-974, 1, 1));
  EXPECT_EQ(units_before(reading(2026, 3, 9), 2, TimeUnit::kWeek), reading(2026, 2, 23));
  for (const TimeUnit unit : {TimeUnit::kDay, TimeUnit::kWeek, TimeUnit::kMonth, TimeUnit::kQuarter, TimeUnit::kYear}) {
    EXPECT_LT(units_before(reading(2026, 1, 1), 1'000'000'000, unit), kFirstTimestamp);
    EXPECT_GE(units_before(reading(2026, 1, 1), -1'000'000'000, unit), kEndTimestamp);
  }
}

TEST(Date, months_end_where_shorter_ones_end) {
  EXPECT_EQ(day_after_months(day_of_date({2026, 1, 31}), 1), day_of_date({2026, 2, 28}));
  EXPECT_EQ(day_after_months(day_of_date({2024, 3, 31}), -1), day_of_date({2024, 2, 29}));
  EXPECT_EQ(day_after_months(day_of_date({2024, 2, 29}), 48), day_of_date({2028, 2, 29}));
  EXPECT_EQ(day_after_months(day_of_date({1, 1, 1}), -1), day_of_date({0, 12, 1}));
}

TEST(Date, anniversaries_begin_a_year_later_and_leap_days_have_one_every_year) {
  const int64_t leap = day_of_date({2024, 2, 29});
  const auto is_celebrated = [&](int64_t year, uint32_t month, uint32_t day) {
    return has_anniversary(leap, day_of_date({year, month, day}), day_of_date({year, month, day}));
  };
  EXPECT_FALSE(is_celebrated(2024, 2, 29));
  EXPECT_TRUE(is_celebrated(2025, 2, 28));
  EXPECT_FALSE(is_celebrated(2025, 3, 1));
  EXPECT_FALSE(is_celebrated(2028, 2, 28));
  EXPECT_TRUE(is_celebrated(2028, 2, 29));
  EXPECT_FALSE(is_celebrated(2023, 2, 28));
  const int64_t new_year = day_of_date({2000, 1, 1});
  EXPECT_TRUE(has_anniversary(new_year, day_of_date({2025, 12, 31}), day_of_date({2026, 1, 1})));
  EXPECT_FALSE(has_anniversary(new_year, day_of_date({2026, 1, 2}), day_of_date({2026, 12, 31})));
  EXPECT_FALSE(has_anniversary(new_year, day_of_date({2026, 1, 2}), day_of_date({2026, 1, 1})));
}

TEST(Weekday, names_are_read_in_any_case) {
  EXPECT_EQ(weekday_of_name("Sunday"), Weekday::kSunday);
  EXPECT_EQ(weekday_of_name("MONDAY"), Weekday::kMonday);
  EXPECT_FALSE(weekday_of_name("mon").has_value());
  EXPECT_FALSE(weekday_of_name("").has_value());
}

}  // namespace
}  // namespace segments

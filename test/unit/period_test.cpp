#include "core/language/period.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "core/calendar/occupied_times.h"
#include "core/calendar/time_span.h"
#include "core/error.h"
#include "unit/central_europe.h"
#include "unit/lord_howe.h"

namespace segments {
namespace {

constexpr int64_t kMinute = 60 * kSecond;

std::vector<TimeRange> units(PeriodsKind kind, TimeUnit unit, const TimeRange& window, LocalTime& local_time) {
  Periods periods;
  periods.kind = kind;
  periods.unit = unit;
  return periods_of(periods, window, window.last, Weekday::kMonday, local_time);
}

// What `date_trunc` makes of a timestamptz: hours keep the offset in force then, longer units are those of what the clock shows.
int64_t truncated(Timestamp t, TimeUnit unit, LocalTime& local_time) {
  const int64_t reading = local_time.reading(t);
  return unit == TimeUnit::kHour ? t - floor_remainder(reading, kHour) : unit_start(reading, unit, Weekday::kMonday);
}

// Minute by minute.
std::vector<TimeRange> model(TimeUnit unit, const TimeRange& window, LocalTime& local_time) {
  std::vector<TimeRange> found = {window};
  for (Timestamp t = window.first - floor_remainder(window.first, kMinute) + kMinute; t <= window.last; t += kMinute) {
    if (truncated(t, unit, local_time) == truncated(found.back().first, unit, local_time)) continue;
    found.back().last = t - 1;
    found.push_back({t, window.last});
  }
  return found;
}

void compare_with_model(LocalTime& local_time, Timestamp around) {
  std::mt19937_64 random(20260405);
  for (int round = 0; round < 20; ++round) {
    const Timestamp first = around - static_cast<int64_t>(random() % static_cast<uint64_t>(3 * kDay));
    const TimeRange window = {first, first + static_cast<int64_t>(random() % static_cast<uint64_t>(6 * kDay))};
    for (const TimeUnit unit : {TimeUnit::kHour, TimeUnit::kDay, TimeUnit::kWeek, TimeUnit::kMonth}) {
      const std::vector<TimeRange> expected = model(unit, window, local_time);
      EXPECT_EQ(units(PeriodsKind::kInARow, unit, window, local_time), expected) << first << ' ' << static_cast<int>(unit);
      EXPECT_EQ(units(PeriodsKind::kDistinct, unit, window, local_time), expected) << first << ' ' << static_cast<int>(unit);
    }
  }
}

TEST(Period, units_are_those_of_the_clock_where_it_changes_by_an_hour) {
  CentralEurope local_time;
  compare_with_model(local_time, at(2026, 3, 29, 1));
  compare_with_model(local_time, at(2026, 10, 25, 1));
}

TEST(Period, units_are_those_of_the_clock_where_it_changes_by_half_an_hour) {
  LordHowe local_time;
  compare_with_model(local_time, at(2026, 4, 4, 15));
  compare_with_model(local_time, at(2026, 10, 3, 15, 30));
}

// Each unit of the model with an instant is there, and holds it; no other is.
TEST(Period, units_without_an_instant_are_left_out) {
  LordHowe local_time;
  std::mt19937_64 random(1970);
  for (int round = 0; round < 40; ++round) {
    const Timestamp last = at(2026, 10, 4) + static_cast<int64_t>(random() % static_cast<uint64_t>(kDay));
    const TimeRange window = {round % 2 == 0 ? kMinusInfinity : last - 200 * kDay, last};
    for (const TimeUnit unit : {TimeUnit::kHour, TimeUnit::kDay, TimeUnit::kWeek, TimeUnit::kMonth, TimeUnit::kYear}) {
      std::vector<Timestamp> times;
      for (const int64_t reach : {kHour, kDay, 30 * kDay, 300 * kDay, 100'000 * kDay}) {
        for (int i = 0; i < 3; ++i) times.push_back(last - static_cast<int64_t>(random() % static_cast<uint64_t>(reach)));
      }
      std::ranges::sort(times);
      OccupiedTimes occupied(usual_length(unit) / 12);
      occupied.add(std::span(times).first(7));
      occupied.add(std::span(times).subspan(7));
      Periods periods;
      periods.kind = PeriodsKind::kDistinct;
      periods.unit = unit;
      const std::vector<TimeRange> found = occupied_units(periods, window, occupied.ranges(), Weekday::kMonday, local_time);
      std::set<int64_t> known;
      std::set<const TimeRange*> holding;
      for (const Timestamp time : times) {
        const auto range = std::ranges::find_if(found, [&](const TimeRange& one) { return one.contains(time); });
        ASSERT_EQ(range != found.end(), window.contains(time)) << time;
        if (range == found.end()) continue;
        EXPECT_EQ(truncated(range->first, unit, local_time), truncated(time, unit, local_time)) << time;
        EXPECT_EQ(truncated(range->last, unit, local_time), truncated(time, unit, local_time)) << time;
        known.insert(truncated(time, unit, local_time));
        holding.insert(&*range);
      }
      EXPECT_EQ(known.size(), holding.size());
      EXPECT_LE(found.size(), 3 * times.size());
      for (size_t i = 1; i < found.size(); ++i) EXPECT_LT(found[i - 1].last, found[i].first);
    }
  }
}

TEST(OccupiedTimes, ranges_hold_what_was_added) {
  OccupiedTimes times(10);
  times.add(std::vector<Timestamp>{-1, kMinusInfinity, 57, -11, kPlusInfinity, 52});
  times.add(TimeRange{68, 72});
  EXPECT_EQ(times.size(), 5u);
  EXPECT_EQ(times.steps({-1, 0}), 2u);
  EXPECT_EQ(times.ranges(), (std::vector<TimeRange>{{-20, -1}, {50, 79}}));
}

TEST(Period, an_hour_ends_where_the_clock_changes) {
  LordHowe local_time;
  // 02:00 becomes 01:30.
  const TimeRange autumn = {at(2026, 4, 4, 14, 10), at(2026, 4, 4, 16)};
  EXPECT_EQ(units(PeriodsKind::kInARow, TimeUnit::kHour, autumn, local_time),
            (std::vector<TimeRange>{{autumn.first, at(2026, 4, 4, 15) - 1},
                                    {at(2026, 4, 4, 15), at(2026, 4, 4, 15, 30) - 1},
                                    {at(2026, 4, 4, 15, 30), autumn.last}}));
  // 02:00 becomes 02:30.
  const TimeRange spring = {at(2026, 10, 3, 15), at(2026, 10, 3, 16, 30)};
  EXPECT_EQ(units(PeriodsKind::kInARow, TimeUnit::kHour, spring, local_time),
            (std::vector<TimeRange>{{spring.first, at(2026, 10, 3, 15, 30) - 1},
                                    {at(2026, 10, 3, 15, 30), at(2026, 10, 3, 16) - 1},
                                    {at(2026, 10, 3, 16), spring.last}}));
}

TEST(Period, a_sliding_window_of_as_many_units_as_are_counted_always_fits) {
  LordHowe local_time;
  const auto hours = static_cast<int64_t>(most_units(PeriodsKind::kInARow));
  for (Timestamp last = at(2026, 4, 4, 14); last < at(2026, 4, 4, 17) + 2 * hours * kHour; last += 7 * kHour - kMinute) {
    const TimeRange window = {last - hours * kHour, last};
    EXPECT_GE(units(PeriodsKind::kInARow, TimeUnit::kHour, window, local_time).size(), most_units(PeriodsKind::kInARow));
    EXPECT_THROW(units(PeriodsKind::kInARow, TimeUnit::kHour, {window.first - 10 * kHour, last}, local_time), Error);
  }
}

TEST(Period, the_infinite_past_is_a_unit_of_its_own) {
  LordHowe local_time;
  const TimeRange window = {kMinusInfinity, kFirstTimestamp + 90 * kMinute};
  const std::vector<TimeRange> found = units(PeriodsKind::kDistinct, TimeUnit::kHour, window, local_time);
  ASSERT_GE(found.size(), 3u);
  EXPECT_EQ(found[0], (TimeRange{kMinusInfinity, kMinusInfinity}));
  EXPECT_EQ(found[1].first, kFirstTimestamp);
}

}  // namespace
}  // namespace segments

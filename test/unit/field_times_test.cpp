#include "core/language/field_times.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/interrupt.h"
#include "core/language/parser.h"
#include "unit/central_europe.h"

namespace segments {
namespace {

TimeRange resolve(std::string_view times, FieldClock clock, Timestamp as_of) {
  NeverInterrupt interrupt;
  CentralEurope local_time;
  const Definition definition = parse_definition("A where x " + std::string(times), interrupt);
  const Predicate& predicate = definition.root->interaction->restriction->predicate;
  return resolve_field_times(predicate.times.value(), clock, as_of, Weekday::kMonday, local_time, local_time);
}

int64_t day(int64_t year, uint32_t month, uint32_t of_month) { return day_of_date({year, month, of_month}); }

const Timestamp kNoon = at(2026, 3, 29, 10);  // 12:00 local, on the day the clock jumps

TEST(FieldTimes, instants_slide_both_ways) {
  EXPECT_EQ(resolve("within last 2 hours", FieldClock::kInstants, kNoon), (TimeRange{kNoon - 2 * kHour, kNoon}));
  EXPECT_EQ(resolve("within next 2 hours", FieldClock::kInstants, kNoon), (TimeRange{kNoon, kNoon + 2 * kHour}));
  EXPECT_EQ(resolve("within last 1 day", FieldClock::kInstants, kNoon), (TimeRange{kNoon - 23 * kHour, kNoon}));
  EXPECT_EQ(resolve("within next 1 day", FieldClock::kInstants, kNoon), (TimeRange{kNoon, kNoon + kDay}));
  EXPECT_EQ(resolve("between 3 and 1 hours ago", FieldClock::kInstants, kNoon), (TimeRange{kNoon - 3 * kHour, kNoon - kHour}));
  EXPECT_EQ(resolve("more than 1 hour ago", FieldClock::kInstants, kNoon), (TimeRange{kMinusInfinity, kNoon - kHour - 1}));
}

TEST(FieldTimes, what_lies_outside_of_time_is_no_infinity) {
  EXPECT_EQ(resolve("within last 1000000000 years", FieldClock::kInstants, kNoon), (TimeRange{kFirstTimestamp, kNoon}));
  EXPECT_EQ(resolve("within next 1000000000 hours", FieldClock::kInstants, kNoon).last, kNoon + 1'000'000'000 * kHour);
  EXPECT_EQ(resolve("within next 1000000000 months", FieldClock::kInstants, kNoon), (TimeRange{kNoon, kEndTimestamp - 1}));
  EXPECT_EQ(resolve("within last 1000000000 years", FieldClock::kDays, kNoon), (TimeRange{kFirstDay, day(2026, 3, 29)}));
  EXPECT_EQ(resolve("within next 1000000000 weeks", FieldClock::kDays, kNoon), (TimeRange{day(2026, 3, 29), kEndDay - 1}));
}

TEST(FieldTimes, days_are_counted_from_the_local_day) {
  const Timestamp night = at(2026, 5, 30, 23);  // 01:00 of the 31st
  EXPECT_EQ(resolve("within last 1 month", FieldClock::kDays, night), (TimeRange{day(2026, 4, 30), day(2026, 5, 31)}));
  EXPECT_EQ(resolve("within next 2 days", FieldClock::kDays, night), (TimeRange{day(2026, 5, 31), day(2026, 6, 2)}));
  EXPECT_EQ(resolve("is today", FieldClock::kDays, night), (TimeRange{day(2026, 5, 31), day(2026, 5, 31)}));
  EXPECT_EQ(resolve("is tomorrow", FieldClock::kDays, night), (TimeRange{day(2026, 6, 1), day(2026, 6, 1)}));
  EXPECT_EQ(resolve("more than 1 day ago", FieldClock::kDays, night), (TimeRange{kMinusInfinity, day(2026, 5, 29)}));
  EXPECT_EQ(resolve("previous 2 weeks", FieldClock::kDays, night), (TimeRange{day(2026, 5, 11), day(2026, 5, 24)}));
  EXPECT_EQ(resolve("next quarter", FieldClock::kDays, night), (TimeRange{day(2026, 7, 1), day(2026, 9, 30)}));
  EXPECT_THROW(resolve("within last 3 hours", FieldClock::kDays, night), Error);
  EXPECT_THROW(resolve("this hour", FieldClock::kDays, night), Error);
}

TEST(FieldTimes, calendar_units_are_whole) {
  EXPECT_EQ(resolve("is today", FieldClock::kInstants, kNoon), (TimeRange{at(2026, 3, 28, 23), at(2026, 3, 29, 22) - 1}));
  EXPECT_EQ(resolve("is today", FieldClock::kReadings, kNoon), (TimeRange{at(2026, 3, 29), at(2026, 3, 30) - 1}));
  EXPECT_EQ(resolve("this month", FieldClock::kReadings, kNoon), (TimeRange{at(2026, 3, 1), at(2026, 4, 1) - 1}));
  EXPECT_EQ(resolve("next 2 hours", FieldClock::kInstants, kNoon + 5), (TimeRange{kNoon + kHour, kNoon + 3 * kHour - 1}));
  EXPECT_EQ(resolve("previous hour", FieldClock::kReadings, kNoon + 5),
            (TimeRange{at(2026, 3, 29, 11), at(2026, 3, 29, 12) - 1}));
  EXPECT_EQ(resolve("on '2026-03-29'", FieldClock::kInstants, kNoon), (TimeRange{at(2026, 3, 28, 23), at(2026, 3, 29, 22) - 1}));
  EXPECT_EQ(resolve("on '2026-03-29'", FieldClock::kReadings, kNoon), (TimeRange{at(2026, 3, 29), at(2026, 3, 30) - 1}));
  EXPECT_THROW(resolve("on '2026-03-29 12:00'", FieldClock::kDays, kNoon), Error);
}

}  // namespace
}  // namespace segments

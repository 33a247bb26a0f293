#include "core/language/window.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/interrupt.h"
#include "core/language/parser.h"
#include "unit/central_europe.h"

namespace segments {
namespace {

TimeRange resolve(std::string_view window, Timestamp as_of, Weekday week_start = Weekday::kMonday) {
  NeverInterrupt interrupt;
  CentralEurope local_time;
  const Definition definition = parse_definition("A " + std::string(window), interrupt);
  return resolve_window(&definition.root->interaction->window.value(), as_of, week_start, local_time, local_time);
}

constexpr int64_t kLastFiniteTimestamp = kEndTimestamp - 1;

TEST(Window, none_is_all_time_up_to_as_of) {
  CentralEurope local_time;
  const TimeRange range = resolve_window(nullptr, 42, Weekday::kMonday, local_time, local_time);
  EXPECT_EQ(range, (TimeRange{kMinusInfinity, 42}));
}

TEST(Window, infinite_as_of_is_refused) {
  CentralEurope local_time;
  for (const Timestamp as_of : {kMinusInfinity, kPlusInfinity}) {
    try {
      resolve_window(nullptr, as_of, Weekday::kMonday, local_time, local_time);
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidValue);
    }
  }
}

TEST(Window, sliding_window_includes_both_ends) {
  const Timestamp as_of = at(2026, 5, 20, 12, 30) + 7;
  EXPECT_EQ(resolve("within last 90 seconds", as_of), (TimeRange{as_of - 90 * kSecond, as_of}));
  EXPECT_EQ(resolve("within last 5 minutes", as_of), (TimeRange{as_of - 300 * kSecond, as_of}));
  EXPECT_EQ(resolve("within last 48 hours", as_of), (TimeRange{as_of - 2 * kDay, as_of}));
  EXPECT_EQ(resolve("within last 2 days", as_of), (TimeRange{as_of - 2 * kDay, as_of}));
  EXPECT_EQ(resolve("within last 2 weeks", as_of), (TimeRange{as_of - 14 * kDay, as_of}));
}

TEST(Window, days_follow_the_clock_and_hours_do_not) {
  const Timestamp spring = at(2026, 3, 29, 10);  // 12:00 local, eleven hours after midnight
  EXPECT_EQ(resolve("within last 1 day", spring).first, at(2026, 3, 28, 11));
  EXPECT_EQ(resolve("within last 24 hours", spring).first, at(2026, 3, 28, 10));
  const Timestamp autumn = at(2026, 10, 25, 11);  // 12:00 local
  EXPECT_EQ(resolve("within last 1 day", autumn).first, at(2026, 10, 24, 10));
  EXPECT_EQ(resolve("within last 24 hours", autumn).first, at(2026, 10, 24, 11));
}

TEST(Window, local_time_that_the_clock_skips_or_repeats) {
  EXPECT_EQ(resolve("within last 1 day", at(2026, 3, 30, 0, 30)).first, at(2026, 3, 29, 1, 30));
  EXPECT_EQ(resolve("within last 1 day", at(2026, 10, 26, 1, 30)).first, at(2026, 10, 25, 1, 30));
}

TEST(Window, months_end_at_the_last_day) {
  const Timestamp as_of = at(2026, 5, 31, 10);
  EXPECT_EQ(resolve("within last 1 month", as_of).first, at(2026, 4, 30, 10));
  EXPECT_EQ(resolve("within last 3 months", as_of).first, at(2026, 2, 28, 11));
  EXPECT_EQ(resolve("within last 1 quarter", as_of), resolve("within last 3 months", as_of));
  EXPECT_EQ(resolve("within last 1 year", at(2024, 2, 29, 10)).first, at(2023, 2, 28, 10));
  EXPECT_EQ(resolve("within last 2 years", as_of), resolve("within last 24 months", as_of));
  EXPECT_EQ(resolve("within last 2 years", as_of), resolve("within last 8 quarters", as_of));
}

TEST(Window, between_ago_takes_its_ends_in_either_order) {
  const Timestamp as_of = at(2026, 5, 20, 12);
  const TimeRange expected{as_of - 10 * kDay, as_of - 3 * kDay};
  EXPECT_EQ(resolve("between 3 and 10 days ago", as_of), expected);
  EXPECT_EQ(resolve("between 10 and 3 days ago", as_of), expected);
  EXPECT_EQ(resolve("between 72 hours and 10 days ago", as_of), expected);
  EXPECT_EQ(resolve("between 2 weeks and 3 days ago", as_of), (TimeRange{as_of - 14 * kDay, as_of - 3 * kDay}));
  EXPECT_EQ(resolve("between 0 and 3 days ago", as_of), resolve("within last 3 days", as_of));
  EXPECT_EQ(resolve("between 1 and 1 hour ago", as_of), (TimeRange{as_of - kHour, as_of - kHour}));
}

TEST(Window, absolute_window_is_half_open) {
  const Timestamp as_of = at(2026, 5, 20, 12);
  EXPECT_EQ(resolve("from '2026-01-01' to '2026-02-01'", as_of), (TimeRange{at(2025, 12, 31, 23), at(2026, 1, 31, 23) - 1}));
  EXPECT_EQ(resolve("from '2026-01-01 00:00Z' to '2026-05-01'", as_of), (TimeRange{at(2026, 1, 1), at(2026, 4, 30, 22) - 1}));
  EXPECT_EQ(resolve("since '2026-05-20 13:00'", as_of), (TimeRange{at(2026, 5, 20, 11), as_of}));
  EXPECT_EQ(resolve("before '2026-01-01 00:00Z'", as_of), (TimeRange{kFirstTimestamp, at(2026, 1, 1) - 1}));
}

TEST(Window, absolute_window_is_cut_at_as_of) {
  const Timestamp as_of = at(2026, 5, 20, 12);
  EXPECT_EQ(resolve("from '2026-01-01 00:00Z' to '2027-01-01'", as_of), (TimeRange{at(2026, 1, 1), as_of}));
  EXPECT_EQ(resolve("before 'infinity'", as_of), (TimeRange{kFirstTimestamp, as_of}));
  EXPECT_TRUE(resolve("since '2026-05-20 12:01Z'", as_of).empty());
  EXPECT_FALSE(resolve("since '2026-05-20 12:00Z'", as_of).empty());
  EXPECT_TRUE(resolve("since 'infinity'", as_of).empty());
}

TEST(Window, reversed_and_equal_ends_are_empty) {
  const Timestamp as_of = at(2026, 5, 20, 12);
  EXPECT_TRUE(resolve("from '2026-02-01' to '2026-01-01'", as_of).empty());
  EXPECT_TRUE(resolve("from '2026-02-01' to '2026-02-01'", as_of).empty());
}

TEST(Window, minus_infinity_is_in_no_window) {
  const Timestamp as_of = at(2026, 5, 20, 12);
  EXPECT_EQ(resolve("since '-infinity'", as_of), (TimeRange{kFirstTimestamp, as_of}));
  EXPECT_TRUE(resolve("before '-infinity'", as_of).empty());
  EXPECT_FALSE(resolve("before '-infinity'", as_of).contains(kMinusInfinity));
  EXPECT_FALSE(resolve("before 'infinity'", as_of).contains(kMinusInfinity));
  EXPECT_FALSE(resolve("within last 1000000000 years", as_of).contains(kMinusInfinity));
}

TEST(Window, spans_longer_than_time_reach_to_the_first_timestamp) {
  for (const std::string unit : {"seconds", "minutes", "hours", "days", "weeks", "months", "quarters", "years"}) {
    for (const Timestamp as_of : {kFirstTimestamp, at(2026, 5, 20), kLastFiniteTimestamp}) {
      const TimeRange range = resolve("within last 1000000000 " + unit, as_of);
      EXPECT_GE(range.first, kFirstTimestamp) << unit;
      if (unit != "seconds" && unit != "minutes" && (unit != "hours" || as_of != kLastFiniteTimestamp)) {
        EXPECT_EQ(range.first, kFirstTimestamp) << unit;
      }
      EXPECT_EQ(range.last, as_of);
    }
  }
  EXPECT_EQ(resolve("within last 1000000000 hours", kLastFiniteTimestamp).first, kLastFiniteTimestamp - 1'000'000'000 * kHour);
  EXPECT_EQ(resolve("within last 1 second", kFirstTimestamp).first, kFirstTimestamp);
  EXPECT_EQ(resolve("within last 1 second", kFirstTimestamp + kSecond).first, kFirstTimestamp);
  EXPECT_EQ(resolve("within last 1 second", kFirstTimestamp + kSecond + 1).first, kFirstTimestamp + 1);
}

TEST(Window, spans_that_end_before_time_are_empty) {
  const Timestamp as_of = at(2026, 5, 20);
  EXPECT_TRUE(resolve("between 100000 and 90000 years ago", as_of).empty());
  EXPECT_TRUE(resolve("between 7000 and 8000 years ago", as_of).empty());
  EXPECT_EQ(resolve("between 1 hour and 8000 years ago", as_of), (TimeRange{kFirstTimestamp, as_of - kHour}));
}

TEST(Window, calendar_units_begin_at_local_midnight) {
  const Timestamp as_of = at(2026, 3, 11, 9);  // a Wednesday, 10:00 local
  EXPECT_EQ(resolve("today", as_of), (TimeRange{at(2026, 3, 10, 23), as_of}));
  EXPECT_EQ(resolve("this day", as_of), resolve("today", as_of));
  EXPECT_EQ(resolve("this week", as_of), (TimeRange{at(2026, 3, 8, 23), as_of}));
  EXPECT_EQ(resolve("this month", as_of), (TimeRange{at(2026, 2, 28, 23), as_of}));
  EXPECT_EQ(resolve("this quarter", as_of), (TimeRange{at(2025, 12, 31, 23), as_of}));
  EXPECT_EQ(resolve("this year", as_of), resolve("this quarter", as_of));
  EXPECT_EQ(resolve("this hour", as_of + 17), (TimeRange{as_of, as_of + 17}));
  EXPECT_EQ(resolve("yesterday", as_of), (TimeRange{at(2026, 3, 9, 23), at(2026, 3, 10, 23) - 1}));
  EXPECT_EQ(resolve("previous day", as_of), resolve("yesterday", as_of));
  EXPECT_EQ(resolve("previous week", as_of), (TimeRange{at(2026, 3, 1, 23), at(2026, 3, 8, 23) - 1}));
  EXPECT_EQ(resolve("previous 3 months", as_of), (TimeRange{at(2025, 11, 30, 23), at(2026, 2, 28, 23) - 1}));
  EXPECT_EQ(resolve("previous 2 quarters", as_of), (TimeRange{at(2025, 6, 30, 23), at(2025, 12, 31, 23) - 1}));
  EXPECT_EQ(resolve("previous 2 hours", as_of + 17), (TimeRange{as_of - 2 * kHour, as_of - 1}));
}

TEST(Window, at_midnight_a_new_day_has_begun) {
  const Timestamp midnight = at(2026, 3, 10, 23);
  EXPECT_EQ(resolve("today", midnight), (TimeRange{midnight, midnight}));
  EXPECT_EQ(resolve("today", midnight - 1), (TimeRange{midnight - kDay, midnight - 1}));
  EXPECT_EQ(resolve("yesterday", midnight), (TimeRange{midnight - kDay, midnight - 1}));
}

TEST(Window, weeks_start_where_the_segment_says) {
  const Timestamp as_of = at(2026, 3, 11, 9);  // a Wednesday
  const auto starts = [&](Weekday day) { return resolve("this week", as_of, day).first; };
  EXPECT_EQ(starts(Weekday::kSunday), at(2026, 3, 7, 23));
  EXPECT_EQ(starts(Weekday::kTuesday), at(2026, 3, 9, 23));
  EXPECT_EQ(starts(Weekday::kWednesday), at(2026, 3, 10, 23));
  EXPECT_EQ(starts(Weekday::kThursday), at(2026, 3, 4, 23));
  EXPECT_EQ(resolve("previous 2 weeks", as_of, Weekday::kSunday), (TimeRange{at(2026, 2, 21, 23), at(2026, 3, 7, 23) - 1}));
}

TEST(Window, days_at_changes_of_the_clock_are_shorter_or_longer) {
  const TimeRange spring = resolve("on '2026-03-29'", at(2026, 5, 1));
  EXPECT_EQ(spring, (TimeRange{at(2026, 3, 28, 23), at(2026, 3, 29, 22) - 1}));
  const TimeRange autumn = resolve("on '2026-10-25'", at(2026, 11, 1));
  EXPECT_EQ(autumn, (TimeRange{at(2026, 10, 24, 22), at(2026, 10, 25, 23) - 1}));
  EXPECT_EQ(resolve("yesterday", at(2026, 3, 30, 12)), spring);
  EXPECT_EQ(resolve("previous day", at(2026, 10, 26, 12)), autumn);
}

TEST(Window, on_is_a_day_alone) {
  for (const std::string_view text : {"on '2026-03-29 12:00'", "on '2026-03-01 00:00Z'", "on 'infinity'", "on '-infinity'"}) {
    try {
      resolve(text, at(2026, 5, 1));
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidLiteral) << text;
    }
  }
  EXPECT_EQ(resolve("on '2026-05-01 00:00'", at(2026, 5, 1)), (TimeRange{at(2026, 4, 30, 22), at(2026, 5, 1)}));
  EXPECT_TRUE(resolve("on '2026-05-02'", at(2026, 5, 1)).empty());
}

TEST(Window, more_than_ago_is_what_within_last_leaves_out) {
  const Timestamp as_of = at(2026, 5, 20, 12);
  for (const std::string span : {"90 days", "1 month", "5 seconds", "1000000000 years"}) {
    const TimeRange recent = resolve("within last " + span, as_of);
    const TimeRange old = resolve("more than " + span + " ago", as_of);
    EXPECT_EQ(old.first, kMinusInfinity) << span;
    if (recent.first > kFirstTimestamp) {
      EXPECT_EQ(old.last, recent.first - 1) << span;
    }
  }
  EXPECT_EQ(resolve("more than 1000000000 years ago", as_of), (TimeRange{kMinusInfinity, kMinusInfinity}));
  EXPECT_EQ(resolve("more than 0 days ago", as_of).last, as_of - 1);
}

TEST(Window, calendar_windows_reach_the_ends_of_time) {
  for (const std::string unit : {"hour", "day", "week", "month", "quarter", "year"}) {
    for (const Timestamp as_of : {kFirstTimestamp, at(2026, 5, 20), kLastFiniteTimestamp}) {
      const TimeRange now = resolve("this " + unit, as_of);
      EXPECT_GE(now.first, kFirstTimestamp) << unit;
      EXPECT_EQ(now.last, as_of) << unit;
      EXPECT_GE(resolve("previous 1000000000 " + unit + "s", as_of).first, kFirstTimestamp) << unit;
      const TimeRange before = resolve("previous " + unit, as_of);
      if (as_of != kFirstTimestamp) {
        EXPECT_EQ(before.last, now.first - 1) << unit;
      }
    }
  }
}

}  // namespace
}  // namespace segments

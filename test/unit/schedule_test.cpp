#include "core/schedule/schedule.h"

#include <gtest/gtest.h>

#include <random>

#include "core/error.h"

namespace segments {
namespace {

Schedule parse(std::string_view text) {
  NeverInterrupt interrupt;
  return parse_schedule(text, interrupt);
}

std::string canonical(std::string_view text) {
  const Schedule schedule = parse(text);
  const std::string printed = print_schedule(schedule);
  EXPECT_EQ(parse(printed), schedule) << printed;
  return printed;
}

void expect_error(std::string_view text, ErrorCode code, uint32_t position, std::string_view detail,
                  const std::string& hint = "Examples: every 15 minutes; ") {
  try {
    parse(text);
    ADD_FAILURE() << text;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << text;
    EXPECT_EQ(error.position(), position) << text;
    EXPECT_NE(error.detail().find(detail), std::string::npos) << text << ": " << error.detail();
    EXPECT_NE(error.hint().find(hint), std::string::npos) << text << ": " << error.hint();
  }
}

TEST(Schedule, intervals) {
  EXPECT_EQ(canonical("every 15 minutes"), "every 15 minutes");
  EXPECT_EQ(canonical("Every 1 Minute"), "every minute");
  EXPECT_EQ(canonical("every 90 minutes"), "every 90 minutes");
  EXPECT_EQ(canonical("every 120 minutes"), "every 2 hours");
  EXPECT_EQ(canonical("every hour"), "every hour");
  EXPECT_EQ(canonical("hourly"), "every hour");
  EXPECT_EQ(canonical("every 744 hours"), "every 744 hours");
}

TEST(Schedule, days_of_the_week) {
  EXPECT_EQ(canonical("daily"), "daily at 00:00");
  EXPECT_EQ(canonical("every day at 18:30, 6:00 and 06:00"), "daily at 06:00 and 18:30");
  EXPECT_EQ(canonical("friday, monday, and wed at 02:00"), "monday, wednesday and friday at 02:00");
  EXPECT_EQ(canonical("every tuesday"), "tuesday at 00:00");
  EXPECT_EQ(canonical("Tuesdays at noon"), "tuesday at 12:00");
  EXPECT_EQ(canonical("mon, tue, wed, thu, fri at 7:00"), "weekdays at 07:00");
  EXPECT_EQ(canonical("sat and sun at 7:00"), "weekends at 07:00");
  EXPECT_EQ(canonical("weekends and weekdays at midnight"), "daily at 00:00");
  EXPECT_EQ(canonical("weekdays at 7:00, 13:00 in 'Europe/Berlin'"), "weekdays at 07:00 and 13:00 in 'Europe/Berlin'");
  EXPECT_EQ(canonical("weekly"), "weekly");
  EXPECT_EQ(canonical("monday at 00:00"), "weekly");
  EXPECT_EQ(canonical("every week at 3:00"), "monday at 03:00");
  EXPECT_EQ(canonical("weekly on friday in 'UTC'"), "friday at 00:00 in 'UTC'");
  EXPECT_EQ(canonical("weekly in 'it''s'"), "weekly in 'it''s'");
}

TEST(Schedule, times_of_day_before_and_after_noon) {
  EXPECT_EQ(canonical("daily at 6am"), "daily at 06:00");
  EXPECT_EQ(canonical("weekdays at 6:30 pm, 12 AM and 12PM"), "weekdays at 00:00, 12:00 and 18:30");
  EXPECT_EQ(canonical("every monday 9:05am in 'UTC'"), "monday at 09:05 in 'UTC'");
  EXPECT_EQ(canonical("daily 06:00, 18:30"), "daily at 06:00 and 18:30");
  EXPECT_EQ(canonical("monthly on day 1 noon"), "monthly on day 1 at 12:00");
  EXPECT_EQ(canonical("daily\u00A0at\u202F6:00"), "daily at 06:00");
}

TEST(Schedule, texts_for_cron_are_answered_with_their_equivalent) {
  static constexpr std::pair<std::string_view, std::string_view> kEquivalents[] = {
      {"0 6 * * *", "daily at 06:00"},
      {"*/15 * * * *", "every 15 minutes"},
      {"0,30 * * * *", "every 30 minutes"},
      {"0 * * * *", "every hour"},
      {"* * * * *", "every minute"},
      {"0 */6 * * *", "daily at 00:00, 06:00, 12:00 and 18:00"},
      {"30 6 * * 1-5", "weekdays at 06:30"},
      {"30 6,18 * * mon-fri", "weekdays at 06:30 and 18:30"},
      {"0 0 * * 7", "sunday at 00:00"},
      {"0 0 * * 0,6", "weekends at 00:00"},
      {"0 3 1,15 * *", "monthly on day 1 and 15 at 03:00"},
      {"0 0 1 * ?", "monthly"},
      {"@hourly", "every hour"},
      {" @daily ", "daily at 00:00"},
      {"@weekly", "sunday at 00:00"},
      {"@monthly", "monthly"},
  };
  for (const auto& [cron, equivalent] : kEquivalents) {
    expect_error(cron, ErrorCode::kSyntax, 0, "", "Write: " + std::string(equivalent) + ".");
    EXPECT_EQ(canonical(equivalent), equivalent);
  }
  for (const std::string_view cron : {"0 6 1 * 1", "0 6 1 6 *", "*/7 * * * *", "0 0 31 * *", "0 0 L * *", "@yearly",
                                      "0 0 6 * * *", "99 6 * * *", "5-1 6 * * *", "*/0 6 * * *"}) {
    expect_error(cron, ErrorCode::kSyntax, 0, "no equivalent");
  }
  for (const std::string_view other : {"@", "1 2 3", "0 6 * * banana"}) expect_error(other, ErrorCode::kSyntax, 0, "Expected");
}

TEST(Schedule, days_of_the_month) {
  EXPECT_EQ(canonical("monthly"), "monthly");
  EXPECT_EQ(canonical("every month on day 1"), "monthly");
  EXPECT_EQ(canonical("monthly at 3:00"), "monthly on day 1 at 03:00");
  EXPECT_EQ(canonical("monthly on days 15, 1 and last day at 3:00"), "monthly on day 1, 15 and the last day at 03:00");
  EXPECT_EQ(canonical("monthly on day 31"), "monthly on the last day at 00:00");
  EXPECT_EQ(canonical("monthly on last day and 30"), "monthly on day 30 and the last day at 00:00");
}

TEST(Schedule, words_of_segments) {
  EXPECT_EQ(canonical("with every refresh"), "with every refresh");
  EXPECT_EQ(canonical("MANUAL -- for now"), "manual");
}

TEST(Schedule, errors_point_at_the_word_and_say_what_was_expected) {
  expect_error("", ErrorCode::kSyntax, 0, "\"weekdays\" or \"weekends\"");
  expect_error("evry hour", ErrorCode::kSyntax, 0, "Expected \"every\"", "Perhaps you meant \"every\". Examples: ");
  expect_error("at 5:00", ErrorCode::kSyntax, 0, "the days before", "Write \"daily at 05:00\".");
  expect_error("6am", ErrorCode::kSyntax, 0, "the days before", "Write \"daily at 06:00\".");
  expect_error("at 6:30 pm and noon in 'UTC'", ErrorCode::kSyntax, 0, "", "Write \"daily at 12:00 and 18:30 in 'UTC'\".");
  expect_error("at 25:00", ErrorCode::kSyntax, 0, "Expected \"every\"");
  expect_error("mondya at 2:00", ErrorCode::kSyntax, 0, "Expected \"every\"", "Perhaps you meant \"monday\".");
  expect_error("every 5", ErrorCode::kSyntax, 7, "Expected \"minutes\" or \"hours\".");
  expect_error("every 5 minuts", ErrorCode::kSyntax, 8, "Expected \"minutes\"", "Perhaps you meant \"minutes\".");
  expect_error("every 1.5 hours", ErrorCode::kSyntax, 6, "a whole number");
  expect_error("every 30 seconds", ErrorCode::kSyntax, 9, "whole minutes");
  expect_error("every 2 days", ErrorCode::kSyntax, 8, "days follow the calendar");
  expect_error("every hour at 6:00", ErrorCode::kSyntax, 11, "Only schedules on days");
  expect_error("manual manual", ErrorCode::kSyntax, 7, "the end of the schedule");
  expect_error("with every refesh", ErrorCode::kSyntax, 11, "\"refresh\"", "Perhaps you meant \"refresh\".");
  expect_error("daily at", ErrorCode::kSyntax, 8, "a time of day");
  expect_error("daily at 7", ErrorCode::kSyntax, 10, "\":\" and minutes", "Write 7am, 7pm or 7:00.");
  expect_error("daily at 18", ErrorCode::kSyntax, 11, "\":\" and minutes", "Write 18:00.");
  expect_error("daily at 6.30", ErrorCode::kSyntax, 9, "a colon", "Write 6:30.");
  expect_error("daily at 13pm", ErrorCode::kSyntax, 11, "from 1 to 12", "Write 13:00.");
  expect_error("daily at 0:30 am", ErrorCode::kSyntax, 14, "from 1 to 12", "Write 0:30.");
  expect_error("daily at 7:5", ErrorCode::kSyntax, 11, "two digits");
  expect_error("daily at 7:30:00", ErrorCode::kSyntax, 13, "the end of the schedule");
  expect_error("daily at 7:30 and", ErrorCode::kSyntax, 17, "a time of day");
  expect_error("daily in Berlin", ErrorCode::kSyntax, 9, "a time zone in single quotes", "in 'Europe/Berlin'");
  expect_error("daily in ''", ErrorCode::kSyntax, 9, "empty");
  expect_error("daily in 'UTC' at 6:00", ErrorCode::kSyntax, 15, "the end of the schedule");
  expect_error("monday and 2:00", ErrorCode::kSyntax, 11, "\"monday\"");
  expect_error("weekly on day 1", ErrorCode::kSyntax, 10, "\"monday\"");
  expect_error("monthly on 15", ErrorCode::kSyntax, 11, "\"day\" or \"last day\"");
  expect_error("monthly on the 1", ErrorCode::kSyntax, 15, "\"last day\"");
  expect_error("monthly on day", ErrorCode::kSyntax, 14, "1 to 31");
  expect_error("daily;", ErrorCode::kSyntax, 5, "the end of the schedule", "A schedule ends without a semicolon.");
  expect_error("daily at '6:00", ErrorCode::kSyntax, 9, "");
}

TEST(Schedule, numbers_out_of_range) {
  expect_error("every 0 minutes", ErrorCode::kOutOfRange, 6, "from 1 minute to 744 hours");
  expect_error("every 44641 minutes", ErrorCode::kOutOfRange, 6, "at most 44640");
  expect_error("every 745 hours", ErrorCode::kOutOfRange, 6, "from 1 minute to 744 hours");
  expect_error("every 99999999999999999999 hours", ErrorCode::kOutOfRange, 6, "at most 44640");
  expect_error("daily at 24:00", ErrorCode::kOutOfRange, 9, "at most 23");
  expect_error("daily at 0:60", ErrorCode::kOutOfRange, 11, "at most 59");
  expect_error("monthly on day 0", ErrorCode::kOutOfRange, 15, "");
  expect_error("monthly on day 32", ErrorCode::kOutOfRange, 15, "at most 31");
}

TEST(Schedule, errors_call_the_text_a_schedule) {
  const auto message = [](std::string_view text) {
    try {
      parse(text);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(message("daily at"), "syntax error at end of schedule");
  EXPECT_EQ(message("\xFF"), "schedule is not valid UTF-8");
  EXPECT_EQ(message(std::string(size_t{2} << 20, ' ')), "schedule is too long");
}

TEST(Schedule, every_value_prints_to_a_text_that_parses_to_it) {
  std::mt19937 random(20260329);
  const auto below = [&](uint32_t limit) { return std::uniform_int_distribution<uint32_t>(0, limit - 1)(random); };
  for (int i = 0; i < 20'000; ++i) {
    Schedule schedule;
    schedule.kind = static_cast<ScheduleKind>(below(5));
    if (schedule.kind == ScheduleKind::kInterval) schedule.interval_minutes = 1 + below(kMaxIntervalMinutes);
    if (schedule.kind == ScheduleKind::kWeekly) schedule.days_of_week = static_cast<uint8_t>(1 + below(kEveryDay));
    if (schedule.kind == ScheduleKind::kMonthly) schedule.days_of_month = 1 + below((uint32_t{1} << kLastDayOfMonth) - 1);
    if (schedule.has_times_of_day()) {
      for (uint16_t minute = 0; minute < 24 * 60; ++minute) {
        if (below(400) == 0) schedule.minutes_of_day.push_back(minute);
      }
      if (schedule.minutes_of_day.empty()) schedule.minutes_of_day.push_back(0);
      if (below(2) == 0) schedule.time_zone = "Europe/Berlin";
    }
    ASSERT_EQ(canonical(print_schedule(schedule)), print_schedule(schedule));
    ASSERT_EQ(parse(print_schedule(schedule)), schedule);
  }
}

}  // namespace
}  // namespace segments

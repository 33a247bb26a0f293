#include "core/calendar/iso_time.h"

#include <gtest/gtest.h>

#include "core/calendar/date.h"

namespace segments {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kHour = 3600 * kSecond;

Timestamp at(int64_t year, uint32_t month, uint32_t day, int64_t microseconds = 0) {
  return day_of_date({year, month, day}) * kMicrosecondsOfDay + microseconds;
}

TEST(IsoTime, reads_what_documents_write) {
  const std::pair<std::string_view, Timestamp> kCases[] = {
      {"2026-03-01", at(2026, 3, 1)},
      {"2026-03-01T10:00", at(2026, 3, 1, 10 * kHour)},
      {"2026-03-01 10:00:07Z", at(2026, 3, 1, 10 * kHour + 7 * kSecond)},
      {" 2026-03-01t10:00:07.5z\n", at(2026, 3, 1, 10 * kHour + 7 * kSecond + 500'000)},
      {"2026-03-01T10:00:00.123456789+02:00", at(2026, 3, 1, 8 * kHour + 123'457)},
      {"2026-03-01 10:00:00,25 -0530", at(2026, 3, 1, 15 * kHour + kHour / 2 + 250'000)},
      {"2026-03-01 10:00+14", at(2026, 2, 28, 20 * kHour)},
      {"1999-12-31 24:00", 0},
      {"1999-12-31T23:59:60Z", 0},
      {"1999-12-31T23:59:59.9999997Z", 0},
      {"0001-01-01", at(1, 1, 1)},
      {"2024-02-29", at(2024, 2, 29)},
      {"294276-12-31T23:59:59.999999Z", kEndTimestamp - 1},
  };
  for (const auto& [text, time] : kCases) EXPECT_EQ(timestamp_of_iso(text), std::optional(time)) << text;
}

TEST(IsoTime, refuses_what_is_no_time) {
  for (const std::string_view text : {"",
                                      " ",
                                      "today",
                                      "2026",
                                      "2026-3-1",
                                      "2026-13-01",
                                      "2026-00-01",
                                      "2026-02-29",
                                      "2026-03-00",
                                      "20260301",
                                      "0000-01-01",
                                      "2026-03-01T",
                                      "2026-03-01T10",
                                      "2026-03-01T25:00",
                                      "2026-03-01T24:00:01",
                                      "2026-03-01T10:60",
                                      "2026-03-01T10:00:61",
                                      "2026-03-01T10:00:00.",
                                      "2026-03-01T10:00:00Z2",
                                      "2026-03-01T10:00:00+2",
                                      "2026-03-01T10:00:00+16:00",
                                      "2026-03-01T10:00:00+02:60",
                                      "2026-03-01T10:00:00+02:",
                                      "2026-03-01 10:00 Europe/Oslo",
                                      "2026-03-01x",
                                      "-2026-03-01",
                                      "294277-01-01",
                                      "999999-12-31",
                                      "1234567-01-01",
                                      "294276-12-31T23:59:59.9999996Z",
                                      "infinity",
                                      "1767225600"}) {
    EXPECT_FALSE(timestamp_of_iso(text)) << text;
  }
}

TEST(IsoTime, days_are_those_that_are_written) {
  EXPECT_EQ(day_of_iso("2000-01-02"), std::optional(1));
  EXPECT_EQ(day_of_iso("2000-01-02T23:30:00-05:00"), std::optional(1));
  EXPECT_EQ(day_of_iso("999999-12-31"), std::optional(static_cast<int32_t>(day_of_date({999999, 12, 31}))));
  EXPECT_FALSE(day_of_iso("2000-01-32"));
}

}  // namespace
}  // namespace segments

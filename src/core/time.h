// Times are PostgreSQL's: microseconds since 2000-01-01 00:00 UTC, with two infinities.
#pragma once
#include <cstdint>

namespace segments {

using Timestamp = int64_t;

inline constexpr Timestamp kMinusInfinity = INT64_MIN;
inline constexpr Timestamp kPlusInfinity = INT64_MAX;
// The finite range of timestamptz: 4714-11-24 BC (inclusive) to 294277-01-01 (exclusive), UTC.
inline constexpr Timestamp kFirstTimestamp = -211813488000000000;
inline constexpr Timestamp kEndTimestamp = 9223371331200000000;

// Of spans and of calendars, as texts name them.
enum class TimeUnit : uint8_t { kSecond, kMinute, kHour, kDay, kWeek, kMonth, kQuarter, kYear };

// Both ends included.  Empty when first > last.
struct TimeRange {
  Timestamp first = kMinusInfinity;
  Timestamp last = kPlusInfinity;
  bool empty() const { return first > last; }
  bool contains(Timestamp t) const { return first <= t && t <= last; }
  bool operator==(const TimeRange&) const = default;
};

}  // namespace segments

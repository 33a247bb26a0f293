// A time zone for tests, whose clocks change by half an hour.
#pragma once
#include "unit/central_europe.h"

namespace segments {

// Lord Howe Island in 2026: UTC+11, and UTC+10:30 from 4 April, 15:00 UTC, to 3 October, 15:30 UTC.
class LordHowe final : public LocalTime {
 public:
  Timestamp subtract(Timestamp t, int64_t months, int64_t days) override {
    if (months != 0) throw Error(ErrorCode::kInternal, "not in this zone");
    return instant(reading(t) - days * kDay);
  }
  int64_t reading(Timestamp t) override { return t + offset(t); }
  Timestamp instant(int64_t reading) override {
    const Timestamp in_winter = reading - kWinter;
    return offset(in_winter) == kWinter ? in_winter : reading - kSummer;
  }
  Timestamp first_instant(int64_t reading) override {
    const Timestamp in_summer = reading - kSummer;
    return offset(in_summer) == kSummer ? in_summer : reading - kWinter;
  }

 private:
  static constexpr int64_t kSummer = 11 * kHour;
  static constexpr int64_t kWinter = kSummer - kHour / 2;
  static int64_t offset(Timestamp utc) { return utc >= at(2026, 4, 4, 15) && utc < at(2026, 10, 3, 15, 30) ? kWinter : kSummer; }
};

}  // namespace segments

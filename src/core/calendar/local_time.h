// What clocks show in the zone of a segment or schedule.
#pragma once
#include <cstdint>

#include "core/time.h"

namespace segments {

// Calendar arithmetic in the zone of a segment: the binding answers with PostgreSQL's own functions.
class LocalTime {
 public:
  virtual ~LocalTime() = default;
  // `t` minus calendar months and days, in the zone, as `timestamptz - interval` computes it.
  // Results before the first timestamp are kMinusInfinity.
  virtual Timestamp subtract(Timestamp t, int64_t months, int64_t days) = 0;
  // When a clock in the zone shows `reading`: microseconds since its 2000-01-01 00:00, seconds being whole.  A reading that
  // the clock skips counts with the offset before the change, one that it repeats with the offset after it, as
  // `timestamp AT TIME ZONE` computes it.  Before or after all timestamps: kMinusInfinity, kPlusInfinity.
  virtual Timestamp instant(int64_t reading) = 0;
  // What a clock in the zone shows at `t`, as `timestamptz AT TIME ZONE` computes it.
  virtual int64_t reading(Timestamp t) = 0;
  // As instant(), but a reading that the clock repeats is the first of the two.
  virtual Timestamp first_instant(int64_t reading) = 0;
};

}  // namespace segments

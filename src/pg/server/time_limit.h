// How long something may take, by the clock on the wall: what polls a LimitedInterrupt.
#pragma once
#include <cstdint>

#include "pg/server/boundary.h"

namespace segments::pg {

// Until it is destroyed.  What takes longer throws Error{kLimitExceeded} where it polls.  In this process: not in its parallel
// workers, which end with it.
class TimeLimit {
 public:
  // `milliseconds` 0: none.  `setting` is told.
  TimeLimit(int milliseconds, const char* setting);
  ~TimeLimit();
  TimeLimit(const TimeLimit&) = delete;
  TimeLimit& operator=(const TimeLimit&) = delete;

 private:
  int64_t outer_end_;
};

// Throws if the limit that is in force is over.
void check_time_limit();

class LimitedInterrupt final : public Interrupt {
 public:
  void poll() override {
    server_.poll();
    check_time_limit();
  }

 private:
  ServerInterrupt server_;
};

}  // namespace segments::pg

// Spans and ranges of times, as texts name them: windows of interactions, and what a field's time is compared with.
#pragma once
#include <cstdint>

#include "core/text/literal.h"
#include "core/time.h"

namespace segments {

inline constexpr int64_t kMaxWindowCount = 1'000'000'000;

enum class WindowKind : uint8_t {
  kWithinLast,   // within last count unit
  kBetweenAgo,   // between count unit and other_count other_unit ago
  kFromTo,       // from start to end    (start included, end excluded)
  kSince,        // since start
  kBefore,       // before end
  kThis,         // this unit               the calendar's, so far
  kPrevious,     // previous count units    the calendar's, whole
  kOn,           // on start                a day
  kMoreThanAgo,  // more than count unit ago
  // Of fields only: interactions in the future do not count.
  kWithinNext,  // within next count unit
  kNext,        // next count units         the calendar's, whole
};

struct Window {
  WindowKind kind = WindowKind::kWithinLast;
  int64_t count = 0;
  TimeUnit unit = TimeUnit::kDay;
  int64_t other_count = 0;
  TimeUnit other_unit = TimeUnit::kDay;
  Literal start;
  Literal end;
  uint32_t position = 0;
};

bool operator==(const Window& a, const Window& b);

}  // namespace segments

// Any bytes either fail with an error that points into them, or have a canonical text that parses to the same schedule,
// whose next run comes strictly after any time.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/error.h"
#include "core/schedule/next_run.h"
#include "core/schedule/schedule.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// UTC, whose clock never changes.
class UniversalTime final : public segments::LocalTime {
 public:
  segments::Timestamp subtract(segments::Timestamp t, int64_t, int64_t) override { return t; }
  segments::Timestamp instant(int64_t reading) override { return reading; }
  int64_t reading(segments::Timestamp t) override { return t; }
  segments::Timestamp first_instant(int64_t reading) override { return reading; }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  segments::NeverInterrupt interrupt;
  segments::Schedule schedule;
  try {
    schedule = segments::parse_schedule(text, interrupt);
  } catch (const segments::Error& error) {
    require(error.position() == segments::Error::kNoPosition || error.position() <= size);
    require(*error.what() != '\0');
    return 0;
  }
  const std::string canonical = segments::print_schedule(schedule);
  const segments::Schedule again = segments::parse_schedule(canonical, interrupt);
  require(again == schedule);
  require(segments::print_schedule(again) == canonical);
  UniversalTime local_time;
  for (const segments::Timestamp after : {segments::kFirstTimestamp, segments::Timestamp{0}, segments::kEndTimestamp - 1}) {
    require(segments::next_after(schedule, after, local_time) > after);
  }
  return 0;
}

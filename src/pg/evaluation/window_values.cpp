#include "pg/evaluation/window_values.h"

#include "core/calendar/date.h"
#include "pg/evaluation/zone_clock.h"

namespace segments::pg {
namespace {

constexpr int64_t kLastDay = (kEndTimestamp - 1) / kMicrosecondsOfDay;

// The days whose midnights lie in ranges of readings.  Between the last timestamp and infinity no day has a midnight.
std::vector<IntegerRange> days_within(const std::vector<TimeRange>& readings) {
  std::vector<IntegerRange> days;
  for (const TimeRange& range : readings) {
    const int64_t first = range.first == kMinusInfinity ? int64_t{INT32_MIN} : -floor_divide(-range.first, kMicrosecondsOfDay);
    const int64_t last = range.last == kPlusInfinity ? kLastDay : floor_divide(range.last, kMicrosecondsOfDay);
    if (first <= last) days.push_back({first, last});
    if (range.last == kPlusInfinity) days.push_back({INT32_MAX, INT32_MAX});
  }
  return days;
}

// The first number that satisfies what all greater ones satisfy, too; nothing: none does.
template <class Condition>
std::optional<int64_t> first_number(Condition satisfies) {
  if (!satisfies(INT64_MAX)) return std::nullopt;
  int64_t first = INT64_MIN;
  int64_t last = INT64_MAX;
  while (first < last) {
    const int64_t middle = (first & last) + ((first ^ last) >> 1);  // without overflow
    satisfies(middle) ? last = middle : first = middle + 1;
  }
  return first;
}

// Greater numbers are later, as far as they are instants at all.
std::vector<IntegerRange> counts_within(const TimeRange& instants, const TimeReader& reader) {
  const auto instant = [&](int64_t number) { return reader.read(Int64GetDatum(number)); };
  const std::optional<int64_t> first = first_number([&](int64_t number) {
    return number >= 0 ? instant(number).value_or(kPlusInfinity) >= instants.first
                       : instant(number) && *instant(number) >= instants.first;
  });
  const std::optional<int64_t> end = first_number([&](int64_t number) {
    return number > 0 ? !instant(number) || *instant(number) > instants.last
                      : instant(number) && *instant(number) > instants.last;
  });
  if (!first || !end || *first >= *end) return {};
  return {{*first, *end - 1}};
}

}  // namespace

std::vector<IntegerRange> values_within(const TimeRange& instants, const SourceTime& time, Oid type) {
  if (instants.empty()) return {};
  if (!time.unit.empty()) return counts_within(instants, TimeReader(time, INT8OID));
  if (time.zone.empty()) return {{instants.first, instants.last}};
  if (!is_time_zone(time.zone)) throw Error(ErrorCode::kInvalidValue, "there is no time zone \"" + time.zone + "\"");
  const std::vector<TimeRange> readings = readings_within(instants, time.zone);
  if (type == DATEOID) return days_within(readings);
  std::vector<IntegerRange> values;
  for (const TimeRange& range : readings) values.push_back({range.first, range.last});
  return values;
}

}  // namespace segments::pg

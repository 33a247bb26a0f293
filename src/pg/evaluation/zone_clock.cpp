#include "pg/evaluation/zone_clock.h"

#include "core/calendar/date.h"

namespace segments::pg {
namespace {

// How far the known span may reach, and how much more than needed is asked for.
constexpr int64_t kMostKnown = 600 * 366 * USECS_PER_DAY;
constexpr int64_t kMargin = 366 * USECS_PER_DAY;
// More than clocks differ from UTC, and than they jump.
constexpr int64_t kNear = 3 * USECS_PER_DAY;

Timestamp finite(Timestamp t) { return std::clamp<Timestamp>(t, MIN_TIMESTAMP, END_TIMESTAMP - 1); }

// Readings change to another offset with the one that a change shows after it: before that, and where it skips, the old one is
// in force; where it repeats, the new one.
std::vector<TimeRange> on_one_side(Timestamp edge, const std::string& zone, bool from_edge) {
  const ZoneOffsets offsets = zone_offsets(zone, finite(edge - kNear), finite(edge + kNear));
  std::vector<TimeRange> ranges;
  int64_t offset = offsets.first;
  int64_t first = kMinusInfinity;
  for (size_t i = 0; i <= offsets.changes.size(); ++i) {
    const bool is_last = i == offsets.changes.size();
    const int64_t end = is_last ? kPlusInfinity : offsets.changes[i].at + offsets.changes[i].offset;
    TimeRange range = {first, is_last ? kPlusInfinity : end - 1};
    if (from_edge) {
      range.first = std::max(range.first, edge + offset);
    } else {
      range.last = std::min(range.last, edge + offset);
    }
    if (!range.empty()) ranges.push_back(range);
    if (is_last) break;
    offset = offsets.changes[i].offset;
    first = end;
  }
  return ranges;
}

}  // namespace

int64_t shifted_reading(int64_t reading, int64_t months, int64_t days) {
  const int64_t day = floor_divide(reading, kMicrosecondsOfDay);
  const int64_t moved = std::clamp(day_after_months(day, months) + days, kFirstTimestamp / kMicrosecondsOfDay - 2,
                                   kEndTimestamp / kMicrosecondsOfDay);
  return moved * kMicrosecondsOfDay + floor_remainder(reading, kMicrosecondsOfDay);
}

std::vector<TimeRange> readings_within(const TimeRange& instants, const std::string& zone) {
  if (instants.empty()) return {};
  const bool open_start = instants.first == kMinusInfinity;
  const bool open_end = instants.last == kPlusInfinity;
  const std::vector<TimeRange> all = {{kMinusInfinity, kPlusInfinity}};
  const std::vector<TimeRange> after = open_start ? all : on_one_side(instants.first, zone, true);
  const std::vector<TimeRange> before = open_end ? all : on_one_side(instants.last, zone, false);
  std::vector<TimeRange> both;
  for (const TimeRange& a : after) {
    for (const TimeRange& b : before) {
      TimeRange range = {std::max(a.first, b.first), std::min(a.last, b.last)};
      if (!open_start) range.first = std::max<int64_t>(range.first, MIN_TIMESTAMP);
      if (!open_end) range.last = std::min<int64_t>(range.last, END_TIMESTAMP - 1);
      if (!range.empty()) both.push_back(range);
    }
  }
  return both;
}

const ZoneOffsets* ZoneClock::offsets_around(Timestamp t) {
  if (t - kNear >= known_from_ && t + kNear <= known_to_) return &known_;
  const bool is_first = known_from_ > known_to_;
  const Timestamp from = finite(std::min(is_first ? t : known_from_, t - kMargin));
  const Timestamp to = finite(std::max(is_first ? t : known_to_, t > END_TIMESTAMP - kMargin ? END_TIMESTAMP - 1 : t + kMargin));
  if (to - from > kMostKnown || t < MIN_TIMESTAMP + kMargin || t > END_TIMESTAMP - kMargin) return nullptr;
  known_ = zone_offsets(zone_, from, to);
  known_from_ = from;
  known_to_ = to;
  last_ = 0;
  return &known_;
}

int64_t ZoneClock::reading(Timestamp t) {
  const ZoneOffsets* offsets = offsets_around(t);
  if (offsets == nullptr) return slow_.reading(t);
  const auto& changes = offsets->changes;
  if (last_ > 0 && t < changes[last_ - 1].at) last_ = 0;
  if (last_ < changes.size() && t >= changes[last_].at) {
    const auto after = std::upper_bound(changes.begin(), changes.end(), t,
                                        [](Timestamp value, const ZoneOffsets::Change& change) { return value < change.at; });
    last_ = static_cast<size_t>(after - changes.begin());
  }
  return t + (last_ == 0 ? offsets->first : changes[last_ - 1].offset);
}

Timestamp ZoneClock::instant(int64_t reading) {
  if (reading < MIN_TIMESTAMP) return kMinusInfinity;
  if (reading >= END_TIMESTAMP) return kPlusInfinity;
  const ZoneOffsets* offsets = offsets_around(reading);
  if (offsets == nullptr) return slow_.instant(reading);
  const auto& changes = offsets->changes;
  const auto after =
      std::upper_bound(changes.begin(), changes.end(), reading,
                       [](int64_t value, const ZoneOffsets::Change& change) { return value < change.at + change.offset; });
  return reading - (after == changes.begin() ? offsets->first : std::prev(after)->offset);
}

Timestamp ZoneClock::shifted(Timestamp t, int64_t months, int64_t days, int64_t microseconds) {
  Timestamp result = t;
  if (months != 0 || days != 0) result = instant(shifted_reading(reading(t), months, days));
  if (TIMESTAMP_NOT_FINITE(result)) return result;
  if (microseconds < 0 && result < MIN_TIMESTAMP - microseconds) return kMinusInfinity;
  if (microseconds > 0 && result >= END_TIMESTAMP - microseconds) return kPlusInfinity;
  return result + microseconds;
}

}  // namespace segments::pg

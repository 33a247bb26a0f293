// `as_of - span` grows with as_of, microsecond by microsecond, but for breaks: at a change of the clock (of as_of's day, or of
// the day it leads to) and, where months are of different lengths, at midnights, it jumps, also back.  So the instants at which
// it passes a time are found piece by piece between breaks, around the one time where the calendar says it should.
#include "pg/insight/window_passing.h"

#include "pg/server/boundary.h"

namespace segments::pg {
namespace {

// How far from where the calendar says a window can pass a time: zones change by less than a day or two, months differ by three.
constexpr int64_t kNearDays = 3 * USECS_PER_DAY;
constexpr int64_t kNearMonths = 7 * USECS_PER_DAY;

bool is_possible(Timestamp time) { return time >= kFirstTimestamp + 2 * kNearMonths && time < kEndTimestamp - 2 * kNearMonths; }

std::set<int64_t> offsets_of(const ZoneOffsets& zone) {
  std::set<int64_t> offsets = {zone.first};
  for (const ZoneOffsets::Change& change : zone.changes) offsets.insert(change.offset);
  return offsets;
}

int64_t floor_days(int64_t microseconds) { return floor_divide(microseconds, USECS_PER_DAY); }

}  // namespace

WindowPassing::WindowPassing(const Window* window, DefinitionSettings settings)
    : window_(window), settings_(std::move(settings)), local_time_(settings_.time_zone) {
  if (window == nullptr) return;
  const WindowKind kind = window->kind;
  if (kind == WindowKind::kWithinLast || kind == WindowKind::kBetweenAgo || kind == WindowKind::kMoreThanAgo) {
    add_edge(window->count, window->unit);
  }
  if (window->kind == WindowKind::kBetweenAgo) add_edge(window->other_count, window->other_unit);
  const bool has_start = kind == WindowKind::kFromTo || kind == WindowKind::kSince || kind == WindowKind::kOn;
  const bool has_end = window->kind == WindowKind::kFromTo || window->kind == WindowKind::kBefore;
  follows_as_of_ = (has_start && follows_as_of(window->start)) || (has_end && follows_as_of(window->end));
}

void WindowPassing::add_edge(int64_t count, TimeUnit unit) {
  Span span;
  const auto longest = static_cast<int64_t>(kEndTimestamp / USECS_PER_SEC);
  switch (unit) {
    case TimeUnit::kSecond:
      span.microseconds = std::min(count, longest) * USECS_PER_SEC;
      break;
    case TimeUnit::kMinute:
      span.microseconds = std::min(count, longest / 60) * USECS_PER_MINUTE;
      break;
    case TimeUnit::kHour:
      span.microseconds = std::min(count, longest / 3600) * USECS_PER_HOUR;
      break;
    case TimeUnit::kDay:
      span.days = count;
      break;
    case TimeUnit::kWeek:
      span.days = count * 7;
      break;
    case TimeUnit::kMonth:
      span.months = count;
      break;
    case TimeUnit::kQuarter:
      span.months = count * 3;
      break;
    case TimeUnit::kYear:
      span.months = count * 12;
      break;
  }
  // Longer ones reach past the first timestamp from anywhere (core/language/window.cpp).
  constexpr int64_t kMostMonths = 300'000 * 12;
  constexpr int64_t kMostDays = 300'000 * 366;
  if (span.months > kMostMonths || span.days > kMostDays) return;
  if (std::ranges::find(edges_, span) == edges_.end()) edges_.push_back(span);
}

TimeRange WindowPassing::range_at(Timestamp as_of) {
  LiteralReader reader(settings_, as_of);
  return resolve_window(window_, as_of, settings_.week_start, local_time_, reader);
}

void WindowPassing::add_instants(Timestamp time, Timestamp as_of, std::set<Timestamp>& instants) {
  if (!is_possible(time)) return;
  std::set<Timestamp> found = {time, time + 1};
  for (const Span& span : edges_) add_crossings(time, span, found);
  if (follows_as_of_) add_midnights(time - kNearMonths, time + kNearMonths, found);
  if (window_ != nullptr && (window_->kind == WindowKind::kThis || window_->kind == WindowKind::kPrevious))
    add_unit_starts(time, found);
  instants.insert(found.upper_bound(as_of), found.end());
}

void WindowPassing::add_crossings(Timestamp time, const Span& span, std::set<Timestamp>& instants) {
  if (span.months == 0 && span.days == 0) {
    if (time > kEndTimestamp - 2 - span.microseconds) return;
    instants.insert({time + span.microseconds, time + span.microseconds + 1});
    return;
  }
  const Timestamp middle = local_time_.subtract(time, -span.months, -span.days);
  if (middle == kMinusInfinity || !is_possible(middle)) return;
  const int64_t near = span.months != 0 ? kNearMonths : kNearDays;
  std::set<Timestamp> breaks = {middle - near, middle + near};
  add_breaks(time, middle - near, middle + near, span, breaks);
  for (auto at = breaks.begin(); std::next(at) != breaks.end(); ++at) {
    instants.insert(*at);
    const Timestamp led_to = local_time_.subtract(*at, span.months, span.days);
    if (led_to == kMinusInfinity) continue;
    const Timestamp passes = *at + (time - led_to);
    for (const Timestamp instant : {passes, passes + 1}) {
      if (instant > *at && instant <= *std::next(at)) instants.insert(instant);
    }
  }
}

// A unit of the calendar is entered or left when a unit of as_of's begins: the next one, or the one after the window's.
void WindowPassing::add_unit_starts(Timestamp time, std::set<Timestamp>& instants) {
  const int64_t reading = local_time_.reading(time);
  for (const int64_t units : {int64_t{1}, window_->count + 1}) {
    if (window_->unit == TimeUnit::kHour) {
      if (time < kEndTimestamp - units * USECS_PER_HOUR) add_full_hours(time + units * USECS_PER_HOUR, instants);
      continue;
    }
    const int64_t start = units_before(unit_start(reading, window_->unit, settings_.week_start), -units, window_->unit);
    if (!is_possible(start)) continue;
    add_midnights(start - kNearDays, start + kNearDays, instants);
  }
}

void WindowPassing::add_full_hours(Timestamp near, std::set<Timestamp>& instants) {
  if (!is_possible(near)) return;
  const Timestamp from = near - kNearDays;
  const Timestamp to = near + kNearDays;
  const ZoneOffsets zone = zone_offsets(settings_.time_zone, from, to);
  for (const int64_t offset : offsets_of(zone)) {
    const Timestamp first = from - floor_remainder(from + offset, USECS_PER_HOUR);
    for (Timestamp hour = first; hour <= to; hour += USECS_PER_HOUR) instants.insert(hour);
  }
  for (const ZoneOffsets::Change& change : zone.changes) instants.insert(change.at);
}

void WindowPassing::add_midnights(Timestamp from, Timestamp to, std::set<Timestamp>& instants) {
  const ZoneOffsets zone = zone_offsets(settings_.time_zone, from, to);
  for (const int64_t offset : offsets_of(zone)) {
    for (int64_t day = floor_days(from + offset); day <= floor_days(to + offset) + 1; ++day) {
      instants.insert(day * USECS_PER_DAY - offset);
    }
  }
  for (const ZoneOffsets::Change& change : zone.changes) instants.insert(change.at);
}

void WindowPassing::add_breaks(Timestamp time, Timestamp from, Timestamp to, const Span& span, std::set<Timestamp>& breaks) {
  std::set<Timestamp> found;
  const ZoneOffsets near_as_of = zone_offsets(settings_.time_zone, from, to);
  for (const ZoneOffsets::Change& change : near_as_of.changes) found.insert(change.at);
  if (span.months != 0) add_midnights(from, to, found);
  // What clocks show at a change, some days around where the span leads from it.
  const int64_t near = to - from;
  const ZoneOffsets near_time = zone_offsets(settings_.time_zone, time - near, time + near);
  int64_t before = near_time.first;
  for (const ZoneOffsets::Change& change : near_time.changes) {
    for (const int64_t offset : {before, change.offset}) {
      const int64_t time_of_day = change.at + offset - floor_days(change.at + offset) * USECS_PER_DAY;
      for (const int64_t shown : offsets_of(near_as_of)) {
        for (int64_t day = floor_days(from + shown); day <= floor_days(to + shown); ++day) {
          found.insert(day * USECS_PER_DAY + time_of_day - shown);
        }
      }
    }
    before = change.offset;
  }
  for (const Timestamp at : found) {
    if (from < at && at < to) breaks.insert(at);
  }
}

}  // namespace segments::pg

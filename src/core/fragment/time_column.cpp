#include <algorithm>
#include <bit>
#include <numeric>

#include "core/fragment/column.h"
#include "core/fragment/section.h"

namespace segments {
namespace {

constexpr uint8_t kHasMinusInfinity = 1;
constexpr uint8_t kHasPlusInfinity = 2;

bool is_finite(Timestamp time) {
  return time != kMinusInfinity && time != kPlusInfinity;
}

// Differences of times are taken modulo 2^64, so they are right over the whole range.
uint64_t distance(Timestamp from, Timestamp to) {
  return static_cast<uint64_t>(to) - static_cast<uint64_t>(from);
}

// The largest code.  There may be 2^64 codes, so their number need not fit.
uint64_t last_code_of(bool has_minus_infinity, uint64_t finite_count, bool has_plus_infinity) {
  if (!has_minus_infinity && finite_count == 0 && !has_plus_infinity) return 0;
  return has_minus_infinity + finite_count + has_plus_infinity - 1;
}

struct TimeSummary {
  bool has_minus_infinity = false;
  bool has_plus_infinity = false;
  Timestamp base = 0;
  uint64_t step = 1;
  uint64_t finite_count = 0;
};

TimeSummary summarize(std::span<const Timestamp> times) {
  TimeSummary summary;
  Timestamp smallest = kPlusInfinity;
  Timestamp largest = kMinusInfinity;
  for (const Timestamp time : times) {
    summary.has_minus_infinity |= time == kMinusInfinity;
    summary.has_plus_infinity |= time == kPlusInfinity;
    if (!is_finite(time)) continue;
    smallest = std::min(smallest, time);
    largest = std::max(largest, time);
  }
  if (smallest > largest) return summary;
  uint64_t step = distance(smallest, largest);
  for (const Timestamp time : times) {
    if (step <= 1) break;
    if (!is_finite(time)) continue;
    const uint64_t offset = distance(smallest, time);
    if (offset % step != 0) step = std::gcd(step, offset);
  }
  summary.base = smallest;
  summary.step = std::max<uint64_t>(1, step);
  summary.finite_count = distance(smallest, largest) / summary.step + 1;
  return summary;
}

// Divides multiples of `step` exactly, by multiplying with the inverse of its odd part modulo 2^64 (Newton's
// iteration).
class ExactDivider {
 public:
  explicit ExactDivider(uint64_t step) : shift_(std::countr_zero(step)) {
    const uint64_t odd = step >> shift_;
    for (int i = 0; i < 6; ++i) inverse_ *= 2 - odd * inverse_;
  }
  uint64_t divide(uint64_t multiple) const { return (multiple >> shift_) * inverse_; }

 private:
  int shift_;
  uint64_t inverse_ = 1;
};

}  // namespace

TimeColumn::TimeColumn(BytesView bytes, uint32_t seal) {
  const Section section = open_section(bytes, SectionKind::kTimes, seal);
  ByteReader directory(section.directory);
  if (section.detail > (kHasMinusInfinity | kHasPlusInfinity)) throw_corrupted("A time column has unknown flags.");
  has_minus_infinity_ = (section.detail & kHasMinusInfinity) != 0;
  has_plus_infinity_ = (section.detail & kHasPlusInfinity) != 0;
  base_ = directory.get<int64_t>();
  step_ = directory.get<uint64_t>();
  finite_count_ = directory.get<uint64_t>();
  directory.expect_end();
  if (step_ == 0 || !is_finite(base_)) throw_corrupted("A time column's base and step are impossible.");
  if (finite_count_ > 1 && finite_count_ - 1 > distance(base_, kPlusInfinity - 1) / step_) {
    throw_corrupted("A time column reaches past the last time.");
  }
  if (section.row_count != 0 && section.detail == 0 && finite_count_ == 0) {
    throw_corrupted("A time column has rows, but no times.");
  }
  const uint64_t last_code = last_code_of(has_minus_infinity_, finite_count_, has_plus_infinity_);
  planes_ = BitPlanes(section.payload, section.row_count, static_cast<uint32_t>(std::bit_width(last_code)));
}

uint64_t TimeColumn::codes_through(Timestamp time) const {
  if (time == kMinusInfinity || time < base_ || finite_count_ == 0) return has_minus_infinity_;
  return has_minus_infinity_ + std::min(distance(base_, time) / step_, finite_count_ - 1) + 1;
}

RowSet TimeColumn::select(const TimeRange& range, uint32_t first_row, uint32_t end_row) const {
  RowSet rows(row_count());
  if (range.empty()) return rows;
  CodeRange codes{0, UINT64_MAX};
  if (range.first != kMinusInfinity) codes.first = codes_through(range.first - 1);
  if (range.last != kPlusInfinity) {
    const uint64_t end = codes_through(range.last);
    if (codes.first == end) return rows;
    codes.last = end - 1;
  }
  planes_.select_ranges({&codes, 1}, false, first_row, end_row, rows.words().data());
  return rows;
}

std::vector<Timestamp> TimeColumn::times() const {
  std::vector<uint64_t> codes(row_count());
  planes_.decode(codes);
  std::vector<Timestamp> times(codes.size());
  const uint64_t finite_end = has_minus_infinity_ + finite_count_;
  const uint64_t last_code = last_code_of(has_minus_infinity_, finite_count_, has_plus_infinity_);
  for (size_t i = 0; i < codes.size(); ++i) {
    const uint64_t code = codes[i];
    if (code > last_code) throw_corrupted("A row has a time past the column's last.");
    if (code < has_minus_infinity_) {
      times[i] = kMinusInfinity;
    } else if (code >= finite_end) {
      times[i] = kPlusInfinity;
    } else {
      times[i] = static_cast<Timestamp>(static_cast<uint64_t>(base_) + step_ * (code - has_minus_infinity_));
    }
  }
  return times;
}

Bytes encode_times(std::span<const Timestamp> times) {
  const TimeSummary summary = summarize(times);
  const auto row_count = static_cast<uint32_t>(times.size());
  const uint64_t plus_infinity = summary.has_minus_infinity + summary.finite_count;
  const uint64_t last_code = last_code_of(summary.has_minus_infinity, summary.finite_count, summary.has_plus_infinity);
  const auto plane_count = static_cast<uint32_t>(std::bit_width(last_code));
  const auto flags = static_cast<uint8_t>((summary.has_minus_infinity ? kHasMinusInfinity : 0) |
                                          (summary.has_plus_infinity ? kHasPlusInfinity : 0));
  SectionWriter section(SectionKind::kTimes, flags, row_count);
  section.body().put(summary.base);
  section.body().put(summary.step);
  section.body().put(summary.finite_count);
  section.end_directory(BitPlanes::encoded_bytes(row_count, plane_count));

  const ExactDivider divider(summary.step);
  std::vector<uint64_t> codes(times.size());
  for (size_t i = 0; i < times.size(); ++i) {
    if (is_finite(times[i])) {
      codes[i] = summary.has_minus_infinity + divider.divide(distance(summary.base, times[i]));
    } else {
      codes[i] = times[i] == kMinusInfinity ? 0 : plus_infinity;
    }
  }
  append_planes(section.body(), codes, plane_count);
  return section.end_payload();
}

}  // namespace segments

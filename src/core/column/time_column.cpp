// Directory: base i64, step u64, finite count u64, bucket count u8, then per bucket {first code u64, rows u32, planes
// u8}. Parts: the buckets' numbers, then one per bucket: codes less its first one.
#include <algorithm>
#include <bit>
#include <numeric>

#include "core/column/column.h"
#include "core/column/layer_bits.h"
#include "core/column/section.h"

namespace segments {
namespace {

// A window reads the planes of the buckets' numbers and one or two buckets: with this many buckets, about the least.
constexpr size_t kMostBuckets = 32;
constexpr size_t kRowsPerBucket = 4096;
// Times that so few bits tell apart gain nothing by buckets.
constexpr int kWorthBuckets = 8;
// Bucket borders are quantiles of so many rows.
constexpr size_t kSampledRows = 2048;

constexpr uint8_t kHasMinusInfinity = 1;
constexpr uint8_t kHasPlusInfinity = 2;

bool is_finite(Timestamp time) { return time != kMinusInfinity && time != kPlusInfinity; }

// Differences of times are taken modulo 2^64, so they are right over the whole range.
uint64_t distance(Timestamp from, Timestamp to) { return static_cast<uint64_t>(to) - static_cast<uint64_t>(from); }

struct TimeSummary {
  bool has_minus_infinity = false;
  bool has_plus_infinity = false;
  Timestamp base = 0;
  uint64_t step = 1;
  uint64_t finite_count = 0;
};

// The largest code.  There may be 2^64 codes, so their number need not fit.
uint64_t largest_code(bool has_minus_infinity, uint64_t finite_count, bool has_plus_infinity) {
  if (!has_minus_infinity && finite_count == 0 && !has_plus_infinity) return 0;
  return has_minus_infinity + finite_count + has_plus_infinity - 1;
}

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

std::vector<uint64_t> codes_of(std::span<const Timestamp> times, const TimeSummary& summary) {
  const ExactDivider divider(summary.step);
  std::vector<uint64_t> codes(times.size());
  for (size_t i = 0; i < times.size(); ++i) {
    if (is_finite(times[i])) {
      codes[i] = summary.has_minus_infinity + divider.divide(distance(summary.base, times[i]));
    } else {
      codes[i] = times[i] == kMinusInfinity ? 0 : summary.has_minus_infinity + summary.finite_count;
    }
  }
  return codes;
}

// The first codes of the buckets: ascending, 0 first.
std::vector<uint64_t> choose_buckets(std::span<const uint64_t> codes, uint64_t last_code) {
  std::vector<uint64_t> firsts = {0};
  const size_t wanted = std::min(kMostBuckets, codes.size() / kRowsPerBucket);
  if (wanted < 2 || std::bit_width(last_code) <= kWorthBuckets) return firsts;
  const size_t stride = std::max<size_t>(1, codes.size() / kSampledRows);
  std::vector<uint64_t> sample;
  for (size_t i = 0; i < codes.size(); i += stride) sample.push_back(codes[i]);
  std::sort(sample.begin(), sample.end());
  for (size_t bucket = 1; bucket < wanted; ++bucket) {
    const uint64_t first = sample[bucket * sample.size() / wanted];
    if (first > firsts.back()) firsts.push_back(first);
  }
  return firsts;
}

uint32_t plane_count_of(size_t bucket_count) { return static_cast<uint32_t>(std::bit_width(bucket_count - 1)); }

}  // namespace

TimeColumn::TimeColumn(ColumnSource& source) : section_(source, SectionKind::kTimes) { read_directory(); }

void TimeColumn::read_directory() {
  ByteReader directory(section_.directory());
  const uint8_t flags = section_.detail();
  if (flags > (kHasMinusInfinity | kHasPlusInfinity)) throw_corrupted("A time column has unknown flags.");
  has_minus_infinity_ = (flags & kHasMinusInfinity) != 0;
  has_plus_infinity_ = (flags & kHasPlusInfinity) != 0;
  base_ = directory.get<int64_t>();
  step_ = directory.get<uint64_t>();
  finite_count_ = directory.get<uint64_t>();
  if (step_ == 0 || !is_finite(base_)) throw_corrupted("A time column's base and step are impossible.");
  if (finite_count_ > 1 && finite_count_ - 1 > distance(base_, kPlusInfinity - 1) / step_) {
    throw_corrupted("A time column reaches past the last time.");
  }
  if (row_count() != 0 && flags == 0 && finite_count_ == 0) throw_corrupted("A time column has rows, but no times.");
  const auto bucket_count = directory.get<uint8_t>();
  if (bucket_count == 0 || bucket_count > kMostBuckets) throw_corrupted("A time column has too many buckets or none.");
  uint64_t offset = part_bytes(BitPlanes::encoded_bytes(row_count(), plane_count_of(bucket_count)));
  uint64_t rows = 0;
  for (size_t i = 0; i < bucket_count; ++i) {
    Bucket bucket;
    bucket.first_code = directory.get<uint64_t>();
    bucket.row_count = directory.get<uint32_t>();
    bucket.plane_count = directory.get<uint8_t>();
    bucket.offset = offset;
    const bool in_order = i == 0 ? bucket.first_code == 0 : bucket.first_code > buckets_.back().first_code;
    if (!in_order || bucket.first_code > last_code() || bucket.plane_count > BitPlanes::kMaxPlanes ||
        bucket.row_count > row_count()) {
      throw_corrupted("A time column has an impossible bucket.");
    }
    offset += part_bytes(BitPlanes::encoded_bytes(bucket.row_count, bucket.plane_count));
    rows += bucket.row_count;
    buckets_.push_back(std::move(bucket));
  }
  directory.expect_end();
  if (rows != row_count()) throw_corrupted("A time column's buckets have more or fewer rows than it says.");
  section_.expect_payload(offset);
}

uint64_t TimeColumn::last_code() const { return largest_code(has_minus_infinity_, finite_count_, has_plus_infinity_); }

uint64_t TimeColumn::last_code_of(size_t bucket) const {
  return bucket + 1 < buckets_.size() ? buckets_[bucket + 1].first_code - 1 : last_code();
}

size_t TimeColumn::bucket_of(uint64_t code) const {
  const auto after = std::upper_bound(buckets_.begin(), buckets_.end(), code,
                                      [](uint64_t value, const Bucket& bucket) { return value < bucket.first_code; });
  return static_cast<size_t>(after - buckets_.begin()) - 1;
}

uint64_t TimeColumn::codes_through(Timestamp time) const {
  if (time == kMinusInfinity || time < base_ || finite_count_ == 0) return has_minus_infinity_;
  return has_minus_infinity_ + std::min(distance(base_, time) / step_, finite_count_ - 1) + 1;
}

const BitPlanes& TimeColumn::numbers() {
  if (!numbers_) numbers_ = read_planes(section_, 0, row_count(), plane_count_of(buckets_.size()));
  return *numbers_;
}

const BitPlanes& TimeColumn::bucket(size_t number) {
  Bucket& bucket = buckets_[number];
  if (!bucket.codes) bucket.codes = read_planes(section_, bucket.offset, bucket.row_count, bucket.plane_count);
  return *bucket.codes;
}

RowSet TimeColumn::select(const TimeRange& range, uint32_t first_row, uint32_t end_row) {
  RowSet rows(row_count());
  end_row = std::min(end_row, row_count());
  if (range.empty() || first_row >= end_row) return rows;
  CodeRange codes{0, last_code()};
  if (range.first != kMinusInfinity) codes.first = codes_through(range.first - 1);
  if (range.last != kPlusInfinity) {
    const uint64_t end = codes_through(range.last);
    if (end == 0) return rows;
    codes.last = end - 1;
  }
  if (codes.first > codes.last) return rows;
  // Buckets between the ends are taken whole; those that an end cuts are looked into.
  const size_t first = bucket_of(codes.first);
  const size_t last = bucket_of(codes.last);
  const bool cuts_last = codes.last != last_code_of(last);
  const bool cuts_first = codes.first != buckets_[first].first_code || (cuts_last && first == last);
  const CodeRange whole{first + cuts_first, last - (cuts_last && first != last)};
  if (whole.first <= whole.last) numbers().select_ranges({&whole, 1}, false, first_row, end_row, rows.words().data());
  if (cuts_first) select_in_bucket(first, codes, first_row, end_row, rows);
  if (cuts_last && first != last) select_in_bucket(last, codes, first_row, end_row, rows);
  return rows;
}

// Adds the rows of one bucket whose code lies in `codes`.
void TimeColumn::select_in_bucket(size_t number, const CodeRange& codes, uint32_t first_row, uint32_t end_row, RowSet& rows) {
  const BitPlanes& own = bucket(number);
  const uint64_t first_code = buckets_[number].first_code;
  const CodeRange inside{std::max(codes.first, first_code) - first_code, std::min(codes.last, last_code_of(number)) - first_code};
  RowSet members(row_count());
  const CodeRange this_bucket{number, number};
  numbers().select_ranges({&this_bucket, 1}, false, 0, row_count(), members.words().data());
  RowSet selected(own.row_count());
  own.select_ranges({&inside, 1}, false, 0, own.row_count(), selected.words().data());
  std::vector<uint64_t> found(members.words().size());
  if (deposit_rows(selected.words(), 0, members.words(), found.data()) != own.row_count()) {
    throw_corrupted("A bucket of times has more or fewer rows than it should have.");
  }
  trim_ends(first_row, end_row, found.data());
  for (size_t word = first_row / 64; word * 64 < end_row; ++word) rows.words()[word] |= found[word];
}

std::vector<Timestamp> TimeColumn::times() {
  std::vector<uint32_t> number_of(row_count());
  numbers().decode(number_of);
  std::vector<std::vector<uint64_t>> codes(buckets_.size());
  for (size_t i = 0; i < buckets_.size(); ++i) {
    codes[i].resize(buckets_[i].row_count);
    bucket(i).decode(codes[i]);
    for (const uint64_t code : codes[i]) {
      if (code > last_code_of(i) - buckets_[i].first_code) throw_corrupted("A row has a time past its bucket's last.");
    }
  }
  std::vector<Timestamp> times(row_count());
  std::vector<uint32_t> next(buckets_.size());
  const uint64_t finite_end = has_minus_infinity_ + finite_count_;
  for (size_t row = 0; row < times.size(); ++row) {
    const uint32_t number = number_of[row];
    if (number >= buckets_.size() || next[number] == codes[number].size()) {
      throw_corrupted("A row has a time past the column's last.");
    }
    const uint64_t code = buckets_[number].first_code + codes[number][next[number]++];
    if (code < has_minus_infinity_) {
      times[row] = kMinusInfinity;
    } else if (code >= finite_end) {
      times[row] = kPlusInfinity;
    } else {
      times[row] = static_cast<Timestamp>(static_cast<uint64_t>(base_) + step_ * (code - has_minus_infinity_));
    }
  }
  return times;
}

Bytes encode_times(std::span<const Timestamp> times) {
  const TimeSummary summary = summarize(times);
  const uint64_t last_code = largest_code(summary.has_minus_infinity, summary.finite_count, summary.has_plus_infinity);
  const std::vector<uint64_t> codes = codes_of(times, summary);
  const std::vector<uint64_t> firsts = choose_buckets(codes, last_code);
  std::vector<uint32_t> numbers(codes.size());
  std::vector<std::vector<uint64_t>> buckets(firsts.size());
  for (std::vector<uint64_t>& bucket : buckets) bucket.reserve(codes.size() / firsts.size() * 5 / 4);
  std::vector<uint64_t> largest(firsts.size());
  for (size_t i = 0; i < codes.size(); ++i) {
    const auto after = std::upper_bound(firsts.begin(), firsts.end(), codes[i]);
    const auto number = static_cast<size_t>(after - firsts.begin()) - 1;
    const uint64_t code = codes[i] - firsts[number];
    numbers[i] = static_cast<uint32_t>(number);
    largest[number] = std::max(largest[number], code);
    buckets[number].push_back(code);
  }

  const auto flags = static_cast<uint8_t>((summary.has_minus_infinity ? kHasMinusInfinity : 0) |
                                          (summary.has_plus_infinity ? kHasPlusInfinity : 0));
  SectionWriter section(SectionKind::kTimes, flags, static_cast<uint32_t>(times.size()));
  section.body().put(summary.base);
  section.body().put(summary.step);
  section.body().put(summary.finite_count);
  section.body().put(static_cast<uint8_t>(firsts.size()));
  for (size_t i = 0; i < firsts.size(); ++i) {
    section.body().put(firsts[i]);
    section.body().put(static_cast<uint32_t>(buckets[i].size()));
    section.body().put(static_cast<uint8_t>(std::bit_width(largest[i])));
  }
  section.end_directory();
  append_planes(section.body(), numbers, plane_count_of(firsts.size()));
  section.end_part();
  for (size_t i = 0; i < firsts.size(); ++i) {
    append_planes(section.body(), buckets[i], static_cast<uint32_t>(std::bit_width(largest[i])));
    section.end_part();
  }
  return section.end();
}

}  // namespace segments

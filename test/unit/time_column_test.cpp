#include <gtest/gtest.h>

#include <random>

#include "core/error.h"
#include "core/column/column.h"
#include "unit/counted_source.h"

namespace segments {
namespace {

std::vector<Timestamp> read_times(BytesView bytes) {
  BytesSource source(bytes);
  return TimeColumn(source).times();
}

void check_column(const std::vector<Timestamp>& times, std::mt19937_64& random) {
  const Bytes bytes = encode_times(times);
  BytesSource source(bytes);
  TimeColumn column(source);
  ASSERT_EQ(column.row_count(), times.size());
  ASSERT_EQ(column.times(), times);
  std::vector<Timestamp> probes = {kMinusInfinity, kMinusInfinity + 1, 0, kPlusInfinity - 1, kPlusInfinity};
  for (int i = 0; i < 6 && !times.empty(); ++i) {
    const Timestamp time = times[random() % times.size()];
    probes.push_back(time);
    if (time != kMinusInfinity) probes.push_back(time - 1);
    if (time != kPlusInfinity) probes.push_back(time + 1);
  }
  for (int round = 0; round < 60; ++round) {
    const TimeRange range{probes[random() % probes.size()], probes[random() % probes.size()]};
    const auto rows = static_cast<uint32_t>(times.size());
    const uint32_t first = round % 2 == 0 ? 0 : static_cast<uint32_t>(random() % (rows + 1));
    const uint32_t end = round % 2 == 0 ? rows : static_cast<uint32_t>(random() % (rows + 1));
    const RowSet selected = column.select(range, first, end);
    ASSERT_EQ(selected.row_count(), rows);
    for (uint32_t row = 0; row < rows; ++row) {
      ASSERT_EQ(selected.contains(row), row >= first && row < end && range.contains(times[row]));
    }
  }
}

TEST(TimeColumn, round_trips_and_selects_like_a_loop) {
  std::mt19937_64 random(10);
  const std::vector<Timestamp> specials = {
      kMinusInfinity, kPlusInfinity, kMinusInfinity + 1, kPlusInfinity - 1, kFirstTimestamp, kEndTimestamp - 1, 0, -1, 1};
  for (const size_t rows : {0u, 1u, 2u, 64u, 65u, 1000u}) {
    for (const int64_t step : {int64_t{1}, int64_t{1'000'000}, int64_t{86'400'000'000}, int64_t{7}}) {
      for (const int special : {0, 1, 2, 3}) {
        std::vector<Timestamp> times;
        for (size_t i = 0; i < rows; ++i) {
          const bool use_special = special != 0 && random() % 4 < static_cast<uint64_t>(special);
          times.push_back(use_special ? specials[random() % (special == 1 ? 2 : specials.size())]
                                      : 700'000'000'000'000 + step * static_cast<int64_t>(random() % 5000));
        }
        check_column(times, random);
      }
    }
  }
}

TEST(TimeColumn, finds_rows_in_buckets_like_a_loop) {
  std::mt19937_64 random(20);
  std::exponential_distribution<double> gap(1e-6);
  for (const size_t rows : {size_t{8'191}, size_t{9'000}, size_t{70'000}, size_t{kMaxFragmentRows}}) {
    for (const int shape : {0, 1, 2, 3}) {
      std::vector<Timestamp> times;
      Timestamp time = 700'000'000'000'000;
      for (size_t i = 0; i < rows; ++i) {
        time += static_cast<Timestamp>(gap(random));
        if (shape == 0) times.push_back(time);
        if (shape == 1) times.push_back(700'000'000'000'000 + static_cast<Timestamp>(random() % 7'000'000'000'000));
        if (shape == 2) times.push_back(random() % 10 < 9 ? 5 : static_cast<Timestamp>(random()));  // one crowded time
        if (shape == 3) times.push_back(random() % 50 == 0 ? kMinusInfinity : random() % 50 == 0 ? kPlusInfinity : time);
      }
      check_column(times, random);
    }
  }
}

TEST(TimeColumn, reads_little_for_a_window) {
  std::mt19937_64 random(22);
  std::vector<Timestamp> times;
  for (uint32_t i = 0; i < kMaxFragmentRows; ++i) times.push_back(static_cast<Timestamp>(random() % 1'000'000'000'000));
  const Bytes bytes = encode_times(times);
  CountedSource source(bytes);
  TimeColumn column(source);
  column.select({123'456'789'012, kPlusInfinity}, 0, kMaxFragmentRows);
  EXPECT_LT(source.read_bytes, bytes.size() / 4);
}

TEST(TimeColumn, spans_the_whole_range_of_int64) {
  std::mt19937_64 random(11);
  check_column({kMinusInfinity, kMinusInfinity + 1, kPlusInfinity - 1, kPlusInfinity}, random);
  check_column({kMinusInfinity + 1, kPlusInfinity - 1, 0}, random);
  check_column({kPlusInfinity, kPlusInfinity}, random);
  check_column({kMinusInfinity}, random);
  std::vector<Timestamp> anything;
  for (int i = 0; i < 500; ++i) anything.push_back(static_cast<Timestamp>(random()));
  check_column(anything, random);
}

TEST(TimeColumn, stores_whole_days_in_few_bits) {
  std::vector<Timestamp> times;
  for (int64_t i = 0; i < 6400; ++i) times.push_back(86'400'000'000 * (i % 90) + 5);
  EXPECT_LT(encode_times(times).size(), 6400u * 7 / 8 + 100);
}

TEST(TimeColumn, refuses_any_flipped_or_missing_byte) {
  std::mt19937_64 random(12);
  std::vector<Timestamp> times;
  for (int i = 0; i < 300; ++i) times.push_back(static_cast<Timestamp>(random() % 1'000'000));
  const Bytes bytes = encode_times(times);
  for (size_t at = 0; at < bytes.size(); ++at) {
    Bytes damaged = bytes;
    damaged[at] ^= static_cast<uint8_t>(1u << (random() % 8));
    EXPECT_THROW(read_times(damaged), Error) << at;
    EXPECT_THROW(read_times(BytesView(bytes).first(at)), Error) << at;
  }
}

}  // namespace
}  // namespace segments

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>

#include "core/error.h"
#include "core/column/column.h"
#include "unit/counted_source.h"

namespace segments {
namespace {

// The layered order by its definition: by block; then rows by (layer, ordinal) as long as layers are large; then the
// tail.
std::vector<uint32_t> expected_order(const std::vector<Ordinal>& ordinals) {
  std::map<Ordinal, std::vector<uint32_t>> by_ordinal;
  for (uint32_t i = 0; i < ordinals.size(); ++i) by_ordinal[ordinals[i]].push_back(i);
  std::map<uint32_t, std::vector<Ordinal>> by_block;
  for (const auto& [ordinal, rows] : by_ordinal) by_block[block_of(ordinal)].push_back(ordinal);
  std::vector<uint32_t> order;
  for (const auto& [block, members] : by_block) {
    size_t layer = 0;
    while (true) {
      std::vector<uint32_t> rows;
      for (const Ordinal ordinal : members) {
        if (by_ordinal[ordinal].size() > layer) rows.push_back(by_ordinal[ordinal][layer]);
      }
      if (rows.size() < kDenseLayerRows) break;
      order.insert(order.end(), rows.begin(), rows.end());
      ++layer;
    }
    for (const Ordinal ordinal : members) {
      for (size_t k = layer; k < by_ordinal[ordinal].size(); ++k) order.push_back(by_ordinal[ordinal][k]);
    }
  }
  return order;
}

RowsColumn read_rows(BytesView bytes, uint32_t most = RowsColumn::kAllLayers) {
  BytesSource source(bytes);
  return RowsColumn(source, most);
}

// What a column says of each ordinal's number of rows, up to `most`.
std::map<Ordinal, uint32_t> counts_of(const RowsColumn& column, uint32_t most) {
  std::map<Ordinal, uint32_t> counts;
  const auto add = [&](uint32_t block, uint32_t low) {
    uint32_t& count = counts[(block << kBlockBits) | low];
    count = std::min(most, count + 1);
  };
  for (const BlockView& block : column.blocks()) {
    for (const LayerView& layer : block.layers) {
      for (uint32_t low = 0; low < kBlockSize; ++low) {
        if ((layer.words[low / 64] >> (low % 64) & 1) != 0) add(block.block, low);
      }
    }
    for (const uint16_t low : block.tail) add(block.block, low);
  }
  return counts;
}

void check_round_trip(const std::vector<Ordinal>& ordinals) {
  std::vector<uint32_t> order;
  const RowsColumn column = read_rows(encode_rows(ordinals, order));
  ASSERT_EQ(order, expected_order(ordinals));
  ASSERT_EQ(column.row_count(), ordinals.size());
  const std::vector<Ordinal> decoded = column.ordinals();
  for (uint32_t row = 0; row < decoded.size(); ++row) ASSERT_EQ(decoded[row], ordinals[order[row]]);
  uint32_t next_row = 0;
  for (const BlockView& block : column.blocks()) {
    ASSERT_EQ(block.first_row, next_row);
    for (const LayerView& layer : block.layers) {
      ASSERT_EQ(layer.first_row, next_row);
      next_row += layer.row_count;
    }
    ASSERT_EQ(block.tail_first_row, next_row);
    next_row += static_cast<uint32_t>(block.tail.size());
    ASSERT_EQ(block.row_count, next_row - block.first_row);
  }
  ASSERT_EQ(next_row, ordinals.size());
  for (const BlockView& block : column.blocks()) {
    const auto of_tile = column.blocks_of_tile(block.block / kBlocksPerTile);
    ASSERT_TRUE(std::any_of(of_tile.begin(), of_tile.end(), [&](const BlockView& b) { return b.block == block.block; }));
    ASSERT_LE(of_tile.size(), kBlocksPerTile);
    for (const BlockView& b : of_tile) ASSERT_EQ(b.block / kBlocksPerTile, block.block / kBlocksPerTile);
  }
}

std::vector<Ordinal> skewed(std::mt19937_64& random, size_t rows, Ordinal first, Ordinal span, double power) {
  std::uniform_real_distribution<double> uniform(0, 1);
  std::vector<Ordinal> ordinals;
  for (size_t i = 0; i < rows; ++i) ordinals.push_back(first + static_cast<Ordinal>(span * std::pow(uniform(random), power)));
  return ordinals;
}

TEST(RowsColumn, round_trips_small_and_extreme_inputs) {
  check_round_trip({});
  check_round_trip({0});
  check_round_trip({UINT32_MAX, 0, UINT32_MAX, 65'535, 65'536, 131'071, 131'072});
  check_round_trip(std::vector<Ordinal>(10'000, 77));
}

TEST(RowsColumn, round_trips_layers_and_tails) {
  std::mt19937_64 random(7);
  check_round_trip(skewed(random, 200'000, 5 * kTileSize, kTileSize, 1.7));
  check_round_trip(skewed(random, 100'000, 0, kBlockSize, 3));
  check_round_trip(skewed(random, 50'000, 123'456, 3'000'000, 1));
  check_round_trip(skewed(random, 3'000, 0, UINT32_MAX, 1));
  std::vector<Ordinal> with_heavy = skewed(random, 100'000, 0, kTileSize, 1);
  with_heavy.insert(with_heavy.end(), 10'000, 70'000);
  std::shuffle(with_heavy.begin(), with_heavy.end(), random);
  check_round_trip(with_heavy);
}

TEST(RowsColumn, draws_the_line_between_layer_and_tail_exactly) {
  for (const uint32_t members : {kDenseLayerRows - 1, kDenseLayerRows, kDenseLayerRows + 1}) {
    std::vector<Ordinal> ordinals(members);
    std::iota(ordinals.begin(), ordinals.end(), 40);
    check_round_trip(ordinals);
    std::vector<uint32_t> order;
    const RowsColumn column = read_rows(encode_rows(ordinals, order));
    EXPECT_EQ(column.blocks()[0].layers.size(), members < kDenseLayerRows ? 0u : 1u);
  }
}

TEST(RowsColumn, holds_as_many_layers_as_a_fragment_has_room_for) {
  std::vector<Ordinal> ordinals;
  for (uint32_t i = 0; i < kMaxFragmentRows; ++i) ordinals.push_back(i % kDenseLayerRows);
  check_round_trip(ordinals);
  std::vector<Ordinal> full;
  for (uint32_t i = 0; i < kMaxFragmentRows; ++i) full.push_back(i % kTileSize);
  check_round_trip(full);
}

TEST(RowsColumn, finds_no_blocks_for_a_tile_it_does_not_hold) {
  std::vector<uint32_t> order;
  const RowsColumn column = read_rows(encode_rows(std::vector<Ordinal>{first_ordinal(3), first_ordinal(7) + kBlockSize}, order));
  EXPECT_TRUE(column.blocks_of_tile(0).empty());
  EXPECT_TRUE(column.blocks_of_tile(5).empty());
  EXPECT_TRUE(column.blocks_of_tile(8).empty());
  EXPECT_EQ(column.blocks_of_tile(3).size(), 1u);
  EXPECT_EQ(column.blocks_of_tile(7).size(), 1u);
}

TEST(RowsColumn, views_survive_a_move) {
  std::mt19937_64 random(8);
  const auto ordinals = skewed(random, 20'000, 0, kBlockSize, 1);
  std::vector<uint32_t> order;
  RowsColumn column = read_rows(encode_rows(ordinals, order));
  const auto before = column.ordinals();
  const RowsColumn moved = std::move(column);
  EXPECT_EQ(moved.ordinals(), before);
}

TEST(RowsColumn, tells_numbers_of_rows_up_to_a_limit_from_few_bytes) {
  std::mt19937_64 random(21);
  std::vector<uint32_t> order;
  for (const auto& ordinals :
       {skewed(random, 250'000, 0, kTileSize, 1.7), skewed(random, 60'000, 3 * kTileSize, 4 * kTileSize, 2)}) {
    const Bytes bytes = encode_rows(ordinals, order);
    const RowsColumn whole = read_rows(bytes);
    size_t previous_bytes = 0;
    for (const uint32_t most : {0u, 1u, 2u, 3u, 6u, 40u, 70'000u}) {
      CountedSource source(bytes);
      const RowsColumn column(source, most);
      ASSERT_EQ(column.row_count(), whole.row_count());
      ASSERT_EQ(column.blocks().size(), whole.blocks().size());
      for (size_t i = 0; i < whole.blocks().size(); ++i) {
        ASSERT_EQ(column.blocks()[i].first_row, whole.blocks()[i].first_row);
        ASSERT_EQ(column.blocks()[i].row_count, whole.blocks()[i].row_count);
      }
      if (most != 0) {
        ASSERT_EQ(counts_of(column, most), counts_of(whole, most)) << most;
      }
      ASSERT_GE(source.read_bytes, previous_bytes);
      previous_bytes = source.read_bytes;
    }
  }
  const Bytes heavy = encode_rows(skewed(random, 250'000, 0, kTileSize, 1.7), order);
  CountedSource source(heavy);
  const RowsColumn first_layer(source, 1);
  EXPECT_LT(source.read_bytes, heavy.size() / 4);
}

TEST(RowsColumn, refuses_any_flipped_or_missing_byte) {
  std::mt19937_64 random(9);
  std::vector<uint32_t> order;
  const Bytes bytes = encode_rows(skewed(random, 6'000, 0, 200'000, 1), order);
  for (size_t at = 0; at < bytes.size(); at += at < 100 ? 1 : 97) {
    Bytes damaged = bytes;
    damaged[at] ^= static_cast<uint8_t>(1u << (random() % 8));
    EXPECT_THROW(read_rows(damaged), Error) << at;
    EXPECT_THROW(read_rows(BytesView(bytes).first(at)), Error) << at;
  }
}

}  // namespace
}  // namespace segments

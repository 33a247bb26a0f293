// Directory: block count u32, then per block {block u16, layers u16, tail rows u32}.
// Payload: the words of all layers, then the ordinals of all tails.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "core/fragment/column.h"
#include "core/fragment/section.h"

namespace segments {
namespace {

constexpr size_t kLayerWords = kBlockSize / 64;
constexpr uint32_t kMostLayers = kMaxFragmentRows / kDenseLayerRows;

struct BlockEntry {
  uint16_t block;
  uint16_t layers;
  uint32_t tail_rows;
};
static_assert(sizeof(BlockEntry) == 8);

// The size of a layer, or 0 if it is not a subset of `previous` (null: of everything).
[[gnu::always_inline]] inline uint32_t measure_layer(const uint64_t* words, const uint64_t* previous) {
  uint32_t count = 0;
  uint64_t strays = 0;
  for (size_t i = 0; i < kLayerWords; ++i) {
    count += static_cast<uint32_t>(std::popcount(words[i]));
    if (previous != nullptr) strays |= words[i] & ~previous[i];
  }
  return strays == 0 ? count : 0;
}

using MeasureLayer = uint32_t (*)(const uint64_t*, const uint64_t*);

uint32_t measure_layer_default(const uint64_t* words, const uint64_t* previous) {
  return measure_layer(words, previous);
}

#if defined(__x86_64__)
__attribute__((target("popcnt"))) uint32_t measure_layer_popcnt(const uint64_t* words, const uint64_t* previous) {
  return measure_layer(words, previous);
}
#endif

MeasureLayer measure_layer_kernel() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("popcnt")) return measure_layer_popcnt;
#endif
  return measure_layer_default;
}

void check_tail(std::span<const uint16_t> tail, const uint64_t* last_layer) {
  uint32_t distinct = tail.empty() ? 0 : 1;
  bool ascending = true;
  for (size_t i = 1; i < tail.size(); ++i) {
    ascending &= tail[i - 1] <= tail[i];
    distinct += tail[i - 1] != tail[i];
  }
  if (!ascending || distinct >= kDenseLayerRows) throw_corrupted("A rows column's tail is out of order.");
  if (last_layer == nullptr) return;
  bool inside = true;
  for (const uint16_t ordinal : tail) inside &= (last_layer[ordinal >> 6] >> (ordinal & 63) & 1) != 0;
  if (!inside) throw_corrupted("A rows column's tail has ordinals that its layers do not have.");
}

// Ordinal in the upper half, index in the lower: sorts stably by ordinal.
std::vector<uint64_t> sort_by_ordinal(std::span<const Ordinal> ordinals) {
  std::vector<uint64_t> items(ordinals.size());
  Ordinal varying = 0;
  bool sorted = true;
  for (size_t i = 0; i < ordinals.size(); ++i) {
    items[i] = uint64_t{ordinals[i]} << 32 | i;
    varying |= ordinals[i] ^ ordinals[0];
    sorted &= i == 0 || ordinals[i - 1] <= ordinals[i];
  }
  if (sorted) return items;
  constexpr uint32_t kDigitBits = 9;
  constexpr uint32_t kDigitMask = (1u << kDigitBits) - 1;
  std::vector<uint64_t> other(items.size());
  for (uint32_t low = 0; low < 32; low += kDigitBits) {
    if ((varying >> low & kDigitMask) == 0) continue;
    std::array<uint32_t, kDigitMask + 1> starts{};
    for (const uint64_t item : items) ++starts[item >> (32 + low) & kDigitMask];
    uint32_t start = 0;
    for (uint32_t& count : starts) start += std::exchange(count, start);
    for (const uint64_t item : items) other[starts[item >> (32 + low) & kDigitMask]++] = item;
    items.swap(other);
  }
  return items;
}

uint32_t block_of_item(uint64_t item) {
  return block_of(static_cast<Ordinal>(item >> 32));
}

// Lays out the rows of one block, given sorted by ordinal.
class BlockLayout {
 public:
  explicit BlockLayout(std::span<const uint64_t> items) : items_(items) {
    std::array<uint32_t, kMostLayers + 1> sizes{};
    for_each_row([&](uint32_t, uint32_t rank) { ++sizes[std::min(rank, kMostLayers)]; });
    while (layer_count_ < kMostLayers && sizes[layer_count_] >= kDenseLayerRows) {
      starts_[layer_count_ + 1] = starts_[layer_count_] + sizes[layer_count_];
      ++layer_count_;
    }
  }

  uint32_t row_count() const { return static_cast<uint32_t>(items_.size()); }
  uint32_t layer_count() const { return layer_count_; }
  uint32_t tail_rows() const { return row_count() - starts_[layer_count_]; }

  // `words` has room for all layers, zero so far; `tail` and `order` for the block's tail and rows.
  void write(uint64_t* words, uint16_t* tail, uint32_t* order) const {
    auto next = starts_;
    for_each_row([&](uint32_t i, uint32_t rank) {
      const auto low = static_cast<uint16_t>(items_[i] >> 32);
      const uint32_t layer = std::min(rank, layer_count_);
      if (layer < layer_count_) {
        words[layer * kLayerWords + (low >> 6)] |= uint64_t{1} << (low & 63);
      } else {
        tail[next[layer] - starts_[layer_count_]] = low;
      }
      order[next[layer]++] = static_cast<uint32_t>(items_[i]);
    });
  }

 private:
  // Calls visit(i, how many rows of the same ordinal come before).
  template <class F>
  void for_each_row(F visit) const {
    uint32_t rank = 0;
    for (uint32_t i = 0; i < items_.size(); ++i) {
      rank = i != 0 && items_[i] >> 32 == items_[i - 1] >> 32 ? rank + 1 : 0;
      visit(i, rank);
    }
  }

  std::span<const uint64_t> items_;
  std::array<uint32_t, kMostLayers + 1> starts_{};  // row of each layer's start, then of the tail's
  uint32_t layer_count_ = 0;
};

}  // namespace

RowsColumn::RowsColumn(BytesView bytes, uint32_t seal) {
  const Section section = open_section(bytes, SectionKind::kRows, seal);
  ByteReader directory(section.directory);
  const auto block_count = directory.get<uint32_t>();
  std::vector<BlockEntry> entries(directory.remaining() / sizeof(BlockEntry));
  if (entries.size() != block_count) throw_corrupted("A rows column's directory has the wrong length.");
  if (block_count != 0) {
    std::memcpy(entries.data(), directory.take_array(block_count, sizeof(BlockEntry)).data(),
                block_count * sizeof(BlockEntry));
  }
  directory.expect_end();
  uint64_t layers = 0;
  uint64_t tail_rows = 0;
  for (const BlockEntry& entry : entries) {
    layers += entry.layers;
    tail_rows += entry.tail_rows;
  }
  ByteReader payload(section.payload);
  const auto word_bytes = payload.take_array(layers, kLayerWords * 8);
  const auto tail_bytes = payload.take_array(tail_rows, sizeof(uint16_t));
  payload.expect_end();
  words_.resize(layers * kLayerWords);
  if (layers != 0) std::memcpy(words_.data(), word_bytes.data(), word_bytes.size());
  tails_.resize(tail_rows);
  if (tail_rows != 0) std::memcpy(tails_.data(), tail_bytes.data(), tail_bytes.size());

  static const MeasureLayer measure = measure_layer_kernel();
  layers_.resize(layers);
  blocks_.reserve(block_count);
  size_t layer = 0;
  size_t tail = 0;
  for (const BlockEntry& entry : entries) {
    if (!blocks_.empty() && blocks_.back().block >= entry.block)
      throw_corrupted("A rows column's blocks are out of order.");
    BlockView view{entry.block,
                   row_count_,
                   0,
                   std::span(layers_).subspan(layer, entry.layers),
                   std::span(tails_).subspan(tail, entry.tail_rows),
                   0};
    const uint64_t* previous = nullptr;
    for (size_t end = layer + entry.layers; layer < end; ++layer) {
      const uint64_t* words = words_.data() + layer * kLayerWords;
      const uint32_t rows = measure(words, previous);
      if (rows < kDenseLayerRows) throw_corrupted("A rows column has a layer that is not nested or too small.");
      layers_[layer] = {words, row_count_, rows};
      row_count_ += rows;
      if (row_count_ > section.row_count) throw_corrupted("A rows column's layers have too many rows.");
      previous = words;
    }
    check_tail(view.tail, previous);
    view.tail_first_row = row_count_;
    tail += entry.tail_rows;
    if (entry.tail_rows > section.row_count - row_count_) throw_corrupted("A rows column's tails have too many rows.");
    row_count_ += entry.tail_rows;
    view.row_count = row_count_ - view.first_row;
    if (view.row_count == 0) throw_corrupted("A rows column has a block without rows.");
    blocks_.push_back(view);
  }
  if (row_count_ != section.row_count) throw_corrupted("A rows column has fewer rows than it says.");
}

std::span<const BlockView> RowsColumn::blocks_of_tile(uint32_t tile) const {
  const auto first = std::partition_point(blocks_.begin(), blocks_.end(),
                                          [&](const BlockView& view) { return view.block / kBlocksPerTile < tile; });
  const auto end =
      std::find_if(first, blocks_.end(), [&](const BlockView& view) { return view.block / kBlocksPerTile != tile; });
  return {first, end};
}

std::vector<Ordinal> RowsColumn::ordinals() const {
  std::vector<Ordinal> ordinals(row_count_);
  size_t row = 0;
  for (const BlockView& view : blocks_) {
    const Ordinal first = view.block << kBlockBits;
    for (const LayerView& layer : view.layers) {
      for (uint32_t i = 0; i < kLayerWords; ++i) {
        for (uint64_t word = layer.words[i]; word != 0; word &= word - 1) {
          ordinals[row++] = first | (i * 64 + static_cast<uint32_t>(std::countr_zero(word)));
        }
      }
    }
    for (const uint16_t low : view.tail) ordinals[row++] = first | low;
  }
  return ordinals;
}

Bytes encode_rows(std::span<const Ordinal> ordinals, std::vector<uint32_t>& order) {
  const std::vector<uint64_t> items = sort_by_ordinal(ordinals);
  std::vector<BlockLayout> blocks;
  std::vector<BlockEntry> entries;
  uint64_t layers = 0;
  uint64_t tail_rows = 0;
  for (size_t first = 0; first < items.size();) {
    size_t end = first + 1;
    while (end < items.size() && block_of_item(items[end]) == block_of_item(items[first])) ++end;
    const BlockLayout& block = blocks.emplace_back(std::span(items).subspan(first, end - first));
    entries.push_back({static_cast<uint16_t>(block_of_item(items[first])), static_cast<uint16_t>(block.layer_count()),
                       block.tail_rows()});
    layers += block.layer_count();
    tail_rows += block.tail_rows();
    first = end;
  }
  SectionWriter section(SectionKind::kRows, 0, static_cast<uint32_t>(ordinals.size()));
  section.body().put(static_cast<uint32_t>(entries.size()));
  section.body().put_array(std::span<const BlockEntry>(entries));
  section.end_directory(layers * kLayerWords * 8 + tail_rows * sizeof(uint16_t));

  std::vector<uint64_t> words(layers * kLayerWords);
  std::vector<uint16_t> tails(tail_rows);
  order.resize(ordinals.size());
  uint64_t* next_words = words.data();
  uint16_t* next_tail = tails.data();
  uint32_t* next_order = order.data();
  for (size_t i = 0; i < blocks.size(); ++i) {
    blocks[i].write(next_words, next_tail, next_order);
    next_words += size_t{entries[i].layers} * kLayerWords;
    next_tail += entries[i].tail_rows;
    next_order += blocks[i].row_count();
  }
  section.body().put_array(std::span<const uint64_t>(words));
  section.body().put_array(std::span<const uint16_t>(tails));
  return section.end_payload();
}

}  // namespace segments

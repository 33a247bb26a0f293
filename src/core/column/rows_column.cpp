// Directory: block count u32, per block {block u16, layers u16, tail rows u32}, then per layer its rows u32.
// Parts: the words of every block's first layer, of every block's second layer …; the ordinals of all tails.
// Layers are in the same order in the directory: layer by layer, not block by block.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "core/column/column.h"
#include "core/column/section.h"

namespace segments {
namespace {

constexpr size_t kLayerBytes = kLayerWords * sizeof(uint64_t);
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

uint32_t measure_layer_default(const uint64_t* words, const uint64_t* previous) { return measure_layer(words, previous); }

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

// A tail's rows are ascending, too few ordinals for a layer, and all in the block's last layer.  Damage of this kind
// has a right checksum and does no harm while reading, so it is looked for only before rows are written anew.
void check_tail(const BlockView& block) {
  uint32_t distinct = block.tail.empty() ? 0 : 1;
  for (size_t i = 1; i < block.tail.size(); ++i) {
    if (block.tail[i - 1] > block.tail[i]) throw_corrupted("A rows column's tail is out of order.");
    distinct += block.tail[i - 1] != block.tail[i];
  }
  if (distinct >= kDenseLayerRows) throw_corrupted("A rows column's tail should be a layer.");
  if (block.layers.empty()) return;
  const uint64_t* last_layer = block.layers.back().words;
  for (const uint16_t ordinal : block.tail) {
    if ((last_layer[ordinal >> 6] >> (ordinal & 63) & 1) == 0) {
      throw_corrupted("A rows column's tail has ordinals that its layers do not have.");
    }
  }
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

uint32_t block_of_item(uint64_t item) { return block_of(static_cast<Ordinal>(item >> 32)); }

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
  uint32_t rows_of_layer(uint32_t layer) const { return starts_[layer + 1] - starts_[layer]; }
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

struct RowsColumn::Directory {
  explicit Directory(const SectionReader& section);
  uint64_t part_of_level(uint32_t level) const { return part_bytes(blocks_at[level] * kLayerBytes); }

  std::vector<BlockEntry> entries;
  std::vector<uint32_t> blocks_at;   // by level: how many blocks have it
  std::vector<uint32_t> layer_rows;  // level by level
  uint64_t tail_rows = 0;
  uint64_t layer_bytes = 0;  // of all parts with layers
};

RowsColumn::Directory::Directory(const SectionReader& section) {
  ByteReader reader(section.directory());
  const auto block_count = reader.get<uint32_t>();
  const BytesView stored_entries = reader.take_array(block_count, sizeof(BlockEntry));
  entries.resize(block_count);
  if (block_count != 0) std::memcpy(entries.data(), stored_entries.data(), stored_entries.size());
  uint64_t rows = 0;
  uint64_t layers = 0;
  for (size_t i = 0; i < entries.size(); ++i) {
    const BlockEntry& entry = entries[i];
    if (i != 0 && entries[i - 1].block >= entry.block) throw_corrupted("A rows column's blocks are out of order.");
    if (entry.layers > kMostLayers) throw_corrupted("A rows column has too many layers.");
    if (entry.layers == 0 && entry.tail_rows == 0) throw_corrupted("A rows column has a block without rows.");
    if (blocks_at.size() < entry.layers) blocks_at.resize(entry.layers);
    for (uint32_t level = 0; level < entry.layers; ++level) ++blocks_at[level];
    layers += entry.layers;
    tail_rows += entry.tail_rows;
  }
  const BytesView stored_rows = reader.take_array(layers, sizeof(uint32_t));
  reader.expect_end();
  layer_rows.resize(layers);
  if (layers != 0) std::memcpy(layer_rows.data(), stored_rows.data(), stored_rows.size());
  for (const uint32_t layer : layer_rows) {
    if (layer < kDenseLayerRows || layer > kBlockSize) throw_corrupted("A rows column has a layer of impossible size.");
    rows += layer;
  }
  if (rows + tail_rows != section.row_count()) throw_corrupted("A rows column has more or fewer rows than it says.");
  for (uint32_t level = 0; level < blocks_at.size(); ++level) layer_bytes += part_of_level(level);
  section.expect_payload(layer_bytes + part_bytes(tail_rows * sizeof(uint16_t)));
}

RowsColumn::RowsColumn(ColumnSource& source, uint32_t most) {
  const SectionReader section(source, SectionKind::kRows);
  const Directory directory(section);
  row_count_ = section.row_count();
  const auto levels = static_cast<uint32_t>(std::min<size_t>(most, directory.blocks_at.size()));
  const bool with_tails = std::any_of(directory.entries.begin(), directory.entries.end(),
                                      [&](const BlockEntry& entry) { return entry.layers < most && entry.tail_rows != 0; });
  read_layers(section, directory, levels);
  if (with_tails) read_tails(section, directory);
  make_views(directory, levels, with_tails);
}

void RowsColumn::read_layers(const SectionReader& section, const Directory& directory, uint32_t levels) {
  uint64_t length = 0;
  for (uint32_t level = 0; level < levels; ++level) length += directory.part_of_level(level);
  words_ = section.read(0, length);
  uint64_t offset = 0;
  for (uint32_t level = 0; level < levels; ++level) {
    section.check_part(words_, offset, directory.blocks_at[level] * kLayerBytes);
    offset += directory.part_of_level(level);
  }
}

void RowsColumn::read_tails(const SectionReader& section, const Directory& directory) {
  tails_ = section.read_part(directory.layer_bytes, directory.tail_rows * sizeof(uint16_t));
}

void RowsColumn::make_views(const Directory& directory, uint32_t levels, bool with_tails) {
  static const MeasureLayer measure = measure_layer_kernel();
  // Where the next layer of each level stands: its words and its rows.
  std::vector<const uint64_t*> next_words(levels);
  std::vector<const uint32_t*> next_rows(directory.blocks_at.size());
  const uint64_t* words = words_.words();
  const uint32_t* rows = directory.layer_rows.data();
  size_t layers = 0;
  for (uint32_t level = 0; level < directory.blocks_at.size(); ++level) {
    next_rows[level] = rows;
    rows += directory.blocks_at[level];
    if (level >= levels) continue;
    next_words[level] = words;
    words += directory.part_of_level(level) / sizeof(uint64_t);
    layers += directory.blocks_at[level];
  }
  layers_.reserve(layers);
  blocks_.reserve(directory.entries.size());
  const auto* tail = reinterpret_cast<const uint16_t*>(tails_.words());
  uint32_t row = 0;
  for (const BlockEntry& entry : directory.entries) {
    BlockView view{entry.block, row, 0, {}, {}, 0};
    const size_t first_layer = layers_.size();
    const uint64_t* previous = nullptr;
    for (uint32_t level = 0; level < entry.layers; ++level) {
      const uint32_t layer_rows = *next_rows[level]++;
      if (level < levels) {
        const uint64_t* layer = std::exchange(next_words[level], next_words[level] + kLayerWords);
        if (measure(layer, previous) != layer_rows) {
          throw_corrupted("A rows column has a layer that is not nested or of another size.");
        }
        layers_.push_back({layer, row, layer_rows});
        previous = layer;
      }
      row += layer_rows;
    }
    view.layers = std::span(layers_).subspan(first_layer);
    view.tail_first_row = row;
    if (with_tails) view.tail = {std::exchange(tail, tail + entry.tail_rows), entry.tail_rows};
    row += entry.tail_rows;
    view.row_count = row - view.first_row;
    blocks_.push_back(view);
  }
}

std::span<const BlockView> RowsColumn::blocks_of_tile(uint32_t tile) const {
  const auto first = std::partition_point(blocks_.begin(), blocks_.end(),
                                          [&](const BlockView& view) { return view.block / kBlocksPerTile < tile; });
  const auto end = std::find_if(first, blocks_.end(), [&](const BlockView& view) { return view.block / kBlocksPerTile != tile; });
  return {first, end};
}

std::vector<Ordinal> RowsColumn::ordinals() const {
  std::vector<Ordinal> ordinals(row_count_);
  size_t row = 0;
  for (const BlockView& view : blocks_) {
    check_tail(view);
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
  uint32_t levels = 0;
  uint64_t layers = 0;
  uint64_t tail_rows = 0;
  for (size_t first = 0; first < items.size();) {
    size_t end = first + 1;
    while (end < items.size() && block_of_item(items[end]) == block_of_item(items[first])) ++end;
    const BlockLayout& block = blocks.emplace_back(std::span(items).subspan(first, end - first));
    entries.push_back(
        {static_cast<uint16_t>(block_of_item(items[first])), static_cast<uint16_t>(block.layer_count()), block.tail_rows()});
    levels = std::max(levels, block.layer_count());
    layers += block.layer_count();
    tail_rows += block.tail_rows();
    first = end;
  }
  std::vector<uint64_t> words(layers * kLayerWords);
  std::vector<uint16_t> tails(tail_rows);
  order.resize(ordinals.size());
  uint64_t* next_words = words.data();
  uint16_t* next_tail = tails.data();
  uint32_t* next_order = order.data();
  std::vector<const uint64_t*> words_of_block;
  for (size_t i = 0; i < blocks.size(); ++i) {
    blocks[i].write(next_words, next_tail, next_order);
    words_of_block.push_back(next_words);
    next_words += size_t{entries[i].layers} * kLayerWords;
    next_tail += entries[i].tail_rows;
    next_order += blocks[i].row_count();
  }

  SectionWriter section(SectionKind::kRows, 0, static_cast<uint32_t>(ordinals.size()));
  section.body().put(static_cast<uint32_t>(entries.size()));
  section.body().put_array(std::span<const BlockEntry>(entries));
  for (uint32_t level = 0; level < levels; ++level) {
    for (const BlockLayout& block : blocks) {
      if (level < block.layer_count()) section.body().put(block.rows_of_layer(level));
    }
  }
  section.end_directory();
  for (uint32_t level = 0; level < levels; ++level) {
    for (size_t i = 0; i < blocks.size(); ++i) {
      if (level >= blocks[i].layer_count()) continue;
      section.body().put_array(std::span(words_of_block[i] + level * kLayerWords, kLayerWords));
    }
    section.end_part();
  }
  section.body().put_array(std::span<const uint16_t>(tails));
  section.end_part();
  return section.end();
}

}  // namespace segments

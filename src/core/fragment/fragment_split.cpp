// encode_fragments: divides rows along the tree of tile ranges until each part fits into one fragment.
#include <algorithm>
#include <array>
#include <numeric>

#include "core/fragment/fragment.h"
#include "core/fragment/tile_tree.h"

namespace segments {
namespace {

// Beyond this, the distinct values of one field are divided further although the rows would fit: columns stay storable.
constexpr uint64_t kMostDictionaryBytes = uint64_t{256} << 20;

class FragmentSplitter {
 public:
  FragmentSplitter(const RowTable& table, Interrupt& interrupt, const std::function<void(EncodedFragment&&)>& emit)
      : table_(table), interrupt_(interrupt), emit_(emit) {
    for (const DecodedField& field : table.fields) {
      if (field.dictionary.kind() == ValueKind::kBytes && field.dictionary.memory_bytes() > kMostDictionaryBytes) {
        bulky_fields_.push_back(&field);
      }
    }
  }

  void split(std::vector<uint32_t>&& rows) {
    if (rows.empty()) return;
    interrupt_.poll();
    if (fits(rows)) {
      emit_(encode_fragment(table_, rows));
      return;
    }
    Ordinal first = UINT32_MAX;
    Ordinal last = 0;
    for (const uint32_t row : rows) {
      first = std::min(first, table_.ordinals[row]);
      last = std::max(last, table_.ordinals[row]);
    }
    const TileNode node = covering_node(tile_of(first), tile_of(last));
    if (node.level > 0) {
      split_by_child(node, std::move(rows));
    } else {
      split_by_time(std::move(rows));
    }
  }

 private:
  bool fits(std::span<const uint32_t> rows) const {
    if (rows.size() > kMaxFragmentRows) return false;
    if (rows.size() == 1) return true;
    return std::all_of(bulky_fields_.begin(), bulky_fields_.end(), [&](const DecodedField* field) {
      std::vector<uint32_t> codes;
      for (const uint32_t row : rows) {
        if (field->codes[row] != 0) codes.push_back(field->codes[row]);
      }
      std::sort(codes.begin(), codes.end());
      codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
      uint64_t bytes = 0;
      for (const uint32_t code : codes) bytes += field->dictionary.bytes(code - 1).size();
      return bytes <= kMostDictionaryBytes;
    });
  }

  void split_by_child(const TileNode& node, std::vector<uint32_t>&& rows) {
    std::array<std::vector<uint32_t>, kMergeFanOut> children;
    for (const uint32_t row : rows) children[child_of(node, tile_of(table_.ordinals[row]))].push_back(row);
    std::vector<uint32_t>().swap(rows);
    for (std::vector<uint32_t>& child : children) split(std::move(child));
  }

  void split_by_time(std::vector<uint32_t>&& rows) {
    const size_t pieces = std::max<size_t>(2, (rows.size() + kMaxFragmentRows - 1) / kMaxFragmentRows);
    std::sort(rows.begin(), rows.end(), [&](uint32_t a, uint32_t b) {
      return table_.times[a] != table_.times[b] ? table_.times[a] < table_.times[b] : a < b;
    });
    for (size_t piece = 0; piece < pieces; ++piece) {
      const auto first = rows.begin() + static_cast<ptrdiff_t>(rows.size() * piece / pieces);
      const auto end = rows.begin() + static_cast<ptrdiff_t>(rows.size() * (piece + 1) / pieces);
      std::vector<uint32_t> part(first, end);
      std::sort(part.begin(), part.end());  // columns are gathered faster in memory order
      split(std::move(part));
    }
  }

  const RowTable& table_;
  Interrupt& interrupt_;
  const std::function<void(EncodedFragment&&)>& emit_;
  std::vector<const DecodedField*> bulky_fields_;
};

}  // namespace

void encode_fragments(const RowTable& table, Interrupt& interrupt, const std::function<void(EncodedFragment&&)>& emit) {
  std::array<std::vector<uint32_t>, kShardCount> shards;
  for (uint32_t row = 0; row < table.row_count(); ++row) {
    shards[shard_of_tile(tile_of(table.ordinals[row]))].push_back(row);
  }
  FragmentSplitter splitter(table, interrupt, emit);
  for (std::vector<uint32_t>& rows : shards) splitter.split(std::move(rows));
}

}  // namespace segments

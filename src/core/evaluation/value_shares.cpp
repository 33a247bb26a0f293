#include "core/evaluation/value_shares.h"

#include <algorithm>
#include <bit>
#include <memory>

#include "core/column/byte_reader.h"
#include "core/evaluation/fragment_reader.h"

namespace segments {
namespace {

constexpr uint32_t kNobody = UINT32_MAX;
constexpr uint32_t kNoGroup = FieldValues::kNoGroup;
// Pairs of profile and value that are gathered before repeated ones are dropped.
constexpr size_t kMostPairs = size_t{2} << 20;

// The values of a field, one profile's side by side.
class PairCollector {
 public:
  void add(uint32_t profile, uint32_t group) {
    pairs_.push_back(uint64_t{profile} << 32 | group);
    if (pairs_.size() >= limit_) {
      compact();
      limit_ = std::max(kMostPairs, 2 * pairs_.size());
    }
  }
  // Ascending.
  const std::vector<uint64_t>& pairs() {
    compact();
    return pairs_;
  }

 private:
  void compact() {
    std::ranges::sort(pairs_);
    pairs_.erase(std::unique(pairs_.begin(), pairs_.end()), pairs_.end());
  }

  std::vector<uint64_t> pairs_;
  size_t limit_ = kMostPairs;
};

// The groups of a dictionary's codes: those of equal values of the plan.
std::vector<uint32_t> groups_of(const FieldValues& field, const Dictionary& dictionary) {
  if (dictionary.kind() != field.kind) throw_corrupted("A dictionary holds values of another kind.");
  std::vector<uint32_t> groups(dictionary.size() + 1, kNoGroup);
  for (uint32_t i = 0; i < dictionary.size(); ++i) {
    if (field.kind == ValueKind::kBytes) {
      const std::string_view value = dictionary.bytes(i);
      const auto found = std::ranges::lower_bound(field.texts, value);
      if (found != field.texts.end() && *found == value)
        groups[i + 1] = field.groups[static_cast<size_t>(found - field.texts.begin())];
    } else {
      const auto found = std::ranges::lower_bound(field.integers, dictionary.integer(i));
      if (found != field.integers.end() && *found == dictionary.integer(i)) {
        groups[i + 1] = field.groups[static_cast<size_t>(found - field.integers.begin())];
      }
    }
  }
  return groups;
}

class ShareCounter {
 public:
  ShareCounter(const EvaluationPlan& plan, uint32_t tile, const ProfileMap& map)
      : as_of_(plan.as_of), first_of_(kTileSize, kNobody) {
    groups_[0] = plan.ordinal_sets.at(0).to_dense(tile);
    groups_[0] &= map.profiles();
    groups_[1] = plan.ordinal_sets.size() > 1 ? plan.ordinal_sets[1].to_dense(tile) : map.profiles();
    groups_[1] &= map.profiles();
    groups_[1] -= groups_[0];
    map.profiles().for_each([&](uint32_t first) {
      if (!groups_[0].contains(first) && !groups_[1].contains(first)) return;
      first_of_[first] = first;
      for (uint32_t distance = 1; distance <= ProfileMap::kMaxDistance && first + distance < kTileSize; ++distance) {
        if (map.at_distance(distance).contains(first + distance)) first_of_[first + distance] = first;
      }
    });
    for (const auto& [further, first] : map.distant()) first_of_[further] = first_of_[first];
  }

  uint64_t size(uint32_t group) const { return groups_[group].cardinality(); }

  void add(const FieldValues& field, FragmentReader& reader, const FragmentSource& source, PairCollector& pairs) const {
    if (reader.blocks().empty() || source.min_time() > as_of_) return;
    const RowSet* counting = source.max_time() > as_of_ ? &reader.select_window({kMinusInfinity, as_of_}) : nullptr;
    const auto add_row = [&](uint32_t row, uint32_t offset, uint32_t group) {
      if (group != kNoGroup && (counting == nullptr || counting->contains(row))) add_pair(offset, group, pairs);
    };
    if (!source.has_column(field.field)) {
      const uint32_t group = field.field > source.known_fields() ? field.missing_group : kNoGroup;
      if (group != kNoGroup) for_each_row(reader, [&](uint32_t row, uint32_t offset) { add_row(row, offset, group); });
      return;
    }
    FieldColumn& column = reader.field(field.field);
    const std::vector<uint32_t> group_of_code = groups_of(field, column.dictionary());
    const std::vector<uint32_t> codes = column.codes();
    for_each_row(reader, [&](uint32_t row, uint32_t offset) { add_row(row, offset, group_of_code.at(codes.at(row))); });
  }

  ValueShares count(const FieldValues& field, PairCollector& collector) const {
    ValueShares shares;
    for (uint32_t group = 0; group < 2; ++group) {
      shares.having[group].resize(field.group_count);
      shares.largest[group].resize(field.group_count);
    }
    const std::vector<uint64_t>& pairs = collector.pairs();
    for (size_t i = 0; i < pairs.size(); ++i) {
      const auto profile = static_cast<uint32_t>(pairs[i] >> 32);
      const auto value = static_cast<uint32_t>(pairs[i]);
      const uint32_t group = groups_[0].contains(profile) ? 0 : 1;
      ++shares.having[group][value];
      if (i + 1 == pairs.size() || pairs[i + 1] >> 32 != profile) ++shares.largest[group][value];
    }
    return shares;
  }

 private:
  void add_pair(uint32_t offset, uint32_t group, PairCollector& pairs) const {
    if (first_of_[offset] != kNobody) pairs.add(first_of_[offset], group);
  }

  template <class F>
  static void for_each_row(FragmentReader& reader, F visit) {
    for (const BlockView& block : reader.blocks()) {
      const uint32_t first = block.block % kBlocksPerTile * kBlockSize;
      for (const LayerView& layer : block.layers) {
        uint32_t row = layer.first_row;
        for (uint32_t word = 0; word < kLayerWords; ++word) {
          for (uint64_t bits = layer.words[word]; bits != 0; bits &= bits - 1) {
            visit(row++, first + word * 64 + static_cast<uint32_t>(std::countr_zero(bits)));
          }
        }
      }
      for (size_t i = 0; i < block.tail.size(); ++i)
        visit(block.tail_first_row + static_cast<uint32_t>(i), first + block.tail[i]);
    }
  }

  Timestamp as_of_;
  DenseSet groups_[2];
  std::vector<uint32_t> first_of_;  // by record: the profile it belongs to, if that is in a group
};

}  // namespace

TileShares value_shares(const EvaluationPlan& plan, Restrictions& restrictions, uint32_t tile, const ProfileMap& map,
                        const std::vector<FragmentSource*>& fragments, Interrupt& interrupt) {
  const auto counter = std::make_unique<ShareCounter>(plan, tile, map);
  TileShares shares{{counter->size(0), counter->size(1)}, {}};
  for (const FieldValues& field : plan.field_values) {
    PairCollector pairs;
    for (FragmentSource* source : fragments) {
      if (source->type_id() != field.type_id) continue;
      interrupt.poll();
      FragmentReader reader(*source, tile, restrictions);
      counter->add(field, reader, *source, pairs);
    }
    shares.fields.push_back(counter->count(field, pairs));
  }
  return shares;
}

}  // namespace segments

#include <algorithm>
#include <bit>

#include "core/error.h"
#include "core/plan/compact_number.h"
#include "core/column/layer_bits.h"
#include "core/evaluation/tile_evaluator.h"

namespace segments {
namespace {

// magic u32 | version u16 | sets, counts, nodes, counters, evidence, shares, value counts, each as a count and its items
constexpr uint32_t kMagic = 0x52544753;  // "SGTR"
constexpr uint16_t kVersion = 1;

void put_values(ByteWriter& writer, const ValueCounts& counts) {
  writer.put(static_cast<uint8_t>(counts.is_too_large));
  writer.put(static_cast<uint8_t>(counts.values.kind()));
  put_number(writer, counts.rows.size());
  for (uint32_t i = 0; i < counts.rows.size(); ++i) {
    put_number(writer, counts.rows[i]);
    if (counts.values.kind() == ValueKind::kBytes) {
      const std::string_view value = counts.values.bytes(i);
      put_string(writer, {reinterpret_cast<const uint8_t*>(value.data()), value.size()});
    } else {
      put_signed(writer, counts.values.integer(i));
    }
  }
}

// Values ascend, and rows have them.
ValueCounts get_values(ByteReader& reader) {
  ValueCounts counts;
  const auto is_too_large = reader.get<uint8_t>();
  const auto kind = reader.get<uint8_t>();
  if (is_too_large > 1 || kind > static_cast<uint8_t>(ValueKind::kBytes))
    throw_corrupted("A result has an unknown kind of part.");
  counts.is_too_large = is_too_large != 0;
  std::vector<int64_t> integers;
  std::vector<uint32_t> ends;
  Bytes blob;
  std::string_view last;
  for (size_t rest = get_count(reader, 2); rest > 0; --rest) {
    counts.rows.push_back(get_number(reader));
    bool ascends = counts.rows.back() > 0;
    if (kind == static_cast<uint8_t>(ValueKind::kBytes)) {
      const std::span<const uint8_t> bytes = get_string(reader);
      const std::string_view value(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      ascends = ascends && (ends.empty() || last < value);
      last = value;
      blob.insert(blob.end(), bytes.begin(), bytes.end());
      ends.push_back(static_cast<uint32_t>(blob.size()));
    } else {
      const int64_t value = get_signed(reader);
      ascends = ascends && (integers.empty() || integers.back() < value);
      integers.push_back(value);
    }
    if (!ascends) throw_corrupted("Values of a result are not in order.");
  }
  counts.values = kind == static_cast<uint8_t>(ValueKind::kBytes)
                      ? Dictionary::of_bytes(std::move(ends), std::move(blob))
                      : Dictionary::of_integers(static_cast<ValueKind>(kind), std::move(integers));
  return counts;
}

// Adds the items of `other` to those of `own`, by index; takes them over if there are none yet.
template <class T, class F>
void add_items(std::vector<T>& own, std::vector<T>&& other, F add) {
  if (other.empty()) return;
  if (own.empty()) {
    own = std::move(other);
    return;
  }
  if (own.size() != other.size()) throw Error(ErrorCode::kInternal, "results of different plans cannot be added");
  for (size_t i = 0; i < own.size(); ++i) add(own[i], other[i]);
}

void add_rows(const BlockView& block, const ProfileMap& map, RowCounts& counts) {
  const uint32_t first_word = block.block % kBlocksPerTile * kLayerWords;
  const uint64_t* linked = map.linked().words().data() + first_word;
  const uint64_t* dead = map.dead().words().data() + first_word;
  for (const LayerView& layer : block.layers) {
    for (uint32_t i = 0; i < kLayerWords; ++i) {
      counts.linked += std::popcount(layer.words[i] & linked[i]);
      counts.live += std::popcount(layer.words[i] & ~dead[i]);
    }
  }
  for (const uint16_t ordinal : block.tail) {
    counts.linked += linked[ordinal >> 6] >> (ordinal & 63) & 1;
    counts.live += ~dead[ordinal >> 6] >> (ordinal & 63) & 1;
  }
}

}  // namespace

Bytes TileResult::encode() const {
  ByteWriter writer;
  writer.put(kMagic);
  writer.put(kVersion);
  put_number(writer, sets.size());
  for (const ProfileSet& set : sets) put_set(writer, set);
  put_number(writer, counts.size());
  for (const uint64_t count : counts) put_number(writer, count);
  put_number(writer, nodes.size());
  for (const NodeWork& node : nodes) {
    put_number(writer, node.members);
    put_number(writer, node.nanoseconds);
  }
  put_number(writer, counters.size());
  for (const CounterWork& counter : counters) {
    put_number(writer, counter.fragments_read);
    put_number(writer, counter.fragments_pruned);
    put_number(writer, counter.rows_scanned);
    put_number(writer, counter.nanoseconds);
  }
  put_number(writer, evidence.size());
  for (const std::vector<Timestamp>& times : evidence) {
    put_number(writer, times.size());
    for (const Timestamp time : times) put_signed(writer, time);
  }
  put_number(writer, shares.size());
  for (const ValueShares& field : shares) {
    put_number(writer, field.having[0].size());
    for (size_t i = 0; i < field.having[0].size(); ++i) {
      for (const auto* counted : {&field.having[0], &field.having[1], &field.largest[0], &field.largest[1]}) {
        put_number(writer, (*counted)[i]);
      }
    }
  }
  put_number(writer, value_counts.size());
  for (const ValueCounts& field : value_counts) put_values(writer, field);
  return writer.take();
}

TileResult TileResult::decode(BytesView bytes) {
  ByteReader reader(bytes);
  if (reader.get<uint32_t>() != kMagic) throw_corrupted("The bytes are not the result of an evaluation.");
  if (reader.get<uint16_t>() != kVersion) throw_corrupted("The result of an evaluation has an unknown version.");
  TileResult result;
  for (size_t rest = get_count(reader); rest > 0; --rest) result.sets.push_back(get_set(reader));
  for (size_t rest = get_count(reader); rest > 0; --rest) result.counts.push_back(get_number(reader));
  for (size_t rest = get_count(reader, 2); rest > 0; --rest) {
    NodeWork& node = result.nodes.emplace_back();
    node.members = get_number(reader);
    node.nanoseconds = get_number(reader);
  }
  for (size_t rest = get_count(reader, 4); rest > 0; --rest) {
    CounterWork& counter = result.counters.emplace_back();
    counter.fragments_read = get_number(reader);
    counter.fragments_pruned = get_number(reader);
    counter.rows_scanned = get_number(reader);
    counter.nanoseconds = get_number(reader);
  }
  for (size_t rest = get_count(reader); rest > 0; --rest) {
    std::vector<Timestamp>& times = result.evidence.emplace_back();
    for (size_t more = get_count(reader); more > 0; --more) times.push_back(get_signed(reader));
  }
  for (size_t rest = get_count(reader); rest > 0; --rest) {
    ValueShares& field = result.shares.emplace_back();
    for (size_t more = get_count(reader, 4); more > 0; --more) {
      for (auto* counted : {&field.having[0], &field.having[1], &field.largest[0], &field.largest[1]}) {
        counted->push_back(get_number(reader));
      }
    }
  }
  for (size_t rest = get_count(reader, 3); rest > 0; --rest) result.value_counts.push_back(get_values(reader));
  reader.expect_end();
  return result;
}

void TileResult::add(TileResult&& other) {
  add_items(sets, std::move(other.sets), [](ProfileSet& own, const ProfileSet& more) { own |= more; });
  add_items(counts, std::move(other.counts), [](uint64_t& own, uint64_t more) { own += more; });
  add_items(nodes, std::move(other.nodes), [](NodeWork& own, const NodeWork& more) {
    own.members += more.members;
    own.nanoseconds += more.nanoseconds;
  });
  add_items(counters, std::move(other.counters), [](CounterWork& own, const CounterWork& more) {
    own.fragments_read += more.fragments_read;
    own.fragments_pruned += more.fragments_pruned;
    own.rows_scanned += more.rows_scanned;
    own.nanoseconds += more.nanoseconds;
  });
  add_items(evidence, std::move(other.evidence), [](std::vector<Timestamp>& own, const std::vector<Timestamp>& more) {
    const auto middle = static_cast<ptrdiff_t>(own.size());
    own.insert(own.end(), more.begin(), more.end());
    std::inplace_merge(own.begin(), own.begin() + middle, own.end());
  });
  add_items(value_counts, std::move(other.value_counts), [](ValueCounts& own, const ValueCounts& more) { own.add(more); });
  add_items(shares, std::move(other.shares), [](ValueShares& own, const ValueShares& more) {
    const auto add_counts = [](std::vector<uint64_t>& to, const std::vector<uint64_t>& from) {
      if (to.size() != from.size()) throw Error(ErrorCode::kInternal, "results of different plans cannot be added");
      for (size_t i = 0; i < to.size(); ++i) to[i] += from[i];
    };
    for (int group = 0; group < 2; ++group) {
      add_counts(own.having[group], more.having[group]);
      add_counts(own.largest[group], more.largest[group]);
    }
  });
}

RowCounts count_rows(const RowsColumn& rows, uint32_t tile, const ProfileMap& map) {
  RowCounts counts;
  for (const BlockView& block : rows.blocks_of_tile(tile)) add_rows(block, map, counts);
  return counts;
}

}  // namespace segments

#include "core/evaluation/profile_map.h"

#include <algorithm>

#include "core/error.h"
#include "core/plan/compact_number.h"
#include "core/column/checksum.h"

namespace segments {
namespace {

// magic u32 | version u16 | distances u16 (bit d - 1: a set for distance d follows) | profiles, dead, one set per
// distance | distant pairs: count, then (further - previous further, further - first) | crc u32 of everything before
constexpr uint32_t kMagic = 0x4d504753;  // "SGPM"
constexpr uint16_t kVersion = 1;
constexpr size_t kChecksumBytes = 4;

DenseSet get_dense(ByteReader& reader) {
  const ProfileSet set = get_set(reader);
  if (set.maximum().value_or(0) >= kTileSize) throw_corrupted("A profile map reaches past its tile.");
  return set.to_dense(0);
}

bool disjoint(const DenseSet& a, const DenseSet& b) {
  uint64_t both = 0;
  for (uint32_t i = 0; i < DenseSet::kWords; ++i) both |= a.words()[i] & b.words()[i];
  return both == 0;
}

// Whether each member minus `distance` is a profile.
bool all_follow(const DenseSet& further, uint32_t distance, const DenseSet& profiles) {
  uint64_t astray = 0;
  uint64_t previous = 0;
  for (uint32_t i = 0; i < DenseSet::kWords; ++i) {
    const uint64_t word = profiles.words()[i];
    astray |= further.words()[i] & ~(word << distance | previous >> (64 - distance));
    previous = word;
  }
  return astray == 0;
}

[[noreturn]] void throw_misuse(const char* detail) { throw Error(ErrorCode::kInternal, "profile map used wrongly", detail); }

}  // namespace

Bytes ProfileMap::encode(uint32_t seal) const {
  uint16_t distances = 0;
  for (uint32_t d = 1; d <= kMaxDistance; ++d) {
    if (any_at_distance(d)) distances = static_cast<uint16_t>(distances | 1u << (d - 1));
  }
  ByteWriter writer;
  writer.put(kMagic);
  writer.put(kVersion);
  writer.put(distances);
  put_set(writer, ProfileSet::from_dense(0, profiles_));
  put_set(writer, ProfileSet::from_dense(0, dead_));
  for (uint32_t d = 1; d <= kMaxDistance; ++d) {
    if (any_at_distance(d)) put_set(writer, ProfileSet::from_dense(0, at_distance(d)));
  }
  put_number(writer, distant_.size());
  uint32_t previous = 0;
  for (const auto& [further, first] : distant_) {
    put_number(writer, further - previous);
    put_number(writer, further - first);
    previous = further;
  }
  writer.put(crc32c(writer.view()) ^ seal);
  return writer.take();
}

ProfileMap ProfileMap::decode(BytesView bytes, uint32_t seal) {
  if (bytes.size() < kChecksumBytes) throw_corrupted("The bytes end too early.");
  const BytesView content = bytes.first(bytes.size() - kChecksumBytes);
  ByteReader reader(content);
  if (reader.get<uint32_t>() != kMagic) throw_corrupted("The bytes are not a profile map.");
  if (reader.get<uint16_t>() != kVersion) throw_corrupted("The profile map has an unknown version.");
  const auto distances = reader.get<uint16_t>();
  if (distances >> kMaxDistance != 0) throw_corrupted("The profile map has an unknown distance.");
  if (ByteReader(bytes.last(kChecksumBytes)).get<uint32_t>() != (crc32c(content) ^ seal)) {
    throw_corrupted("The profile map's checksum does not match.");
  }

  ProfileMap map;
  map.profiles_ = get_dense(reader);
  map.dead_ = get_dense(reader);
  map.linked_ = map.profiles_;
  for (uint32_t d = 1; d <= kMaxDistance; ++d) {
    if ((distances >> (d - 1) & 1) == 0) continue;
    const DenseSet further = get_dense(reader);
    const uint32_t count = further.cardinality();
    if (count == 0) throw_corrupted("The profile map has an empty distance.");
    if (!disjoint(further, map.linked_)) throw_corrupted("A record belongs to two profiles.");
    if (!all_follow(further, d, map.profiles_)) throw_corrupted("A record belongs to no profile.");
    map.linked_ |= further;
    map.neighbours_[d - 1] = further;
    map.neighbour_counts_[d - 1] = count;
  }
  const size_t distant_count = get_count(reader, 2);
  map.distant_.reserve(std::min<size_t>(distant_count, kTileSize));
  uint32_t further = 0;
  for (size_t i = 0; i < distant_count; ++i) {
    further += static_cast<uint32_t>(get_number(reader, kTileSize - 1 - further));
    const uint64_t distance = get_number(reader, further);
    const uint32_t first = further - static_cast<uint32_t>(distance);
    if (distance <= kMaxDistance || !map.profiles_.contains(first)) throw_corrupted("A record belongs to no profile.");
    if (map.linked_.contains(further)) throw_corrupted("A record belongs to two profiles.");
    map.linked_.insert(further);
    map.distant_.emplace_back(further, first);
  }
  reader.expect_end();
  if (!disjoint(map.dead_, map.linked_)) throw_corrupted("A dead ordinal belongs to a profile.");
  return map;
}

void ProfileMap::link(std::span<const uint32_t> offsets) {
  if (offsets.empty()) throw_misuse("A profile needs a record.");
  for (size_t i = 0; i < offsets.size(); ++i) {
    if (offsets[i] >= kTileSize || (i > 0 && offsets[i] <= offsets[i - 1])) throw_misuse("Records must be ascending.");
    if (linked_.contains(offsets[i])) throw_misuse("A record is already linked.");
    if (dead_.contains(offsets[i])) throw_misuse("A dead ordinal cannot be linked.");
  }
  const uint32_t first = offsets[0];
  profiles_.insert(first);
  linked_.insert(first);
  for (const uint32_t further : offsets.subspan(1)) {
    linked_.insert(further);
    const uint32_t distance = further - first;
    if (distance <= kMaxDistance) {
      neighbours_[distance - 1].insert(further);
      ++neighbour_counts_[distance - 1];
    } else {
      const std::pair<uint32_t, uint32_t> pair(further, first);
      distant_.insert(std::ranges::lower_bound(distant_, pair), pair);
    }
  }
}

void ProfileMap::unlink_profile(uint32_t first) {
  if (first >= kTileSize || !profiles_.contains(first)) return;
  profiles_.remove(first);
  linked_.remove(first);
  for (uint32_t d = 1; d <= kMaxDistance && first + d < kTileSize; ++d) {
    if (!neighbours_[d - 1].contains(first + d)) continue;
    neighbours_[d - 1].remove(first + d);
    --neighbour_counts_[d - 1];
    linked_.remove(first + d);
  }
  std::erase_if(distant_, [&](const std::pair<uint32_t, uint32_t>& pair) {
    if (pair.second != first) return false;
    linked_.remove(pair.first);
    return true;
  });
}

std::optional<uint32_t> ProfileMap::unlink_record(uint32_t offset) {
  if (offset >= kTileSize || !linked_.contains(offset)) return std::nullopt;
  if (profiles_.contains(offset)) {
    std::vector<uint32_t> others;
    for (uint32_t d = 1; d <= kMaxDistance && offset + d < kTileSize; ++d) {
      if (neighbours_[d - 1].contains(offset + d)) others.push_back(offset + d);
    }
    for (const auto& [further, first] : distant_) {
      if (first == offset) others.push_back(further);
    }
    unlink_profile(offset);
    if (others.empty()) return std::nullopt;
    link(others);
    return others.front();
  }
  linked_.remove(offset);
  for (uint32_t d = 1; d <= kMaxDistance; ++d) {
    if (!neighbours_[d - 1].contains(offset)) continue;
    neighbours_[d - 1].remove(offset);
    --neighbour_counts_[d - 1];
  }
  std::erase_if(distant_, [&](const std::pair<uint32_t, uint32_t>& pair) { return pair.first == offset; });
  return std::nullopt;
}

void ProfileMap::mark_dead(uint32_t offset) {
  if (offset >= kTileSize || linked_.contains(offset)) throw_misuse("A linked record's ordinal cannot be dead.");
  dead_.insert(offset);
}

std::vector<uint32_t> ProfileMap::first_records() const {
  std::vector<uint32_t> firsts(kTileSize, kNobody);
  profiles_.for_each([&](uint32_t first) { firsts[first] = first; });
  for_each_further([&](uint32_t further, uint32_t first) { firsts[further] = first; });
  return firsts;
}

}  // namespace segments

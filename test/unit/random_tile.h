// Random tiles.
#pragma once
#include <set>

#include "unit/choices.h"
#include "unit/model_tile.h"

namespace segments::model {

inline Value random_value(Choices& choices, int16_t field) {
  static const char* const kTexts[] = {"",
                                       "a",
                                       "ab",
                                       "abc",
                                       "b",
                                       "B",
                                       "Mobile Safari",
                                       "a longer text than bounds hold",
                                       "a longer text than bounds hold, too",
                                       "\xff",
                                       "\xff\xff",
                                       "zz",
                                       "ab  "};
  switch (field) {
    case 1:
      return {choices.bulk(12), {}};
    case 2:
      return {0, kTexts[choices.bulk(13)]};
    case 3:
      return {float_to_ordered(choices.bulk(7) * 0.5 - 1), {}};
    default:
      return {int64_t{choices.bulk(2000)} * 1'000'003 - 1'000'000'000, {}};
  }
}

inline Timestamp random_time(Choices& choices) {
  const uint32_t kind = choices.bulk(200);
  if (kind == 0) return kMinusInfinity;
  if (kind == 1) return kPlusInfinity;
  return int64_t{choices.bulk(1000)} * 1'000'000;
}

// Offsets of `count` records: from the tile's start, around the seam of its blocks, before its end, or anywhere.
inline uint32_t random_offset(Choices& choices, uint32_t spread) {
  const uint32_t at = choices.bulk(std::min(spread, kBlockSize));
  switch (choices.bulk(8)) {
    case 0:
      return kTileSize - 1 - at;
    case 1:
      return kBlockSize + at;
    case 2:
      return kBlockSize - 1 - at;
    default:
      return at;
  }
}

inline void add_profiles(Choices& choices, uint32_t spread, Tile& tile) {
  std::set<uint32_t> taken;
  const uint32_t wanted = spread / 2 + 10;
  const uint32_t farthest = choices.chance(2) ? 12 : kTileSize;
  for (uint32_t i = 0; i < wanted; ++i) {
    uint32_t next = random_offset(choices, spread);
    std::vector<uint32_t> records;
    for (uint32_t rest = 1 + choices.bulk(5); rest > 0 && next < kTileSize; --rest) {
      if (taken.insert(next).second) records.push_back(next);
      next += 1 + choices.bulk(choices.bulk(16) == 0 ? farthest : 3);
    }
    if (records.empty()) continue;
    tile.map.link(records);
    if (choices.bulk(20) == 0) {
      tile.map.unlink_profile(records[0]);
      if (choices.bulk(2) == 0) tile.map.mark_dead(records[0]);
      continue;
    }
    tile.profiles.push_back(std::move(records));
  }
}

inline Tile random_tile(Choices& choices, uint32_t most_rows) {
  Tile tile;
  tile.number = choices.below(3);
  const uint32_t spread = 1 + choices.below(choices.chance(2) ? 200 : std::min(most_rows, kBlockSize));
  add_profiles(choices, spread, tile);
  for (uint32_t rest = choices.below(5); rest > 0; --rest) {
    Fragment& fragment = tile.fragments.emplace_back();
    fragment.type_id = static_cast<int32_t>(choices.below(3));
    fragment.known_fields = static_cast<int16_t>(choices.chance(3) ? choices.below(kFieldCount + 1) : kFieldCount);
    fragment.with_bounds = !choices.chance(3);
    const bool several_tiles = choices.chance(4);
    const bool narrow = choices.chance(4);
    const uint32_t row_count = 1 + choices.below(choices.chance(3) ? 300 : most_rows);
    for (uint32_t i = 0; i < row_count; ++i) {
      Row& row = fragment.rows.emplace_back();
      row.ordinal = random_offset(choices, spread) + first_ordinal(several_tiles ? choices.bulk(3) : tile.number);
      row.time = narrow ? int64_t{500'000'000} + choices.bulk(1000) : random_time(choices);
      for (int16_t field = 1; field <= fragment.known_fields; ++field) {
        if (narrow ? field != 2 : choices.bulk(8) != 0) row.values[field - 1] = random_value(choices, field);
      }
    }
  }
  return tile;
}

}  // namespace segments::model

#include "pg/erasure/lost_records.h"

#include <map>

#include "core/evaluation/unlinked_rows.h"
#include "pg/erasure/damage.h"
#include "pg/query/query.h"
#include "pg/run/change_context.h"
#include "pg/server/scratch.h"
#include "pg/store/fragment_identity.h"

namespace segments::pg {
namespace {

constexpr size_t kLookedUpAtATime = 100'000;

using TileSets = std::map<uint32_t, DenseSet>;

// By tile: ordinals that were given to records, and stand for nobody.
TileSets unlinked_ordinals(int16_t shard) {
  TileSets tiles;
  const Parameter parameters[] = {int2(shard), int8(kForever)};
  with_scratch([&] {
    run_streaming("SELECT tile, next_ordinal, profile_map FROM segments.tile WHERE shard = $1 AND to_refresh = $2", parameters,
                  {}, [&](const Datum* values, const bool*) {
                    const auto tile = static_cast<uint32_t>(DatumGetInt32(values[0]));
                    const ProfileMap map = open_map(tile, bytes_of(values[2]));
                    DenseSet unlinked;
                    const int64_t used = DatumGetInt64(values[1]) - static_cast<int64_t>(first_ordinal(tile));
                    for (uint32_t offset = 0; offset < used && offset < kTileSize; ++offset) unlinked.insert(offset);
                    unlinked -= map.linked();
                    unlinked -= map.dead();
                    if (unlinked.cardinality() != 0) tiles.emplace(tile, unlinked);
                  });
  });
  return tiles;
}

// Rows of the state that is published, or of one that is still being read.
void remove_those_with_rows(int16_t shard, TileSets& tiles, Interrupt& interrupt) {
  const Parameter parameters[] = {int2(shard)};
  run_streaming("SELECT " SEGMENTS_FRAGMENT_IDENTITY
                ", first_tile, last_tile, data FROM segments.fragment WHERE shard = $1 AND field = 0"
                " AND to_refresh > coalesce((SELECT refresh_id FROM segments.published), 0)",
                parameters, {}, [&](const Datum* values, const bool*) {
                  interrupt.poll();
                  const auto begin = tiles.lower_bound(static_cast<uint32_t>(DatumGetInt32(values[6])));
                  const auto end = tiles.upper_bound(static_cast<uint32_t>(DatumGetInt32(values[7])));
                  if (begin == end) return;
                  with_scratch([&] {
                    try {
                      const Bytes bytes = bytes_of(values[8]);
                      BytesSource source(bytes, seal_of_column(fragment_identity(values), kRowsColumn));
                      const RowsColumn column(source);
                      for (auto tile = begin; tile != end; ++tile) remove_with_rows(column, tile->first, tile->second);
                    } catch (const Error& error) {
                      if (error.code() != ErrorCode::kDataCorrupted) throw;
                      tiles.erase(begin, end);  // any of them may have rows
                    }
                  });
                });
}

// Of these ordinals, those that are of records.
void add_records(Persons& persons, const std::vector<int64_t>& ordinals) {
  with_scratch([&] {
    std::vector<char> key;
    const Parameter parameters[] = {int8_array(ordinals)};
    run_streaming(
        "SELECT ordinal, record_type, record_id FROM segments.record WHERE ordinal = ANY ($1) AND profile_id IS NULL"
        " AND ordinal NOT IN (SELECT to_ordinal FROM segments.moved_record)"
        " AND NOT EXISTS (SELECT FROM segments.previous_profile previous"
        "  WHERE previous.record_id = record.record_id AND previous.record_type = record.record_type)",
        parameters, {}, [&](const Datum* values, const bool*) {
          persons.erased.push_back(static_cast<Ordinal>(DatumGetInt64(values[0])));
          key.clear();
          append_record_key(key, text_view(values[1]), text_view(values[2]));
          persons.lost.insert({key.data(), key.size()});
        });
  });
}

}  // namespace

void add_lost_records(Persons& persons, Interrupt& interrupt) {
  std::vector<int64_t> lost;
  for (uint32_t shard = 0; shard < kShardCount; ++shard) {
    TileSets tiles = unlinked_ordinals(static_cast<int16_t>(shard));
    if (tiles.empty()) continue;
    remove_those_with_rows(static_cast<int16_t>(shard), tiles, interrupt);
    for (const auto& [tile, offsets] : tiles) {
      interrupt.poll();
      offsets.for_each([&](uint32_t offset) { lost.push_back(static_cast<int64_t>(first_ordinal(tile)) + offset); });
      if (lost.size() < kLookedUpAtATime) continue;
      add_records(persons, lost);
      lost.clear();
    }
  }
  add_records(persons, lost);
  std::ranges::sort(persons.erased);
  persons.erased.erase(std::unique(persons.erased.begin(), persons.erased.end()), persons.erased.end());
}

}  // namespace segments::pg

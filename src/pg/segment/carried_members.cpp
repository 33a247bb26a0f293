#include "pg/segment/carried_members.h"

#include "core/fragment/seal.h"
#include "pg/segment/membership.h"
#include "pg/store/moved_profile.h"
#include "pg/store/membership_writer.h"
#include "pg/query/query.h"
#include "pg/server/scratch.h"

namespace segments::pg {
namespace {

// Segments that are read and written together.
constexpr size_t kSegmentsAtOnce = 32;

ProfileSet carried(ProfileSet members, const ProfileMoves& change) {
  ProfileSet moved = members;
  moved &= change.from;
  if (moved.empty()) return members;
  std::vector<Ordinal> arrived;
  auto found = change.profiles.begin();
  moved.for_each([&](Ordinal ordinal) {
    while (found->from < ordinal) ++found;
    if (found->to) arrived.push_back(*found->to);
    return true;
  });
  std::sort(arrived.begin(), arrived.end());
  members -= moved;
  members |= ProfileSet::from_ordinals(arrived);
  return members;
}

std::vector<int32_t> segments_to_carry(std::span<const int32_t> evaluated) {
  Rows rows = run("SELECT segment_id FROM segments.segment_state WHERE as_of IS NOT NULL AND segment_id <> ALL ($1) ORDER BY 1",
                  {int4_array(evaluated)});
  std::vector<int32_t> ids;
  for (uint64_t i = 0; i < rows.size(); ++i) ids.push_back(rows.int4(i, 0));
  rows.release();
  return ids;
}

// By segment: what its tiles hold; nothing at all, which is no set, where the checksum does not match.
std::map<int32_t, std::vector<Bytes>> stored_members(std::span<const int32_t> segment_ids) {
  std::map<int32_t, std::vector<Bytes>> stored;
  const Parameter parameters[] = {int4_array(segment_ids)};
  run_streaming(
      "SELECT segment_id, members, tile, checksum FROM segments.membership"
      " WHERE segment_id = ANY ($1) AND to_refresh = 9223372036854775807",
      parameters, {}, [&](const Datum* values, const bool*) {
        const int32_t segment_id = DatumGetInt32(values[0]);
        Bytes members = bytes_of(values[1]);
        const uint32_t checksum = members_checksum(segment_id, DatumGetUInt32(values[2]), members);
        if (checksum != DatumGetUInt32(values[3])) members.clear();
        stored[segment_id].push_back(std::move(members));
      });
  return stored;
}

// Nothing: they are damaged.
std::optional<ProfileSet> decoded(std::span<const Bytes> tiles) {
  ProfileSet members;
  try {
    for (const Bytes& tile : tiles) members |= ProfileSet::from_portable(tile);
  } catch (const Error&) {
    return std::nullopt;
  }
  return members;
}

void add_tiles(uint32_t index, const ProfileSet& members, Members& by_tile) {
  if (members.empty()) return;
  for (uint32_t tile = tile_of(*members.minimum()); tile <= tile_of(*members.maximum()); ++tile) {
    const uint64_t first = first_ordinal(tile);
    const uint64_t count = members.count_in(first, first + kTileSize);
    if (count == 0) continue;
    by_tile[{index, tile}] = {static_cast<int64_t>(count), ProfileSet::from_dense(tile, members.to_dense(tile)).to_portable()};
  }
}

// Members that cannot be carried over are none any more: as if the segment had never been run.
void forget_damaged(std::span<const int32_t> segment_ids, int64_t refresh_id) {
  if (segment_ids.empty()) return;
  write_members(segment_ids, {}, refresh_id);
  for (const int32_t id : segment_ids) record_failure(id, {"XX001", "stored members are damaged"});
  run("UPDATE segments.segment_state SET as_of = NULL, data_through = NULL, member_count = NULL WHERE segment_id = ANY ($1)",
      {int4_array(segment_ids)});
}

void carry_segments(std::span<const int32_t> segment_ids, std::span<const ProfileMoves> changes, int64_t refresh_id) {
  std::vector<int32_t> changed;
  std::vector<int32_t> damaged;
  std::vector<int64_t> counts;
  Members by_tile;
  for (const auto& [segment_id, tiles] : stored_members(segment_ids)) {
    const std::optional<ProfileSet> before = decoded(tiles);
    if (!before) {
      damaged.push_back(segment_id);
      continue;
    }
    ProfileSet members = *before;
    for (const ProfileMoves& change : changes) members = carried(std::move(members), change);
    if (members == *before) continue;
    add_tiles(static_cast<uint32_t>(changed.size()), members, by_tile);
    changed.push_back(segment_id);
    counts.push_back(static_cast<int64_t>(members.cardinality()));
  }
  forget_damaged(damaged, refresh_id);
  if (changed.empty()) return;
  write_members(changed, std::move(by_tile), refresh_id);
  run("UPDATE segments.segment_state s SET member_count = carried.member_count"
      " FROM unnest($1, $2) AS carried (segment_id, member_count) WHERE s.segment_id = carried.segment_id",
      {int4_array(changed), int8_array(counts)});
}

}  // namespace

void carry_members(ChangeContext& context, std::span<const int32_t> evaluated) {
  const std::vector<ProfileMoves> changes = noted_moves();
  if (changes.empty()) return;
  const std::vector<int32_t> ids = segments_to_carry(evaluated);
  for (size_t first = 0; first < ids.size(); first += kSegmentsAtOnce) {
    context.interrupt->poll();
    const size_t count = std::min(kSegmentsAtOnce, ids.size() - first);
    with_scratch([&] { carry_segments({ids.data() + first, count}, changes, context.refresh_id); });
  }
  forget_moves();
}

}  // namespace segments::pg

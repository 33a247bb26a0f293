#include "pg/erasure/derived_erasure.h"

#include "pg/erasure/damage.h"
#include "core/evaluation/member_pieces.h"
#include "core/evaluation/profile_map.h"
#include "core/fragment/seal.h"
#include "core/set/profile_set.h"
#include "pg/capture/change_log.h"
#include "pg/capture/misfits.h"
#include "pg/store/fragment_writer.h"
#include "pg/store/moved_profile.h"
#include "pg/query/query.h"
#include "pg/server/scratch.h"
#include "pg/store/stored_fragment.h"
#include "pg/store/stored_members.h"
#include "pg/server/datum.h"

namespace segments::pg {
namespace {

using Tiles = std::set<uint32_t>;

Tiles tiles_of(std::span<const Ordinal> ordinals) {
  Tiles tiles;
  for (const Ordinal ordinal : ordinals) tiles.insert(tile_of(ordinal));
  return tiles;
}

bool holds(std::span<const Ordinal> ascending, Ordinal ordinal) {
  return std::binary_search(ascending.begin(), ascending.end(), ordinal);
}

struct StoredFragment {
  int16_t shard;
  int64_t fragment_id;
  int16_t known_fields;
  int32_t type_id;
  Oid leaf;
  Version version;
};

// Fragments, of any version, that reach into the tiles of one shard.
std::vector<StoredFragment> fragments_of(uint32_t shard, const Tiles& tiles) {
  std::vector<StoredFragment> fragments;
  with_scratch([&] {
    const Parameter parameters[] = {int2(static_cast<int16_t>(shard)), int4(static_cast<int32_t>(*tiles.begin())),
                                    int4(static_cast<int32_t>(*tiles.rbegin()))};
    run_streaming(
        "SELECT fragment_id, known_fields, type_id, leaf, from_refresh, to_refresh, first_tile, last_tile"
        " FROM segments.fragment WHERE field = 0 AND shard = $1 AND last_tile >= $2 AND first_tile <= $3",
        parameters, {}, [&](const Datum* values, const bool*) {
          const auto first = tiles.lower_bound(DatumGetUInt32(values[6]));
          if (first == tiles.end() || *first > DatumGetUInt32(values[7])) return;
          fragments.push_back({static_cast<int16_t>(shard),
                               DatumGetInt64(values[0]),
                               DatumGetInt16(values[1]),
                               DatumGetInt32(values[2]),
                               DatumGetObjectId(values[3]),
                               {DatumGetInt64(values[4]), DatumGetInt64(values[5])}});
        });
  });
  return fragments;
}

// Its rows, if it has any of these ordinals.
std::optional<RowTable> rows_to_rewrite(const StoredFragment& fragment, std::span<const Ordinal> erased) {
  try {
    const std::vector<Ordinal> ordinals = read_stored_ordinals(fragment.shard, fragment.fragment_id);
    if (std::none_of(ordinals.begin(), ordinals.end(), [&](Ordinal ordinal) { return holds(erased, ordinal); })) return {};
    return read_stored_fragment(fragment.shard, fragment.fragment_id, fragment.known_fields);
  } catch (const Error& error) {
    throw_damaged_fragment(fragment.fragment_id, fragment.type_id, error);
  }
}

bool rewrite_without(ChangeContext& context, FragmentWriter& writer, const StoredFragment& fragment,
                     std::span<const Ordinal> erased) {
  context.interrupt->poll();
  const std::optional<RowTable> stored = rows_to_rewrite(fragment, erased);
  if (!stored) return false;
  const RowTable& rows = *stored;
  std::vector<bool> keep(rows.row_count());
  for (uint32_t i = 0; i < rows.row_count(); ++i) keep[i] = !holds(erased, rows.ordinals[i]);
  const RowTable kept = filter_rows(rows, keep);
  with_scratch([&] {
    run("DELETE FROM segments.fragment WHERE shard = $1 AND fragment_id = $2",
        {int2(fragment.shard), int8(fragment.fragment_id)});
  });
  if (kept.row_count() != 0) {
    encode_fragments(kept, *context.interrupt, [&](EncodedFragment&& encoded) {
      writer.write(fragment.type_id, fragment.leaf, std::move(encoded), fragment.version);
    });
  }
  writer.flush();
  return true;
}

// What a profile goes by once one of its records is gone: in a tile, in the states of one version of its map.
struct Renaming {
  Version version;
  std::map<Ordinal, Ordinal> names;
};

std::vector<Renaming> erase_from_maps(uint32_t tile, std::span<const Ordinal> erased, std::span<const Ordinal> unlinked) {
  const Ordinal base = first_ordinal(tile);
  const Parameter shard = int2(static_cast<int16_t>(shard_of_tile(tile)));
  const Parameter number = int4(static_cast<int32_t>(tile));
  Rows rows =
      run("SELECT from_refresh, to_refresh, profile_map FROM segments.tile WHERE shard = $1 AND tile = $2", {shard, number});
  std::vector<Renaming> renamings;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    Renaming renaming{{rows.int8(i, 0), rows.int8(i, 1)}, {}};
    ProfileMap map = open_map(tile, rows.bytes(i, 2));
    const auto unlink = [&](Ordinal ordinal) {
      if (const std::optional<uint32_t> next = map.unlink_record(ordinal - base)) renaming.names[ordinal] = base + *next;
    };
    std::vector<Ordinal> all;
    std::ranges::merge(erased, unlinked, std::back_inserter(all));
    for (const Ordinal ordinal : all) unlink(ordinal);
    for (const Ordinal ordinal : erased) map.mark_dead(ordinal - base);
    run("UPDATE segments.tile SET profile_map = $1, profile_count = $2 WHERE shard = $3 AND tile = $4 AND from_refresh = $5",
        {bytea(map.encode(seal_of_map(tile))), int4(static_cast<int32_t>(map.profiles().cardinality())), shard, number,
         int8(renaming.version.from)});
    renamings.push_back(std::move(renaming));
  }
  rows.release();
  return renamings;
}

// Of the last state that the membership belongs to.
const std::map<Ordinal, Ordinal>& names_in(const std::vector<Renaming>& renamings, const Version& membership) {
  static const std::map<Ordinal, Ordinal> none;
  const auto found = std::ranges::find_if(renamings, [&](const Renaming& renaming) {
    return renaming.version.from < membership.to && renaming.version.to >= membership.to;
  });
  return found == renamings.end() ? none : found->names;
}

// Members of a segment in a tile, in one version of them.
struct MembershipRow {
  int32_t segment_id;
  Version version;
  ProfileSet members;
  std::optional<MemberSince> since;  // nothing: of all of them since the segment's last run
};

std::vector<MembershipRow> memberships_in(uint32_t tile) {
  Rows rows =
      run("SELECT segment_id, from_refresh, to_refresh, members, member_count, checksum, since FROM segments.membership"
          " WHERE shard = $1 AND tile = $2",
          {int2(static_cast<int16_t>(shard_of_tile(tile))), int4(static_cast<int32_t>(tile))});
  std::vector<MembershipRow> memberships;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    const int32_t segment_id = rows.int4(i, 0);
    const Bytes bytes = rows.bytes(i, 3);
    try {
      const StoredMembers stored{segment_id, tile, rows.int4(i, 4), static_cast<uint32_t>(rows.int4(i, 5)), bytes};
      MembershipRow row{segment_id, {rows.int8(i, 1), rows.int8(i, 2)}, open_members(stored), std::nullopt};
      if (!rows.is_null(i, 6)) row.since = open_since(stored, rows.bytes(i, 6), row.members.to_dense(tile), 0);
      memberships.push_back(std::move(row));
    } catch (const Error& error) {
      throw_damaged_members(segment_id, error);
    }
  }
  rows.release();
  return memberships;
}

void rewrite_membership(uint32_t tile, const MembershipRow& row) {
  const Parameter shard = int2(static_cast<int16_t>(shard_of_tile(tile)));
  const Parameter number = int4(static_cast<int32_t>(tile));
  const Parameter segment = int4(row.segment_id);
  if (row.members.empty()) {
    run("DELETE FROM segments.membership WHERE shard = $1 AND tile = $2 AND segment_id = $3 AND from_refresh = $4",
        {shard, number, segment, int8(row.version.from)});
    return;
  }
  const Bytes portable = row.members.to_portable();
  Parameter since = null_of(BYTEAOID);
  if (row.since) since = bytea(sealed_since(row.segment_id, tile, portable, *row.since, row.members.to_dense(tile)));
  run("UPDATE segments.membership SET members = $1, member_count = $2, checksum = $7, since = $8, pieces = $9"
      " WHERE shard = $3 AND tile = $4 AND segment_id = $5 AND from_refresh = $6",
      {bytea(portable), int4(static_cast<int32_t>(row.members.cardinality())), shard, number, segment, int8(row.version.from),
       int4(static_cast<int32_t>(members_checksum(row.segment_id, tile, portable))), since,
       bytea(MemberPieces::encode(row.segment_id, tile, portable))});
}

void erase_from_memberships(uint32_t tile, std::span<const Ordinal> gone, const std::vector<Renaming>& renamings) {
  const Ordinal base = first_ordinal(tile);
  for (MembershipRow& row : memberships_in(tile)) {
    const std::map<Ordinal, Ordinal>& names = names_in(renamings, row.version);
    bool changed = false;
    for (const Ordinal ordinal : gone) {
      if (!row.members.contains(ordinal)) continue;
      row.members.remove(ordinal);
      if (const auto renamed = names.find(ordinal); renamed != names.end()) {
        row.members.insert(renamed->second);
        const MemberSince::Entry entry{renamed->second - base, row.since ? row.since->of(ordinal - base) : 0};
        if (row.since) row.since->set({&entry, 1});
      }
      changed = true;
    }
    if (changed) rewrite_membership(tile, row);
  }
}

// All of them, whether this transaction has deleted the row, and whether it is counted: nobody is reading its leaf in steps.
constexpr const char* kLoggedChanges =
    "SELECT change_id, old_row, log.leaf, removed_by = pg_current_xact_id(), known.leaf IS NOT NULL AND read.leaf IS NULL"
    " AND (stamp IS NULL OR coalesce(pg_visible_in_snapshot(stamp,"
    "  CASE WHEN frozen.source IS NULL THEN shown.snapshot ELSE frozen.snapshot END), false)), rows_id"
    " FROM segments.change_log log LEFT JOIN segments.source_leaf known USING (leaf)"
    " LEFT JOIN segments.leaf_reading read USING (leaf)"
    " LEFT JOIN (SELECT t.source::oid AS source, f.snapshot FROM segments.frozen_source f JOIN segments.interaction_type t"
    "  USING (type_id)) AS frozen ON frozen.source = known.source"
    " LEFT JOIN (SELECT r.snapshot FROM segments.published JOIN segments.refresh r USING (refresh_id)) AS shown ON true";

// A row without a time names nobody in the log: the next refresh counts one less.
bool only_counts(const Bytes& logged) {
  try {
    const LoggedRow row = decode_logged_row(logged);
    return row.keys != kUncertain && row.row.unplaced_rows() != 0;
  } catch (const Error&) {
    return false;  // the key of a mapping
  }
}

// What a row that was counted, and whose trace goes, has for fields that is no value of theirs.
void uncount_misfits(Misfits& misfits, const Bytes& logged) {
  try {
    const LoggedRow row = decode_logged_row(logged);
    if (row.keys != kUncertain) add_misfits(misfits, row.row, -1);
  } catch (const Error&) {
    // the key of a mapping
  }
}

std::span<const Ordinal> within_tile(std::span<const Ordinal> ascending, uint32_t tile) {
  const auto in_tile = std::ranges::equal_range(ascending, tile, {}, tile_of);
  return {in_tile.begin(), in_tile.end()};
}

}  // namespace

int64_t erase_from_fragments(ChangeContext& context, const Persons& persons) {
  std::array<Tiles, kShardCount> tiles;
  for (const uint32_t tile : tiles_of(persons.erased)) tiles[shard_of_tile(tile)].insert(tile);
  FragmentWriter writer(context);
  int64_t rewritten = 0;
  for (uint32_t shard = 0; shard < kShardCount; ++shard) {
    if (tiles[shard].empty()) continue;
    for (const StoredFragment& fragment : fragments_of(shard, tiles[shard])) {
      if (rewrite_without(context, writer, fragment, persons.erased)) ++rewritten;
    }
  }
  return rewritten;
}

void erase_from_tiles(ChangeContext& context, const Persons& persons) {
  std::vector<Ordinal> gone;
  std::ranges::merge(persons.erased, persons.unlinked, std::back_inserter(gone));
  for (const uint32_t tile : tiles_of(gone)) {
    context.interrupt->poll();
    with_scratch([&] {
      const std::vector<Renaming> renamings =
          erase_from_maps(tile, within_tile(persons.erased, tile), within_tile(persons.unlinked, tile));
      erase_from_memberships(tile, within_tile(gone, tile), renamings);
      erase_moves(within_tile(gone, tile), names_in(renamings, {0}));
    });
  }
  if (gone.empty()) return;
  run("UPDATE segments.segment_state s SET member_count = stored.members FROM ("
      "  SELECT segment_id, coalesce((SELECT sum(m.member_count) FROM segments.membership m"
      "   WHERE m.segment_id = state.segment_id AND m.to_refresh = " SEGMENTS_FOREVER
      "), 0) AS members"
      "  FROM segments.segment_state state) AS stored"
      " WHERE stored.segment_id = s.segment_id AND s.member_count <> stored.members");
}

int64_t erase_from_change_log(ChangeContext& context, const StringTable& records, const ReferenceErasure& references) {
  std::unordered_set<std::string_view> keys;
  for (uint32_t i = 0; i < records.size(); ++i) keys.insert(records.at(i));
  std::vector<int64_t> change_ids;
  std::map<int64_t, Bytes> rewritten;  // rows of others that refer to them
  std::vector<int64_t> uncounted;      // leaves of rows that only count, once for each
  std::map<Oid, Misfits> misfits;
  int64_t named = 0;
  with_scratch([&] {
    run_streaming(kLoggedChanges, {}, {}, [&](const Datum* values, const bool*) {
      context.interrupt->poll();
      const Bytes bytes = bytes_of(values[1]);
      const int32_t rows_id = DatumGetInt32(values[5]);
      const bool by_relation = references.is_relation(rows_id);
      if (logged_row_names(bytes, [&](std::string_view key) { return keys.contains(key); }) ||
          (by_relation && references.is_own(rows_id, decode_logged_row(bytes), *context.interrupt))) {
        ++named;
        if (DatumGetBool(values[4]) && !by_relation) uncount_misfits(misfits[DatumGetObjectId(values[2])], bytes);
      } else if (DatumGetBool(values[3]) && DatumGetBool(values[4]) && only_counts(bytes)) {
        uncounted.push_back(static_cast<int64_t>(DatumGetObjectId(values[2])));
      } else {
        if (references.source_of(rows_id) == nullptr) return;
        auto row = references.without_references(rows_id, decode_logged_row(bytes), *context.interrupt);
        if (row) rewritten.emplace(DatumGetInt64(values[0]), std::move(*row));
        return;
      }
      change_ids.push_back(DatumGetInt64(values[0]));
    });
    run("DELETE FROM segments.change_log WHERE change_id = ANY ($1)", {int8_array(change_ids)});
    for (const auto& [change_id, row] : rewritten) {
      run("UPDATE segments.change_log SET old_row = $2 WHERE change_id = $1", {int8(change_id), bytea(row)});
    }
    run("UPDATE segments.source_leaf known SET unplaced_rows = known.unplaced_rows - gone.rows"
        " FROM (SELECT leaf, count(*) AS rows FROM unnest($1) AS leaf GROUP BY leaf) AS gone WHERE known.leaf = gone.leaf",
        {int8_array(uncounted)});
    for (const auto& [leaf, counts] : misfits) {
      if (counts.empty()) continue;
      run("UPDATE segments.source_leaf SET misfits = segments_internal.sum_of_counts(misfits, $2::jsonb) WHERE leaf = $1",
          {oid(leaf), text(misfits_json(counts))});
    }
  });
  return named;
}

}  // namespace segments::pg

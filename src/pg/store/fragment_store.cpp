#include "pg/store/fragment_store.h"

#include "core/evaluation/profile_map.h"
#include "core/fragment/seal.h"
#include "pg/query/saved_statement.h"
#include "pg/server/scratch.h"
#include "pg/catalog/source_column.h"
#include "pg/store/stored_fragment.h"

namespace segments::pg {
namespace {

// Looking for dead ordinals means reading the profile map of every tile, which only pays for this many rows a tile.
constexpr uint32_t kRowsPerMap = 1024;
constexpr int kMostMergeRounds = 64;

// What fragments answer for columns that are younger, without asking the table.
MissingValues noted_missing_values(int32_t type_id, int64_t refresh_id) {
  std::map<int16_t, MissingValue> values;
  for (const auto& [field, column] : captured_columns(type_id, refresh_id)) {
    if (column.missing) values.emplace(field, *column.missing);
  }
  return [values = std::move(values)](int16_t field) -> std::optional<MissingValue> {
    const auto found = values.find(field);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

}  // namespace

void drop_unknown_fields(RowTable& rows, const std::vector<SourceField>& fields) {
  std::erase_if(rows.fields, [&](const DecodedField& column) {
    const auto found = std::find_if(fields.begin(), fields.end(), [&](const SourceField& f) { return f.attnum == column.field; });
    return found == fields.end() || found->kind != column.dictionary.kind();
  });
}

const InteractionSource* FragmentStore::source_of(int32_t rows_id) const {
  const InteractionSource* found = nullptr;
  for (const InteractionSource& source : sources_) {
    source.for_each_relation([&](const InteractionSource& relation) {
      if (relation.rows_id == rows_id) found = &relation;
    });
  }
  return found;
}

std::vector<FragmentStore::Stored> FragmentStore::list(const char* condition, std::initializer_list<Parameter> parameters) {
  writer_.flush();
  const std::string sql =
      "SELECT fragment_id, shard, first_tile, last_tile, row_count, known_fields, min_time, max_time, type_id, leaf"
      " FROM segments.fragment WHERE field = 0 AND to_refresh = " SEGMENTS_FOREVER " AND from_refresh <> " SEGMENTS_READ_AHEAD
      " AND " +
      std::string(condition);
  std::vector<Stored> fragments;
  run_streaming(sql.c_str(), std::span(parameters.begin(), parameters.size()), {}, [&](const Datum* values, const bool*) {
    fragments.push_back({DatumGetInt64(values[0]), DatumGetInt16(values[1]), DatumGetUInt32(values[2]), DatumGetUInt32(values[3]),
                         DatumGetUInt32(values[4]), DatumGetInt16(values[5]), DatumGetTimestampTz(values[6]),
                         DatumGetTimestampTz(values[7]), DatumGetInt32(values[8]), DatumGetObjectId(values[9])});
  });
  return fragments;
}

RowTable FragmentStore::read(const Stored& fragment) {
  context_.interrupt->poll();
  RowTable rows = read_stored_fragment(fragment.shard, fragment.fragment_id, fragment.known_fields);
  const InteractionSource* source = source_of(fragment.type_id);
  if (source != nullptr && !frozen_.contains(source->type_id)) drop_unknown_fields(rows, source->fields);
  return rows;
}

void FragmentStore::write(int32_t type_id, Oid leaf, const RowTable& rows) {
  encode_fragments(rows, *context_.interrupt, [&](EncodedFragment&& fragment) {
    touched_.insert({type_id, leaf, static_cast<int16_t>(shard_of_tile(fragment.first_tile))});
    writer_.write(type_id, leaf, std::move(fragment), {from_refresh_});
  });
}

MissingValues FragmentStore::missing_of(const InteractionSource& source, Oid leaf) const {
  if (frozen_.contains(source.type_id)) return noted_missing_values(source.type_id, context_.refresh_id);
  return missing_values(source, leaf);
}

FragmentStore::SavePoint FragmentStore::save_point() {
  writer_.flush();
  SavePoint point;
  point.touched_ = touched_;
  return point;
}

void FragmentStore::go_back(SavePoint&& point) {
  writer_.forget();
  touched_ = std::move(point.touched_);
}

void FragmentStore::add(const InteractionSource& source, Oid leaf, const RowTable& rows) {
  if (rows.row_count() != 0) write(source.rows_id, leaf, rows);
}

void FragmentStore::end(std::span<const Stored> fragments) {
  writer_.flush();
  std::map<int16_t, std::vector<int64_t>> by_shard;
  for (const Stored& fragment : fragments) by_shard[fragment.shard].push_back(fragment.fragment_id);
  with_scratch([&] {
    for (const auto& [shard, ids] : by_shard) {
      run("DELETE FROM segments.fragment WHERE shard = $1 AND fragment_id = ANY ($2) AND from_refresh > $3",
          {int2(shard), int8_array(ids), int8(context_.previous_refresh)});
      run("UPDATE segments.fragment SET to_refresh = $3"
          " WHERE shard = $1 AND fragment_id = ANY ($2) AND to_refresh = " SEGMENTS_FOREVER,
          {int2(shard), int8_array(ids), int8(context_.refresh_id)});
    }
  });
}

int64_t FragmentStore::row_count(const InteractionSource& source, Oid leaf) {
  int64_t rows = 0;
  for (const Stored& fragment : list("leaf = $1 AND type_id = $2", {oid(leaf), int4(source.rows_id)})) rows += fragment.row_count;
  return rows;
}

int64_t FragmentStore::drop_leaf(Oid leaf) {
  drop_read_ahead(leaf);
  return drop_current(leaf);
}

int64_t FragmentStore::drop_current(Oid leaf) {
  const std::vector<Stored> published = list("leaf = $1 AND from_refresh <= $2", {oid(leaf), int8(context_.previous_refresh)});
  end(list("leaf = $1", {oid(leaf)}));
  int64_t rows = 0;
  for (const Stored& fragment : published) {
    const InteractionSource* source = source_of(fragment.type_id);
    const bool is_seen_again = source != nullptr && source->rows_id != source->type_id;
    if (!is_seen_again) rows += fragment.row_count;
  }
  return rows;
}

void FragmentStore::drop_read_ahead(Oid leaf) {
  writer_.flush();
  run("DELETE FROM segments.fragment WHERE leaf = $1 AND from_refresh = $2", {oid(leaf), int8(kReadAhead)});
}

void FragmentStore::adopt_read_ahead(Oid leaf) {
  writer_.flush();
  run("UPDATE segments.fragment SET from_refresh = $3 WHERE leaf = $1 AND from_refresh = $2",
      {oid(leaf), int8(kReadAhead), int8(context_.refresh_id)});
  for (const Stored& fragment : list("leaf = $1", {oid(leaf)})) {
    touched_.insert({fragment.type_id, fragment.leaf, fragment.shard});
  }
}

void FragmentStore::drop_unregistered() {
  // One step of the index per type: no scan of the table.
  static SavedStatement statement(
      "WITH RECURSIVE stored AS ("
      " (SELECT min(type_id) AS type_id FROM segments.fragment)"
      " UNION ALL"
      " SELECT (SELECT min(f.type_id) FROM segments.fragment f WHERE f.type_id > stored.type_id) FROM stored"
      " WHERE stored.type_id IS NOT NULL)"
      " SELECT type_id FROM stored WHERE type_id IS NOT NULL",
      {});
  Rows rows = statement.run({}, false);
  std::vector<int32_t> types;
  for (uint64_t i = 0; i < rows.size(); ++i) types.push_back(rows.int4(i, 0));
  rows.release();
  for (int32_t type_id : types) {
    if (source_of(type_id) != nullptr) continue;
    end(list("type_id = $1", {int4(type_id)}));
    run("DELETE FROM segments.fragment WHERE type_id = $1 AND from_refresh = $2", {int4(type_id), int8(kReadAhead)});
  }
}

bool FragmentStore::remove(const InteractionSource& source, Oid leaf, RowRemoval& removal) {
  for (const Stored& fragment : list("leaf = $1 AND type_id = $2", {oid(leaf), int4(source.rows_id)})) {
    if (removal.remaining() == 0) break;
    if (!removal.may_touch(fragment.first_tile, fragment.last_tile, fragment.min_time, fragment.max_time)) continue;
    const RowTable rows = read(fragment);
    std::vector<bool> keep(rows.row_count(), true);
    if (removal.remove_from(rows, keep) == 0) continue;
    end(std::span(&fragment, 1));
    const RowTable kept = filter_rows(rows, keep);
    if (kept.row_count() != 0) write(source.rows_id, leaf, kept);
    writer_.flush();
  }
  return removal.remaining() == 0;
}

// Collects the rows of moved records by type and leaf, and writes them under their new ordinals.
class FragmentStore::Mover {
 public:
  Mover(FragmentStore& store, std::span<const RecordMove> moves) : store_(store) {
    for (const RecordMove& move : moves) targets_.emplace(move.from, move.to);
  }

  void copy(const Stored& fragment) {
    if (!holds_moved(fragment)) return;
    // All of its columns, for the case that its source freezes and stays as it is.
    RowTable rows = read_stored_fragment(fragment.shard, fragment.fragment_id, fragment.known_fields);
    std::vector<bool> keep(rows.row_count());
    for (uint32_t i = 0; i < rows.row_count(); ++i) keep[i] = targets_.contains(rows.ordinals[i]);
    RowTable moved = filter_rows(rows, keep);
    for (Ordinal& ordinal : moved.ordinals) ordinal = targets_.at(ordinal);
    pending_rows_ += moved.row_count();
    pending_[{fragment.type_id, fragment.leaf}].push_back(std::move(moved));
    if (pending_rows_ >= store_.context_.memory_bytes / kBytesPerRow) finish();
  }

  void finish() {
    for (auto& [place, tables] : pending_) {
      const InteractionSource* source = store_.source_of(place.first);
      if (source == nullptr) continue;
      store_.add(*source, place.second,
                 concatenate(std::move(tables), noted_missing_values(source->type_id, store_.context_.refresh_id),
                             *store_.context_.interrupt));
    }
    store_.flush();
    pending_.clear();
    pending_rows_ = 0;
  }

 private:
  static constexpr size_t kBytesPerRow = 256;

  bool holds_moved(const Stored& fragment) {
    const std::vector<Ordinal> ordinals = read_stored_ordinals(fragment.shard, fragment.fragment_id);
    return std::any_of(ordinals.begin(), ordinals.end(), [&](Ordinal ordinal) { return targets_.contains(ordinal); });
  }

  FragmentStore& store_;
  std::unordered_map<Ordinal, Ordinal> targets_;
  std::map<std::pair<int32_t, Oid>, std::vector<RowTable>> pending_;
  size_t pending_rows_ = 0;
};

void FragmentStore::move(std::span<const RecordMove> moves, Oid leaf) {
  std::array<std::set<uint32_t>, kShardCount> tiles;
  for (const RecordMove& move : moves) tiles[shard_of_tile(tile_of(move.from))].insert(tile_of(move.from));
  // Listed before anything is written: copies never move again.
  std::array<std::vector<Stored>, kShardCount> fragments;
  for (uint32_t shard = 0; shard < kShardCount; ++shard) {
    if (tiles[shard].empty()) continue;
    fragments[shard] = list("shard = $1 AND last_tile >= $2 AND first_tile <= $3 AND ($4 = 0 OR leaf = $4)",
                            {int2(static_cast<int16_t>(shard)), int4(static_cast<int32_t>(*tiles[shard].begin())),
                             int4(static_cast<int32_t>(*tiles[shard].rbegin())), oid(leaf)});
  }
  Mover mover(*this, moves);
  for (uint32_t shard = 0; shard < kShardCount; ++shard) {
    for (const Stored& fragment : fragments[shard]) {
      const auto first = tiles[shard].lower_bound(fragment.first_tile);
      if (first != tiles[shard].end() && *first <= fragment.last_tile) mover.copy(fragment);
    }
  }
  mover.finish();
}

void FragmentStore::merge_due(const MergeProgress& tell) {
  const std::set<Place> touched = std::move(touched_);
  size_t done = 0;
  for (const Place& place : touched) {
    tell(done++, touched.size());
    for (int round = 0; round < kMostMergeRounds; ++round) {
      const std::vector<Stored> fragments =
          list("shard = $1 AND type_id = $2 AND leaf = $3", {int2(place.shard), int4(place.type_id), oid(place.leaf)});
      std::vector<FragmentSummary> summaries;
      std::unordered_map<int64_t, const Stored*> by_id;
      for (const Stored& fragment : fragments) {
        summaries.push_back({fragment.fragment_id, fragment.first_tile, fragment.last_tile, fragment.row_count, fragment.min_time,
                             fragment.max_time});
        by_id.emplace(fragment.fragment_id, &fragment);
      }
      const std::vector<MergeJob> jobs = due_merges(summaries);
      if (jobs.empty()) break;
      for (const MergeJob& job : jobs) {
        std::vector<Stored> members;
        for (int64_t id : job.fragment_ids) members.push_back(*by_id.at(id));
        merge(members);
      }
    }
  }
  touched_.clear();
}

void FragmentStore::merge(const std::vector<Stored>& fragments) {
  const Stored& any = fragments.front();
  const InteractionSource* source = source_of(any.type_id);
  if (source == nullptr) return;
  std::vector<RowTable> tables;
  for (const Stored& fragment : fragments) tables.push_back(read(fragment));
  RowTable rows = concatenate(std::move(tables), missing_of(*source, any.leaf), *context_.interrupt);
  drop_dead_rows(rows, any.shard);
  end(fragments);
  if (rows.row_count() != 0) write(any.type_id, any.leaf, rows);
  writer_.flush();
  context_.counters.fragments_merged += static_cast<int64_t>(fragments.size());
}

void FragmentStore::drop_dead_rows(RowTable& rows, int16_t shard) {
  std::map<uint32_t, DenseSet> dead;
  for (Ordinal ordinal : rows.ordinals) dead.try_emplace(tile_of(ordinal));
  if (rows.row_count() < dead.size() * kRowsPerMap) return;
  bool any_dead = false;
  for (auto& [tile, set] : dead) {
    with_scratch([&] {
      Rows map = run("SELECT profile_map FROM segments.tile WHERE shard = $1 AND tile = $2 AND to_refresh = " SEGMENTS_FOREVER,
                     {int2(shard), int4(static_cast<int32_t>(tile))});
      if (!map.empty()) set = ProfileMap::decode(map.bytes(0, 0), seal_of_map(tile)).dead();
      map.release();
    });
    any_dead = any_dead || set.cardinality() != 0;
  }
  if (!any_dead) return;
  std::vector<bool> keep(rows.row_count());
  for (uint32_t i = 0; i < rows.row_count(); ++i) {
    const Ordinal ordinal = rows.ordinals[i];
    keep[i] = !dead.at(tile_of(ordinal)).contains(ordinal & (kTileSize - 1));
  }
  rows = filter_rows(rows, keep);
}

}  // namespace segments::pg

// What tests of records and unification look at: only in debug builds.
#include "pg/server/hash_seed.h"
#include "pg/query/query.h"
#include "pg/store/record_store.h"
#include "pg/identity/unification.h"

using namespace segments;
using namespace segments::pg;

// A refresh of nothing but the mapping, published: (from, to) of each record that moved.
SEGMENTS_FUNCTION(segments_debug_apply_unification) {
  call([&] { InitMaterializedSRF(fcinfo, 0); });
  auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  const OwnerScope owner = OwnerScope::enter();
  with_spi([&] {
    ServerInterrupt interrupt;
    RefreshContext context;
    context.interrupt = &interrupt;
    context.snapshot = call([] { return RegisterSnapshot(GetActiveSnapshot()); });
    Rows rows =
        run("SELECT p.refresh_id, r.snapshot::text, pg_catalog.pg_current_snapshot()::text,"
            " nextval(pg_get_serial_sequence('segments.refresh', 'refresh_id'))"
            " FROM (SELECT) one LEFT JOIN segments.published p ON true"
            " LEFT JOIN segments.refresh r ON r.refresh_id = p.refresh_id",
            {}, {.read_only = true});
    if (!rows.is_null(0, 0)) context.previous_refresh = rows.int8(0, 0);
    if (!rows.is_null(0, 1)) context.previous_snapshot_text = rows.text(0, 1);
    context.snapshot_text = rows.text(0, 2);
    context.refresh_id = rows.int8(0, 3);
    rows.release();
    run("INSERT INTO segments.refresh (refresh_id, state, started_at, snapshot)"
        " VALUES ($1, 'refreshing', now(), $2::pg_snapshot)",
        {pg::int8(context.refresh_id), pg::text(context.snapshot_text)});
    RecordStore records(context);
    const std::vector<RecordMove> moves = apply_unification(context, records);
    records.flush();
    for (const RecordMove& move : moves) {
      call([&] {
        Datum values[2] = {Int64GetDatum(move.from), Int64GetDatum(move.to)};
        bool nulls[2] = {false, false};
        tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
      });
    }
    run("UPDATE segments.refresh SET state = 'successful', finished_at = clock_timestamp(), records_added = $2,"
        " records_changed = $3 WHERE refresh_id = $1",
        {pg::int8(context.refresh_id), pg::int8(context.counters.records_added), pg::int8(context.counters.records_changed)});
    run("DELETE FROM segments.published");
    run("INSERT INTO segments.published (refresh_id) VALUES ($1)", {pg::int8(context.refresh_id)});
    call([&] { UnregisterSnapshot(context.snapshot); });
  });
  owner.leave();
  PG_RETURN_NULL();
}

// The ordinals of records, adding those that are unknown: `expected` as announced to the record store.
SEGMENTS_FUNCTION(segments_debug_resolve) {
  const ArrayElements types = elements_of(PG_GETARG_DATUM(0), TEXTOID);
  const ArrayElements ids = elements_of(PG_GETARG_DATUM(1), TEXTOID);
  StringTable keys(hash_seed());
  std::vector<char> key;
  for (int i = 0; i < types.count; ++i) {
    key.clear();
    append_record_key(key, text_of(types.values[i]), text_of(ids.values[i]));
    keys.insert({key.data(), key.size()});
  }
  std::vector<int64_t> ordinals;
  const OwnerScope owner = OwnerScope::enter();
  with_spi([&] {
    ServerInterrupt interrupt;
    RefreshContext context;
    context.interrupt = &interrupt;
    context.refresh_id = 1;
    RecordStore records(context);
    records.expect_keys(static_cast<uint64_t>(PG_GETARG_INT64(2)));
    for (const Ordinal ordinal : records.resolve(keys)) ordinals.push_back(ordinal);
    records.flush();
  });
  owner.leave();
  return pg::int8_array(ordinals).value;
}

// (offset, first's offset) of every linked record of a tile as published; dead ordinals with a null first.
SEGMENTS_FUNCTION(segments_debug_profile_map) {
  call([&] { InitMaterializedSRF(fcinfo, 0); });
  auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  const int32_t tile = PG_GETARG_INT32(0);
  const OwnerScope owner = OwnerScope::enter();
  std::vector<PublishedMap> maps;
  with_spi([&] { maps = published_maps({&tile, 1}); });
  owner.leave();
  const auto put = [&](uint32_t offset, std::optional<uint32_t> first) {
    call([&] {
      Datum values[2] = {Int32GetDatum(offset), Int32GetDatum(first.value_or(0))};
      bool nulls[2] = {false, !first};
      tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
    });
  };
  for (const PublishedMap& encoded : maps) {
    const ProfileMap map = encoded.decode();
    map.profiles().for_each([&](uint32_t offset) { put(offset, offset); });
    for (uint32_t distance = 1; distance <= ProfileMap::kMaxDistance; ++distance) {
      map.at_distance(distance).for_each([&](uint32_t offset) { put(offset, offset - distance); });
    }
    for (const auto& [further, first] : map.distant()) put(further, first);
    map.dead().for_each([&](uint32_t offset) { put(offset, std::nullopt); });
  }
  PG_RETURN_NULL();
}

// From records and profile ids to ordinals, and back.
//
// Single look-ups read the indexes of segments.record directly: a statement would cost ten times as much, and these
// functions are called for every row of ad-hoc queries.
#include "pg/catalog/mapping_access.h"
#include "pg/server/boundary.h"
#include "pg/type/profile_set.h"
#include "pg/query/query.h"
#include "pg/store/profile_id_reader.h"
#include "pg/store/tile_store.h"

namespace segments::pg {
namespace {

// Server calls only: used within call().
Datum text_argument(FunctionCallInfo fcinfo, int number) {
  return PointerGetDatum(PG_DETOAST_DATUM_PACKED(fcinfo->args[number].value));
}

enum RecordColumn : AttrNumber { kOrdinalColumn = 1, kRecordTypeColumn, kRecordIdColumn, kProfileIdColumn };

// Reads rows of segments.record by an index.  Only server calls: used within call().
template <class Visit>
void scan_records(const char* index, ScanKeyData* keys, int key_count, Visit visit) {
  const Oid schema = get_namespace_oid("segments", false);
  const Oid table = get_relname_relid("record", schema);
  const Oid index_oid = get_relname_relid(index, schema);
  if (!OidIsValid(table) || !OidIsValid(index_oid)) elog(ERROR, "segments.record or its index %s does not exist", index);
  Relation relation = table_open(table, AccessShareLock);
  SysScanDesc scan = systable_beginscan(relation, index_oid, true, GetActiveSnapshot(), key_count, keys);
  HeapTuple tuple;
  while (HeapTupleIsValid(tuple = systable_getnext(scan))) {
    CHECK_FOR_INTERRUPTS();
    visit(tuple, RelationGetDescr(relation));
  }
  systable_endscan(scan);
  table_close(relation, AccessShareLock);
}

// The lowest ordinal of a profile's records, or -1.
int64 lowest_ordinal(Datum profile_id) {
  ScanKeyData key;
  ScanKeyInit(&key, kProfileIdColumn, BTEqualStrategyNumber, F_TEXTEQ, profile_id);
  int64 lowest = -1;
  scan_records("record_profile", &key, 1, [&](HeapTuple tuple, TupleDesc descriptor) {
    bool is_null = false;
    const int64 ordinal = DatumGetInt64(heap_getattr(tuple, kOrdinalColumn, descriptor, &is_null));
    if (lowest < 0 || ordinal < lowest) lowest = ordinal;
  });
  return lowest;
}

// The record's profile as a copy, or 0.
Datum profile_of(Datum record_type, Datum record_id) {
  ScanKeyData keys[2];
  ScanKeyInit(&keys[0], kRecordIdColumn, BTEqualStrategyNumber, F_TEXTEQ, record_id);
  ScanKeyInit(&keys[1], kRecordTypeColumn, BTEqualStrategyNumber, F_TEXTEQ, record_type);
  Datum profile = 0;
  scan_records("record_key", keys, 2, [&](HeapTuple tuple, TupleDesc descriptor) {
    bool is_null = false;
    const Datum value = heap_getattr(tuple, kProfileIdColumn, descriptor, &is_null);
    if (!is_null) profile = datumCopy(value, false, -1);
  });
  return profile;
}

// Ordinals of another numbering would be somebody else's here.
ProfileSet current_members(Datum value) {
  StampedSet stamped = profile_set_of(value);
  const Origin current = stamped.origin == Origin::kNone || stamped.set.empty() ? stamped.origin : current_origin();
  if (stamped.origin == current) return std::move(stamped.set);
  throw Error(ErrorCode::kNotReady, "profile set is of another origin",
              "Its ordinals are from numbering " + print_origin(stamped.origin) + ", the records have those of numbering " +
                  print_origin(current) + ".",
              "Make the set again from its definition, or from profile ids: records are numbered anew by a restore. Keep profile "
              "ids, as segments.profiles(set) gives them, of what must last.");
}

std::vector<int32_t> tiles_of(const ProfileSet& set) {
  std::vector<int32_t> tiles;
  const std::optional<Ordinal> maximum = set.maximum();
  if (!maximum) return tiles;
  for (uint32_t tile = tile_of(*set.minimum()); tile <= tile_of(*maximum); ++tile) {
    const uint64_t first = first_ordinal(tile);
    if (set.count_in(first, first + kTileSize) != 0) tiles.push_back(static_cast<int32_t>(tile));
  }
  return tiles;
}

void put_profiles(uint32_t tile, const DenseSet& members, ProfileIdReader& reader, ReturnSetInfo* result) {
  const uint32_t first_chunk = id_chunk_of(first_ordinal(tile));
  members.for_each([&](uint32_t offset) {
    const IdChunk& ids = reader.read(first_chunk + (offset >> kIdChunkBits));
    const std::optional<std::string_view> id = ids.at(offset_in_id_chunk(offset));
    if (!id) return;
    const char* bytes = id->data();
    const auto size = static_cast<int>(id->size());
    call([&] {
      Datum value = PointerGetDatum(cstring_to_text_with_len(bytes, size));
      bool is_null = false;
      tuplestore_putvalues(result->setResult, result->setDesc, &value, &is_null);
      pfree(DatumGetPointer(value));
    });
  });
}

}  // namespace
}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_profile_ordinal_of_record) {
  const int64 ordinal = call([&]() -> int64 {
    const Datum profile = profile_of(text_argument(fcinfo, 0), text_argument(fcinfo, 1));
    return profile == 0 ? -1 : lowest_ordinal(profile);
  });
  if (ordinal < 0) PG_RETURN_NULL();
  PG_RETURN_INT64(ordinal);
}

SEGMENTS_FUNCTION(segments_profile_ordinal) {
  const int64 ordinal = call([&] { return lowest_ordinal(text_argument(fcinfo, 0)); });
  if (ordinal < 0) PG_RETURN_NULL();
  PG_RETURN_INT64(ordinal);
}

SEGMENTS_FUNCTION(segments_profiles) {
  call([&] { InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC); });
  auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  const ProfileSet set = current_members(PG_GETARG_DATUM(0));
  const std::vector<int32_t> tiles = tiles_of(set);
  const Oid caller = GetUserId();
  const OwnerScope owner = OwnerScope::enter();
  with_spi([&] {
    check_may_read_profiles(caller);
    ServerInterrupt interrupt;
    ProfileIdReader reader(call([] { return GetActiveSnapshot(); }), CurrentMemoryContext);
    constexpr size_t kTilesAtOnce = 64;
    for (size_t first = 0; first < tiles.size(); first += kTilesAtOnce) {
      const size_t count = std::min(kTilesAtOnce, tiles.size() - first);
      for (const PublishedMap& tile : published_maps(std::span(tiles).subspan(first, count))) {
        interrupt.poll();
        DenseSet members = tile.decode().profiles();
        members &= set.to_dense(tile.tile);
        put_profiles(tile.tile, members, reader, result);
      }
    }
    reader.close();
  });
  owner.leave();
  PG_RETURN_NULL();
}

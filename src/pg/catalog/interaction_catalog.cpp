// The parts of the interaction catalog that need the core.
#include "core/evaluation/tile_evaluator.h"
#include "core/fragment/seal.h"
#include "pg/catalog/array_value.h"
#include "pg/catalog/field_value.h"
#include "pg/catalog/present_type.h"
#include "pg/query/query.h"

namespace segments::pg {
namespace {

const char* field_kind(Oid type) {
  switch (type) {
    case BOOLOID:
      return "boolean";
    case INT2OID:
    case INT4OID:
    case INT8OID:
      return "integer";
    case FLOAT4OID:
    case FLOAT8OID:
    case NUMERICOID:
      return "number";
    case DATEOID:
    case TIMESTAMPOID:
    case TIMESTAMPTZOID:
      return "time";
    case TEXTOID:
    case VARCHAROID:
    case BPCHAROID:
    case NAMEOID:
    case CHAROID:
      return "text";
    default:
      return OidIsValid(element_type_of(type)) ? "array" : "other";
  }
}

// The profile map of the last tile, kept between calls: fragments of one tile come in a row.
struct LastTile {
  int32_t tile = -1;
  Bytes encoded;
  std::unique_ptr<ProfileMap> map;
};

}  // namespace
}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_field_kind) {
  const Oid type = PG_GETARG_OID(0);
  if (!is_type(type) || !value_kind_of(type)) PG_RETURN_NULL();
  const char* kind = field_kind(base_type_of(type));
  return call([&] { return CStringGetTextDatum(kind); });
}

SEGMENTS_FUNCTION(segments_count_tile_rows) {
  auto* last = static_cast<LastTile*>(fcinfo->flinfo->fn_extra);
  if (last == nullptr) {
    last = make_in<LastTile>(fcinfo->flinfo->fn_mcxt);
    fcinfo->flinfo->fn_extra = last;
  }
  const int32_t tile = PG_GETARG_INT32(0);
  struct varlena* encoded = detoasted(PG_GETARG_DATUM(1));
  const BytesView view = plain_bytes(encoded);
  if (last->tile != tile || !std::equal(view.begin(), view.end(), last->encoded.begin(), last->encoded.end())) {
    last->tile = -1;
    last->map = std::make_unique<ProfileMap>(ProfileMap::decode(view, seal_of_map(static_cast<uint32_t>(tile))));
    last->encoded.assign(view.begin(), view.end());
    last->tile = tile;
  }
  struct varlena* rows = detoasted(PG_GETARG_DATUM(2));
  const FragmentIdentity identity{PG_GETARG_INT64(3), PG_GETARG_INT32(4),       PG_GETARG_UINT32(5),
                                  PG_GETARG_INT16(6), PG_GETARG_TIMESTAMPTZ(7), PG_GETARG_TIMESTAMPTZ(8)};
  BytesSource source(plain_bytes(rows), seal_of_column(identity, kRowsColumn));
  const RowCounts counts = count_rows(RowsColumn(source), static_cast<uint32_t>(tile), *last->map);
  return call([&] {
    TupleDesc descriptor;
    if (get_call_result_type(fcinfo, nullptr, &descriptor) != TYPEFUNC_COMPOSITE) elog(ERROR, "return type must be a row");
    Datum values[2] = {Int64GetDatum(static_cast<int64_t>(counts.linked)), Int64GetDatum(static_cast<int64_t>(counts.live))};
    bool nulls[2] = {false, false};
    if (reinterpret_cast<void*>(encoded) != DatumGetPointer(PG_GETARG_DATUM(1))) pfree(encoded);
    if (reinterpret_cast<void*>(rows) != DatumGetPointer(PG_GETARG_DATUM(2))) pfree(rows);
    return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, nulls));
  });
}

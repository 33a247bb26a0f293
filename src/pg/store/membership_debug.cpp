// What tests of members compare with what should be: only in debug builds.
#include "core/ordinal.h"
#include "pg/query/query.h"
#include "pg/store/membership_writer.h"
#include "pg/store/stored_members.h"

using namespace segments;
using namespace segments::pg;

// The current members of a segment by ordinal, and since when.
SEGMENTS_FUNCTION(segments_debug_member_since) {
  const int32_t segment_id = PG_GETARG_INT32(0);
  call([&] { InitMaterializedSRF(fcinfo, 0); });
  auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  with_spi([&] {
    read_membership({&segment_id, 1}, true, [&](const Datum* values, const bool* nulls) {
      const uint32_t tile = DatumGetUInt32(values[1]);
      const Bytes members = bytes_of(values[4]);
      const Bytes sealed = nulls[5] ? Bytes() : bytes_of(values[5]);
      const StoredMembers stored{segment_id, tile, DatumGetInt32(values[2]), DatumGetUInt32(values[3]), members};
      const DenseSet dense = open_members(stored).to_dense(tile);
      const std::optional<BytesView> since = nulls[5] ? std::nullopt : std::optional<BytesView>(sealed);
      open_since(stored, since, dense, kMinusInfinity).for_each(dense, [&](uint32_t offset, Timestamp at) {
        const int64_t ordinal = int64_t{first_ordinal(tile)} + offset;
        call([&] {
          Datum row[2] = {Int64GetDatum(ordinal), TimestampTzGetDatum(at)};
          bool none[2] = {};
          tuplestore_putvalues(result->setResult, result->setDesc, row, none);
        });
      });
    });
  });
  PG_RETURN_NULL();
}

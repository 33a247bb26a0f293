#include "pg/stored_fragment.h"

#include "pg/query.h"
#include "pg/scratch.h"

namespace segments::pg {

RowTable read_stored_fragment(int16_t shard, int64_t fragment_id, int16_t known_fields) {
  std::vector<std::pair<int16_t, Bytes>> stored;
  with_scratch([&] {
    const Parameter parameters[] = {int2(shard), int8(fragment_id)};
    run_streaming("SELECT field, data FROM segments.fragment WHERE shard = $1 AND fragment_id = $2", parameters, {},
                  [&](const Datum* values, const bool*) {
                    stored.emplace_back(DatumGetInt16(values[0]), bytes_of(values[1]));
                  });
  });
  std::vector<ColumnBytes> columns;
  for (const auto& [field, bytes] : stored) columns.push_back({field, bytes});
  return decode_fragment(columns, known_fields);
}

std::vector<Ordinal> read_stored_ordinals(int16_t shard, int64_t fragment_id) {
  Bytes bytes;
  with_scratch([&] {
    const Parameter parameters[] = {int2(shard), int8(fragment_id)};
    run_streaming("SELECT data FROM segments.fragment WHERE shard = $1 AND fragment_id = $2 AND field = 0", parameters, {},
                  [&](const Datum* values, const bool*) { bytes = bytes_of(values[0]); });
  });
  return RowsColumn(bytes).ordinals();
}

}  // namespace segments::pg

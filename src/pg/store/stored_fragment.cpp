#include "pg/store/stored_fragment.h"

#include "core/column/byte_reader.h"
#include "pg/query/query.h"
#include "pg/server/scratch.h"
#include "pg/store/fragment_identity.h"

namespace segments::pg {

namespace {

struct StoredColumn {
  int16_t field;
  uint32_t seal;
  Bytes bytes;
};

// Those of which `condition` holds.
std::vector<StoredColumn> read_columns(int16_t shard, int64_t fragment_id, const char* condition) {
  const std::string sql = std::string("SELECT " SEGMENTS_FRAGMENT_IDENTITY
                                      ", field, data FROM segments.fragment"
                                      " WHERE shard = $1 AND fragment_id = $2 AND ") +
                          condition;
  std::vector<StoredColumn> columns;
  with_scratch([&] {
    const Parameter parameters[] = {int2(shard), int8(fragment_id)};
    run_streaming(sql.c_str(), parameters, {}, [&](const Datum* values, const bool*) {
      const int16_t field = DatumGetInt16(values[6]);
      columns.push_back({field, seal_of_column(fragment_identity(values), field), bytes_of(values[7])});
    });
  });
  return columns;
}

}  // namespace

RowTable read_stored_fragment(int16_t shard, int64_t fragment_id, int16_t known_fields) {
  const std::vector<StoredColumn> stored = read_columns(shard, fragment_id, "true");
  std::vector<ColumnBytes> columns;
  for (const StoredColumn& column : stored) columns.push_back({column.field, column.bytes, column.seal});
  return decode_fragment(columns, known_fields);
}

std::vector<Ordinal> read_stored_ordinals(int16_t shard, int64_t fragment_id) {
  const std::vector<StoredColumn> stored = read_columns(shard, fragment_id, "field = 0");
  if (stored.empty()) throw_corrupted("A fragment has no column of ordinals.");
  BytesSource source(stored.front().bytes, stored.front().seal);
  return RowsColumn(source).ordinals();
}

}  // namespace segments::pg

#include "pg/store/stored_column.h"

#include "pg/server/scratch.h"
#include "pg/store/fragment_identity.h"

namespace segments::pg {

void read_column(const ColumnQuery& query, const std::function<void(ColumnSource&)>& read) {
  with_scratch([&] {
    const Parameter parameters[] = {int2(query.place.shard), int8(query.place.fragment_id), int2(query.field),
                                    int8(query.refresh_id)};
    run_streaming("SELECT " SEGMENTS_FRAGMENT_IDENTITY
                  ", data FROM segments.fragment"
                  " WHERE shard = $1 AND fragment_id = $2 AND field = $3 AND from_refresh <= $4 AND to_refresh > $4",
                  parameters, {.read_only = !query.by_writer}, [&](const Datum* values, const bool*) {
                    const Bytes bytes = bytes_of(values[6]);
                    BytesSource source(bytes, seal_of_column(fragment_identity(values), query.field));
                    read(source);
                  });
  });
}

}  // namespace segments::pg

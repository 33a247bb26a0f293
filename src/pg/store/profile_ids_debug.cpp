// Ids of profiles as readers see them, for tests.
#include "pg/query/query.h"
#include "pg/store/profile_id_reader.h"

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_debug_profile_ids) {
  call([&] { InitMaterializedSRF(fcinfo, 0); });
  auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  ProfileIdReader reader(call([] { return GetActiveSnapshot(); }), CurrentMemoryContext);
  const std::shared_ptr<const IdBounds> all = reader.bounds();
  for (const IdChunkBounds& bounds : all->ascending()) {
    const IdChunk& ids = reader.read(bounds.chunk);
    for (uint32_t offset = 0; offset < kIdChunkSize; ++offset) {
      const std::optional<std::string_view> id = ids.at(offset);
      if (!id) continue;
      if (*id < bounds.lowest || *id > bounds.highest) throw Error(ErrorCode::kInternal, "an id is out of its chunk's bounds");
      const auto ordinal = static_cast<int64>(first_of_id_chunk(bounds.chunk) + offset);
      const char* bytes = id->data();
      const auto size = static_cast<int>(id->size());
      call([&] {
        Datum values[] = {Int64GetDatum(ordinal), PointerGetDatum(cstring_to_text_with_len(bytes, size))};
        bool nulls[] = {false, false};
        tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
      });
    }
  }
  reader.close();
  PG_RETURN_NULL();
}

#include "pg/store/stored_dictionary.h"

#include "pg/query/query.h"
#include "pg/store/fragment_identity.h"
#include "pg/store/stored_column.h"

namespace segments::pg {
namespace {

// Those that their bounds do not rule out.
std::vector<FragmentPlace> places_of(const DictionaryQuery& query) {
  std::vector<FragmentPlace> places;
  const Parameter parameters[] = {int4(query.type_id), int2(query.field), int8(query.refresh_id), int8(query.written_since)};
  run_streaming("SELECT " SEGMENTS_FRAGMENT_IDENTITY
                ", shard, lower_bound, upper_bound"
                " FROM segments.fragment WHERE type_id = $1 AND field = $2 AND from_refresh BETWEEN $4 AND $3 AND to_refresh > $3"
                " ORDER BY row_count DESC, fragment_id",
                parameters, {.read_only = !query.by_writer}, [&](const Datum* values, const bool* nulls) {
                  const uint32_t seal = seal_of_column(fragment_identity(values), query.field);
                  if (!nulls[7]) {
                    const Bytes lower = bytes_of(values[7]);
                    const Bytes upper = nulls[8] ? Bytes() : bytes_of(values[8]);
                    if (!query.may_matter(open_bounds(lower, nulls[8] ? std::nullopt : std::optional<BytesView>(upper), seal)))
                      return;
                  }
                  places.push_back({DatumGetInt16(values[6]), DatumGetInt64(values[0])});
                });
  return places;
}

}  // namespace

void visit_dictionaries(const DictionaryQuery& query, const std::function<bool(const Dictionary&)>& visit) {
  ServerInterrupt interrupt;
  for (const FragmentPlace& place : places_of(query)) {
    interrupt.poll();
    bool wants_more = true;
    read_column({place, query.field, query.refresh_id, query.by_writer},
                [&](ColumnSource& source) { wants_more = visit(FieldColumn(source).dictionary()); });
    if (!wants_more) return;
  }
}

}  // namespace segments::pg

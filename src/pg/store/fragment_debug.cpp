// What tests of capture compare with the source tables: only in debug builds.
#include "pg/catalog/field_value.h"
#include "pg/store/fragment_store.h"
#include "pg/query/query.h"
#include "pg/server/scratch.h"
#include "pg/catalog/source_column.h"
#include "pg/store/stored_fragment.h"

using namespace segments;
using namespace segments::pg;

namespace {

// "column=value" of every field that is not null, in the order of the columns.
std::vector<std::string> texts_of(const RowTable& rows, uint32_t row, const InteractionSource& source,
                                  const MissingValues& missing) {
  std::vector<std::string> texts;
  for (const SourceField& field : source.fields) {
    Dictionary one;
    const Dictionary* dictionary = nullptr;
    uint32_t index = 0;
    for (const DecodedField& column : rows.fields) {
      if (column.field != field.attnum || column.codes[row] == 0) continue;
      dictionary = &column.dictionary;
      index = column.codes[row] - 1;
    }
    if (const auto value = missing(field.attnum); dictionary == nullptr && field.attnum > rows.known_fields && value) {
      one = dictionary_of(*value);
      dictionary = &one;
    }
    if (dictionary == nullptr) continue;
    texts.push_back(field.name() + "=" + output_text(datum_of(*dictionary, index, field.type), field.type));
  }
  return texts;
}

void emit(ReturnSetInfo* result, Oid leaf, Ordinal ordinal, Timestamp time, const std::vector<std::string>& texts) {
  with_scratch([&] {
    std::vector<std::string_view> views(texts.begin(), texts.end());
    const Parameter fields = text_array(views);
    call([&] {
      Datum values[4] = {ObjectIdGetDatum(leaf), Int64GetDatum(ordinal), TimestampTzGetDatum(time), fields.value};
      bool nulls[4] = {};
      tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
    });
  });
}

}  // namespace

// The rows of a type's current fragments: leaf, ordinal, time, fields as "column=value".
SEGMENTS_FUNCTION(segments_debug_fragment_rows) {
  const int32_t type_id = PG_GETARG_INT32(0);
  call([&] { InitMaterializedSRF(fcinfo, 0); });
  auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  with_spi([&] {
    const InteractionSource source = interaction_source(type_id);
    Rows fragments =
        run("SELECT shard, fragment_id, leaf, known_fields FROM segments.fragment"
            " WHERE type_id = $1 AND field = 0 AND to_refresh = " SEGMENTS_FOREVER,
            {pg::int4(type_id)});
    for (uint64_t i = 0; i < fragments.size(); ++i) {
      const RowTable rows = read_stored_fragment(fragments.int2(i, 0), fragments.int8(i, 1), fragments.int2(i, 3));
      const Oid leaf = fragments.oid(i, 2);
      const MissingValues missing = missing_values(source, leaf);
      for (uint32_t row = 0; row < rows.row_count(); ++row) {
        emit(result, leaf, rows.ordinals[row], rows.times[row], texts_of(rows, row, source, missing));
      }
    }
  });
  PG_RETURN_NULL();
}

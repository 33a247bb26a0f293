// The aggregate segments_internal.batch_rows(schema, row): source rows in, the bytes of a RowBatch out.
//
// Parallel workers run it over ranges of blocks of a source leaf.  Its rows are ROW(record type, record id, time, columns …,
// jsonb documents …): the columns of fields in the order of the schema, then the columns that fields are members of.  Anybody may
// call it, so it believes none of its arguments.
#pragma once
#include <vector>

#include "pg/catalog/source.h"

namespace segments::pg {

// How many values of a row come before its columns.
inline constexpr int kRowKeys = 3;

// The columns of a row behind its keys, by name.
std::vector<std::string> row_columns(const std::vector<SourceField>& fields);

// The schema argument for rows with these fields.
Bytes batch_schema(const std::vector<SourceField>& fields);

std::vector<FieldSchema> field_schema(const std::vector<SourceField>& fields);

}  // namespace segments::pg

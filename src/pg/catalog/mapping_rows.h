// Which rows of the unification's table say whose a record is.  In all of it the table's alias is s.
#pragma once
#include <string>

#include "pg/catalog/source.h"
#include "pg/query/column_sql.h"

namespace segments::pg {

RecordColumns record_columns(const UnificationSource& mapping);

// Whether a row maps a record to a profile: it has both, and counts.  Throws what counted_rows() does.
std::string mapped_sql(const UnificationSource& mapping);

}  // namespace segments::pg

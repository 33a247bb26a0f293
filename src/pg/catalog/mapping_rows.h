// Which rows of the unification's table say whose a record is.  In all of it the table's alias is s.
#pragma once
#include <string>

#include "pg/catalog/source.h"
#include "pg/query/column_sql.h"

namespace segments::pg {

RecordColumns record_columns(const UnificationSource& mapping);

// Whether a row meets the condition that the mapping was registered with; those that do not are as if they were not there.
// Empty: there is none.  Throws what row_condition() does.
std::string counted_sql(const UnificationSource& mapping);
// Whether a row maps a record to a profile: it has both, and counts.  Throws likewise.
std::string mapped_sql(const UnificationSource& mapping);

}  // namespace segments::pg

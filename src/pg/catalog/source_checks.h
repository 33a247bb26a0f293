// Whether a registered table is still as it was when it was registered (sql/install/14-source_checks.sql).
#pragma once
#include <vector>

#include "pg/catalog/source.h"

namespace segments::pg {

// `type_id`: kUnificationId for the unification.  Throws ServerError if rows or changes of a source could be missed, or if it is
// not what it was: its kind, persistence, row-level security, columns, stamp and triggers.  `leaves`: those that will be read;
// null: all. REQUIRES: within with_spi, as the extension's owner; the source is locked.
void check_source(int32_t type_id, const std::vector<SourceLeaf>* leaves);

// Throws Error{kNotReady} if its table was dropped, which an older snapshot does not show.  REQUIRES: within with_spi.
void check_table_exists(const InteractionSource& source);

// Throws ServerError if the time column of an interaction type cannot tell times in its zone or unit any more: what reads it
// would fail, or take them for others.  REQUIRES: likewise; the lock alone is not needed.
void check_time(const InteractionSource& source);

// Throws ServerError (54000) if a table has more partitions than one source may lock.  REQUIRES: within with_spi.
void check_partition_count(Oid relation);
void define_source_settings();

}  // namespace segments::pg

// Who may know which record belongs to which profile: whoever may read that in the table of the unification.
#pragma once
#include "pg/catalog/source.h"

namespace segments::pg {

// Throws 42501 unless `role` may read profile ids in the table of the unification; Error{kNotReady} if row-level security hides
// some of its rows and that was not acknowledged, or the names of its columns lead elsewhere than when it was read.  The owner of
// the extension may. REQUIRES: within with_spi, as the extension's owner.
void check_may_read_profiles(Oid role);
// The same for the records that belong to them.  `refresh_id`: the state that is asked, 0 if there is none; else the published
// one.
void check_may_read_mapping(Oid role);
void check_may_read_mapping(Oid role, int64_t refresh_id);

// The same for who has an id of which the bucket is known.
void check_may_ask_for_buckets(Oid role, int64_t refresh_id);

// Whether `role` may read profile ids in the table of the unification.
bool may_read_profiles(Oid role);

// The same for which records there are, whoever they belong to.
void check_may_read_records(Oid role);

// Whether the client may read these columns (empty: none), and so may be told what they hold; of a table with row-level security
// it is not known which rows it may see.  The server's log, which others read, is told counts instead.
bool client_may_read(Oid relation, std::initializer_list<const std::string*> columns);
// The same for all columns of the mapping.
bool client_may_read(const UnificationSource& mapping);
// The type that profile ids have in the table of the unification now, of domains that below; invalid: there is no such column.
Oid profile_id_type(Snapshot snapshot);

}  // namespace segments::pg

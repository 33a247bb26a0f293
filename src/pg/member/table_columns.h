// Columns of foreign tables on our servers: whoever may use a server can make such tables, and values are put into them by their
// place.
#pragma once
#include "pg/server/boundary.h"

namespace segments::pg {

struct KnownColumn {
  const char* name;
  Oid type;            // invalid: whoever asks checks it
  AttrNumber* number;  // where it is told; 0: the table has none of that name
  bool is_optional = false;
};

// `whose`: what has these columns, in the plural; `hint` lists them.  An error (HV...) if a column has another name or another
// type, or is missing.  Server calls only.  REQUIRES: the table is locked.
void find_columns(Oid table, std::span<const KnownColumn> columns, const char* whose, const char* hint);

}  // namespace segments::pg

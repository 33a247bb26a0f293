// The databases of the server, as a process without a database sees them.
#pragma once
#include <string>
#include <vector>

#include "pg/server/boundary.h"

namespace segments::pg {

struct DatabaseName {
  Oid database;
  std::string name;
};

// Databases that allow connections and are neither templates nor half dropped.  REQUIRES: no transaction is open.
std::vector<DatabaseName> list_databases();

}  // namespace segments::pg

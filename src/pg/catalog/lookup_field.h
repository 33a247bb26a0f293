// Fields whose values are keys of a look-up: segments.lookup_field.
#pragma once
#include <string>
#include <vector>

#include "pg/server/boundary.h"

namespace segments::pg {

struct LookupField {
  int32_t type_id;
  std::string column;
  int32_t lookup_id;
};

// All of them.  REQUIRES: within with_spi, as the extension's owner.
std::vector<LookupField> lookup_fields();

// Whether values of a column of one type can be told from the ids of records, which keys of a look-up of the other type are.
bool can_refer(Oid field_type, Oid collation, Oid key_type);

}  // namespace segments::pg

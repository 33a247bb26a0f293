// Fields whose values are ids of something: e-mails, forms, journeys …
#pragma once
#include <string>
#include <vector>

#include "pg/server/boundary.h"

namespace segments::pg {

struct ReferringField {
  int32_t type_id = 0;
  std::string column;
  std::string name;
  std::string kind;  // of what the values are ids
};

// By type and column.  REQUIRES: within with_spi, as the extension's owner.
std::vector<ReferringField> referring_fields();

}  // namespace segments::pg

// Names of record types.
#pragma once
#include <string>
#include <vector>

#include "pg/server/boundary.h"

namespace segments::pg {

struct NamePair {
  std::string technical;
  std::string display;
};

// REQUIRES: within with_spi, as the extension's owner.
std::vector<NamePair> record_type_names();

}  // namespace segments::pg

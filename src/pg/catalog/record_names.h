// Names of record types, and of the relations that lead from interactions to records.
#pragma once
#include <string>
#include <vector>

#include "pg/server/boundary.h"

namespace segments::pg {

struct NamePair {
  std::string technical;
  std::string display;
};

// REQUIRES for both: within with_spi, as the extension's owner.

std::vector<NamePair> record_type_names();
// But for the default one.
std::vector<NamePair> other_relation_names(int32_t type_id);

}  // namespace segments::pg

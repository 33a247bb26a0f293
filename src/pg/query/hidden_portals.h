// Cursors, and loops over queries, of whoever called us are not for an owner's code to read: a security-restricted operation
// keeps it from declaring and closing cursors, and not from fetching by name what another role's statement has yet to return.
#pragma once
#include <vector>

#include "pg/server/server.h"

namespace segments::pg {

// While it lives, portals that waited to be fetched from when it was made are not shown, and refuse (55000).
class HiddenPortals {
 public:
  HiddenPortals();   // throws ServerError
  ~HiddenPortals();  // a hidden portal cannot be dropped: all are there still
  HiddenPortals(const HiddenPortals&) = delete;
  HiddenPortals& operator=(const HiddenPortals&) = delete;

 private:
  std::vector<Portal> portals_;
};

}  // namespace segments::pg

// Cursors, and loops over queries, of whoever called us are not for an owner's code to read: a security-restricted operation
// keeps it from declaring and closing cursors, and not from fetching by name what another role's statement has yet to return. Nor
// may it leave any behind: whoever fetches from one runs its query, which is the owner's.
#pragma once
#include <vector>

#include "pg/server/server.h"

namespace segments::pg {

// While it lives, portals that waited to be fetched from when it was made are not shown, and refuse (55000).
class HiddenPortals {
 public:
  HiddenPortals();   // throws ServerError
  ~HiddenPortals();  // a hidden portal cannot be dropped: all are there still
  // Drops those that were opened meanwhile.  REQUIRES: within call(); nothing runs that could be reading one.
  void drop_new();

  HiddenPortals(const HiddenPortals&) = delete;
  HiddenPortals& operator=(const HiddenPortals&) = delete;

 private:
  std::vector<Portal> known_;
  std::vector<Portal> hidden_;
};

}  // namespace segments::pg

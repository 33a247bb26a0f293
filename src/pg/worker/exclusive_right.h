// Who may have a table, the extension or a database for itself.
//
// Many commands lock what they name before they check that they may, and any role can wait for such a lock, or ask for it in a
// loop.  So the launcher asks who that is: the role that has logged in, and whatever it could become by SET ROLE.  What a session
// becomes by a function with rights of its own, it is not.
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "pg/server/boundary.h"

namespace segments::pg {

// Called once by a process without a database that asks: what it remembers of roles is forgotten when that changes.
void follow_roles();

// Whether a role, or one that it is a member of, is a superuser or one of `roles` (InvalidOid: everybody).
// REQUIRES: no transaction is open.
bool may_act_as(Oid role, std::span<const Oid> roles);
// Whether it may drop, copy, move or rename a database.  REQUIRES: no transaction is open.
bool may_have_database(Oid role, Oid database);

// The rights of one database, which the job in it has written down for the launcher, as of the beginning of its visit.
class ExclusiveRights {
 public:
  // Writes them to memory that lasts as long as this process.  REQUIRES: within with_spi, as the extension's owner.
  static dsm_handle publish();
  // Nothing is read until somebody asks.
  explicit ExclusiveRights(dsm_handle handle) : handle_(handle) {}
  bool may_have_extension(Oid role);
  // Owners of a table (of its parents, its schema, a table that refers to it) and those that may empty, lock or maintain it.
  bool may_have_table(Oid role, Oid table);

 private:
  struct Right {
    Oid table;  // InvalidOid: every table
    Oid role;
  };
  struct Header {
    Oid extension_owner;
    uint32_t count;  // of the rights that follow, ascending by table
  };

  void load();
  void append_rights_on(Oid table, std::vector<Oid>& roles) const;

  dsm_handle handle_;
  bool is_loaded_ = false;
  std::optional<Oid> extension_owner_;
  std::vector<Right> rights_;
};

}  // namespace segments::pg

// Who is behind a process of the server.
#pragma once
#include "pg/server/server.h"

namespace segments::pg {

// The role that a session has logged in as, whatever it has become since by SET ROLE or SET SESSION AUTHORIZATION; InvalidOid: it
// has ended.  Server calls only.
Oid session_role(int process);

}  // namespace segments::pg

#include "pg/server/session_role.h"

#include "pg/server/page_headers.h"

namespace segments::pg {

Oid session_role(int process) {
  const PGPROC* session = BackendPidGetProc(process);
  return session == nullptr ? InvalidOid : session->roleId;
}

}  // namespace segments::pg

// Taking locks of the extension's own (server/extension_lock.h), which are kept until the transaction ends.
#pragma once
#include "pg/query/query.h"
#include "pg/server/extension_lock.h"

namespace segments::pg {

bool try_own_lock(ExtensionLock lock, LOCKMODE mode);
// Waits no longer than `lock_timeout`, a value of that setting; then 55P03 with `message`, and who has it.
// REQUIRES: within with_spi, as the extension's owner.
void own_lock_within(ExtensionLock lock, LOCKMODE mode, const std::string& lock_timeout, const char* message);

}  // namespace segments::pg

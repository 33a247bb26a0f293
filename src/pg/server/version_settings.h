// Settings of the server that newer versions have (see version.h); apart from it because few need them.
#pragma once
#include <span>

#include "pg/server/server.h"

extern "C" {
#include "utils/guc_tables.h"
}

namespace segments::pg {

// Transactions of this session last as long as they last.
inline void lift_transaction_timeout() {
#if PG_VERSION_NUM >= 170000
  SetConfigOption("transaction_timeout", "0", PGC_SUSET, PGC_S_OVERRIDE);
#endif
}

// REQUIRES: within call().
inline config_generic* find_setting(const char* name) {
#if PG_VERSION_NUM >= 160000
  return find_option(name, false, false, ERROR);
#else
  config_generic** settings = get_guc_variables();
  for (int i = 0; i < GetNumConfigOptions(); ++i) {
    if (strcmp(settings[i]->name, name) == 0) return settings[i];
  }
  elog(ERROR, "there is no setting %s", name);
#endif
}

// Settings by which who runs amid statements of others could end their session.
inline std::span<config_generic* const> settings_that_end_sessions() {
#if PG_VERSION_NUM >= 170000
  static config_generic* const settings[] = {find_setting("exit_on_error"), find_setting("transaction_timeout")};
#else
  static config_generic* const settings[] = {find_setting("exit_on_error")};
#endif
  return settings;
}

// Whether these may be set in a security-restricted operation.  Returns what was so before.
inline bool allow_ending_sessions(bool allowed) {
  bool before = true;
  for (config_generic* setting : settings_that_end_sessions()) {
    before = (setting->flags & GUC_NOT_WHILE_SEC_REST) == 0;
    setting->flags = allowed ? setting->flags & ~GUC_NOT_WHILE_SEC_REST : setting->flags | GUC_NOT_WHILE_SEC_REST;
  }
  return before;
}

}  // namespace segments::pg

// A setting that holds for one step.
#pragma once
#include "pg/server/boundary.h"

namespace segments::pg {

// Runs `body` under another value of a setting.  After an exception the server restores the old one when it aborts.
template <class F>
void with_setting(const char* name, const char* value, F body) {
  const int level = call([&] {
    const int nested = NewGUCNestLevel();
    set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
    return nested;
  });
  body();
  call([&] { AtEOXact_GUC(false, level); });
}

}  // namespace segments::pg

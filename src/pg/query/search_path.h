// What statements of ours find by name is what was meant: objects of the server's.
#pragma once
#include <cstring>

#include "pg/server/local_setting.h"

namespace segments::pg {

inline constexpr const char* kSearchPath = "pg_catalog, pg_temp";

// Callers' paths, and those that an owner's code sets, lead to their operators and functions.
template <class F>
void under_locked_search_path(F body) {
  if (std::strcmp(namespace_search_path, kSearchPath) == 0) return body();
  with_setting("search_path", kSearchPath, body);
}

}  // namespace segments::pg

// The state that questions are answered over: the last refresh that was published, in segments.published.
// REQUIRES for all of it: within with_spi.
#pragma once
#include <optional>
#include <string>

#include "core/time.h"
#include "pg/server/boundary.h"

namespace segments::pg {

struct PublishedState {
  int64_t refresh_id = 0;
  std::optional<std::string> snapshot;  // as pg_snapshot: of the sources
  std::optional<Timestamp> data_through;
};

// Nothing before the first refresh.  `read_only`: as the calling statement sees it.
std::optional<PublishedState> published_state(bool read_only = false);
// Throws Error{kNotReady} before the first refresh.
int64_t published_refresh();
// REQUIRES: as the extension's owner.
void set_published(int64_t refresh_id);

}  // namespace segments::pg

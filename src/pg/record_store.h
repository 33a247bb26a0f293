// Records and their ordinals during a refresh.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "core/ingest/row_batch.h"
#include "core/ordinal.h"
#include "pg/refresh.h"

namespace segments::pg {

class RecordStore {
 public:
  explicit RecordStore(RefreshContext& context);
  ~RecordStore();

  // One ordinal per key (see append_record_key), in order.  Unknown records are added, without a profile, at the end of the
  // open tile.  Uses an in-memory index when `expected_keys` over the whole refresh make that cheaper than index look-ups,
  // and when it fits the memory budget.
  std::vector<Ordinal> resolve(const StringTable& keys);
  void expect_keys(uint64_t count);

  // Takes `count` fresh ordinals: in `tile` (from its reserve) if they fit, else in the open tile.  Consecutive.
  Ordinal allocate(uint32_t count);
  std::optional<Ordinal> allocate_in_tile(uint32_t tile, uint32_t count);

  // Writes new records and the tiles' next ordinals.
  void flush();

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace segments::pg

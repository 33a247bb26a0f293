// Records and their ordinals during a refresh.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/ingest/row_batch.h"
#include "core/ordinal.h"
#include "pg/store/record_writer.h"
#include "pg/run/change_context.h"
#include "pg/store/tile_store.h"

namespace segments::pg {

// REQUIRES for all of it: within with_spi, as the extension's owner.
class RecordStore {
 public:
  explicit RecordStore(ChangeContext& context);
  ~RecordStore();

  // One ordinal per key (see append_record_key), in order.  Unknown records are added, without a profile, at the end of
  // the open tile.  Uses an in-memory index when `expected_keys` over the whole refresh make that cheaper than index
  // look-ups, and when it fits the memory budget.
  std::vector<Ordinal> resolve(const StringTable& keys);
  void expect_keys(uint64_t count);
  // Whether the next resolve() runs no statement, so that it may be called while a parallel query of this backend is
  // running.
  bool resolves_in_memory() const;

  // Calls `found` for each of the keys that is a known record, with the key's number; in no particular order.
  // The profile's view is valid during the call.  REQUIRES: everything added has been flushed.
  using RecordConsumer = std::function<void(uint32_t number, Ordinal ordinal, std::optional<std::string_view> profile_id)>;
  void look_up(const StringTable& keys, const RecordConsumer& found);

  // Adds a record that is known to be new, under an ordinal from tiles().
  void add(Ordinal ordinal, std::string_view record_type, std::string_view record_id, std::optional<std::string_view> profile_id);
  // Prepares to add many records: parallel queries may run meanwhile, and an empty table gets its indexes at the end.
  void begin_bulk();

  // Takes `count` fresh ordinals: in `tile` (from its reserve) if they fit, else in the open tile.  Consecutive.
  Ordinal allocate(uint32_t count) { return tiles_.allocate(count); }
  std::optional<Ordinal> allocate_in_tile(uint32_t tile, uint32_t count) { return tiles_.allocate_in_tile(tile, count); }
  TileStore& tiles() { return tiles_; }

  // Writes new records and the tiles' next ordinals.
  void flush();
  // Forgets what it holds in memory about known records: some have other ordinals now, or have come in by add().
  void forget();
  // Forgets all that is in memory, after a subtransaction that has used this store was rolled back.  REQUIRES: it was flushed
  // before that had begun.
  void go_back();

 private:
  struct Memory;
  bool choose_memory(uint32_t key_count);
  void load_memory();
  std::vector<Ordinal> resolve_in_memory(const StringTable& keys);
  std::vector<Ordinal> resolve_in_table(const StringTable& keys);

  ChangeContext& context_;
  TileStore tiles_;
  RecordWriter writer_;
  std::unique_ptr<Memory> memory_;
  bool memory_is_full_ = false;
  uint64_t expected_keys_ = 0;
  uint64_t unanalyzed_rows_ = 0;
};

}  // namespace segments::pg

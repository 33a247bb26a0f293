// Fragments in segments.fragment: written, read, replaced and merged.
//
// A fragment is ended by setting to_refresh, so that readers of the published state keep it; one that was never published is
// deleted.  At most one fragment or one merge is decoded at a time.
#pragma once
#include <functional>
#include <set>
#include <span>
#include <vector>

#include "core/fragment/fragment.h"
#include "core/ingest/merge_policy.h"
#include "core/ingest/row_removal.h"
#include "pg/store/fragment_writer.h"
#include "pg/query/query.h"
#include "pg/run/change_context.h"
#include "pg/catalog/source.h"
#include "pg/store/record_move.h"

namespace segments::pg {

// Keeps the columns that are fields still, in the kind they have now.
void drop_unknown_fields(RowTable& rows, const std::vector<SourceField>& fields);

// REQUIRES: within with_spi, as the extension's owner.
class FragmentStore {
 public:
  // `sources`: all registered types; they outlive the store.  `from_refresh`: of what is written; kReadAhead for what is read in
  // steps of its own.
  FragmentStore(ChangeContext& context, std::span<const InteractionSource> sources, int64_t from_refresh)
      : context_(context), sources_(sources), from_refresh_(from_refresh), writer_(context) {}

  // Encodes the rows of a leaf and keeps them until flush() or another call writes them: may be called while a parallel query of
  // this backend is running.
  void add(const InteractionSource& source, Oid leaf, const RowTable& rows);
  void flush() { writer_.flush(); }
  // Ends all current fragments of a leaf (its table is gone, rewritten, or to be rebuilt).  Returns how many rows the published
  // ones held.
  int64_t drop_leaf(Oid leaf);
  int64_t drop_current(Oid leaf);
  // What was read ahead of a leaf goes, or becomes current.
  void drop_read_ahead(Oid leaf);
  void adopt_read_ahead(Oid leaf);
  // Ends all current fragments of types that no source has any more.
  void drop_unregistered();
  // How many rows the current fragments of a leaf hold, by one relation.
  int64_t row_count(const InteractionSource& source, Oid leaf);
  // Removes deleted rows.  Returns false if some were not found: the leaf must be rebuilt.
  bool remove(const InteractionSource& source, Oid leaf, RowRemoval& removal);
  // Copies the rows of moved records to their new ordinals, in all leaves or one; the old ordinals are dead from then on.
  void move(std::span<const RecordMove> moves, Oid leaf = InvalidOid);
  // Merges what is due in the (type, leaf, shard)s that this refresh touched; `tell` hears how many of them are done.
  using MergeProgress = std::function<void(size_t done, size_t total)>;
  void merge_due(const MergeProgress& tell);

  // What is in memory: kept before a subtransaction begins, and gone back to when it was rolled back.
  class SavePoint;
  SavePoint save_point();
  void go_back(SavePoint&& point);
  // The type's fragments stay as they are from here on: nothing is asked of its table.
  void freeze(int32_t type_id) { frozen_.insert(type_id); }

 private:
  struct Stored {
    int64_t fragment_id;
    int16_t shard;
    uint32_t first_tile;
    uint32_t last_tile;
    uint32_t row_count;
    int16_t known_fields;
    Timestamp min_time;
    Timestamp max_time;
    int32_t type_id;
    Oid leaf;
  };
  struct Place {
    int32_t type_id;
    Oid leaf;
    int16_t shard;
    auto operator<=>(const Place&) const = default;
  };
  class Mover;

  std::vector<Stored> list(const char* condition, std::initializer_list<Parameter> parameters);
  RowTable read(const Stored& fragment);
  void write(int32_t type_id, Oid leaf, const RowTable& rows);
  void end(std::span<const Stored> fragments);
  void merge(const std::vector<Stored>& fragments);
  void drop_dead_rows(RowTable& rows, int16_t shard);
  const InteractionSource* source_of(int32_t rows_id) const;
  MissingValues missing_of(const InteractionSource& source, Oid leaf) const;

  ChangeContext& context_;
  std::span<const InteractionSource> sources_;
  int64_t from_refresh_;
  FragmentWriter writer_;
  std::set<Place> touched_;
  std::set<int32_t> frozen_;
};

class FragmentStore::SavePoint {
 private:
  friend class FragmentStore;
  std::set<Place> touched_;
};

}  // namespace segments::pg

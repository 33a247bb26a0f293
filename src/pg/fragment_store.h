// Fragments in segments.fragment: written, read, replaced and merged.
#pragma once
#include <functional>
#include <span>
#include <vector>

#include "core/fragment/fragment.h"
#include "core/ingest/merge_policy.h"
#include "core/ingest/row_removal.h"
#include "pg/refresh.h"
#include "pg/source.h"
#include "pg/unification.h"

namespace segments::pg {

class FragmentStore {
 public:
  explicit FragmentStore(RefreshContext& context) : context_(context) {}

  // Encodes and inserts the rows of a leaf.
  void add(const InteractionSource& source, Oid leaf, const RowTable& rows);
  // Ends all current fragments of a leaf (its table is gone, rewritten, or to be rebuilt).
  void drop_leaf(Oid leaf);
  void drop_type(int32_t type_id);
  // Removes deleted rows.  Returns false if some were not found: the leaf must be rebuilt.
  bool remove(const InteractionSource& source, Oid leaf, RowRemoval& removal);
  // Copies the rows of moved records to their new ordinals; the old ordinals are dead from then on.
  void move(std::span<const RecordMove> moves);
  // Merges what is due in the (type, leaf, shard)s that this refresh touched.
  void merge_due();

 private:
  RefreshContext& context_;
};

}  // namespace segments::pg

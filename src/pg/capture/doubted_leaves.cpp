#include "pg/capture/doubted_leaves.h"

#include "pg/query/saved_statement.h"

namespace segments::pg {
namespace {

// No leaf has such triggers.  What whoever registers something holds locked is left alone, as elsewhere.
void doubt(const std::vector<SourceLeaf>& leaves) {
  static SavedStatement known(
      "UPDATE segments.source_leaf SET triggers = 'doubted' WHERE leaf IN ("
      " SELECT leaf FROM segments.source_leaf WHERE leaf = $1 AND triggers <> $2 FOR UPDATE SKIP LOCKED)",
      {OIDOID, TEXTOID});
  static SavedStatement read_ahead("UPDATE segments.leaf_reading SET triggers = 'doubted' WHERE leaf = $1 AND triggers <> $2",
                                   {OIDOID, TEXTOID});
  for (const SourceLeaf& leaf : leaves) {
    known.run({oid(leaf.relation), text(leaf.triggers)}, false);
    read_ahead.run({oid(leaf.relation), text(leaf.triggers)}, false);
  }
}

}  // namespace

void doubt_changed_leaves(const RefreshContext& context, const LockedSources& locked) {
  if (context.failures.contains(kUnificationId)) doubt(locked.mapping_leaves);
  for (const LockedSource& source : locked.interactions) {
    if (context.failures.contains(source.source.type_id)) doubt(source.leaves);
  }
}

}  // namespace segments::pg

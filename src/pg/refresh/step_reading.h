// Reads large leaves in steps, each a transaction of its own, before the refresh that shows them: see capture/resumable_read.h.
//
//   plan() ─▶ unify_first() if nothing was ever published ─▶ read_some() until done() ─▶ the refresh, which reads the rest
//
// Each of these is the body of a run_step().
#pragma once
#include <string>
#include <vector>

#include "pg/store/fragment_store.h"
#include "pg/catalog/lock_sources.h"
#include "pg/store/record_store.h"
#include "pg/run/refresh_context.h"

namespace segments::pg {

class StepReading {
 public:
  StepReading(RefreshContext& context, RecordStore& records) : context_(context), records_(records) {}

  // Finds what has to be read whole.  Nothing if that is little: the refresh itself will do.
  void plan();
  bool done() const { return leaves_.empty(); }
  // Records that are known before their interactions get their ordinals by profile, and need not move later.
  void unify_first();
  // Reads as many blocks as the setting segments.refresh_step_size says.
  void read_some();

 private:
  struct Leaf {
    Oid relation;
    int32_t type_id;
    uint32_t blocks;
    uint32_t blocks_read;
  };
  std::map<Oid, int32_t> next_leaves() const;
  void begin_reading_phase();
  void read_leaf(const InteractionSource& source, const SourceLeaf& leaf, FragmentStore& fragments, uint32_t& room);

  RefreshContext& context_;
  RecordStore& records_;
  std::vector<Leaf> leaves_;  // what is left to do
  int64_t rows_read_ = 0;
  int64_t rows_expected_ = 0;
};

// The setting segments.refresh_step_size.
void define_step_reading_settings();

}  // namespace segments::pg

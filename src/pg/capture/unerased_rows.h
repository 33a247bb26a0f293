// Rows of batches without what they say of erased persons: references that stand in rows of others.
#pragma once
#include "pg/catalog/lock_sources.h"
#include "pg/run/refresh_context.h"
#include "pg/store/erased_reference.h"
#include "pg/store/record_store.h"

namespace segments::pg {

// REQUIRES: within with_spi, as the extension's owner.
class UnerasedRows {
 public:
  UnerasedRows(const InteractionSource& source, RecordStore& records) : records_(records), fields_(source), erased_(source) {}

  // The batch's rows as the relation sees them.  Those that it leads to erased persons are left out; where another does, its id
  // is null.  May be called while a parallel query of this backend is running, if records resolve in memory.
  RowTable of(const InteractionSource& relation, const RowBatch& batch, int16_t known_fields, Interrupt& interrupt);
  // Likewise of updated and deleted rows.
  RowTable of_gone(const InteractionSource& relation, const RowBatch& batch, int16_t known_fields, Interrupt& interrupt);
  // The references that those had.
  const std::set<Reference>& gone() const { return gone_; }

 private:
  RowTable rows_of(const InteractionSource& relation, const RowBatch& batch, int16_t known_fields, Interrupt& interrupt,
                   const ReferenceMatch& is_erased);

  RecordStore& records_;
  ReferenceFields fields_;
  ErasedReferences erased_;
  std::set<Reference> gone_;
};

// Of references to erased persons that rows had which are gone: those that no row of the source has any more are forgotten.
void lift_references(const RefreshContext& context, const LockedSource& locked, const std::set<Reference>& gone);

}  // namespace segments::pg

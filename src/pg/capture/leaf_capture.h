// Reads one leaf of a source into fragments.
#pragma once
#include "pg/store/fragment_store.h"
#include "pg/capture/bulk_read.h"
#include "pg/capture/resumable_read.h"
#include "pg/capture/unerased_rows.h"
#include "pg/store/record_store.h"

namespace segments::pg {

// REQUIRES: within with_spi, as the extension's owner; the leaf is locked, and was before context.snapshot was taken.
class LeafCapture {
 public:
  // `counted_sql`: whether a row of it counts.
  LeafCapture(RefreshContext& context, const InteractionSource& source, const SourceLeaf& leaf, const std::string& counted_sql,
              RecordStore& records, FragmentStore& fragments)
      : context_(context), source_(source), leaf_(leaf), counted_sql_(counted_sql), records_(records), fragments_(fragments),
        unerased_(source, records) {}

  // Each brings the leaf's fragments to the state of context.snapshot:
  void read_whole();
  void read_changes(bool has_log);  // one that an earlier refresh knew
  // One that was read in steps, before `moves`.
  void finish_reading(const ResumableRead& reading, std::span<const RecordMove> moves);
  // Reads blocks as a step of their own.
  void read_span(const ResumableRead& reading, const BlockRange& blocks);

  // Rows whose stamp lies in the future: what is new cannot be told by it.  Warns.
  bool has_foreign_stamps();
  int64_t rows_added() const { return rows_added_; }
  int64_t rows_removed() const { return rows_removed_; }
  // References to erased persons that updated and deleted rows had.
  const std::set<Reference>& references_gone() const { return unerased_.gone(); }

 private:
  void read(ReadScope scope);
  void read_by(const InteractionSource& relation, ReadScope scope);
  void read_new(const std::string& base_snapshot);
  void absorb(const InteractionSource& relation, const RowBatch& batch);
  void encode_pending(const InteractionSource& relation);
  bool remove_logged(const char* which, const std::string& base_snapshot);
  bool remove_logged_by(const InteractionSource& relation, const char* which, const std::string& base_snapshot);
  std::optional<RowTable> logged_rows(const InteractionSource& relation, const char* which, const std::string& base_snapshot);
  // Of rows that lead nowhere, or hold no values of their fields, only those of the default relation are counted.
  bool counts(const InteractionSource& relation) const { return relation.rows_id == source_.rows_id; }
  void save(bool whole);
  void note_new_columns();

  RefreshContext& context_;
  const InteractionSource& source_;
  const SourceLeaf& leaf_;
  const std::string& counted_sql_;
  RecordStore& records_;
  FragmentStore& fragments_;
  UnerasedRows unerased_;
  std::vector<RowTable> pending_;
  size_t pending_bytes_ = 0;
  int64_t unplaced_rows_ = 0;
  Misfits misfits_;
  std::string misfits_read_ahead_ = "{}";
  int64_t rows_added_ = 0;
  int64_t rows_removed_ = 0;
};

}  // namespace segments::pg

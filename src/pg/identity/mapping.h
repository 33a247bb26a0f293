// The mapping table: what of it changed since the previous refresh, and what it says now.
//
// Incrementally, a record's row can only have changed if a row of it carries a new stamp (inserted, updated) or is in
// the change log (deleted, updated).  When that cannot be known (a leaf that was never read, rewritten, truncated or
// has vanished, or no usable previous snapshot) everything is compared.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/ingest/row_batch.h"
#include "pg/server/hash_seed.h"
#include "pg/store/record_store.h"
#include "pg/query/collected_rows.h"
#include "pg/run/refresh_context.h"
#include "pg/catalog/mapping_access.h"
#include "pg/catalog/source.h"

namespace segments::pg {

// Whether the row is one that segments.record can hold.
bool is_mappable(std::string_view record_type, std::string_view record_id, std::string_view profile_id);

// Rows of the mapping that are too long to map anything.
class UnmappableRows {
 public:
  void add(std::string_view record_type, std::string_view record_id);
  bool any() const { return count_ != 0; }
  void warn(bool names_one) const;  // names_one: to the client, not in the log

 private:
  uint64_t count_ = 0;
  std::string first_;  // its type and how its id begins
};

// Records whose mapping may differ from segments.record, and what they are mapped to now.
struct MappingChanges {
  static constexpr uint32_t kNoProfile = UINT32_MAX;

  StringTable records{hash_seed()};  // keys, see append_record_key
  StringTable profiles{hash_seed()};
  std::vector<uint32_t> new_profile;  // by number of the record: the number of its profile, or kNoProfile

  void add(std::string_view key, std::optional<std::string_view> profile_id);
};

// REQUIRES for all of it: within with_spi, as the extension's owner.
class Mapping {
 public:
  // Throws Error{kUndefined} if the registered table is gone.  Nothing registered: an empty mapping.
  explicit Mapping(RefreshContext& context);

  bool is_registered() const { return source_.has_value(); }
  // Whether not all rows count.
  bool has_condition() const { return source_ && !source_->rows_where.empty(); }
  // Whether context.snapshot shows no mapped record.
  bool is_empty() const;

  // Hands over record type, record id and profile id by profile.  Rows with a null in any of them map nothing and are left out;
  // the empty string is a value like any other.  Rows that is_mappable() refuses map nothing either, but are among these.
  void stream_by_profile(const RowConsumer& consume) const;

  // Whether all records must be compared.
  bool must_compare_all() const { return must_compare_all_; }
  // The differences from segments.record as context.snapshot sees it.  Both warn of rows that are not mappable.
  MappingChanges compare_all() const;
  MappingChanges recent_changes() const;

  // Whether the client may be told what the mapping says.
  bool may_be_shown() const { return source_ && client_may_read(*source_); }

  // Throws ServerError (22023) if a record is mapped twice.  Costs nothing where a unique index excludes it.
  void check_unique() const;

  // Notes what has been read: leaves, and the change log's rows that are consumed.
  void acknowledge() const;

 private:
  void describe();
  void examine_leaves();
  // Ids that were written in several ways are one: rows that say the same of it are one row.
  bool is_normalized() const { return source_ && source_->normalization.any(); }
  std::string rows_of(const SourceLeaf& leaf) const;
  CollectedRows collect() const;
  bool has_duplicate() const;
  void summarize_stamps() const;
  StringTable recent_keys() const;
  bool has_unique_index() const;
  [[noreturn]] void throw_duplicate() const;

  RefreshContext& context_;
  std::optional<UnificationSource> source_;
  std::string table_sql_;    // quoted name of the table
  std::string columns_sql_;  // record_type, record_id, profile_id of a row s
  std::string mapped_sql_;   // whether a row s maps anything
  std::vector<SourceLeaf> leaves_;
  std::vector<Oid> known_leaves_;  // as the previous refresh left them
  bool leaves_changed_ = true;
  bool must_compare_all_ = true;
};

}  // namespace segments::pg

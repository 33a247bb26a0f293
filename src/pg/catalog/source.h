// Registered tables: their columns, leaves, and what may be read from them.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/column/column.h"
#include "core/ingest/row_batch.h"
#include "pg/catalog/source_time.h"
#include "pg/query/column_sql.h"
#include "pg/query/query.h"
#include "pg/query/row_condition.h"
#include "pg/server/boundary.h"

namespace segments::pg {

// The first number of fields that are members of documents; columns have lower ones, whatever the server allows.
inline constexpr int16_t kFirstJsonField = 2001;

// A column of a registered table that is a field, or a member of the documents of one that is declared as such.  `attnum` is the
// registered table's (leaves may number it differently), or the number of the declaration.
struct SourceField {
  int16_t attnum;
  std::string column;
  Oid type;  // base type of domains
  int32_t type_modifier;
  Oid collation;
  ValueKind kind;
  std::vector<std::string> path = {};  // within the documents of the column; empty: the column itself

  std::string name() const;  // for people: with dots between
};

// The table of an interaction type, a profile source, or a look-up; or the same table as one of its relations sees it.
struct InteractionSource {
  int32_t type_id;
  int32_t rows_id;  // what its fragments and its rows in the change log are of: the type, or the relation
  std::string name;
  Oid relation;
  SourceTime time;                 // none: a profile source or a look-up, whose rows are of all time
  bool is_lookup = false;          // its rows belong to no person
  std::string record_type_column;  // of the default relation, or that one; empty: `record_type` is constant
  std::string record_type;
  std::string record_id_column;
  KeyNormalization normalization;   // of the ids
  GivenCondition rows_where;        // the condition that rows have to meet to count; empty: all count
  int16_t known_fields;             // the highest attnum in use
  std::vector<SourceField> fields;  // every usable column except time, record and stamp, and every declared member; by attnum
  std::vector<InteractionSource> relations = {};  // the table as each other relation sees it that is registered

  // The fields of the table as any relation sees it, by attnum.
  std::vector<SourceField> all_fields() const;
  // Hands over the source itself, then its relations.
  template <class F>
  void for_each_relation(F consume) const {
    consume(*this);
    for (const InteractionSource& seen_by : relations) consume(seen_by);
  }
};

struct UnificationSource {
  Oid relation;
  std::string record_type_column;  // empty: `record_type` is constant
  std::string record_type;
  std::string record_id_column;
  std::string profile_id_column;
  KeyNormalization normalization;  // of the records' ids
  GivenCondition rows_where;       // the condition that rows have to meet to count; empty: all count
};

// A table that holds rows: the registered table itself, or a leaf partition below it.
struct SourceLeaf {
  Oid relation;
  Oid filenode;
  std::string triggers;  // its capture triggers: other ones after they were missing, or disabled, for a while
  std::string keys;      // its columns that the registration names; others: the names lead to other columns now
};

// The triggers of c.oid, a leaf, as SQL: SourceLeaf::triggers.  Where one of them sets stamps, others can undo that.
#define SEGMENTS_TRIGGERS_OF_LEAF                                                                                       \
  "concat((SELECT string_agg(t.oid || ':' || t.xmin, ',' ORDER BY t.oid) FROM pg_trigger t WHERE t.tgrelid = c.oid AND" \
  " (t.tgfoid IN ('segments.log_change'::regproc, 'segments.keep_stamp'::regproc, 'segments.set_stamp'::regproc) OR"    \
  " t.tgtype & 3 = 3 AND t.tgtype & 20 <> 0 AND"                                                                        \
  " 'segments.set_stamp'::regproc IN (SELECT tgfoid FROM pg_trigger WHERE tgrelid = c.oid))))"
inline constexpr const char* kStampColumn = "segments_xid";

RecordColumns record_columns(const InteractionSource& source);
std::vector<InteractionSource> interaction_sources();   // by type_id.  REQUIRES: within with_spi
std::vector<InteractionSource> personal_sources();      // those whose rows belong to persons.  REQUIRES: likewise
InteractionSource interaction_source(int32_t type_id);  // throws Error{kUndefined}
// The names that columns of its table were given as fields; others go by their own.
std::map<std::string, std::string> field_names(int32_t type_id);
std::optional<UnificationSource> unification_source();
std::vector<SourceLeaf> leaves_of(Oid relation);  // none if the relation is gone

// Runs `start` ONLY leaf s `rest` on each leaf as its owner; returns how many rows that processed.  See stream_as_owner.
uint64_t stream_on_leaves(std::span<const SourceLeaf> leaves, const std::string& start, const std::string& rest,
                          std::span<const Parameter> parameters, const RunOptions& options, const RowConsumer& consume);

}  // namespace segments::pg

// References to erased persons that rows of others still hold in their tables, in segments.erased_reference: salted hashes of
// records' keys, by relation.  Nothing that is derived says them, and no refresh brings them back.
#pragma once
#include <functional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "core/fragment/fragment.h"
#include "core/ingest/row_batch.h"
#include "pg/catalog/source.h"

namespace segments::pg {

// A relation (InteractionSource::rows_id), and the key of a record that it leads to.
using Reference = std::pair<int32_t, std::string>;
using ReferenceMatch = std::function<bool(int32_t rows_id, std::string_view key)>;

// References of rows, as any relation of a source sees them, by columns that are fields of theirs.
class ReferenceFields {
 public:
  explicit ReferenceFields(const InteractionSource& source) : source_(source), fields_(source.all_fields()) {}

  // Which rows name, by this relation, a record that matches.
  std::vector<bool> rows_that_name(const InteractionSource& relation, const RowTable& rows, const ReferenceMatch& matches) const;
  // Makes null of ids of records that match, in the columns of the other relations than the default one.  Returns whether there
  // were any.
  bool take_out(RowTable& rows, const ReferenceMatch& matches) const;
  // The number of the field that holds the relation's ids; 0: none does.
  int16_t id_field(const InteractionSource& relation) const;

 private:
  const SourceField* field_of(const std::string& column) const;

  const InteractionSource& source_;
  std::vector<SourceField> fields_;
};

// Those of one source's relations.  REQUIRES: within with_spi, as the extension's owner.
class ErasedReferences {
 public:
  explicit ErasedReferences(const InteractionSource& source);

  bool empty() const { return hashes_.empty(); }
  bool has(int32_t relation_id, std::string_view key) const;

 private:
  Bytes salt_;
  std::unordered_map<int32_t, std::unordered_set<std::string>> hashes_;
};

// REQUIRES for both: likewise.
void add_erased_references(const std::set<Reference>& references);
void lift_erased_references(const std::set<Reference>& references);

}  // namespace segments::pg

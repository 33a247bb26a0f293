// Rows that name erased persons by several relations.
//
// By the default relation a row is somebody's: it is deleted, and goes from fragments of every relation.  By another one it names
// somebody in a row of others, which stays in its table: the reference goes from what is derived, and is noted, so that no
// refresh brings it back.
#pragma once
#include <map>
#include <unordered_set>

#include "pg/capture/change_log.h"
#include "pg/erasure/erased_rows.h"
#include "pg/erasure/stored_value.h"
#include "pg/run/change_context.h"
#include "pg/store/erased_reference.h"
#include "pg/store/fragment_writer.h"

namespace segments::pg {

// REQUIRES for all of it: within with_spi, as the extension's owner; lock_refresh().
class ReferenceErasure {
 public:
  // `sources` outlive it; several may be of one type: first the table that was read, then one that was swapped in.
  ReferenceErasure(const std::vector<InteractionSource>& sources, const StringTable& records);

  // Notes the rows of others that name the persons.  REQUIRES: their own are deleted.
  void find_left(const ErasedRows& rows);
  // Returns how many fragments were rewritten.
  int64_t erase_from_fragments(ChangeContext& context);
  // Whether a row of the change log, as another relation than the default one sees it, is one of the persons' own.
  bool is_own(int32_t rows_id, const LoggedRow& logged, Interrupt& interrupt) const;
  // A row of the change log without references to them; nothing: it has none.
  std::optional<Bytes> without_references(int32_t rows_id, const LoggedRow& logged, Interrupt& interrupt) const;
  // The source whose rows stand under this number; null: none that has other relations than the default one.
  const InteractionSource* source_of(int32_t rows_id) const;
  // Whether rows under this number are seen by another relation than the default one.
  bool is_relation(int32_t rows_id) const;
  // Keeps refreshes from bringing the references back.
  void save() const { add_erased_references(left_); }

 private:
  struct Stored {
    int64_t fragment_id;
    int16_t shard;
    int16_t known_fields;
    Oid leaf;
    Version version;
  };
  ReferenceMatch is_erased() const {
    return [this](int32_t, std::string_view key) { return keys_.contains(key); };
  }
  static std::vector<Stored> fragments_of(int32_t rows_id);
  std::map<int16_t, StoredIds> ids_of(const InteractionSource& source, const ReferenceFields& fields) const;
  static bool names_somebody(const std::map<int16_t, StoredIds>& ids, const Stored& fragment);
  bool rewrite(ChangeContext& context, FragmentWriter& writer, const InteractionSource& source, const InteractionSource& seen_by,
               const ReferenceFields& fields, const std::map<int16_t, StoredIds>& ids, const Stored& fragment);

  const std::vector<InteractionSource>& sources_;
  const StringTable& records_;
  std::unordered_set<std::string_view> keys_;
  std::set<Reference> left_;
};

}  // namespace segments::pg

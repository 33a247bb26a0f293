// Values that a definition asks about and that no interaction has: misspelt, most probably.  Nobody would see it from a count of
// 0.
#pragma once
#include <string>
#include <vector>

#include "core/language/definition.h"
#include "core/plan/plan.h"
#include "pg/catalog/type_catalog.h"

namespace segments::pg {

// A field that is compared with values, as it was resolved.
struct ComparedField {
  const InteractionCondition* condition = nullptr;
  const Predicate* written = nullptr;
  FieldPredicate predicate;
  Oid field_type = InvalidOid;
  int32_t type_id = 0;
  std::string type;
  bool rows_are_hidden = false;  // by row-level security: nobody may be told what else there is
  bool is_captured = false;      // else what is stored may be of another table, which whoever asks may not read
};

// A sentence if the written bounds of a between are reversed, so that nothing lies between them.
// REQUIRES: within with_spi, as the extension's owner.
std::optional<std::string> reversed_bounds(const ComparedField& field);

// For each value that no fragment of the state knows: a sentence with the values that are nearest.  Who asks may read the column
// (the resolver has checked that).  Reads dictionaries until each value is found, so that values that exist cost next to nothing.
// REQUIRES: within with_spi, as the extension's owner.
std::vector<std::string> unseen_values(const ComparedField& field, int64_t refresh_id);

// Tells the client, as notices.  REQUIRES: as above.
void tell_unseen_values(std::span<const ComparedField> fields, int64_t refresh_id);

}  // namespace segments::pg

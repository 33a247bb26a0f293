// References of types to records, as definitions name them after "via".
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/language/predicate.h"
#include "pg/server/boundary.h"

namespace segments::pg {

struct TypeRelation {
  std::string name;
  std::string display_name;
  bool is_default = false;
  std::optional<int32_t> relation_id = {};  // nothing: the default one, or one that refreshes do not read
  std::string record_type_column;           // empty: all records are of `record_type`
  std::string record_type;
  std::string record_id_column;

  bool has_columns_of(const TypeRelation& other) const {
    return record_type_column == other.record_type_column && record_type == other.record_type &&
           record_id_column == other.record_id_column;
  }
};

// The default one first, then by name.  REQUIRES: within with_spi, as the extension's owner.
std::vector<TypeRelation> relations_of(int32_t type_id);

// By technical name, else by display name; null: none goes by the name.  Throws Error{kAmbiguous} where several do.
const TypeRelation* find_relation(const std::vector<TypeRelation>& relations, const Name& name);

}  // namespace segments::pg

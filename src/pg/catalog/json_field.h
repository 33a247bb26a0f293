// Members of jsonb columns that are declared as fields: segments.json_field.
#pragma once
#include <string>
#include <vector>

#include "core/language/predicate.h"
#include "pg/server/boundary.h"

namespace segments::pg {

// As definitions write it: the column, and the members on the way, in double quotes where they must be.
std::string written_path(const std::string& column, const std::vector<std::string>& members);
// For people: with dots between the names.
std::string shown_path(const std::string& column, const std::vector<std::string>& members);

struct JsonField {
  int16_t field;
  std::string column;
  std::vector<std::string> path;
  Oid type;
};

// Those of an interaction type.  REQUIRES: within with_spi, as the extension's owner.
std::vector<JsonField> declared_json_fields(int32_t type_id);

// The one that a path leads to in a column: as it is written, or, if none is, the only one whatever the case of its names.
// Throws Error{kUndefined} with the call that declares it, Error{kAmbiguous}; with the names of others if `may_list`.
const JsonField& find_json_field(const std::vector<JsonField>& fields, const std::string& type, const std::string& column,
                                 const FieldPath& written, bool may_list);

}  // namespace segments::pg

#include "pg/catalog/lookup_field.h"

#include "core/text/lexer.h"
#include "pg/catalog/type_catalog.h"
#include "pg/query/column_sql.h"
#include "pg/query/saved_statement.h"

namespace segments::pg {
namespace {

bool is_whole_number(Oid type) { return type == INT2OID || type == INT4OID || type == INT8OID; }

std::string type_name(Oid type) {
  return std::string(call([&] { return static_cast<const char*>(format_type_be(type)); }));
}

}  // namespace

std::vector<LookupField> lookup_fields() {
  static SavedStatement statement("SELECT type_id, column_name::text, lookup_id FROM segments.lookup_field", {});
  Rows rows = statement.run({});
  std::vector<LookupField> fields;
  for (uint64_t i = 0; i < rows.size(); ++i) fields.push_back({rows.int4(i, 0), rows.text(i, 1), rows.int4(i, 2)});
  rows.release();
  return fields;
}

// Ids of records are texts: a text is compared with them as they are.
bool can_refer(Oid field_type, Oid collation, Oid key_type) {
  if (field_type == TEXTOID || field_type == VARCHAROID) {
    return !OidIsValid(collation) || call([&] { return get_collation_isdeterministic(collation); });
  }
  if (field_type == UUIDOID) return key_type == UUIDOID;
  return is_whole_number(field_type) && is_whole_number(key_type);
}

FieldPath LookedUpField::path(const Name& field, const FieldPath& rest) {
  FieldPath whole{field, {rest.column}};
  whole.members.insert(whole.members.end(), rest.members.begin(), rest.members.end());
  return whole;
}

const InteractionType* TypeCatalog::lookup_of(const InteractionType& type, const std::string& column) {
  if (!lookup_fields_) lookup_fields_ = lookup_fields();
  const auto found = std::ranges::find_if(
      *lookup_fields_, [&](const LookupField& field) { return field.type_id == type.type_id && field.column == column; });
  return found == lookup_fields_->end() ? nullptr : type_of(found->lookup_id);
}

std::optional<LookedUpField> TypeCatalog::find_lookup(const InteractionType& type, const FieldPath& path) {
  if (path.members.empty()) return std::nullopt;
  const std::string column = own_column(type, path.column);
  const InteractionType* lookup = column.empty() ? nullptr : lookup_of(type, column);
  if (lookup == nullptr) return std::nullopt;
  LookedUpField found{find_column(type, path.column), lookup, {path.members.front(), {}}};
  found.field.column_number = found.field.attnum;
  found.rest.members.assign(path.members.begin() + 1, path.members.end());
  const Oid key_type = base_type_of(lookup->relation, lookup->record_id_column);
  if (OidIsValid(key_type) && !can_refer(found.field.type, found.field.collation, key_type)) {
    throw Error(ErrorCode::kTypeMismatch,
                "field " + in_quotes(path.column.text) + " of type " + type_name(found.field.type) +
                    " cannot be looked up by a key of type " + type_name(key_type),
                "The key of " + lookup->called() + " is its column " + in_quotes(lookup->record_id_column) + ".",
                "Give both columns the same type.", path.position());
  }
  return found;
}

}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_can_refer) { return BoolGetDatum(can_refer(PG_GETARG_OID(0), PG_GETARG_OID(1), PG_GETARG_OID(2))); }

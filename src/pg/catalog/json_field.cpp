#include "pg/catalog/json_field.h"

#include "core/language/clause_printer.h"
#include "core/language/parser.h"
#include "core/text/lexer.h"
#include "core/text/nearest.h"
#include "pg/catalog/catalog_name.h"
#include "pg/catalog/type_catalog.h"
#include "pg/query/query.h"
#include "pg/query/saved_statement.h"
#include "pg/server/datum.h"

namespace segments::pg {
namespace {

std::string printed(const FieldPath& path) {
  std::string text;
  print(path, text);
  return text;
}

std::vector<std::string> names_of(const FieldPath& path) {
  std::vector<std::string> names = {path.column.text};
  for (const Name& member : path.members) names.push_back(member.text);
  return names;
}

bool is_alike(const std::vector<std::string>& path, const std::vector<Name>& written) {
  return std::ranges::equal(path, written, [](const std::string& name, const Name& as_written) {
    return fold_name(name) == fold_name(as_written.text);
  });
}

bool is_exact(const std::vector<std::string>& path, const std::vector<Name>& written) {
  return std::ranges::equal(path, written,
                            [](const std::string& name, const Name& as_written) { return name == as_written.text; });
}

[[noreturn]] void throw_undeclared(const std::vector<JsonField>& fields, const std::string& type, const std::string& column,
                                   const FieldPath& written, bool may_list) {
  std::vector<std::string> candidates;
  for (const JsonField& field : fields) {
    if (may_list && field.column == column) candidates.push_back(written_path(written.column.text, field.path));
  }
  const std::string path = printed(written);
  const std::vector<std::string> near = nearest_names(path, candidates);
  throw Error(ErrorCode::kUndefined, path + " of interaction type " + type + " is not declared",
              candidates.empty() ? "Members of documents are fields once they are declared."
                                 : "Declared are: " + joined(candidates) + ".",
              (near.empty() ? "Declare it: " : "Did you mean " + joined(near) + "? Else declare it: ") +
                  "SELECT segments.add_json_field(" + in_quotes(type, '\'') + ", " + in_quotes(path, '\'') + ").",
              written.position());
}

}  // namespace

std::string written_path(const std::string& column, const std::vector<std::string>& members) {
  FieldPath path{{column, false, 0}, {}};
  for (const std::string& member : members) path.members.push_back({member, false, 0});
  return printed(path);
}

std::string shown_path(const std::string& column, const std::vector<std::string>& members) {
  std::string path = column;
  for (const std::string& member : members) path += '.' + member;
  return path;
}

std::vector<JsonField> declared_json_fields(int32_t type_id) {
  static SavedStatement statement(
      "SELECT field, column_name::text, path, kind::oid FROM segments.json_field WHERE type_id = $1 ORDER BY field", {INT4OID});
  Rows rows = statement.run({int4(type_id)});
  std::vector<JsonField> fields;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    fields.push_back({rows.int2(i, 0), rows.text(i, 1), text_elements(rows.value(i, 2)), rows.oid(i, 3)});
  }
  rows.release();
  return fields;
}

const JsonField& find_json_field(const std::vector<JsonField>& fields, const std::string& type, const std::string& column,
                                 const FieldPath& written, bool may_list) {
  std::vector<const JsonField*> alike;
  for (const JsonField& field : fields) {
    if (field.column != column || !is_alike(field.path, written.members)) continue;
    if (is_exact(field.path, written.members)) return field;
    alike.push_back(&field);
  }
  if (alike.size() == 1) return *alike.front();
  if (alike.empty()) throw_undeclared(fields, type, column, written, may_list);
  std::vector<std::string> candidates;
  for (const JsonField* field : alike) candidates.push_back(written_path(written.column.text, field->path));
  throw Error(ErrorCode::kAmbiguous, "field " + printed(written) + " of " + type + " is ambiguous",
              may_list ? "It can be any of: " + joined(candidates) + "." : "", "Write it as it stands in the documents.",
              written.position());
}

}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_field_path) {
  const std::string written(text_view(PG_GETARG_DATUM(0)));
  ServerInterrupt interrupt;
  const std::vector<std::string> names = names_of(parse_field(written, interrupt));
  const std::vector<std::string_view> views(names.begin(), names.end());
  return text_array(views).value;
}

SEGMENTS_FUNCTION(segments_written_path) {
  const std::vector<std::string> names = text_elements(PG_GETARG_DATUM(0));
  if (names.empty()) PG_RETURN_NULL();
  return segments::pg::text(written_path(names[0], {names.begin() + 1, names.end()})).value;
}

SEGMENTS_FUNCTION(segments_document_column) {
  const int32_t type_id = PG_GETARG_INT32(0);
  const std::string name(text_view(PG_GETARG_DATUM(1)));
  const std::string column = with_spi([&] { return TypeCatalog(0).find_document(type_id, {name, false, Error::kNoPosition}); });
  return call([&] { return DirectFunctionCall1(namein, CStringGetDatum(column.c_str())); });
}

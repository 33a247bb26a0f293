#include "pg/catalog/mapping_rows.h"

#include "pg/query/row_condition.h"

namespace segments::pg {
namespace {

// Whatever is wrong with the condition now was not when it was registered.
void explain(const ServerError& error, const std::string& condition) {
  ErrorData* data = error.data;
  if (!error.is_foreign) return;
  const char* text = condition.c_str();
  call([&] {
    MemoryContext previous = MemoryContextSwitchTo(data->assoc_context);
    data->detail = psprintf("%s%sThe unification was registered with this condition on its rows: %s.",
                            data->detail != nullptr ? data->detail : "", data->detail != nullptr ? " " : "", text);
    data->hint = pstrdup("Say which of its rows count now: SELECT segments.alter_unification(rows_where => '...').");
    MemoryContextSwitchTo(previous);
  });
}

}  // namespace

RecordColumns record_columns(const UnificationSource& mapping) {
  return {mapping.relation, mapping.record_type_column, mapping.record_type, mapping.record_id_column};
}

std::string counted_sql(const UnificationSource& mapping) {
  if (mapping.rows_where.empty()) return {};
  try {
    return row_condition(mapping.relation, mapping.rows_where).sql;
  } catch (const ServerError& error) {
    explain(error, mapping.rows_where);
    throw;
  } catch (const Error& error) {
    throw Error(
        error.code(), error.what(), error.detail(),
        error.hint() + " Then: SELECT segments.alter_unification(rows_where => " + quoted_literal(mapping.rows_where) + ").");
  }
}

std::string mapped_sql(const UnificationSource& mapping) {
  const std::string counted = counted_sql(mapping);
  return record_present_sql(record_columns(mapping)) + " AND " + not_null(mapping.profile_id_column) +
         (counted.empty() ? "" : " AND " + counted);
}

}  // namespace segments::pg

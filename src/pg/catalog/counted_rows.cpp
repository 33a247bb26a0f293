#include "pg/catalog/counted_rows.h"

#include "pg/catalog/lock_sources.h"
#include "pg/query/column_sql.h"
#include "pg/query/query.h"

namespace segments::pg {
namespace {

// Whose condition it is, and the beginning of the call that gives another one.
struct Given {
  std::string to;
  std::string alter;
};

// Whatever is wrong with the condition now was not when it was registered.
void explain(const ServerError& error, const std::string& condition, const Given& given) {
  ErrorData* data = error.data;
  if (!error.is_foreign) return;
  const char* texts[] = {condition.c_str(), given.to.c_str(), given.alter.c_str()};
  call([&] {
    MemoryContext previous = MemoryContextSwitchTo(data->assoc_context);
    data->detail = psprintf("%s%s%s was registered with this condition on its rows: %s.",
                            data->detail != nullptr ? data->detail : "", data->detail != nullptr ? " " : "", texts[1], texts[0]);
    data->hint = psprintf("Say which of its rows count now: SELECT segments.%srows_where => '...').", texts[2]);
    MemoryContextSwitchTo(previous);
  });
}

std::optional<RowCondition> read(Oid relation, const GivenCondition& rows_where, const Given& given) {
  if (rows_where.empty()) return std::nullopt;
  run("SELECT segments_internal.check_condition_owner($1)", {oid(relation)}, {.read_only = true}).release();
  try {
    return row_condition(relation, rows_where);
  } catch (const ServerError& error) {
    explain(error, rows_where.text, given);
    throw;
  } catch (const Error& error) {
    throw Error(
        error.code(), error.what(), error.detail(),
        error.hint() + " Then: SELECT segments." + given.alter + "rows_where => " + quoted_literal(rows_where.text) + ").");
  }
}

}  // namespace

std::optional<RowCondition> counted_rows(const InteractionSource& source) {
  return read(source.relation, source.rows_where,
              {"Interaction type " + source.name, "alter_interaction(" + quoted_literal(source.name) + ", "});
}

std::optional<RowCondition> lock_counted_rows(const InteractionSource& source) {
  if (source.rows_where.empty()) return std::nullopt;
  if (const std::optional<Failure> failure = lock_for_reading(source.relation)) {
    throw Error(ErrorCode::kNotReady, failure->message, {}, "Try again when that has ended.");
  }
  return counted_rows(source);
}

std::optional<RowCondition> counted_rows(const UnificationSource& mapping) {
  return read(mapping.relation, mapping.rows_where, {"The unification", "alter_unification("});
}

}  // namespace segments::pg

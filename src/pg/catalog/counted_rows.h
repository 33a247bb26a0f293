// Which rows of a registered table count: those that meet the condition that it was registered with.  In all of it the table's
// alias is s.
#pragma once
#include <string>

#include "pg/catalog/source.h"
#include "pg/query/row_condition.h"

namespace segments::pg {

// The condition as it is read now; nothing: there is none.  Throws what row_condition() does, with what to do about it, and
// ServerError (42501) if a partition is somebody else's.  REQUIRES: within with_spi, as the extension's owner; so that owners are
// the same when it is evaluated, the table and its leaves are locked.
std::optional<RowCondition> counted_rows(const InteractionSource& source);
std::optional<RowCondition> counted_rows(const UnificationSource& mapping);
// Locks them first, if there is a condition.  Throws Error{kNotReady}, too, if somebody keeps one locked.
std::optional<RowCondition> lock_counted_rows(const InteractionSource& source);

// Whether a row counts; those that do not are as if they were not there.  Empty: all count.  Throws likewise.
template <class Source>
std::string counted_sql(const Source& source) {
  const std::optional<RowCondition> condition = counted_rows(source);
  return condition ? condition->sql : std::string();
}

// The same, behind `before` (" AND ", " WHERE ") if there is a condition.
template <class Source>
std::string counted_sql(const char* before, const Source& source) {
  const std::string counted = counted_sql(source);
  return counted.empty() ? counted : before + counted;
}

}  // namespace segments::pg

// A condition on the rows of a registered table: an expression over the columns of one row, which says the same of the same row
// for ever.
//
// It is kept as a text, and read anew, as the owner of the table, whenever it is used: what it names may have been dropped or
// replaced since, and the table may be somebody else's.  So it is kept together with what its names led to, and whose the table
// was, and nothing of it is executed unless all that is the same.
#pragma once
#include <string>
#include <vector>

#include "pg/server/boundary.h"

namespace segments::pg {

struct RowCondition {
  std::string text;                  // canonical: names have their schemas, and no setting of a session changes what it means
  std::string sql;                   // the same of a row s of the table, or of a leaf below it; in parentheses
  std::vector<std::string> columns;  // that it reads
  std::string names;                 // whose the table is, and what else the names in it led to (condition_names.h): a line each
};

// As it was kept when it was given.
struct GivenCondition {
  std::string text;
  std::string names;

  bool empty() const { return text.empty(); }  // all rows count
};

// Throws ServerError (foreign) if the server does not take it for a condition on such a row, with the position in `text`;
// Error{kInvalidValue} if it is more than that, or can change its mind, or somebody else could change what it means.  The table
// is locked (AccessShareLock).
RowCondition row_condition(Oid table, const std::string& text);

// The same of one that was given.  Throws ServerError (foreign, 55000), too, if its names lead elsewhere now.
RowCondition row_condition(Oid table, const GivenCondition& given);

// That one planned, for rows of the table itself: FreeCachedExpression() frees it.  Throws likewise.
CachedExpression* prepared_condition(Oid table, const GivenCondition& given);

}  // namespace segments::pg

// Whether a row meets a condition, asked of one row at a time by a trigger.
#pragma once
#include <optional>

#include "pg/query/row_condition.h"

namespace segments::pg {

// Evaluated as the owner of the table, as statements on it are (as_owner.h), whoever writes the row.  It has no destructor that
// frees what the server holds for it: release() does.
class RowTest {
 public:
  RowTest() = default;  // every row meets it
  RowTest(Oid table, Oid leaf, GivenCondition condition) : table_(table), leaf_(leaf), condition_(std::move(condition)) {}

  // Nothing: that cannot be told, because the condition fails, or is none any more, or the leaf is somebody else's.  Only a
  // cancel of the session is thrown.
  std::optional<bool> is_met_by(TupleTableSlot* row);
  void release();

 private:
  void prepare();

  Oid table_ = InvalidOid;
  Oid leaf_ = InvalidOid;
  GivenCondition condition_;
  CachedExpression* prepared_ = nullptr;
};

}  // namespace segments::pg

// Rows of registered tables that name a person: found, deleted, and looked for again.
//
// All of it by one snapshot, taken when everybody who had written before has ended, and by what this transaction has done since:
// what others write later is somebody new.  Rows are locked when they are found.  So what is not deleted then, or is there in the
// end, is what triggers and rules of the owners of tables have kept or written anew: an error, and nothing is erased.
//
// Leaf by leaf, each as its owner.
#pragma once
#include <string>
#include <vector>

#include "pg/catalog/source.h"
#include "pg/query/query.h"
#include "pg/query/column_sql.h"

namespace segments::pg {

class WaitLimit;

// Rows s of a table, by what follows "FROM ONLY leaf s".
struct RowsOf {
  Oid table = InvalidOid;
  std::string matching;
  std::vector<Parameter> parameters;
};

// Those of a table's rows that name one of these records; nothing if none can.
std::optional<RowsOf> rows_of_records(const RecordColumns& columns, const StringTable& records);

// Rows of one leaf, locked until the transaction ends.
struct FoundRows {
  Oid leaf = InvalidOid;
  std::vector<ItemPointerData> places;
};

// Throws Error{kNotReady} unless all rows of the table can be found and deleted so.  REQUIRES: within with_spi.
void check_erasable(Oid table);

// REQUIRES for all of it: within with_spi, as the extension's owner; lock_tables().
class ErasedRows {
 public:
  explicit ErasedRows(WaitLimit& limit);
  void end();

  // `columns` are handed over: expressions over s and what is joined, each preceded by a comma.
  std::vector<FoundRows> find(const RowsOf& rows, const std::string& columns = {}, const RowConsumer& consume = {}) const;
  // Returns how many.  Throws unless all of them are deleted.
  int64_t delete_found(const std::vector<FoundRows>& found) const;
  // That there are no such rows in the end, or only those that are somebody else's.
  void expect_gone(RowsOf rows, uint64_t others) { expected_.emplace_back(std::move(rows), others); }
  // Throws unless it is so.
  void check_gone() const;

 private:
  WaitLimit& limit_;
  Snapshot snapshot_;  // registered
  std::vector<std::pair<RowsOf, uint64_t>> expected_;
};

}  // namespace segments::pg

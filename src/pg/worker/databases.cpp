#include "pg/worker/databases.h"

namespace segments::pg {
namespace {

// What DROP DATABASE leaves of a database if it is interrupted (the server has a name for it only since 15.4).
constexpr int32 kInvalidDatabaseLimit = -2;

struct Listed {
  int count;
  Form_pg_database databases;
};

bool is_open(Form_pg_database database) {
  return database->datallowconn && !database->datistemplate && database->datconnlimit != kInvalidDatabaseLimit;
}

Listed read_catalog(MemoryContext context) {
  Listed listed{0, nullptr};
  int capacity = 0;
  StartTransactionCommand();
  Relation relation = table_open(DatabaseRelationId, AccessShareLock);
  TableScanDesc scan = table_beginscan_catalog(relation, 0, nullptr);
  while (HeapTuple tuple = heap_getnext(scan, ForwardScanDirection)) {
    auto* database = reinterpret_cast<Form_pg_database>(GETSTRUCT(tuple));
    if (!is_open(database)) continue;
    if (listed.count == capacity) {
      capacity = capacity == 0 ? 16 : 2 * capacity;
      const Size bytes = sizeof(FormData_pg_database) * static_cast<Size>(capacity);
      void* grown = listed.databases == nullptr ? MemoryContextAlloc(context, bytes) : repalloc(listed.databases, bytes);
      listed.databases = static_cast<Form_pg_database>(grown);
    }
    listed.databases[listed.count++] = *database;
  }
  table_endscan(scan);
  table_close(relation, AccessShareLock);
  CommitTransactionCommand();
  return listed;
}

}  // namespace

std::vector<DatabaseName> list_databases() {
  const Listed listed = call([] { return read_catalog(CurrentMemoryContext); });
  std::vector<DatabaseName> result;
  for (int i = 0; i < listed.count; ++i) result.push_back({listed.databases[i].oid, NameStr(listed.databases[i].datname)});
  if (listed.databases != nullptr) call([&] { pfree(listed.databases); });
  return result;
}

}  // namespace segments::pg

#include "pg/erasure/wait_limit.h"

#include <cstring>
#include <exception>

#include "pg/catalog/source.h"
#include "pg/catalog/source_checks.h"
#include "pg/query/query.h"
#include "pg/run/membership_lock.h"
#include "pg/run/refresh_lock.h"
#include "pg/server/extension_lock.h"
#include "pg/server/unfinished_rows.h"

namespace segments::pg {
namespace {

int erase_timeout_setting = 60'000;

bool is_lock_timeout(const ErrorData* error) {
  return error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE && error->message_id != nullptr &&
         std::strcmp(error->message_id, "canceling statement due to lock timeout") == 0;
}

const char* description_of(WaitFor wait) {
  switch (wait) {
    case WaitFor::kRefresh:
      return "a refresh, or another erasure, to end";
    case WaitFor::kTable:
      return "a lock on a registered table";
    case WaitFor::kWriter:
      return "a transaction that has written a registered table";
    case WaitFor::kRow:
      return "a lock on rows of a registered table";
  }
  return "";
}

}  // namespace

// Who holds what an erasure waits for: server processes, or prepared transactions.
struct Blockers {
  std::string processes;  // '4711, 4712'; empty: none
  std::string prepared;   // their names, likewise
  std::string tables;     // which they have locked, or wait to lock, likewise; empty: it is something else
  bool none() const { return processes.empty() && prepared.empty(); }
};

namespace {

// $1: the lock of a refresh, or 0; $2: the tables, whose parts are meant too; $3: whether those who have written (or locked rows
// of) them count, and what they have locked does not; $4: if so, which transactions, or all.
Blockers find_blockers(bool refresh, std::span<const Oid> tables, bool writers, std::span<const int64_t> transactions) {
  std::vector<int64_t> relations(tables.begin(), tables.end());
  Rows rows =
      run("WITH RECURSIVE part AS ("
          "  SELECT unnest($2::oid[]) AS relation"
          "  UNION SELECT inhrelid FROM pg_inherits JOIN part ON inhparent = part.relation"
          "), blocking AS MATERIALIZED ("
          "  SELECT DISTINCT held.pid, held.virtualtransaction, CASE WHEN NOT $3 THEN held.relation END AS relation"
          "  FROM pg_locks held"
          "  WHERE held.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
          "   AND held.pid IS DISTINCT FROM pg_backend_pid() AND CASE held.locktype"
          "    WHEN 'object' THEN held.granted AND held.mode = 'ExclusiveLock' AND held.objsubid = $1"
          "      AND held.classid = 'pg_extension'::regclass"
          "      AND held.objid = (SELECT oid FROM pg_extension WHERE extname = 'segments')"
          "    WHEN 'relation' THEN held.relation IN (SELECT relation FROM part) AND ("
          "      held.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')"
          "      OR $3 AND held.granted AND held.mode IN ('RowShareLock', 'RowExclusiveLock') AND EXISTS ("
          "       SELECT FROM pg_locks writer WHERE writer.virtualtransaction = held.virtualtransaction"
          "        AND writer.pid IS NOT DISTINCT FROM held.pid AND writer.locktype = 'transactionid' AND writer.granted"
          "        AND writer.mode = 'ExclusiveLock' AND (cardinality($4) = 0 OR writer.transactionid::text::int8 = ANY ($4))))"
          "    ELSE false END)"
          " SELECT string_agg(DISTINCT blocking.pid::text, ', '), string_agg(DISTINCT quote_literal(prepared.gid), ', '),"
          "  string_agg(DISTINCT blocking.relation::regclass::text, ', ')"
          " FROM blocking LEFT JOIN pg_locks own ON blocking.pid IS NULL AND own.pid IS NULL"
          "  AND own.virtualtransaction = blocking.virtualtransaction AND own.locktype = 'transactionid'"
          " LEFT JOIN pg_prepared_xacts prepared ON prepared.transaction = own.transactionid",
          {int4(refresh ? static_cast<int32_t>(ExtensionLock::kRefresh) : 0), int8_array(relations), boolean(writers),
           int8_array(transactions)},
          {.read_only = true});
  Blockers found;
  if (!rows.is_null(0, 0)) found.processes = rows.text(0, 0);
  if (!rows.is_null(0, 1)) found.prepared = rows.text(0, 1);
  if (!rows.is_null(0, 2)) found.tables = rows.text(0, 2);
  rows.release();
  return found;
}

std::vector<Oid> tables_of_extension() {
  Rows rows =
      run("SELECT member.objid FROM pg_depend member JOIN pg_extension extension ON extension.oid = member.refobjid"
          " JOIN pg_class ON pg_class.oid = member.objid AND relkind IN ('r', 'p')"
          " WHERE extname = 'segments' AND member.refclassid = 'pg_extension'::regclass AND member.classid = 'pg_class'::regclass"
          "  AND member.deptype = 'e'",
          {}, {.read_only = true});
  std::vector<Oid> tables;
  for (uint64_t i = 0; i < rows.size(); ++i) tables.push_back(rows.oid(i, 0));
  rows.release();
  return tables;
}

std::string described(const Blockers& blockers) {
  std::string text;
  if (!blockers.processes.empty()) {
    text = (blockers.processes.find(',') == std::string::npos ? "process " : "processes ") + blockers.processes;
  }
  if (!blockers.prepared.empty()) {
    if (!text.empty()) text += ", ";
    text += (blockers.prepared.find(',') == std::string::npos ? "prepared transaction " : "prepared transactions ") +
            blockers.prepared;
  }
  return text.empty() ? "a lock" : text;
}

struct Writers {
  std::vector<TransactionId> able;                // of roles that may put rows into a table
  std::map<Oid, std::set<TransactionId>> unable;  // of those that may not, by table
};

// Transactions that have a number, and locks for writing on these tables.  Such a lock is to be had without any right: PREPARE
// takes it, and keeps it.
Writers find_writers(std::span<const Oid> tables) {
  std::vector<int64_t> relations(tables.begin(), tables.end());
  Rows rows = run(
      "SELECT DISTINCT held.relation, writer.transactionid,"
      "  coalesce(has_any_column_privilege(coalesce(activity.usesysid, owner.oid), held.relation, 'INSERT, UPDATE'), true)"
      " FROM pg_catalog.pg_locks held JOIN pg_catalog.pg_locks writer"
      " ON writer.virtualtransaction = held.virtualtransaction AND writer.pid IS NOT DISTINCT FROM held.pid"
      " AND writer.locktype = 'transactionid' AND writer.mode = 'ExclusiveLock' AND writer.granted"
      " LEFT JOIN pg_catalog.pg_stat_activity activity ON activity.pid = held.pid"
      " LEFT JOIN pg_catalog.pg_prepared_xacts prepared ON held.pid IS NULL AND prepared.transaction = writer.transactionid"
      " LEFT JOIN pg_catalog.pg_roles owner ON owner.rolname = prepared.owner"
      " WHERE held.locktype = 'relation' AND held.relation = ANY ($1::oid[]) AND held.mode = 'RowExclusiveLock' AND held.granted"
      "  AND held.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())"
      "  AND held.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()",
      {int8_array(relations)});
  Writers writers;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    const TransactionId transaction = DatumGetTransactionId(rows.value(i, 1));
    if (rows.boolean(i, 2)) {
      writers.able.push_back(transaction);
    } else {
      writers.unable[rows.oid(i, 0)].insert(transaction);
    }
  }
  rows.release();
  return writers;
}

// What was written before the erasure began is seen by it: waits for the transactions that have written these tables.  Who may
// not is believed to have done so only if there are rows: as another role, by a function that somebody lets it execute.
void wait_for_writers(WaitLimit& limit, std::span<const Oid> tables) {
  Writers writers = find_writers(tables);
  for (const auto& [table, transactions] : writers.unable) {
    for (const TransactionId writer : writers_among(table, transactions)) writers.able.push_back(writer);
  }
  for (const TransactionId writer : writers.able) {
    limit.begin_for_writer(writer);
    call([&] { XactLockTableWait(writer, nullptr, nullptr, XLTW_None); });
  }
}

void lock_table(WaitLimit& limit, Oid table, std::vector<Oid>& locked) {
  if (std::ranges::find(locked, table) != locked.end()) return;
  limit.begin(WaitFor::kTable);
  call([&] { LockRelationOid(table, RowExclusiveLock); });
  locked.push_back(table);
}

}  // namespace

WaitLimit::WaitLimit() : limit_ms_(erase_timeout_setting), caller_limit_ms_(LockTimeout), began_(GetCurrentTimestamp()) {}

int WaitLimit::left_ms() const {
  int64_t left = INT_MAX;
  if (limit_ms_ != 0) left = std::max<int64_t>(1, limit_ms_ - (GetCurrentTimestamp() - began_) / 1000);
  return static_cast<int>(caller_limit_ms_ > 0 ? std::min<int64_t>(left, caller_limit_ms_) : left);
}

void WaitLimit::renew() {
  constexpr int64_t kOftenMs = 10;
  if (GetCurrentTimestamp() / 1000 - set_at_ms_ >= kOftenMs) begin(wait_);
}

void WaitLimit::begin(WaitFor wait) {
  wait_ = wait;
  set_at_ms_ = GetCurrentTimestamp() / 1000;
  const int left = left_ms();
  call([&] {
    char text[16];
    snprintf(text, sizeof text, "%d", left);
    set_config_option("lock_timeout", text, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
  });
}

void WaitLimit::begin_for_writer(TransactionId transaction) {
  writer_ = transaction;
  begin(WaitFor::kWriter);
}

void WaitLimit::run(const std::function<void()>& body) {
  const MemoryContext context = CurrentMemoryContext;
  const MemoryContext transaction_context = CurTransactionContext;
  const ResourceOwner owner = CurrentResourceOwner;
  const auto restore = [&] {
    MemoryContextSwitchTo(context);
    CurrentResourceOwner = owner;
  };
  call([&] {
    BeginInternalSubTransaction(nullptr);
    MemoryContextSwitchTo(context);
  });
  std::exception_ptr failure;
  std::optional<ServerError> server_failure;
  try {
    body();
  } catch (const ServerError& error) {
    server_failure = copied_into(transaction_context, error);
  } catch (...) {
    failure = std::current_exception();
  }
  if (!failure && !server_failure) {
    call([] { ReleaseCurrentSubTransaction(); });
    return restore();
  }
  call([] { RollbackAndReleaseCurrentSubTransaction(); });
  restore();
  if (failure) std::rethrow_exception(failure);
  if (is_lock_timeout(server_failure->data)) give_up();
  throw *server_failure;
}

// What is waited for beside rows of the registered tables is a lock on a table of the extension, at any time.
Blockers WaitLimit::blockers() const {
  const int64_t writer = writer_;
  Blockers found;
  if (wait_ == WaitFor::kRefresh) found = find_blockers(true, {}, true, {});
  if (wait_ == WaitFor::kTable) found = find_blockers(false, tables_, false, {});
  if (wait_ == WaitFor::kWriter) found = find_blockers(false, tables_, true, {&writer, 1});
  if (found.none()) found = find_blockers(false, tables_of_extension(), false, {});
  if (found.none() && wait_ == WaitFor::kRow) found = find_blockers(false, tables_, true, {});
  return found;
}

void WaitLimit::give_up() const {
  const Blockers found = with_spi([&] { return blockers(); });
  const std::string processes = described(found);
  const std::string tables =
      (found.tables.find(',') == std::string::npos ? "a lock on table " : "a lock on tables ") + found.tables;
  const char* who = processes.c_str();
  const char* what = found.tables.empty() ? description_of(wait_) : tables.c_str();
  const int64_t waited_ms = (GetCurrentTimestamp() - began_) / 1000;
  call([&] {
    ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE), errmsg("an erasure gave up waiting for %s", who),
                    errdetail("It waited %lld ms for %s.  Nothing was erased.", static_cast<long long>(waited_ms), what),
                    errhint("Try again when that has ended, or give it more time: SET segments.erase_timeout.")));
  });
  pg_unreachable();
}

void keep_out_changes(WaitLimit& limit) {
  limit.begin(WaitFor::kRefresh);
  lock_refresh_for_erasure();
  lock_memberships_within(limit.left_ms());
  limit.begin(WaitFor::kRow);
}

void lock_tables(WaitLimit& limit, std::span<const Oid> tables) {
  limit.set_tables({tables.begin(), tables.end()});
  std::vector<Oid> locked;
  for (const Oid table : tables) lock_table(limit, table, locked);
  for (const Oid table : tables) {
    check_partition_count(table);
    for (const SourceLeaf& leaf : leaves_of(table)) lock_table(limit, leaf.relation, locked);
  }
  wait_for_writers(limit, locked);
  limit.begin(WaitFor::kRow);
}

void define_erasure_settings() {
  call([] {
    DefineCustomIntVariable("segments.erase_timeout", "How long an erasure waits for locks of others, all in all.",
                            "In milliseconds. Then it gives up, and nothing is erased. 0: without limit.", &erase_timeout_setting,
                            60'000, 0, INT_MAX, PGC_USERSET, GUC_UNIT_MS, nullptr, nullptr, nullptr);
  });
}

}  // namespace segments::pg

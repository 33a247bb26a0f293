#include "pg/worker/job.h"

#include "pg/server/extension_lock.h"
#include "pg/server/process.h"
#include "pg/server/sqlstate.h"
#include "pg/server/version_settings.h"
#include "pg/query/query.h"
#include "pg/refresh/refresh.h"
#include "pg/query/transaction_step.h"
#include "pg/worker/exclusive_right.h"

namespace segments::pg {
namespace {

JobReport* find_report(Datum argument, const JobOrder& order) {
  return call([&] {
    dsm_segment* segment = dsm_attach(DatumGetUInt32(argument));
    // The launcher has ended, and the next one will send another job.
    if (segment == nullptr) proc_exit(0);
    dsm_pin_mapping(segment);
    return static_cast<JobReport*>(dsm_segment_address(segment)) + order.report;
  });
}

// What would make a refresh impossible or end it early if the server has it as a default, as autovacuum does; and no machine
// code for the many small statements.
void settle_session() {
  call([] {
    for (const auto& [name, value] :
         {std::pair{"default_transaction_isolation", "read committed"}, std::pair{"default_transaction_read_only", "off"},
          std::pair{"exit_on_error", "off"}, std::pair{"jit", "off"}, std::pair{"lock_timeout", "0"},
          std::pair{"search_path", "pg_catalog, pg_temp"}}) {
      SetConfigOption(name, value, PGC_SUSET, PGC_S_OVERRIDE);
    }
    lift_transaction_timeout();
  });
}

// The server does not release locks of a session when a process ends outside of a transaction.
void release_locks(int, Datum) { LockReleaseSession(DEFAULT_LOCKMETHOD); }

bool try_lock(const LOCKTAG& tag, LOCKMODE mode) { return LockAcquire(&tag, mode, true, true) != LOCKACQUIRE_NOT_AVAIL; }

// Its tables are locked by whoever drops it, and by nobody else without a right on them.
bool is_being_dropped() {
  const Oid table = get_relname_relid("job", get_namespace_oid("segments", true));
  return !OidIsValid(table) || !ConditionalLockRelationOid(table, AccessShareLock);
}

// Keeps other workers away over all transactions until one fails, which releases the lock.  False if there is no extension, if it
// is being dropped, or if a worker of an earlier launcher is still here.
//
// The extension itself is not locked: any role can lock it (ALTER FUNCTION … DEPENDS ON EXTENSION) for as long as it likes.  Who
// drops it meanwhile waits for the tables that a refresh has locked, and the launcher sees that.
bool begin_visit() {
  return call([] {
    StartTransactionCommand();
    const Oid extension = get_extension_oid("segments", true);
    const bool is_begun =
        OidIsValid(extension) && !is_being_dropped() && try_lock(tag_of(ExtensionLock::kWorker, extension), ExclusiveLock);
    CommitTransactionCommand();
    return is_begun;
  });
}

// Runs `body` in a transaction of its own, as the extension's owner.
template <class F>
auto in_transaction(F body) {
  call([] {
    StartTransactionCommand();
    // Statements of functions in SQL take theirs on top of one.
    PushActiveSnapshot(GetTransactionSnapshot());
  });
  const OwnerScope owner = OwnerScope::enter();
  const auto result = with_spi(body);
  owner.leave();
  call([] {
    PopActiveSnapshot();
    CommitTransactionCommand();
  });
  return result;
}

struct DueJob {
  std::string name;
  bool is_retry;
};

Timestamp now() {
  return call([] { return GetCurrentTimestamp(); });
}

// Whatever a worker has begun and not ended was cut off: no other one is here.
std::vector<DueJob> find_due_jobs() {
  return in_transaction([] {
    const Parameter at = timestamptz(now());
    run("SELECT segments_internal.end_interrupted_jobs($1)", {at});
    Rows rows =
        run("SELECT due.job, history.failures > 0 FROM segments_internal.due_jobs($1) due JOIN segments.job_history history "
            "USING (job)"
            " ORDER BY due.due_at, due.job",
            {at});
    std::vector<DueJob> jobs;
    for (uint64_t i = 0; i < rows.size(); ++i) jobs.push_back({rows.text(i, 0), rows.boolean(i, 1)});
    return jobs;
  });
}

TimestampTz find_next_due() {
  return in_transaction([] {
    const Rows rows = run("SELECT coalesce(segments_internal.next_due_at($1), 'infinity')", {timestamptz(now())});
    return rows.timestamptz(0, 0);
  });
}

void begin(const DueJob& job) {
  in_transaction([&] { return run("SELECT segments_internal.begin_job($1, $2)", {text(job.name), timestamptz(now())}).size(); });
}

void end(const DueJob& job, const StepFailure* failure) {
  in_transaction([&] {
    const Parameter sqlstate = failure != nullptr ? text(failure->sqlstate) : null_of(TEXTOID);
    const Parameter message = failure != nullptr ? text(failure->message) : null_of(TEXTOID);
    return run("SELECT segments_internal.end_job($1, $2, $3, $4)", {text(job.name), timestamptz(now()), sqlstate, message})
        .size();
  });
}

// Not as a statement of SQL: the owner of the extension, who need not be a superuser, could give that another meaning.
void refresh_as(const char* trigger) {
  call([&] {
    SetConfigOption("segments.refresh_trigger", trigger, PGC_USERSET, PGC_S_SESSION);
    debug_query_string = "CALL segments.refresh()";
    pgstat_report_activity(STATE_RUNNING, debug_query_string);
    SetCurrentStatementStartTimestamp();
    StartTransactionCommand();
    // The server arms it for statements of clients only.
    if (StatementTimeout > 0) enable_timeout_after(STATEMENT_TIMEOUT, StatementTimeout);
  });
  refresh_in_own_transactions();
  call([] {
    CommitTransactionCommand();
    disable_all_timeouts(false);
  });
}

// As the main loop of a session does after an error.
void clean_up() {
  call([] {
    HOLD_INTERRUPTS();
    disable_all_timeouts(false);
    QueryCancelPending = false;
    AbortCurrentTransaction();
    RESUME_INTERRUPTS();
  });
}

// `error`: what the server says of it, if it was the server's.
void log_failure(const std::string& database, const StepFailure& failure, const ErrorData* error) {
  const char* name = database.c_str();
  const char* message = failure.message.c_str();
  const char* state = failure.sqlstate.c_str();
  call([&] {
    ereport(LOG, (errcode(MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4])),
                  errmsg("scheduled refresh of database \"%s\" failed: %s", name, message),
                  error != nullptr && error->detail != nullptr ? errdetail_internal("%s", error->detail) : 0,
                  error != nullptr && error->hint != nullptr ? errhint("%s", error->hint) : 0,
                  error != nullptr && error->context != nullptr ? errcontext("%s", error->context) : 0));
  });
}

// Another refresh or an erasure is running.  It is tried again as after a failure, unless the other one was a refresh that went
// well, which makes up for it.
bool is_skipped(const StepFailure& failure) { return failure.sqlstate == sqlstate::kLockNotAvailable; }

// False if the extension was dropped meanwhile, or is being dropped.
bool run_job(const std::string& database, const DueJob& job) {
  begin(job);
  StepFailure failure;
  std::optional<ServerError> error;
  bool has_failed = false;
  try {
    refresh_as(job.is_retry ? "retry" : "schedule");
  } catch (...) {
    has_failed = true;
    failure = step::describe(error);
  }
  if (has_failed) {
    if (!is_skipped(failure)) log_failure(database, failure, error ? error->data : nullptr);
    clean_up();
    if (!begin_visit()) return false;
  }
  end(job, has_failed ? &failure : nullptr);
  call([] {
    debug_query_string = nullptr;
    pgstat_report_stat(true);
    pgstat_report_activity(STATE_IDLE, nullptr);
  });
  return true;
}

std::string database_name() {
  return call([] {
    StartTransactionCommand();
    const char* found = get_database_name(MyDatabaseId);
    const char* name = MemoryContextStrdup(TopMemoryContext, found != nullptr ? found : "");
    CommitTransactionCommand();
    ereport(DEBUG1, (errmsg_internal("segments worker visits database \"%s\"", name)));
    return name;
  });
}

}  // namespace
}  // namespace segments::pg

SEGMENTS_PROCESS(segments_job) {
  using namespace segments::pg;
  JobOrder order;
  std::memcpy(&order, MyBgworkerEntry->bgw_extra, sizeof order);
  begin_process();
  call([&] {
    BackgroundWorkerInitializeConnectionByOid(order.database, InvalidOid, 0);
    before_shmem_exit(release_locks, Datum(0));
  });
  JobReport* report = find_report(argument, order);
  settle_session();
  const std::string database = database_name();
  if (!begin_visit()) return;
  const std::vector<DueJob> due = find_due_jobs();
  if (!due.empty()) report->rights = in_transaction([] { return ExclusiveRights::publish(); });
  for (const DueJob& job : due) {
    if (!run_job(database, job)) return;
  }
  report->next_due = find_next_due();
  report->has_extension = true;
}

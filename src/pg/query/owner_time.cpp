#include "pg/query/owner_time.h"

#include <csignal>

#include "pg/query/column_sql.h"

namespace segments::pg {
namespace {

constexpr int kDefaultMs = 3'600'000;
constexpr int kRepeatMs = 100;
constexpr int kLeastPatienceMs = 10'000;

int source_time_setting = kDefaultMs;

TimestampTz deadline = 0;   // of the part that runs; 0: none
bool is_running = false;    // a statement as an owner
bool is_cancelled = false;  // the session, amid that statement
volatile std::sig_atomic_t is_over = 0;
volatile std::sig_atomic_t cancels_left = 0;  // then the process is ended
const char* culprit = nullptr;                // the table of the statement that runs
TimeoutId timeout;
bool has_timeout = false;

// In a handler of a signal: as a cancel.
void end_statement() {
  is_over = 1;
  if (cancels_left > 0) {
    cancels_left = cancels_left - 1;
  } else {
    ProcDiePending = 1;
  }
  InterruptPending = 1;
  QueryCancelPending = 1;
  SetLatch(MyLatch);
}

// While an error is raised: whether it is a cancel of the session.
bool raises_cancel() {
  if (geterrcode() != ERRCODE_QUERY_CANCELED) return false;
  MemoryContext outer = MemoryContextSwitchTo(TopTransactionContext);
  ErrorData* error = CopyErrorData();
  const bool is = is_cancel(*error);
  FreeErrorData(error);
  MemoryContextSwitchTo(outer);
  return is;
}

// While an error is raised: what catches it finds the next cancel pending before its first statement.
void insist(void*) {
  if (is_over == 0 && !is_cancelled) is_cancelled = raises_cancel();
  if (is_over == 0 && !is_cancelled) return;
  InterruptPending = 1;
  QueryCancelPending = 1;
  if (is_over != 0 && cancels_left == 0) {
    errcontext("statements on table %s, which have not ended at segments.source_time_limit", culprit);
  }
}

void arm(TimestampTz at) {
  if (!has_timeout) {
    timeout = RegisterTimeout(USER_TIMEOUT, end_statement);
    has_timeout = true;
  }
  enable_timeout_every(timeout, at, kRepeatMs);
}

}  // namespace

bool is_cancel(const ErrorData& error) {
  return ERRCODE_TO_CATEGORY(error.sqlerrcode) == ERRCODE_OPERATOR_INTERVENTION && error.funcname != nullptr &&
         std::strcmp(error.funcname, "ProcessInterrupts") == 0;
}

OwnerTimeLimit::OwnerTimeLimit() : outer_deadline_(deadline) {
  if (source_time_setting == 0) return;
  const TimestampTz own = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), static_cast<int64>(source_time_setting));
  deadline = deadline == 0 ? own : std::min(deadline, own);
}

OwnerTimeLimit::~OwnerTimeLimit() { deadline = outer_deadline_; }

void OwnerStatement::begin() {
  is_outermost_ = !is_running;
  if (!is_outermost_) return;
  name_ = table_name(table_);  // not amid an error
  is_over = 0;
  is_cancelled = false;
  if (deadline != 0) {
    if (GetCurrentTimestamp() >= deadline) give_up();
    cancels_left = std::max(source_time_setting, kLeastPatienceMs) / kRepeatMs;
    culprit = name_.c_str();
    call([] { arm(deadline); });
  }
  is_limited_ = deadline != 0;
  is_running = true;
  insistence_ = {error_context_stack, insist, nullptr};
  error_context_stack = &insistence_;
}

// Nested statements leave it to the outermost.
bool OwnerStatement::end() {
  if (!is_outermost_) return is_over != 0;
  is_running = false;
  error_context_stack = insistence_.previous;
  if (is_limited_) call([] { disable_timeout(timeout, false); });
  if (is_over == 0) return false;
  is_over = 0;
  QueryCancelPending = 0;
  return true;
}

void OwnerStatement::pass(const ServerError& error) const {
  if (is_outermost_ && is_cancelled && is_cancel(*error.data)) QueryCancelPending = 0;
}

bool OwnerStatement::is_due_to_limit(const ServerError& error) {
  const ErrorData& data = *error.data;
  return is_cancel(data) && data.message_id != nullptr &&
         std::strcmp(data.message_id, "canceling statement due to user request") == 0;
}

void OwnerStatement::give_up() const {
  const char* name = name_.c_str();
  try {
    call([&] {
      ereport(
          ERROR,
          (errcode(ERRCODE_QUERY_CANCELED), errmsg("statements on table %s took longer than segments.source_time_limit", name),
           errdetail("What runs as the owner of a table may take %d ms.", source_time_setting),
           errhint("Look for slow functions in its indexes, constraints, policies and triggers, or let an administrator "
                   "raise the setting.")));
    });
  } catch (ServerError& error) {
    error.is_foreign = true;
    throw;
  }
  pg_unreachable();
}

void define_owner_time_setting() {
  call([] {
    DefineCustomIntVariable(
        "segments.source_time_limit", "How long what runs as the owner of a source may take.",
        "In milliseconds, in one part of a refresh, whose source then freezes, or in an erasure, which then changes nothing. "
        "0: any time.",
        &source_time_setting, kDefaultMs, 0, INT_MAX, PGC_SUSET, GUC_UNIT_MS, nullptr, nullptr, nullptr);
  });
}

}  // namespace segments::pg

#include "pg/query/transaction_step.h"

namespace segments::pg {

bool may_commit(FunctionCallInfo call_info) {
  if (call_info->context == nullptr || call_info->context->type != T_CallContext) return false;
  return !reinterpret_cast<CallContext*>(call_info->context)->atomic && !IsSubTransaction();
}

namespace step {

Scope begin() {
  const Scope scope{CurrentMemoryContext, CurrentResourceOwner};
  call([&] {
    // After a commit there is none, which statements that read by the active snapshot need.
    PushActiveSnapshot(GetTransactionSnapshot());
    BeginInternalSubTransaction(nullptr);
    MemoryContextSwitchTo(scope.context);
  });
  return scope;
}

void commit(const Scope& scope) {
  call([&] {
    ReleaseCurrentSubTransaction();
    MemoryContextSwitchTo(scope.context);
    CurrentResourceOwner = scope.owner;
    PopActiveSnapshot();
    SPI_commit();
  });
}

void roll_back(const Scope& scope) {
  call([&] {
    RollbackAndReleaseCurrentSubTransaction();
    MemoryContextSwitchTo(scope.context);
    CurrentResourceOwner = scope.owner;
    PopActiveSnapshot();
    SPI_rollback();
  });
}

StepFailure describe(std::optional<ServerError>& server_error) {
  StepFailure failure;
  failure.error = std::current_exception();
  int sqlstate = ERRCODE_INTERNAL_ERROR;
  try {
    throw;
  } catch (const ServerError& error) {
    server_error = error;
    sqlstate = error.data->sqlerrcode;
    failure.message = error.data->message != nullptr ? error.data->message : "";
  } catch (const Error& error) {
    sqlstate = sqlstate_of(error.code());
    failure.message = error.what();
  } catch (const std::bad_alloc&) {
    sqlstate = ERRCODE_OUT_OF_MEMORY;
    failure.message = "out of memory";
  } catch (const std::exception& error) {
    failure.message = error.what();
  } catch (...) {
    failure.message = "unexpected C++ exception";
  }
  failure.sqlstate = unpack_sql_state(sqlstate);
  return failure;
}

void keep(StepFailure& failure, const std::optional<ServerError>& server_error, MemoryContext context) {
  if (server_error) failure.error = std::make_exception_ptr(copied_into(context, *server_error));
}

}  // namespace step
}  // namespace segments::pg

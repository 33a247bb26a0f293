// Work that commits by itself: the transactions that a procedure consists of.
#pragma once
#include <exception>
#include <optional>
#include <string>

#include "pg/query/query.h"

namespace segments::pg {

// What ended a step.  `error` is what was thrown, and stays valid after the step's transaction.
struct StepFailure {
  std::string sqlstate;
  std::string message;
  std::exception_ptr error;
};

// Whether this call of a procedure may commit: CALL at the top level, not within BEGIN, a function or a procedure with SET.
bool may_commit(FunctionCallInfo call_info);

// Connects to SPI so that steps can run, runs `body`, finishes.  REQUIRES: may_commit().
template <class F>
void with_steps(F body) {
  call([] { SPI_connect_ext(SPI_OPT_NONATOMIC); });
  const AmidRows no_rows(false);
  body();
  call([] { SPI_finish(); });
}

namespace step {

struct Scope {
  MemoryContext context;
  ResourceOwner owner;
};
Scope begin();
void commit(const Scope& scope);
void roll_back(const Scope& scope);
// REQUIRES: within a handler.  Calls no server.
StepFailure describe(std::optional<ServerError>& server_error);
// Copies a server's error to where it outlives the transaction.
void keep(StepFailure& failure, const std::optional<ServerError>& server_error, MemoryContext context);

}  // namespace step

// Runs `body` as the extension's owner and commits; the next transaction has begun when this returns.  An error rolls everything
// back and is returned.  Inside is a subtransaction: its abort cleans up whatever the error left behind (cursors, SPI's stack,
// snapshots), which a rollback from within a procedure does not.
// REQUIRES: within with_steps().
template <class F>
std::optional<StepFailure> run_step(F body) {
  const step::Scope scope = step::begin();
  StepFailure failure;
  std::optional<ServerError> server_error;
  bool has_failed = false;
  try {
    const OwnerScope owner = OwnerScope::enter();
    body();
    owner.leave();
  } catch (...) {
    has_failed = true;
    failure = step::describe(server_error);
  }
  if (has_failed) {
    step::keep(failure, server_error, scope.context);
    step::roll_back(scope);
    return failure;
  }
  try {
    step::commit(scope);
    return std::nullopt;
  } catch (...) {
    failure = step::describe(server_error);
  }
  step::keep(failure, server_error, scope.context);
  return failure;
}

}  // namespace segments::pg

// Work whose failure must not end the transaction around it.
#pragma once
#include <string>

#include "pg/server/boundary.h"

namespace segments::pg {

struct Failure {
  std::string sqlstate;
  std::string message;
};

// Runs `body` in a subtransaction.  Its error rolls the subtransaction back and is returned; a cancel or a shutdown does so too,
// and passes.
template <class F>
std::optional<Failure> in_subtransaction(F body) {
  MemoryContext context = CurrentMemoryContext;
  MemoryContext transaction_context = CurTransactionContext;
  ResourceOwner owner = CurrentResourceOwner;
  const auto restore = [&] {
    MemoryContextSwitchTo(context);
    CurrentResourceOwner = owner;
  };
  call([&] {
    BeginInternalSubTransaction(nullptr);
    MemoryContextSwitchTo(context);
  });
  Failure failure;
  const ErrorData* passing = nullptr;
  try {
    body();
    call([] { ReleaseCurrentSubTransaction(); });
    restore();
    return std::nullopt;
  } catch (const ServerError& error) {
    const int state = error.data->sqlerrcode;
    if (ERRCODE_TO_CATEGORY(state) == ERRCODE_OPERATOR_INTERVENTION || error.data->elevel > ERROR) passing = error.data;
    failure = {unpack_sql_state(state), error.data->message != nullptr ? error.data->message : ""};
  } catch (const Error& error) {
    failure = {unpack_sql_state(sqlstate_of(error.code())), error.what()};
  } catch (const std::bad_alloc&) {
    failure = {unpack_sql_state(ERRCODE_OUT_OF_MEMORY), "out of memory"};
  } catch (const std::exception& error) {
    failure = {unpack_sql_state(ERRCODE_INTERNAL_ERROR), error.what()};
  }
  // The error's own memory goes with the subtransaction.
  std::optional<ServerError> kept;
  if (passing != nullptr) kept = copied_into(transaction_context, passing);
  call([] { RollbackAndReleaseCurrentSubTransaction(); });
  restore();
  if (kept) throw *kept;
  return failure;
}

}  // namespace segments::pg

// Work whose failure must not end the transaction around it.
#pragma once
#include <string>

#include "pg/server/boundary.h"

namespace segments::pg {

struct Failure {
  std::string sqlstate;
  std::string message;
  std::string detail = {};
  std::string hint = {};
  std::optional<ErrorCode> code = {};  // of an error of the core
  std::string detail_log = {};         // what the server's log has in place of the detail; empty: the same
};

// A cancel or a shutdown.
inline bool ends_transaction(const ServerError& error) {
  return !error.is_foreign && ERRCODE_TO_CATEGORY(error.data->sqlerrcode) == ERRCODE_OPERATOR_INTERVENTION;
}

// Runs `body` in a subtransaction.  Its error rolls the subtransaction back and is returned; one that `passes` does so too, and
// is thrown on.
template <class F>
std::optional<Failure> in_subtransaction(F body, bool (*passes)(const ServerError&) = ends_transaction) {
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
  std::optional<ServerError> passing;
  try {
    body();
    call([] { ReleaseCurrentSubTransaction(); });
    restore();
    return std::nullopt;
  } catch (const ServerError& error) {
    const auto copied = [](const char* part) { return std::string(part != nullptr ? part : ""); };
    if (passes(error)) passing = error;
    failure = {unpack_sql_state(error.data->sqlerrcode), copied(error.data->message), copied(error.data->detail),
               copied(error.data->hint)};
    failure.detail_log = copied(error.data->detail_log);
  } catch (const Error& error) {
    failure = {unpack_sql_state(sqlstate_of(error.code())), error.what(), error.detail(), error.hint(), error.code()};
  } catch (const std::bad_alloc&) {
    failure = {unpack_sql_state(ERRCODE_OUT_OF_MEMORY), "out of memory"};
  } catch (const std::exception& error) {
    failure = {unpack_sql_state(ERRCODE_INTERNAL_ERROR), error.what()};
  }
  // The error's own memory goes with the subtransaction.
  if (passing) passing = copied_into(transaction_context, *passing);
  call([] { RollbackAndReleaseCurrentSubTransaction(); });
  restore();
  if (passing) throw *passing;
  return failure;
}

}  // namespace segments::pg

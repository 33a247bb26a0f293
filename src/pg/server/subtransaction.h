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
};

// A cancel or a shutdown.
inline bool ends_transaction(const ErrorData& error) {
  return ERRCODE_TO_CATEGORY(error.sqlerrcode) == ERRCODE_OPERATOR_INTERVENTION || error.elevel > ERROR;
}

// Runs `body` in a subtransaction.  Its error rolls the subtransaction back and is returned; one that `passes` does so too, and
// is thrown on.
template <class F>
std::optional<Failure> in_subtransaction(F body, bool (*passes)(const ErrorData&) = ends_transaction) {
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
    const auto copied = [](const char* part) { return std::string(part != nullptr ? part : ""); };
    if (passes(*error.data)) passing = error.data;
    failure = {unpack_sql_state(error.data->sqlerrcode), copied(error.data->message), copied(error.data->detail),
               copied(error.data->hint)};
  } catch (const Error& error) {
    failure = {unpack_sql_state(sqlstate_of(error.code())), error.what(), error.detail(), error.hint(), error.code()};
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

// Functions that change what is registered are granted by name, and alter tables of whoever calls them as well as the
// extension's: the one that is called has its namesake in segments_internal run as the extension's owner, which nobody else may
// call.  It is told who the caller is, and says what that role may do.
#include "pg/query/lock_timeout.h"
#include "pg/query/own_lock.h"
#include "pg/query/query.h"

namespace segments::pg {
namespace {

// The function of the same name there, with the caller before the arguments.
Oid namesake(Oid function) {
  Oid* types = nullptr;
  int count = 0;
  char* name = get_func_name(function);
  if (name == nullptr) elog(ERROR, "cache lookup failed for function %u", function);
  get_func_signature(function, &types, &count);
  if (count + 1 > FUNC_MAX_ARGS) elog(ERROR, "too many arguments");
  Oid with_caller[FUNC_MAX_ARGS] = {OIDOID};
  std::copy(types, types + count, with_caller + 1);
  List* qualified = list_make2(makeString(pstrdup("segments_internal")), makeString(name));
  return LookupFuncName(qualified, count + 1, with_caller, false);
}

Datum run_namesake(FunctionCallInfo fcinfo, Oid caller) {
  const int count = fcinfo->nargs + 1;
  auto* info = static_cast<FmgrInfo*>(palloc0(sizeof(FmgrInfo)));
  fmgr_info(namesake(fcinfo->flinfo->fn_oid), info);
  auto* nested = static_cast<FunctionCallInfo>(palloc0(SizeForFunctionCallInfo(count)));
  // Names are compared by their bytes, whatever collation the caller has chosen.
  InitFunctionCallInfoData(*nested, info, static_cast<short>(count), C_COLLATION_OID, nullptr, nullptr);
  nested->args[0] = {ObjectIdGetDatum(caller), false};
  for (int i = 1; i < count; ++i) nested->args[i] = fcinfo->args[i - 1];
  const Datum result = FunctionCallInvoke(nested);
  fcinfo->isnull = nested->isnull;
  return result;
}

// Who waits for a lock on a table is told no more by the server than that it was not had.
void explain_lock_timeout(const ServerError& error) {
  ErrorData* data = error.data;
  if (error.is_foreign || data->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE || data->hint != nullptr) return;
  call([&] {
    MemoryContext previous = MemoryContextSwitchTo(data->assoc_context);
    data->detail = pstrdup("Another transaction has locked a table that this would alter.");
    data->hint = pstrdup(
        "SELECT pid, relation::regclass, mode FROM pg_locks WHERE granted AND relation IS NOT NULL shows who has locked what; "
        "try again "
        "when that transaction has ended, or raise segments.lock_timeout.");
    MemoryContextSwitchTo(previous);
  });
}

// No longer than others are waited for anywhere: whoever comes after who waits would wait as well.
Datum run_within_lock_timeout(FunctionCallInfo fcinfo, Oid caller) {
  Datum result = 0;
  try {
    within_lock_timeout([&] {
      with_spi([] { run("SELECT segments_internal.find_restored_tables()"); });
      result = call([&] { return run_namesake(fcinfo, caller); });
    });
  } catch (const ServerError& error) {
    explain_lock_timeout(error);
    throw;
  }
  return result;
}

}  // namespace
}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_as_registrar) {
  const Oid caller = GetUserId();
  if (call([&] { return superuser_arg(caller); })) return run_within_lock_timeout(fcinfo, caller);
  const OwnerScope owner = OwnerScope::enter();
  const Datum result = run_within_lock_timeout(fcinfo, caller);
  owner.leave();
  return result;
}

// Not a lock on the table: anybody can have one of those.
SEGMENTS_FUNCTION(segments_lock_interaction_types) {
  with_spi([] {
    own_lock_within(ExtensionLock::kCatalog, ExclusiveLock, shortest_lock_timeout(),
                    "another transaction has changed what is registered, and has not ended");
  });
  PG_RETURN_VOID();
}

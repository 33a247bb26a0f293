// The part of a refresh that reads one source.
#pragma once
#include "pg/catalog/lock_sources.h"
#include "pg/query/owner_time.h"
#include "pg/run/refresh_run.h"
#include "pg/server/local_setting.h"
#include "pg/store/fragment_store.h"
#include "pg/store/record_store.h"

namespace segments::pg {

// Whether an error is nobody's fault in particular (a cancel, a full disk, a full lock table, damage of ours), so that it ends
// the refresh.  None that was raised amid a statement on a source does: its owner could have raised it.
bool ends_refresh(const ServerError& error);

// Warns of the source if this refresh freezes it.
void warn_if_frozen(const RefreshContext& context, int32_t type_id);

// How long a part waits for rows that a registrar has written and not committed: a value of lock_timeout.
std::string registrar_timeout(const RefreshContext& context);

// Whether this is the error of one that has waited for so long; notes that.
bool note_registrar_timeout(RefreshContext& context, const ServerError& error);

// Says who has kept what is registered of a source locked.
void explain_registrar_timeout(Failure& failure);

// Runs `body` as a part of the run, in a subtransaction.  Its failure, or one before it, undoes all that it has done, also what
// the stores have in memory, and freezes the source; the refresh goes on.
template <class F>
void run_source_part(RefreshContext& context, int32_t type_id, const std::string& name, RecordStore& records,
                     FragmentStore& fragments, F body) {
  const char* kind = type_id == kUnificationId ? "unification" : "source";
  std::optional<Failure> failure;
  if (const auto found = context.failures.find(type_id); found != context.failures.end()) failure = found->second;
  run_part(context, kind, name, [&] {
    if (failure) return;
    records.flush();
    FragmentStore::SavePoint point = fragments.save_point();
    const ChangeCounters counters = context.counters;
    bool was_locked = false;
    failure = in_subtransaction(
        [&] {
          const OwnerTimeLimit limit;
          try {
            with_setting("lock_timeout", registrar_timeout(context).c_str(), [&] {
              body();
              records.flush();
              fragments.flush();
            });
          } catch (const ServerError& error) {
            was_locked = note_registrar_timeout(context, error);
            throw;
          }
        },
        ends_refresh);
    if (!failure) return;
    if (was_locked) explain_registrar_timeout(*failure);
    // What is stored of us is damaged: no source is to blame.
    if (failure->code == ErrorCode::kDataCorrupted) {
      throw Error(*failure->code, failure->message, failure->detail, failure->hint);
    }
    records.go_back();
    fragments.go_back(std::move(point));
    context.counters = counters;
  });
  if (!failure) return;
  fragments.freeze(type_id);
  context.failures.insert_or_assign(type_id, *failure);
  RefreshPart& part = context.parts[begin_part(context, kind, name)];
  part.state = "frozen";
  part.sqlstate = failure->sqlstate;
  part.reason = failure->message;
}

}  // namespace segments::pg

#include "pg/refresh/source_following.h"

#include <algorithm>

#include "pg/catalog/lock_sources.h"
#include "pg/catalog/source_checks.h"
#include "pg/query/column_sql.h"
#include "pg/query/owner_time.h"
#include "pg/query/saved_statement.h"
#include "pg/run/frozen_source.h"
#include "pg/server/sqlstate.h"

namespace segments::pg {
namespace {

// Whatever else its owner's code raises concerns this table alone.
bool is_cancel_of_session(const ServerError& error) { return is_cancel(*error.data); }

template <class F>
std::optional<Failure> attempt(F body) {
  return in_subtransaction(body, is_cancel_of_session);
}

std::optional<Failure> check_successor(int32_t type_id, Oid table) {
  return attempt([&] { run("SELECT segments_internal.check_successor($1, $2::regclass)", {int4(type_id), oid(table)}); });
}

// The table and all below it as altering it does, before anything is done.
void lock_exclusively(Oid table) {
  const auto lock = [](Oid relation) { call([&] { LockRelationOid(relation, AccessExclusiveLock); }); };
  lock(table);
  check_partition_count(table);
  Rows rows = run("SELECT below FROM segments_internal.tables_below($1::regclass) below ORDER BY 1", {oid(table)});
  for (uint64_t i = 0; i < rows.size(); ++i) lock(rows.oid(i, 0));
  rows.release();
}

void log_refusal(Oid table, const Failure& failure) {
  const std::string name = table_name(table);
  const char* texts[] = {name.c_str(), failure.message.c_str()};
  call([&] { ereport(LOG, (errmsg("segments cannot follow the name of %s: %s", texts[0], texts[1]))); });
}

}  // namespace

void SourceFollowing::plan() {
  static SavedStatement note("SELECT segments_internal.find_free_restored_tables(), segments_internal.note_owners()", {});
  note.run({}, false).release();
  static SavedStatement statement(
      "SELECT type_id, swapped_in::oid FROM segments.swapped_source WHERE has_same_owner ORDER BY type_id", {});
  Rows rows = statement.run({}, false);
  for (uint64_t i = 0; i < rows.size(); ++i) swapped_.push_back({rows.int4(i, 0), rows.oid(i, 1)});
  rows.release();
  if (swapped_.size() < 2) return;
  // What ended only at its limit before may do so again: it comes last.
  const std::map<int32_t, FrozenSource> frozen = frozen_sources();
  std::ranges::stable_partition(swapped_, [&](const Swapped& swapped) { return !frozen.contains(swapped.type_id); });
}

void SourceFollowing::follow_next() {
  const Swapped swapped = swapped_.front();
  swapped_.pop_front();
  // The refresh says what is wrong with it.
  if (const std::optional<Failure> refusal = check_successor(swapped.type_id, swapped.table)) {
    log_refusal(swapped.table, *refusal);
    return;
  }
  if (!lock(swapped)) return;
  std::optional<Failure> failure = attempt([&] {
    const OwnerTimeLimit limit;
    within_lock_timeout([&] {
      run("SELECT segments_internal.follow_source($1, $2::regclass)", {int4(swapped.type_id), oid(swapped.table)});
    });
  });
  if (failure) freeze(swapped, std::move(*failure));
}

// False if that is for later, or has failed.
bool SourceFollowing::lock(const Swapped& swapped) {
  std::optional<Failure> failure;
  bool has_table = false;
  const auto lock_within = [&](const std::string& timeout) {
    failure = attempt([&] {
      with_setting("lock_timeout", timeout.c_str(), [&] { lock_exclusively(swapped.table); });
      has_table = true;
      run("SELECT segments_internal.lock_registered($1)", {int4(swapped.type_id)});
    });
    return !failure;
  };
  if (swapped.is_locked ? context_.lock_budget.wait(lock_within) : lock_within(kNoWait)) return true;
  const bool is_lock_missing = failure->sqlstate == sqlstate::kLockNotAvailable;
  if (is_lock_missing && !swapped.is_locked) {
    swapped_.push_back({swapped.type_id, swapped.table, true});
    return false;
  }
  if (is_lock_missing) {
    if (!has_table) failure->message = described_blocker(swapped.table, true);
    failure->hint = "The next refresh that has the lock reads what was missed.";
  }
  freeze(swapped, std::move(*failure));
  return false;
}

void SourceFollowing::freeze(const Swapped& swapped, Failure failure) {
  const std::string where = "Table " + table_name(swapped.table) +
                            " stands under the name of the one that was registered, and is altered before it is read.";
  failure.detail = failure.detail.empty() ? where : where + " " + failure.detail;
  if (!failure.detail_log.empty()) failure.detail_log = where + " " + failure.detail_log;
  context_.failures.emplace(swapped.type_id, std::move(failure));
}

}  // namespace segments::pg

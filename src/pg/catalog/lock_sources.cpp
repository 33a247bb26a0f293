#include "pg/catalog/lock_sources.h"

#include "pg/catalog/open_registrars.h"
#include "pg/catalog/source_checks.h"
#include "pg/query/lock_timeout.h"
#include "pg/query/saved_statement.h"
#include "pg/run/refresh_context.h"
#include "pg/server/local_setting.h"
#include "pg/server/sqlstate.h"

namespace segments::pg {
namespace {

// A type that is registered, or the unification.
struct Wanted {
  int32_t type_id;
  Oid relation;
};

std::vector<Wanted> registered_types() {
  std::vector<Wanted> types;
  static SavedStatement statement("SELECT type_id, source::oid FROM segments.interaction_type ORDER BY type_id", {});
  Rows rows = statement.run({}, false);
  for (uint64_t i = 0; i < rows.size(); ++i) types.push_back({rows.int4(i, 0), rows.oid(i, 1)});
  rows.release();
  return types;
}

std::vector<Wanted> registered_mapping() {
  const std::optional<UnificationSource> mapping = unification_source();
  return mapping ? std::vector<Wanted>{{kUnificationId, mapping->relation}} : std::vector<Wanted>();
}

void lock(Oid relation) {
  call([&] { LockRelationOid(relation, AccessShareLock); });
}

// What is registered is looked at as it is now, not as it was when the statement began: locks have been waited for.
template <class F>
auto as_of_now(F body) {
  call([] { PushActiveSnapshot(GetLatestSnapshot()); });
  auto result = body();
  call([] { PopActiveSnapshot(); });
  return result;
}

// Locks a table and then its leaves, as everybody does, unless those are too many.  While a lock is waited for, more may be
// attached; one without partitions gets none.
std::vector<SourceLeaf> lock_tree(Oid relation) {
  std::set<Oid> locked = {relation};
  lock(relation);
  check_partition_count(relation);
  for (;;) {
    std::vector<SourceLeaf> leaves = as_of_now([&] { return leaves_of(relation); });
    bool grown = false;
    for (const SourceLeaf& leaf : leaves) {
      if (!locked.insert(leaf.relation).second) continue;
      lock(leaf.relation);
      grown = true;
    }
    if (!grown) return leaves;
  }
}

// Not by way of the table they are parts of: to look at all of its parts is to lock them.
std::vector<SourceLeaf> lock_only(Oid relation, const std::vector<Oid>& wanted) {
  lock(relation);
  for (const Oid leaf : wanted) lock(leaf);
  return as_of_now([&] {
    std::vector<SourceLeaf> leaves;
    for (const Oid leaf : wanted) std::ranges::move(leaves_of(leaf), std::back_inserter(leaves));
    return leaves;
  });
}

// Sources are locked one by one, each within a time: whoever keeps one locked does not stop the others.
class SourceLocker {
 public:
  // `leaves`: those that are wanted, by type; null: all.
  SourceLocker(LockBudget& budget, const std::map<Oid, int32_t>* leaves) : budget_(budget), leaves_(leaves) {}

  // Those that are had at once come first: a wait for one takes nothing from the others.
  void lock(const std::vector<Wanted>& types) {
    std::vector<Wanted> locked_by_others;
    for (const Wanted& type : types) {
      if (!lock(type, kNoWait)) locked_by_others.push_back(type);
    }
    for (const Wanted& type : locked_by_others) {
      if (!budget_.wait([&](const std::string& timeout) { return lock(type, timeout); })) note_blocker(type);
    }
  }

  // The unification may be another one by now.
  bool has(const Wanted& type) const {
    const auto found = results_.find(type.type_id);
    return found != results_.end() && found->second.relation == type.relation;
  }
  const std::vector<SourceLeaf>& leaves(int32_t type_id) { return results_[type_id].leaves; }
  const std::optional<Failure>& failure(int32_t type_id) { return results_[type_id].failure; }

 private:
  struct Result {
    Oid relation = InvalidOid;
    std::vector<SourceLeaf> leaves;
    std::optional<Failure> failure;
  };

  // False if a lock was not had in time; the result says so too.
  bool lock(const Wanted& type, const std::string& timeout) {
    Result result;
    result.relation = type.relation;
    result.failure = in_subtransaction(
        [&] {
          with_setting("lock_timeout", timeout.c_str(), [&] { result.leaves = locked_leaves(type); });
          as_of_now([&] {
            check_source(type.type_id, leaves_ == nullptr ? nullptr : &result.leaves);
            return true;
          });
        },
        ends_locking);
    const bool timed_out = result.failure && result.failure->sqlstate == sqlstate::kLockNotAvailable;
    results_[type.type_id] = std::move(result);
    return !timed_out;
  }

  std::vector<SourceLeaf> locked_leaves(const Wanted& type) const {
    if (leaves_ == nullptr) return lock_tree(type.relation);
    std::vector<Oid> wanted;
    for (const auto& [leaf, type_id] : *leaves_) {
      if (type_id == type.type_id) wanted.push_back(leaf);
    }
    return lock_only(type.relation, wanted);
  }

  // An exhausted lock table is nobody's fault in particular.
  static bool ends_locking(const ServerError& error) {
    return ends_transaction(error) || error.data->sqlerrcode == ERRCODE_OUT_OF_MEMORY;
  }

  void note_blocker(const Wanted& type) {
    Failure& failure = *results_[type.type_id].failure;
    failure.message = described_blocker(type.relation, false);
    failure.hint = "The next refresh that has the lock reads what was missed.";
  }

  LockBudget& budget_;
  const std::map<Oid, int32_t>* leaves_;
  std::map<int32_t, Result> results_;
};

// More may be registered while locks are waited for.
template <class F>
std::vector<Wanted> lock_all(SourceLocker& locker, F registered) {
  for (;;) {
    std::vector<Wanted> types = as_of_now(registered);
    std::vector<Wanted> missing;
    for (const Wanted& type : types) {
      if (!locker.has(type)) missing.push_back(type);
    }
    if (missing.empty()) return types;
    locker.lock(missing);
  }
}

LockedSources locked_sources(SourceLocker& locker, const std::vector<Wanted>& types) {
  LockedSources locked;
  std::vector<InteractionSource> sources = as_of_now(interaction_sources);
  for (InteractionSource& source : sources) {
    const int32_t type_id = source.type_id;
    const bool is_wanted = std::ranges::any_of(types, [&](const Wanted& type) { return type.type_id == type_id; });
    if (is_wanted) locked.interactions.push_back({std::move(source), locker.leaves(type_id), locker.failure(type_id)});
  }
  const bool has_mapping = std::ranges::any_of(types, [](const Wanted& type) { return type.type_id == kUnificationId; });
  if (has_mapping) {
    locked.mapping_leaves = locker.leaves(kUnificationId);
    locked.mapping_failure = locker.failure(kUnificationId);
  }
  return locked;
}

}  // namespace

std::string described_blocker(Oid relation, bool is_any_lock) {
  Rows rows =
      run("SELECT held.pid, held.relation::regclass::text FROM pg_locks held"
          " WHERE held.relation IN (SELECT segments_internal.tables_below($1::regclass)) AND ($2 OR held.mode = "
          "'AccessExclusiveLock')"
          "  AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
          "  AND held.pid IS DISTINCT FROM pg_backend_pid() ORDER BY held.granted DESC, held.relation LIMIT 1",
          {oid(relation), boolean(is_any_lock)});
  std::string message = "its table was locked for longer than segments.lock_timeout";
  if (!rows.empty()) {
    message = "table " + rows.text(0, 1) + " was locked for longer than segments.lock_timeout by " + lock_holder(rows, 0);
  }
  rows.release();
  return message;
}

LockedSources lock_sources(LockBudget& budget) {
  SourceLocker locker(budget, nullptr);
  const std::vector<Wanted> types = lock_all(locker, [] {
    std::vector<Wanted> all = registered_types();
    std::ranges::move(registered_mapping(), std::back_inserter(all));
    return all;
  });
  return locked_sources(locker, types);
}

LockedSources lock_leaves(LockBudget& budget, const std::map<Oid, int32_t>& leaves) {
  SourceLocker locker(budget, &leaves);
  const std::vector<Wanted> types = lock_all(locker, [&] {
    std::vector<Wanted> wanted = registered_types();
    std::erase_if(wanted, [&](const Wanted& type) {
      return std::ranges::none_of(leaves, [&](const auto& leaf) { return leaf.second == type.type_id; });
    });
    return wanted;
  });
  return locked_sources(locker, types);
}

std::optional<Failure> lock_mapping(LockBudget& budget) {
  SourceLocker locker(budget, nullptr);
  return lock_all(locker, registered_mapping).empty() ? std::nullopt : locker.failure(kUnificationId);
}

std::optional<Failure> lock_for_reading(Oid relation) {
  const std::string milliseconds = std::to_string(lock_timeout());
  std::optional<Failure> failure =
      in_subtransaction([&] { with_setting("lock_timeout", milliseconds.c_str(), [&] { lock_tree(relation); }); },
                        [](const ServerError& error) { return error.data->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE; });
  if (failure) failure->message = described_blocker(relation, false);
  return failure;
}

void explain_exhausted_locks(const ServerError& error) {
  ErrorData* data = error.data;
  if (data->sqlerrcode != ERRCODE_OUT_OF_MEMORY || data->message_id == nullptr ||
      std::strcmp(data->message_id, "out of shared memory") != 0) {
    return;
  }
  call([&] {
    MemoryContext previous = MemoryContextSwitchTo(data->assoc_context);
    data->message = pstrdup("a refresh needs more locks than the server has room for");
    data->detail = pstrdup("It holds one on every registered table, every partition, and every index of these.");
    data->hint =
        psprintf("Increase max_locks_per_transaction (now %d), which takes a restart of the server.", max_locks_per_xact);
    MemoryContextSwitchTo(previous);
  });
}

}  // namespace segments::pg

#include "pg/catalog/lock_sources.h"

#include "pg/catalog/source_checks.h"
#include "pg/query/query.h"

namespace segments::pg {
namespace {

bool exists(Oid relation) {
  return call([&] { return SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relation)); });
}

void warn_of_lost_table(const InteractionSource& source) {
  const char* name = source.name.c_str();
  call([&] {
    ereport(WARNING,
            (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("the table of interaction type \"%s\" does not exist any more", name),
             errdetail("The type has no interactions from this refresh on."),
             errhint("Unregister it: SELECT segments.unregister_interaction('%s').", name)));
  });
}

// What is registered, with its leaves, as it is now and not as it was when the statement began.
struct Registered {
  std::vector<LockedSource> sources;
  std::optional<UnificationSource> mapping;
  std::vector<SourceLeaf> mapping_leaves;
};

// Which part of it is wanted; without leaves: all.
struct Wanted {
  bool sources = true;
  bool mapping = true;
  const std::map<Oid, int32_t>* leaves = nullptr;
};

// Not by way of the table they are parts of: to look at all of its parts is to lock them.
std::vector<SourceLeaf> those_of(const InteractionSource& source, const std::map<Oid, int32_t>& wanted) {
  std::vector<SourceLeaf> leaves;
  for (const auto& [leaf, type_id] : wanted) {
    if (type_id == source.type_id) std::ranges::move(leaves_of(leaf), std::back_inserter(leaves));
  }
  return leaves;
}

Registered find_registered(const Wanted& wanted) {
  Registered found;
  if (wanted.mapping) found.mapping = unification_source();
  if (found.mapping) found.mapping_leaves = leaves_of(found.mapping->relation);
  if (!wanted.sources) return found;
  for (InteractionSource& source : interaction_sources()) {
    std::vector<SourceLeaf> leaves = wanted.leaves == nullptr ? leaves_of(source.relation) : those_of(source, *wanted.leaves);
    if (wanted.leaves != nullptr && leaves.empty()) continue;
    found.sources.push_back({std::move(source), std::move(leaves)});
  }
  return found;
}

bool lock(Oid relation, std::set<Oid>& locked) {
  if (!exists(relation) || !locked.insert(relation).second) return false;
  call([&] { LockRelationOid(relation, AccessShareLock); });
  return true;
}

// Whether something was not locked yet.  Tables before their leaves, as everybody locks them.
bool lock_all(const Registered& registered, std::set<Oid>& locked) {
  bool grown = false;
  for (const LockedSource& known : registered.sources) grown |= lock(known.source.relation, locked);
  if (registered.mapping) grown |= lock(registered.mapping->relation, locked);
  for (const LockedSource& known : registered.sources) {
    for (const SourceLeaf& leaf : known.leaves) grown |= lock(leaf.relation, locked);
  }
  for (const SourceLeaf& leaf : registered.mapping_leaves) grown |= lock(leaf.relation, locked);
  return grown;
}

void check(const Registered& registered, const Wanted& wanted) {
  for (const LockedSource& known : registered.sources) {
    if (exists(known.source.relation)) {
      check_source(known.source.type_id, wanted.leaves == nullptr ? nullptr : &known.leaves);
    } else {
      warn_of_lost_table(known.source);
    }
  }
  if (registered.mapping && exists(registered.mapping->relation)) check_source(kUnificationId, nullptr);
}

std::vector<LockedSource> lock_registered(const Wanted& wanted) {
  std::set<Oid> locked;
  for (;;) {
    // While a lock was waited for, more may have been attached or registered.
    call([] { PushActiveSnapshot(GetLatestSnapshot()); });
    Registered registered = find_registered(wanted);
    const bool grown = lock_all(registered, locked);
    if (!grown) check(registered, wanted);
    call([] { PopActiveSnapshot(); });
    if (!grown) return std::move(registered.sources);
  }
}

}  // namespace

std::vector<LockedSource> lock_sources() { return lock_registered({}); }

std::vector<LockedSource> lock_leaves(const std::map<Oid, int32_t>& leaves) {
  return lock_registered({.mapping = false, .leaves = &leaves});
}

void lock_mapping() { lock_registered({.sources = false}); }

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

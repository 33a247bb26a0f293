#include "pg/worker/give_way.h"

#include "pg/server/extension_lock.h"
#include "pg/server/session_role.h"

namespace segments::pg {
namespace {

std::span<const LockInstanceData> locks_of(const LockData* data) { return {data->locks, static_cast<size_t>(data->nelements)}; }

// Modes are numbered by strength.
bool has_mode(LOCKMASK mask, LOCKMODE at_least) { return (mask >> at_least) != 0; }

bool is_same(const LOCKTAG& left, const LOCKTAG& right) { return std::memcmp(&left, &right, sizeof(LOCKTAG)) == 0; }

bool is_object(const LOCKTAG& tag, Oid database, Oid catalog) {
  return tag.locktag_type == LOCKTAG_OBJECT && tag.locktag_field1 == database && tag.locktag_field2 == catalog;
}

Oid role_of(int process) {
  return call([&] { return session_role(process); });
}

}  // namespace

LockTable LockTable::read(MemoryContext context) {
  LockTable table;
  table.data_ = call([&] {
    const MemoryContext previous = MemoryContextSwitchTo(context);
    const LockData* data = GetLockStatusData();
    MemoryContextSwitchTo(previous);
    return data;
  });
  return table;
}

// Sessions that connect have a RowExclusiveLock on their database for a moment.  A prepared transaction (process 0) has such a
// lock because it was allowed to rename it.
std::optional<int> LockTable::who_wants_database(Oid database) const {
  for (const LockInstanceData& lock : locks_of(data_)) {
    if (!is_object(lock.locktag, InvalidOid, DatabaseRelationId) || lock.locktag.locktag_field3 != database) continue;
    if (!has_mode(lock.holdMask, ShareLock) && lock.waitLockMode < ShareLock) continue;
    if (lock.pid == 0 || may_have_database(role_of(lock.pid), database)) return lock.pid;
  }
  return std::nullopt;
}

bool LockTable::is_held(const LOCKTAG& tag, int process, LOCKMODE at_least) const {
  for (const LockInstanceData& lock : locks_of(data_)) {
    if (lock.pid == process && has_mode(lock.holdMask, at_least) && is_same(lock.locktag, tag)) return true;
  }
  return false;
}

// Parallel workers belong to the process that leads them.
bool LockTable::is_held_by_others(const LOCKTAG& tag, int process) const {
  for (const LockInstanceData& lock : locks_of(data_)) {
    if (lock.leaderPid != process && lock.holdMask != 0 && is_same(lock.locktag, tag)) return true;
  }
  return false;
}

// Has the process that waits locked the extension of this job?  Any role can do that, so it is no reason by itself.
bool LockTable::is_dropping(int waiting, Oid database, int process) const {
  for (const LockInstanceData& lock : locks_of(data_)) {
    if (lock.pid != waiting || !has_mode(lock.holdMask, AccessExclusiveLock)) continue;
    LOCKTAG tag = lock.locktag;
    if (!is_object(tag, database, ExtensionRelationId) || tag.locktag_field4 != static_cast<uint16>(ExtensionLock::kExtension))
      continue;
    tag.locktag_field4 = static_cast<uint16>(ExtensionLock::kWorker);
    if (is_held(tag, process, ExclusiveLock)) return true;
  }
  return false;
}

Need LockTable::what_is_needed(Oid database, int process, TimestampTz now, ExclusiveRights& rights) const {
  if (const std::optional<int> wanting = who_wants_database(database)) return {"the database", *wanting};
  for (const LockInstanceData& lock : locks_of(data_)) {
    if (lock.waitLockMode != AccessExclusiveLock) continue;
    const LOCKTAG& tag = lock.locktag;
    if (tag.locktag_type != LOCKTAG_RELATION || tag.locktag_field1 != database) continue;
    const auto may_have_it = [&] { return rights.may_have_table(role_of(lock.pid), tag.locktag_field2); };
    if (is_held(tag, process, RowExclusiveLock)) {
      if (may_have_it()) return {"a table of the extension", lock.pid};
      continue;
    }
    if (!is_held(tag, process, AccessShareLock) || is_held_by_others(tag, process)) continue;
    if (is_dropping(lock.pid, database, process) && rights.may_have_extension(role_of(lock.pid)))
      return {"the extension", lock.pid};
    const bool has_waited = lock.waitStart != 0 && now - lock.waitStart > kPatienceUs;
    if (has_waited && may_have_it()) return {"a source", lock.pid};
  }
  return {};
}

}  // namespace segments::pg

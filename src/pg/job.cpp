#include "pg/job.h"

#include "pg/process.h"
#include "pg/top_level.h"

namespace segments::pg {
namespace {

JobReport* find_report(Datum argument, const JobOrder& order) {
  return call([&] {
    dsm_segment* segment = dsm_attach(DatumGetUInt32(argument));
    // The launcher has ended, and the next one will send another job.
    if (segment == nullptr) proc_exit(0);
    dsm_pin_mapping(segment);
    return static_cast<JobReport*>(dsm_segment_address(segment)) + order.report;
  });
}

// What would make a refresh impossible, if the server has it as a default.
void settle_session() {
  call([] {
    for (const auto& [name, value] : {std::pair{"default_transaction_isolation", "read committed"},
                                      std::pair{"default_transaction_read_only", "off"},
                                      std::pair{"search_path", "pg_catalog, pg_temp"}}) {
      SetConfigOption(name, value, PGC_SUSET, PGC_S_OVERRIDE);
    }
  });
}

// The server does not release locks of a session when a process ends outside of a transaction.
void release_locks(int, Datum) { LockReleaseSession(DEFAULT_LOCKMETHOD); }

// Keeps the extension from being dropped over all transactions until one fails, which releases the lock; false if there is
// none, or if it is being dropped.
bool lock_extension() {
  return call([] {
    StartTransactionCommand();
    ereport(DEBUG1, (errmsg_internal("segments worker visits database \"%s\"", get_database_name(MyDatabaseId))));
    const Oid extension = get_extension_oid("segments", true);
    bool is_locked = false;
    if (OidIsValid(extension)) {
      LOCKTAG tag;
      SET_LOCKTAG_OBJECT(tag, MyDatabaseId, ExtensionRelationId, extension, 0);
      is_locked = LockAcquire(&tag, AccessShareLock, true, true) != LOCKACQUIRE_NOT_AVAIL;
      AcceptInvalidationMessages();
      is_locked = is_locked && get_extension_oid("segments", true) == extension;
    }
    CommitTransactionCommand();
    return is_locked;
  });
}

}  // namespace
}  // namespace segments::pg

SEGMENTS_PROCESS(segments_job) {
  using namespace segments::pg;
  JobOrder order;
  std::memcpy(&order, MyBgworkerEntry->bgw_extra, sizeof order);
  begin_process();
  call([&] {
    BackgroundWorkerInitializeConnectionByOid(order.database, InvalidOid, 0);
    before_shmem_exit(release_locks, Datum(0));
  });
  JobReport* report = find_report(argument, order);
  settle_session();
  if (!lock_extension()) return;
  *report = {.has_extension = true, .next_due = DT_NOEND};
}

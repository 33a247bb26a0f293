#include "pg/worker/worker.h"

#include "pg/server/process.h"

namespace segments::pg {

WorkerSettings worker_settings;

namespace {

// The module itself was loaded by the postmaster; children inherit it.
bool is_preloaded = false;

constexpr int kRestartSeconds = 5;

bool check_databases(char** value, void**, GucSource) {
  char* copy = pstrdup(*value);
  List* names = NIL;
  const bool is_list = SplitIdentifierString(copy, ',', &names);
  if (!is_list) GUC_check_errdetail("List syntax is invalid.");
  pfree(copy);
  list_free(names);
  return is_list;
}

void define_settings() {
  DefineCustomStringVariable("segments.databases", "Databases that the background worker visits.",
                             "A list of names, or * for all that have the extension.", &worker_settings.databases, "*",
                             PGC_SIGHUP, GUC_LIST_INPUT, check_databases, nullptr, nullptr);
  DefineCustomIntVariable("segments.max_workers", "How many databases are worked on at the same time.", nullptr,
                          &worker_settings.max_workers, 2, 1, kMaxWorkers, PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
  DefineCustomIntVariable("segments.naptime", "Longest time between two visits of the background worker to a database.",
                          "In milliseconds.", &worker_settings.naptime_ms, 60'000, 100, 24 * 3600 * 1000, PGC_SIGHUP, GUC_UNIT_MS,
                          nullptr, nullptr, nullptr);
  DefineCustomBoolVariable("segments.worker", "Lets the background worker run what is due.", nullptr, &worker_settings.enabled,
                           true, PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
}

// Not on a standby: the launcher starts when it is promoted.
void register_launcher() {
  BackgroundWorker launcher = describe_process(kLauncherType, "segments_launcher");
  launcher.bgw_restart_time = kRestartSeconds;
  RegisterBackgroundWorker(&launcher);
}

}  // namespace

void define_worker() {
  call([] {
    define_settings();
    is_preloaded = process_shared_preload_libraries_in_progress;
    if (is_preloaded && !IsBinaryUpgrade) register_launcher();
  });
}

bool is_wanted_database(const char* name) {
  return call([&] {
    char* copy = pstrdup(worker_settings.databases);
    List* names = NIL;
    bool found = false;
    SplitIdentifierString(copy, ',', &names);
    ListCell* cell;
    foreach (cell, names) {
      const char* wanted = static_cast<const char*>(lfirst(cell));
      found = found || std::strcmp(wanted, "*") == 0 || std::strcmp(wanted, name) == 0;
    }
    list_free(names);
    pfree(copy);
    return found;
  });
}

void warn_without_worker() {
  call([] {
    const char* reason = nullptr;
    const char* hint = nullptr;
    const char* name = get_database_name(MyDatabaseId);
    if (!is_preloaded) {
      reason = "The server has not preloaded segments.";
      hint = "Add segments to shared_preload_libraries and restart the server, or let a scheduler of your own run it.";
    } else if (!worker_settings.enabled) {
      reason = "The setting segments.worker is off.";
      hint = "Turn it on in the server's configuration and reload it.";
    } else if (name != nullptr && !is_wanted_database(name)) {
      reason = "The setting segments.databases does not name this database.";
      hint = "Add it in the server's configuration and reload it.";
    }
    if (reason == nullptr) return;
    ereport(WARNING, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("nothing runs on schedule in this database"),
                      errdetail("%s", reason), errhint("%s", hint)));
  });
}

}  // namespace segments::pg

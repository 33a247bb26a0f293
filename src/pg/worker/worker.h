// The background worker: runs what is due in each database, if the server preloads the module.
//
//   postmaster ──starts, restarts──▶ launcher, in no database ──starts──▶ jobs: one database each, short-lived
//
//   worker.cpp     settings, registration, and what to tell those who count on the worker in vain
//   launcher.cpp   which database to visit when, with how many workers; databases.cpp: which there are
//   give_way.cpp   ends a job that a DROP DATABASE, CREATE DATABASE, DROP EXTENSION or the like waits for
//   job.cpp        one visit of one database
//
//   A database, as the launcher sees it:
//
//     listed ──▶ resting ──its time has come and a worker is free──▶ visited ──the job has ended──▶ resting
//                   ▲ │ somebody is about to drop, copy or rename it: at the next nap               │
//                   └─┘               until the job's next_due, or a nap at most ◀──────────────────┘
//
// Jobs tell the launcher when to come back through a JobReport in dynamic shared memory of the launcher's.  A launcher that
// ends takes its jobs along, so that there are never more of them than segments.max_workers.
#pragma once
#include "pg/server/boundary.h"

namespace segments::pg {

struct WorkerSettings {
  bool enabled = true;
  char* databases = nullptr;  // as the user wrote it
  int max_workers = 0;
  int naptime_ms = 0;
};
extern WorkerSettings worker_settings;

inline constexpr int kMaxWorkers = 64;
inline constexpr const char* kLauncherType = "segments launcher";
inline constexpr const char* kJobType = "segments worker";

// Settings of the worker; registers the launcher if the postmaster is preloading the module.  Called when it is loaded.
void define_worker();

// Warns that nothing will run by itself in this database, and says what to change; silent if the launcher comes here.
void warn_without_worker();

// Whether segments.databases names this database.
bool is_wanted_database(const char* name);

}  // namespace segments::pg

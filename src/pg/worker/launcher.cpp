#include "pg/worker/databases.h"
#include "pg/worker/give_way.h"
#include "pg/worker/job.h"
#include "pg/server/process.h"
#include "pg/worker/worker.h"

namespace segments::pg {
namespace {

constexpr int64_t kMicrosecondsPerMillisecond = 1000;
// While jobs run: how often to look whether they are in somebody's way.
constexpr int64_t kLookAroundMs = 250;
// A job that could not do what is due comes back no sooner.
constexpr int64_t kShortestRestMs = 1000;
constexpr int kNoReport = -1;

struct Job {
  BackgroundWorkerHandle* process = nullptr;
  Oid database = InvalidOid;
  std::optional<int> needed_by;  // whose process was in need of it when the launcher looked last
  bool is_ended_by_us = false;
};

// What the launcher must leave in order however it ends.
std::array<Job, kMaxWorkers> jobs;  // a job's place is the number of its report

void end_all_jobs(int, Datum) {
  for (const Job& job : jobs) {
    if (job.process != nullptr) TerminateBackgroundWorker(job.process);
  }
}

class Launcher {
 public:
  [[noreturn]] void run();

 private:
  void make_reports();
  void reload_settings();
  void collect_ended_jobs();
  void end_jobs_in_the_way();
  void list();
  void start_due();
  bool start(Oid database);
  bool is_visited(Oid database) const;
  int free_place() const;
  int running_count() const;
  long sleep_ms() const;
  void sleep();
  TimestampTz after_nap() const { return now_ + worker_settings.naptime_ms * kMicrosecondsPerMillisecond; }

  TimestampTz now_ = 0;
  TimestampTz list_at_ = 0;
  std::map<Oid, TimestampTz> visit_at_;  // by database
  dsm_segment* segment_ = nullptr;
  JobReport* reports_ = nullptr;
  MemoryContext scratch_ = nullptr;
};

void Launcher::run() {
  scratch_ = call([] { return AllocSetContextCreate(TopMemoryContext, "segments launcher", ALLOCSET_DEFAULT_SIZES); });
  make_reports();
  follow_roles();
  for (;;) {
    now_ = call([] { return GetCurrentTimestamp(); });
    collect_ended_jobs();
    if (running_count() > 0) end_jobs_in_the_way();
    if (worker_settings.enabled) start_due();
    call([&] { MemoryContextReset(scratch_); });
    sleep();
  }
}

void Launcher::make_reports() {
  segment_ = call([] {
    dsm_segment* segment = dsm_create(sizeof(JobReport) * kMaxWorkers, 0);
    dsm_pin_mapping(segment);
    return segment;
  });
  reports_ = static_cast<JobReport*>(dsm_segment_address(segment_));
}

// A job that ended without a report was ended: by an error that it could not handle, by us or by an administrator.
void Launcher::collect_ended_jobs() {
  for (size_t place = 0; place < jobs.size(); ++place) {
    Job& job = jobs[place];
    if (job.process == nullptr) continue;
    const bool has_ended = call([&] {
      pid_t process;
      if (GetBackgroundWorkerPid(job.process, &process) != BGWH_STOPPED) return false;
      pfree(job.process);
      return true;
    });
    if (!has_ended) continue;
    const JobReport& report = reports_[place];
    const TimestampTz earliest = now_ + kShortestRestMs * kMicrosecondsPerMillisecond;
    visit_at_[job.database] = std::min(after_nap(), report.has_extension ? std::max(report.next_due, earliest) : after_nap());
    job = {};
  }
}

void Launcher::end_jobs_in_the_way() {
  const LockTable locks = LockTable::read(scratch_);
  for (size_t place = 0; place < jobs.size(); ++place) {
    Job& job = jobs[place];
    if (job.process == nullptr || job.is_ended_by_us) continue;
    pid_t process = 0;
    if (call([&] { return GetBackgroundWorkerPid(job.process, &process); }) != BGWH_STARTED) continue;
    ExclusiveRights rights(reports_[place].rights);
    const Need need = locks.what_is_needed(job.database, process, now_, rights);
    const bool is_seen_again = need.what != nullptr && job.needed_by == need.process;
    job.needed_by = need.what != nullptr ? std::optional(need.process) : std::nullopt;
    if (!is_seen_again) continue;
    call([&] {
      ereport(LOG,
              (errmsg("segments worker with PID %d gives way to a session that needs %s", static_cast<int>(process), need.what),
               errdetail_log("That is process %d.", need.process)));
      TerminateBackgroundWorker(job.process);
    });
    job.is_ended_by_us = true;
  }
}

// New databases are visited at once.
void Launcher::list() {
  std::map<Oid, TimestampTz> listed;
  for (const DatabaseName& entry : list_databases()) {
    if (!is_wanted_database(entry.name.c_str())) continue;
    const auto known = visit_at_.find(entry.database);
    listed[entry.database] = known == visit_at_.end() ? now_ : known->second;
  }
  visit_at_ = std::move(listed);
  list_at_ = after_nap();
}

void Launcher::start_due() {
  // Also when the clock was set back, or naptime.
  for (auto& [database, at] : visit_at_) at = std::min(at, after_nap());
  list_at_ = std::min(list_at_, after_nap());
  const auto is_due = [&](const auto& entry) { return entry.second <= now_ && !is_visited(entry.first); };
  const bool any_due = std::any_of(visit_at_.begin(), visit_at_.end(), is_due);
  if (!any_due && list_at_ > now_) return;
  if (running_count() >= worker_settings.max_workers) return;
  list();
  std::vector<std::pair<TimestampTz, Oid>> due;
  for (const auto& entry : visit_at_) {
    if (is_due(entry)) due.emplace_back(entry.second, entry.first);
  }
  if (due.empty()) return;
  std::sort(due.begin(), due.end());
  const LockTable locks = LockTable::read(scratch_);
  for (const auto& [since, database] : due) {
    if (running_count() >= worker_settings.max_workers) return;
    if (locks.who_wants_database(database) || !start(database)) visit_at_[database] = after_nap();
  }
}

bool Launcher::start(Oid database) {
  const int place = free_place();
  if (place == kNoReport) return false;
  BackgroundWorker worker = describe_process(kJobType, "segments_job");
  worker.bgw_notify_pid = MyProcPid;
  worker.bgw_main_arg = UInt32GetDatum(dsm_segment_handle(segment_));
  const JobOrder order{database, place};
  static_assert(sizeof order <= sizeof worker.bgw_extra);
  std::memcpy(worker.bgw_extra, &order, sizeof order);
  reports_[place] = {};
  Job& job = jobs[static_cast<size_t>(place)];
  const bool is_started = call([&] {
    const MemoryContext previous = MemoryContextSwitchTo(TopMemoryContext);
    const bool is_registered = RegisterDynamicBackgroundWorker(&worker, &job.process);
    MemoryContextSwitchTo(previous);
    if (!is_registered) {
      ereport(LOG, (errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
                    errmsg("could not start a segments worker: too many processes"), errhint("Raise max_worker_processes.")));
    }
    return is_registered;
  });
  if (is_started) job.database = database;
  return is_started;
}

bool Launcher::is_visited(Oid database) const {
  return std::any_of(jobs.begin(), jobs.end(),
                     [&](const Job& job) { return job.process != nullptr && job.database == database; });
}

int Launcher::free_place() const {
  const auto place = std::find_if(jobs.begin(), jobs.end(), [](const Job& job) { return job.process == nullptr; });
  return place == jobs.end() ? kNoReport : static_cast<int>(place - jobs.begin());
}

int Launcher::running_count() const {
  return static_cast<int>(std::count_if(jobs.begin(), jobs.end(), [](const Job& job) { return job.process != nullptr; }));
}

// Until something is to be done; the end of a job wakes the launcher as well.
long Launcher::sleep_ms() const {
  int64_t result = worker_settings.naptime_ms;
  if (running_count() > 0) result = std::min(result, kLookAroundMs);
  if (worker_settings.enabled && running_count() < worker_settings.max_workers) {
    for (const auto& [database, at] : visit_at_) {
      if (is_visited(database)) continue;
      const int64_t wait_ms = at <= now_ ? 0 : (at - now_) / kMicrosecondsPerMillisecond + 1;
      result = std::min(result, wait_ms);
    }
  }
  return static_cast<long>(result);
}

void Launcher::sleep() {
  const long timeout = sleep_ms();
  call([&] {
    WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, timeout, PG_WAIT_EXTENSION);
    ResetLatch(MyLatch);
    CHECK_FOR_INTERRUPTS();
  });
  if (ConfigReloadPending) reload_settings();
}

void Launcher::reload_settings() {
  call([] {
    ConfigReloadPending = false;
    ProcessConfigFile(PGC_SIGHUP);
  });
  list_at_ = 0;
}

}  // namespace
}  // namespace segments::pg

SEGMENTS_PROCESS(segments_launcher) {
  using namespace segments::pg;
  call([] { pqsignal(SIGHUP, SignalHandlerForConfigReload); });
  begin_process();
  call([] {
    BackgroundWorkerInitializeConnection(nullptr, nullptr, 0);
    before_shmem_exit(end_all_jobs, Datum(0));
    ereport(DEBUG1, (errmsg_internal("segments launcher started")));
  });
  Launcher().run();
}

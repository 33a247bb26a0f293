#include "pg/server/process.h"

namespace segments::pg {

BackgroundWorker describe_process(const char* type, const char* main_function) {
  BackgroundWorker worker{};
  strlcpy(worker.bgw_name, type, BGW_MAXLEN);
  strlcpy(worker.bgw_type, type, BGW_MAXLEN);
  worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
  worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
  worker.bgw_restart_time = BGW_NEVER_RESTART;
  strlcpy(worker.bgw_library_name, "segments", sizeof worker.bgw_library_name);
  strlcpy(worker.bgw_function_name, main_function, sizeof worker.bgw_function_name);
  return worker;
}

void begin_process() {
  call([] {
    pqsignal(SIGTERM, die);
    BackgroundWorkerUnblockSignals();
  });
}

}  // namespace segments::pg

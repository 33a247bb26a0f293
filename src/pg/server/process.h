// Processes of ours: how they are described to the postmaster, and how their main functions begin.
#pragma once
#include "pg/server/boundary.h"

namespace segments::pg {

// A worker that can use databases and is never restarted, unless the caller says otherwise.  Server calls only.
BackgroundWorker describe_process(const char* type, const char* main_function);

// Handles signals: SIGTERM ends the process at the next check for interrupts.
void begin_process();

}  // namespace segments::pg

// Defines the main function of a process: SEGMENTS_PROCESS(segments_example) { … argument … }.  An error in it is logged and
// ends the process with exit code 1.
#define SEGMENTS_PROCESS(name)                           \
  static void name##_body(Datum argument);               \
  extern "C" PGDLLEXPORT void name(Datum argument);      \
  extern "C" PGDLLEXPORT void name(Datum argument) {     \
    segments::pg::guard([&] { name##_body(argument); }); \
  }                                                      \
  static void name##_body([[maybe_unused]] Datum argument)

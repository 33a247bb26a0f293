// One visit of one database: runs what is due there.
#pragma once
#include "pg/worker/worker.h"

namespace segments::pg {

// Written by a job before it ends, but for its rights, and read by the launcher afterwards.
struct JobReport {
  dsm_handle rights;  // ExclusiveRights of its database, before it does anything that lasts
  bool has_extension;
  TimestampTz next_due;  // infinity: nothing is scheduled
};

// What a job is started with, in bgw_extra; bgw_main_arg is the handle of an array of JobReports.
struct JobOrder {
  Oid database;
  int report;  // which of the reports is its own
};

}  // namespace segments::pg

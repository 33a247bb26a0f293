// Schedules in SQL.  The worker calls segments_internal.due_jobs() and its neighbours (sql/install/72-schedule.sql).
#pragma once
#include <string>

#include "core/schedule/schedule.h"
#include "pg/server/boundary.h"

namespace segments::pg {

// parse_schedule(), with errors that carry the text their position points into.
Schedule read_schedule(std::string_view text);

}  // namespace segments::pg

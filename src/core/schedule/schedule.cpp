#include "core/schedule/schedule.h"

namespace segments {

bool operator==(const Schedule& a, const Schedule& b) {
  return a.kind == b.kind && a.interval_minutes == b.interval_minutes && a.days_of_week == b.days_of_week &&
         a.days_of_month == b.days_of_month && a.minutes_of_day == b.minutes_of_day && a.time_zone == b.time_zone;
}

}  // namespace segments

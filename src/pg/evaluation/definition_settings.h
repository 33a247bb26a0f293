// What decides what a definition means, besides its text: fixed when a segment is saved, so that its members depend neither on
// who runs it nor on when the server's configuration is changed.
//
// Zones: times without one, timetz, days.  interval_style: signs of intervals.  monetary_locale: money.  abbreviations: zones by
// letters (EST, IST).  week_start: this week, previous n weeks.  The order of day and month is none of these: a date that could
// be meant either way is refused.
#pragma once
#include <string>

#include "core/calendar/date.h"

namespace segments::pg {

struct DefinitionSettings {
  std::string time_zone;
  std::string interval_style;
  std::string monetary_locale;
  std::string zone_abbreviations;
  Weekday week_start = Weekday::kMonday;

  bool operator==(const DefinitionSettings&) const = default;
};

// Those of definitions evaluated or saved now: the settings segments.time_zone, else the session's zone, and segments.week_start;
// and the session's others.
DefinitionSettings current_definition_settings();

}  // namespace segments::pg

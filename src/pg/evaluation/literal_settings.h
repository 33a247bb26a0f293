// What decides how a literal is read, besides its text: fixed when a segment is saved, so that its members depend neither on who
// runs it nor on when the server's configuration is changed.
//
// Zones: times without one, timetz, days.  interval_style: signs of intervals.  monetary_locale: money.  abbreviations: zones by
// letters (EST, IST).  The order of day and month is none of these: a date that could be meant either way is refused.
#pragma once
#include <string>

namespace segments::pg {

struct LiteralSettings {
  std::string time_zone;
  std::string interval_style;
  std::string monetary_locale;
  std::string zone_abbreviations;

  bool operator==(const LiteralSettings&) const = default;
};

// Those of definitions evaluated or saved now: the setting segments.time_zone, else the session's zone; and the session's others.
LiteralSettings current_literal_settings();

}  // namespace segments::pg

// Times as documents write them: ISO 8601 with dashes and colons, whatever the settings of a session are.
#pragma once
#include <optional>
#include <string_view>

#include "core/time.h"

namespace segments {

// 2026-03-01, 2026-03-01T10:00, 2026-03-01 10:00:00.123+02:00 …; blanks around it are ignored.  Without an offset: UTC; without a
// time of day: its midnight.  Fractions are rounded to microseconds, as PostgreSQL does.  Nothing if it is no such text, or its
// day or time is none.
std::optional<Timestamp> timestamp_of_iso(std::string_view text);

// The day that such a text names, as written, from 2000-01-01 on.
std::optional<int32_t> day_of_iso(std::string_view text);

}  // namespace segments

// Windows that no time lies in.
#pragma once
#include <optional>
#include <string>

#include "core/time.h"
#include "pg/evaluation/literal_reader.h"

namespace segments::pg {

// Throws Error{kInvalidValue} if both ends of a window are fixed and it ends before it has begun.  An end that follows as_of may
// yet move, so it is accepted.
void check_holds_time(const Window& window, LiteralReader& reader);

// Throws Error{kLimitExceeded} if the window comes to have more units than are counted by the mere passing of time, within ten
// years: a definition that is saved is asked for as long.
void check_units_fit_later(const Periods& periods, const Window& window, LiteralReader& reader);

// What explain notes of a window that is empty at as_of; nothing if it is not.
std::optional<std::string> empty_window_note(const TimeRange& range, Timestamp as_of);

}  // namespace segments::pg

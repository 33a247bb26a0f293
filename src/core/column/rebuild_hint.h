// What helps where derived data are damaged or have run out of numbers.
#pragma once

namespace segments {

inline constexpr const char* kRebuildHint =
    "SELECT segments.rebuild() gives up all derived data; the next refresh reads the sources whole.";

}  // namespace segments

// The days of the week in schedules.
#pragma once
#include <cstdint>
#include <string_view>

namespace segments {

// The days that a word means, bit 0 being Monday; 0 if it means none.  A day in singular or plural or by three letters,
// weekdays, weekends; in any case.
uint8_t days_of_word(std::string_view word);

}  // namespace segments

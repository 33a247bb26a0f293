#include "core/calendar/date.h"
#include "core/schedule/day_names.h"

#include "core/text/keywords.h"
#include "core/schedule/schedule.h"

namespace segments {
namespace {

bool is_singular_or_plural(std::string_view word, std::string_view singular) {
  if (word.size() == singular.size() + 1 && (word.back() == 's' || word.back() == 'S')) word.remove_suffix(1);
  return equals_ignoring_case(word, singular);
}

}  // namespace

uint8_t days_of_word(std::string_view word) {
  for (size_t day = 0; day < kWeekdayNames.size(); ++day) {
    if (is_singular_or_plural(word, kWeekdayNames[day]) || equals_ignoring_case(word, kWeekdayNames[day].substr(0, 3))) {
      return static_cast<uint8_t>(1u << day);
    }
  }
  if (is_singular_or_plural(word, "weekday")) return kWorkingDays;
  if (is_singular_or_plural(word, "weekend")) return kWeekendDays;
  return 0;
}

}  // namespace segments

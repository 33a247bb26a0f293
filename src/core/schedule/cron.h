// What cron writes, as a schedule of ours.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace segments {

// Whether a text is probably meant for cron: five or six fields of its characters, or @daily and its likes.
bool is_cron_text(std::string_view text);

// The canonical text of the schedule that runs when cron would; nothing where there is none (days of the month and of the week
// at once, months, more times a day than are worth a list).
std::optional<std::string> schedule_of_cron(std::string_view text);

}  // namespace segments

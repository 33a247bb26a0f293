// The keywords of the language as they are offered: what belongs together at once, and also the rest of it once a part is
// written.
#pragma once
#include <array>
#include <string_view>

namespace segments {

// One of the probes tells whether it may stand somewhere: it begins with the offer, and goes on so far that the parser can tell.
// Empty: the offer itself.
struct Phrase {
  std::string_view offer;
  std::string_view probe = {};
  std::string_view other_probe = {};
};

// clang-format off
inline constexpr std::array kPhrases = {
    Phrase{"all"}, Phrase{"not"}, Phrase{"("}, Phrase{"any of ("}, Phrase{"any interaction"}, Phrase{"segment", "segment 'x'"},
    Phrase{"bucket", "bucket 0 of 2"}, Phrase{"sample", "sample 1 %"}, Phrase{"with salt", "with salt 'x'"}, Phrase{"%"},
    Phrase{"entered", "entered today"}, Phrase{"left", "left today"}, Phrase{"as of", "as of 'x'"},
    // of values
    Phrase{"count(", "count(x) > 2"}, Phrase{"sum(", "sum(x of y) > 2"}, Phrase{"avg(", "avg(x of y) > 2"},
    Phrase{"count(distinct ", "count(distinct x of y) > 2"}, Phrase{"coalesce(", "coalesce(count(x), 2) > 2"},
    Phrase{"+"}, Phrase{"-"}, Phrase{"*"}, Phrase{"/"},
    // of predicates
    Phrase{"="}, Phrase{"<>"}, Phrase{"<"}, Phrase{"<="}, Phrase{">"}, Phrase{">="}, Phrase{"in ("}, Phrase{"not in ("},
    Phrase{"contains"}, Phrase{"not contains"}, Phrase{"contains any of ("}, Phrase{"not contains any of ("},
    Phrase{"contains all of ("}, Phrase{"not contains all of ("}, Phrase{"begins with"}, Phrase{"not begins with"}, Phrase{"ends with"},
    Phrase{"not ends with"}, Phrase{"matches"}, Phrase{"not matches"}, Phrase{"is null"}, Phrase{"is not null"}, Phrase{"is empty"},
    Phrase{"is not empty"}, Phrase{"is today"}, Phrase{"is yesterday"}, Phrase{"is tomorrow"}, Phrase{"does not contain"},
    Phrase{"does not begin with"}, Phrase{"does not end with"}, Phrase{"does not match"}, Phrase{"ignore case"},
    Phrase{"is equal to"}, Phrase{"is not equal to"}, Phrase{"is greater than"}, Phrase{"is greater than or equal to"},
    Phrase{"is less than"}, Phrase{"is less than or equal to"}, Phrase{"is one of ("}, Phrase{"is not one of ("},
    Phrase{"starts with"}, Phrase{"does not start with"}, Phrase{"has a value"}, Phrase{"has no value"},
    // of windows and times
    Phrase{"via", "via x"}, Phrase{"where", "where x = 1"}, Phrase{"within last", "within last 1 day"}, Phrase{"within next", "within next 1 day"},
    Phrase{"within", "within 3 days before"}, Phrase{"between"}, Phrase{"not between"}, Phrase{"more than"}, Phrase{"this", "this day"},
    Phrase{"previous", "previous day"}, Phrase{"next", "next day"}, Phrase{"on", "on 'x'"}, Phrase{"from", "from 'x' to 'y'"},
    Phrase{"to", "to 'x'", "to 999999"}, Phrase{"since", "since 'x'"}, Phrase{"before", "before 'x'", "before x"}, Phrase{"after", "after x"},
    Phrase{"of", "of x", "of 'x'"}, Phrase{"of", "of 1000000"}, Phrase{"today"}, Phrase{"yesterday"}, Phrase{"ago"}, Phrase{"true"}, Phrase{"false"},
    Phrase{"date", "date 'x'"}, Phrase{"timestamp", "timestamp 'x'"}, Phrase{"timestamptz", "timestamptz 'x'"},
    // of counts
    Phrase{"at least", "at least 2"}, Phrase{"at most", "at most 2"}, Phrase{"exactly", "exactly 2"}, Phrase{"less than", "less than 2"},
    Phrase{"fewer than", "fewer than 2"}, Phrase{"never"}, Phrase{"once"}, Phrase{"twice"}, Phrase{"times"},
    Phrase{"having count", "having count > 2"}, Phrase{"having sum(", "having sum(x) > 2"}, Phrase{"having avg(", "having avg(x) > 2"},
    Phrase{"having min(", "having min(x) > 2"}, Phrase{"having max(", "having max(x) > 2"}, Phrase{"having first(", "having first(x) > 2"},
    Phrase{"having last(", "having last(x) > 2"}, Phrase{"having count(distinct ", "having count(distinct x) > 2"},
    Phrase{"(distinct ", "(distinct x) > 2"}, Phrase{"distinct ", "distinct x) > 2"},
    Phrase{"having count(distinct hour)"}, Phrase{"having count(distinct day)"}, Phrase{"having count(distinct week)"},
    Phrase{"having count(distinct month)"}, Phrase{"having count(distinct quarter)"}, Phrase{"having count(distinct year)"},
    Phrase{"(distinct hour)"}, Phrase{"(distinct day)"}, Phrase{"(distinct week)"},
    Phrase{"(distinct month)"}, Phrase{"(distinct quarter)"}, Phrase{"(distinct year)"},
    Phrase{"distinct hour)"}, Phrase{"distinct day)"}, Phrase{"distinct week)"},
    Phrase{"distinct month)"}, Phrase{"distinct quarter)"}, Phrase{"distinct year)"},
    Phrase{"but not", "but not today"},
    Phrase{"latest", "latest 3", "latest 3 having count > 2"},
    Phrase{"for the first time", "for the first time", "for the first time within last 1 day"},
    Phrase{"for the second time", "for the second time", "for the second time within last 1 day"},
    Phrase{"for the third time", "for the third time", "for the third time within last 1 day"},
    Phrase{"for the fourth time", "for the fourth time", "for the fourth time within last 1 day"},
    Phrase{"for the fifth time", "for the fifth time", "for the fifth time within last 1 day"},
    Phrase{"for time", "for time 6", "for time 6 within last 1 day"},
    Phrase{"in at least", "in at least 1 of the last 2 days"}, Phrase{"in at most", "in at most 1 of the last 2 days"},
    Phrase{"in exactly", "in exactly 1 of the last 2 days"},
    Phrase{"on at least", "on at least 2 days in a row", "on at least 2 days in a row within last 9 days"},
    Phrase{"on at most", "on at most 2 days in a row", "on at most 2 days in a row within last 9 days"},
    Phrase{"on exactly", "on exactly 2 days in a row", "on exactly 2 days in a row within last 9 days"},
    Phrase{"of the last"}, Phrase{"periods of"}, Phrase{"in a row"},
    // parts of fields
    Phrase{"year of"}, Phrase{"quarter of"}, Phrase{"month of"}, Phrase{"week of"}, Phrase{"day of"}, Phrase{"weekday of"},
    Phrase{"hour of"}, Phrase{"minute of"}, Phrase{"date of"}, Phrase{"time of"}, Phrase{"anniversary of"}, Phrase{"length of"},
    // what comes next
    Phrase{"and"}, Phrase{"or"}, Phrase{"except"}, Phrase{")"}, Phrase{","},
};

inline constexpr std::array<std::string_view, 16> kUnitPhrases = {
    "second", "seconds", "minute", "minutes", "hour", "hours", "day", "days", "week", "weeks", "month", "months", "quarter", "quarters",
    "year", "years"};
// Where only the end tells that a span of time is meant.
inline constexpr std::array<std::string_view, 16> kUnitAgoPhrases = {
    "second ago", "seconds ago", "minute ago", "minutes ago", "hour ago", "hours ago", "day ago", "days ago", "week ago", "weeks ago",
    "month ago", "months ago", "quarter ago", "quarters ago", "year ago", "years ago"};
// clang-format on

}  // namespace segments

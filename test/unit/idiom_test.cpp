#include "core/language/idiom.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

#include "core/language/printer.h"
#include "core/text/lexer.h"
#include "random_definition.h"
#include "unit/parsed.h"
#include "unit/rounds.h"

namespace segments {
namespace {

struct Case {
  std::string_view wrong;
  std::string_view right;  // canonical
};

// `wrong` with the tokens of the idiom replaced as its hint says; what its hint is, if it replaces nothing.
std::string followed(std::string_view wrong, const IdiomMatch& match) {
  return std::string(wrong.substr(0, match.start)) + match.replacement + std::string(wrong.substr(match.end));
}

std::optional<IdiomMatch> idiom_of(std::string_view wrong) {
  NeverInterrupt interrupt;
  const Error error = error_of(wrong);
  // Without a hint of its own: the error has that of the idiom already.
  for (const bool has_hint : {true, false}) {
    std::optional<IdiomMatch> match = find_idiom(wrong, error.position(), has_hint, interrupt);
    if (match && match->hint == error.hint()) return match;
  }
  ADD_FAILURE() << wrong << ": " << error.what() << "\n" << error.hint();
  return std::nullopt;
}

// What the hint says to write is put in the place of what was written, and the definition is the one that was meant.
constexpr Case kReplaced[] = {
    // Saved segments.
    {"A in segment 's'", "A and segment 's'"},
    {"not in the segment 's'", "not segment 's'"},
    {"A and members of segment s", "A and segment 's'"},
    {"segment in ('a')", "segment 'a'"},
    {"A and segment in ('a', 'b')", "A and (segment 'a' or segment 'b')"},
    {"segment = 's'", "segment 's'"},
    {"segment <> 's'", "not segment 's'"},
    {"segment is not s", "not segment 's'"},
    {"segment 'a' or 'b'", "segment 'a' or segment 'b'"},
    {"segment 'a' is true", "segment 'a'"},
    {"segment 'a' = false", "not segment 'a'"},
    {"entered segment 'a' within last 7 days", "segment 'a' entered within last 7 days"},
    {"left 'a' this week", "segment 'a' left this week"},
    {"segment 'a' joined this week", "segment 'a' entered this week"},
    {"segment 'a' exits this week", "segment 'a' left this week"},
    {"segment 'a' left", "segment 'a' left within last 7 days"},
    {"segment 'a' as-of '2026-01-01'", "segment 'a' as of '2026-01-01'"},
    {"segment 'a' on '2026-01-01'", "segment 'a' as of '2026-01-01'"},
    {"A and segment s1", "A and segment 's1'"},
    // Aggregates.
    {"A where sum(x) > 3", "A having sum(x) > 3"},
    {"A sum(x) > 3", "A having sum(x) > 3"},
    {"A having average(x) > 3", "A having avg(x) > 3"},
    {"A where last(x) = 3", "A having last(x) = 3"},
    {"A having distinct x > 3", "A having count(distinct x) > 3"},
    {"A having count distinct x > 3", "A having count(distinct x) > 3"},
    {"A having count distinct(x) > 3", "A having count(distinct x) > 3"},
    {"A having count(unique x) > 3", "A having count(distinct x) > 3"},
    {"A where count(distinct x) > 3", "A having count(distinct x) > 3"},
    {"A count(distinct x) > 3", "A having count(distinct x) > 3"},
    // Samples.
    {"sample 10 percent", "bucket 0 to 999 of 10000"},
    {"A and sample 2.5 percent with salt 'x'", "A and bucket 0 to 249 of 10000 with salt 'x'"},
    {"random 10 %", "bucket 0 to 999 of 10000"},
    {"A and a random sample of 10 percent", "A and bucket 0 to 999 of 10000"},
    {"sample 10 % with seed 'x'", "bucket 0 to 999 of 10000 with salt 'x'"},
    {"bucket 0 - 9 of 100", "bucket 0 to 9 of 100"},
    {"bucket 0 through 9 of 100", "bucket 0 to 9 of 100"},
    {"segment \"it's\"", "segment 'it''s'"},
    // Sentences.
    {"select * from A where x = 1", "A where x = 1"},
    {"from A where x = 1", "A where x = 1"},
    {"A but not B", "A and not B"},
    {"A but not 7 days", "A but not within last 7 days"},
    {"A and 7 days", "A and Type within last 7 days"},
    {"did A", "A"},
    {"A and has not B", "A and not B"},
    {"A and never B", "A and not B"},
    {"*", "all"},
    {"all customers", "all"},
    {"all but A", "all except A"},
    {"all of (A, B) or C", "A and B or C"},
    {"true", "all"},
    {"any events", "any interaction"},
    {"one of (A, B)", "any of (A, B)"},
    {"any (A, B, C)", "any of (A, B, C)"},
    {"any of A, B", "any of (A, B)"},
    {"any of A or B", "any of (A, B)"},
    {"any of A within last 1 day", "A within last 1 day"},
    {"any A", "A"},
    {"A after yesterday", "A since 'yesterday'"},
    {"A after B", "A and B"},
    {"A followed by B", "A and B"},
    {"A unless B", "A and not B"},
    {"(A or B) within last 3 days", "any of (A, B) within last 3 days"},
    // How often.
    {"A at least 3 and at most 5 times", "A between 3 and 5 times"},
    {"A at least 3 times and at most 5", "A between 3 and 5 times"},
    {"A at most 5 but at least 3", "A between 3 and 5 times"},
    {"A more than 2 and less than 6 times", "A between 3 and 5 times"},
    {"A at least 3 or more times", "A at least 3"},
    {"A 3 or more times", "A at least 3"},
    {"A 3 or fewer", "A at most 3"},
    {"A at least 3+ times", "A at least 3"},
    {"A 3+", "A at least 3"},
    {"A between 3 to 5 times", "A between 3 and 5 times"},
    {"A 3 to 5 times", "A between 3 and 5 times"},
    {"A 3-5 times", "A between 3 and 5 times"},
    {"A atleast 3 times", "A at least 3"},
    {"A max 3", "A at most 3"},
    {"A at-least 3", "A at least 3"},
    {"A up to 3 times", "A at most 3"},
    {"A only once", "A exactly 1"},
    {"A only 3 times", "A exactly 3"},
    {"A no more than 3 times", "A at most 3"},
    {"A not less than 3", "A at least 3"},
    {"A >= 3 times", "A at least 3"},
    {"A having count > 3 times", "A at least 4"},
    {"A having count > 2 and count < 6", "A between 3 and 5 times"},
    {"A having count >= 3 and <= 5", "A between 3 and 5 times"},
    {"A having count(*) > 3", "A at least 4"},
    {"A where count(*) > 3", "A at least 4"},
    {"A count(*) > 3", "A at least 4"},
    {"A with count = 3", "A exactly 3"},
    {"A having 3", "A exactly 3"},
    {"A having at least 3 times", "A at least 3"},
    {"A having more than 3", "A at least 4"},
    {"A having exactly 3", "A exactly 3"},
    {"A having between 3 and 5", "A between 3 and 5 times"},
    {"A having count distinct day > 3", "A having count(distinct day) >= 4"},
    {"A at least 3 times per week", "A in at least 1 of the last 4 weeks at least 3"},
    // Periods.
    {"A in 3 of the last 4 weeks", "A in at least 3 of the last 4 weeks"},
    {"A in at least 3 of last 4 weeks", "A in at least 3 of the last 4 weeks"},
    {"A on 5 days in a row this month", "A this month on at least 5 days in a row"},
    {"A this month 5 days in a row", "A this month on at least 5 days in a row"},
    {"A this month on at least 5 consecutive days", "A this month on at least 5 days in a row"},
    {"A this month for 5 consecutive days", "A this month on at least 5 days in a row"},
    {"A on at least 5 different days", "A having count(distinct day) >= 5"},
    {"A on at least 5 days within last 9 days", "A within last 9 days having count(distinct day) >= 5"},
    {"A on 5 distinct days", "A having count(distinct day) >= 5"},
    {"A on 5 days", "A having count(distinct day) >= 5"},
    {"A this month 3 times in a row", "A this month on at least 3 days in a row"},
    {"A every week", "A in exactly 4 of the last 4 weeks"},
    {"A daily", "A in exactly 7 of the last 7 days"},
    {"A weekly", "A in exactly 4 of the last 4 weeks"},
    {"A monthly", "A in exactly 3 of the last 3 months"},
    // When.
    {"A since 3 days ago until now", "A within last 3 days"},
    {"A from 9 days ago to 3 days ago", "A between 3 and 9 days ago"},
    {"A from 3 days ago to today", "A within last 3 days"},
    {"A between 9 days ago and 3 days ago", "A between 3 and 9 days ago"},
    {"A since 3 days ago", "A within last 3 days"},
    {"A within 3 days ago", "A within last 3 days"},
    {"A older than 3 days ago", "A more than 3 days ago"},
    {"A before 3 days ago", "A more than 3 days ago"},
    {"A over 3 days ago", "A more than 3 days ago"},
    {"A since 3 days", "A within last 3 days"},
    {"A at least 3 days ago", "A more than 3 days ago"},
    {"A less than 3 days ago", "A within last 3 days"},
    {"A more than 3 days and B", "A more than 3 days ago and B"},
    {"A or last week", "A or Type previous week"},
    {"A within last 30", "A within last 30 days"},
    {"A last time more than 30 days ago", "A more than 30 days ago and not A within last 30 days"},
    {"last A more than 30 days ago", "A more than 30 days ago and not A within last 30 days"},
    {"A 3 days ago", "A between 3 and 4 days ago"},
    {"A within the 3 last days", "A within last 3 days"},
    {"A in 3 days", "A within last 3 days"},
    {"A within last interval '3 days'", "A within last 3 days"},
    {"A within '3 days'", "A within last 3 days"},
    {"A since now() - interval '3 days'", "A within last 3 days"},
    {"A where x > current_date - interval '3 days'", "A where x within last 3 days"},
    {"A where x >= now() - '3 days'", "A where x within last 3 days"},
    {"A where x < now() - interval '3 days'", "A where x more than 3 days ago"},
    {"A where x <= now() + interval '3 days'", "A where x within next 3 days"},
    {"A where x > current_date - 3", "A where x within last 3 days"},
    {"A where x < current_date - 3", "A where x more than 3 days ago"},
    {"A where x > interval '3 days'", "A where x > '3 days'"},
    {"A where x > interval '03:00'", "A where x > '03:00'"},
    {"A since current_timestamp", "A since 'now'"},
    {"A where x < now()", "A where x < 'now'"},
    {"A since current_date", "A since 'today'"},
    {"A where x = date('2026-01-01')", "A where x = '2026-01-01'"},
    {"A since last week", "A within last 1 week"},
    {"A since this week", "A this week"},
    {"A where x on mondays", "A where weekday of x = 'monday'"},
    {"A where weekday of x is Monday", "A where weekday of x = 'Monday'"},
    {"A where weekday of x = monday", "A where weekday of x = 'monday'"},
    {"A on sundays", "A where weekday of Timestamp = 'sunday'"},
    {"A since last monday", "A since '2026-03-02'"},
    {"A in 2026", "A from '2026-01-01' to '2027-01-01'"},
    {"A in November", "A from '2026-11-01' to '2026-12-01'"},
    {"A in the previous month", "A previous month"},
    {"A within previous 2 months", "A previous 2 months"},
    {"A in the current month", "A this month"},
    {"A within today", "A this day"},
    {"A this and last week", "A this week or A previous week"},
    {"A current month", "A this month"},
    {"A year to date", "A this year"},
    {"A ytd", "A this year"},
    {"A qtd", "A this quarter"},
    {"A mtd", "A this month"},
    {"A wtd", "A this week"},
    {"A within last fortnight", "A within last 14 days"},
    {"A at '2026-01-01'", "A on '2026-01-01'"},
    {"A since '2026-01-01' until '2026-02-01'", "A from '2026-01-01' to '2026-02-01'"},
    {"A from '2026-01-01' until '2026-02-01'", "A from '2026-01-01' to '2026-02-01'"},
    {"A between '2026-01-01' and '2026-02-01'", "A from '2026-01-01' to '2026-02-01'"},
    {"A from '2026-01-01' and B", "A since '2026-01-01' and B"},
    {"A until '2026-01-01'", "A before '2026-01-01'"},
    {"A the first time this month", "A this month for the first time"},
    {"A first time this month", "A this month for the first time"},
    {"first A this month", "A this month for the first time"},
    {"last A within last 3 days", "A within last 3 days"},
    // Restrictions.
    {"A where x not like '%y%'", "A where x not contains 'y'"},
    {"A where x like '%y%'", "A where x contains 'y'"},
    {"A where x not like 'y%'", "A where x not begins with 'y'"},
    {"A where x like 'y%'", "A where x begins with 'y'"},
    {"A where x not like '%y'", "A where x not ends with 'y'"},
    {"A where x like '%y'", "A where x ends with 'y'"},
    {"A where x not like 'y'", "A where x <> 'y'"},
    {"A where x like 'it''s'", "A where x = 'it''s'"},
    {"A where x not ilike '%y%'", "A where x not contains 'y' ignore case"},
    {"A where x ilike '%y%'", "A where x contains 'y' ignore case"},
    {"A where x not ilike 'y%'", "A where x not begins with 'y' ignore case"},
    {"A where x ilike 'y%'", "A where x begins with 'y' ignore case"},
    {"A where x not ilike '%y'", "A where x not ends with 'y' ignore case"},
    {"A where x ilike '%y'", "A where x ends with 'y' ignore case"},
    {"A where x not ilike 'y'", "A where x <> 'y' ignore case"},
    {"A where x ilike 'y'", "A where x = 'y' ignore case"},
    {"A where x !~* 'y'", "A where x not matches 'y' ignore case"},
    {"A where x ~* 'y'", "A where x matches 'y' ignore case"},
    {"A where x !~ 'y'", "A where x not matches 'y'"},
    {"A where x regexp 'y'", "A where x matches 'y'"},
    {"A where x =< 3", "A where x <= 3"},
    {"A where x => 3", "A where x >= 3"},
    {"A where x =! 3", "A where x <> 3"},
    {"A where x !== 3", "A where x <> 3"},
    {"A && B", "A and B"},
    {"A where x = 1 || y = 2", "A where (x = 1 or y = 2)"},
    {"A where x isnull", "A where x is null"},
    {"A where x notnull", "A where x is not null"},
    {"A where x is missing", "A where x is null"},
    {"A where x is not missing", "A where x is not null"},
    {"A where x is blank", "A where x is empty"},
    {"A where x is not blank", "A where x is not empty"},
    {"A where x is set", "A where x is not null"},
    {"A where x is not set", "A where x is null"},
    {"A where x exists", "A where x is not null"},
    {"A where x is not distinct from 'y'", "A where x = 'y'"},
    {"A where x is true", "A where x = true"},
    {"A where x is not false", "A where x <> false"},
    {"A where x is 'y'", "A where x = 'y'"},
    {"A where x is not 'y'", "A where x <> 'y'"},
    {"A where x is online", "A where x = 'online'"},
    {"A where x is not online", "A where x <> 'online'"},
    {"A where x not = 'y'", "A where x <> 'y'"},
    {"A where x are 'y'", "A where x = 'y'"},
    {"A where x contains ('a', 'b')", "A where (x contains 'a' or x contains 'b')"},
    {"A where x begins with any of ('a', 'b')", "A where (x begins with 'a' or x begins with 'b')"},
    {"A where x contains any ('a', 'b')", "A where x contains any of ('a', 'b')"},
    {"A where x not contains one of ('a')", "A where x not contains any of ('a')"},
    {"A where x contains both ('a', 'b')", "A where x contains all of ('a', 'b')"},
    {"A where x includes 'y'", "A where x contains 'y'"},
    {"A where x starts 'y'", "A where x begins with 'y'"},
    {"A where x ends 'y'", "A where x ends with 'y'"},
    {"A where x startswith 'y'", "A where x begins with 'y'"},
    {"A where x ends_with 'y'", "A where x ends with 'y'"},
    {"A where x one of ('a', 'b')", "A where x in ('a', 'b')"},
    {"A where x between 1 to 5", "A where x between 1 and 5"},
    {"A where x from 1 to 5", "A where x between 1 and 5"},
    {"A where x > 10%", "A where x > 10"},
    {"A where x > $10", "A where x > 10"},
    {"A where [x] = 1", "A where \"x\" = 1"},
    {"A where 'x y' = 1", "A where \"x y\" = 1"},
    {"A where lower(x) = lower('Y')", "A where x = 'Y' ignore case"},
    {"A where lower(x) = 'y'", "A where x = 'y' ignore case"},
    {"A where length(x) > 3", "A where length of x > 3"},
    {"A where year(x) = 2026", "A where year of x = 2026"},
    {"A where extract(dow from x) = 1", "A where weekday of x = 1"},
    {"A where extract(hour from x) = 1", "A where hour of x = 1"},
    {"A where date_part('hour', x) = 1", "A where hour of x = 1"},
    {"A where date_trunc('day', x) = '2026-01-01'", "A where date of x = '2026-01-01'"},
    {"A where x::date = '2026-01-01'", "A where date of x = '2026-01-01'"},
    {"A where x::text = '1'", "A where x = '1'"},
    {"A where x = '1'::int", "A where x = '1'"},
    {"A where cast(x as text) = '1'", "A where x = '1'"},
    {"A where x in ('a'; 'b')", "A where x in ('a', 'b')"},
    {"A where x = 'a' or 'b'", "A where x in ('a', 'b')"},
    {"A where x <> 'a' and 'b'", "A where x not in ('a', 'b')"},
    {"A where x contains 'a' or 'b'", "A where (x contains 'a' or x contains 'b')"},
    {"A where x > 1 and < 5", "A where (x > 1 and x < 5)"},
    {"A where x = 'a' ignoring case", "A where x = 'a' ignore case"},
    {"A where x = 'a' ignorecase", "A where x = 'a' ignore case"},
    {"A where x = 'a' case insensitive", "A where x = 'a' ignore case"},
    {"A but never B", "A and not B"},
    {"neither A nor B", "not A and not B"},
    {"A nor B", "A and not B"},
    {"both A and B", "A and B"},
    {"either A or B", "A or B"},
    {"A as well as B", "A and B"},
    {"A also B", "A and B"},
    {"A excluding B", "A and not B"},
    {"A except for B", "A except B"},
    {"A(x = 'y')", "A where x = 'y'"},
    {"A [x = 'y']", "A where x = 'y'"},
    {"A having x = 'y'", "A where x = 'y'"},
    {"A whose x = 'y'", "A where x = 'y'"},
    {"A where and x = 'y'", "A where x = 'y'"},
    {"A 0 times", "A never"},
    {"3 A", "A at least 3"},
    {"A and 3 times B", "A and B at least 3"},
    {"count of A > 3", "A at least 4"},
    {"A more than 3 but less than 5 days ago", "A between 3 and 5 days ago"},
    {"A where x > 3 days ago", "A where x within last 3 days"},
    {"A where x < 3 days ago", "A where x more than 3 days ago"},
    {"A where x > last week", "A where x within last 1 week"},
    {"A where x < last week", "A where x more than 1 week ago"},
    {"A between 3-5 days ago", "A between 3 and 5 days ago"},
    {"A between 3 and 5 days", "A between 3 and 5 days ago"},
    {"A within last 3 to 5 days", "A between 3 and 5 days ago"},
    {"A older than 3 days", "A more than 3 days ago"},
    {"A where x newer than 3 days", "A where x within last 3 days"},
    {"A where x later than '2026-01-01'", "A where x > '2026-01-01'"},
    {"A later than '2026-01-01'", "A since '2026-01-01'"},
    {"A earlier than '2026-01-01'", "A before '2026-01-01'"},
    {"A where x within 3 days", "A where x within last 3 days"},
    {"A for the last 3 days", "A within last 3 days"},
    {"A over the last month", "A within last 1 month"},
    {"A since the last month", "A within last 1 month"},
    {"A for 3 days", "A within last 3 days"},
    {"A in the trailing 3 days", "A within last 3 days"},
    {"A within a month", "A within last 1 month"},
    {"A within the month", "A this month"},
    {"A within last a week", "A within last 1 week"},
    {"A within last 3 d", "A within last 3 days"},
    {"A within last 3 h", "A within last 3 hours"},
    {"A within last 3 w", "A within last 3 weeks"},
    {"A within last 3 business days", "A within last 3 days"},
    {"A within last 1.5 days", "A within last 36 hours"},
    {"A on weekends", "A where weekday of Timestamp in ('saturday', 'sunday')"},
    {"A on weekdays", "A where weekday of Timestamp not in ('saturday', 'sunday')"},
    {"A in the morning", "A where hour of Timestamp between 6 and 11"},
    {"A where x at '17:00'", "A where time of x = '17:00'"},
    {"A where x in 2026", "A where year of x = 2026"},
    {"A where x in November", "A where month of x = 11"},
    {"A where x in the future", "A where x > 'now'"},
    {"A where x in the past", "A where x < 'now'"},
    {"A where x yesterday", "A where x previous day"},
    {"A where time of x > 17:00", "A where time of x > '17:00'"},
    {"A where x > 2026-01-31", "A where x > '2026-01-31'"},
    {"A where x above 3", "A where x > 3"},
    {"A where x is below 3", "A where x < 3"},
    {"A where x gte 3", "A where x >= 3"},
    {"A where x lte 3", "A where x <= 3"},
    {"A where x greater than 3", "A where x > 3"},
    {"A where x more than 3", "A where x > 3"},
    {"A where x less than 3", "A where x < 3"},
    {"A where x at least 3", "A where x >= 3"},
    {"A where x at most 3", "A where x <= 3"},
    {"A where x exactly 3", "A where x = 3"},
    {"A where x not > 3", "A where x <= 3"},
    {"A where x not < 3", "A where x >= 3"},
    {"A where x between (1, 5)", "A where x between 1 and 5"},
    {"A where x between 1 5", "A where x between 1 and 5"},
    {"A where x = 1 to 5", "A where x between 1 and 5"},
    {"A where x >= 1 <= 5", "A where (x >= 1 and x <= 5)"},
    {"A where 1 < x < 5", "A where (x > 1 and x < 5)"},
    {"A where 1 <= x <= 5", "A where (x >= 1 and x <= 5)"},
    {"A where 1 < x", "A where x > 1"},
    {"A where 1 > x", "A where x < 1"},
    {"A where 1 <= x", "A where x >= 1"},
    {"A where 1 >= x", "A where x <= 1"},
    {"A where 'y' = x", "A where x = 'y'"},
    {"A where x in ('a' 'b')", "A where x in ('a', 'b')"},
    {"A where x in ('a', 'b' 'c')", "A where x in ('a', 'b', 'c')"},
    {"A where x in ('a', 'b',)", "A where x in ('a', 'b')"},
    {"A where day of week of x = 1", "A where weekday of x = 1"},
    {"A where dow(x) = 1", "A where weekday of x = 1"},
    {"A where x 'y'", "A where x = 'y'"},
    {"A where (x)", "A where x = true"},
    {"A where (x = 1 and y)", "A where (x = 1 and y = true)"},
    {"A where not x", "A where x = false"},
};

// The hint says what to do; whether `right` is that, is for readers to see.
constexpr Case kTold[] = {
    {"segment in ('a', 'b', 'c')", "segment 'a' or segment 'b' or segment 'c'"},
    {"segment not in ('a', 'b')", "not (segment 'a' or segment 'b')"},
    {"segment 'a' entered next week", "segment 'a' entered within last 7 days"},
    {"select count(*)", "A"},
    {"A where x = 'y' group by x having count(*) > 3", "A where x = 'y' at least 4"},
    {"A order by x", "A"},
    {"A has occurred", "A"},
    {"not A at all", "not A"},
    {"A where x in (select 1)", "A where x in ('a', 'b')"},
    {"A limit 10", "A"},
    {"(A and B) within last 3 days", "A within last 3 days and B within last 3 days"},
    {"A having count < 3 and count > 5", "A at most 2 or A at least 6"},
    {"A within next 3 days", "A where Field within next 3 days"},
    {"A next month", "A where Field next month"},
    {"A where x !~~ 'y%'", "A where x not begins with 'y'"},
    {"A where x ~~ 'y%'", "A where x begins with 'y'"},
    {"A where x similar to 'y'", "A where x matches 'y'"},
    {"A where x contains ('a')", "A where (Field contains 'a' or Field contains 'b')"},
    {"A where x = any ('a', 'b')", "A where x in ('a', 'b')"},
    {"A where x doesn't contain 'y'", "A where x not contains 'y'"},
    {"A where date_trunc('month', x) = '2026-03-01'", "A where (x >= '2026-03-01' and x < '2026-04-01')"},
    {"A where x = 'y' and is null", "A where (x = 'y' and x is null)"},
    {"A where x = 'y' collate \"C\"", "A where x = 'y' ignore case"},
    {"A having median(x) > 3", "A having avg(x) > 3"},
    {"A having count(distinct x) within last 7 days", "A having count(distinct x) >= 2"},
    {"A having max(x) within last 7 days", "A having max(x) >= 'yesterday'"},
    {"A where coalesce(x, 1) = 1", "A where length of Field = 1"},
    {"A where x + 1 > 3", "A where x > 3"},
};

TEST(Idiom, hints_followed_to_the_letter_lead_to_what_was_meant) {
  for (const Case& test : kReplaced) {
    const std::optional<IdiomMatch> match = idiom_of(test.wrong);
    if (!match) continue;
    ASSERT_FALSE(match->replacement.empty()) << test.wrong;
    EXPECT_NE(match->hint.find(match->replacement), std::string::npos) << test.wrong << "\n" << match->hint;
    const std::string now = followed(test.wrong, *match);
    NeverInterrupt interrupt;
    try {
      EXPECT_EQ(print_definition(parse_definition(now, interrupt)), test.right) << test.wrong;
    } catch (const Error& error) {
      ADD_FAILURE() << test.wrong << " → " << now << ": " << error.what() << "\n" << error.hint();
    }
  }
}

TEST(Idiom, hints_without_a_replacement_say_what_parses) {
  for (const Case& test : kTold) {
    const std::optional<IdiomMatch> match = idiom_of(test.wrong);
    EXPECT_TRUE(match && match->replacement.empty()) << test.wrong;
    EXPECT_EQ(print_definition(parse(test.right)), test.right) << test.wrong;
  }
}

TEST(Idiom, each_is_tried) {
  std::set<std::string_view> tried;
  for (const std::span<const Case> cases : {std::span<const Case>(kReplaced), std::span<const Case>(kTold)}) {
    for (const Case& test : cases) {
      if (const auto match = idiom_of(test.wrong)) tried.insert(match->idiom->pattern);
    }
  }
  for (const Idiom& idiom : idioms()) EXPECT_TRUE(tried.contains(idiom.pattern)) << idiom.pattern;
}

// What parses is never looked at, and what an idiom does not fit keeps its own hint.
TEST(Idiom, others_keep_their_hints) {
  EXPECT_EQ(error_of("A witin last 3 days").hint(), "Perhaps you meant \"within\".");
  EXPECT_EQ(error_of("A where x is nul").hint(), "Perhaps you meant \"null\".");
  EXPECT_EQ(error_of("A this month on at least 2 minutes in a row").hint(), "Write \"hours\", \"days\", \"weeks\" ….");
  EXPECT_EQ(error_of("A but not today but not yesterday").hint(), "Join two conditions by \"and\".");
  EXPECT_EQ(error_of("A where x = null").hint(), "Use \"is null\" or \"is not null\".");
  for (const std::string_view valid :
       {"segment within last 1 day", "A where next = 1", "any", "A where x = now", "A where first next month"}) {
    EXPECT_NO_THROW(parse(valid)) << valid;
  }
}

// Random definitions with a token left out, doubled or exchanged: who does what the hints say gets no text twice.
TEST(Idiom, hints_do_not_lead_in_circles) {
  test::RandomDefinition random({.types = {{{"A", false, 0}, {{{"x", false, 0}, LiteralKind::kText, {"a", "it's"}}}},
                                           {{"B", false, 0}, {{{"y", false, 0}, LiteralKind::kNumber, {"1", "2.5"}}}}},
                                 .times = {"2026-03-01"},
                                 .segments = {"s"},
                                 .past_references = true,
                                 .typed_literals = true,
                                 .largest_depth = 2,
                                 .largest_restriction_depth = 2},
                                7);
  std::mt19937 choices(7);
  NeverInterrupt interrupt;
  size_t followed_hints = 0;
  for (int i = 0; i < test::rounds(3'000); ++i) {
    std::vector<std::string> tokens;
    const std::string whole = print_definition(random.next());
    Lexer lexer(whole, interrupt);
    for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) tokens.emplace_back(token.text);
    const size_t at = choices() % tokens.size();
    switch (choices() % 3) {
      case 0:
        tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      case 1:
        tokens.insert(tokens.begin() + static_cast<std::ptrdiff_t>(at), tokens[at]);
        break;
      default:
        std::swap(tokens[at], tokens[choices() % tokens.size()]);
    }
    std::string text;
    for (const std::string& token : tokens) text += (text.empty() ? "" : " ") + token;
    std::set<std::string> seen;
    for (int step = 0; step < 8; ++step) {
      ASSERT_TRUE(seen.insert(text).second) << text;
      std::optional<IdiomMatch> match;
      try {
        parse_definition(text, interrupt, Explained::kNo);
      } catch (const Error& error) {
        if (error.position() != Error::kNoPosition) match = find_idiom(text, error.position(), !error.hint().empty(), interrupt);
      }
      if (!match || match->replacement.empty()) break;
      text = followed(text, *match);
      ++followed_hints;
    }
  }
  EXPECT_GT(followed_hints, static_cast<size_t>(test::rounds(300)));
}

TEST(Idiom, nothing_breaks_at_the_ends_of_texts) {
  NeverInterrupt interrupt;
  for (const std::string_view text :
       {"", "A", "segment", "A where x like", "A in 3 of", "A since now(", "A where x like '", "\xff"}) {
    for (uint32_t position = 0; position <= text.size() + 1; ++position) (void)find_idiom(text, position, false, interrupt);
  }
}

}  // namespace
}  // namespace segments

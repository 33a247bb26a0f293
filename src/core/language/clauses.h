// The parts of an interaction condition, each read from where it starts.  Errors: see parser.h.
#pragma once
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/language/definition.h"
#include "core/text/token_stream.h"

namespace segments {

// where …, from "where".  A further predicate after "and" or "or" belongs to it if a field name is followed by what no
// condition can begin with.
std::unique_ptr<Restriction> parse_restriction(TokenStream& stream);

// Whether a window starts here: within …, from …, since …, before …, last …, in the last …, this …, previous …, on …, today,
// yesterday
bool at_window(const TokenStream& stream);
Window parse_window(TokenStream& stream);

// What a field's time is compared with: within last …, within next …, this …, previous …, next …, on …, more than … ago,
// between … ago
bool at_field_times(const TokenStream& stream);
Window parse_field_times(TokenStream& stream);
// within n unit, which "before", "after" or "of" and another field follow
Window parse_field_span(TokenStream& stream);

// A field, or a path to a member of one; `keywords` could stand here instead.
FieldPath parse_field_path(TokenStream& stream, const std::vector<std::string_view>& keywords);
// field, or part of field; then the operator, and what stands on its right
Predicate parse_predicate(TokenStream& stream);
// The operator alone, and what stands on its right.
void parse_comparison(TokenStream& stream, Predicate& predicate);
// Whether a part of a field stands `ahead` tokens on: hour of ….  These words are names wherever "of" does not follow.
bool part_follows(const TokenStream& stream, size_t ahead);
// Whether a predicate that needs no parentheses starts `ahead` tokens on: an operand, and after it what no condition can begin
// with.  "between" and "within" may begin a condition's clause, so they are none.
// Throws Error{kSyntax} where a path follows and an operator after it.
bool predicate_follows(const TokenStream& stream, size_t ahead);

// A having, normalised: absent where it says "at least 1", which is the default.
struct HavingClause {
  std::optional<Having> having;
  bool negated = false;                // the complement is meant: "having count <> n"
  std::optional<Periods> periods;      // instead: "having count(distinct day) …"
  std::optional<Aggregate> aggregate;  // instead: "having sum(F) …", "having count(distinct F) …"
};

// sum, avg, min, max, first and last of a field, after "having"
bool at_aggregate(const TokenStream& stream);
Aggregate parse_aggregate(TokenStream& stream);
// count(distinct Field) …, from the field on; `position`: of "count"
Aggregate parse_distinct_values(TokenStream& stream, uint32_t position);

// at least …, at most …, less than …, exactly …, never, having …
HavingClause parse_having(TokenStream& stream);

// What stands after "having count": op n, or between n and m.  What has no having of its own is the complement of one that has.
HavingClause parse_count_comparison(TokenStream& stream, uint32_t position);

// between minimum and maximum times.  Throws Error{kSyntax} if minimum > maximum, or if every count is meant.
HavingClause bounded_having(int64_t minimum, int64_t maximum, uint32_t position);

// between … ago and more than … ago are windows, between … times and more than … times havings: only the end tells.
struct WindowOrHaving {
  std::optional<Window> window;
  HavingClause having;
};
WindowOrHaving parse_between(TokenStream& stream);
WindowOrHaving parse_more_than(TokenStream& stream);

// A unit of time, if one stands here.
std::optional<TimeUnit> accept_unit(TokenStream& stream);
// The calendar's units, for errors.
extern const std::vector<std::string_view> kCalendarWords;

// Whether "in" or "on" begins in at least … of the last …, or on at least … in a row.
bool at_periods(const TokenStream& stream);
Periods parse_periods(TokenStream& stream);
// for the first time … for the fifth time, for time n
int64_t parse_occurrence(TokenStream& stream);

// Whether a condition on buckets starts here: bucket n …, sample n …
bool at_bucket(const TokenStream& stream);
std::unique_ptr<BucketCondition> parse_bucket(TokenStream& stream);

// Whether a condition on an attribute starts here: Source.Field …, part of Source.Field …
bool at_attribute(const TokenStream& stream);

// One interaction condition, from its types on; or one on an attribute.
struct ParsedInteraction {
  std::unique_ptr<InteractionCondition> condition;
  bool negated = false;                            // the complement is meant
  std::vector<std::string_view> clauses_possible;  // how clauses begin that could have followed
};
ParsedInteraction parse_interaction(TokenStream& stream);
// Those that a value is made of, up to the end of its parentheses: without what is compared with numbers.
std::unique_ptr<InteractionCondition> parse_counted_interaction(TokenStream& stream);

}  // namespace segments

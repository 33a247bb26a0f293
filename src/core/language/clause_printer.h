// The texts of parts of a definition, each put at the end of `text`.
#pragma once
#include <string>

#include "core/language/aggregate.h"

namespace segments {

void print(const Name& name, std::string& text);
void print(const FieldPath& field, std::string& text);
void print(const Literal& literal, std::string& text);
void print(const Predicate& predicate, std::string& text);
// =, <>, in … ; of what has no negative form, the positive one
std::string_view operator_text(PredicateOperator op, bool negated);
// Of count(distinct …): what would be a unit of the calendar stands in quotes.
void print_distinct_field(FieldPath field, std::string& text);
// having sum(F) > 5, with a blank before it
void print(const Aggregate& aggregate, std::string& text);
// 1 day, 2 days
void print_span(int64_t count, TimeUnit unit, std::string& text);
// With a blank before it.
void print(const Window& window, std::string& text);

}  // namespace segments

// What stands in JSON for the enumerations of the tree, in their order.
#pragma once
#include <string_view>
#include <vector>

namespace segments {

// PredicateOperator; empty: says `times` instead
inline const std::vector<std::string_view> kOperatorWords = {"=",
                                                             "<",
                                                             "<=",
                                                             ">",
                                                             ">=",
                                                             "in",
                                                             "between",
                                                             "contains",
                                                             "begins with",
                                                             "ends with",
                                                             "matches",
                                                             "contains any of",
                                                             "contains all of",
                                                             "is null",
                                                             "is empty",
                                                             "",
                                                             "within before",
                                                             "within after",
                                                             "within of"};
// AggregateKind
inline const std::vector<std::string_view> kAggregateWords = {"sum", "avg", "min", "max", "count distinct", "first", "last"};
// ValueNodeKind; empty: says something else
inline const std::vector<std::string_view> kOperationWords = {"", "", "+", "-", "*", "/", "coalesce"};
// FieldPart
inline const std::vector<std::string_view> kPartWords = {"",     "year",   "quarter", "month", "week",        "day",   "weekday",
                                                         "hour", "minute", "date",    "time",  "anniversary", "length"};
// TimeUnit
inline const std::vector<std::string_view> kUnitWords = {"second", "minute", "hour", "day", "week", "month", "quarter", "year"};
// LiteralType
inline const std::vector<std::string_view> kLiteralTypeWords = {"", "date", "timestamp", "timestamptz"};

}  // namespace segments

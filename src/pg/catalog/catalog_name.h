// Names of interaction types, fields and relations: what they may be, and when two are the same.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace segments::pg {

// What names are compared by: ASCII letters in lower case, others as the database's own locale has them.  What is too long for a
// name stays as it is.
std::string fold_name(std::string_view name);

// As definitions write names: in double quotes where they must be.
std::string as_written(const std::string& name);
std::vector<std::string> as_written(std::vector<std::string> names);

// As arguments of functions: in single quotes.
std::vector<std::string> as_arguments(std::vector<std::string> names);

// "a, b, c".
std::string joined(const std::vector<std::string>& names);

}  // namespace segments::pg

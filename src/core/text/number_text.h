// Numbers that stand in a text: digits with one decimal point, a sign and an exponent, as the server writes and documents hold
// them.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace segments {

// The text without the blanks around it if it is such a number of at most 1,000 characters and an exponent of at most three
// digits; else empty.
std::string_view number_in(std::string_view text);

// REQUIRES for both: `number` is one, of any length, with an exponent of at most three digits if it has one.
// Nothing if it is no whole number, however it is written, or does not fit.
std::optional<int64_t> whole_number(std::string_view number);
// Nothing if it is too large, or too small to be told from zero.
std::optional<double> double_of(const std::string& number);

}  // namespace segments

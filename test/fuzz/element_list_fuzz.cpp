// Any bytes either are refused as damaged, or are the one encoding of their elements; looking for values agrees with looking at
// each element.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/column/element_list.h"
#include "core/error.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

std::vector<std::string_view> elements_of(std::string_view list) {
  std::vector<std::string_view> elements;
  segments::ElementReader reader(list);
  while (const auto element = reader.next()) elements.push_back(*element);
  return elements;
}

bool answers(bool (*contains)(std::string_view, const std::vector<std::string_view>&), std::string_view list,
             const std::vector<std::string_view>& values) {
  try {
    return contains(list, values);
  } catch (const segments::Error& error) {
    require(error.code() == segments::ErrorCode::kDataCorrupted);
    return false;
  }
}

}  // namespace

// The first byte tells how many of the others are a value that is looked for.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t value_size = std::min<size_t>(data[0], size - 1);
  const std::string value(reinterpret_cast<const char*>(data) + 1, value_size);
  const std::string_view list(reinterpret_cast<const char*>(data) + 1 + value_size, size - 1 - value_size);
  const std::vector<std::string> values = {value, "a"};
  const std::vector<std::string_view> sorted = segments::sorted_values(values);
  const bool has_any = answers(segments::contains_any, list, sorted);
  const bool has_all = answers(segments::contains_all, list, sorted);
  std::vector<std::string_view> elements;
  try {
    elements = elements_of(list);
  } catch (const segments::Error& error) {
    require(error.code() == segments::ErrorCode::kDataCorrupted);
    return 0;
  }
  const auto is_element = [&](std::string_view wanted) { return std::ranges::find(elements, wanted) != elements.end(); };
  require(has_any == std::ranges::any_of(sorted, is_element));
  require(has_all == std::ranges::all_of(sorted, is_element));
  require(segments::count_elements(list) == elements.size());
  require(segments::encode_elements(elements) == list);
  return 0;
}

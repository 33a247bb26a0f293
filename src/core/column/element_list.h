// The elements of an array as one value of a kBytes column.
//
// Each element stands behind its length (LEB128), in the order of their bytes; an array without elements has no bytes.  So
// arrays that no condition can tell apart are one value, and none can be read in two ways.  Nulls are left out.
//
// What reads it throws Error{kDataCorrupted} on bytes that encode_elements() does not write.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace segments {

// Sorts them.
std::string encode_elements(std::vector<std::string_view>& elements);

class ElementReader {
 public:
  explicit ElementReader(std::string_view list) : rest_(list) {}
  // Nothing at the end.  The view is one into the list.
  std::optional<std::string_view> next();

 private:
  size_t next_length();

  std::string_view rest_;
  std::string_view previous_;
};

size_t count_elements(std::string_view list);

// Values that are looked for in lists: sorted, each once.
std::vector<std::string_view> sorted_values(const std::vector<std::string>& values);
bool contains_any(std::string_view list, const std::vector<std::string_view>& sorted);
bool contains_all(std::string_view list, const std::vector<std::string_view>& sorted);

}  // namespace segments

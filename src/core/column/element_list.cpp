#include "core/column/element_list.h"

#include <algorithm>
#include <cstdint>

#include "core/column/byte_reader.h"

namespace segments {
namespace {

constexpr unsigned kBitsPerByte = 7;
constexpr uint8_t kMoreFollows = 0x80;

void put_length(std::string& text, size_t length) {
  for (; length >= kMoreFollows; length >>= kBitsPerByte) text.push_back(static_cast<char>(length | kMoreFollows));
  text.push_back(static_cast<char>(length));
}

size_t length_bytes(size_t length) {
  size_t bytes = 1;
  for (; length >= kMoreFollows; length >>= kBitsPerByte) ++bytes;
  return bytes;
}

}  // namespace

std::string encode_elements(std::vector<std::string_view>& elements) {
  std::ranges::sort(elements);
  size_t size = 0;
  for (const std::string_view element : elements) size += length_bytes(element.size()) + element.size();
  std::string list;
  list.reserve(size);
  for (const std::string_view element : elements) {
    put_length(list, element.size());
    list += element;
  }
  return list;
}

size_t ElementReader::next_length() {
  uint64_t length = 0;
  for (unsigned shift = 0;; shift += kBitsPerByte) {
    // A value of a column has fewer than 2^32 bytes.
    if (rest_.empty() || shift > 28) throw_corrupted("A list of elements ends too early.");
    const auto byte = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    length |= uint64_t{byte & (kMoreFollows - 1u)} << shift;
    if (byte >= kMoreFollows) continue;
    if (byte == 0 && shift > 0) throw_corrupted("A length is written with more bytes than it needs.");
    break;
  }
  if (length > rest_.size()) throw_corrupted("A list of elements ends too early.");
  return static_cast<size_t>(length);
}

std::optional<std::string_view> ElementReader::next() {
  if (rest_.empty()) return std::nullopt;
  const size_t length = next_length();
  const std::string_view element = rest_.substr(0, length);
  rest_.remove_prefix(length);
  if (element < previous_) throw_corrupted("The elements of a list are not in order.");
  previous_ = element;
  return element;
}

size_t count_elements(std::string_view list) {
  size_t count = 0;
  for (ElementReader reader(list); reader.next();) ++count;
  return count;
}

std::vector<std::string_view> sorted_values(const std::vector<std::string>& values) {
  std::vector<std::string_view> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  return sorted;
}

bool contains_any(std::string_view list, const std::vector<std::string_view>& sorted) {
  auto value = sorted.begin();
  ElementReader reader(list);
  while (const std::optional<std::string_view> element = reader.next()) {
    while (value != sorted.end() && *value < *element) ++value;
    if (value == sorted.end()) return false;
    if (*value == *element) return true;
  }
  return false;
}

bool contains_all(std::string_view list, const std::vector<std::string_view>& sorted) {
  auto value = sorted.begin();
  ElementReader reader(list);
  while (value != sorted.end()) {
    const std::optional<std::string_view> element = reader.next();
    if (!element || *element > *value) return false;
    if (*element == *value) ++value;
  }
  return true;
}

}  // namespace segments

#include "core/json/json_place.h"

#include <algorithm>
#include <charconv>

#include "core/text/characters.h"
#include "core/text/keywords.h"
#include "core/text/lexer.h"
#include "core/text/nearest.h"

namespace segments {
namespace {

std::string_view kind_word(JsonKind kind) {
  switch (kind) {
    case JsonKind::kNull:
      return "null";
    case JsonKind::kBoolean:
      return "a boolean";
    case JsonKind::kNumber:
      return "a number";
    case JsonKind::kText:
      return "a string";
    case JsonKind::kArray:
      return "an array";
    case JsonKind::kObject:
      break;
  }
  return "an object";
}

std::string alternatives(const std::vector<std::string_view>& words) {
  std::string list;
  size_t left = 0;
  for (const std::string_view word : words) left += word.empty() ? 0 : 1;
  for (const std::string_view word : words) {
    if (word.empty()) continue;
    if (!list.empty()) list += left == 1 ? " or " : ", ";
    list += "\"" + std::string(word) + "\"";
    --left;
  }
  return list;
}

std::string nearest_hint(std::string_view word, const std::vector<std::string_view>& words) {
  std::vector<std::string> candidates;
  for (const std::string_view candidate : words) {
    if (!candidate.empty()) candidates.emplace_back(candidate);
  }
  const std::vector<std::string> nearest = nearest_names(word, candidates);
  if (!nearest.empty()) return "Perhaps you meant \"" + nearest.front() + "\".";
  return "Write " + alternatives(words) + ".";
}

}  // namespace

std::string JsonPlace::path() const {
  if (parent_ == nullptr) return "$";
  const std::string parent = parent_->path();
  if (parent_->value_.kind == JsonKind::kArray) return parent + "[" + std::to_string(index_) + "]";
  if (is_plain_name(key_) || is_reserved_word(key_)) return parent + "." + std::string(key_);
  return parent + "[" + in_quotes(excerpt(key_)) + "]";
}

std::optional<JsonPlace> JsonPlace::find(std::string_view key) const {
  const auto member = std::ranges::find(value_.members, key, &JsonMember::key);
  if (member == value_.members.end()) return std::nullopt;
  return JsonPlace(member->value, *this, member->key, 0);
}

void JsonPlace::expect_object() const {
  if (value_.kind != JsonKind::kObject) fail_expecting("an object");
}

const std::vector<JsonValue>& JsonPlace::expect_array() const {
  if (value_.kind != JsonKind::kArray) fail_expecting("an array");
  return value_.elements;
}

const std::string& JsonPlace::expect_text() const {
  if (value_.kind != JsonKind::kText) fail_expecting("a string");
  return value_.text;
}

bool JsonPlace::expect_boolean() const {
  if (value_.kind != JsonKind::kBoolean) fail_expecting("true or false");
  return value_.boolean;
}

void JsonPlace::expect_true() const {
  if (value_.kind != JsonKind::kBoolean || !value_.boolean) fail("expected true", "Write true, or leave the key out.");
}

int64_t JsonPlace::expect_count(int64_t smallest, int64_t largest) const {
  const std::string range = std::to_string(smallest) + " to " + std::to_string(largest);
  const std::string& digits = value_.text;
  const bool whole = value_.kind == JsonKind::kNumber && !digits.empty() && std::ranges::all_of(digits, is_digit);
  if (!whole) fail_expecting("a whole number from " + range);
  int64_t count = 0;
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (status != std::errc() || count < smallest || count > largest) {
    fail("number " + excerpt(digits) + " is out of range", "Numbers here are from " + range + ".", ErrorCode::kOutOfRange);
  }
  return count;
}

JsonPlace JsonPlace::expect_member(std::string_view key) const {
  const std::optional<JsonPlace> member = find(key);
  if (!member.has_value()) fail("the key \"" + std::string(key) + "\" is missing");
  return *member;
}

void JsonPlace::allow_only(std::initializer_list<std::string_view> keys) const {
  for (const JsonMember& member : value_.members) {
    if (std::ranges::find(keys, member.key) != keys.end()) continue;
    fail("unknown key \"" + excerpt(member.key) + "\"", nearest_hint(member.key, keys));
  }
}

std::string_view JsonPlace::expect_one_of(std::initializer_list<std::string_view> keys) const {
  expect_object();
  for (const std::string_view key : keys) {
    if (find(key).has_value()) return key;
  }
  if (value_.members.empty()) fail("the object is empty", "Write one of the keys " + alternatives(keys) + ".");
  fail("none of the keys that say what this is", nearest_hint(value_.members.front().key, keys));
}

size_t JsonPlace::expect_word(const std::vector<std::string_view>& words, std::string_view what) const {
  const std::string& text = expect_text();
  const auto word = std::ranges::find(words, std::string_view(text));
  if (!text.empty() && word != words.end()) return static_cast<size_t>(word - words.begin());
  fail("unknown " + std::string(what) + " \"" + excerpt(text) + "\"", nearest_hint(text, words));
}

void JsonPlace::fail(const std::string& message, std::string hint, ErrorCode code) const {
  throw Error(code, path() + ": " + message, "", std::move(hint));
}

void JsonPlace::fail_expecting(std::string_view what) const {
  fail("expected " + std::string(what) + ", not " + std::string(kind_word(value_.kind)),
       value_.kind == JsonKind::kNull ? "Leave the key out where there is nothing to say." : "");
}

}  // namespace segments

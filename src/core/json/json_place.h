// A value within a JSON document, which knows its path: what reads it says where it is wrong.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/json/json_value.h"

namespace segments {

// Every failure is an Error{kSyntax} whose message begins with the path ("$.and[1].window: …"), unless another code is named.
// A place refers to the one it was taken from, which outlives it.
class JsonPlace {
 public:
  explicit JsonPlace(const JsonValue& document) : value_(document) {}

  const JsonValue& value() const { return value_; }
  // $.and[1].window
  std::string path() const;
  // How many values this one lies in.
  uint32_t depth() const { return depth_; }

  // REQUIRES: an object, an array.
  std::optional<JsonPlace> find(std::string_view key) const;
  JsonPlace element(size_t index) const { return {value_.elements[index], *this, {}, index}; }

  // What stands here, or the error that says what should.
  void expect_object() const;
  const std::vector<JsonValue>& expect_array() const;
  const std::string& expect_text() const;
  bool expect_boolean() const;
  void expect_true() const;
  // A whole number.  Error{kOutOfRange} past the largest.
  int64_t expect_count(int64_t smallest, int64_t largest) const;
  JsonPlace expect_member(std::string_view key) const;

  // Refuses members with other keys.  REQUIRES: an object.
  void allow_only(std::initializer_list<std::string_view> keys) const;
  // The one of `keys` that stands here; fails if none does.
  std::string_view expect_one_of(std::initializer_list<std::string_view> keys) const;
  // The index of the text that stands here among `words`; empty ones are none.
  size_t expect_word(const std::vector<std::string_view>& words, std::string_view what) const;

  [[noreturn]] void fail(const std::string& message, std::string hint = {}, ErrorCode code = ErrorCode::kSyntax) const;

 private:
  JsonPlace(const JsonValue& value, const JsonPlace& parent, std::string_view key, size_t index)
      : value_(value), parent_(&parent), key_(key), index_(index), depth_(parent.depth_ + 1) {}
  [[noreturn]] void fail_expecting(std::string_view what) const;

  const JsonValue& value_;
  const JsonPlace* parent_ = nullptr;
  std::string_view key_;  // within an object
  size_t index_ = 0;      // within an array
  uint32_t depth_ = 0;
};

}  // namespace segments

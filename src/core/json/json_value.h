// A JSON value in memory.  Who reads JSON and writes it has a parser of its own: the core has none.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace segments {

enum class JsonKind : uint8_t { kNull, kBoolean, kNumber, kText, kArray, kObject };

struct JsonMember;

struct JsonValue {
  JsonKind kind = JsonKind::kNull;
  bool boolean = false;
  std::string text;  // kText; kNumber: as JSON writes numbers
  std::vector<JsonValue> elements;
  std::vector<JsonMember> members;  // each key once
};

struct JsonMember {
  std::string key;
  JsonValue value;
};

inline JsonValue json_text(std::string_view text) {
  JsonValue value;
  value.kind = JsonKind::kText;
  value.text = text;
  return value;
}

inline JsonValue json_number(int64_t number) {
  JsonValue value;
  value.kind = JsonKind::kNumber;
  value.text = std::to_string(number);
  return value;
}

inline JsonValue json_boolean(bool boolean) {
  JsonValue value;
  value.kind = JsonKind::kBoolean;
  value.boolean = boolean;
  return value;
}

inline JsonValue json_array(std::vector<JsonValue> elements) {
  JsonValue value;
  value.kind = JsonKind::kArray;
  value.elements = std::move(elements);
  return value;
}

inline JsonValue json_object(std::string_view key, JsonValue member) {
  JsonValue value;
  value.kind = JsonKind::kObject;
  value.members.push_back({std::string(key), std::move(member)});
  return value;
}

}  // namespace segments

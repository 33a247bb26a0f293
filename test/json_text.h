// JSON as tests write it, and read it in part: for what is compared with other programs.
#pragma once
#include <string>
#include <string_view>

#include "core/json/json_value.h"

namespace segments::test {

inline void append_json_text(std::string_view text, std::string& out) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

inline void append_json(const JsonValue& value, std::string& out) {
  switch (value.kind) {
    case JsonKind::kNull:
      out += "null";
      return;
    case JsonKind::kBoolean:
      out += value.boolean ? "true" : "false";
      return;
    case JsonKind::kNumber:
      out += value.text;
      return;
    case JsonKind::kText:
      return append_json_text(value.text, out);
    case JsonKind::kArray:
      out += '[';
      for (size_t i = 0; i < value.elements.size(); ++i) {
        if (i > 0) out += ", ";
        append_json(value.elements[i], out);
      }
      out += ']';
      return;
    case JsonKind::kObject:
      out += '{';
      for (size_t i = 0; i < value.members.size(); ++i) {
        if (i > 0) out += ", ";
        append_json_text(value.members[i].key, out);
        out += ": ";
        append_json(value.members[i].value, out);
      }
      out += '}';
      return;
  }
}

inline std::string json_as_text(const JsonValue& value) {
  std::string out;
  append_json(value, out);
  return out;
}

}  // namespace segments::test

// A definition's JSON with parts of it replaced, moved and left out is refused with a path, or says what its text says.
//
// Input: the text of a definition, a zero byte, and edits of four bytes each: which value, what becomes of it, with what.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/error.h"
#include "core/json/definition_json.h"
#include "core/language/parser.h"
#include "core/language/printer.h"

namespace {

using segments::Definition;
using segments::JsonKind;
using segments::JsonValue;

// Each edit may double a document.
constexpr size_t kMostEdits = 6;
constexpr size_t kMostText = 4096;

void require(bool condition) {
  if (!condition) std::abort();
}

// The values of a document, each before those within it.
void collect(JsonValue& value, std::vector<JsonValue*>& all) {
  all.push_back(&value);
  for (JsonValue& element : value.elements) collect(element, all);
  for (segments::JsonMember& member : value.members) collect(member.value, all);
}

void edit(JsonValue& document, const uint8_t* bytes) {
  static constexpr std::string_view kTexts[] = {"",   "A",       "within", "x\" or all", "is null",   "=",
                                                "in", "day",     "days",   "1e400",      "null",      "+7",
                                                "07", "weekday", "\x80",   "true",       "2026-02-30"};
  static constexpr std::string_view kKeys[] = {"and",   "or",      "not",    "all",    "segment", "interaction",
                                               "anyOf", "where",   "window", "butNot", "periods", "having",
                                               "count", "between", "never",  "quoted", "number",  "date",
                                               "from",  "to",      "op",     "value",  "length",  "distinct"};
  std::vector<JsonValue*> all;
  collect(document, all);
  JsonValue& value = *all[bytes[0] % all.size()];
  const JsonValue other = *all[bytes[3] % all.size()];
  const std::string_view text = kTexts[bytes[2] % std::size(kTexts)];
  const std::string_view key = kKeys[bytes[2] % std::size(kKeys)];
  switch (bytes[1] % 9) {
    case 0:
      value = other;
      return;
    case 1:
      value = segments::json_text(text);
      return;
    case 2:
      value = segments::json_number(bytes[2] * (bytes[3] < 128 ? 1 : -1'000'000'007LL));
      return;
    case 3:
      value = segments::json_object(key, other);
      return;
    case 4:
      if (value.kind == JsonKind::kObject) value.members.push_back({std::string(key), other});
      return;
    case 5:
      if (!value.members.empty()) value.members.erase(value.members.begin() + bytes[2] % static_cast<int>(value.members.size()));
      return;
    case 6:
      if (!value.elements.empty())
        value.elements.erase(value.elements.begin() + bytes[2] % static_cast<int>(value.elements.size()));
      return;
    case 7:
      if (value.kind == JsonKind::kArray) value.elements.push_back(other);
      return;
    default:
      value = JsonValue{};
      value.kind = static_cast<JsonKind>(bytes[2] % 6);
      if (value.kind == JsonKind::kNumber) value.text = "-1.50";
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(input.find('\0'), size);
  if (end > kMostText) return 0;
  segments::NeverInterrupt interrupt;
  JsonValue document;
  try {
    const Definition definition = segments::parse_definition(input.substr(0, end), interrupt);
    document = segments::definition_to_json(definition);
    require(segments::definition_from_json(document, interrupt) == definition);
  } catch (const segments::Error&) {
    return 0;
  }
  for (size_t at = end + 1; at + 4 <= size && at < end + kMostEdits * 4; at += 4) edit(document, data + at);
  Definition edited;
  try {
    edited = segments::definition_from_json(document, interrupt);
  } catch (const segments::Error& error) {
    require(*error.what() == '$' || error.code() == segments::ErrorCode::kLimitExceeded);
    require(error.code() != segments::ErrorCode::kInternal);
    return 0;
  }
  const std::string text = segments::print_definition(edited);
  require(segments::parse_definition(text, interrupt) == edited);
  require(segments::definition_from_json(segments::definition_to_json(edited), interrupt) == edited);
  return 0;
}

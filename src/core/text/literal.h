// What tokens say: names and literals, as written.
#pragma once
#include <cstdint>
#include <string>

namespace segments {

// A type, field or relation as written.  Unquoted names compare without case; so do quoted ones.
struct Name {
  std::string text;     // without quotes
  bool quoted = false;  // was written "like this"
  uint32_t position = 0;
};

enum class LiteralKind : uint8_t { kText, kNumber, kBoolean };

// The type that stands before a text: date '2026-03-01'.  kNone: the text is of the type of what it is compared with.
enum class LiteralType : uint8_t { kNone, kDate, kTimestamp, kTimestamptz };

// A literal as in SQL: 'text' ('' doubles a quote), date 'text', 12, -1.5, 1e6, true, false.  Times are text literals.
struct Literal {
  LiteralKind kind = LiteralKind::kText;
  std::string text;  // the unquoted text, the number as written, "true" or "false"
  uint32_t position = 0;
  LiteralType type = LiteralType::kNone;  // of texts only
};

// Everything but positions, byte by byte.
inline bool operator==(const Name& a, const Name& b) { return a.text == b.text && a.quoted == b.quoted; }
inline bool operator==(const Literal& a, const Literal& b) { return a.kind == b.kind && a.type == b.type && a.text == b.text; }

}  // namespace segments

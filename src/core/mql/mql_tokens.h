// Tokens of queries that the definition language has not, and names, which may be any word.
#pragma once
#include <string_view>

#include "core/text/token_stream.h"

namespace segments {

// == && || are two tokens without a blank between them.
inline bool at_doubled(const TokenStream& stream, std::string_view symbol) {
  const Token next = stream.peek();
  return stream.current().text == symbol && next.text == symbol && next.position == stream.position() + symbol.size();
}

inline bool accept_doubled(TokenStream& stream, std::string_view symbol) {
  if (!at_doubled(stream, symbol)) return false;
  stream.take();
  stream.take();
  return true;
}

inline bool accept_unknown(TokenStream& stream, std::string_view text) {
  if (stream.current().kind != TokenKind::kUnknown || stream.current().text != text) return false;
  stream.take();
  return true;
}

// What the language has, but definitions cannot say.
[[noreturn]] inline void fail_without_counterpart(std::string_view what, uint32_t position, std::string detail,
                                                  std::string hint) {
  throw Error(ErrorCode::kSyntax, std::string(what) + " has no counterpart in definitions", std::move(detail), std::move(hint),
              position);
}

}  // namespace segments

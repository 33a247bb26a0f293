// Definitions as tests write them.
#pragma once
#include <gtest/gtest.h>

#include <string_view>

#include "core/error.h"
#include "core/language/parser.h"

namespace segments {

inline Definition parse(std::string_view text) {
  NeverInterrupt interrupt;
  return parse_definition(text, interrupt);
}

inline Error error_of(std::string_view text) {
  try {
    parse(text);
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error: " << text;
  return Error(ErrorCode::kInternal, "");
}

}  // namespace segments

// Any bytes either fail with an error that points into them, or are a query whose definition has a canonical text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/error.h"
#include "core/language/parser.h"
#include "core/language/printer.h"
#include "core/mql/mql.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  segments::NeverInterrupt interrupt;
  segments::MqlQuery query;
  try {
    query = segments::parse_mql(text, interrupt);
  } catch (const segments::Error& error) {
    require(error.position() == segments::Error::kNoPosition || error.position() <= size);
    require(error.code() != segments::ErrorCode::kInternal);
    return 0;
  }
  segments::Definition definition;
  try {
    definition = segments::parse_definition(segments::print_definition(query.definition), interrupt);
  } catch (const segments::Error& error) {
    // What is written shorter there may be too long or too deep here.
    require(error.code() == segments::ErrorCode::kLimitExceeded);
    return 0;
  }
  require(segments::parse_definition(segments::print_definition(definition), interrupt) == definition);
  return 0;
}

// Any bytes either fail with an error that points into them, or have a canonical text that parses to the same tree.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/error.h"
#include "core/language/parser.h"
#include "core/language/printer.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  segments::NeverInterrupt interrupt;
  segments::Definition definition;
  try {
    definition = segments::parse_definition(text, interrupt);
  } catch (const segments::Error& error) {
    require(error.position() == segments::Error::kNoPosition || error.position() <= size);
    require(*error.what() != '\0');
    return 0;
  }
  const std::string canonical = segments::print_definition(definition);
  const segments::Definition again = segments::parse_definition(canonical, interrupt);
  require(again == definition);
  require(segments::print_definition(again) == canonical);
  return 0;
}

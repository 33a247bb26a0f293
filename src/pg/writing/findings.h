// What is wrong with a definition, all of it that can be told at once.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "pg/evaluation/definition_settings.h"
#include "pg/server/boundary.h"

namespace segments::pg {

enum class Severity : uint8_t {
  kError,    // it is not accepted
  kWarning,  // it is accepted, and hardly what was meant
};

struct Finding {
  Severity severity = Severity::kError;
  std::optional<uint32_t> position;  // byte offset in the text
  std::string sqlstate;
  std::string message;
  std::string detail = {};
  std::string hint = {};
};

// Of a definition that `role` would evaluate, by position.  Only a cancel and a shutdown are thrown.  A text that does not parse
// has one finding.  `looks_up_values`: warn of values that nothing has. REQUIRES: within with_spi, as the extension's owner.
std::vector<Finding> findings(const std::string& definition, Oid role, bool looks_up_values);

}  // namespace segments::pg

// Definitions with the definitions of saved segments in the place of references to them.
#pragma once
#include <functional>
#include <string>

#include "core/language/definition.h"
#include "pg/server/boundary.h"

namespace segments::pg {

// A reference that stays, and why.
struct KeptReference {
  std::string name;
  std::string reason;  // a sentence
  std::string hint;    // what would have it expanded; may be empty
};

// Replaces every `segment 'x'` by x's definition, and references in that likewise.  It stays where that would tell `viewer` what
// it may not see, or mean something else: segments of others and unknown ones, static ones, those with lists of profiles, and
// those saved with other settings (zone, week start …) than are in force; each is handed to `keep` once.  So do references to the
// history of a segment. What is made need not be canonical: print and parse it. Throws Error{kLimitExceeded} past
// kMaxDefinitionConditions or kMaxDefinitionDepth. REQUIRES: within with_spi, as the extension's owner.
void expand_references(Definition& definition, Oid viewer, const std::function<void(const KeptReference&)>& keep);

}  // namespace segments::pg

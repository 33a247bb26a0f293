// Queries of Dynamics 365 (README.md) → trees of definitions.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/interrupt.h"
#include "core/language/definition.h"

namespace segments {

// Through which reference an interaction leads to a profile: INTERACTION(type, link).
struct MqlLink {
  Name type;
  Name link;
};

struct MqlQuery {
  // Types, fields and segments by the names that are written, with their positions in the query.  Not canonical: print and parse
  // it.
  Definition definition;
  std::vector<Name> profiles;  // PROFILE(…), which became everybody
  std::vector<Name> sources;   // PROFILE(…).FILTER(…), which became conditions on profile sources
  std::vector<MqlLink> links;  // as far as there are any
  bool counts_in_utc = false;  // days, months and years are those of UTC there
};

// Throws what parse_definition() does, at positions in the query.
MqlQuery parse_mql(std::string_view text, Interrupt& interrupt);

// What names of types and fields are compared by, once their case is folded: without the publisher's prefix (msdynmkt_,
// msdyncrm_), blanks, hyphens and underscores.
std::string mql_key(std::string_view folded);

}  // namespace segments

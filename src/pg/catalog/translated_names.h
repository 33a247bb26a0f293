// Definitions in other names of the same types and fields.
#pragma once
#include "core/language/definition.h"
#include "pg/server/boundary.h"

namespace segments::pg {

enum class NameStyle : uint8_t { kTechnical, kDisplay };

// Gives every type and field of a definition its name of that style, if that leads where the written one does: where a display
// name is ambiguous, or another's technical name, the technical one is taken.  A field of several types keeps what is written
// unless one name is right for all.  Names that lead nowhere stay, and to
// `viewer`, events that it may not read are none.  REQUIRES: within with_spi, as the extension's owner.
void translate_names(Definition& definition, NameStyle style, Oid viewer);

}  // namespace segments::pg

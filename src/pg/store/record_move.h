#pragma once
#include "core/ordinal.h"

namespace segments::pg {

// Records whose profile lies in another tile: their rows are to be copied from the old ordinal to the new one.
struct RecordMove {
  Ordinal from;
  Ordinal to;
};

}  // namespace segments::pg

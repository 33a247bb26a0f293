// Names in definitions that are saved.
#pragma once
#include <string>

namespace segments::pg {

// The definition with each event's name in the case that it has; the same text if it is so already.
// Throws what finding the names throws.  REQUIRES: within with_spi, as the extension's owner.
std::string with_exact_event_names(const std::string& written);

}  // namespace segments::pg

// Values as dictionaries of fragments hold them.
#pragma once
#include "core/fragment/fragment.h"
#include "pg/server/boundary.h"

namespace segments::pg {

// What a text is as a value of a type, or as an element of an array of it; nothing: it is none.  REQUIRES: within with_spi.
std::optional<MissingValue> stored_value(Oid type, const std::string& content, bool is_element = false);
bool equals_entry(const Dictionary& dictionary, uint32_t index, const MissingValue& value);

}  // namespace segments::pg

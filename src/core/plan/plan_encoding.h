// The bytes of a plan's parts.
#pragma once
#include "core/plan/plan.h"
#include "core/column/byte_reader.h"
#include "core/column/byte_writer.h"

namespace segments {

// Restrictions nested deeper are refused: on writing with Error{kLimitExceeded}, on reading with Error{kDataCorrupted}.
inline constexpr uint32_t kMaxRowTestDepth = 512;

// Equal predicates give equal bytes.
void put_predicate(ByteWriter& writer, const FieldPredicate& predicate);
FieldPredicate get_predicate(ByteReader& reader);

}  // namespace segments

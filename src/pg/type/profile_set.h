// The SQL type segments.profile_set: a varlena of canonical portable Roaring bytes, after the stamp of their origin if they have
// one.
//
// Every way in (text, binary, bytea) validates and rewrites canonically, so that equal sets of one origin are equal bytes.  A
// cast from or to bytea is of the portable bytes alone.
#pragma once
#include "core/set/origin.h"
#include "pg/server/boundary.h"

namespace segments::pg {

// The payload of a varlena, detoasted in the current memory context if need be: valid as long as that and the datum.
std::span<const uint8_t> payload_of(Datum value);
// A varlena in the current memory context, with room for `head` bytes before these.  Throws Error{kLimitExceeded} beyond what a
// datum can hold.
Datum varlena_of(std::span<const uint8_t> bytes, size_t head = 0);

StampedSet profile_set_of(Datum value);
Datum profile_set_datum(const StampedSet& stamped);

// The origin of the ordinals that the statement sees.
Origin current_origin();
// A set made of these ordinals.
inline Datum current_profile_set_datum(ProfileSet set) { return profile_set_datum({std::move(set), current_origin()}); }

// Throws Error{kOutOfRange} unless 0 <= value < 2^32.
inline Ordinal ordinal_of(int64_t value) {
  if (likely(value >= 0 && value <= int64_t{UINT32_MAX})) return static_cast<Ordinal>(value);
  throw Error(ErrorCode::kOutOfRange, "ordinal out of range: " + std::to_string(value), {},
              "Ordinals are whole numbers from 0 to 4294967295.");
}

}  // namespace segments::pg

// Which numbering of records the ordinals of a set belong to.
//
// Ordinals are numbered anew when the extension is created, as by a restore, and when records are renumbered.  Each numbering
// draws a random origin.  A set that carries one is never mixed with a set of another: it would name other people.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/set/profile_set.h"

namespace segments {

enum class Origin : uint64_t { kNone = 0 };  // kNone: unknown; such a set takes the other's

// The origin of what is made of two sets.  Throws Error{kNotReady} if both have one, and another.
Origin joint_origin(Origin left, Origin right);

// A set and where it is from.  The empty set names nobody, so it has none once it is written.
struct StampedSet {
  ProfileSet set;
  Origin origin = Origin::kNone;
};

// Bytes of a set with an origin: a magic number, the origin, and the portable bytes.  Without an origin: the portable bytes.
struct StampedBytes {
  std::span<const uint8_t> set;
  Origin origin = Origin::kNone;
};
inline constexpr size_t kStampBytes = 12;

// Throws Error{kInvalidBytes} if the bytes begin with a stamp that is none; those of the set are not looked at.
StampedBytes read_stamp(std::span<const uint8_t> bytes);
// REQUIRES: an origin, and room for kStampBytes.
void write_stamp(Origin origin, uint8_t* to);

// Sixteen hexadecimal digits; nothing unless `digits` are such, and not all zero.
std::string print_origin(Origin origin);
std::optional<Origin> parse_origin(std::string_view digits);

}  // namespace segments

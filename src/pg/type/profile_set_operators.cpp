// Set algebra, comparison and questions about profile sets.
#include "core/set/portable_bytes.h"
#include "pg/type/profile_set.h"

using namespace segments;
using namespace segments::pg;

namespace {

// Comparisons free what they detoast: a sort or an index calls them many times in one memory context.
void free_if_copy(std::span<const uint8_t> payload, Datum value) {
  auto* plain = reinterpret_cast<uint8_t*>(DatumGetPointer(value));
  if (payload.data() == reinterpret_cast<const uint8_t*>(VARDATA_ANY(plain))) return;
  call([&] { pfree(const_cast<uint8_t*>(payload.data()) - VARHDRSZ); });
}

template <class F>
auto with_payloads(FunctionCallInfo fcinfo, F compare) {
  const Datum left = PG_GETARG_DATUM(0), right = PG_GETARG_DATUM(1);
  const std::span<const uint8_t> left_bytes = payload_of(left), right_bytes = payload_of(right);
  const auto result = compare(read_stamp(left_bytes).set, read_stamp(right_bytes).set);
  free_if_copy(left_bytes, left);
  free_if_copy(right_bytes, right);
  return result;
}

// Comparing and hashing look at the members alone, whatever their origin, so that they never raise: a set equals what is left of
// it after a cast to bytea or an array.  Equal bytes are equal members, and nearly always the other way round.
int compare(FunctionCallInfo fcinfo) {
  return with_payloads(fcinfo, [](std::span<const uint8_t> left, std::span<const uint8_t> right) {
    if (std::ranges::equal(left, right)) return 0;
    ServerInterrupt interrupt;
    return ProfileSet::from_portable(left).compare(ProfileSet::from_portable(right), interrupt);
  });
}

bool equal(FunctionCallInfo fcinfo) {
  return with_payloads(fcinfo, [](std::span<const uint8_t> left, std::span<const uint8_t> right) {
    return std::ranges::equal(left, right) || ProfileSet::from_portable(left) == ProfileSet::from_portable(right);
  });
}

// What is made of two sets: combine(left, right) changes the left.
template <class F>
Datum combined(FunctionCallInfo fcinfo, F combine) {
  StampedSet left = profile_set_of(PG_GETARG_DATUM(0));
  const StampedSet right = profile_set_of(PG_GETARG_DATUM(1));
  left.origin = joint_origin(left.origin, right.origin);
  combine(left.set, right.set);
  return profile_set_datum(left);
}

// A question about two sets.
template <class F>
bool asked(FunctionCallInfo fcinfo, F ask) {
  const StampedSet left = profile_set_of(PG_GETARG_DATUM(0));
  const StampedSet right = profile_set_of(PG_GETARG_DATUM(1));
  joint_origin(left.origin, right.origin);
  return ask(left.set, right.set);
}

ProfileSet members_of(FunctionCallInfo fcinfo) { return profile_set_of(PG_GETARG_DATUM(0)).set; }

Datum bigint_or_null(FunctionCallInfo fcinfo, std::optional<Ordinal> ordinal) {
  if (!ordinal) PG_RETURN_NULL();
  PG_RETURN_INT64(*ordinal);
}

}  // namespace

SEGMENTS_FUNCTION(segments_profile_set_and) {
  return combined(fcinfo, [](ProfileSet& left, const ProfileSet& right) { left &= right; });
}

SEGMENTS_FUNCTION(segments_profile_set_or) {
  return combined(fcinfo, [](ProfileSet& left, const ProfileSet& right) { left |= right; });
}

SEGMENTS_FUNCTION(segments_profile_set_except) {
  return combined(fcinfo, [](ProfileSet& left, const ProfileSet& right) { left -= right; });
}

SEGMENTS_FUNCTION(segments_profile_set_xor) {
  return combined(fcinfo, [](ProfileSet& left, const ProfileSet& right) { left ^= right; });
}

SEGMENTS_FUNCTION(segments_profile_set_eq) { PG_RETURN_BOOL(equal(fcinfo)); }
SEGMENTS_FUNCTION(segments_profile_set_ne) { PG_RETURN_BOOL(!equal(fcinfo)); }
SEGMENTS_FUNCTION(segments_profile_set_lt) { PG_RETURN_BOOL(compare(fcinfo) < 0); }
SEGMENTS_FUNCTION(segments_profile_set_le) { PG_RETURN_BOOL(compare(fcinfo) <= 0); }
SEGMENTS_FUNCTION(segments_profile_set_gt) { PG_RETURN_BOOL(compare(fcinfo) > 0); }
SEGMENTS_FUNCTION(segments_profile_set_ge) { PG_RETURN_BOOL(compare(fcinfo) >= 0); }
SEGMENTS_FUNCTION(segments_profile_set_cmp) { PG_RETURN_INT32(compare(fcinfo)); }

// The 32-bit hash is the low half of the 64-bit hash with seed 0, as PostgreSQL demands.
SEGMENTS_FUNCTION(segments_profile_set_hash) {
  ServerInterrupt interrupt;
  PG_RETURN_UINT32(static_cast<uint32_t>(members_of(fcinfo).hash(0, interrupt)));
}

SEGMENTS_FUNCTION(segments_profile_set_hash_extended) {
  const auto seed = static_cast<uint64_t>(PG_GETARG_INT64(1));
  ServerInterrupt interrupt;
  PG_RETURN_UINT64(members_of(fcinfo).hash(seed, interrupt));
}

SEGMENTS_FUNCTION(segments_profile_set_contains_set) {
  PG_RETURN_BOOL(asked(fcinfo, [](const ProfileSet& left, const ProfileSet& right) { return right.is_subset_of(left); }));
}

SEGMENTS_FUNCTION(segments_profile_set_contained) {
  PG_RETURN_BOOL(asked(fcinfo, [](const ProfileSet& left, const ProfileSet& right) { return left.is_subset_of(right); }));
}

SEGMENTS_FUNCTION(segments_profile_set_overlaps) {
  PG_RETURN_BOOL(asked(fcinfo, [](const ProfileSet& left, const ProfileSet& right) { return left.intersects(right); }));
}

SEGMENTS_FUNCTION(segments_profile_set_contains) {
  const Ordinal ordinal = ordinal_of(PG_GETARG_INT64(1));
  PG_RETURN_BOOL(portable_contains(read_stamp(payload_of(PG_GETARG_DATUM(0))).set, ordinal));
}

SEGMENTS_FUNCTION(segments_profile_set_contained_ordinal) {
  const Ordinal ordinal = ordinal_of(PG_GETARG_INT64(0));
  PG_RETURN_BOOL(portable_contains(read_stamp(payload_of(PG_GETARG_DATUM(1))).set, ordinal));
}

SEGMENTS_FUNCTION(segments_profile_set_cardinality) { PG_RETURN_INT64(static_cast<int64_t>(members_of(fcinfo).cardinality())); }

SEGMENTS_FUNCTION(segments_profile_set_is_empty) { PG_RETURN_BOOL(members_of(fcinfo).empty()); }

SEGMENTS_FUNCTION(segments_profile_set_minimum) { return bigint_or_null(fcinfo, members_of(fcinfo).minimum()); }

SEGMENTS_FUNCTION(segments_profile_set_maximum) { return bigint_or_null(fcinfo, members_of(fcinfo).maximum()); }

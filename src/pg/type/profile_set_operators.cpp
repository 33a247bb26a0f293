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
  const auto result = compare(left_bytes, right_bytes);
  free_if_copy(left_bytes, left);
  free_if_copy(right_bytes, right);
  return result;
}

// Equal bytes are equal sets, and nearly always the other way round; the members decide.
int compare(FunctionCallInfo fcinfo) {
  return with_payloads(fcinfo, [](std::span<const uint8_t> left, std::span<const uint8_t> right) {
    if (std::ranges::equal(left, right)) return 0;
    return ProfileSet::from_portable(left).compare(ProfileSet::from_portable(right));
  });
}

bool equal(FunctionCallInfo fcinfo) {
  return with_payloads(fcinfo, [](std::span<const uint8_t> left, std::span<const uint8_t> right) {
    return std::ranges::equal(left, right) || ProfileSet::from_portable(left) == ProfileSet::from_portable(right);
  });
}

Datum bigint_or_null(FunctionCallInfo fcinfo, std::optional<Ordinal> ordinal) {
  if (!ordinal) PG_RETURN_NULL();
  PG_RETURN_INT64(*ordinal);
}

}  // namespace

SEGMENTS_FUNCTION(segments_profile_set_and) {
  ProfileSet set = profile_set_of(PG_GETARG_DATUM(0));
  return profile_set_datum(set &= profile_set_of(PG_GETARG_DATUM(1)));
}

SEGMENTS_FUNCTION(segments_profile_set_or) {
  ProfileSet set = profile_set_of(PG_GETARG_DATUM(0));
  return profile_set_datum(set |= profile_set_of(PG_GETARG_DATUM(1)));
}

SEGMENTS_FUNCTION(segments_profile_set_except) {
  ProfileSet set = profile_set_of(PG_GETARG_DATUM(0));
  return profile_set_datum(set -= profile_set_of(PG_GETARG_DATUM(1)));
}

SEGMENTS_FUNCTION(segments_profile_set_xor) {
  ProfileSet set = profile_set_of(PG_GETARG_DATUM(0));
  return profile_set_datum(set ^= profile_set_of(PG_GETARG_DATUM(1)));
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
  PG_RETURN_UINT32(static_cast<uint32_t>(profile_set_of(PG_GETARG_DATUM(0)).hash(0)));
}

SEGMENTS_FUNCTION(segments_profile_set_hash_extended) {
  const auto seed = static_cast<uint64_t>(PG_GETARG_INT64(1));
  PG_RETURN_UINT64(profile_set_of(PG_GETARG_DATUM(0)).hash(seed));
}

SEGMENTS_FUNCTION(segments_profile_set_contains_set) {
  PG_RETURN_BOOL(profile_set_of(PG_GETARG_DATUM(1)).is_subset_of(profile_set_of(PG_GETARG_DATUM(0))));
}

SEGMENTS_FUNCTION(segments_profile_set_contained) {
  PG_RETURN_BOOL(profile_set_of(PG_GETARG_DATUM(0)).is_subset_of(profile_set_of(PG_GETARG_DATUM(1))));
}

SEGMENTS_FUNCTION(segments_profile_set_overlaps) {
  PG_RETURN_BOOL(profile_set_of(PG_GETARG_DATUM(0)).intersects(profile_set_of(PG_GETARG_DATUM(1))));
}

SEGMENTS_FUNCTION(segments_profile_set_contains) {
  const Ordinal ordinal = ordinal_of(PG_GETARG_INT64(1));
  PG_RETURN_BOOL(portable_contains(payload_of(PG_GETARG_DATUM(0)), ordinal));
}

SEGMENTS_FUNCTION(segments_profile_set_contained_ordinal) {
  const Ordinal ordinal = ordinal_of(PG_GETARG_INT64(0));
  PG_RETURN_BOOL(portable_contains(payload_of(PG_GETARG_DATUM(1)), ordinal));
}

SEGMENTS_FUNCTION(segments_profile_set_cardinality) {
  PG_RETURN_INT64(static_cast<int64_t>(profile_set_of(PG_GETARG_DATUM(0)).cardinality()));
}

SEGMENTS_FUNCTION(segments_profile_set_is_empty) { PG_RETURN_BOOL(profile_set_of(PG_GETARG_DATUM(0)).empty()); }

SEGMENTS_FUNCTION(segments_profile_set_minimum) { return bigint_or_null(fcinfo, profile_set_of(PG_GETARG_DATUM(0)).minimum()); }

SEGMENTS_FUNCTION(segments_profile_set_maximum) { return bigint_or_null(fcinfo, profile_set_of(PG_GETARG_DATUM(0)).maximum()); }

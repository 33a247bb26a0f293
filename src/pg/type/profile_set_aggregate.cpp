// profile_set_agg(ordinal), profile_set_union_agg(set), profile_set_intersect_agg(set).
#include "core/set/ordinal_counts.h"
#include "pg/server/aggregate_state.h"
#include "pg/type/profile_set.h"

namespace segments::pg {
namespace {

struct OrdinalState : LiveObject {
  OrdinalCounts counts{1};
};

struct SetState : LiveObject {
  explicit SetState(StampedSet first) : members(std::move(first)) {}
  StampedSet members;
};

Datum pointer_or_null(FunctionCallInfo fcinfo, const void* state) {
  if (state == nullptr) PG_RETURN_NULL();
  PG_RETURN_POINTER(state);
}

enum class Combination { kUnion, kIntersection };

template <Combination kCombination>
void combine(StampedSet& members, const StampedSet& other) {
  members.origin = joint_origin(members.origin, other.origin);
  if constexpr (kCombination == Combination::kUnion) {
    members.set |= other.set;
  } else {
    members.set &= other.set;
  }
}

template <Combination kCombination>
Datum set_transition(FunctionCallInfo fcinfo) {
  MemoryContext context = aggregate_context(fcinfo);
  auto* state = state_argument<SetState>(fcinfo, 0);
  if (PG_ARGISNULL(1)) return pointer_or_null(fcinfo, state);
  StampedSet members = profile_set_of(PG_GETARG_DATUM(1));
  if (state == nullptr) {
    state = make_in<SetState>(context, std::move(members));
  } else {
    combine<kCombination>(state->members, members);
  }
  PG_RETURN_POINTER(state);
}

template <Combination kCombination>
Datum set_combine(FunctionCallInfo fcinfo) {
  MemoryContext context = aggregate_context(fcinfo);
  auto* state = state_argument<SetState>(fcinfo, 0);
  const auto* other = state_argument<SetState>(fcinfo, 1);
  if (other == nullptr) return pointer_or_null(fcinfo, state);
  if (state == nullptr) {
    state = make_in<SetState>(context, other->members);
  } else {
    combine<kCombination>(state->members, other->members);
  }
  PG_RETURN_POINTER(state);
}

}  // namespace
}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_profile_set_agg_transition) {
  MemoryContext context = aggregate_context(fcinfo);
  auto* state = state_argument<OrdinalState>(fcinfo, 0);
  if (PG_ARGISNULL(1)) return pointer_or_null(fcinfo, state);
  const Ordinal ordinal = ordinal_of(PG_GETARG_INT64(1));
  if (state == nullptr) state = make_in<OrdinalState>(context);
  ServerInterrupt interrupt;
  state->counts.add(ordinal, interrupt);
  PG_RETURN_POINTER(state);
}

SEGMENTS_FUNCTION(segments_profile_set_agg_combine) {
  MemoryContext context = aggregate_context(fcinfo);
  auto* state = state_argument<OrdinalState>(fcinfo, 0);
  const auto* other = state_argument<OrdinalState>(fcinfo, 1);
  if (other == nullptr) return pointer_or_null(fcinfo, state);
  if (state == nullptr) state = make_in<OrdinalState>(context);
  ServerInterrupt interrupt;
  state->counts.merge(other->counts, interrupt);
  PG_RETURN_POINTER(state);
}

SEGMENTS_FUNCTION(segments_profile_set_agg_serialize) {
  aggregate_context(fcinfo);
  ServerInterrupt interrupt;
  return varlena_of(state_argument<OrdinalState>(fcinfo, 0)->counts.to_bytes(interrupt));
}

SEGMENTS_FUNCTION(segments_profile_set_agg_deserialize) {
  aggregate_context(fcinfo);
  const std::span<const uint8_t> bytes = payload_of(PG_GETARG_DATUM(0));
  ServerInterrupt interrupt;
  auto counts = OrdinalCounts::from_bytes(1, bytes, interrupt);
  auto* state = make_in<OrdinalState>(CurrentMemoryContext);
  state->counts = std::move(counts);
  PG_RETURN_POINTER(state);
}

SEGMENTS_FUNCTION(segments_profile_set_agg_final) {
  aggregate_context(fcinfo);
  const auto* state = state_argument<OrdinalState>(fcinfo, 0);
  if (state == nullptr) PG_RETURN_NULL();
  ServerInterrupt interrupt;
  return current_profile_set_datum(state->counts.reached(interrupt));
}

SEGMENTS_FUNCTION(segments_profile_set_union_transition) { return set_transition<Combination::kUnion>(fcinfo); }
SEGMENTS_FUNCTION(segments_profile_set_union_combine) { return set_combine<Combination::kUnion>(fcinfo); }
SEGMENTS_FUNCTION(segments_profile_set_intersect_transition) { return set_transition<Combination::kIntersection>(fcinfo); }
SEGMENTS_FUNCTION(segments_profile_set_intersect_combine) { return set_combine<Combination::kIntersection>(fcinfo); }

SEGMENTS_FUNCTION(segments_profile_set_state_serialize) {
  aggregate_context(fcinfo);
  return profile_set_datum(state_argument<SetState>(fcinfo, 0)->members);
}

SEGMENTS_FUNCTION(segments_profile_set_state_deserialize) {
  aggregate_context(fcinfo);
  PG_RETURN_POINTER(make_in<SetState>(CurrentMemoryContext, profile_set_of(PG_GETARG_DATUM(0))));
}

SEGMENTS_FUNCTION(segments_profile_set_state_final) {
  aggregate_context(fcinfo);
  const auto* state = state_argument<SetState>(fcinfo, 0);
  if (state == nullptr) PG_RETURN_NULL();
  return profile_set_datum(state->members);
}

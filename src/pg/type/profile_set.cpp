#include "pg/type/profile_set.h"

#include "core/set/profile_set_text.h"
#include "pg/server/live_objects.h"

namespace segments::pg {
namespace {

constexpr size_t kMaxText = size_t{512} << 20;
constexpr size_t kMaxDatum = MaxAllocSize - VARHDRSZ;
constexpr size_t kPollMask = (size_t{1} << 16) - 1;
// Arrays of bigint cannot have more elements.
constexpr uint64_t kMaxElements = (MaxAllocSize - 1024) / sizeof(Datum);

// What ordinals(set) has yet to return.
struct Remaining : LiveObject {
  explicit Remaining(ProfileSet all) : set(std::move(all)) {}
  ProfileSet set;
  uint64_t next = 0;  // where to read on
  size_t used = 0;
  size_t filled = 0;
  std::array<Ordinal, 512> chunk;

  std::optional<Ordinal> take() {
    if (used == filled) {
      if (next > UINT32_MAX) return std::nullopt;
      filled = set.read(static_cast<Ordinal>(next), chunk);
      used = 0;
      if (filled == 0) return std::nullopt;
      next = uint64_t{chunk[filled - 1]} + 1;
    }
    return chunk[used++];
  }
};

}  // namespace

std::span<const uint8_t> payload_of(Datum value) {
  const struct varlena* plain = call([&] { return PG_DETOAST_DATUM_PACKED(value); });
  return {reinterpret_cast<const uint8_t*>(VARDATA_ANY(plain)), VARSIZE_ANY_EXHDR(plain)};
}

Datum varlena_of(std::span<const uint8_t> bytes, size_t head) {
  if (bytes.size() > kMaxDatum - head) {
    throw Error(ErrorCode::kLimitExceeded, "value is too large",
                "It takes " + std::to_string(bytes.size()) + " bytes; a value can have " + std::to_string(kMaxDatum) + ".");
  }
  const size_t size = VARHDRSZ + head + bytes.size();
  auto* result = call([&] { return static_cast<struct varlena*>(palloc(size)); });
  SET_VARSIZE(result, size);
  if (!bytes.empty()) std::memcpy(VARDATA(result) + head, bytes.data(), bytes.size());
  return PointerGetDatum(result);
}

StampedSet profile_set_of(Datum value) {
  const StampedBytes bytes = read_stamp(payload_of(value));
  return {ProfileSet::from_portable(bytes.set), bytes.origin};
}

Datum profile_set_datum(const StampedSet& stamped) {
  ServerInterrupt interrupt;
  const std::vector<uint8_t> bytes = stamped.set.to_portable(interrupt);
  if (stamped.origin == Origin::kNone || stamped.set.empty()) return varlena_of(bytes);
  const Datum result = varlena_of(bytes, kStampBytes);
  write_stamp(stamped.origin, reinterpret_cast<uint8_t*>(VARDATA(DatumGetPointer(result))));
  return result;
}

}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_profile_set_in) {
  ServerInterrupt interrupt;
  return profile_set_datum(parse_profile_set(PG_GETARG_CSTRING(0), interrupt));
}

SEGMENTS_FUNCTION(segments_profile_set_out) {
  ServerInterrupt interrupt;
  const std::string printed = print_profile_set(profile_set_of(PG_GETARG_DATUM(0)), kMaxText, interrupt);
  char* result = call([&] { return static_cast<char*>(palloc(printed.size() + 1)); });
  std::memcpy(result, printed.c_str(), printed.size() + 1);
  PG_RETURN_CSTRING(result);
}

SEGMENTS_FUNCTION(segments_profile_set_recv) {
  auto* message = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
  const auto size = static_cast<size_t>(message->len - message->cursor);
  const char* bytes = call([&] { return pq_getmsgbytes(message, static_cast<int>(size)); });
  const StampedBytes stamped = read_stamp({reinterpret_cast<const uint8_t*>(bytes), size});
  return profile_set_datum({ProfileSet::from_portable(stamped.set), stamped.origin});
}

SEGMENTS_FUNCTION(segments_profile_set_send) { return varlena_of(payload_of(PG_GETARG_DATUM(0))); }

SEGMENTS_FUNCTION(segments_profile_set_from_bytea) {
  return profile_set_datum({ProfileSet::from_portable(payload_of(PG_GETARG_DATUM(0)))});
}

SEGMENTS_FUNCTION(segments_profile_set_to_bytea) { return varlena_of(read_stamp(payload_of(PG_GETARG_DATUM(0))).set); }

SEGMENTS_FUNCTION(segments_profile_set_from_array) {
  const auto* array = call([&] { return PG_GETARG_ARRAYTYPE_P(0); });
  if (call([&] { return array_contains_nulls(const_cast<ArrayType*>(array)); })) {
    call([] {
      ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("array of ordinals must not contain nulls"),
                      errhint("Remove them, as array_remove(ordinals, NULL) does.")));
    });
  }
  const int dimensions = ARR_NDIM(array);
  const int count = call([&] { return ArrayGetNItems(dimensions, ARR_DIMS(array)); });
  const auto* values = reinterpret_cast<const int64_t*>(ARR_DATA_PTR(array));
  std::vector<Ordinal> ordinals(static_cast<size_t>(count));
  std::transform(values, values + count, ordinals.begin(), ordinal_of);
  return profile_set_datum({ProfileSet::from_ordinals(ordinals)});
}

SEGMENTS_FUNCTION(segments_profile_set_to_array) {
  const ProfileSet set = profile_set_of(PG_GETARG_DATUM(0)).set;
  const uint64_t count = set.cardinality();
  if (count > kMaxElements) {
    throw Error(ErrorCode::kLimitExceeded, "profile set is too large for an array",
                "It has " + std::to_string(count) + " members.", "Use segments.ordinals(set), which returns rows.");
  }
  if (count == 0) PG_RETURN_ARRAYTYPE_P(call([] { return construct_empty_array(INT8OID); }));
  const size_t size = ARR_OVERHEAD_NONULLS(1) + count * sizeof(int64_t);
  auto* array = call([&] { return static_cast<ArrayType*>(palloc(size)); });
  SET_VARSIZE(array, size);
  array->ndim = 1;
  array->dataoffset = 0;
  array->elemtype = INT8OID;
  *ARR_DIMS(array) = static_cast<int>(count);
  *ARR_LBOUND(array) = 1;
  auto* element = reinterpret_cast<int64_t*>(ARR_DATA_PTR(array));
  // In place and in pieces: there may be more than 100 million.
  ServerInterrupt interrupt;
  size_t filled = 0;
  set.for_each_run([&](Ordinal first, Ordinal last) {
    for (uint64_t ordinal = first; ordinal <= last; ++ordinal) {
      if ((++filled & kPollMask) == 0) interrupt.poll();
      *element++ = static_cast<int64_t>(ordinal);
    }
    return true;
  });
  PG_RETURN_ARRAYTYPE_P(array);
}

SEGMENTS_FUNCTION(segments_profile_set_ordinals) {
  if (SRF_IS_FIRSTCALL()) {
    ProfileSet set = profile_set_of(PG_GETARG_DATUM(0)).set;
    FuncCallContext* first = call([&] { return init_MultiFuncCall(fcinfo); });
    first->user_fctx = make_in<Remaining>(first->multi_call_memory_ctx, std::move(set));
  }
  FuncCallContext* funcctx = call([&] { return per_MultiFuncCall(fcinfo); });
  auto* remaining = static_cast<Remaining*>(funcctx->user_fctx);
  auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  if (const std::optional<Ordinal> ordinal = remaining->take()) {
    funcctx->call_cntr++;
    result->isDone = ExprMultipleResult;
    PG_RETURN_INT64(*ordinal);
  }
  call([&] { end_MultiFuncCall(fcinfo, funcctx); });
  result->isDone = ExprEndResult;
  PG_RETURN_NULL();
}

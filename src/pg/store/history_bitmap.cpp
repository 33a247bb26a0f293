// Bitmaps of numbers, for views over the history of memberships.
#include "core/set/portable_bytes.h"
#include "pg/server/boundary.h"
#include "pg/type/profile_set.h"

using namespace segments;
using namespace segments::pg;

namespace {

// The bitmap that was asked last: views ask one for many numbers.
struct LastBitmap {
  Oid table;
  Oid value;
  struct varlena* bytes;
};

// Server calls only.
struct varlena* cached_bitmap(FunctionCallInfo fcinfo, struct varlena* stored) {
  struct varatt_external pointer;
  VARATT_EXTERNAL_GET_POINTER(pointer, stored);
  auto* last = static_cast<LastBitmap*>(fcinfo->flinfo->fn_extra);
  if (last == nullptr) {
    last = static_cast<LastBitmap*>(MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(LastBitmap)));
    fcinfo->flinfo->fn_extra = last;
  }
  if (last->bytes == nullptr || last->table != pointer.va_toastrelid || last->value != pointer.va_valueid) {
    if (last->bytes != nullptr) pfree(last->bytes);
    last->bytes = nullptr;
    const MemoryContext caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
    last->bytes = detoast_attr(stored);
    MemoryContextSwitchTo(caller);
    last->table = pointer.va_toastrelid;
    last->value = pointer.va_valueid;
  }
  return last->bytes;
}

}  // namespace

SEGMENTS_FUNCTION(segments_has_number) {
  const int32_t number = PG_GETARG_INT32(1);
  Datum members = PG_GETARG_DATUM(0);
  if (number < 0) PG_RETURN_BOOL(false);
  auto* stored = reinterpret_cast<struct varlena*>(DatumGetPointer(members));
  if (VARATT_IS_EXTERNAL_ONDISK(stored)) members = PointerGetDatum(call([&] { return cached_bitmap(fcinfo, stored); }));
  PG_RETURN_BOOL(portable_contains(payload_of(members), static_cast<Ordinal>(number)));
}

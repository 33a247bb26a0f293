// What the test of toast_slice.h calls: only in debug builds.
#include "pg/server/boundary.h"
#include "pg/server/toast_slice.h"

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_debug_toast_slice) {
  auto* stored = reinterpret_cast<varlena*>(PG_GETARG_DATUM(0));
  if (!VARATT_IS_EXTERNAL_ONDISK(stored)) throw Error(ErrorCode::kInvalidValue, "the value is not stored out of line");
  varatt_external pointer;
  VARATT_EXTERNAL_GET_POINTER(pointer, stored);
  const uint32_t offset = PG_GETARG_UINT32(1);
  const uint32_t length = PG_GETARG_UINT32(2);
  return call([&] {
    auto* slice = static_cast<varlena*>(palloc(VARHDRSZ + length));
    copy_toast_slice(pointer, offset, length, reinterpret_cast<uint8_t*>(slice) + VARHDRSZ);
    SET_VARSIZE(slice, VARHDRSZ + length);
    return PointerGetDatum(slice);
  });
}

#include "pg/server/stored_value.h"

#include "pg/server/datum.h"

namespace segments::pg {

StoredValue stored_value(Datum datum) {
  const auto* value = reinterpret_cast<const struct varlena*>(DatumGetPointer(datum));
  StoredValue stored{};
  if (VARATT_IS_EXTERNAL_ONDISK(value)) {
    VARATT_EXTERNAL_GET_POINTER(stored.out_of_line, value);
    if (!VARATT_EXTERNAL_IS_COMPRESSED(stored.out_of_line)) {
      stored.size = VARATT_EXTERNAL_GET_EXTSIZE(stored.out_of_line);
      return stored;
    }
  }
  stored.in_line = plain_value(datum);
  stored.size = static_cast<uint32_t>(plain_bytes(stored.in_line).size());
  return stored;
}

void copy_stored_value(const StoredValue& value, uint8_t* to) {
  if (value.in_line != nullptr) {
    std::memcpy(to, plain_bytes(value.in_line).data(), value.size);
  } else {
    copy_toast_slice(value.out_of_line, 0, value.size, to);
  }
}

void copy_stored_slice(const StoredValue& value, uint32_t begin, uint32_t length, ToastTable& table, uint8_t* to) {
  if (value.in_line != nullptr) {
    std::memcpy(to, plain_bytes(value.in_line).data() + begin, length);
  } else {
    table.copy(value.out_of_line, begin, length, to);
  }
}

}  // namespace segments::pg

#include "pg/catalog/field_value.h"

#include "pg/catalog/array_value.h"
#include "pg/catalog/present_type.h"
#include "pg/server/datum.h"

namespace segments::pg {
namespace {

constexpr int16 kUuidBytes = 16;

// The payload of a varlena.  `copy` is what detoasting allocated, if it had to.
struct Payload {
  const char* data;
  size_t size;
  struct varlena* copy;
};

Payload payload_of(Datum value) {
  auto* stored = reinterpret_cast<struct varlena*>(DatumGetPointer(value));
  struct varlena* plain = detoasted(value);
  return {VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain), plain != stored ? plain : nullptr};
}

void free_payload(const Payload& payload) {
  if (payload.copy != nullptr) pfree(payload.copy);
}

int64_t integer_of(Oid type, Datum value) {
  switch (type) {
    case BOOLOID:
      return DatumGetBool(value) ? 1 : 0;
    case INT2OID:
      return DatumGetInt16(value);
    case INT4OID:
    case DATEOID:
      return DatumGetInt32(value);
    default:
      return DatumGetInt64(value);
  }
}

double float_of(Oid type, Datum value) {
  return type == FLOAT4OID ? static_cast<double>(DatumGetFloat4(value)) : DatumGetFloat8(value);
}

struct TypeLayout {
  int16 length;
  bool by_value;
  Oid element = InvalidOid;  // of an array
};

TypeLayout layout_of(Oid type) {
  switch (type) {
    case TEXTOID:
    case VARCHAROID:
    case BPCHAROID:
    case NUMERICOID:
      return {-1, false};
    case UUIDOID:
      return {kUuidBytes, false};
    default:
      break;
  }
  if (const Oid element = element_type_of(type); OidIsValid(element)) return {-1, false, element};
  return call([&] {
    TypeLayout layout{};
    get_typlenbyval(type, &layout.length, &layout.by_value);
    return layout;
  });
}

// Calls `use` with the bytes that a fragment holds for a value of a kBytes type.
template <class Use>
void with_bytes(Oid type, Datum value, Use use) {
  const TypeLayout layout = layout_of(type);
  if (OidIsValid(layout.element)) {
    use(std::string_view(list_of_array(value, layout.element)));
  } else if (layout.length == -1) {
    const Payload payload = payload_of(value);
    use(std::string_view(payload.data, payload.size));
    free_payload(payload);
  } else if (layout.by_value) {
    char image[sizeof(Datum)];
    store_att_byval(image, value, layout.length);
    use(std::string_view(image, static_cast<size_t>(layout.length)));
  } else {
    const char* data = DatumGetPointer(value);
    const auto capacity = static_cast<size_t>(layout.length);
    use(std::string_view(data, type == NAMEOID ? strnlen(data, capacity) : capacity));
  }
}

bool is_ordered_base_type(Oid type) {
  return call([&] {
    const char kind = get_typtype(type);
    if (kind != TYPTYPE_BASE && kind != TYPTYPE_ENUM) return false;
    if (OidIsValid(get_element_type(type))) return false;
    return OidIsValid(lookup_type_cache(type, TYPECACHE_CMP_PROC)->cmp_proc);
  });
}

}  // namespace

Oid base_type_of(Oid type) {
  if (!is_type(type)) {
    throw Error(ErrorCode::kUndefined, "the type of a column is not there any more",
                "It was dropped after this transaction began (its OID was " + std::to_string(type) + ").",
                "Start a new transaction.");
  }
  return call([&] { return getBaseType(type); });
}

std::optional<ValueKind> value_kind_of(Oid type) {
  const Oid base = base_type_of(type);
  switch (base) {
    case BOOLOID:
    case INT2OID:
    case INT4OID:
    case INT8OID:
    case DATEOID:
    case TIMESTAMPOID:
    case TIMESTAMPTZOID:
      return ValueKind::kInteger;
    case FLOAT4OID:
    case FLOAT8OID:
      return ValueKind::kFloat;
    // Ordered, but documents: nobody asks for their order, and they would fill the dictionaries.
    case JSONBOID:
    case TSVECTOROID:
    case TSQUERYOID:
      return std::nullopt;
    default:
      break;
  }
  if (!OidIsValid(element_type_of(base)) && !is_ordered_base_type(base)) return std::nullopt;
  return ValueKind::kBytes;
}

void set_field(RowBatch& batch, uint32_t index, Oid type, Datum value) {
  switch (type) {
    case BOOLOID:
    case INT2OID:
    case INT4OID:
    case INT8OID:
    case DATEOID:
    case TIMESTAMPOID:
    case TIMESTAMPTZOID:
      return batch.set_integer(index, integer_of(type, value));
    case FLOAT4OID:
    case FLOAT8OID:
      return batch.set_float(index, float_of(type, value));
    default:
      return with_bytes(type, value, [&](std::string_view bytes) { batch.set_bytes(index, bytes); });
  }
}

MissingValue missing_value_of(Oid type, Datum value) {
  const Oid base = call([&] { return getBaseType(type); });
  MissingValue result{value_kind_of(base).value_or(ValueKind::kBytes), 0, {}};
  switch (result.kind) {
    case ValueKind::kInteger:
      result.integer = integer_of(base, value);
      break;
    case ValueKind::kFloat:
      result.integer = float_to_ordered(float_of(base, value));
      break;
    case ValueKind::kBytes:
      with_bytes(base, value, [&](std::string_view bytes) { result.bytes.assign(bytes.begin(), bytes.end()); });
      break;
  }
  return result;
}

Datum datum_of_bytes(std::string_view bytes, Oid type) {
  const TypeLayout layout = layout_of(type);
  if (layout.length > 0 && type != NAMEOID && bytes.size() != static_cast<size_t>(layout.length)) {
    throw Error(ErrorCode::kDataCorrupted, "a stored value is not of its type's length");
  }
  if (OidIsValid(layout.element)) return array_of_list(bytes, layout.element);
  if (layout.by_value) {
    alignas(Datum) char image[sizeof(Datum)] = {};
    std::memcpy(image, bytes.data(), bytes.size());
    return fetch_att(image, true, layout.length);
  }
  return call([&] {
    if (layout.length == -1) {
      return PointerGetDatum(cstring_to_text_with_len(bytes.data(), static_cast<int>(bytes.size())));
    }
    auto* image = static_cast<char*>(palloc0(static_cast<size_t>(layout.length)));
    std::memcpy(image, bytes.data(), std::min(bytes.size(), static_cast<size_t>(layout.length)));
    return PointerGetDatum(image);
  });
}

Datum datum_of(const Dictionary& dictionary, uint32_t index, Oid type) {
  switch (type) {
    case BOOLOID:
      return BoolGetDatum(dictionary.integer(index) != 0);
    case INT2OID:
      return Int16GetDatum(static_cast<int16_t>(dictionary.integer(index)));
    case INT4OID:
    case DATEOID:
      return Int32GetDatum(static_cast<int32_t>(dictionary.integer(index)));
    case INT8OID:
    case TIMESTAMPOID:
    case TIMESTAMPTZOID:
      return Int64GetDatum(dictionary.integer(index));
    case FLOAT4OID:
      return Float4GetDatum(static_cast<float>(ordered_to_float(dictionary.integer(index))));
    case FLOAT8OID:
      return Float8GetDatum(ordered_to_float(dictionary.integer(index)));
    default:
      break;
  }
  return datum_of_bytes(dictionary.bytes(index), type);
}

}  // namespace segments::pg

#include "pg/member/profile_type.h"

#include <charconv>

#include "core/error.h"
#include "pg/catalog/mapping_access.h"
#include "pg/server/datum.h"

namespace segments::pg {
namespace {

constexpr const char* kMakeAnew =
    "Publish the segment anew: segments.unpublish_segment(name), then segments.publish_segment(name, schema, view), and the "
    "view's "
    "grants, but for those that grant_members() makes.";

std::optional<IdKind> kind_of(Oid type) {
  switch (type) {
    case TEXTOID:
    case VARCHAROID:
      return IdKind::kText;
    case BPCHAROID:
      return IdKind::kPadded;
    case INT2OID:
    case INT4OID:
    case INT8OID:
      return IdKind::kInteger;
    case UUIDOID:
      return IdKind::kUuid;
    default:
      return std::nullopt;
  }
}

std::string name_of(Oid type) {
  return call([&] { return format_type_be(type); });
}

Datum to_text(std::string_view bytes) {
  return PointerGetDatum(cstring_to_text_with_len(bytes.data(), static_cast<int>(bytes.size())));
}

Datum integer_text(int64_t value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  return to_text({digits, static_cast<size_t>(end - digits)});
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

std::optional<IdType> id_type(Oid type, int32_t modifier) {
  const Oid base = getBaseTypeAndTypmod(type, &modifier);
  const std::optional<IdKind> kind = kind_of(base);
  return kind ? std::optional<IdType>({base, modifier, *kind}) : std::nullopt;
}

std::optional<IdComparison> id_comparison(Oid function) {
  switch (function) {
    case F_TEXTEQ:
      return {{IdKind::kText, BTEqualStrategyNumber}};
    case F_TEXT_LT:
      return {{IdKind::kText, BTLessStrategyNumber}};
    case F_TEXT_LE:
      return {{IdKind::kText, BTLessEqualStrategyNumber}};
    case F_TEXT_GE:
      return {{IdKind::kText, BTGreaterEqualStrategyNumber}};
    case F_TEXT_GT:
      return {{IdKind::kText, BTGreaterStrategyNumber}};
    case F_BPCHAREQ:
      return {{IdKind::kPadded, BTEqualStrategyNumber}};
    case F_UUID_EQ:
      return {{IdKind::kUuid, BTEqualStrategyNumber}};
    case F_UUID_LT:
      return {{IdKind::kUuid, BTLessStrategyNumber}};
    case F_UUID_LE:
      return {{IdKind::kUuid, BTLessEqualStrategyNumber}};
    case F_UUID_GE:
      return {{IdKind::kUuid, BTGreaterEqualStrategyNumber}};
    case F_UUID_GT:
      return {{IdKind::kUuid, BTGreaterStrategyNumber}};
    case F_INT2EQ:
    case F_INT24EQ:
    case F_INT28EQ:
    case F_INT42EQ:
    case F_INT4EQ:
    case F_INT48EQ:
    case F_INT82EQ:
    case F_INT84EQ:
    case F_INT8EQ:
      return {{IdKind::kInteger, BTEqualStrategyNumber}};
    default:
      return std::nullopt;
  }
}

Datum id_text(Datum value, Oid type) {
  switch (getBaseType(type)) {
    case INT2OID:
      return integer_text(DatumGetInt16(value));
    case INT4OID:
      return integer_text(DatumGetInt32(value));
    case INT8OID:
      return integer_text(DatumGetInt64(value));
    case UUIDOID:
      return PointerGetDatum(cstring_to_text(DatumGetCString(DirectFunctionCall1(uuid_out, value))));
    case BPCHAROID: {
      const BytesView padded = plain_bytes(plain_value(value));
      size_t size = padded.size();
      while (size > 0 && padded[size - 1] == ' ') --size;
      return to_text({reinterpret_cast<const char*>(padded.data()), size});
    }
    default:
      return plain_copy(value);
  }
}

// Only as the server writes it: what is written otherwise would be found by no condition.
int64_t IdValues::integer(std::string_view id) const {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), value);
  const bool is_plain = error == std::errc() && end == id.data() + id.size() && std::to_string(value) == id;
  const bool fits = type_.type == INT8OID ||
                    (type_.type == INT4OID ? value == static_cast<int32_t>(value) : value == static_cast<int16_t>(value));
  if (is_plain && fits) return value;
  throw Error(ErrorCode::kTypeMismatch, "a profile id is no " + name_of(type_.type),
              "The unification's column had another type when the segment was published.", kMakeAnew);
}

void IdValues::read_uuid(std::string_view id) {
  size_t digits = 0;
  bool is_plain = id.size() == 36;
  for (size_t i = 0; i < id.size() && is_plain; ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      is_plain = id[i] == '-';
      continue;
    }
    const int digit = digit_of(id[i]);
    is_plain = digit >= 0;
    uint8_t& byte = uuid_[digits / 2];
    byte = static_cast<uint8_t>(digits % 2 == 0 ? digit << 4 : byte | digit);
    ++digits;
  }
  if (is_plain) return;
  throw Error(ErrorCode::kTypeMismatch, "a profile id is no uuid",
              "The unification's column had another type when the segment was published.", kMakeAnew);
}

void IdValues::pad(std::string_view id) {
  padded_.assign(VARHDRSZ, '\0');
  padded_ += id;
  if (type_.modifier >= VARHDRSZ) {
    const char* text = id.data();
    const auto size = static_cast<int>(id.size());
    const int length = call([&] { return pg_mbstrlen_with_len(text, size); });
    if (const int width = type_.modifier - VARHDRSZ; length < width) padded_.append(static_cast<size_t>(width - length), ' ');
  }
  SET_VARSIZE(padded_.data(), padded_.size());
}

Datum IdValues::value(std::string_view id) {
  switch (type_.kind) {
    case IdKind::kInteger:
      return Int64GetDatum(integer(id));
    case IdKind::kUuid:
      read_uuid(id);
      return PointerGetDatum(uuid_.data());
    default:
      pad(id);
      return PointerGetDatum(padded_.data());
  }
}

void check_shows_ids(const IdType& type, Snapshot snapshot) {
  if (type.kind == IdKind::kText) return;
  const Oid found = profile_id_type(snapshot);
  if (!OidIsValid(found) || kind_of(found) == type.kind) return;
  throw Error(ErrorCode::kTypeMismatch, "profile ids are of type " + name_of(found) + " now, not " + name_of(type.type),
              "The unification's column had another type when the segment was published.", kMakeAnew);
}

}  // namespace segments::pg

#include "pg/evaluation/value_identity.h"

#include "pg/catalog/array_value.h"
#include "pg/catalog/field_value.h"
#include "pg/evaluation/server_values.h"

namespace segments::pg {
namespace {

constexpr uint32_t kValuesPerReset = 256;
constexpr int kFunctions = TYPECACHE_EQ_OPR_FINFO | TYPECACHE_HASH_EXTENDED_PROC_FINFO;

bool has_functions(Oid type) {
  return call([&] {
    const TypeCacheEntry* entry = lookup_type_cache(type, kFunctions);
    return OidIsValid(entry->eq_opr_finfo.fn_oid) && OidIsValid(entry->hash_extended_proc_finfo.fn_oid);
  });
}

// Whether values of a type that is no text are equal only if all their bytes are.
bool has_one_image(Oid type) {
  switch (type) {
    case BOOLOID:
    case INT2OID:
    case INT4OID:
    case INT8OID:
    case DATEOID:
    case TIMESTAMPOID:
    case TIMESTAMPTZOID:
    case FLOAT4OID:
    case FLOAT8OID:
    case BYTEAOID:
    case CHAROID:
    case UUIDOID:
    case CASHOID:
    case OIDOID:
    case TIMEOID:
    case TIMETZOID:
    case INETOID:
    case CIDROID:
    case MACADDROID:
    case MACADDR8OID:
    case BITOID:
    case VARBITOID:
    case PG_LSNOID:
    case XID8OID:
      return true;
    default:
      return call([&] { return get_typtype(type) == TYPTYPE_ENUM; });
  }
}

// What intervals are compared by.  The server folds it to its hash before the seed counts: values can be chosen that have one
// hash under every seed.
uint64_t hash_of_interval(const Interval* interval, uint64_t seed) {
  const int64_t days = interval->month * int64_t{DAYS_PER_MONTH} + interval->day;
  const int128 span = interval->time + int128{days} * USECS_PER_DAY;
  return hash_bytes_extended(reinterpret_cast<const unsigned char*>(&span), sizeof span, seed);
}

class ServerIdentity final : public ValueIdentity {
 public:
  ServerIdentity(Oid type, Oid collation, MemoryContext context) : type_(type), collation_(collation) {
    call([&] {
      const TypeCacheEntry* entry = lookup_type_cache(type, kFunctions);
      scratch_ = AllocSetContextCreate(context, "segments distinct values", ALLOCSET_DEFAULT_SIZES);
      fmgr_info_copy(&equal_, const_cast<FmgrInfo*>(&entry->eq_opr_finfo), context);
      fmgr_info_copy(&hash_, const_cast<FmgrInfo*>(&entry->hash_extended_proc_finfo), context);
    });
  }

  uint64_t hash(std::string_view value, uint64_t seed) override {
    reset_sometimes();
    const ContextScope scope(scratch_);
    const Datum datum = datum_of_bytes(value, type_);
    if (type_ == INTERVALOID) return hash_of_interval(DatumGetIntervalP(datum), seed);
    return call([&] { return DatumGetUInt64(FunctionCall2Coll(&hash_, collation_, datum, UInt64GetDatum(seed))); });
  }

  bool equal(std::string_view a, std::string_view b) override {
    reset_sometimes();
    const ContextScope scope(scratch_);
    const Datum left = datum_of_bytes(a, type_);
    const Datum right = datum_of_bytes(b, type_);
    return call([&] { return DatumGetBool(FunctionCall2Coll(&equal_, collation_, left, right)); });
  }

 private:
  void reset_sometimes() {
    if (++calls_ % kValuesPerReset != 0) return;
    call([&] {
      CHECK_FOR_INTERRUPTS();
      MemoryContextReset(scratch_);
    });
  }

  Oid type_;
  Oid collation_;
  MemoryContext scratch_ = nullptr;
  FmgrInfo equal_{};
  FmgrInfo hash_{};
  uint32_t calls_ = 0;
};

}  // namespace

std::optional<ValueEquality> value_equality(Oid type, Oid collation) {
  if (is_text_type(type)) {
    const bool bytewise = !OidIsValid(collation) || call([&] { return get_collation_isdeterministic(collation); });
    if (!bytewise) return ValueEquality::kServer;
    return type == BPCHAROID ? ValueEquality::kPadded : ValueEquality::kSame;
  }
  if (type == NUMERICOID) return ValueEquality::kNumbers;
  if (has_one_image(type)) return ValueEquality::kSame;
  // Lists of elements are held, without the bounds of arrays.
  if (OidIsValid(element_type_of(type)) || !has_functions(type)) return std::nullopt;
  return ValueEquality::kServer;
}

std::unique_ptr<ValueIdentity> make_server_identity(Oid type, Oid collation, MemoryContext context) {
  if (!has_functions(type)) throw Error(ErrorCode::kDataCorrupted, "a plan tells values apart that are not");
  return std::make_unique<ServerIdentity>(type, collation, context);
}

}  // namespace segments::pg

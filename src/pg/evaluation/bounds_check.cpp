#include "pg/evaluation/bounds_check.h"

#include "core/language/clause_printer.h"

namespace segments::pg {
namespace {

std::string written(const Literal& literal) {
  std::string text;
  print(literal, text);
  return text;
}

bool is_number(Oid type) {
  constexpr std::array<Oid, 6> kNumbers = {INT2OID, INT4OID, INT8OID, NUMERICOID, FLOAT4OID, FLOAT8OID};
  return std::ranges::find(kNumbers, type) != kNumbers.end();
}

// In the order of the field's values.
bool is_greater(const Literal& a, const Literal& b, Oid type, Oid collation, LiteralReader& reader) {
  if (type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID) return reader.parse(a) > reader.parse(b);
  const Datum first = reader.read(a, type);
  const Datum second = reader.read(b, type);
  return call([&] {
    FmgrInfo* compare = &lookup_type_cache(type, TYPECACHE_CMP_PROC_FINFO)->cmp_proc_finfo;
    return OidIsValid(compare->fn_oid) && DatumGetInt32(FunctionCall2Coll(compare, collation, first, second)) > 0;
  });
}

}  // namespace

void check_bounds(const Aggregate& aggregate, const FieldColumnName& field, LiteralReader& reader) {
  const Predicate& comparison = aggregate.comparison;
  if (comparison.op != PredicateOperator::kBetween) return;
  const Literal& first = comparison.literals[0];
  const Literal& second = comparison.literals[1];
  if (follows_as_of(first) || follows_as_of(second)) return;
  const bool counts = aggregate.kind == AggregateKind::kDistinct;
  if (!is_greater(first, second, counts || is_number(field.type) ? NUMERICOID : field.type, field.collation, reader)) return;
  throw Error(ErrorCode::kInvalidValue, "nothing is between " + written(first) + " and " + written(second),
              "The lesser bound comes first.", "Write between " + written(second) + " and " + written(first) + ".",
              comparison.position);
}

}  // namespace segments::pg

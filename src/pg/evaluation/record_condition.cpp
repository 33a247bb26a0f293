#include "pg/evaluation/record_condition.h"

#include "pg/evaluation/array_predicate.h"
#include "pg/evaluation/field_predicate.h"
#include "pg/evaluation/predicate_operator.h"
#include "pg/query/query.h"
#include "pg/evaluation/server_values.h"

namespace segments::pg {
namespace {

std::string collation_clause(Oid collation) {
  const char* name = call([&]() -> const char* {
    HeapTuple tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
    if (!HeapTupleIsValid(tuple)) return "pg_catalog.\"default\"";
    const auto* form = reinterpret_cast<Form_pg_collation>(GETSTRUCT(tuple));
    const char* quoted = quote_qualified_identifier(get_namespace_name(form->collnamespace), NameStr(form->collname));
    ReleaseSysCache(tuple);
    return quoted;
  });
  return std::string(" COLLATE ") + name;
}

bool compares_whole(const Predicate& predicate) {
  switch (predicate.op) {
    case PredicateOperator::kContains:
    case PredicateOperator::kBeginsWith:
    case PredicateOperator::kEndsWith:
    case PredicateOperator::kMatches:
      return false;
    default:
      return !predicate.ignore_case;
  }
}

// Records hold ids as text.  A literal for a column of another type is written as that type writes it; comparing values of
// char(n) ignores the blanks at their ends, which records do not hold.
std::string canonical(const Predicate& predicate, const Literal& literal, Oid type, LiteralReader& reader) {
  if (type == BPCHAROID && compares_whole(predicate)) return literal.text.substr(0, literal.text.find_last_not_of(' ') + 1);
  if (is_text_type(type)) return literal.text;
  return output_text(reader.read(literal, type), type);
}

void check_fits(const Predicate& predicate, const FieldColumnName& field) {
  const bool is_text = is_text_type(field.type);
  if (predicate.part != FieldPart::kWhole || predicate.times) {
    throw Error(ErrorCode::kTypeMismatch, "field \"" + predicate.field.text() + "\", the id or type of a record, is no time", "",
                "Operators that fit: =, <>, in, is null.", predicate.position);
  }
  if (names_elements(predicate.op)) throw_no_array(predicate, field);
  const bool equality = predicate.op == PredicateOperator::kEqual || predicate.op == PredicateOperator::kIn;
  if (!is_text && (predicate.ignore_case || (!equality && predicate.op != PredicateOperator::kIsNull))) {
    throw Error(ErrorCode::kTypeMismatch,
                std::string("operator \"") + operator_text(predicate.op) + "\" does not fit field \"" + predicate.field.text() +
                    "\", the id of a record that is not a text",
                "", "Operators that fit: =, <>, in, is null.", predicate.position);
  }
  for (const Literal& literal : predicate.literals) {
    const bool typed = literal.type != LiteralType::kNone;
    if (!typed && (literal.kind == LiteralKind::kText || (!is_text && literal.kind == LiteralKind::kNumber))) continue;
    throw Error(ErrorCode::kTypeMismatch, "field \"" + predicate.field.text() + "\" can only be compared with texts", "",
                "Write '" + literal.text + "'.", literal.position);
  }
}

void check_expression(const Predicate& predicate, Oid collation) {
  FieldPredicate resolved;
  resolved.method = PredicateMethod::kServer;
  resolved.op = ValueOperator::kMatches;
  resolved.ignore_case = predicate.ignore_case;
  resolved.type_oid = TEXTOID;
  resolved.collation_oid = collation;
  resolved.literals = {predicate.literals[0].text};
  check_with_server(predicate, resolved);
}

// `value` and `literal` are SQL expressions; equality under a deterministic collation is left to the index.
std::string condition_sql(const Predicate& predicate, const std::string& value, const std::string& literal) {
  switch (predicate.op) {
    case PredicateOperator::kEqual:
    case PredicateOperator::kIsEmpty:
      return value + " = " + literal;
    case PredicateOperator::kIn:
      return value + " = ANY (" + literal + ")";
    case PredicateOperator::kLess:
      return value + " < " + literal;
    case PredicateOperator::kLessEqual:
      return value + " <= " + literal;
    case PredicateOperator::kGreater:
      return value + " > " + literal;
    case PredicateOperator::kGreaterEqual:
      return value + " >= " + literal;
    case PredicateOperator::kBetween:
      return value + " BETWEEN " + literal + " AND $2";
    case PredicateOperator::kContains:
      return "strpos(" + value + ", " + literal + ") > 0";
    case PredicateOperator::kBeginsWith:
      return "starts_with(" + value + ", " + literal + ")";
    case PredicateOperator::kEndsWith:
      return "(" + literal + " = '' OR right(" + value + ", length(" + literal + ")) = " + literal + ")";
    case PredicateOperator::kMatches:
      return value + (predicate.ignore_case ? " OPERATOR(pg_catalog.~*) " : " OPERATOR(pg_catalog.~) ") + literal;
    default:
      return "false";
  }
  return "false";
}

}  // namespace

ProfileSet records_that_satisfy(const Predicate& predicate, const FieldColumnName& field, bool of_lookups,
                                LiteralReader& reader) {
  check_fits(predicate, field);
  const Oid collation = OidIsValid(field.collation) ? field.collation : C_COLLATION_OID;
  const bool equality = predicate.op == PredicateOperator::kEqual || predicate.op == PredicateOperator::kIn;
  const bool by_index = equality && !predicate.ignore_case && call([&] { return get_collation_isdeterministic(collation); });
  if (predicate.op == PredicateOperator::kMatches) check_expression(predicate, collation);
  std::string value = field.role == ColumnRole::kRecordId ? "record_id" : "record_type";
  if (!by_index) value += collation_clause(collation);
  const bool matches = predicate.op == PredicateOperator::kMatches;
  if (predicate.ignore_case && !matches) value = "lower(" + value + ")";

  std::vector<std::string> texts;
  for (const Literal& literal : predicate.literals) texts.push_back(canonical(predicate, literal, field.type, reader));
  if (predicate.op == PredicateOperator::kIsEmpty) texts.emplace_back("");
  std::vector<Parameter> parameters;
  std::string literal = "$1";
  if (predicate.op == PredicateOperator::kIn) {
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    parameters.push_back(text_array(views));
    if (predicate.ignore_case) {
      literal = "ARRAY(SELECT lower(item" + collation_clause(collation) + ") FROM unnest($1) AS item)";
    }
  } else {
    for (const std::string& item : texts) parameters.push_back(text(item));
    if (predicate.ignore_case && !matches) literal = "lower($1" + collation_clause(collation) + ")";
  }

  std::vector<Ordinal> ordinals;
  const std::string sql = std::string("SELECT ordinal FROM segments.record WHERE record_type ") + (of_lookups ? "=" : "<>") +
                          " '(look-up)' AND " + condition_sql(predicate, value, literal) + " ORDER BY ordinal";
  run_streaming(sql.c_str(), parameters, {.parallel = true, .read_only = true},
                [&](const Datum* values, const bool*) { ordinals.push_back(static_cast<Ordinal>(DatumGetInt64(values[0]))); });
  return ProfileSet::from_ordinals(ordinals);
}

}  // namespace segments::pg

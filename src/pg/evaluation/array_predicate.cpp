#include "pg/evaluation/array_predicate.h"

#include "core/language/clause_printer.h"
#include "core/text/lexer.h"
#include "pg/catalog/array_value.h"
#include "pg/evaluation/literal_hint.h"
#include "pg/evaluation/predicate_operator.h"
#include "pg/evaluation/server_values.h"

namespace segments::pg {
namespace {

std::string type_name(Oid type) {
  return std::string(call([&] { return static_cast<const char*>(format_type_be(type)); }));
}

std::string written(const Literal& literal) {
  std::string text;
  print(literal, text);
  return text;
}

// As an element is written.
std::string as_element(const Literal& literal, Oid element) {
  const bool plainly = literal.kind == LiteralKind::kNumber && is_number_element(element);
  return plainly ? literal.text : in_quotes(literal.text, '\'');
}

std::string listed_elements(const Predicate& predicate, Oid element) {
  std::string list;
  for (const Literal& literal : predicate.literals) list += (list.empty() ? "" : ", ") + as_element(literal, element);
  return list;
}

// What says the same of elements.
std::string fitting_hint(const Predicate& predicate, Oid element) {
  const char* negated = predicate.negated ? "not " : "";
  switch (predicate.op) {
    case PredicateOperator::kEqual:
    case PredicateOperator::kIn:
    case PredicateOperator::kContains:
      return std::string("Write \"") + negated + "contains any of (" + listed_elements(predicate, element) + ")\".";
    default:
      return "Operators that fit: contains any of, contains all of, is null, is empty; \"length of\" before the field compares "
             "how "
             "many elements there are.";
  }
}

void check_collation(const Predicate& predicate, const FieldColumnName& field) {
  const Oid collation = field.collation;
  if (!OidIsValid(collation) || call([&] { return get_collation_isdeterministic(collation); })) return;
  throw Error(ErrorCode::kTypeMismatch,
              "elements of field \"" + predicate.field.text() + "\" cannot be compared under a nondeterministic collation", "",
              "Give the column another collation, such as \"C\".", predicate.position);
}

// Throws Error{kTypeMismatch}.
void check_literal(const Predicate& predicate, const FieldColumnName& field, Oid element, const Literal& literal) {
  const bool number = is_number_element(element);
  const bool fits = literal.type == LiteralType::kNone &&
                    (literal.kind == LiteralKind::kText || (number && literal.kind == LiteralKind::kNumber));
  if (fits) return;
  throw Error(ErrorCode::kTypeMismatch,
              "elements of field \"" + predicate.field.text() + "\" of type " + type_name(field.type) +
                  " cannot be compared with " + written(literal),
              "", number ? "Write a number, such as 12." : "Write " + as_element(literal, element) + ".", literal.position);
}

}  // namespace

FieldPredicate resolve_array(const Predicate& predicate, const FieldColumnName& field, LiteralReader& reader) {
  const Oid element = element_type_of(field.type);
  FieldPredicate result;
  result.field = field.attnum;
  result.kind = ValueKind::kBytes;
  result.op = value_operator(predicate.op);
  switch (predicate.op) {
    case PredicateOperator::kIsNull:
      result.method = PredicateMethod::kNull;
      return result;
    case PredicateOperator::kIsEmpty:
      return result;
    case PredicateOperator::kContainsAny:
    case PredicateOperator::kContainsAll:
      break;
    default:
      throw_operator_mismatch(predicate, field, fitting_hint(predicate, element));
  }
  check_collation(predicate, field);
  for (const Literal& literal : predicate.literals) {
    check_literal(predicate, field, element, literal);
    const Oid type = is_text_element(element) ? TEXTOID : element;
    result.literals.push_back(element_image(type, reader.read(literal, type)));
  }
  return result;
}

void throw_no_array(const Predicate& predicate, const FieldColumnName& field) {
  std::string hint;
  if (is_text_type(field.type)) {
    const char* joint = predicate.op == PredicateOperator::kContainsAny ? " or " : " and ";
    hint = std::string("For parts of a text, repeat field and operator: ") + (predicate.negated ? "not (" : "(");
    for (size_t i = 0; i < predicate.literals.size(); ++i) {
      hint += i == 0 ? "" : joint;
      hint += predicate.field.text() + " contains " + in_quotes(predicate.literals[i].text, '\'');
    }
    hint += ").";
  } else {
    std::string list;
    for (const Literal& literal : predicate.literals) list += (list.empty() ? "" : ", ") + written(literal);
    hint = std::string("Write \"") + (predicate.negated ? "not in (" : "in (") + list + ")\".";
  }
  throw_operator_mismatch(predicate, field, hint);
}

}  // namespace segments::pg

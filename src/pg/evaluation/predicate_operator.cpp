#include "pg/evaluation/predicate_operator.h"

#include "core/language/clause_printer.h"

namespace segments::pg {

const char* operator_text(PredicateOperator op) {
  switch (op) {
    case PredicateOperator::kEqual:
      return "=";
    case PredicateOperator::kLess:
      return "<";
    case PredicateOperator::kLessEqual:
      return "<=";
    case PredicateOperator::kGreater:
      return ">";
    case PredicateOperator::kGreaterEqual:
      return ">=";
    case PredicateOperator::kIn:
      return "in";
    case PredicateOperator::kBetween:
      return "between";
    case PredicateOperator::kContains:
      return "contains";
    case PredicateOperator::kContainsAny:
      return "contains any of";
    case PredicateOperator::kContainsAll:
      return "contains all of";
    case PredicateOperator::kBeginsWith:
      return "begins with";
    case PredicateOperator::kEndsWith:
      return "ends with";
    case PredicateOperator::kIsNull:
      return "is null";
    case PredicateOperator::kIsEmpty:
      return "is empty";
    case PredicateOperator::kMatches:
      return "matches";
    case PredicateOperator::kTimes:
    case PredicateOperator::kWithinBefore:
    case PredicateOperator::kWithinAfter:
    case PredicateOperator::kWithinOf:
      return "within";
  }
  return "";
}

ValueOperator value_operator(PredicateOperator op) {
  switch (op) {
    case PredicateOperator::kEqual:
      return ValueOperator::kEqual;
    case PredicateOperator::kLess:
      return ValueOperator::kLess;
    case PredicateOperator::kLessEqual:
      return ValueOperator::kLessEqual;
    case PredicateOperator::kGreater:
      return ValueOperator::kGreater;
    case PredicateOperator::kGreaterEqual:
      return ValueOperator::kGreaterEqual;
    case PredicateOperator::kIn:
      return ValueOperator::kIn;
    case PredicateOperator::kBetween:
      return ValueOperator::kBetween;
    case PredicateOperator::kContains:
      return ValueOperator::kContains;
    case PredicateOperator::kContainsAny:
      return ValueOperator::kContainsAny;
    case PredicateOperator::kContainsAll:
      return ValueOperator::kContainsAll;
    case PredicateOperator::kBeginsWith:
      return ValueOperator::kBeginsWith;
    case PredicateOperator::kEndsWith:
      return ValueOperator::kEndsWith;
    case PredicateOperator::kIsNull:
      return ValueOperator::kIsNull;
    case PredicateOperator::kIsEmpty:
      return ValueOperator::kIsEmpty;
    case PredicateOperator::kMatches:
      return ValueOperator::kMatches;
    case PredicateOperator::kTimes:  // ranges of integers
    case PredicateOperator::kWithinBefore:
    case PredicateOperator::kWithinAfter:
    case PredicateOperator::kWithinOf:  // pairs
      break;
  }
  return ValueOperator::kEqual;
}

void throw_operator_mismatch(const Predicate& predicate, const FieldColumnName& field, const std::string& hint) {
  std::string op = std::string(operator_text(predicate.op)) + (predicate.ignore_case ? " … ignore case" : "");
  if (predicate.times) {
    op.clear();
    print(*predicate.times, op);
    op.erase(0, 1);
  }
  const Oid type = field.type;
  const std::string type_name = call([&] { return static_cast<const char*>(format_type_be(type)); });
  throw Error(ErrorCode::kTypeMismatch,
              "operator \"" + op + "\" does not fit field \"" + predicate.field.text() + "\" of type " + type_name, "", hint,
              predicate.position);
}

}  // namespace segments::pg

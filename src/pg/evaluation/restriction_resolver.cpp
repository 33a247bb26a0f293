#include "pg/evaluation/restriction_resolver.h"

#include "core/language/idiom.h"
#include "core/text/lexer.h"
#include "pg/catalog/mapping_access.h"
#include "pg/evaluation/field_predicate.h"
#include "pg/evaluation/lookup_keys.h"
#include "pg/evaluation/pair_matcher.h"
#include "pg/evaluation/value_part.h"
#include "pg/evaluation/window_values.h"

namespace segments::pg {
namespace {

RowTest negated(RowTest&& test) {
  RowTest result;
  result.kind = RowTestKind::kNot;
  result.children.push_back(std::move(test));
  return result;
}

// Whether the positive form holds for null.
bool holds_for_null(const Predicate& predicate) {
  return predicate.op == PredicateOperator::kIsNull || predicate.op == PredicateOperator::kIsEmpty;
}

}  // namespace

void RestrictionResolver::check_may_be_read(uint32_t position) const {
  check_may_read(role_, type_, read_);
  resolver_.check_is_captured(type_, position);
}

RowTest RestrictionResolver::resolve_event(uint32_t position) {
  Predicate& predicate = resolver_.event_predicates_.emplace_back();
  predicate.field = {{type_.type_column, true, position}, {}};
  predicate.literals = {{LiteralKind::kText, *type_.event, position}};
  if (column_number(type_.relation, type_.type_column) == 0) throw_lost_type_column(position);
  return resolve(predicate);
}

RowTest RestrictionResolver::resolve_window(const TimeRange& range, uint32_t position) {
  if (type_.window.empty()) throw_no_windows(position);
  const FieldColumnName field = read_field({{type_.window.column, true, position}, {}});
  RowTest test;
  test.kind = RowTestKind::kField;
  test.predicate.field = field.attnum;
  test.predicate.kind = ValueKind::kInteger;
  test.predicate.method = PredicateMethod::kIntegers;
  test.predicate.ranges = values_within(range, type_.window, field.type);
  test.predicate.missing = resolver_.missing_value(type_, field, position);
  return test;
}

RowTest RestrictionResolver::resolve_attribute(const Predicate& predicate) {
  return resolve(predicate, asks_for_none(predicate));
}

RowTest RestrictionResolver::resolve(const Restriction& restriction) {
  RowTest test;
  switch (restriction.kind) {
    case RestrictionKind::kPredicate:
      return resolve(restriction.predicate);
    case RestrictionKind::kAnd:
      test.kind = RowTestKind::kAnd;
      break;
    case RestrictionKind::kOr:
      test.kind = RowTestKind::kOr;
      break;
    case RestrictionKind::kNot:
      test.kind = RowTestKind::kNot;
      break;
  }
  for (const auto& child : restriction.children) test.children.push_back(resolve(*child));
  return test;
}

void RestrictionResolver::remember(const Predicate& predicate, const FieldColumnName& field, const FieldPredicate& resolved) {
  const bool is_event = !resolver_.event_predicates_.empty() && &predicate == &resolver_.event_predicates_.back();
  const bool is_read = type_.captured && (field.path.empty() || resolver_.captured_keys(type_).has("json", field.column));
  resolver_.compared_fields_.push_back({&condition_, &predicate, resolved, field.type, type_.rows_id,
                                        is_event ? type_.source_name : type_.name, may_hide_rows(type_.relation), is_read});
}

void RestrictionResolver::throw_no_windows(uint32_t position) const {
  throw Error(ErrorCode::kInvalidValue, "profile source " + type_.name + " takes no windows",
              "It was registered without a time column.",
              "Leave the window out, or name the column: SELECT segments.alter_interaction(" + in_quotes(type_.name, '\'') +
                  ", time_column => '...').",
              position);
}

void RestrictionResolver::throw_lost_type_column(uint32_t position) const {
  throw Error(
      ErrorCode::kNotReady,
      "column " + in_quotes(type_.type_column) + ", which names the events of " + type_.source_name + ", does not exist any more",
      "",
      "If it was renamed, tell its new name: SELECT segments.alter_events(" + in_quotes(type_.source_name, '\'') +
          ", type_column => '...').",
      position);
}

FieldColumnName RestrictionResolver::read_field(const FieldPath& name) {
  FieldColumnName field = resolver_.catalog_.find_field(type_, name);
  if (field.column_number > 0) read_.insert(field.column_number);
  return field;
}

// The name on the right of a comparison may have been meant as a text.
FieldColumnName RestrictionResolver::read_other_field(const FieldPath& name) {
  if (resolver_.catalog_.find_lookup(type_, name)) {
    throw Error(ErrorCode::kTypeMismatch, "field " + in_quotes(name.text()) + " is looked up, and stands in another row",
                "Fields of one row are compared with each other.", "Compare it with a value.", name.position());
  }
  try {
    return read_field(name);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUndefined || !hint_of_field_word(name.text()).empty()) throw;
    const std::string hint = "A text stands in single quotes: " + in_quotes(name.text(), '\'') + ".";
    throw Error(error.code(), error.what(), error.detail(), error.hint().empty() ? hint : hint + " " + error.hint(),
                name.position());
  }
}

RowTest RestrictionResolver::resolve_fields(const Predicate& predicate, const FieldColumnName& left) {
  const FieldColumnName right = read_other_field(*predicate.other);
  RowTest test;
  test.kind = RowTestKind::kPair;
  test.pair = resolve_pair(predicate, left, right, reader_);
  if (left.role == ColumnRole::kField) {
    test.pair.left.missing = resolver_.missing_value(type_, left, predicate.field.position());
  }
  if (right.role == ColumnRole::kField) {
    test.pair.right.missing = resolver_.missing_value(type_, right, predicate.other->position());
  }
  return test;
}

RowTest RestrictionResolver::resolve_value(const Predicate& predicate, const FieldColumnName& field) {
  RowTest test;
  switch (field.role) {
    case ColumnRole::kTime:
      if (predicate.part != FieldPart::kWhole) {
        test.kind = RowTestKind::kTimePart;
        test.predicate = resolve_part_of_time(predicate, field, reader_);
        if (resolver_.remembers_ && resolver_.shows_path()) remember(predicate, field, test.predicate);
        break;
      }
      test.kind = RowTestKind::kTimes;
      test.times = resolve_times(predicate, field, reader_);
      break;
    case ColumnRole::kRecordId:
      // Whose records two interactions are, and whether one person's, is what the mapping says.  Rows of a look-up are nobody's.
      if (!type_.is_lookup()) check_may_read_mapping(role_, resolver_.refresh_id_);
      [[fallthrough]];
    case ColumnRole::kRecordType:
      // Records are looked at here and now: how long that takes, and whether it ends, tells what there is.
      check_may_be_read(predicate.field.position());
      test.kind = RowTestKind::kOrdinals;
      test.ordinals = resolver_.ordinal_set(predicate, field, type_.is_lookup(), reader_);
      break;
    case ColumnRole::kField:
      test.kind = RowTestKind::kField;
      test.predicate = resolve_predicate(predicate, field, reader_);
      test.predicate.missing = resolver_.missing_value(type_, field, predicate.field.position());
      if (resolver_.remembers_ && resolver_.shows_path()) remember(predicate, field, test.predicate);
      break;
  }
  return test;
}

const Predicate& RestrictionResolver::predicate_within(const Predicate& predicate, const LookedUpField& looked_up) {
  Predicate& within = resolver_.looked_up_predicates_.emplace_back(predicate);
  within.negated = false;
  within.field = looked_up.rest;
  if (!predicate.other) return within;
  const std::optional<LookedUpField> other = resolver_.catalog_.find_lookup(type_, *predicate.other);
  if (!other || other->field.column != looked_up.field.column) {
    throw Error(
        ErrorCode::kTypeMismatch,
        "fields " + in_quotes(predicate.field.text()) + " and " + in_quotes(predicate.other->text()) + " stand in different rows",
        "Fields of one row are compared with each other.", "Compare each with a value.", predicate.other->position());
  }
  within.other = other->rest;
  return within;
}

RowTest RestrictionResolver::resolve_keys(const FieldColumnName& field, const FieldPath& name,
                                          const std::vector<std::string>& keys) {
  RowTest test;
  if (field.role == ColumnRole::kField) {
    test.kind = RowTestKind::kField;
    test.predicate = predicate_for_keys(field, keys, name.position());
    test.predicate.missing = resolver_.missing_value(type_, field, name.position());
    return test;
  }
  Predicate among;
  among.field = name;
  among.op = PredicateOperator::kIn;
  for (const std::string& key : keys) among.literals.push_back({LiteralKind::kText, key, name.position()});
  return resolve_value(among, field);
}

// What is not found has null in all of its fields: where that is asked for, what does not satisfy it is looked for.
RowTest RestrictionResolver::resolve_looked_up(const Predicate& predicate, const LookedUpField& looked_up) {
  if (looked_up.field.column_number > 0) read_.insert(looked_up.field.column_number);
  const InteractionType& lookup = *looked_up.lookup;
  const Predicate& within = predicate_within(predicate, looked_up);
  resolver_.begin_type(lookup, predicate.field.position());
  RestrictionResolver rows(resolver_, condition_, lookup, reader_, role_);
  const bool finds_missing = holds_for_null(within);
  RowTest test = rows.resolve(within, finds_missing);
  rows.check_may_be_read(predicate.field.position());
  RowTest found =
      resolve_keys(looked_up.field, {predicate.field.column, {}}, resolver_.keys_that_satisfy(lookup, std::move(test)));
  return finds_missing ? negated(std::move(found)) : std::move(found);
}

RowTest RestrictionResolver::resolve(const Predicate& predicate, bool complement) {
  const std::optional<LookedUpField> looked_up = resolver_.catalog_.find_lookup(type_, predicate.field);
  const auto positive = [&]() -> RowTest {
    if (looked_up) return resolve_looked_up(predicate, *looked_up);
    const FieldColumnName field = read_field(predicate.field);
    return predicate.other ? resolve_fields(predicate, field) : resolve_value(predicate, field);
  };
  RowTest test = positive();
  return predicate.negated != complement ? negated(std::move(test)) : std::move(test);
}

}  // namespace segments::pg

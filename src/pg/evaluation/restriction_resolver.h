// The restriction of one condition, resolved for one of its types.
#pragma once
#include <set>

#include "pg/evaluation/resolve.h"

namespace segments::pg {

// Resolves what is asked of the rows of a type, and notes which columns that reads.
class RestrictionResolver {
 public:
  RestrictionResolver(Resolver& resolver, const InteractionCondition& condition, const InteractionType& type,
                      LiteralReader& reader, Oid role)
      : resolver_(resolver), condition_(condition), type_(type), reader_(reader), role_(role), read_(key_columns(type)) {}

  RowTest resolve(const Restriction& restriction);
  // That the type column names the event.
  RowTest resolve_event(uint32_t position);
  // Of rows of a profile source: that what its windows look at lies within a range.
  RowTest resolve_window(const TimeRange& range, uint32_t position);
  // What rows of a profile source satisfy for an attribute: of negative forms, the positive one.
  RowTest resolve_attribute(const Predicate& predicate);

  // `complement`: of the other form.
  RowTest resolve(const Predicate& predicate, bool complement = false);
  // A field whose values an aggregate is made of.  Throws Error{kTypeMismatch} if it does not fit.
  FieldColumnName resolve_aggregated(const Aggregate& aggregate);
  // REQUIRES: a sum or an average.
  FoldedField resolve_folded(const Aggregate& aggregate);
  // REQUIRES: a number of different values.  Sets the type and collation of `plan` where the server tells values apart.
  DistinctField resolve_distinct(const Aggregate& aggregate, DistinctPlan& plan);

  // Throws what reading these columns as the role would raise, and Error{kNotReady} if there are no data yet.
  void check_may_be_read(uint32_t position) const;

 private:
  RowTest resolve_fields(const Predicate& predicate, const FieldColumnName& left);
  RowTest resolve_value(const Predicate& predicate, const FieldColumnName& field);
  // What rows of a look-up satisfy, by the field that holds its keys.
  RowTest resolve_looked_up(const Predicate& predicate, const LookedUpField& looked_up);
  RowTest resolve_keys(const FieldColumnName& field, const FieldPath& name, const std::vector<std::string>& keys);
  // The predicate for the rows of the look-up: its fields without the first name.
  const Predicate& predicate_within(const Predicate& predicate, const LookedUpField& looked_up);
  FieldColumnName read_field(const FieldPath& name);
  FieldColumnName read_other_field(const FieldPath& name);
  void remember(const Predicate& predicate, const FieldColumnName& field, const FieldPredicate& resolved);
  [[noreturn]] void throw_no_windows(uint32_t position) const;
  [[noreturn]] void throw_lost_type_column(uint32_t position) const;

  Resolver& resolver_;
  const InteractionCondition& condition_;
  const InteractionType& type_;
  LiteralReader& reader_;
  Oid role_;
  std::set<int16_t> read_;
};

}  // namespace segments::pg

// Conditions on interactions: their types, restrictions, windows and counters.
#include "core/calendar/time_span.h"
#include "core/language/idiom.h"
#include "core/language/period.h"
#include "core/text/characters.h"
#include "core/text/lexer.h"
#include "pg/catalog/mapping_access.h"
#include "pg/evaluation/field_predicate.h"
#include "pg/evaluation/pair_matcher.h"
#include "pg/evaluation/resolve.h"
#include "pg/evaluation/value_part.h"
#include "pg/evaluation/window_check.h"
#include "pg/query/query.h"

namespace segments::pg {
namespace {

RowTest negated(RowTest&& test) {
  RowTest result;
  result.kind = RowTestKind::kNot;
  result.children.push_back(std::move(test));
  return result;
}

RowTest both_tests(RowTest&& test, std::optional<RowTest>&& other) {
  if (!other) return std::move(test);
  RowTest result;
  result.kind = RowTestKind::kAnd;
  result.children.push_back(std::move(test));
  result.children.push_back(std::move(*other));
  return result;
}

// Of events of one table, each of its rows once: whatever either counts.
void add_type(std::vector<CountedType>& types, CountedType&& type) {
  if (types.empty() || types.back().type_id != type.type_id) {
    types.push_back(std::move(type));
    return;
  }
  std::optional<RowTest>& test = types.back().restriction;
  if (!test || !type.restriction) {
    test.reset();
  } else if (test->kind == RowTestKind::kOr) {
    test->children.push_back(std::move(*type.restriction));
  } else {
    RowTest any;
    any.kind = RowTestKind::kOr;
    any.children.push_back(std::move(*test));
    any.children.push_back(std::move(*type.restriction));
    test = std::move(any);
  }
}

}  // namespace

// Resolves the restriction of one condition, and notes which columns it reads.
class RestrictionResolver {
 public:
  RestrictionResolver(Resolver& resolver, const InteractionCondition& condition, const InteractionType& type,
                      LiteralReader& reader, Oid role)
      : resolver_(resolver), condition_(condition), type_(type), reader_(reader), role_(role), read_(key_columns(type)) {}

  const std::set<int16_t>& columns_read() const { return read_; }

  // That the type column names the event.
  RowTest resolve_event(uint32_t position) {
    Predicate& predicate = resolver_.event_predicates_.emplace_back();
    predicate.field = {{type_.type_column, true, position}, {}};
    predicate.literals = {{LiteralKind::kText, *type_.event, position}};
    if (column_number(type_.relation, type_.type_column) == 0) throw_lost_type_column(position);
    return resolve(predicate);
  }

  // Of rows of a profile source: that what its windows look at lies within a range.
  RowTest resolve_window(const TimeRange& range, uint32_t position) {
    if (type_.window_column.empty()) throw_no_windows(position);
    const FieldColumnName field = read_field({{type_.window_column, true, position}, {}});
    RowTest test;
    test.kind = RowTestKind::kField;
    test.predicate.field = field.attnum;
    test.predicate.kind = ValueKind::kInteger;
    test.predicate.method = PredicateMethod::kIntegers;
    if (!range.empty()) test.predicate.ranges = {{range.first, range.last}};
    test.predicate.missing = resolver_.missing_value(type_, field, position);
    return test;
  }

  // What rows of a profile source satisfy for an attribute: of negative forms, the positive one.
  RowTest resolve_attribute(const Predicate& predicate) { return resolve(predicate, asks_for_none(predicate)); }

  RowTest resolve(const Restriction& restriction) {
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

 private:
  void remember(const Predicate& predicate, const FieldColumnName& field, const FieldPredicate& resolved) {
    const bool is_event = !resolver_.event_predicates_.empty() && &predicate == &resolver_.event_predicates_.back();
    resolver_.compared_fields_.push_back({&condition_, &predicate, resolved, field.type, type_.type_id,
                                          is_event ? type_.source_name : type_.name, may_hide_rows(type_.relation),
                                          type_.captured});
  }

  [[noreturn]] void throw_no_windows(uint32_t position) const {
    throw Error(ErrorCode::kInvalidValue, "profile source " + type_.name + " takes no windows",
                "It was registered without a time column.",
                "Leave the window out, or name the column: SELECT segments.alter_interaction(" + in_quotes(type_.name, '\'') +
                    ", time_column => '...').",
                position);
  }

  [[noreturn]] void throw_lost_type_column(uint32_t position) const {
    throw Error(ErrorCode::kNotReady,
                "column " + in_quotes(type_.type_column) + ", which names the events of " + type_.source_name +
                    ", does not exist any more",
                "",
                "If it was renamed, tell its new name: SELECT segments.alter_events(" + in_quotes(type_.source_name, '\'') +
                    ", type_column => '...').",
                position);
  }

  FieldColumnName read_field(const FieldPath& name) {
    FieldColumnName field = resolver_.catalog_.find_field(type_, name);
    if (field.column_number > 0) read_.insert(field.column_number);
    return field;
  }

  // The name on the right of a comparison may have been meant as a text.
  FieldColumnName read_other_field(const FieldPath& name) {
    try {
      return read_field(name);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kUndefined || !hint_of_field_word(name.text()).empty()) throw;
      const std::string hint = "A text stands in single quotes: " + in_quotes(name.text(), '\'') + ".";
      throw Error(error.code(), error.what(), error.detail(), error.hint().empty() ? hint : hint + " " + error.hint(),
                  name.position());
    }
  }

  RowTest resolve_fields(const Predicate& predicate, const FieldColumnName& left) {
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

  RowTest resolve_value(const Predicate& predicate, const FieldColumnName& field) {
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
        // Whose records two interactions are, and whether one person's, is what the mapping says.
        check_may_read_mapping(role_);
        [[fallthrough]];
      case ColumnRole::kRecordType:
        test.kind = RowTestKind::kOrdinals;
        test.ordinals = resolver_.ordinal_set(predicate, field, reader_);
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

  RowTest resolve(const Predicate& predicate, bool complement = false) {
    const FieldColumnName field = read_field(predicate.field);
    RowTest test = predicate.other ? resolve_fields(predicate, field) : resolve_value(predicate, field);
    return predicate.negated != complement ? negated(std::move(test)) : test;
  }

  Resolver& resolver_;
  const InteractionCondition& condition_;
  const InteractionType& type_;
  LiteralReader& reader_;
  Oid role_;
  std::set<int16_t> read_;
};

std::vector<const InteractionType*> Resolver::types_of(const InteractionCondition& condition) {
  std::vector<const InteractionType*> types;
  for (const Name& name : condition.types) {
    const InteractionType& type = catalog_.find(name);
    const auto same = std::ranges::find(types, &type);
    if (same != types.end()) {
      throw Error(ErrorCode::kInvalidValue, type.called() + " occurs twice",
                  excerpt(condition.types[static_cast<size_t>(same - types.begin())].text) + " and " + excerpt(name.text) +
                      " are names of the same type.",
                  "Leave one out.", name.position);
    }
    types.push_back(&type);
  }
  if (condition.types.empty()) {
    for (const InteractionType& type : catalog_.types()) {
      if (!type.is_profile_source) types.push_back(&type);
    }
    if (types.empty()) {
      throw Error(ErrorCode::kUndefined, "no interaction type is registered", "",
                  "SELECT segments.register_interaction(...) makes one of a table.", condition.position);
    }
  }
  std::ranges::stable_sort(types, {}, &InteractionType::type_id);
  return types;
}

void Resolver::check_kinds(const InteractionCondition& condition, const std::vector<const InteractionType*>& types) {
  const auto source = std::ranges::find(types, true, &InteractionType::is_profile_source);
  if (source == types.end()) {
    if (!condition.is_attribute) return;
    const std::string& name = types.front()->name;
    throw Error(ErrorCode::kInvalidValue, name + " is an interaction type, not a profile source",
                "It has no attributes of profiles.",
                "Write which interactions are meant: " + condition.types.front().text + " where " +
                    condition.restriction->predicate.field.text() + " ….",
                condition.position);
  }
  const std::string& name = (*source)->name;
  if (condition.types.size() > 1) {
    throw Error(ErrorCode::kInvalidValue, "profile source " + name + " does not stand among interactions",
                "Its rows did not happen at a time.", "Join two conditions by \"or\".", condition.position);
  }
  if (condition.but_not || condition.occurrence || condition.periods) {
    throw Error(ErrorCode::kInvalidValue, "rows of profile source " + name + " are not asked about so",
                "They did not happen at a time.",
                "A condition on a profile source has a restriction, a window and a number of rows.", condition.position);
  }
}

CountedType Resolver::counted_type(const InteractionCondition& condition, const InteractionType& type, Oid role,
                                   const TimeRange& window, LiteralReader& reader) {
  if (type.frozen_at) note_frozen({type.type_id, type.source_name, *type.frozen_at});
  check_exists(type, condition.position);
  RestrictionResolver resolver(*this, condition, type, reader, role);
  CountedType counted{type.type_id, std::nullopt};
  if (condition.is_attribute) {
    counted.restriction = resolver.resolve_attribute(condition.restriction->predicate);
  } else if (condition.restriction != nullptr) {
    counted.restriction = resolver.resolve(*condition.restriction);
  }
  if (type.is_profile_source && condition.window) {
    counted.restriction = both_tests(resolver.resolve_window(window, condition.window->position), std::move(counted.restriction));
  }
  if (type.event) counted.restriction = both_tests(resolver.resolve_event(condition.position), std::move(counted.restriction));
  check_may_read(role, type, resolver.columns_read());
  if (!type.captured && needs_data_) {
    throw Error(ErrorCode::kNotReady, type.called() + " has not been refreshed yet", "It was registered after the last refresh.",
                "Run CALL segments.refresh().", condition.position);
  }
  return counted;
}

TimeRange Resolver::window_of(const std::optional<Window>& window, const EvaluationRequest& request, LiteralReader& reader) {
  if (window && request.empty_windows == EmptyWindows::kRefused) check_holds_time(*window, reader);
  const TimeRange range =
      resolve_window(window ? &*window : nullptr, as_of_, request.settings.week_start, reader.local_time(), reader);
  if (remembers_ && path_.empty() && range.empty()) empty_windows_.push_back({&*window, *empty_window_note(range, as_of_)});
  return range;
}

uint32_t Resolver::count(CounterPlan counter, int64_t minimum, int64_t maximum) {
  counter.largest_bound = maximum == INT64_MAX ? minimum : std::max(minimum, maximum);
  PlanNode node;
  node.kind = PlanNodeKind::kCount;
  node.minimum = minimum;
  node.maximum = maximum;
  node.counter = share_counter(plan_, std::move(counter));
  condition_.counters.push_back(node.counter);
  if (!share_nodes_) return add_node(std::move(node));
  const auto key = std::make_tuple(node.counter, node.minimum, node.maximum);
  const auto known = count_nodes_.find(key);
  if (known != count_nodes_.end()) return known->second;
  return count_nodes_[key] = add_node(std::move(node));
}

uint32_t Resolver::both(uint32_t holds, uint32_t does_not) {
  PlanNode node;
  node.kind = PlanNodeKind::kExcept;
  node.children = {holds, does_not};
  return add_node(std::move(node));
}

// The n-th lies in the window: not n came before it, and n before its end.
uint32_t Resolver::count_occurrence(const CounterPlan& counted, int64_t occurrence) {
  CounterPlan until = counted;
  until.window.first = kMinusInfinity;
  // What happened at -infinity lies in such a window, not before it.
  const bool nothing_came_before = !counted.window.empty() && counted.window.first == kMinusInfinity;
  if (nothing_came_before) return count(std::move(until), occurrence, INT64_MAX);
  CounterPlan before = until;
  before.window.last = counted.window.empty() ? until.window.last : just_before(counted.window.first);
  const uint32_t reached = count(std::move(until), occurrence, INT64_MAX);
  return both(reached, count(std::move(before), occurrence, INT64_MAX));
}

uint32_t Resolver::count_periods(CounterPlan counter, const Periods& periods, const Having& having, LiteralReader& reader) {
  TimeRange window = counter.window;
  if (periods.kind == PeriodsKind::kDistinct && window.first < kFirstTimestamp + 1)
    window = data_within(counter, periods.position);
  counter.periods = periods_of(periods, window, as_of_, reader.settings().week_start, reader.local_time());
  counter.window = {counter.periods.front().first, counter.periods.back().last};
  counter.largest_bound = having.maximum == INT64_MAX ? having.minimum : std::max(having.minimum, having.maximum);
  PlanNode node;
  node.kind = periods.kind == PeriodsKind::kInARow ? PlanNodeKind::kRun : PlanNodeKind::kPeriods;
  node.minimum = periods.minimum;
  node.maximum = periods.maximum;
  node.period_minimum = having.minimum;
  node.period_maximum = having.maximum;
  node.counter = share_counter(plan_, std::move(counter));
  condition_.counters.push_back(node.counter);
  return add_node(std::move(node));
}

TimeRange Resolver::data_within(const CounterPlan& counter, uint32_t position) {
  std::vector<int32_t> types;
  for (const CountedType& type : counter.types) types.push_back(type.type_id);
  Rows rows =
      run("SELECT min(min_time), max(max_time) FROM segments.fragment"
          " WHERE field = 0 AND type_id = ANY ($1) AND from_refresh <= $2 AND to_refresh > $2",
          {int4_array(types), int8(refresh_id_)}, {.read_only = true});
  TimeRange times = {kPlusInfinity, kMinusInfinity};
  if (!rows.is_null(0, 0)) times = {rows.timestamptz(0, 0), rows.timestamptz(0, 1)};
  rows.release();
  if (times.first == kMinusInfinity) {
    throw Error(ErrorCode::kLimitExceeded, "the interactions have no first one", "Some happened at -infinity.",
                "Add a window: since '2000-01-01'.", position);
  }
  return {std::max(times.first, counter.window.first), std::min(times.last, counter.window.last)};
}

uint32_t Resolver::resolve_interaction(const InteractionCondition& condition, const EvaluationRequest& request,
                                       LiteralReader& reader) {
  condition_ = {};
  catalog_.set_viewer(request.role);
  const std::vector<const InteractionType*> types = types_of(condition);
  check_kinds(condition, types);
  CounterPlan counter;
  const TimeRange window = window_of(condition.window, request, reader);
  for (const InteractionType* type : types) add_type(counter.types, counted_type(condition, *type, request.role, window, reader));
  condition_.is_timeless = types.front()->is_profile_source;
  // Rows of profile sources are of all time.
  counter.window = condition_.is_timeless ? window_of(std::nullopt, request, reader) : window;
  condition_.window = counter.window;
  const Having having = effective_having(condition);
  if (condition.occurrence) return count_occurrence(counter, *condition.occurrence);
  if (condition.periods) return count_periods(std::move(counter), *condition.periods, having, reader);
  if (!condition.but_not) return count(std::move(counter), having.minimum, having.maximum);
  CounterPlan disqualifying = counter;
  disqualifying.window = counter.hole = window_of(condition.but_not, request, reader);
  const uint32_t holds = count(std::move(counter), having.minimum, having.maximum);
  return both(holds, count(std::move(disqualifying), 1, INT64_MAX));
}

}  // namespace segments::pg

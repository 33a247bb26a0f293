// Conditions on interactions: their types, restrictions, windows and counters.
#include "core/calendar/time_span.h"
#include "core/language/idiom.h"
#include "core/language/period.h"
#include "core/text/characters.h"
#include "core/text/lexer.h"
#include "pg/catalog/catalog_name.h"
#include "pg/evaluation/resolve.h"
#include "pg/evaluation/restriction_resolver.h"
#include "pg/evaluation/window_check.h"
#include "pg/query/query.h"
#include "pg/server/time_limit.h"
#include "pg/store/stored_times.h"

namespace segments::pg {

RowTest both_tests(RowTest&& test, std::optional<RowTest>&& other) {
  if (!other) return std::move(test);
  RowTest result;
  result.kind = RowTestKind::kAnd;
  result.children.push_back(std::move(test));
  result.children.push_back(std::move(*other));
  return result;
}

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
      if (type.kind == SourceKind::kInteraction) types.push_back(&type);
    }
    if (types.empty()) {
      throw Error(ErrorCode::kUndefined, "no interaction type is registered", "",
                  "SELECT segments.register_interaction(...) makes one of a table.", condition.position);
    }
  }
  std::ranges::stable_sort(types, {}, &InteractionType::type_id);
  return types;
}

void Resolver::see_by_relation(const Name& via, std::vector<const InteractionType*>& types) const {
  std::vector<std::string> without;
  for (const InteractionType* type : types) {
    if (find_relation(catalog_.relations(*type), via) == nullptr) without.push_back(type->name);
  }
  if (!without.empty() && types.size() > 1) {
    throw Error(ErrorCode::kUndefined, "not all of these interaction types have a relation " + in_quotes(via.text),
                "Those without: " + joined(without) + ".",
                "Ask of those that have it: any of (…) via " + as_written(via.text) +
                    ". SELECT * FROM segments.relation_catalog lists relations.",
                via.position);
  }
  for (const InteractionType*& type : types) type = &catalog_.by_relation(*type, via);
  std::ranges::stable_sort(types, {}, &InteractionType::rows_id);
}

void Resolver::check_kinds(const InteractionCondition& condition, const std::vector<const InteractionType*>& types) {
  const auto lookup = std::ranges::find_if(types, &InteractionType::is_lookup);
  if (lookup != types.end()) {
    throw Error(ErrorCode::kInvalidValue, (*lookup)->called() + " is nothing that profiles have",
                "Its rows are found by keys that stand in fields.",
                "Write a field that has these keys, a dot, and the column: … where Field.Column = …. SELECT * FROM "
                "segments.lookup_fields lists such fields.",
                condition.position);
  }
  const auto source = std::ranges::find_if(types, &InteractionType::is_profile_source);
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
  const bool of_one_time = condition.aggregate && is_of_one_time(condition.aggregate->kind);
  if (condition.but_not || condition.latest || condition.occurrence || condition.periods || of_one_time) {
    throw Error(ErrorCode::kInvalidValue, "rows of profile source " + name + " are not asked about so",
                "They did not happen at a time.",
                "A condition on a profile source has a restriction, a window and a number of rows.", condition.position);
  }
}

CountedType Resolver::counted_type(const InteractionCondition& condition, const InteractionType& type, Oid role,
                                   const TimeRange& window, LiteralReader& reader) {
  begin_type(type, condition.position);
  RestrictionResolver resolver(*this, condition, type, reader, role);
  CountedType counted{type.rows_id, std::nullopt};
  if (condition.is_attribute) {
    counted.restriction = resolver.resolve_attribute(condition.restriction->predicate);
  } else if (condition.restriction != nullptr) {
    counted.restriction = resolver.resolve(*condition.restriction);
  }
  if (type.is_profile_source() && condition.window) {
    counted.restriction = both_tests(resolver.resolve_window(window, condition.window->position), std::move(counted.restriction));
  }
  if (type.event) counted.restriction = both_tests(resolver.resolve_event(condition.position), std::move(counted.restriction));
  resolver.check_may_be_read(condition.position);
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
  LimitedInterrupt().poll();  // there may be thousands, each of which is compared with all
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

uint32_t Resolver::count_periods(CounterPlan counter, const InteractionCondition& condition, const EvaluationRequest& request,
                                 LiteralReader& reader) {
  const Periods& periods = *condition.periods;
  const Having having = effective_having(condition);
  counter.periods = periods.kind == PeriodsKind::kDistinct
                        ? distinct_units(counter, periods, reader)
                        : periods_of(periods, counter.window, as_of_, reader.settings().week_start, reader.local_time());
  if (request.is_to_be_saved && condition.window && periods.kind == PeriodsKind::kInARow)
    check_units_fit_later(periods, *condition.window, reader);
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

// Units in which nothing happened are no different from those that are left out, so one old row does not make too many.
std::vector<TimeRange> Resolver::distinct_units(const CounterPlan& counter, const Periods& periods, LiteralReader& reader) {
  constexpr int64_t kStepsPerUnit = 12;
  constexpr size_t kMostSteps = 1'000'000;  // in more of them there are too many units, whatever the zone
  static_assert(kMostSteps / (2 * kStepsPerUnit) > most_units(PeriodsKind::kDistinct));
  const auto units_of = [&](const TimeRange& window) {
    return periods_of(periods, window, as_of_, reader.settings().week_start, reader.local_time());
  };
  if (!may_have_too_many(periods, counter.window)) return units_of(counter.window);
  TimesQuery query = {{}, refresh_id_, counter.window};
  for (const CountedType& type : counter.types) query.type_ids.push_back(type.type_id);
  const TimeRange span = stored_span(query);
  query.window = {std::max(span.first, counter.window.first), std::min(span.last, counter.window.last)};
  if (!may_have_too_many(periods, query.window)) return units_of(query.window);
  OccupiedTimes times(usual_length(periods.unit) / kStepsPerUnit);
  add_stored_times(query, kMostSteps, times);
  return occupied_units(periods, query.window, times.ranges(), reader.settings().week_start, reader.local_time());
}

Resolver::ConditionRows Resolver::rows_of(const InteractionCondition& condition, const EvaluationRequest& request,
                                          LiteralReader& reader) {
  condition_ = {};
  catalog_.set_viewer(request.role);
  ConditionRows rows;
  rows.types = types_of(condition);
  check_kinds(condition, rows.types);
  if (condition.via) see_by_relation(*condition.via, rows.types);
  CounterPlan& counter = rows.counter;
  const TimeRange window = window_of(condition.window, request, reader);
  for (const InteractionType* type : rows.types) {
    CountedType one = counted_type(condition, *type, request.role, window, reader);
    if (condition.aggregate) rows.counted.push_back(one);
    add_type(counter.types, std::move(one));
  }
  condition_.is_timeless = rows.types.front()->is_profile_source();
  // Rows of profile sources are of all time.
  counter.window = condition_.is_timeless ? window_of(std::nullopt, request, reader) : window;
  condition_.window = counter.window;
  if (condition.latest) {
    const uint32_t among = share_counter(plan_, CounterPlan(counter));
    // Of all rows that could be among them, for whoever explains.
    if (!share_nodes_) condition_.counters.push_back(among);
    counter.edge = {among, true, static_cast<uint32_t>(*condition.latest)};
  }
  return rows;
}

uint32_t Resolver::resolve_interaction(const InteractionCondition& condition, const EvaluationRequest& request,
                                       LiteralReader& reader) {
  ConditionRows rows = rows_of(condition, request, reader);
  CounterPlan& counter = rows.counter;
  if (condition.occurrence) return count_occurrence(counter, *condition.occurrence);
  if (condition.periods) return count_periods(std::move(counter), condition, request, reader);
  const Having having = effective_having(condition);
  const auto holding = [&](CounterPlan&& counted) {
    if (condition.aggregate) return resolve_aggregate({condition, rows.types, rows.counted, counted}, request, reader);
    return count(std::move(counted), having.minimum, having.maximum);
  };
  if (!condition.but_not) return holding(std::move(counter));
  CounterPlan disqualifying = counter;
  disqualifying.window = counter.hole = window_of(condition.but_not, request, reader);
  const uint32_t holds = holding(std::move(counter));
  return both(holds, count(std::move(disqualifying), 1, INT64_MAX));
}

}  // namespace segments::pg

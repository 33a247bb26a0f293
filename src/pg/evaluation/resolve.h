// Definitions → an evaluation plan: names, literals and windows resolved.
#pragma once
#include <deque>
#include <set>
#include <unordered_map>

#include "pg/evaluation/evaluation.h"
#include "pg/evaluation/literal_reader.h"
#include "pg/evaluation/referenced_segment.h"
#include "pg/evaluation/unseen_value.h"
#include "pg/catalog/captured_keys.h"
#include "pg/catalog/source_column.h"
#include "pg/catalog/type_catalog.h"

namespace segments::pg {

struct FrozenType {
  int32_t type_id = 0;
  std::string called;
  Timestamp frozen_at = 0;
  std::vector<const ReferencedSegment*> within = {};  // the references that lead to it
  std::string hidden_in = {};  // the segment whose definition whoever asks may not see: nothing else is to be told; else empty
};

// Plan nodes of those who were listed by hand.
struct ListNodes {
  std::optional<uint32_t> included = {};
  std::optional<uint32_t> excluded = {};
  bool empty() const { return !included && !excluded; }
};

// A segment that a definition refers to.
struct Expansion {
  ReferencedSegment segment;
  Definition definition;
  uint32_t node = 0;  // of the plan
  ListNodes lists = {};
  std::vector<FrozenType> frozen_types;
};

// A cycle that whoever asks is told of, whatever definitions it leads through.
struct CycleError : Error {
  explicit CycleError(const Error& error) : Error(error) {}
};

// Adds definitions to a plan one by one.  A definition that throws leaves the plan as it was (but for unused counters).
class Resolver {
 public:
  // `share_nodes`: equal conditions become one node; otherwise every node of a tree has a plan node of its own.
  // REQUIRES: within with_spi, as the extension's owner.
  Resolver(EvaluationPlan& plan, Timestamp as_of, int64_t refresh_id, bool share_nodes);

  // Checks the role's privileges, and adds a root.  Errors carry the request's text.
  void add(const EvaluationRequest& request);

  // Definitions that are added from now on are resolved at another time.
  void set_as_of(Timestamp as_of);

  // Accepts types whose data are not built yet: for checking a definition that is not evaluated.
  void accept_types_without_data() { needs_data_ = false; }

  // Remembers fields that are compared with values.  REQUIRES: definitions outlive the resolver.
  void remember_compared_fields() { remembers_ = true; }
  const std::vector<ComparedField>& compared_fields() const { return compared_fields_; }
  // Windows of the definitions themselves that nothing can lie in.  REQUIRES: compared fields are remembered.
  struct EmptyWindow {
    const Window* window;
    std::string note;
  };
  const std::vector<EmptyWindow>& empty_windows() const { return empty_windows_; }
  // Throws Error{kNotReady} for a definition that reads a frozen type: for segments, whose members then stay.
  void refuse_frozen_types() { refuses_frozen_ = true; }
  // The frozen types that the last definition reads, as far as it was resolved, and since when they are frozen.
  const std::vector<FrozenType>& frozen_types() const { return frozen_types_; }

  // The plan node of a definition's node.  REQUIRES: nodes are not shared.
  uint32_t plan_node(const Node* node) const { return plan_nodes_.at(node); }
  // What a condition on interactions is made of.
  struct ConditionParts {
    std::vector<uint32_t> counters;  // one or more, of the same interactions but for their times
    TimeRange window;
    bool is_timeless = false;  // of rows of a profile source
  };
  // REQUIRES: likewise; of conditions within values, too.
  const ConditionParts& parts_of(const InteractionCondition& condition) const { return conditions_.at(&condition); }
  // The type whose rows stand under a number in the plan.
  int32_t registered_type(int32_t rows_id) const { return catalog_.registered_type(rows_id); }
  // What a reference leads to; null: the node is none.  REQUIRES: likewise.
  const Expansion* expansion(const Node* node) const;
  // Whose history a reference asks; null: the node asks none.  REQUIRES: likewise.
  const ReferencedSegment* past_of(const Node* node) const;
  // Of the last definition, if it is a saved segment's, and the node of that with them.
  const ListNodes& lists() const { return lists_; }
  uint32_t root() const { return plan_.roots.back(); }
  // Whether whoever asks may see the definition of a segment.
  bool shows(const ReferencedSegment& segment) const;

 private:
  friend class RestrictionResolver;
  uint32_t resolve(const Node& node, const EvaluationRequest& request, LiteralReader& reader);
  uint32_t resolve_interaction(const InteractionCondition& condition, const EvaluationRequest& request, LiteralReader& reader);
  uint32_t ordinal_set(const Predicate& predicate, const FieldColumnName& field, bool of_lookups, LiteralReader& reader);
  // The keys of the rows of a look-up that satisfy a test.
  const std::vector<std::string>& keys_that_satisfy(const InteractionType& lookup, RowTest&& test);
  // That it is there, and whether it is frozen, is looked at before anything else.
  void begin_type(const InteractionType& type, uint32_t position);
  std::optional<MissingValue> missing_value(const InteractionType& type, const FieldColumnName& field, uint32_t position);
  const CapturedKeys& captured_keys(const InteractionType& type);
  // Throws Error{kNotReady} if the type, or what its columns of time and records lead to now, has not been read.
  void check_is_captured(const InteractionType& type, uint32_t position);
  std::vector<const InteractionType*> types_of(const InteractionCondition& condition);
  // The types as the relation leads from them to records.  Throws Error{kUndefined} if not all have it.
  void see_by_relation(const Name& via, std::vector<const InteractionType*>& types) const;
  // Throws Error{kInvalidValue} where interactions and profile sources do not go with what is asked of them.
  static void check_kinds(const InteractionCondition& condition, const std::vector<const InteractionType*>& types);
  CountedType counted_type(const InteractionCondition& condition, const InteractionType& type, Oid role, const TimeRange& window,
                           LiteralReader& reader);
  TimeRange window_of(const std::optional<Window>& window, const EvaluationRequest& request, LiteralReader& reader);
  uint32_t count(CounterPlan counter, int64_t minimum, int64_t maximum);
  // The rows that a condition is about.
  struct ConditionRows {
    std::vector<const InteractionType*> types;
    std::vector<CountedType> counted;  // by type, if there is an aggregate
    CounterPlan counter;
  };
  ConditionRows rows_of(const InteractionCondition& condition, const EvaluationRequest& request, LiteralReader& reader);
  // A condition with an aggregate, as far as it counts rows.
  struct AggregatedCondition {
    const InteractionCondition& written;
    const std::vector<const InteractionType*>& types;
    const std::vector<CountedType>& counted;  // by type
    const CounterPlan& counter;               // of these: several events of one table are one type
  };
  uint32_t resolve_aggregate(const AggregatedCondition& condition, const EvaluationRequest& request, LiteralReader& reader);
  // Returns the field, of several types that of the first.
  FieldColumnName check_aggregated(const AggregatedCondition& condition, const EvaluationRequest& request, LiteralReader& reader);
  CounterPlan rows_with(const AggregatedCondition& condition, PredicateOperator op, const Literal* literal,
                        const EvaluationRequest& request, LiteralReader& reader);
  uint32_t some_value(const AggregatedCondition& condition, PredicateOperator op, const Literal* literal,
                      const EvaluationRequest& request, LiteralReader& reader);
  uint32_t resolve_extreme(const AggregatedCondition& condition, const EvaluationRequest& request, LiteralReader& reader);
  uint32_t resolve_boolean_edge(const AggregatedCondition& condition, const EvaluationRequest& request, LiteralReader& reader);
  uint32_t resolve_number(const AggregatedCondition& condition, const EvaluationRequest& request, LiteralReader& reader);
  // What is made of the values of a counter's rows.  REQUIRES: it makes a number.
  struct MadeNumber {
    PlanNodeKind kind = PlanNodeKind::kSum;  // kSum, kAverage or kDistinct
    uint32_t index = 0;                      // of a fold, or a distinct
  };
  MadeNumber make_number(const AggregatedCondition& condition, uint32_t counter, const EvaluationRequest& request,
                         LiteralReader& reader);
  uint32_t resolve_comparison(const Comparison& comparison, const EvaluationRequest& request, LiteralReader& reader);
  uint32_t resolve_value(const ValueNode& value, const EvaluationRequest& request, LiteralReader& reader);
  // The index of an equal value, or of a new one.
  uint32_t share_value(PlanValue value);
  PlanValue resolve_rows(const InteractionCondition& condition, const EvaluationRequest& request, LiteralReader& reader);
  template <class Field, class Resolve>
  std::vector<Field> fields_of(const AggregatedCondition& condition, const EvaluationRequest& request, LiteralReader& reader,
                               Resolve resolve);
  uint32_t count_occurrence(const CounterPlan& counted, int64_t occurrence);
  uint32_t count_periods(CounterPlan counter, const InteractionCondition& condition, const EvaluationRequest& request,
                         LiteralReader& reader);
  // Those of a counter's window in which there are interactions at all.
  std::vector<TimeRange> distinct_units(const CounterPlan& counter, const Periods& periods, LiteralReader& reader);
  uint32_t both(uint32_t holds, uint32_t does_not);
  uint32_t resolve_reference(const Node& node, const EvaluationRequest& request, LiteralReader& reader);
  uint32_t resolve_past(const Node& node, const ReferencedSegment& segment, const EvaluationRequest& request,
                        LiteralReader& reader);
  uint32_t resolve_bucket(const Node& node, const EvaluationRequest& request);
  uint32_t add_set(ProfileSet&& set);
  const Expansion& expand(ReferencedSegment&& segment, uint32_t position);
  void resolve_expansion(Expansion& expansion);
  void check_cycle(const SegmentReference& reference, int32_t segment_id) const;
  [[noreturn]] void throw_cycle(const SegmentReference& reference, size_t closing) const;
  bool shows_path() const;
  void note_frozen(FrozenType&& type);
  void add_led_through(const ReferencedSegment& segment, bool is_shown, std::vector<FrozenType>&& outer);
  ListNodes list_nodes(int32_t segment_id);
  uint32_t with_lists(uint32_t node, const ListNodes& lists);
  uint32_t add_node(PlanNode&& node);
  uint32_t add_connective(PlanNode&& node);

  EvaluationPlan& plan_;
  Timestamp as_of_;
  int64_t refresh_id_;
  bool share_nodes_;
  bool needs_data_ = true;
  bool refuses_frozen_ = false;
  std::vector<FrozenType> frozen_types_;
  TypeCatalog catalog_;
  std::map<std::tuple<uint32_t, int64_t, int64_t>, uint32_t> count_nodes_;
  std::map<PlanValue, uint32_t> values_;  // those of the plan
  std::map<std::pair<ValueOperator, std::vector<uint32_t>>, uint32_t> comparison_nodes_;
  bool remembers_ = false;
  std::vector<ComparedField> compared_fields_;
  std::vector<EmptyWindow> empty_windows_;
  std::deque<Predicate> event_predicates_;               // that the type column has an event's value: written by nobody
  std::deque<Predicate> aggregate_predicates_;           // that a value reaches or exceeds another: likewise
  std::deque<Predicate> looked_up_predicates_;           // on rows of look-ups: parts of what was written
  std::map<Bytes, std::vector<std::string>> keys_;       // of rows of look-ups, by the plan that finds them
  std::map<std::string, uint32_t> ordinal_sets_;         // by predicate
  std::map<int32_t, CapturedColumns> captured_columns_;  // by type
  std::map<int32_t, CapturedKeys> captured_keys_;        // by type
  std::unordered_map<const Node*, uint32_t> plan_nodes_;
  ConditionParts condition_;  // of the one that is being resolved
  std::unordered_map<const InteractionCondition*, ConditionParts> conditions_;
  std::map<std::pair<PlanNodeKind, std::vector<uint32_t>>, uint32_t> connective_nodes_;
  std::vector<std::unique_ptr<Expansion>> expansions_;
  std::map<int32_t, const Expansion*> expanded_;  // at as_of_, by segment
  std::unordered_map<const Node*, const Expansion*> references_;
  std::map<int32_t, ListNodes> list_nodes_;  // by segment
  std::unordered_map<const Node*, ReferencedSegment> past_;
  std::map<std::tuple<int32_t, ReferenceKind, Timestamp, Timestamp>, uint32_t> past_nodes_;
  std::map<std::tuple<int64_t, int64_t, int64_t, std::string>, uint32_t> bucket_nodes_;
  ListNodes lists_;
  // Of what is being resolved:
  Oid viewer_ = InvalidOid;
  int32_t segment_id_ = 0;
  std::string new_name_;                        // of a segment that is not saved yet
  std::vector<const ReferencedSegment*> path_;  // the references that lead to it
  size_t nodes_before_ = 0;
};

// A test and, if there is one, another.
RowTest both_tests(RowTest&& test, std::optional<RowTest>&& other);
// Of events of one table, each of its rows once: whatever either counts.
void add_type(std::vector<CountedType>& types, CountedType&& type);

// Why members of a segment stay as they are.
std::string frozen_reason(const FrozenType& type);

}  // namespace segments::pg

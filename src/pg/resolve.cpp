#include "pg/resolve.h"

#include "pg/field_predicate.h"
#include "pg/field_value.h"
#include "pg/query.h"
#include "pg/record_condition.h"
#include "pg/saved_statement.h"

namespace segments::pg {
namespace {

// What rows written before the column was added answer with.  Partitions of a table are altered together, so that the first
// leaf that has a value speaks for all.
std::optional<MissingValue> read_missing_value(const InteractionType& type, const FieldColumnName& field) {
  static SavedStatement statement(
      "SELECT a.attmissingval FROM pg_attribute a"
      " WHERE a.attrelid IN (SELECT leaf FROM segments.source_leaf WHERE source = $1)"
      " AND a.attname = $2::name AND a.atthasmissing AND NOT a.attisdropped ORDER BY a.attrelid LIMIT 1",
      {OIDOID, TEXTOID});
  Rows rows = statement.run({oid(type.relation), text(field.column)});
  if (rows.empty() || rows.is_null(0, 0)) return std::nullopt;
  const Datum array = rows.value(0, 0);
  struct Element {
    Datum value;
    bool present;
  };
  const Element element = call([&] {
    ArrayType* values = DatumGetArrayTypeP(array);
    int16 length;
    bool by_value;
    char alignment;
    get_typlenbyvalalign(ARR_ELEMTYPE(values), &length, &by_value, &alignment);
    Datum* elements;
    bool* nulls;
    int count;
    deconstruct_array(values, ARR_ELEMTYPE(values), length, by_value, alignment, &elements, &nulls, &count);
    return count == 1 && !nulls[0] ? Element{elements[0], true} : Element{0, false};
  });
  std::optional<MissingValue> result;
  if (element.present) result = missing_value_of(field.type, element.value);
  rows.release();
  return result;
}

// Values in fragments are of the type that their column had when they were captured.  A leaf that was rewritten since, with a
// column altered since (rewriting alters all), may hold values of another type: the bytes of one must not be read as those of the other.
void check_not_retyped(const InteractionType& type, const FieldColumnName& field) {
  static SavedStatement statement(
      "SELECT FROM segments.source_leaf l JOIN pg_class c ON c.oid = l.leaf JOIN pg_attribute a ON a.attrelid = l.leaf"
      " CROSS JOIN segments.published p JOIN segments.refresh r USING (refresh_id)"
      " CROSS JOIN LATERAL (SELECT pg_snapshot_xmax(r.snapshot)::text::int8 AS next, a.xmin::text::int8 AS altered) x"
      // The nearest of the 64-bit transactions that end in these 32 bits.
      " CROSS JOIN LATERAL (SELECT x.next - ((x.next - x.altered + 2147483648) & 4294967295) + 2147483648 AS altered) y"
      " WHERE l.source = $1 AND a.attname = $2::name AND NOT a.attisdropped AND c.relfilenode <> l.filenode"
      " AND y.altered > 0 AND NOT pg_visible_in_snapshot(y.altered::text::xid8, r.snapshot) LIMIT 1",
      {OIDOID, TEXTOID});
  Rows rows = statement.run({oid(type.relation), text(field.column)});
  if (!rows.empty()) {
    throw Error(ErrorCode::kNotReady, "the table of interaction type " + type.name +
                " was altered and rewritten after the last refresh", "Its columns may have other types now.",
                "Run CALL segments.refresh().");
  }
  rows.release();
}

RowTest negated(RowTest&& test) {
  RowTest result;
  result.kind = RowTestKind::kNot;
  result.children.push_back(std::move(test));
  return result;
}

// Equal for predicates that the same records satisfy.
std::string record_predicate_key(const Predicate& predicate, const FieldColumnName& field) {
  std::string key = std::to_string(static_cast<int>(field.role)) + ' ' + std::to_string(static_cast<int>(predicate.op)) +
                    (predicate.ignore_case ? " i " : " ") + std::to_string(field.type) + ' ' +
                    std::to_string(field.collation);
  for (const Literal& literal : predicate.literals) {
    key += ' ' + std::to_string(static_cast<int>(literal.kind)) + ' ' + std::to_string(literal.text.size()) + ' ' + literal.text;
  }
  return key;
}

}  // namespace

// Resolves one interaction condition: its restriction, and which columns that reads.
class ConditionResolver {
 public:
  ConditionResolver(Resolver& resolver, const InteractionType& type, ServerLocalTime& local_time)
      : resolver_(resolver), type_(type), local_time_(local_time) {
    read_.insert(column_number(type.relation, type.time_column));
    read_.insert(column_number(type.relation, type.record_id_column));
    if (!type.record_type_column.empty()) read_.insert(column_number(type.relation, type.record_type_column));
  }

  const std::set<int16_t>& columns_read() const { return read_; }

  RowTest resolve(const Restriction& restriction) {
    RowTest test;
    switch (restriction.kind) {
      case RestrictionKind::kPredicate: return resolve(restriction.predicate);
      case RestrictionKind::kAnd: test.kind = RowTestKind::kAnd; break;
      case RestrictionKind::kOr: test.kind = RowTestKind::kOr; break;
      case RestrictionKind::kNot: test.kind = RowTestKind::kNot; break;
    }
    for (const auto& child : restriction.children) test.children.push_back(resolve(*child));
    return test;
  }

 private:
  RowTest resolve(const Predicate& predicate) {
    const FieldColumnName field = resolver_.catalog_.find_field(type_, predicate.field);
    if (field.attnum > 0) read_.insert(field.attnum);
    RowTest test;
    switch (field.role) {
      case ColumnRole::kTime:
        test.kind = RowTestKind::kTimes;
        test.times = resolve_times(predicate, field, local_time_);
        break;
      case ColumnRole::kRecordType:
      case ColumnRole::kRecordId:
        test.kind = RowTestKind::kOrdinals;
        test.ordinals = resolver_.ordinal_set(predicate, field);
        break;
      case ColumnRole::kField:
        test.kind = RowTestKind::kField;
        test.predicate = resolve_predicate(predicate, field, local_time_);
        test.predicate.missing = resolver_.missing_value(type_, field);
        break;
    }
    return predicate.negated ? negated(std::move(test)) : test;
  }

  Resolver& resolver_;
  const InteractionType& type_;
  ServerLocalTime& local_time_;
  std::set<int16_t> read_;
};

Resolver::Resolver(EvaluationPlan& plan, Timestamp as_of, int64_t refresh_id, bool share_nodes)
    : plan_(plan), as_of_(as_of), share_nodes_(share_nodes), catalog_(refresh_id) {}

void Resolver::add(const EvaluationRequest& request) {
  ServerLocalTime local_time(request.time_zone);
  try {
    const uint32_t root = resolve(*request.definition->root, request, local_time);
    plan_.roots.push_back(root);
  } catch (Error& error) {
    error.set_source(request.text);
    throw;
  }
}

uint32_t Resolver::ordinal_set(const Predicate& predicate, const FieldColumnName& field) {
  const std::string key = record_predicate_key(predicate, field);
  const auto known = ordinal_sets_.find(key);
  if (known != ordinal_sets_.end()) return known->second;
  plan_.ordinal_sets.push_back(records_that_satisfy(predicate, field));
  return ordinal_sets_[key] = static_cast<uint32_t>(plan_.ordinal_sets.size() - 1);
}

const std::optional<MissingValue>& Resolver::missing_value(const InteractionType& type, const FieldColumnName& field) {
  const auto key = std::make_pair(type.type_id, field.attnum);
  const auto known = missing_values_.find(key);
  if (known != missing_values_.end()) return known->second;
  check_not_retyped(type, field);
  return missing_values_[key] = read_missing_value(type, field);
}

uint32_t Resolver::add_node(PlanNode&& node) {
  plan_.nodes.push_back(std::move(node));
  return static_cast<uint32_t>(plan_.nodes.size() - 1);
}

uint32_t Resolver::resolve(const Node& node, const EvaluationRequest& request, ServerLocalTime& local_time) {
  PlanNode result;
  for (const auto& child : node.children) result.children.push_back(resolve(*child, request, local_time));
  uint32_t index = 0;
  switch (node.kind) {
    case NodeKind::kInteraction: index = resolve_interaction(*node.interaction, request, local_time); break;
    case NodeKind::kAnd: result.kind = PlanNodeKind::kAnd; break;
    case NodeKind::kOr: result.kind = PlanNodeKind::kOr; break;
    case NodeKind::kNot: result.kind = PlanNodeKind::kNot; break;
    case NodeKind::kExcept: result.kind = PlanNodeKind::kExcept; break;
    case NodeKind::kAll: result.kind = PlanNodeKind::kAll; break;
  }
  if (node.kind != NodeKind::kInteraction) index = add_node(std::move(result));
  if (!share_nodes_) plan_nodes_[&node] = index;
  return index;
}

uint32_t Resolver::resolve_interaction(const InteractionCondition& condition, const EvaluationRequest& request,
                                       ServerLocalTime& local_time) {
  const InteractionType& type = catalog_.find(condition.type);
  ConditionResolver resolver(*this, type, local_time);
  CounterPlan counter;
  counter.type_id = type.type_id;
  if (condition.restriction != nullptr) counter.restriction = resolver.resolve(*condition.restriction);
  check_may_read(request.role, type, resolver.columns_read());
  if (!type.captured && needs_data_) {
    throw Error(ErrorCode::kNotReady, "interaction type " + type.name + " has not been refreshed yet",
                "It was registered after the last refresh.", "Run CALL segments.refresh().", condition.type.position);
  }
  counter.window = resolve_window(condition.window ? &*condition.window : nullptr, as_of_, local_time);

  const Having having = condition.having.value_or(Having{});
  counter.largest_bound = having.maximum == INT64_MAX ? having.minimum : std::max(having.minimum, having.maximum);
  PlanNode node;
  node.kind = PlanNodeKind::kCount;
  node.minimum = having.minimum;
  node.maximum = having.maximum;
  node.counter = share_counter(plan_, std::move(counter));
  if (!share_nodes_) return add_node(std::move(node));
  const auto key = std::make_tuple(node.counter, node.minimum, node.maximum);
  const auto known = count_nodes_.find(key);
  if (known != count_nodes_.end()) return known->second;
  return count_nodes_[key] = add_node(std::move(node));
}

}  // namespace segments::pg

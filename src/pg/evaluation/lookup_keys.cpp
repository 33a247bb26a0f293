#include "pg/evaluation/lookup_keys.h"

#include <charconv>

#include "pg/evaluation/evaluation.h"
#include "pg/query/query.h"

namespace segments::pg {
namespace {

[[noreturn]] void throw_retyped(uint32_t position) {
  throw Error(ErrorCode::kNotReady, "the keys of a look-up have not been refreshed yet",
              "Their column was given another type after the last refresh.", "Run CALL segments.refresh().", position);
}

bool uses_ordinals(const RowTest& test) {
  return test.kind == RowTestKind::kOrdinals || std::ranges::any_of(test.children, uses_ordinals);
}

int64_t integer_of(const std::string& key, uint32_t position) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), value);
  if (error != std::errc() || end != key.data() + key.size()) throw_retyped(position);
  return value;
}

// The bytes of a uuid that is written as the server does.
std::string uuid_image(const std::string& key, uint32_t position) {
  constexpr size_t kDigits = 32;
  std::string digits = key;
  std::erase(digits, '-');
  if (digits.size() != kDigits) throw_retyped(position);
  std::string image;
  for (size_t i = 0; i < kDigits; i += 2) {
    uint8_t byte = 0;
    const auto [end, error] = std::from_chars(digits.data() + i, digits.data() + i + 2, byte, 16);
    if (error != std::errc() || end != digits.data() + i + 2) throw_retyped(position);
    image.push_back(static_cast<char>(byte));
  }
  return image;
}

// Ascending, neighbours joined.
std::vector<IntegerRange> ranges_of(const std::vector<std::string>& keys, uint32_t position) {
  std::vector<int64_t> values;
  values.reserve(keys.size());
  for (const std::string& key : keys) values.push_back(integer_of(key, position));
  std::ranges::sort(values);
  std::vector<IntegerRange> ranges;
  for (const int64_t value : values) {
    if (!ranges.empty() && ranges.back().last + 1 >= value) {
      ranges.back().last = value;
    } else {
      ranges.push_back({value, value});
    }
  }
  return ranges;
}

}  // namespace

EvaluationPlan plan_of_rows(int32_t type_id, RowTest&& test, const std::vector<ProfileSet>& ordinal_sets) {
  EvaluationPlan plan;
  plan.output = PlanOutput::kRecords;
  if (uses_ordinals(test)) plan.ordinal_sets = ordinal_sets;
  plan.counters.push_back(CounterPlan::of(type_id, TimeRange{}, std::move(test)));
  PlanNode node;
  node.kind = PlanNodeKind::kCount;
  plan.nodes.push_back(node);
  plan.roots.push_back(0);
  return plan;
}

std::vector<std::string> record_ids_of(const EvaluationPlan& plan, int64_t refresh_id) {
  std::vector<int64_t> ordinals;
  evaluate_tiles(plan, refresh_id, Visibility::kStatement, [&](uint32_t, TileResult&& result) {
    result.sets.at(0).for_each([&](Ordinal ordinal) {
      ordinals.push_back(static_cast<int64_t>(ordinal));
      return true;
    });
  });
  std::vector<std::string> ids;
  ids.reserve(ordinals.size());
  const Parameter parameters[] = {int8_array(ordinals)};
  run_streaming("SELECT record_id FROM segments.record WHERE ordinal = ANY ($1) ORDER BY record_id", parameters,
                {.read_only = true}, [&](const Datum* values, const bool*) { ids.push_back(text_of(values[0])); });
  return ids;
}

FieldPredicate predicate_for_keys(const FieldColumnName& field, const std::vector<std::string>& keys, uint32_t position) {
  FieldPredicate predicate;
  predicate.field = field.attnum;
  predicate.kind = field.kind;
  predicate.op = ValueOperator::kIn;
  if (field.kind == ValueKind::kInteger) {
    predicate.method = PredicateMethod::kIntegers;
    predicate.ranges = ranges_of(keys, position);
    return predicate;
  }
  predicate.method = PredicateMethod::kBytes;
  if (field.type != UUIDOID) {
    predicate.literals = keys;
    return predicate;
  }
  for (const std::string& key : keys) predicate.literals.push_back(uuid_image(key, position));
  return predicate;
}

}  // namespace segments::pg

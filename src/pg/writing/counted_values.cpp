#include "pg/writing/counted_values.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "core/column/element_list.h"
#include "core/text/lexer.h"
#include "pg/catalog/array_value.h"
#include "pg/catalog/captured_keys.h"
#include "pg/catalog/equal_values.h"
#include "pg/catalog/field_value.h"
#include "pg/catalog/source_column.h"
#include "pg/evaluation/resolve.h"

namespace segments::pg {
namespace {

bool is_written_plainly(Oid type) {
  return call([&] {
    char category = 0;
    bool preferred = false;
    get_type_category_preferred(type, &category, &preferred);
    return type == BOOLOID || (category == TYPCATEGORY_NUMERIC && type != CASHOID);
  });
}

// Values as a column of the elements' own type holds them.
Dictionary dictionary_of(const std::vector<std::string_view>& images, Oid element) {
  if (is_number_element(element)) {
    std::vector<int64_t> numbers;
    for (const std::string_view image : images) numbers.push_back(element_number(image));
    return Dictionary::of_integers(ValueKind::kInteger, std::move(numbers));
  }
  std::vector<uint32_t> ends;
  Bytes blob;
  for (const std::string_view image : images) {
    blob.insert(blob.end(), image.begin(), image.end());
    ends.push_back(static_cast<uint32_t>(blob.size()));
  }
  return Dictionary::of_bytes(std::move(ends), std::move(blob));
}

// How many rows have each of the elements of arrays.
ValueCounts counts_of_elements(const ValueCounts& lists, Oid element) {
  ValueCounts counts;
  auto is_less = [&](std::string_view a, std::string_view b) {
    return is_number_element(element) ? element_number(a) < element_number(b) : a < b;
  };
  std::map<std::string_view, uint64_t, decltype(is_less)> rows(is_less);
  counts.is_too_large = lists.is_too_large;
  for (uint32_t i = 0; i < lists.rows.size() && !counts.is_too_large; ++i) {
    ElementReader elements(lists.values.bytes(i));
    std::optional<std::string_view> previous;
    while (const std::optional<std::string_view> image = elements.next()) {
      if (image == previous) continue;
      previous = image;
      check_element(*image, element);
      rows[*image] += lists.rows[i];
    }
    counts.is_too_large = rows.size() > ValueCounts::kMostValues;
  }
  if (counts.is_too_large) return counts;
  std::vector<std::string_view> images;
  for (const auto& [image, count] : rows) {
    images.push_back(image);
    counts.rows.push_back(count);
  }
  counts.values = dictionary_of(images, element);
  return counts;
}

// The interactions of a type up to now, as a condition without clauses counts them.
uint32_t add_counter(EvaluationPlan& plan, const InteractionType& type, Oid caller, int64_t refresh_id) {
  Definition definition{std::make_unique<Node>()};
  definition.root->kind = NodeKind::kInteraction;
  definition.root->interaction = std::make_unique<InteractionCondition>();
  definition.root->interaction->types = {Name{type.name, true, 0}};
  Resolver resolver(plan, GetCurrentTransactionStartTimestamp(), refresh_id, true);
  resolver.add({&definition, in_quotes(type.name), caller, current_definition_settings()});
  return plan.nodes[plan.roots.back()].counter;
}

}  // namespace

void check_may_list(Oid caller, const InteractionType& type, const FieldColumnName& field) {
  std::set<int16_t> columns = key_columns(type);
  columns.insert(field.column_number);
  if (type.event) columns.insert(column_number(type.relation, type.type_column));
  check_may_read(caller, type, columns);
  const Oid relation = type.relation;
  if (!may_hide_rows(relation)) return;
  call([&] {
    ereport(ERROR,
            (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("values of table %s cannot be listed", get_rel_name(relation)),
             errdetail("Row-level security says who may see which of its rows.")));
  });
}

bool ValueCounter::add(const InteractionType& type, const FieldColumnName& field) {
  const CapturedColumns captured = captured_columns(type.type_id, refresh_id_);
  const auto column = captured.find(field.attnum);
  if (column == captured.end() || !is_stored_alike(column->second.type, field.type)) return false;
  if (!field.path.empty() && !CapturedKeys(type.relation, refresh_id_).has("json", field.column)) return false;
  CountedField counted;
  counted.counter = add_counter(plan_, type, caller_, refresh_id_);
  counted.field = field.attnum;
  counted.kind = field.kind;
  if (column->second.missing && column->second.missing->kind == field.kind) counted.missing = column->second.missing;
  plan_.counted_fields.push_back(std::move(counted));
  columns_.push_back({field.type, field.collation});
  return true;
}

void ValueCounter::count() {
  plan_.nodes.clear();
  plan_.roots.clear();
  if (!columns_.empty()) counts_ = evaluate(plan_, refresh_id_, Visibility::kStatement).value_counts;
  counts_.resize(columns_.size());  // without a tile there are none
  for (size_t i = 0; i < columns_.size(); ++i) {
    const Oid element = element_type_of(columns_[i].type);
    if (!OidIsValid(element)) continue;
    counts_[i] = counts_of_elements(counts_[i], element);
    columns_[i].type = element;
  }
}

bool ValueCounter::has_too_many(size_t field) const { return counts_[field].is_too_large; }

std::vector<CountedValue> ValueCounter::values(size_t field, const std::function<bool(const std::string&)>& is_wanted,
                                               size_t most) const {
  const ValueCounts& counts = counts_[field];
  const Column& column = columns_[field];
  const auto datum = [&](uint32_t value) { return datum_of(counts.values, value, column.type); };
  const auto value_count = static_cast<uint32_t>(counts.rows.size());
  const ValueGroups groups = group_equal_values(value_count, datum, column.type, column.collation);
  std::vector<int64_t> interactions(groups.shown.size());
  for (uint32_t i = 0; i < value_count; ++i) interactions[groups.group_of[i]] += static_cast<int64_t>(counts.rows[i]);
  std::vector<uint32_t> order(groups.shown.size());
  std::iota(order.begin(), order.end(), 0);
  // The most frequent first, and of equally frequent ones the first: only as many as are wanted are put in order.
  const auto comes_later = [&](uint32_t a, uint32_t b) {
    return interactions[a] != interactions[b] ? interactions[a] < interactions[b] : a > b;
  };
  std::ranges::make_heap(order, comes_later);
  const bool plainly = is_written_plainly(column.type);
  std::vector<CountedValue> values;
  while (values.size() < most && !order.empty()) {
    std::ranges::pop_heap(order, comes_later);
    const uint32_t group = order.back();
    order.pop_back();
    std::string value = value_text(counts.values, groups.shown[group], column.type);
    if (!is_wanted(value)) continue;
    std::string literal = plainly ? value : in_quotes(value, '\'');
    values.push_back({std::move(value), std::move(literal), interactions[group]});
  }
  return values;
}

}  // namespace segments::pg

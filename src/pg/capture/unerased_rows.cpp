#include "pg/capture/unerased_rows.h"

#include "pg/query/column_sql.h"
#include "pg/server/datum.h"
#include "pg/server/hash_seed.h"
#include "pg/server/scratch.h"

namespace segments::pg {

RowTable UnerasedRows::rows_of(const InteractionSource& relation, const RowBatch& batch, int16_t known_fields,
                               Interrupt& interrupt, const ReferenceMatch& is_erased) {
  constexpr uint32_t kNone = UINT32_MAX;
  StringTable kept(hash_seed());
  std::vector<uint32_t> numbers(batch.records().size(), kNone);
  for (uint32_t i = 0; i < numbers.size(); ++i) {
    const std::string_view key = batch.records().at(i);
    if (!is_erased(relation.rows_id, key)) numbers[i] = kept.insert(key);
  }
  const std::vector<Ordinal> resolved = records_.resolve(kept);
  std::vector<Ordinal> ordinals;
  for (const uint32_t number : numbers) ordinals.push_back(number == kNone ? RowBatch::kNoOrdinal : resolved[number]);
  RowTable rows = batch.to_rows(ordinals, known_fields, interrupt);
  fields_.take_out(rows, is_erased);
  return rows;
}

RowTable UnerasedRows::of(const InteractionSource& relation, const RowBatch& batch, int16_t known_fields, Interrupt& interrupt) {
  if (erased_.empty()) return batch.to_rows(records_.resolve(batch.records()), known_fields, interrupt);
  return rows_of(relation, batch, known_fields, interrupt,
                 [this](int32_t rows_id, std::string_view key) { return erased_.has(rows_id, key); });
}

RowTable UnerasedRows::of_gone(const InteractionSource& relation, const RowBatch& batch, int16_t known_fields,
                               Interrupt& interrupt) {
  if (erased_.empty()) return of(relation, batch, known_fields, interrupt);
  return rows_of(relation, batch, known_fields, interrupt, [this](int32_t rows_id, std::string_view key) {
    const bool erased = erased_.has(rows_id, key);
    if (erased) gone_.emplace(rows_id, key);
    return erased;
  });
}

void lift_references(const RefreshContext& context, const LockedSource& locked, const std::set<Reference>& gone) {
  std::set<Reference> lifted = gone;
  for (const InteractionSource& relation : locked.source.relations) {
    std::vector<std::string_view> types, ids;
    for (const auto& [rows_id, key] : gone) {
      const auto [type, id] = split_record_key(key);
      if (rows_id != relation.rows_id || !can_hold(relation.relation, relation.record_id_column, id)) continue;
      types.push_back(type);
      ids.push_back(id);
    }
    if (ids.empty()) continue;
    with_scratch([&] {
      const Parameter parameters[] = {text_array(types), text_array(ids)};
      const std::string rest = " ON " + record_is_key_sql(record_columns(relation));
      stream_on_leaves(locked.leaves,
                       "SELECT DISTINCT k.record_type, k.record_id FROM unnest($1, $2) AS k (record_type, record_id) JOIN ", rest,
                       parameters, {.snapshot = context.snapshot}, [&](const Datum* values, const bool*) {
                         std::vector<char> key;
                         append_record_key(key, text_view(values[0]), text_view(values[1]));
                         lifted.erase({relation.rows_id, std::string(key.begin(), key.end())});
                       });
    });
  }
  lift_erased_references(lifted);
}

}  // namespace segments::pg

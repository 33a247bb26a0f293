#include "pg/erasure/reference_erasure.h"

#include "core/fragment/seal.h"
#include "pg/catalog/equal_values.h"
#include "pg/erasure/damage.h"
#include "pg/server/datum.h"
#include "pg/server/scratch.h"
#include "pg/store/stored_fragment.h"

namespace segments::pg {
ReferenceErasure::ReferenceErasure(const std::vector<InteractionSource>& sources, const StringTable& records)
    : sources_(sources), records_(records) {
  for (uint32_t i = 0; i < records.size(); ++i) keys_.insert(records.at(i));
}

void ReferenceErasure::find_left(const ErasedRows& rows) {
  for (const InteractionSource& source : sources_) {
    for (const InteractionSource& relation : source.relations) {
      const RecordColumns columns = {relation.relation, relation.record_type_column, relation.record_type,
                                     relation.record_id_column};
      const std::optional<RowsOf> theirs = rows_of_records(columns, records_);
      if (!theirs) continue;
      rows.find(*theirs, ", k.record_type, k.record_id", [&](const Datum* values, const bool*) {
        std::vector<char> key;
        append_record_key(key, text_view(values[0]), text_view(values[1]));
        left_.emplace(relation.rows_id, std::string(key.begin(), key.end()));
      });
    }
  }
}

bool ReferenceErasure::is_relation(int32_t rows_id) const {
  return std::ranges::any_of(sources_, [&](const InteractionSource& source) {
    return std::ranges::find(source.relations, rows_id, &InteractionSource::rows_id) != source.relations.end();
  });
}

bool ReferenceErasure::is_own(int32_t rows_id, const LoggedRow& logged, Interrupt& interrupt) const {
  for (const InteractionSource& source : sources_) {
    if (std::ranges::find(source.relations, rows_id, &InteractionSource::rows_id) == source.relations.end()) continue;
    const std::vector<Ordinal> ordinals(logged.row.records().size(), 0);
    const RowTable rows = logged.row.to_rows(ordinals, logged.known_fields, interrupt);
    const std::vector<bool> own = ReferenceFields(source).rows_that_name(source, rows, is_erased());
    return std::ranges::find(own, true) != own.end();
  }
  return false;
}

std::vector<ReferenceErasure::Stored> ReferenceErasure::fragments_of(int32_t rows_id) {
  std::vector<Stored> fragments;
  with_scratch([&] {
    const Parameter parameters[] = {int4(rows_id)};
    run_streaming(
        "SELECT fragment_id, shard, known_fields, leaf, from_refresh, to_refresh FROM segments.fragment"
        " WHERE type_id = $1 AND field = 0",
        parameters, {}, [&](const Datum* values, const bool*) {
          fragments.push_back({DatumGetInt64(values[0]),
                               DatumGetInt16(values[1]),
                               DatumGetInt16(values[2]),
                               DatumGetObjectId(values[3]),
                               {DatumGetInt64(values[4]), DatumGetInt64(values[5])}});
        });
  });
  return fragments;
}

std::map<int16_t, StoredIds> ReferenceErasure::ids_of(const InteractionSource& source, const ReferenceFields& fields) const {
  std::map<int16_t, StoredIds> ids;
  source.for_each_relation([&](const InteractionSource& relation) {
    const int16_t field = fields.id_field(relation);
    if (field != 0) ids[field] = StoredIds(base_type_of(source.relation, relation.record_id_column), records_);
  });
  return ids;
}

// By the dictionaries of the columns that hold ids alone: most fragments have none of them.
bool ReferenceErasure::names_somebody(const std::map<int16_t, StoredIds>& ids, const Stored& fragment) {
  std::vector<int16_t> fields;
  for (const auto& [field, stored] : ids) fields.push_back(field);
  bool found = false;
  with_scratch([&] {
    const Parameter parameters[] = {int2(fragment.shard), int8(fragment.fragment_id), int2_array(fields)};
    run_streaming(
        "SELECT field, data, type_id, row_count, known_fields, min_time, max_time FROM segments.fragment"
        " WHERE shard = $1 AND fragment_id = $2 AND field = ANY ($3)",
        parameters, {}, [&](const Datum* values, const bool*) {
          if (found) return;
          const int16_t field = DatumGetInt16(values[0]);
          const FragmentIdentity identity{fragment.fragment_id,           DatumGetInt32(values[2]),
                                          DatumGetUInt32(values[3]),      DatumGetInt16(values[4]),
                                          DatumGetTimestampTz(values[5]), DatumGetTimestampTz(values[6])};
          const Bytes bytes = bytes_of(values[1]);
          BytesSource stored(bytes, seal_of_column(identity, field));
          found = ids.at(field).may_be_in(FieldColumn(stored).dictionary());
        });
  });
  return found;
}

bool ReferenceErasure::rewrite(ChangeContext& context, FragmentWriter& writer, const InteractionSource& source,
                               const InteractionSource& seen_by, const ReferenceFields& fields,
                               const std::map<int16_t, StoredIds>& ids, const Stored& fragment) {
  context.interrupt->poll();
  RowTable rows;
  try {
    if (!names_somebody(ids, fragment)) return false;
    rows = read_stored_fragment(fragment.shard, fragment.fragment_id, fragment.known_fields);
  } catch (const Error& error) {
    throw_damaged_fragment(fragment.fragment_id, seen_by.rows_id, error);
  }
  // Their own rows have gone from fragments of the default relation, by ordinal.
  std::vector<bool> keep(rows.row_count(), true);
  bool has_own = false;
  if (is_relation(seen_by.rows_id)) {
    const std::vector<bool> own = fields.rows_that_name(source, rows, is_erased());
    for (uint32_t i = 0; i < rows.row_count(); ++i) keep[i] = !own[i];
    has_own = std::ranges::find(own, true) != own.end();
  }
  const bool has_references = fields.take_out(rows, [&](int32_t rows_id, std::string_view key) {
    const bool erased = keys_.contains(key);
    if (erased) left_.emplace(rows_id, key);
    return erased;
  });
  if (!has_own && !has_references) return false;
  with_scratch([&] {
    run("DELETE FROM segments.fragment WHERE shard = $1 AND fragment_id = $2",
        {int2(fragment.shard), int8(fragment.fragment_id)});
  });
  const RowTable kept = filter_rows(rows, keep);
  if (kept.row_count() != 0) {
    encode_fragments(kept, *context.interrupt, [&](EncodedFragment&& encoded) {
      writer.write(seen_by.rows_id, fragment.leaf, std::move(encoded), fragment.version);
    });
  }
  writer.flush();
  return true;
}

int64_t ReferenceErasure::erase_from_fragments(ChangeContext& context) {
  FragmentWriter writer(context);
  std::set<int32_t> done;
  int64_t rewritten = 0;
  for (const InteractionSource& source : sources_) {
    if (source.relations.empty() || records_.size() == 0 || !done.insert(source.type_id).second) continue;
    const ReferenceFields fields(source);
    const std::map<int16_t, StoredIds> ids = ids_of(source, fields);
    source.for_each_relation([&](const InteractionSource& seen_by) {
      for (const Stored& fragment : fragments_of(seen_by.rows_id)) {
        if (rewrite(context, writer, source, seen_by, fields, ids, fragment)) ++rewritten;
      }
    });
  }
  return rewritten;
}

}  // namespace segments::pg

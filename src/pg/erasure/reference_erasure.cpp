#include "pg/erasure/reference_erasure.h"

#include "core/fragment/seal.h"
#include "pg/catalog/equal_values.h"
#include "pg/erasure/damage.h"
#include "pg/server/datum.h"
#include "pg/server/hash_seed.h"
#include "pg/server/scratch.h"
#include "pg/store/fragment_identity.h"
#include "pg/store/stored_fragment.h"

namespace segments::pg {
namespace {

RowTable row_of(const LoggedRow& logged, Interrupt& interrupt) {
  const std::vector<Ordinal> ordinals(logged.row.records().size(), 0);
  return logged.row.to_rows(ordinals, logged.known_fields, interrupt);
}

void set_value(RowBatch& batch, uint32_t index, const Dictionary& dictionary, uint32_t entry) {
  if (dictionary.kind() == ValueKind::kBytes) {
    batch.set_bytes(index, dictionary.bytes(entry));
  } else if (dictionary.kind() == ValueKind::kFloat) {
    batch.set_float(index, ordered_to_float(dictionary.integer(entry)));
  } else {
    batch.set_integer(index, dictionary.integer(entry));
  }
}

// The row as it is now, of the record that it had, and with what was counted of it.
RowBatch batch_of(const RowTable& row, const RowBatch& before) {
  RowBatch batch(before.schema(), hash_seed());
  const auto [record_type, record_id] = split_record_key(before.records().at(0));
  batch.add_row(record_type, record_id, row.times.front());
  for (uint32_t index = 0; index < before.schema().size(); ++index) {
    for (uint64_t i = 0; i < before.misfits(index); ++i) batch.count_misfit(index);
    const auto field = std::ranges::find(row.fields, before.schema()[index].field, &DecodedField::field);
    if (field != row.fields.end() && field->codes.front() != 0) {
      set_value(batch, index, field->dictionary, field->codes.front() - 1);
    }
  }
  return batch;
}

}  // namespace

ReferenceErasure::ReferenceErasure(const std::vector<InteractionSource>& sources, const StringTable& records)
    : sources_(sources), records_(records) {
  for (uint32_t i = 0; i < records.size(); ++i) keys_.insert(records.at(i));
}

void ReferenceErasure::find_left(const ErasedRows& rows) {
  for (const InteractionSource& source : sources_) {
    for (const InteractionSource& relation : source.relations) {
      const std::optional<RowsOf> theirs = rows_of_records(record_columns(relation), records_);
      if (!theirs) continue;
      rows.find(*theirs, ", k.record_type, k.record_id", [&](const Datum* values, const bool*) {
        std::vector<char> key;
        append_record_key(key, text_view(values[0]), text_view(values[1]));
        left_.emplace(relation.rows_id, std::string(key.begin(), key.end()));
      });
    }
  }
}

const InteractionSource* ReferenceErasure::source_of(int32_t rows_id) const {
  for (const InteractionSource& source : sources_) {
    bool has_it = false;
    source.for_each_relation([&](const InteractionSource& seen_by) { has_it = has_it || seen_by.rows_id == rows_id; });
    if (has_it) return source.relations.empty() ? nullptr : &source;
  }
  return nullptr;
}

bool ReferenceErasure::is_relation(int32_t rows_id) const {
  const InteractionSource* source = source_of(rows_id);
  return source != nullptr && source->rows_id != rows_id;
}

bool ReferenceErasure::is_own(int32_t rows_id, const LoggedRow& logged, Interrupt& interrupt) const {
  if (!is_relation(rows_id)) return false;
  const InteractionSource& source = *source_of(rows_id);
  const std::vector<bool> own = ReferenceFields(source).rows_that_name(source, row_of(logged, interrupt), is_erased());
  return std::ranges::find(own, true) != own.end();
}

std::optional<Bytes> ReferenceErasure::without_references(int32_t rows_id, const LoggedRow& logged, Interrupt& interrupt) const {
  const InteractionSource* source = source_of(rows_id);
  if (source == nullptr) return std::nullopt;
  RowTable row = row_of(logged, interrupt);
  if (row.row_count() != 1 || !ReferenceFields(*source).take_out(row, is_erased())) return std::nullopt;
  const Bytes batch = batch_of(row, logged.row).encode();
  Bytes bytes(logged.header.begin(), logged.header.end());
  bytes.insert(bytes.end(), batch.begin(), batch.end());
  return bytes;
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
    if (field != 0)
      ids[field] = StoredIds(base_type_of(source.relation, relation.record_id_column), records_, relation.normalization);
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
    run_streaming("SELECT " SEGMENTS_FRAGMENT_IDENTITY
                  ", field, data FROM segments.fragment"
                  " WHERE shard = $1 AND fragment_id = $2 AND field = ANY ($3)",
                  parameters, {}, [&](const Datum* values, const bool*) {
                    if (found) return;
                    const int16_t field = DatumGetInt16(values[6]);
                    const Bytes bytes = bytes_of(values[7]);
                    BytesSource stored(bytes, seal_of_column(fragment_identity(values), field));
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
  const bool has_references = fields.take_out(rows, is_erased());
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

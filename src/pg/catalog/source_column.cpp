#include "pg/catalog/source_column.h"

#include "core/column/byte_reader.h"
#include "core/column/byte_writer.h"
#include "pg/catalog/field_value.h"
#include "pg/query/query.h"
#include "pg/query/saved_statement.h"
#include "pg/run/change_context.h"
#include "pg/server/scratch.h"

namespace segments::pg {
namespace {

bool same(const std::optional<MissingValue>& a, const std::optional<MissingValue>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->kind == b->kind && a->integer == b->integer && a->bytes == b->bytes;
}

Bytes encode(const MissingValue& value) {
  ByteWriter writer;
  writer.put(static_cast<uint8_t>(value.kind));
  if (value.kind == ValueKind::kBytes) {
    writer.put_array(std::span(value.bytes));
  } else {
    writer.put(static_cast<uint64_t>(value.integer));
  }
  return writer.take();
}

MissingValue decode(BytesView bytes) {
  ByteReader reader(bytes);
  const auto kind = reader.get<uint8_t>();
  if (kind < static_cast<uint8_t>(ValueKind::kInteger) || kind > static_cast<uint8_t>(ValueKind::kBytes))
    throw_corrupted("A missing value is of an unknown kind.");
  MissingValue value{static_cast<ValueKind>(kind), 0, {}};
  if (value.kind == ValueKind::kBytes) {
    const BytesView rest = reader.take(reader.remaining());
    value.bytes.assign(rest.begin(), rest.end());
  } else {
    value.integer = static_cast<int64_t>(reader.get<uint64_t>());
  }
  return value;
}

bool is_among(const std::vector<SourceField>& fields, int16_t field) {
  return std::ranges::find(fields, field, &SourceField::attnum) != fields.end();
}

// Members whose column is not there, or of another type: nothing is read of them until it is back.
void forget_members(const InteractionSource& source, std::span<const int16_t> fields) {
  run("UPDATE segments.source_column SET type = 0, seen_by = " SEGMENTS_FOREVER " WHERE type_id = $1 AND field = ANY ($2)",
      {int4(source.type_id), int2_array(fields)});
}

// Those that no refresh has seen, or with another type.
std::vector<SourceField> new_fields(const InteractionSource& source) {
  const std::vector<SourceField> all = source.all_fields();
  static SavedStatement statement("SELECT field, type FROM segments.source_column WHERE type_id = $1", {INT4OID});
  Rows rows = statement.run({int4(source.type_id)}, false);
  std::map<int16_t, Oid> known;
  std::vector<int16_t> lost;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    const int16_t field = rows.int2(i, 0);
    known.emplace(field, rows.oid(i, 1));
    if (field >= kFirstJsonField && rows.oid(i, 1) != InvalidOid && !is_among(all, field)) lost.push_back(field);
  }
  rows.release();
  if (!lost.empty()) with_scratch([&] { forget_members(source, lost); });
  std::vector<SourceField> fields;
  for (const SourceField& field : all) {
    const auto found = known.find(field.attnum);
    if (found == known.end() || found->second != field.type) fields.push_back(field);
  }
  return fields;
}

// What the leaf answers now.
MissingValues missing_values(std::span<const SourceField> fields, Oid leaf) {
  std::map<int16_t, MissingValue> values;
  Relation relation = call([&] { return try_relation_open(leaf, AccessShareLock); });
  if (relation != nullptr) {
    for (const SourceField& field : fields) {
      if (!field.path.empty()) continue;  // every row was read since it was declared
      const char* name = field.column.c_str();
      const AttrNumber attnum = call([&] { return get_attnum(leaf, name); });
      if (attnum <= 0 || !TupleDescAttr(RelationGetDescr(relation), attnum - 1)->atthasmissing) continue;
      bool is_null = true;
      const Datum value = call([&] { return getmissingattr(RelationGetDescr(relation), attnum, &is_null); });
      if (!is_null) values.emplace(field.attnum, missing_value_of(field.type, value));
    }
    call([&] { relation_close(relation, NoLock); });
  }
  return [values = std::move(values)](int16_t field) -> std::optional<MissingValue> {
    const auto found = values.find(field);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

}  // namespace

bool is_stored_alike(Oid type, Oid other) {
  const auto is_plain_text = [](Oid t) { return t == TEXTOID || t == VARCHAROID; };
  const auto is_text_array = [](Oid t) { return t == TEXTARRAYOID || t == VARCHARARRAYOID; };
  return type == other || (is_plain_text(type) && is_plain_text(other)) || (is_text_array(type) && is_text_array(other));
}

MissingValues missing_values(const InteractionSource& source, Oid leaf) { return missing_values(source.fields, leaf); }

std::set<Oid> note_new_columns(int64_t refresh_id, const InteractionSource& source, std::span<const Oid> leaves) {
  const std::vector<SourceField> fields = new_fields(source);
  std::set<Oid> differing;
  if (fields.empty()) return differing;
  std::vector<std::optional<MissingValue>> missing(fields.size());
  for (const Oid leaf : leaves) {
    const MissingValues of_leaf = missing_values(fields, leaf);
    for (size_t i = 0; i < fields.size(); ++i) {
      std::optional<MissingValue> value = of_leaf(fields[i].attnum);
      if (leaf == leaves.front()) {
        missing[i] = std::move(value);
      } else if (!same(missing[i], value)) {
        differing.insert(leaf);
      }
    }
  }
  with_scratch([&] {
    for (size_t i = 0; i < fields.size(); ++i) {
      run("INSERT INTO segments.source_column (type_id, field, type, seen_by, missing, name) VALUES ($1, $2, $3, $4, $5, $6)"
          " ON CONFLICT (type_id, field) DO UPDATE SET type = excluded.type, seen_by = excluded.seen_by,"
          " missing = excluded.missing",
          {int4(source.type_id), int2(fields[i].attnum), oid(fields[i].type), int8(refresh_id),
           missing[i] ? bytea(encode(*missing[i])) : null_of(BYTEAOID), text(fields[i].name())});
    }
  });
  return differing;
}

CapturedColumns captured_columns(int32_t type_id, int64_t refresh_id) {
  static SavedStatement statement("SELECT field, type, missing FROM segments.source_column WHERE type_id = $1 AND seen_by <= $2",
                                  {INT4OID, INT8OID});
  Rows rows = statement.run({int4(type_id), int8(refresh_id)});
  CapturedColumns columns;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    CapturedColumn& column = columns[rows.int2(i, 0)];
    column.type = rows.oid(i, 1);
    if (!rows.is_null(i, 2)) column.missing = decode(rows.bytes(i, 2));
  }
  rows.release();
  return columns;
}

}  // namespace segments::pg

#include "pg/capture/change_log.h"

#include "pg/capture/batch_rows.h"
#include "pg/capture/json_members.h"
#include "pg/catalog/field_value.h"
#include "pg/server/hash_seed.h"
#include "pg/query/query.h"
#include "pg/query/row_test.h"

namespace segments::pg {
namespace {

struct LogHeader {
  int16_t known_fields;
  uint16_t field_count;
  KeyColumns keys;
};
struct LogField {
  int16_t attnum;
  uint16_t kind;
};
static_assert(sizeof(LogHeader) == 12 && sizeof(LogField) == 4);

// A column of a leaf whose text identifies a record.  attnum 0: the constant.
struct KeyColumn {
  int16_t attnum = 0;
  Oid type = InvalidOid;
  Oid output_function = InvalidOid;
  std::string constant;
  KeyNormalization normalization;
};

// A column that is a field, or that some are members of.
struct LeafColumn {
  int16_t attnum;
  Oid type;
  uint32_t field;
  JsonMembers members;
};

// A command of the session.
struct Command {
  TimestampTz statement = 0;
  CommandId command = 0;
  bool operator==(const Command&) const = default;
};

Command current_command() {
  return call([] { return Command{GetCurrentStatementStartTimestamp(), GetCurrentCommandId(false)}; });
}

// How rows of a leaf are logged by one of its relations; of the unification, its rows_id is 0.
struct LoggedRelation {
  int32_t rows_id = 0;
  bool is_default = true;
  int16_t known_fields = 0;
  int16_t time = 0;
  TimeReader time_reader;
  KeyColumn record_type;
  KeyColumn record_id;
  std::vector<LeafColumn> columns;
  std::vector<FieldSchema> schema;
  Bytes header;
  Bytes uncertain_header;
};

// What the trigger has to know of a leaf, kept until the server says that its description may have changed.
struct LoggedLeaf {
  bool valid = false;
  bool registered = false;
  Command described_in;
  bool is_unification = false;
  int16_t stamp = 0;
  bool has_stamp = false;  // false: the column has another type now, and tells nothing
  RowTest counts;
  std::vector<LoggedRelation> relations;
  Oid log = InvalidOid;
  Oid log_sequence = InvalidOid;
};

using LeafCache = std::unordered_map<Oid, LoggedLeaf>;

LeafCache& leaf_cache() {
  static auto* cache = new LeafCache;
  return *cache;
}

// Called by the server amid anything it does: marks, frees nothing.
void forget_relation(Datum, Oid relation) {
  LeafCache& cache = leaf_cache();
  if (!OidIsValid(relation)) {
    for (auto& [leaf, description] : cache) description.valid = false;
    return;
  }
  if (const auto found = cache.find(relation); found != cache.end()) found->second.valid = false;
}

void watch_relations() {
  static bool watching = false;
  if (watching) return;
  call([] { CacheRegisterRelcacheCallback(forget_relation, Datum(0)); });
  watching = true;
}

constexpr const char* kKeyHint = "If it was renamed, say so with segments.alter_interaction() or alter_unification().";
constexpr const char* kRelationHint =
    "If it was renamed, say so with segments.alter_interaction(); if it was dropped, segments.drop_relation() takes away the "
    "relation that it led by.";

int16_t attnum_in(Oid leaf, const std::string& column, const char* hint = kKeyHint) {
  const char* name = column.c_str();
  const AttrNumber attnum = call([&] { return get_attnum(leaf, name); });
  if (attnum <= 0) {
    throw Error(ErrorCode::kUndefined, "column \"" + column + "\" of a registered table does not exist",
                "The table is registered with segments, and this column is part of its registration.",
                column == kStampColumn
                    ? "If it was renamed, rename it back; else put it back, which loses nothing, with "
                      "segments.reattach_source(interaction_type), without an argument if the table is the unification's."
                    : hint);
  }
  return attnum;
}

Oid base_type_in(Oid leaf, int16_t attnum) {
  return call([&] { return getBaseType(get_atttype(leaf, attnum)); });
}

KeyColumn key_column(Oid leaf, const std::string& column, const std::string& constant, const char* hint = kKeyHint) {
  KeyColumn key;
  if (column.empty()) {
    key.constant = constant;
    return key;
  }
  key.attnum = attnum_in(leaf, column, hint);
  key.type = base_type_in(leaf, key.attnum);
  call([&] {
    bool is_varlena;
    getTypeOutputInfo(key.type, &key.output_function, &is_varlena);
  });
  return key;
}

Bytes encode_header(const LoggedRelation& logged, const KeyColumns& keys) {
  Bytes header(sizeof(LogHeader) + logged.schema.size() * sizeof(LogField));
  const LogHeader start{logged.known_fields, static_cast<uint16_t>(logged.schema.size()), keys};
  std::memcpy(header.data(), &start, sizeof start);
  for (size_t i = 0; i < logged.schema.size(); ++i) {
    const LogField field{logged.schema[i].field, static_cast<uint16_t>(logged.schema[i].kind)};
    std::memcpy(header.data() + sizeof start + i * sizeof field, &field, sizeof field);
  }
  return header;
}

LoggedRelation describe_relation(Oid leaf, const InteractionSource& source) {
  LoggedRelation logged;
  logged.rows_id = source.rows_id;
  logged.is_default = source.rows_id == source.type_id;
  logged.known_fields = source.known_fields;
  logged.time = source.time.empty() ? int16_t{0} : attnum_in(leaf, source.time.column);
  if (logged.time != 0) logged.time_reader = TimeReader(source.time, base_type_in(leaf, logged.time));
  const char* hint = logged.is_default ? kKeyHint : kRelationHint;
  logged.record_type = key_column(leaf, source.record_type_column, source.record_type, hint);
  logged.record_id = key_column(leaf, source.record_id_column, {}, hint);
  logged.record_id.normalization = source.normalization;
  logged.schema = field_schema(source.fields);
  for (uint32_t i = 0; i < source.fields.size(); ++i) {
    const SourceField& field = source.fields[i];
    const int16_t attnum = attnum_in(leaf, field.column);
    if (field.path.empty()) {
      logged.columns.push_back({attnum, field.type, i, {}});
      continue;
    }
    auto document = std::ranges::find(logged.columns, attnum, &LeafColumn::attnum);
    if (document == logged.columns.end()) document = logged.columns.insert(document, {attnum, JSONBOID, 0, {}});
    document->members.add(i, field.type, field.path);
  }
  logged.header =
      encode_header(logged, {logged.time, logged.record_type.attnum, logged.record_id.attnum, source.normalization.number()});
  logged.uncertain_header = encode_header(logged, kUncertain);
  return logged;
}

// The leaf itself and the partitioned tables above it.
std::vector<int32_t> candidates_of(Oid leaf) {
  Rows rows =
      run("SELECT relid::oid::int4 FROM pg_partition_ancestors($1) UNION SELECT $1::oid::int4", {oid(leaf)}, {.read_only = true});
  std::vector<int32_t> result;
  for (uint64_t i = 0; i < rows.size(); ++i) result.push_back(rows.int4(i, 0));
  return result;
}

// REQUIRES: the active snapshot is the latest.
LoggedLeaf describe(Oid relation) {
  LoggedLeaf leaf;
  const std::vector<int32_t> candidates = candidates_of(relation);
  Rows type = run("SELECT type_id FROM segments.interaction_type WHERE source::oid::int4 = ANY ($1)", {int4_array(candidates)},
                  {.read_only = true});
  Rows mapping =
      run("SELECT 1 FROM segments.unification WHERE source::oid::int4 = ANY ($1)", {int4_array(candidates)}, {.read_only = true});
  leaf.registered = !type.empty() || !mapping.empty();
  leaf.described_in = current_command();
  if (!leaf.registered) return leaf;
  leaf.stamp = attnum_in(relation, kStampColumn);
  leaf.has_stamp = base_type_in(relation, leaf.stamp) == XID8OID;
  if (!type.empty()) {
    const InteractionSource source = interaction_source(type.int4(0, 0));
    leaf.counts = RowTest(source.relation, relation, source.rows_where);
    source.for_each_relation([&](const InteractionSource& seen) { leaf.relations.push_back(describe_relation(relation, seen)); });
  } else {
    const UnificationSource source = *unification_source();
    leaf.is_unification = true;
    LoggedRelation& logged = leaf.relations.emplace_back();
    logged.record_type = key_column(relation, source.record_type_column, source.record_type);
    logged.record_id = key_column(relation, source.record_id_column, {});
    logged.record_id.normalization = source.normalization;
  }
  Rows log =
      run("SELECT 'segments.change_log'::regclass::oid,"
          " pg_get_serial_sequence('segments.change_log', 'change_id')::regclass::oid",
          {}, {.read_only = true});
  leaf.log = log.oid(0, 0);
  leaf.log_sequence = log.oid(0, 1);
  return leaf;
}

// As the catalogs are now, whatever the snapshot of the transaction shows: its rows enter the table as that is.
LoggedLeaf describe_now(Oid relation) {
  const OwnerScope owner = OwnerScope::enter();
  call([] { PushActiveSnapshot(GetLatestSnapshot()); });
  LoggedLeaf description = with_spi([&] { return describe(relation); });
  call([] { PopActiveSnapshot(); });
  owner.leave();
  return description;
}

// That a table is not registered holds for one command: what says so may come from before its registration.
bool still_holds(const LoggedLeaf& leaf) { return leaf.valid && (leaf.registered || leaf.described_in == current_command()); }

LoggedLeaf& logged_leaf(Oid relation) {
  watch_relations();
  if (const auto found = leaf_cache().find(relation); found != leaf_cache().end() && still_holds(found->second)) {
    return found->second;
  }
  // Valid from before the catalogs are read: an invalidation that arrives meanwhile is not lost.
  leaf_cache()[relation].valid = true;
  leaf_cache()[relation].counts.release();
  LoggedLeaf description;
  try {
    description = describe_now(relation);
  } catch (...) {
    leaf_cache().erase(relation);
    throw;
  }
  LoggedLeaf& kept = leaf_cache()[relation];
  description.valid = kept.valid;
  kept = std::move(description);
  return kept;
}

// The column's text, as a cast to text gives it, normalized; nothing if it is null.
std::optional<std::string> key_text(const KeyColumn& key, TupleTableSlot* row) {
  if (key.attnum == 0) return key.constant;
  bool is_null = false;
  const Datum value = call([&] { return slot_getattr(row, key.attnum, &is_null); });
  if (is_null) return std::nullopt;
  if (key.type != TEXTOID && key.type != VARCHAROID && key.type != BPCHAROID) {
    return normalized(call([&] { return OidOutputFunctionCall(key.output_function, value); }), key.normalization);
  }
  std::string text = text_of(value);
  if (key.type == BPCHAROID) text.erase(text.find_last_not_of(' ') + 1);
  return normalized(std::move(text), key.normalization);
}

// Nothing: it has none.  Rows of a profile source are of all time.
std::optional<Timestamp> time_of(const LoggedRelation& logged, TupleTableSlot* row) {
  if (logged.time == 0) return kMinusInfinity;
  bool is_null = false;
  const Datum value = call([&] { return slot_getattr(row, logged.time, &is_null); });
  return is_null ? std::nullopt : logged.time_reader.read(value);
}

// Nothing: the row leads to no record, which counts for the default relation alone.
std::optional<Bytes> encode_interaction(LoggedRelation& logged, TupleTableSlot* row, bool is_certain) {
  RowBatch batch(logged.schema, hash_seed());
  const std::optional<Timestamp> time = time_of(logged, row);
  const std::optional<std::string> record_type = key_text(logged.record_type, row);
  const std::optional<std::string> record_id = key_text(logged.record_id, row);
  if (!time || !record_type || !record_id) {
    batch.add_unplaced_row();
  } else if (batch.add_row(*record_type, *record_id, *time)) {
    bool is_null = false;
    for (LeafColumn& column : logged.columns) {
      const Datum value = call([&] { return slot_getattr(row, column.attnum, &is_null); });
      if (is_null) continue;
      if (column.type == JSONBOID) {
        column.members.read(value, batch);
      } else {
        set_field(batch, column.field, column.type, value);
      }
    }
  }
  if (!logged.is_default && batch.row_count() == 0) return std::nullopt;
  Bytes bytes = is_certain ? logged.header : logged.uncertain_header;
  const Bytes encoded = batch.encode();
  bytes.insert(bytes.end(), encoded.begin(), encoded.end());
  return bytes;
}

std::optional<Bytes> encode_mapping(const LoggedRelation& logged, TupleTableSlot* row) {
  const std::optional<std::string> record_type = key_text(logged.record_type, row);
  const std::optional<std::string> record_id = key_text(logged.record_id, row);
  if (!record_type || !record_id) return std::nullopt;
  std::vector<char> key;
  append_record_key(key, *record_type, *record_id);
  return Bytes(key.begin(), key.end());
}

// Straight into the table: the writer of a source need not be allowed to write the log, and SQL would cost more than the rest.
void insert_log_row(const LoggedLeaf& leaf, int32_t rows_id, Oid relation, TupleTableSlot* row, ItemPointer place,
                    const Bytes& old_row) {
  const uint8_t* data = old_row.data();
  const size_t size = old_row.size();
  call([&] {
    if (size > MaxAllocSize - VARHDRSZ) {
      ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("a row of a registered table is too large to be logged")));
    }
    constexpr int kColumns = 7;
    Datum values[kColumns];
    bool nulls[kColumns] = {};
    values[0] = Int64GetDatum(nextval_internal(leaf.log_sequence, false));
    values[1] = ObjectIdGetDatum(relation);
    values[2] = leaf.has_stamp ? slot_getattr(row, leaf.stamp, &nulls[2]) : Datum(0);
    nulls[2] = nulls[2] || !leaf.has_stamp;
    values[3] = FullTransactionIdGetDatum(GetTopFullTransactionId());
    values[4] = Int64GetDatum(ItemPointerGetBlockNumber(place));
    auto* image = static_cast<struct varlena*>(palloc(size + VARHDRSZ));
    SET_VARSIZE(image, size + VARHDRSZ);
    std::memcpy(VARDATA(image), data, size);
    values[5] = PointerGetDatum(image);
    values[6] = Int32GetDatum(rows_id);
    Relation log = table_open(leaf.log, RowExclusiveLock);
    HeapTuple tuple = heap_form_tuple(RelationGetDescr(log), values, nulls);
    CatalogTupleInsert(log, tuple);
    heap_freetuple(tuple);
    pfree(image);
    table_close(log, NoLock);
  });
}

TriggerData* row_trigger(FunctionCallInfo fcinfo, const char* name) {
  // Not CALLED_AS_TRIGGER: its Node would be the language's.
  if (fcinfo->context == nullptr || fcinfo->context->type != T_TriggerData) {
    throw Error(ErrorCode::kInvalidValue, std::string(name) + " is a trigger function");
  }
  auto* trigger = reinterpret_cast<TriggerData*>(fcinfo->context);
  if (!TRIGGER_FIRED_FOR_ROW(trigger->tg_event)) {
    throw Error(ErrorCode::kInvalidValue, std::string(name) + " is a trigger FOR EACH ROW");
  }
  return trigger;
}

}  // namespace

KeyColumns key_columns(Oid leaf, const InteractionSource& source) {
  const auto attnum = [&](const std::string& column) { return column.empty() ? int16_t{0} : attnum_in(leaf, column); };
  return {attnum(source.time.column), attnum(source.record_type_column), attnum(source.record_id_column),
          source.normalization.number()};
}

LoggedRow decode_logged_row(BytesView bytes) {
  LogHeader start{};
  if (bytes.size() >= sizeof start) std::memcpy(&start, bytes.data(), sizeof start);
  const size_t header_bytes = sizeof start + start.field_count * sizeof(LogField);
  if (bytes.size() < header_bytes) throw Error(ErrorCode::kDataCorrupted, "a row of the change log is cut off");
  return {std::string_view(reinterpret_cast<const char*>(bytes.data()), header_bytes), start.known_fields, start.keys,
          RowBatch::decode(bytes.subspan(header_bytes), hash_seed())};
}

// What does not decode as an interaction is the key of a mapping.
bool logged_row_names(BytesView bytes, const std::function<bool(std::string_view key)>& matches) {
  if (matches({reinterpret_cast<const char*>(bytes.data()), bytes.size()})) return true;
  try {
    const LoggedRow logged = decode_logged_row(bytes);
    for (uint32_t i = 0; i < logged.row.records().size(); ++i) {
      if (matches(logged.row.records().at(i))) return true;
    }
  } catch (const Error&) {
    return false;
  }
  return false;
}

}  // namespace segments::pg

SEGMENTS_FUNCTION(segments_keep_stamp) {
  TriggerData* trigger = segments::pg::row_trigger(fcinfo, "keep_stamp");
  const bool update = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);
  return PointerGetDatum(update ? trigger->tg_newtuple : trigger->tg_trigtuple);
}

SEGMENTS_FUNCTION(segments_log_change) {
  using namespace segments::pg;
  TriggerData* trigger = row_trigger(fcinfo, "log_change");
  if (!TRIGGER_FIRED_AFTER(trigger->tg_event) || TRIGGER_FIRED_BY_INSERT(trigger->tg_event)) {
    throw segments::Error(segments::ErrorCode::kInvalidValue, "log_change is a trigger AFTER UPDATE OR DELETE");
  }
  const Oid relation = RelationGetRelid(trigger->tg_relation);
  LoggedLeaf& leaf = logged_leaf(relation);
  if (leaf.registered) {
    TupleTableSlot* row = trigger->tg_trigslot;
    const std::optional<bool> counted = leaf.counts.is_met_by(row);
    if (counted.value_or(true)) {
      for (LoggedRelation& logged : leaf.relations) {
        const std::optional<segments::Bytes> old_row =
            leaf.is_unification ? encode_mapping(logged, row) : encode_interaction(logged, row, counted.has_value());
        if (old_row) insert_log_row(leaf, logged.rows_id, relation, row, &trigger->tg_trigtuple->t_self, *old_row);
      }
    }
  }
  return PointerGetDatum(nullptr);
}

#include "pg/capture/batch_rows.h"

#include "core/ingest/batch_schema.h"
#include "pg/capture/json_members.h"
#include "pg/catalog/field_value.h"
#include "pg/server/datum.h"
#include "pg/server/hash_seed.h"

namespace segments::pg {
namespace {

// A value of a row behind its keys: that of a field, or a document with the members that are fields.
struct RowColumn {
  Oid type;
  uint32_t field;
  JsonMembers members;
};

struct Schema {
  std::vector<FieldSchema> fields;
  std::vector<RowColumn> columns;
};

[[noreturn]] void refuse_row() {
  throw Error(ErrorCode::kInvalidValue, "the row of batch_rows does not fit its schema",
              "A row consists of record type, record id, time, the columns of the schema, and its documents.");
}

[[noreturn]] void refuse_schema() { throw Error(ErrorCode::kInvalidValue, "invalid schema of batch_rows"); }

// A type as fields have it (a domain's base, nothing else), and of that kind.
bool is_field_type(Oid type, ValueKind kind) {
  if (!call([&] { return SearchSysCacheExists1(TYPEOID, ObjectIdGetDatum(type)) && getBaseType(type) == type; })) return false;
  return value_kind_of(type) == kind;
}

Schema schema_of(BytesView bytes) {
  Schema schema;
  const std::vector<BatchSchemaField> fields = decode_batch_schema(bytes);
  std::vector<JsonMembers> documents(document_count(fields));
  for (uint32_t i = 0; i < fields.size(); ++i) {
    const BatchSchemaField& field = fields[i];
    if (!is_field_type(field.type, field.kind)) refuse_schema();
    schema.fields.push_back({field.field, field.kind});
    if (field.path.empty()) {
      schema.columns.push_back({field.type, i, {}});
    } else {
      if (!is_member_type(field.type)) refuse_schema();
      documents[field.document].add(i, field.type, field.path);
    }
  }
  for (JsonMembers& members : documents) schema.columns.push_back({JSONBOID, 0, std::move(members)});
  return schema;
}

// The state: a batch, and what it takes to read rows of the type that came last (all rows of one call site share it).
class BatchBuilder {
 public:
  BatchBuilder(MemoryContext context, Schema&& schema)
      : context_(context), columns_(std::move(schema.columns)), batch_(std::move(schema.fields), hash_seed()),
        values_(columns_.size() + kRowKeys), nulls_(std::make_unique<bool[]>(columns_.size() + kRowKeys)) {}

  void add(HeapTupleHeader row) {
    const Oid type = HeapTupleHeaderGetTypeId(row);
    const int32 modifier = HeapTupleHeaderGetTypMod(row);
    if (descriptor_ == nullptr || type != row_type_ || modifier != row_modifier_) describe(type, modifier);
    HeapTupleData tuple{};
    tuple.t_len = HeapTupleHeaderGetDatumLength(row);
    tuple.t_data = row;
    heap_deform_tuple(&tuple, descriptor_, values_.data(), nulls_.get());
    check_size(tuple.t_len);
    if (nulls_[0] || nulls_[1] || nulls_[2]) return batch_.add_unplaced_row();
    if (!add_keys()) return;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (!nulls_[kRowKeys + i]) add_value(columns_[i], values_[kRowKeys + i]);
    }
  }

  Bytes encode() const { return batch_.encode(); }

 private:
  // Batches are in memory whole.  (A value that is compressed counts when the next rows come.)
  void check_size(uint32_t row_bytes) {
    bytes_since_check_ += row_bytes;
    if (++rows_since_check_ < kRowsPerCheck && bytes_since_check_ < kBytesPerCheck) return;
    rows_since_check_ = 0;
    bytes_since_check_ = 0;
    if (batch_.memory_bytes() > kMostMemory) {
      throw Error(ErrorCode::kLimitExceeded, "a batch of source rows takes too much memory",
                  "Its rows hold more distinct text than one batch can carry.");
    }
  }

  void describe(Oid type, int32 modifier) {
    descriptor_ = call([&] {
      TupleDesc shared = lookup_rowtype_tupdesc(type, modifier);
      MemoryContext caller = MemoryContextSwitchTo(context_);
      TupleDesc copy = CreateTupleDescCopy(shared);
      MemoryContextSwitchTo(caller);
      ReleaseTupleDesc(shared);
      return copy;
    });
    row_type_ = type;
    row_modifier_ = modifier;
    if (descriptor_->natts != static_cast<int>(values_.size())) refuse_row();
    for (int i = 0; i < descriptor_->natts; ++i) {
      const FormData_pg_attribute& attribute = *TupleDescAttr(descriptor_, i);
      if (attribute.attisdropped) refuse_row();
      const Oid given = attribute.atttypid;
      const Oid wanted = i < 2 ? TEXTOID : i == 2 ? TIMESTAMPTZOID : columns_[static_cast<size_t>(i - kRowKeys)].type;
      if (given != wanted && call([&] { return getBaseType(given); }) != wanted) refuse_row();
    }
  }

  void add_value(RowColumn& column, Datum value) {
    if (column.type == JSONBOID) {
      column.members.read(value, batch_);
    } else {
      set_field(batch_, column.field, column.type, value);
    }
  }

  bool add_keys() { return batch_.add_row(text_view(values_[0]), text_view(values_[1]), DatumGetTimestampTz(values_[2])); }

  MemoryContext context_;
  std::vector<RowColumn> columns_;
  RowBatch batch_;
  std::vector<Datum> values_;
  std::unique_ptr<bool[]> nulls_;
  TupleDesc descriptor_ = nullptr;
  static constexpr uint32_t kRowsPerCheck = 1024;
  static constexpr size_t kBytesPerCheck = size_t{1} << 20;
  static constexpr size_t kMostMemory = size_t{2} << 30;
  uint32_t rows_since_check_ = 0;
  size_t bytes_since_check_ = 0;
  Oid row_type_ = InvalidOid;
  int32 row_modifier_ = -1;
};

// The columns that fields are members of, as they occur first.
std::vector<std::string> documents_of(const std::vector<SourceField>& fields) {
  std::vector<std::string> documents;
  for (const SourceField& field : fields) {
    if (!field.path.empty() && std::ranges::find(documents, field.column) == documents.end()) documents.push_back(field.column);
  }
  return documents;
}

}  // namespace

std::vector<std::string> row_columns(const std::vector<SourceField>& fields) {
  std::vector<std::string> columns;
  for (const SourceField& field : fields) {
    if (field.path.empty()) columns.push_back(field.column);
  }
  std::ranges::copy(documents_of(fields), std::back_inserter(columns));
  return columns;
}

Bytes batch_schema(const std::vector<SourceField>& fields) {
  std::vector<BatchSchemaField> schema;
  const std::vector<std::string> documents = documents_of(fields);
  for (const SourceField& field : fields) {
    const auto document = field.path.empty() ? documents.begin() : std::ranges::find(documents, field.column);
    schema.push_back({field.attnum, field.kind, field.type, field.path, static_cast<uint16_t>(document - documents.begin())});
  }
  return encode_batch_schema(schema);
}

std::vector<FieldSchema> field_schema(const std::vector<SourceField>& fields) {
  std::vector<FieldSchema> schema;
  for (const SourceField& field : fields) schema.push_back({field.attnum, field.kind});
  return schema;
}

}  // namespace segments::pg

using segments::pg::BatchBuilder;

SEGMENTS_FUNCTION(segments_batch_rows_add) {
  MemoryContext context = nullptr;
  if (!AggCheckCallContext(fcinfo, &context)) {
    throw segments::Error(segments::ErrorCode::kInternal, "batch_rows_add was called outside an aggregate");
  }
  if (PG_ARGISNULL(1) || PG_ARGISNULL(2)) {
    throw segments::Error(segments::ErrorCode::kInvalidValue, "batch_rows takes no nulls");
  }
  auto* builder = PG_ARGISNULL(0) ? nullptr : reinterpret_cast<BatchBuilder*>(PG_GETARG_POINTER(0));
  if (builder == nullptr) {
    builder = segments::pg::make_in<BatchBuilder>(context, context,
                                                  segments::pg::schema_of(segments::pg::bytes_view(PG_GETARG_DATUM(1))));
  }
  auto* row = reinterpret_cast<HeapTupleHeader>(PG_GETARG_POINTER(2));
  if (VARATT_IS_EXTENDED(row)) {
    row = segments::pg::call([&] { return DatumGetHeapTupleHeader(PG_GETARG_DATUM(2)); });
  }
  builder->add(row);
  PG_RETURN_POINTER(builder);
}

SEGMENTS_FUNCTION(segments_batch_rows_encode) {
  if (!AggCheckCallContext(fcinfo, nullptr)) {
    throw segments::Error(segments::ErrorCode::kInternal, "batch_rows_encode was called outside an aggregate");
  }
  if (PG_ARGISNULL(0)) PG_RETURN_NULL();
  const segments::Bytes bytes = reinterpret_cast<BatchBuilder*>(PG_GETARG_POINTER(0))->encode();
  if (bytes.size() > MaxAllocSize - VARHDRSZ) {
    throw segments::Error(segments::ErrorCode::kLimitExceeded, "a batch of source rows exceeds 1 GB",
                          "Its rows hold more distinct text than one batch can carry.");
  }
  const uint8_t* data = bytes.data();
  const size_t size = bytes.size();
  return segments::pg::call([&] {
    auto* result = static_cast<struct varlena*>(palloc(size + VARHDRSZ));
    SET_VARSIZE(result, size + VARHDRSZ);
    std::memcpy(VARDATA(result), data, size);
    return PointerGetDatum(result);
  });
}

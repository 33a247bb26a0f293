#include "pg/query/query.h"

#include "pg/query/row_receiver.h"
#include "pg/query/search_path.h"

namespace segments::pg {
namespace {

struct varlena* make_bytea(BytesView bytes) {
  auto* result = static_cast<struct varlena*>(palloc_extended(bytes.size() + VARHDRSZ, MCXT_ALLOC_HUGE));
  SET_VARSIZE(result, bytes.size() + VARHDRSZ);
  std::memcpy(VARDATA(result), bytes.data(), bytes.size());
  return result;
}

SPIPlanPtr prepare(const char* sql, std::span<const Parameter> parameters, const RunOptions& options, Oid* types) {
  SPIPrepareOptions prepare_options{};
  prepare_options.cursorOptions = (options.parallel ? CURSOR_OPT_PARALLEL_OK : 0) | CURSOR_OPT_CUSTOM_PLAN;
  const Parameter* values = parameters.data();
  const int count = static_cast<int>(parameters.size());
  for (int i = 0; i < count; ++i) types[i] = values[i].type;
  prepare_options.parserSetup = nullptr;
  SPIPlanPtr plan = SPI_prepare_cursor(sql, count, types, prepare_options.cursorOptions);
  if (plan == nullptr) elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
  return plan;
}

// Tables of users are read as their owners alone (as_owner.h): everything else reads what is the extension's.
void refuse_tables_of_users(SPIPlanPtr plan) {
  const Oid own = get_namespace_oid("segments", true);
  ListCell* source_cell;
  foreach (source_cell, SPI_plan_get_plan_sources(plan)) {
    ListCell* relation_cell;
    foreach (relation_cell, static_cast<CachedPlanSource*>(lfirst(source_cell))->relationOids) {
      const Oid relation = lfirst_oid(relation_cell);
      if (relation < FirstNormalObjectId || get_rel_namespace(relation) == own) continue;
      elog(ERROR, "a statement of the extension touches relation %u, which is not its own", relation);
    }
  }
}

// One body for both forms of running.  Only server calls: it is entered through call().
void execute(const char* sql, std::span<const Parameter> parameters, const RunOptions& options, DestReceiver* receiver) {
  AmidRows::refuse();
  auto* types = static_cast<Oid*>(palloc0(sizeof(Oid) * (parameters.size() + 1)));
  SPIPlanPtr plan = prepare(sql, parameters, options, types);
  refuse_tables_of_users(plan);
  if (options.snapshot != nullptr) PushActiveSnapshot(options.snapshot);
  SPIExecuteOptions execute_options{};
  execute_options.params = parameter_list(parameters, PARAM_FLAG_CONST);
  execute_options.read_only = options.read_only || options.snapshot != nullptr;
  execute_options.dest = receiver;
  const int code = SPI_execute_plan_extended(plan, &execute_options);
  if (options.snapshot != nullptr) PopActiveSnapshot();
  if (code < 0) elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(code));
  SPI_freeplan(plan);
}

}  // namespace

ParamListInfo parameter_list(std::span<const Parameter> parameters, uint16_t flags) {
  if (parameters.empty()) return nullptr;  // as the server's own callers do: some extensions take an empty list for a full one
  ParamListInfo list = makeParamList(static_cast<int>(parameters.size()));
  for (size_t i = 0; i < parameters.size(); ++i) {
    list->params[i].value = parameters[i].value;
    list->params[i].isnull = parameters[i].is_null;
    list->params[i].pflags = flags;
    list->params[i].ptype = parameters[i].type;
  }
  return list;
}

Parameter int2(int16_t value) { return {INT2OID, Int16GetDatum(value), false}; }
Parameter int4(int32_t value) { return {INT4OID, Int32GetDatum(value), false}; }
Parameter int8(int64_t value) { return {INT8OID, Int64GetDatum(value), false}; }
Parameter oid(Oid value) { return {OIDOID, ObjectIdGetDatum(value), false}; }
Parameter boolean(bool value) { return {BOOLOID, BoolGetDatum(value), false}; }
Parameter timestamptz(Timestamp value) { return {TIMESTAMPTZOID, TimestampTzGetDatum(value), false}; }
Parameter null_of(Oid type) { return {type, Datum(0), true}; }
Parameter datum(Oid type, Datum value) { return {type, value, false}; }

Parameter text(std::string_view value) {
  return call([&] {
    return Parameter{TEXTOID, PointerGetDatum(cstring_to_text_with_len(value.data(), static_cast<int>(value.size()))), false};
  });
}

Parameter bytea(BytesView value) {
  return {BYTEAOID, PointerGetDatum(call([&] { return make_bytea(value); })), false};
}

Parameter int2_array(std::span<const int16_t> values) {
  return {INT2ARRAYOID, array_of(values, INT2OID, [](int16_t value) { return Int16GetDatum(value); }), false};
}
Parameter int4_array(std::span<const int32_t> values) {
  return {INT4ARRAYOID, array_of(values, INT4OID, [](int32_t value) { return Int32GetDatum(value); }), false};
}
Parameter int8_array(std::span<const int64_t> values) {
  return {INT8ARRAYOID, array_of(values, INT8OID, [](int64_t value) { return Int64GetDatum(value); }), false};
}
Parameter oid_array(std::span<const Oid> values) {
  return {OIDARRAYOID, array_of(values, OIDOID, [](Oid value) { return ObjectIdGetDatum(value); }), false};
}
Parameter text_array(std::span<const std::string_view> values) {
  const auto to_text = [](std::string_view value) {
    return PointerGetDatum(cstring_to_text_with_len(value.data(), static_cast<int>(value.size())));
  };
  return {TEXTARRAYOID, array_of(values, TEXTOID, to_text), false};
}
Parameter bytea_array(std::span<const Bytes* const> values) {
  return {BYTEAARRAYOID, array_of(values, BYTEAOID, [](const Bytes* value) { return PointerGetDatum(make_bytea(*value)); }),
          false};
}

bool Rows::is_null(uint64_t row, int column) const {
  return call([&] {
    bool is_null = false;
    SPI_getbinval(table_->vals[row], table_->tupdesc, column + 1, &is_null);
    return is_null;
  });
}

Datum Rows::value(uint64_t row, int column) const {
  return call([&] {
    bool is_null = false;
    const Datum value = SPI_getbinval(table_->vals[row], table_->tupdesc, column + 1, &is_null);
    return is_null ? Datum(0) : value;
  });
}

void Rows::release() {
  if (table_ != nullptr) call([&] { SPI_freetuptable(table_); });
  table_ = nullptr;
  size_ = 0;
}

std::string take_text(Rows&& rows) {
  std::string text = rows.empty() || rows.is_null(0, 0) ? "" : rows.text(0, 0);
  rows.release();
  return text;
}

std::vector<std::string> take_texts(Rows&& rows) {
  std::vector<std::string> texts;
  for (uint64_t i = 0; i < rows.size(); ++i) texts.push_back(rows.text(i, 0));
  rows.release();
  return texts;
}

Rows run(const char* sql, std::initializer_list<Parameter> parameters, const RunOptions& options) {
  return run(sql, std::span<const Parameter>(parameters.begin(), parameters.size()), options);
}

Rows run(const char* sql, std::span<const Parameter> parameters, const RunOptions& options) {
  under_locked_search_path([&] { call([&] { execute(sql, parameters, options, nullptr); }); });
  SPITupleTable* table = SPI_tuptable;
  return Rows(table, table != nullptr ? SPI_processed : 0);
}

void run_streaming(const char* sql, std::span<const Parameter> parameters, const RunOptions& options,
                   const RowConsumer& consume) {
  under_locked_search_path([&] {
    stream_rows(amid_rows(consume), [&](DestReceiver* receiver) { call([&] { execute(sql, parameters, options, receiver); }); });
  });
}

uint64_t rows_processed() { return SPI_processed; }

Oid extension_owner() {
  return call([] {
    const Oid extension = get_extension_oid("segments", false);
    Relation relation = table_open(ExtensionRelationId, AccessShareLock);
    ScanKeyData key;
    ScanKeyInit(&key, Anum_pg_extension_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(extension));
    SysScanDesc scan = systable_beginscan(relation, ExtensionOidIndexId, true, nullptr, 1, &key);
    HeapTuple tuple = systable_getnext(scan);
    if (!HeapTupleIsValid(tuple)) elog(ERROR, "extension segments is not installed");
    const Oid owner = reinterpret_cast<Form_pg_extension>(GETSTRUCT(tuple))->extowner;
    systable_endscan(scan);
    table_close(relation, AccessShareLock);
    return owner;
  });
}

namespace {

// Whoever forbids views to the statements of a session means those that it sends.
void allow_views() {
  const char* forbidden = GetConfigOption("restrict_nonsystem_relation_kind", true, false);
  if (forbidden == nullptr || *forbidden == '\0') return;
  set_config_option("restrict_nonsystem_relation_kind", "", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

}  // namespace

OwnerScope OwnerScope::enter() { return enter_as(extension_owner()); }

OwnerScope OwnerScope::enter_as(Oid role) {
  return call([&] {
    OwnerScope scope;
    GetUserIdAndSecContext(&scope.user_, &scope.security_context_);
    SetUserIdAndSecContext(role, scope.security_context_ | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
    scope.guc_level_ = NewGUCNestLevel();
    set_config_option("search_path", kSearchPath, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
    allow_views();
    return scope;
  });
}

void OwnerScope::leave() const {
  call([&] {
    AtEOXact_GUC(false, guc_level_);
    SetUserIdAndSecContext(user_, security_context_);
  });
}

}  // namespace segments::pg

#include "pg/query/query.h"

#include "pg/query/row_receiver.h"

namespace segments::pg {
namespace {

template <class T, class ToDatum>
Parameter array_of(std::span<const T> values, Oid element, Oid array, int length, bool by_value, char align, ToDatum to_datum) {
  const size_t count = values.size();
  const T* data = values.data();
  return call([&] {
    auto* elements = static_cast<Datum*>(palloc_extended(sizeof(Datum) * std::max<size_t>(count, 1), MCXT_ALLOC_HUGE));
    for (size_t i = 0; i < count; ++i) elements[i] = to_datum(data[i]);
    ArrayType* result = construct_array(elements, static_cast<int>(count), element, length, by_value, align);
    pfree(elements);
    return Parameter{array, PointerGetDatum(result), false};
  });
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

ParamListInfo bind(std::span<const Parameter> parameters) {
  ParamListInfo list = makeParamList(static_cast<int>(parameters.size()));
  for (int i = 0; i < list->numParams; ++i) {
    const Parameter& parameter = parameters[static_cast<size_t>(i)];
    list->params[i].value = parameter.value;
    list->params[i].isnull = parameter.is_null;
    list->params[i].pflags = PARAM_FLAG_CONST;
    list->params[i].ptype = parameter.type;
  }
  return list;
}

// The owner of a table of somebody else's that the statement reads, or InvalidOid.
Oid foreign_owner(SPIPlanPtr plan) {
  ListCell* source_cell;
  foreach (source_cell, SPI_plan_get_plan_sources(plan)) {
    const auto* source = static_cast<CachedPlanSource*>(lfirst(source_cell));
    ListCell* relation_cell;
    foreach (relation_cell, source->relationOids) {
      const Oid relation = lfirst_oid(relation_cell);
      if (relation < FirstNormalObjectId) continue;
      HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
      if (!HeapTupleIsValid(tuple)) continue;
      const Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
      ReleaseSysCache(tuple);
      if (owner != GetUserId()) return owner;
    }
  }
  return InvalidOid;
}

// Planning evaluates what the owner of a table wrote (predicates and expressions of indexes, of statistics, of checks): with
// that owner's rights, and without lasting changes to settings.
PlannedStmt* plan_as(Oid owner, SPIPlanPtr plan, const char* sql, int cursor_options, ParamListInfo parameters) {
  auto* source = static_cast<CachedPlanSource*>(linitial(SPI_plan_get_plan_sources(plan)));
  auto* query = static_cast<Query*>(copyObjectImpl(linitial(source->query_list)));
  Oid user;
  int security_context;
  GetUserIdAndSecContext(&user, &security_context);
  SetUserIdAndSecContext(owner, security_context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
  const int level = NewGUCNestLevel();
  PlannedStmt* statement = pg_plan_query(query, sql, cursor_options, parameters);
  AtEOXact_GUC(false, level);
  SetUserIdAndSecContext(user, security_context);
  return statement;
}

struct CollectingReceiver {
  DestReceiver receiver;
  SPITupleTable* table;
  MemoryContext context;
};

void start_collecting(DestReceiver* self, int, TupleDesc descriptor) {
  auto* receiver = reinterpret_cast<CollectingReceiver*>(self);
  const MemoryContext previous = MemoryContextSwitchTo(receiver->context);
  receiver->table = static_cast<SPITupleTable*>(palloc0(sizeof(SPITupleTable)));
  receiver->table->tupdesc = CreateTupleDescCopy(descriptor);
  receiver->table->alloced = 16;
  receiver->table->vals = static_cast<HeapTuple*>(palloc(sizeof(HeapTuple) * receiver->table->alloced));
  MemoryContextSwitchTo(previous);
}

bool collect_row(TupleTableSlot* slot, DestReceiver* self) {
  SPITupleTable* table = reinterpret_cast<CollectingReceiver*>(self)->table;
  const MemoryContext previous = MemoryContextSwitchTo(reinterpret_cast<CollectingReceiver*>(self)->context);
  if (table->numvals == table->alloced) {
    table->alloced *= 2;
    table->vals = static_cast<HeapTuple*>(repalloc_huge(table->vals, sizeof(HeapTuple) * table->alloced));
  }
  table->vals[table->numvals++] = ExecCopySlotHeapTuple(slot);
  MemoryContextSwitchTo(previous);
  return true;
}

void run_planned(PlannedStmt* statement, const char* sql, ParamListInfo parameters, DestReceiver* receiver) {
  QueryDesc* query = CreateQueryDesc(statement, sql, GetActiveSnapshot(), InvalidSnapshot, receiver, parameters, nullptr, 0);
  ExecutorStart(query, 0);
  run_executor(query);
  ExecutorFinish(query);
  ExecutorEnd(query);
  FreeQueryDesc(query);
}

// Returns the rows, if there is no receiver.
SPITupleTable* execute_planned(PlannedStmt* statement, const char* sql, ParamListInfo parameters, DestReceiver* receiver) {
  if (receiver != nullptr) {
    run_planned(statement, sql, parameters, receiver);
    return nullptr;
  }
  CollectingReceiver collecting{};
  collecting.receiver.receiveSlot = collect_row;
  collecting.receiver.rStartup = start_collecting;
  collecting.receiver.rShutdown = RowReceiver::end;
  collecting.receiver.rDestroy = RowReceiver::end;
  collecting.receiver.mydest = DestNone;
  collecting.context = CurrentMemoryContext;
  run_planned(statement, sql, parameters, &collecting.receiver);
  return collecting.table;
}

// One body for both forms of running.  Only server calls: it is entered through call().  Returns rows that are not SPI's own.
SPITupleTable* execute(const char* sql, std::span<const Parameter> parameters, const RunOptions& options,
                       DestReceiver* receiver) {
  auto* types = static_cast<Oid*>(palloc0(sizeof(Oid) * (parameters.size() + 1)));
  SPIPlanPtr plan = prepare(sql, parameters, options, types);
  const bool read_only = options.read_only || options.snapshot != nullptr;
  const Oid owner = options.snapshot != nullptr ? foreign_owner(plan) : InvalidOid;
  if (OidIsValid(owner)) {
    PushActiveSnapshot(options.snapshot);
    ParamListInfo bound = bind(parameters);
    const int cursor_options = options.parallel ? CURSOR_OPT_PARALLEL_OK : 0;
    PlannedStmt* statement = plan_as(owner, plan, sql, cursor_options, bound);
    SPITupleTable* table = execute_planned(statement, sql, bound, receiver);
    PopActiveSnapshot();
    SPI_freeplan(plan);
    return table;
  }
  if (options.snapshot != nullptr) PushActiveSnapshot(options.snapshot);
  SPIExecuteOptions execute_options{};
  execute_options.params = bind(parameters);
  execute_options.read_only = read_only;
  execute_options.dest = receiver;
  const int code = SPI_execute_plan_extended(plan, &execute_options);
  if (options.snapshot != nullptr) PopActiveSnapshot();
  if (code < 0) elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(code));
  SPI_freeplan(plan);
  return nullptr;
}

struct varlena* detoast(Datum value) {
  return call([&] { return pg_detoast_datum_packed(reinterpret_cast<struct varlena*>(DatumGetPointer(value))); });
}

}  // namespace

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
  return call([&] {
    auto* result = static_cast<struct varlena*>(palloc_extended(value.size() + VARHDRSZ, MCXT_ALLOC_HUGE));
    SET_VARSIZE(result, value.size() + VARHDRSZ);
    std::memcpy(VARDATA(result), value.data(), value.size());
    return Parameter{BYTEAOID, PointerGetDatum(result), false};
  });
}

Parameter int2_array(std::span<const int16_t> values) {
  return array_of(values, INT2OID, INT2ARRAYOID, 2, true, TYPALIGN_SHORT, [](int16_t v) { return Int16GetDatum(v); });
}
Parameter int4_array(std::span<const int32_t> values) {
  return array_of(values, INT4OID, INT4ARRAYOID, 4, true, TYPALIGN_INT, [](int32_t v) { return Int32GetDatum(v); });
}
Parameter int8_array(std::span<const int64_t> values) {
  return array_of(values, INT8OID, INT8ARRAYOID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, [](int64_t v) { return Int64GetDatum(v); });
}
Parameter text_array(std::span<const std::string_view> values) {
  return array_of(values, TEXTOID, TEXTARRAYOID, -1, false, TYPALIGN_INT, [](std::string_view v) {
    return PointerGetDatum(cstring_to_text_with_len(v.data(), static_cast<int>(v.size())));
  });
}

std::string text_of(Datum value) {
  struct varlena* detoasted = detoast(value);
  return std::string(VARDATA_ANY(detoasted), VARSIZE_ANY_EXHDR(detoasted));
}

Bytes bytes_of(Datum value) {
  struct varlena* detoasted = detoast(value);
  const auto* data = reinterpret_cast<const uint8_t*>(VARDATA_ANY(detoasted));
  Bytes result(data, data + VARSIZE_ANY_EXHDR(detoasted));
  if (detoasted != reinterpret_cast<struct varlena*>(DatumGetPointer(value))) call([&] { pfree(detoasted); });
  return result;
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
  if (table_ != nullptr && !collected_) call([&] { SPI_freetuptable(table_); });
  table_ = nullptr;
  size_ = 0;
}

Rows run(const char* sql, std::initializer_list<Parameter> parameters, const RunOptions& options) {
  return run(sql, std::span<const Parameter>(parameters.begin(), parameters.size()), options);
}

Rows run(const char* sql, std::span<const Parameter> parameters, const RunOptions& options) {
  SPITupleTable* collected = call([&] { return execute(sql, parameters, options, nullptr); });
  if (collected != nullptr) return Rows(collected, collected->numvals, true);
  SPITupleTable* table = SPI_tuptable;
  return Rows(table, table != nullptr ? SPI_processed : 0);
}

void run_streaming(const char* sql, std::span<const Parameter> parameters, const RunOptions& options,
                   const RowConsumer& consume) {
  stream_rows(consume, [&](DestReceiver* receiver) { call([&] { execute(sql, parameters, options, receiver); }); });
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

OwnerScope OwnerScope::enter() { return enter_as(extension_owner()); }

OwnerScope OwnerScope::enter_as(Oid role) {
  return call([&] {
    OwnerScope scope;
    GetUserIdAndSecContext(&scope.user_, &scope.security_context_);
    SetUserIdAndSecContext(role, scope.security_context_ | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
    scope.guc_level_ = NewGUCNestLevel();
    set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
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

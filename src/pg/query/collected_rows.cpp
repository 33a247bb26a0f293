#include "pg/query/collected_rows.h"

#include "pg/query/query_execution.h"
#include "pg/query/row_receiver.h"

namespace segments::pg {

CollectedRows::CollectedRows(const char* name, std::span<const char* const> columns) {
  call([&] {
    descriptor_ = CreateTemplateTupleDesc(static_cast<int>(columns.size()));
    for (size_t i = 0; i < columns.size(); ++i) {
      const auto number = static_cast<AttrNumber>(i + 1);
      TupleDescInitEntry(descriptor_, number, columns[i], TEXTOID, -1, 0);
      TupleDescInitEntryCollation(descriptor_, number, C_COLLATION_OID);
    }
    rows_ = tuplestore_begin_heap(true, false, work_mem);
    relation_ = static_cast<EphemeralNamedRelation>(palloc0(sizeof(EphemeralNamedRelationData)));
    relation_->md.name = pstrdup(name);
    relation_->md.tupdesc = descriptor_;
    relation_->md.enrtype = ENR_NAMED_TUPLESTORE;
    relation_->reldata = rows_;
    environment_ = create_queryEnv();
    register_ENR(environment_, relation_);
  });
}

void CollectedRows::add(const Datum* values, const bool* nulls) {
  // It changes neither.
  call([&] { tuplestore_putvalues(rows_, descriptor_, const_cast<Datum*>(values), const_cast<bool*>(nulls)); });
  ++size_;
}

void CollectedRows::stream(const std::string& sql, const RunOptions& options, const RowConsumer& consume) {
  relation_->md.enrtuples = static_cast<double>(size_);
  stream_rows(consume, [&](DestReceiver* receiver) {
    call([&] {
      auto* parsed = static_cast<RawStmt*>(linitial(pg_parse_query(sql.c_str())));
      PushActiveSnapshot(options.snapshot != nullptr ? options.snapshot : GetActiveSnapshot());
      List* queries = pg_analyze_and_rewrite_fixedparams(parsed, sql.c_str(), nullptr, 0, environment_);
      execute_query(static_cast<Query*>(linitial(queries)), sql.c_str(), nullptr, options.parallel, receiver, environment_);
      PopActiveSnapshot();
    });
  });
}

void CollectedRows::release() {
  call([&] { tuplestore_end(rows_); });
  rows_ = nullptr;
}

}  // namespace segments::pg

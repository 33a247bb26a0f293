#include "pg/erasure/erased_rows.h"

#include "pg/erasure/person.h"
#include "pg/query/as_owner.h"
#include "pg/query/column_sql.h"
#include "pg/erasure/wait_limit.h"

namespace segments::pg {
namespace {

// What a snapshot shows, and all that this transaction has done until now.
template <class F>
void with_own_changes(Snapshot snapshot, F body) {
  const Snapshot now = call([&] {
    CommandCounterIncrement();
    PushCopiedSnapshot(snapshot);
    UpdateActiveSnapshotCommandId();
    const Snapshot registered = RegisterSnapshot(GetActiveSnapshot());
    PopActiveSnapshot();
    return registered;
  });
  body(now);
  call([&] { UnregisterSnapshot(now); });
}

Parameter place_array(const std::vector<ItemPointerData>& places) {
  const ItemPointerData* data = places.data();
  const size_t count = places.size();
  return call([&] {
    auto* elements = static_cast<Datum*>(palloc_extended(sizeof(Datum) * count, MCXT_ALLOC_HUGE));
    for (size_t i = 0; i < count; ++i) elements[i] = PointerGetDatum(&data[i]);
    ArrayType* array = construct_array(elements, static_cast<int>(count), TIDOID, sizeof(ItemPointerData), false, TYPALIGN_SHORT);
    pfree(elements);
    return Parameter{TIDARRAYOID, PointerGetDatum(array), false};
  });
}

// Of rows of a table, how many are there still, in whatever version: a trigger may have changed what they say.
uint64_t count_alive(Oid leaf, const std::vector<ItemPointerData>& places, Snapshot snapshot) {
  const ItemPointerData* data = places.data();
  const size_t count = places.size();
  return call([&] {
    uint64_t alive = 0;
    Relation relation = table_open(leaf, NoLock);
    TupleTableSlot* slot = table_slot_create(relation, nullptr);
    TableScanDesc scan = table_beginscan_tid(relation, snapshot);
    for (size_t i = 0; i < count; ++i) {
      ItemPointerData place = data[i];
      table_tuple_get_latest_tid(scan, &place);
      if (table_tuple_fetch_row_version(relation, &place, snapshot, slot)) ++alive;
      ExecClearTuple(slot);
    }
    table_endscan(scan);
    ExecDropSingleTupleTableSlot(slot);
    table_close(relation, NoLock);
    return alive;
  });
}

// What of a table keeps rows from being deleted, the likeliest first.
struct Culprits {
  std::string names;    // 'trigger "a", rule "b"'; empty: nothing of this table's
  std::string disable;  // statements for the first of them
  std::string enable;
};

Culprits culprits_of(Oid leaf) {
  Rows rows =
      run("WITH culprit AS ("
          "  SELECT 0 AS priority, 'RULE' AS kind, rulename AS name, ev_enabled AS enabled FROM pg_rewrite"
          "  WHERE ev_class = $1 AND ev_type = '4' AND ev_enabled <> 'D'"
          "  UNION ALL SELECT CASE WHEN tgtype & 3 = 3 THEN 1 ELSE 2 END, 'TRIGGER', tgname, tgenabled FROM pg_trigger"
          "  WHERE tgrelid = $1 AND NOT tgisinternal AND tgtype & 8 <> 0 AND tgenabled <> 'D'"
          "   AND tgfoid <> 'segments.log_change'::regproc)"
          " SELECT lower(kind) || ' ' || quote_ident(name), segments_internal.owner_statement($1,"
          "   format('ALTER TABLE %s DISABLE %s %I', $1::regclass, kind, name)) || ';',"
          "  segments_internal.owner_statement($1, format('ALTER TABLE %s ENABLE %s%s %I', $1::regclass,"
          "   CASE enabled WHEN 'A' THEN 'ALWAYS ' WHEN 'R' THEN 'REPLICA ' ELSE '' END, kind, name)) || ';'"
          " FROM culprit ORDER BY priority, name",
          {oid(leaf)}, {.read_only = true});
  Culprits found;
  for (uint64_t i = 0; i < rows.size(); ++i) found.names += (i == 0 ? "" : ", ") + rows.text(i, 0);
  if (!rows.empty()) {
    found.disable = rows.text(0, 1);
    found.enable = rows.text(0, 2);
  }
  rows.release();
  return found;
}

[[noreturn]] void throw_kept(Oid leaf, uint64_t count) {
  const Culprits culprits = culprits_of(leaf);
  const std::string who = culprits.names.empty() ? "A trigger of another table" : "Its " + culprits.names;
  const std::string hint =
      culprits.names.empty()
          ? "Look for triggers that write into it when rows of registered tables are deleted; disable them while you erase."
          : "Disable what keeps them, in the transaction that erases: BEGIN; " + culprits.disable +
                " SELECT segments.erase_profile(…); " + culprits.enable + " COMMIT.";
  throw Error(ErrorCode::kNotReady,
              std::to_string(count) + " rows of table " + table_name(leaf) + " that were to be erased are still there",
              who + " has kept them, or written them anew. Nothing was erased.", hint);
}

// An unqualified name in a trigger's function is not found.
void explain_search_path(const ServerError& error) {
  ErrorData* data = error.data;
  const int state = data->sqlerrcode;
  if (data->context == nullptr || (data->hint != nullptr && state != ERRCODE_UNDEFINED_FUNCTION)) return;
  if (state != ERRCODE_UNDEFINED_TABLE && state != ERRCODE_UNDEFINED_FUNCTION && state != ERRCODE_UNDEFINED_OBJECT &&
      state != ERRCODE_UNDEFINED_SCHEMA) {
    return;
  }
  call([&] {
    MemoryContext previous = MemoryContextSwitchTo(data->assoc_context);
    data->hint = pstrdup(
        "While rows are erased, the search_path of triggers is pg_catalog: write names with their schema in the trigger's "
        "function, or "
        "give it a path of its own: ALTER FUNCTION … SET search_path = ….");
    MemoryContextSwitchTo(previous);
  });
}

}  // namespace

std::optional<RowsOf> rows_of_records(const RecordColumns& columns, const StringTable& records) {
  if (table_name(columns.relation).empty()) return std::nullopt;
  StringTable comparable(hash_seed());
  for (uint32_t i = 0; i < records.size(); ++i) {
    const auto [type, id] = split_record_key(records.at(i));
    if (columns.type_column.empty() && type != columns.type) continue;
    if (can_hold(columns.relation, columns.id_column, id)) comparable.insert(records.at(i));
  }
  if (comparable.size() == 0) return std::nullopt;
  const KeyParameters keys = key_parameters(comparable);
  return RowsOf{columns.relation,
                " JOIN unnest($1, $2) AS k (record_type, record_id) ON " + record_is_key_sql(columns),
                {keys.types, keys.ids}};
}

void check_erasable(Oid table) {
  Rows rows =
      run("SELECT tree.relid::oid::regclass::text FROM (SELECT $1::oid AS relid UNION"
          "  SELECT relid::oid FROM pg_partition_tree($1) UNION SELECT inhrelid FROM pg_inherits WHERE inhparent = $1) AS tree"
          " JOIN pg_class c ON c.oid = tree.relid"
          " WHERE c.relkind NOT IN ('r', 'p') OR NOT c.relispartition AND tree.relid <> $1 ORDER BY tree.relid LIMIT 1",
          {oid(table)}, {.read_only = true});
  if (!rows.empty()) {
    throw Error(ErrorCode::kNotReady, "rows of table " + table_name(table) + " cannot be erased",
                rows.text(0, 0) + " is not an ordinary table any more, or a child by inheritance.",
                "Erase its rows yourself, and detach it or end its inheritance with ALTER TABLE … NO INHERIT.");
  }
  rows.release();
}

ErasedRows::ErasedRows(WaitLimit& limit)
    : limit_(limit), snapshot_(call([] {
        CommandCounterIncrement();
        return RegisterSnapshot(GetTransactionSnapshot());
      })) {}

void ErasedRows::end() {
  call([&] { UnregisterSnapshot(snapshot_); });
}

std::vector<FoundRows> ErasedRows::find(const RowsOf& rows, const std::string& columns, const RowConsumer& consume) const {
  std::vector<FoundRows> found;
  for (const SourceLeaf& leaf : leaves_of(rows.table)) {
    FoundRows here{leaf.relation, {}};
    const std::string sql =
        "SELECT s.ctid" + columns + " FROM " + only(leaf.relation) + " s" + rows.matching + " FOR UPDATE OF s";
    limit_.begin(WaitFor::kRow);
    with_own_changes(snapshot_, [&](Snapshot now) {
      stream_as_owner(leaf.relation, sql, rows.parameters, {.snapshot = now}, [&](const Datum* values, const bool* nulls) {
        here.places.push_back(*reinterpret_cast<ItemPointer>(DatumGetPointer(values[0])));
        if (consume) consume(values + 1, nulls + 1);
        limit_.renew();
      });
    });
    if (!here.places.empty()) found.push_back(std::move(here));
  }
  return found;
}

int64_t ErasedRows::delete_found(const std::vector<FoundRows>& found) const {
  int64_t deleted = 0;
  for (const FoundRows& rows : found) {
    const std::string sql = "DELETE FROM " + only(rows.leaf) + " s WHERE s.ctid = ANY ($1)";
    const Parameter parameters[] = {place_array(rows.places)};
    uint64_t here = 0;
    limit_.begin(WaitFor::kRow);
    try {
      here = stream_as_owner(rows.leaf, sql, parameters, {}, {});
    } catch (const ServerError& error) {
      explain_search_path(error);
      throw;
    }
    if (here < rows.places.size()) {
      uint64_t alive = 0;
      with_own_changes(snapshot_, [&](Snapshot now) { alive = count_alive(rows.leaf, rows.places, now); });
      if (alive != 0) throw_kept(rows.leaf, alive);
    }
    deleted += static_cast<int64_t>(here);
  }
  return deleted;
}

void ErasedRows::check_gone() const {
  for (const auto& [rows, others] : expected_) {
    uint64_t left = 0;
    Oid last = InvalidOid;
    for (const FoundRows& found : find(rows)) {
      left += found.places.size();
      last = found.leaf;
    }
    if (left > others) throw_kept(last, left - others);
  }
}

}  // namespace segments::pg

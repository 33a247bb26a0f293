#include "pg/catalog/lock_sources.h"

#include "pg/query/query.h"

namespace segments::pg {
namespace {

void check_row_security() {
  Rows rows =
      run("SELECT r.source::regclass::text FROM"
          " (SELECT source, row_security_acknowledged FROM segments.interaction_type"
          "  UNION ALL SELECT source, row_security_acknowledged FROM segments.unification) r"
          " JOIN pg_class c ON c.oid = r.source WHERE c.relrowsecurity AND NOT r.row_security_acknowledged ORDER BY r.source "
          "LIMIT 1");
  if (!rows.empty()) {
    throw Error(ErrorCode::kNotReady, "table " + rows.text(0, 0) + " has row-level security",
                "Segments are computed over all rows, so their members can tell what a policy hides.",
                "Disable row-level security, or register the table anew with acknowledge_row_security => true.");
  }
  rows.release();
}

bool exists(Oid relation) {
  return call([&] { return SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relation)); });
}

void warn_of_lost_table(const InteractionSource& source) {
  const char* name = source.name.c_str();
  call([&] {
    ereport(WARNING,
            (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("the table of interaction type \"%s\" does not exist any more", name),
             errdetail("The type has no interactions from this refresh on."),
             errhint("Unregister it: SELECT segments.unregister_interaction('%s').", name)));
  });
}

void check_columns(const InteractionSource& source) {
  for (const std::string* column : {&source.time_column, &source.record_type_column, &source.record_id_column}) {
    const char* name = column->c_str();
    if (column->empty() || call([&] { return get_attnum(source.relation, name); }) != InvalidAttrNumber) continue;
    throw Error(
        ErrorCode::kNotReady, "the table of interaction type \"" + source.name + "\" has no column \"" + *column + "\" any more",
        "The type was registered with it.", "Rename the column back, or unregister the type and register it with other columns.");
  }
}

// The stamp and the log are what incremental capture rests on.
void check_attached(const std::string& what, const std::vector<SourceLeaf>& leaves) {
  std::vector<int64_t> oids;
  for (const SourceLeaf& leaf : leaves) oids.push_back(leaf.relation);
  Rows rows =
      run("SELECT leaf::oid::regclass::text FROM unnest($1) leaf WHERE NOT EXISTS ("
          "  SELECT FROM pg_attribute a WHERE a.attrelid = leaf AND a.attname = $2 AND NOT a.attisdropped)"
          " OR NOT EXISTS ("
          "  SELECT FROM pg_trigger t WHERE t.tgrelid = leaf AND t.tgfoid = 'segments.log_change'::regproc AND t.tgenabled = 'A')"
          " OR NOT EXISTS ("
          "  SELECT FROM pg_trigger t WHERE t.tgrelid = leaf AND t.tgenabled = 'A' AND (t.tgfoid = 'segments.set_stamp'::regproc"
          "   OR t.tgfoid = 'segments.keep_stamp'::regproc AND EXISTS ("
          "    SELECT FROM pg_attribute a WHERE a.attrelid = leaf AND a.attname = $2 AND a.attgenerated = 's')))"
          " LIMIT 1",
          {int8_array(oids), text(kStampColumn)}, {.read_only = true});
  if (!rows.empty()) {
    throw Error(ErrorCode::kNotReady, "changes of " + what + " cannot be captured",
                "Table " + rows.text(0, 0) +
                    " has lost the column segments_xid, or a trigger of segments_keep_stamp and"
                    " segments_log_change is missing or not ENABLE ALWAYS.",
                "Unregister and register it again.");
  }
  rows.release();
}

// What check_source refuses can also come about later.
void check_permanent(const InteractionSource& source, Oid relation) {
  Rows rows =
      run("SELECT tree.relid::oid::regclass::text FROM (SELECT $1::oid AS relid UNION"
          "  SELECT relid::oid FROM pg_partition_tree($1) UNION SELECT inhrelid FROM pg_inherits WHERE inhparent = $1) AS tree"
          " JOIN pg_class c ON c.oid = tree.relid"
          " WHERE c.relkind NOT IN ('r', 'p') OR c.relpersistence <> 'p'"
          "  OR NOT c.relispartition AND tree.relid <> $1 ORDER BY tree.relid LIMIT 1",
          {oid(relation)}, {.read_only = true});
  if (!rows.empty()) {
    throw Error(ErrorCode::kNotReady, "rows of interaction type \"" + source.name + "\" cannot be captured",
                "Table " + rows.text(0, 0) + " is unlogged, temporary or foreign, or a child by inheritance.",
                "Make it permanent with ALTER TABLE … SET LOGGED, detach it, or end its inheritance with NO INHERIT.");
  }
  rows.release();
}

// What is registered, with its leaves, as it is now and not as it was when the statement began.
struct Registered {
  std::vector<LockedSource> sources;
  std::optional<UnificationSource> mapping;
  std::vector<SourceLeaf> mapping_leaves;
};

// Which part of it is wanted; without leaves: all.
struct Wanted {
  bool sources = true;
  bool mapping = true;
  const std::map<Oid, int32_t>* leaves = nullptr;
};

// Not by way of the table they are parts of: to look at all of its parts is to lock them.
std::vector<SourceLeaf> those_of(const InteractionSource& source, const std::map<Oid, int32_t>& wanted) {
  std::vector<SourceLeaf> leaves;
  for (const auto& [leaf, type_id] : wanted) {
    if (type_id == source.type_id) std::ranges::move(leaves_of(leaf), std::back_inserter(leaves));
  }
  return leaves;
}

Registered find_registered(const Wanted& wanted) {
  Registered found;
  if (wanted.mapping) found.mapping = unification_source();
  if (found.mapping) found.mapping_leaves = leaves_of(found.mapping->relation);
  if (!wanted.sources) return found;
  for (InteractionSource& source : interaction_sources()) {
    std::vector<SourceLeaf> leaves = wanted.leaves == nullptr ? leaves_of(source.relation) : those_of(source, *wanted.leaves);
    if (wanted.leaves != nullptr && leaves.empty()) continue;
    found.sources.push_back({std::move(source), std::move(leaves)});
  }
  return found;
}

bool lock(Oid relation, std::set<Oid>& locked) {
  if (!exists(relation) || !locked.insert(relation).second) return false;
  call([&] { LockRelationOid(relation, AccessShareLock); });
  return true;
}

// Whether something was not locked yet.  Tables before their leaves, as everybody locks them.
bool lock_all(const Registered& registered, std::set<Oid>& locked) {
  bool grown = false;
  for (const LockedSource& known : registered.sources) grown |= lock(known.source.relation, locked);
  if (registered.mapping) grown |= lock(registered.mapping->relation, locked);
  for (const LockedSource& known : registered.sources) {
    for (const SourceLeaf& leaf : known.leaves) grown |= lock(leaf.relation, locked);
  }
  for (const SourceLeaf& leaf : registered.mapping_leaves) grown |= lock(leaf.relation, locked);
  return grown;
}

void check(const Registered& registered, const Wanted& wanted) {
  check_row_security();
  for (const LockedSource& known : registered.sources) {
    if (!exists(known.source.relation)) {
      warn_of_lost_table(known.source);
      continue;
    }
    check_columns(known.source);
    check_attached("interaction type \"" + known.source.name + "\"", known.leaves);
    if (wanted.leaves == nullptr) {
      check_permanent(known.source, known.source.relation);
    } else {
      for (const SourceLeaf& leaf : known.leaves) check_permanent(known.source, leaf.relation);
    }
  }
  if (registered.mapping && exists(registered.mapping->relation)) check_attached("the unification", registered.mapping_leaves);
}

std::vector<LockedSource> lock_registered(const Wanted& wanted) {
  std::set<Oid> locked;
  for (;;) {
    // While a lock was waited for, more may have been attached or registered.
    call([] { PushActiveSnapshot(GetLatestSnapshot()); });
    Registered registered = find_registered(wanted);
    const bool grown = lock_all(registered, locked);
    if (!grown) check(registered, wanted);
    call([] { PopActiveSnapshot(); });
    if (!grown) return std::move(registered.sources);
  }
}

}  // namespace

std::vector<LockedSource> lock_sources() { return lock_registered({}); }

std::vector<LockedSource> lock_leaves(const std::map<Oid, int32_t>& leaves) {
  return lock_registered({.mapping = false, .leaves = &leaves});
}

void lock_mapping() { lock_registered({.sources = false}); }

void explain_exhausted_locks(const ServerError& error) {
  ErrorData* data = error.data;
  if (data->sqlerrcode != ERRCODE_OUT_OF_MEMORY || data->message_id == nullptr ||
      std::strcmp(data->message_id, "out of shared memory") != 0) {
    return;
  }
  call([&] {
    MemoryContext previous = MemoryContextSwitchTo(data->assoc_context);
    data->message = pstrdup("a refresh needs more locks than the server has room for");
    data->detail = pstrdup("It holds one on every registered table, every partition, and every index of these.");
    data->hint =
        psprintf("Increase max_locks_per_transaction (now %d), which takes a restart of the server.", max_locks_per_xact);
    MemoryContextSwitchTo(previous);
  });
}

}  // namespace segments::pg

#include "pg/lock_sources.h"

#include "pg/query.h"

namespace segments::pg {
namespace {

void check_row_security() {
  Rows rows = run(
      "SELECT r.source::regclass::text FROM"
      " (SELECT source, row_security_acknowledged FROM segments.interaction_type"
      "  UNION ALL SELECT source, row_security_acknowledged FROM segments.unification) r"
      " JOIN pg_class c ON c.oid = r.source WHERE c.relrowsecurity AND NOT r.row_security_acknowledged ORDER BY r.source LIMIT 1");
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

// Locks a registered table and its leaves.
void lock(Oid source, std::set<Oid>& locked) {
  if (!exists(source)) return;
  call([&] { LockRelationOid(source, AccessShareLock); });
  for (const SourceLeaf& leaf : leaves_of(source)) {
    call([&] { LockRelationOid(leaf.relation, AccessShareLock); });
    locked.insert(leaf.relation);
  }
}

void warn_of_lost_table(const InteractionSource& source) {
  const char* name = source.name.c_str();
  call([&] {
    ereport(WARNING, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("the table of interaction type \"%s\" does not exist any more", name),
                      errdetail("The type has no interactions from this refresh on."),
                      errhint("Unregister it: SELECT segments.unregister_interaction('%s').", name)));
  });
}

void check_columns(const InteractionSource& source) {
  for (const std::string* column : {&source.time_column, &source.record_type_column, &source.record_id_column}) {
    const char* name = column->c_str();
    if (column->empty() || call([&] { return get_attnum(source.relation, name); }) != InvalidAttrNumber) continue;
    throw Error(ErrorCode::kNotReady, "the table of interaction type \"" + source.name + "\" has no column \"" + *column + "\" any more",
                "The type was registered with it.",
                "Rename the column back, or unregister the type and register it with other columns.");
  }
}

// The stamp and the log are what incremental capture rests on.
void check_attached(const std::string& what, const std::vector<SourceLeaf>& leaves) {
  std::vector<int64_t> oids;
  for (const SourceLeaf& leaf : leaves) oids.push_back(leaf.relation);
  Rows rows = run(
      "SELECT leaf::oid::regclass::text FROM unnest($1) leaf WHERE NOT EXISTS ("
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
                "Table " + rows.text(0, 0) + " has lost the column segments_xid, or a trigger of segments_keep_stamp and"
                " segments_log_change is missing or not ENABLE ALWAYS.",
                "Unregister and register it again.");
  }
  rows.release();
}

// What check_source refuses can also come about later.
void check_permanent(const InteractionSource& source) {
  Rows rows = run(
      "SELECT tree.relid::oid::regclass::text FROM (SELECT $1::oid AS relid UNION"
      "  SELECT relid::oid FROM pg_partition_tree($1) UNION SELECT inhrelid FROM pg_inherits WHERE inhparent = $1) AS tree"
      " JOIN pg_class c ON c.oid = tree.relid"
      " WHERE c.relkind NOT IN ('r', 'p') OR c.relpersistence <> 'p'"
      "  OR NOT c.relispartition AND tree.relid <> $1 ORDER BY tree.relid LIMIT 1",
      {oid(source.relation)}, {.read_only = true});
  if (!rows.empty()) {
    throw Error(ErrorCode::kNotReady, "rows of interaction type \"" + source.name + "\" cannot be captured",
                "Table " + rows.text(0, 0) + " is unlogged, temporary or foreign, or a child by inheritance.",
                "Make it permanent with ALTER TABLE … SET LOGGED, detach it, or end its inheritance with NO INHERIT.");
  }
  rows.release();
}

}  // namespace

std::vector<LockedSource> lock_sources() {
  std::vector<LockedSource> sources;
  std::set<Oid> locked;
  for (const InteractionSource& source : interaction_sources()) lock(source.relation, locked);
  if (const std::optional<UnificationSource> mapping = unification_source()) lock(mapping->relation, locked);
  check_row_security();
  // Read again, as it is now and not as it was when the statement began: what was locked cannot change any more.
  call([] { PushActiveSnapshot(GetLatestSnapshot()); });
  for (InteractionSource& source : interaction_sources()) {
    std::vector<SourceLeaf> leaves;
    if (exists(source.relation)) {
      check_columns(source);
      leaves = leaves_of(source.relation);
      // One that was attached a moment ago comes with the next refresh.
      std::erase_if(leaves, [&](const SourceLeaf& leaf) { return !locked.contains(leaf.relation); });
      check_attached("interaction type \"" + source.name + "\"", leaves);
      check_permanent(source);
    } else {
      warn_of_lost_table(source);
    }
    sources.push_back({std::move(source), std::move(leaves)});
  }
  if (const std::optional<UnificationSource> mapping = unification_source(); mapping && exists(mapping->relation)) {
    check_attached("the unification", leaves_of(mapping->relation));
  }
  call([] { PopActiveSnapshot(); });
  return sources;
}

}  // namespace segments::pg

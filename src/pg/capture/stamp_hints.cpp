#include "pg/capture/stamp_hints.h"

#include "pg/catalog/source.h"
#include "pg/query/column_sql.h"

namespace segments::pg {
namespace {

ProcessUtility_hook_type previous_utility = nullptr;
post_parse_analyze_hook_type previous_analysis = nullptr;

[[noreturn]] void refuse(int sqlstate, const std::string& message, const std::string& detail, const std::string& hint) {
  const char* texts[] = {message.c_str(), detail.c_str(), hint.c_str()};
  call([&] { ereport(ERROR, (errcode(sqlstate), errmsg("%s", texts[0]), errdetail("%s", texts[1]), errhint("%s", texts[2]))); });
  pg_unreachable();
}

bool has_stamp(Oid relation) {
  return call([&] { return get_attnum(relation, kStampColumn); }) > 0;
}

void check_attached(const RangeVar* parent_name, const RangeVar* partition_name) {
  const Oid parent = call([&] { return RangeVarGetRelid(parent_name, NoLock, true); });
  const Oid partition = call([&] { return RangeVarGetRelid(partition_name, NoLock, true); });
  if (!OidIsValid(parent) || !OidIsValid(partition) || !has_stamp(parent) || has_stamp(partition)) return;
  const std::string parent_text = table_name(parent), partition_text = table_name(partition);
  refuse(ERRCODE_DATATYPE_MISMATCH, std::string("child table is missing column \"") + kStampColumn + "\"",
         parent_text + " is registered with segments, and this column says which transaction wrote a row.",
         "Add it first: SELECT segments.prepare_partition(" + quoted_literal(partition_text) + ", " +
             quoted_literal(parent_text) + ").");
}

void check_utility(const Node* statement) {
  if (statement == nullptr || !IsA(statement, AlterTableStmt)) return;
  const auto* alter = reinterpret_cast<const AlterTableStmt*>(statement);
  if (alter->objtype != OBJECT_TABLE) return;
  for (int i = 0; i < list_length(alter->cmds); ++i) {
    const auto* command = static_cast<const AlterTableCmd*>(list_nth(alter->cmds, i));
    if (command->subtype != AT_AttachPartition) continue;
    check_attached(alter->relation, reinterpret_cast<const PartitionCmd*>(command->def)->name);
  }
}

// All that can be written, as a list.
std::string written_columns(Oid relation) {
  Relation table = call([&] { return table_open(relation, NoLock); });  // which the analysis has locked
  std::string list;
  for (int i = 0; i < table->rd_att->natts; ++i) {
    const FormData_pg_attribute* column = TupleDescAttr(table->rd_att, i);
    if (column->attisdropped || column->attgenerated != 0) continue;
    list += (list.empty() ? "" : ", ") + quoted_name(NameStr(column->attname));
  }
  call([&] { table_close(table, NoLock); });
  return list;
}

// INSERT INTO … SELECT * FROM a copy: the copy's stamps, which cannot be written.  Null: none.
const Var* copied_stamp(const Query* query, Oid relation) {
  for (int i = 0; i < list_length(query->targetList); ++i) {
    const auto* target = static_cast<const TargetEntry*>(list_nth(query->targetList, i));
    if (target->resname == nullptr || strcmp(target->resname, kStampColumn) != 0 || !IsA(target->expr, Var)) continue;
    const auto* stamp = reinterpret_cast<const Var*>(target->expr);
    const bool is_copied = rt_fetch(stamp->varno, query->rtable)->rtekind == RTE_SUBQUERY &&
                           call([&] { return get_attgenerated(relation, target->resno); }) != 0;
    return is_copied ? stamp : nullptr;
  }
  return nullptr;
}

// Where they come from, if that is a table.
std::string copied_table(const Query* query, const Var* stamp) {
  const Query* source = rt_fetch(stamp->varno, query->rtable)->subquery;
  const auto* column = static_cast<const TargetEntry*>(list_nth(source->targetList, stamp->varattno - 1));
  if (!IsA(column->expr, Var)) return "…";
  const RangeTblEntry* entry = rt_fetch(reinterpret_cast<const Var*>(column->expr)->varno, source->rtable);
  return entry->rtekind == RTE_RELATION ? table_name(entry->relid) : "…";
}

void check_insert(const Query* query) {
  if (query->commandType != CMD_INSERT || query->resultRelation == 0) return;
  const Oid relation = rt_fetch(query->resultRelation, query->rtable)->relid;
  const Var* stamp = copied_stamp(query, relation);
  if (stamp == nullptr) return;
  const std::string columns = written_columns(relation), table = table_name(relation);
  refuse(ERRCODE_GENERATED_ALWAYS, std::string("cannot insert a non-DEFAULT value into column \"") + kStampColumn + "\"",
         table + " is registered with segments, and this column says which transaction wrote a row.",
         "Name the others in place of *: INSERT INTO " + table + " (" + columns + ") SELECT " + columns + " FROM " +
             copied_table(query, stamp) + ".");
}

void process_utility(PlannedStmt* statement, const char* source, bool read_only_tree, ProcessUtilityContext context,
                     ParamListInfo parameters, QueryEnvironment* environment, DestReceiver* destination,
                     QueryCompletion* completion) {
  guard([&] { check_utility(statement->utilityStmt); });
  (previous_utility != nullptr ? previous_utility : standard_ProcessUtility)(statement, source, read_only_tree, context,
                                                                             parameters, environment, destination, completion);
}

void analyze(ParseState* state, Query* query, JumbleState* jumble) {
  if (previous_analysis != nullptr) previous_analysis(state, query, jumble);
  guard([&] { check_insert(query); });
}

}  // namespace

void install_stamp_hints() {
  previous_utility = ProcessUtility_hook;
  ProcessUtility_hook = process_utility;
  previous_analysis = post_parse_analyze_hook;
  post_parse_analyze_hook = analyze;
}

}  // namespace segments::pg

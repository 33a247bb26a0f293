#include "pg/query/as_owner.h"

#include "pg/query/column_sql.h"
#include "pg/query/hidden_portals.h"
#include "pg/query/owner_messages.h"
#include "pg/query/owner_time.h"
#include "pg/query/query_execution.h"
#include "pg/query/row_receiver.h"
#include "pg/query/search_path.h"
#include "pg/server/local_setting.h"
#include "pg/server/version_settings.h"

namespace segments::pg {
namespace {

struct Identity {
  Oid user;
  int security_context;
  bool reads_only;
};

Identity current_identity() {
  Identity identity;
  GetUserIdAndSecContext(&identity.user, &identity.security_context);
  identity.reads_only = XactReadOnly;
  return identity;
}

// The server restores all of it, too, when it aborts.
void become(const Identity& identity) {
  SetUserIdAndSecContext(identity.user, identity.security_context);
  XactReadOnly = identity.reads_only;
}

// As the role that it is, with policies.
constexpr int kRoleContext = SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION;

// All rows are the owner's to see, also where policies are FORCEd on owners (as for the server's own checks of foreign keys).
constexpr int kSecurityContext = SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION | SECURITY_NOFORCE_RLS;

// Acts as the owner, or as `role` if there is one, while `body` runs.  Settings are restored by the abort if it throws.
template <class F>
void as_owner(Oid relation, LOCKMODE lock, F body, Oid role = InvalidOid) {
  HiddenPortals portals;
  const OwnerMessages messages(table_name(relation));
  const Identity before = current_identity();
  bool was_allowed = true;
  const int level = call([&] {
    if (lock != NoLock) LockRelationOid(relation, lock);
    const Oid owner = owner_of(relation);
    if (!OidIsValid(owner)) {
      ereport(ERROR,
              (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("a registered table was dropped meanwhile"), errhint("Try again.")));
    }
    become(OidIsValid(role) ? Identity{role, (before.security_context & ~SECURITY_NOFORCE_RLS) | kRoleContext, before.reads_only}
                            : Identity{owner, before.security_context | kSecurityContext, before.reads_only});
    const int nested = NewGUCNestLevel();
    set_config_option("search_path", kSearchPath, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
    set_config_option("row_security", "on", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
    was_allowed = allow_ending_sessions(false);
    return nested;
  });
  try {
    body(before);
  } catch (...) {
    allow_ending_sessions(was_allowed);
    become(before);
    throw;
  }
  allow_ending_sessions(was_allowed);
  call([&] {
    portals.drop_new();
    AtEOXact_GUC(false, level);
  });
  become(before);
}

void refuse_relation(Oid relation) {
  ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("\"%s\" is not a table any more", get_rel_name(relation)),
                  errdetail("It has become a view or another relation since it was registered.")));
}

void refuse_statement(Oid table) {
  ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                  errmsg("a statement on table \"%s\" would touch other relations", get_rel_name(table)),
                  errdetail("It has rules, or its name or schema was changed meanwhile."),
                  errhint("Disable the rules with ALTER TABLE ... DISABLE RULE for as long as it takes, or try again.")));
}

// Tables are named, and a name may lead elsewhere by the time it is looked up: whoever owns the schema can rename it.
void check_is_about(List* queries, Oid table) {
  ListCell* cell;
  foreach (cell, queries) {
    auto* query = static_cast<Query*>(lfirst(cell));
    if (query->commandType == CMD_UTILITY) refuse_statement(table);
    if (query->commandType != CMD_SELECT) {
      // A rule may add statements, but not take the place of ours.
      if (query->canSetTag && rt_fetch(query->resultRelation, query->rtable)->relid != table) refuse_statement(table);
      continue;
    }
    List* relations = nullptr;
    List* other = nullptr;
    bool has_policies = false;
    extract_query_dependencies(reinterpret_cast<Node*>(list_make1(query)), &relations, &other, &has_policies);
    if (relations == nullptr) refuse_statement(table);
    ListCell* relation;
    foreach (relation, relations) {
      if (lfirst_oid(relation) != table) refuse_statement(table);
    }
  }
}

// A trigger that waits for the end of the transaction would run as whoever commits, so the server refuses to queue it in a
// security-restricted operation: such ones are fired with their statement.
void fire_constraints_at_once(Oid table) {
  Relation relation = table_open(table, NoLock);
  char* schema = get_namespace_name(RelationGetNamespace(relation));
  List* names = nullptr;
  for (int i = 0; relation->trigdesc != nullptr && i < relation->trigdesc->numtriggers; ++i) {
    const Trigger& trigger = relation->trigdesc->triggers[i];
    if (!trigger.tgdeferrable || !OidIsValid(trigger.tgconstraint)) continue;
    char* constraint = get_constraint_name(trigger.tgconstraint);
    if (constraint != nullptr) names = lappend(names, makeRangeVar(schema, constraint, -1));
  }
  table_close(relation, NoLock);
  if (names == nullptr) return;
  ConstraintsSetStmt* statement = makeNode(ConstraintsSetStmt);
  statement->constraints = names;
  AfterTriggerSetState(statement);
}

// Parsed here and not by SPI, which parses again whenever a plan is invalidated, even after it was looked at.
uint64_t run_as_owner(Oid table, const char* sql, std::span<const Parameter> parameters, const RunOptions& options,
                      DestReceiver* receiver) {
  if (get_rel_relkind(table) != RELKIND_RELATION) refuse_relation(table);
  auto* types = static_cast<Oid*>(palloc(sizeof(Oid) * (parameters.size() + 1)));
  for (size_t i = 0; i < parameters.size(); ++i) types[i] = parameters[i].type;
  auto* parsed = static_cast<RawStmt*>(linitial(pg_parse_query(sql)));
  const bool reads = parsed->stmt->type == T_SelectStmt;
  if (!reads) fire_constraints_at_once(table);
  if (!reads || (options.snapshot == nullptr && !options.read_only)) {
    CommandCounterIncrement();
    PushActiveSnapshot(GetTransactionSnapshot());
  } else {
    PushActiveSnapshot(options.snapshot != nullptr ? options.snapshot : GetActiveSnapshot());
  }
  List* queries = pg_analyze_and_rewrite_fixedparams(parsed, sql, types, static_cast<int>(parameters.size()), nullptr);
  check_is_about(queries, table);
  ParamListInfo bound = parameter_list(parameters, PARAM_FLAG_CONST);
  uint64_t processed = 0;
  ListCell* cell;
  foreach (cell, queries) {
    auto* query = static_cast<Query*>(lfirst(cell));
    DestReceiver* rows = query->canSetTag ? receiver : None_Receiver;
    const uint64_t count = execute_query(query, sql, bound, options.parallel && reads, rows, nullptr);
    if (query->canSetTag) processed += count;
    if (!reads) {
      CommandCounterIncrement();
      UpdateActiveSnapshotCommandId();
    }
  }
  PopActiveSnapshot();
  return processed;
}

// Rights that owners can take from themselves.
struct Rights {
  std::string names;
  const char* on;
};

// What a statement takes, and what follows it: rows are locked to be deleted.
AclMode rights_for(const std::string& sql) {
  if (sql.starts_with("DELETE")) return ACL_SELECT | ACL_DELETE;
  return sql.ends_with(" FOR UPDATE OF s") ? ACL_SELECT | ACL_UPDATE | ACL_DELETE : ACL_SELECT;
}

// REQUIRES: as the table's owner.
Rights missing_rights(Oid table, AclMode needed) {
  const Oid owner = GetUserId();
  if (!call([&] { return may_use_schema(get_rel_namespace(table), owner); })) return {"USAGE", "schema"};
  static constexpr std::pair<AclMode, const char*> kRights[] = {
      {ACL_SELECT, "SELECT"}, {ACL_UPDATE, "UPDATE"}, {ACL_DELETE, "DELETE"}};
  Rights missing{"", "table"};
  for (const auto& known : kRights) {
    // On the whole table: rows are told by their place, which no right on single columns covers.
    const AclMode right = needed & known.first;
    if (right == 0 || call([&] { return pg_class_aclcheck(table, owner, right) == ACLCHECK_OK; })) continue;
    missing.names += (missing.names.empty() ? "" : ", ") + std::string(known.second);
  }
  return missing;
}

// The server's own words do not say whose right is missing.
void check_rights(Oid table, AclMode needed) {
  const Rights missing = missing_rights(table, needed);
  if (missing.names.empty()) return;
  const std::string name = table_name(table);
  const bool is_table = std::strcmp(missing.on, "table") == 0;
  const std::string object = is_table ? name : quoted_name(call([&] { return get_namespace_name(get_rel_namespace(table)); }));
  const std::string owner = quoted_name(call([] { return GetUserNameFromId(GetUserId(), false); }));
  const char* texts[] = {missing.on, object.c_str(), name.c_str(), owner.c_str(), missing.names.c_str()};
  call([&] {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied for %s %s", texts[0], texts[1]),
                    errdetail("Table %s belongs to %s, who lacks the right.", texts[2], texts[3]),
                    errhint("Give it back: GRANT %s ON %s %s TO %s.", texts[4], texts[0], texts[1], texts[3])));
  });
}

// What policies read is theirs to say; the statement itself reads the table and nothing else.
void check_reads(List* queries, Oid table) {
  bool found = false;
  ListCell* cell;
  foreach (cell, linitial_node(Query, queries)->rtable) {
    const auto* entry = lfirst_node(RangeTblEntry, cell);
    if (entry->rtekind == RTE_SUBQUERY || (entry->rtekind == RTE_RELATION && entry->relid != table)) refuse_statement(table);
    found = found || entry->rtekind == RTE_RELATION;
  }
  if (list_length(queries) != 1 || !found) refuse_statement(table);
}

void run_as_role(Oid table, const char* sql, std::span<const Parameter> parameters, DestReceiver* receiver) {
  const char kind = get_rel_relkind(table);
  if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE) refuse_relation(table);
  auto* types = static_cast<Oid*>(palloc(sizeof(Oid) * (parameters.size() + 1)));
  for (size_t i = 0; i < parameters.size(); ++i) types[i] = parameters[i].type;
  auto* parsed = static_cast<RawStmt*>(linitial(pg_parse_query(sql)));
  PushActiveSnapshot(GetActiveSnapshot());
  List* queries = pg_analyze_and_rewrite_fixedparams(parsed, sql, types, static_cast<int>(parameters.size()), nullptr);
  check_reads(queries, table);
  ParamListInfo bound = parameter_list(parameters, PARAM_FLAG_CONST);
  execute_query(linitial_node(Query, queries), sql, bound, false, receiver, nullptr);
  PopActiveSnapshot();
}

}  // namespace

Oid owner_of(Oid relation) {
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
  if (!HeapTupleIsValid(tuple)) return InvalidOid;
  const Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
  ReleaseSysCache(tuple);
  return owner;
}

std::string only(Oid table) {
  const std::string name = table_name(table);
  if (name.empty()) throw Error(ErrorCode::kUndefined, "a registered table was dropped meanwhile", {}, "Try again.");
  return "ONLY " + name;
}

namespace {

// What locks or deletes rows is an erasure's: triggers may write.
bool reads_only(const std::string& sql) { return sql.starts_with("SELECT") && !sql.ends_with(" FOR UPDATE OF s"); }

// Whose words an error's hint is: the server notes where it was raised, which code of an owner cannot choose.  What it says of
// what depends on a column is always the same.
bool is_own_hint(const ErrorData& data) {
  if (data.filename == nullptr) return false;
  const std::string_view file = data.filename;
  return file.ends_with("as_owner.cpp") || file.ends_with("owner_time.cpp") || file.ends_with("dependency.c");
}

// What an owner's code advises is no advice of ours, which a superuser may follow; and however much it says, no more than this is
// kept of it, refresh after refresh.
void quote_words(ErrorData& data) {
  call([&] {
    MemoryContext previous = MemoryContextSwitchTo(data.assoc_context);
    for (char** words : {&data.message, &data.detail, &data.hint, &data.detail_log}) *words = excerpt_of_owner(*words);
    if (data.hint != nullptr && !is_own_hint(data)) {
      data.detail = psprintf("%s%sIts hint, for the owner: \"%s\"", data.detail != nullptr ? data.detail : "",
                             data.detail != nullptr ? " " : "", data.hint);
      data.hint = nullptr;
    }
    MemoryContextSwitchTo(previous);
  });
}

// Marks what fails meanwhile.
template <class F>
void as_foreign(F execute) {
  try {
    execute();
  } catch (ServerError& error) {
    error.is_foreign = !is_cancel(*error.data);
    if (error.is_foreign) quote_words(*error.data);
    throw;
  }
}

// Hands rows over with the identity that the caller had.
template <class F>
void hand_over(const Identity& before, const RowConsumer& consume, F execute) {
  const Identity during = current_identity();
  const RowConsumer as_before = [&](const Datum* values, const bool* nulls) {
    if (!consume) return;
    become(before);
    try {
      // What ran amid the statement may have changed it for as long as that lasts: not for whoever takes its rows.
      under_locked_search_path([&] { consume(values, nulls); });
    } catch (...) {
      become(during);
      throw;
    }
    become(during);
  };
  stream_rows(as_before, [&](DestReceiver* receiver) { as_foreign([&] { execute(receiver); }); });
}

}  // namespace

uint64_t stream_as_owner(Oid table, const std::string& sql, std::span<const Parameter> parameters, const RunOptions& options,
                         const RowConsumer& consume) {
  uint64_t processed = 0;
  as_owner(table, AccessShareLock, [&](const Identity& before) {
    check_rights(table, rights_for(sql));
    if (reads_only(sql)) XactReadOnly = true;
    within_owner_time(table, [&] {
      hand_over(before, consume, [&](DestReceiver* receiver) {
        processed = call([&] { return run_as_owner(table, sql.c_str(), parameters, options, receiver); });
      });
    });
  });
  return processed;
}

void stream_as_role(Oid role, Oid table, const std::string& sql, std::span<const Parameter> parameters,
                    const RowConsumer& consume) {
  const auto body = [&](const Identity& before) {
    within_owner_time(table, [&] {
      hand_over(before, consume,
                [&](DestReceiver* receiver) { call([&] { run_as_role(table, sql.c_str(), parameters, receiver); }); });
    });
  };
  as_owner(table, AccessShareLock, body, role);
}

void call_as_owner(Oid table, const std::function<void()>& body) {
  as_owner(table, AccessShareLock, [&](const Identity&) {
    XactReadOnly = true;
    within_owner_time(table, [&] { as_foreign([&] { call([&] { body(); }); }); });
  });
}

void define_as_owner(Oid relation, const char* sql) {
  // The command takes its own, stronger lock: raising one can deadlock.
  as_owner(relation, NoLock, [&](const Identity&) {
    within_owner_time(relation, [&] {
      as_foreign([&] {
        call([&] {
          AmidRows::refuse();
          // The owner's statement, not one of ours: it touches what the owner may touch.
          const int code = SPI_execute(sql, false, 0);
          if (code < 0) elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(code));
        });
      });
    });
  });
}

}  // namespace segments::pg

#include "pg/worker/exclusive_right.h"

#include "pg/query/query.h"

namespace segments::pg {
namespace {

// What LOCK TABLE, TRUNCATE, CLUSTER, REINDEX and VACUUM FULL take; indexes go with their tables.
constexpr const char* kRightsQuery =
    "WITH RECURSIVE relation AS ("
    "  SELECT oid, relowner, relnamespace, relacl FROM pg_class WHERE oid >= 16384 AND relkind IN ('r', 'm', 'p', 'i', 'I', 't', "
    "'f')"
    "), edge (relation, through) AS ("
    "  SELECT inhrelid, inhparent FROM pg_inherits"
    "  UNION ALL SELECT indexrelid, indrelid FROM pg_index"
    "  UNION ALL SELECT reltoastrelid, oid FROM pg_class WHERE reltoastrelid <> 0"
    "  UNION ALL SELECT confrelid, conrelid FROM pg_constraint WHERE contype = 'f'"
    "), path (relation, through) AS ("
    "  SELECT oid, oid FROM relation"
    "  UNION SELECT path.relation, edge.through FROM path JOIN edge ON edge.relation = path.through"
    "), granted (relation, role) AS ("
    "  SELECT oid, relowner FROM relation"
    "  UNION SELECT relation.oid, nspowner FROM relation JOIN pg_namespace schema ON schema.oid = relnamespace"
    "  UNION SELECT relation.oid, grantee FROM relation CROSS JOIN aclexplode(relacl)"
    "   WHERE privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE', 'MAINTAIN')"
    ") SELECT path.relation, CASE WHEN role = 'pg_database_owner'::regrole"
    "   THEN (SELECT datdba FROM pg_database WHERE datname = current_database()) ELSE role END"
    "  FROM path JOIN granted ON granted.relation = path.through"
    " UNION SELECT 0, oid FROM pg_roles WHERE rolname = 'pg_maintain'"
    " UNION SELECT 0, $1"
    " ORDER BY 1";

// A process without a database has no transaction of its own.  Server calls only.
template <class F>
auto in_catalogs(F body) {
  const MemoryContext previous = CurrentMemoryContext;
  StartTransactionCommand();
  const auto result = body();
  CommitTransactionCommand();
  MemoryContextSwitchTo(previous);
  return result;
}

// A member of a superuser becomes one by SET ROLE alone, so it is not found by its own rights.
bool may_become_superuser(Oid role) {
  bool found = false;
  Relation roles = table_open(AuthIdRelationId, AccessShareLock);
  TableScanDesc scan = table_beginscan_catalog(roles, 0, nullptr);
  while (HeapTuple tuple = heap_getnext(scan, ForwardScanDirection)) {
    const auto* candidate = reinterpret_cast<Form_pg_authid>(GETSTRUCT(tuple));
    if (candidate->rolsuper && is_member_of_role(role, candidate->oid)) {
      found = true;
      break;
    }
  }
  table_endscan(scan);
  table_close(roles, AccessShareLock);
  return found;
}

bool may_act_as_any(Oid role, const Oid* roles, size_t count) {
  if (!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(role))) return false;
  for (size_t i = 0; i < count; ++i) {
    if (!OidIsValid(roles[i]) || is_member_of_role(role, roles[i])) return true;
  }
  return may_become_superuser(role);
}

}  // namespace

void follow_roles() {
  call([] {
    in_catalogs([] {
      initialize_acl();
      return true;
    });
  });
}

bool may_act_as(Oid role, std::span<const Oid> roles) {
  if (!OidIsValid(role)) return false;
  const Oid* first = roles.data();
  const size_t count = roles.size();
  return call([&] { return in_catalogs([&] { return may_act_as_any(role, first, count); }); });
}

bool may_have_database(Oid role, Oid database) {
  const Oid owner = call([&] {
    return in_catalogs([&] {
      HeapTuple tuple = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(database));
      if (!HeapTupleIsValid(tuple)) return InvalidOid;
      const Oid found = reinterpret_cast<Form_pg_database>(GETSTRUCT(tuple))->datdba;
      ReleaseSysCache(tuple);
      return found;
    });
  });
  return OidIsValid(owner) && may_act_as(role, {&owner, 1});
}

dsm_handle ExclusiveRights::publish() {
  const Oid owner = extension_owner();
  Rows rows = run(kRightsQuery, {oid(owner)}, {.read_only = true});
  const auto count = static_cast<uint32_t>(rows.size());
  dsm_segment* segment = call([&] {
    dsm_segment* created = dsm_create(sizeof(Header) + sizeof(Right) * count, 0);
    dsm_pin_mapping(created);
    return created;
  });
  auto* header = static_cast<Header*>(dsm_segment_address(segment));
  *header = {owner, count};
  auto* rights = reinterpret_cast<Right*>(header + 1);
  for (uint32_t i = 0; i < count; ++i) rights[i] = {rows.oid(i, 0), rows.oid(i, 1)};
  rows.release();
  return dsm_segment_handle(segment);
}

void ExclusiveRights::load() {
  if (is_loaded_ || handle_ == DSM_HANDLE_INVALID) return;
  is_loaded_ = true;
  // The job has ended, perhaps, and its memory with it.
  dsm_segment* segment = call([&] { return dsm_attach(handle_); });
  if (segment == nullptr) return;
  const auto* header = static_cast<const Header*>(dsm_segment_address(segment));
  const auto* rights = reinterpret_cast<const Right*>(header + 1);
  extension_owner_ = header->extension_owner;
  rights_.assign(rights, rights + header->count);
  call([&] { dsm_detach(segment); });
}

bool ExclusiveRights::may_have_extension(Oid role) {
  load();
  return extension_owner_ && may_act_as(role, {&*extension_owner_, 1});
}

void ExclusiveRights::append_rights_on(Oid table, std::vector<Oid>& roles) const {
  const auto by_table = [](const Right& right, Oid wanted) { return right.table < wanted; };
  for (auto right = std::lower_bound(rights_.begin(), rights_.end(), table, by_table);
       right != rights_.end() && right->table == table; ++right) {
    roles.push_back(right->role);
  }
}

bool ExclusiveRights::may_have_table(Oid role, Oid table) {
  load();
  std::vector<Oid> roles;
  append_rights_on(InvalidOid, roles);
  append_rights_on(table, roles);
  return may_act_as(role, roles);
}

}  // namespace segments::pg

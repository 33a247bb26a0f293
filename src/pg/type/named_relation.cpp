// The type of relations that are dumped by name: reading one fails for no name that a dump may have.
#include "pg/server/boundary.h"

namespace segments::pg {
namespace {

// Server calls only.  What is not there, or is a number, is no relation.
Oid relation_named(char* name) {
  List* parts = NIL;
  if (name[0] >= '0' && name[0] <= '9') return InvalidOid;
  if (!SplitIdentifierString(name, '.', &parts)) return InvalidOid;
  if (list_length(parts) == 1) return RelnameGetRelid(static_cast<const char*>(linitial(parts)));
  if (list_length(parts) != 2) return InvalidOid;
  const Oid schema = get_namespace_oid(static_cast<const char*>(linitial(parts)), true);
  return OidIsValid(schema) ? get_relname_relid(static_cast<const char*>(lsecond(parts)), schema) : InvalidOid;
}

}  // namespace
}  // namespace segments::pg

using namespace segments::pg;

SEGMENTS_FUNCTION(segments_named_relation_in) {
  return call([&] { return ObjectIdGetDatum(relation_named(pstrdup(PG_GETARG_CSTRING(0)))); });
}

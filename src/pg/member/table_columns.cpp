#include "pg/member/table_columns.h"

namespace segments::pg {
namespace {

void find_column(Oid table, const FormData_pg_attribute& column, std::span<const KnownColumn> columns, const char* whose,
                 const char* hint) {
  const char* name = NameStr(column.attname);
  for (const KnownColumn& known : columns) {
    if (std::strcmp(known.name, name) != 0) continue;
    *known.number = column.attnum;
    if (column.atttypid == known.type || !OidIsValid(known.type)) return;
    ereport(ERROR, (errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
                    errmsg("column \"%s\" of foreign table \"%s\" must be of type %s", name, get_rel_name(table),
                           format_type_be(known.type)),
                    errdetail("It is of type %s.", format_type_be(column.atttypid)), errhint("%s", hint)));
  }
  ereport(ERROR, (errcode(ERRCODE_FDW_INVALID_COLUMN_NAME),
                  errmsg("foreign table \"%s\" has a column \"%s\", which %s have not", get_rel_name(table), name, whose),
                  errhint("%s", hint)));
}

}  // namespace

void find_columns(Oid table, std::span<const KnownColumn> columns, const char* whose, const char* hint) {
  for (const KnownColumn& known : columns) *known.number = 0;
  Relation relation = table_open(table, NoLock);
  const TupleDesc descriptor = RelationGetDescr(relation);
  for (int i = 0; i < descriptor->natts; ++i) {
    const FormData_pg_attribute& column = *TupleDescAttr(descriptor, i);
    if (!column.attisdropped) find_column(table, column, columns, whose, hint);
  }
  table_close(relation, NoLock);
  for (const KnownColumn& known : columns) {
    if (*known.number != 0 || known.is_optional) continue;
    ereport(ERROR, (errcode(ERRCODE_FDW_COLUMN_NAME_NOT_FOUND),
                    errmsg("foreign table \"%s\" has no column \"%s\"", get_rel_name(table), known.name), errhint("%s", hint)));
  }
}

}  // namespace segments::pg

#include "pg/catalog/captured_keys.h"

#include "core/error.h"
#include "core/text/lexer.h"
#include "pg/catalog/type_catalog.h"
#include "pg/query/saved_statement.h"

namespace segments::pg {

// Leaves have the columns of the table above them, renamed with them: one tells as much as all.  One that was detached does not.
CapturedKeys::CapturedKeys(Oid source, int64_t refresh_id) {
  static SavedStatement statement(
      "SELECT leaf, keys FROM segments.source_leaf WHERE source = $1 AND captured_by <= $2"
      " AND (leaf = $1 OR EXISTS (SELECT FROM pg_partition_ancestors(leaf) above WHERE above.relid = $1)) LIMIT 1",
      {OIDOID, INT8OID});
  Rows rows = statement.run({oid(source), int8(refresh_id)});
  if (!rows.empty()) {
    leaf_ = rows.oid(0, 0);
    keys_ = ',' + rows.text(0, 1);
  }
  rows.release();
}

bool CapturedKeys::has(const char* role, const std::string& column) const {
  if (!has_leaf()) return false;
  const int16_t number = column_number(leaf_, column);
  return number == 0 || keys_.find(',' + std::string(role) + std::to_string(number) + ':') != std::string::npos;
}

bool CapturedKeys::has_keys_of(const InteractionType& type) const {
  return has(type.key_role("id").c_str(), type.record_id_column) &&
         (type.record_type_column.empty() || has(type.key_role("from").c_str(), type.record_type_column)) &&
         (type.time_column.empty() || has("at", type.time_column));
}

void check_is_captured(const InteractionType& type, const CapturedKeys& keys, uint32_t position) {
  constexpr const char* kRefresh = "Run CALL segments.refresh().";
  if (!type.captured) {
    throw Error(ErrorCode::kNotReady, type.called() + " has not been refreshed yet", "It was registered after the last refresh.",
                kRefresh, position);
  }
  if (!type.has_leaves || keys.has_keys_of(type)) return;
  if (!type.via.empty()) {
    throw Error(ErrorCode::kNotReady, "relation " + in_quotes(type.via) + " of " + type.called() + " has not been refreshed yet",
                "It was registered after the last refresh, or its names of columns lead elsewhere than when it was read.",
                kRefresh, position);
  }
  throw Error(ErrorCode::kNotReady, type.called() + " has not been refreshed yet",
              "The names of its columns of time and records lead elsewhere than when it was read.", kRefresh, position);
}

}  // namespace segments::pg

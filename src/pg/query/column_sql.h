// SQL over the columns of a registered table that lead to a record or a profile.  In all of it the table's alias is s.
#pragma once
#include <string>
#include <string_view>

#include "pg/query/key_normalization.h"
#include "pg/server/boundary.h"

namespace segments::pg {

// Which columns name a record.  type_column empty: all records are of `type`.
struct RecordColumns {
  Oid relation;
  std::string type_column;
  std::string type;
  std::string id_column;
  KeyNormalization normalization = {};  // of ids
};

std::string quoted_name(const std::string& name);
std::string quoted_literal(const std::string& value);
// Qualified and quoted; empty if the table is gone.
std::string table_name(Oid relation);

// The column's type, of domains that below; InvalidOid: there is no such column.
Oid base_type_of(Oid relation, const std::string& column);
// The column's value as a text: what keys are made of.
std::string as_text(const std::string& column);
std::string not_null(const std::string& column);
// Whether somebody may have made a cast of the column's type, which would run with the rights of whoever reads it.
bool has_own_type(Oid relation, const std::string& column);
// The column's value as its type writes it, by no such cast; null stays null.
std::string shown_text(Oid relation, const std::string& column);
// Whether the column is there, and of a type that keys have.  What compares keys throws Error{kNotReady}, with the names of table
// and column, if it is not.
bool is_key_column(Oid relation, const std::string& column);
// How a key, a text, is compared with a column so that an index on the column serves.
std::string equals(Oid relation, const std::string& column, const char* key);
// Whether the column can hold this key at all.  Only such ones may be compared with equals().
bool can_hold(Oid relation, const std::string& column, std::string_view key);

// A record's type and id as texts, the id normalized, and whether a row names a record at all.
std::string record_type_sql(const RecordColumns& columns);
std::string record_id_sql(const RecordColumns& columns);
std::string record_present_sql(const RecordColumns& columns);
// Whether a row's record is that of k (record_type, record_id).
std::string record_is_key_sql(const RecordColumns& columns);

}  // namespace segments::pg

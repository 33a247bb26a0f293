// Which column types can be fields, and how their values are held in fragments.
#pragma once
#include "core/plan/plan.h"
#include "core/ingest/row_batch.h"
#include "pg/server/boundary.h"

namespace segments::pg {

// The type below a domain, at any depth; any other type is its own.  Throws Error{kUndefined} if there is no such type.
Oid base_type_of(Oid type);

// How values of a type are held; nothing for types that cannot be fields (json, composites, most arrays …).
//   kInteger  bool, int2, int4, int8, date (days), timestamp, timestamptz (microseconds)
//   kFloat    float4, float8
//   kBytes    text, varchar, name, char(n), "char"; by binary image: numeric, uuid, enums, inet …; arrays as lists
//   (array_value.h)
// Domains are held as their base type.
std::optional<ValueKind> value_kind_of(Oid type);

// Puts the value of a column into a batch.  `value` is not null.  Throws ServerError (detoasting).
void set_field(RowBatch& batch, uint32_t index, Oid type, Datum value);

// The value as a column's missing value, as fragments would hold it.
MissingValue missing_value_of(Oid type, Datum value);

// The Datum that bytes of a kBytes type stand for, in the current memory context.  Throws Error{kDataCorrupted} if they are of
// another length than the type, or no list of elements.
Datum datum_of_bytes(std::string_view bytes, Oid type);

// The Datum that a dictionary entry stands for, in the current memory context (for the server's own functions).
Datum datum_of(const Dictionary& dictionary, uint32_t index, Oid type);

}  // namespace segments::pg

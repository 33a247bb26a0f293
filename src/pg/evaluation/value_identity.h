// Which values of a type are equal.
#pragma once
#include <memory>
#include <optional>

#include "core/evaluation/value_matcher.h"
#include "pg/server/boundary.h"

namespace segments::pg {

// How values of a column of this base type, as fragments hold them, are told apart.  Nothing: they are not.
std::optional<ValueEquality> value_equality(Oid type, Oid collation);

// By the type's own functions, for ValueEquality::kServer.  Throws Error{kDataCorrupted} if the type has none.
std::unique_ptr<ValueIdentity> make_server_identity(Oid type, Oid collation, MemoryContext context);

}  // namespace segments::pg

// What would have been right where a literal cannot be read, or is of a kind that its field cannot be compared with.
#pragma once
#include "core/language/definition.h"
#include "pg/catalog/type_catalog.h"
#include "pg/server/boundary.h"

namespace segments::pg {

// For a literal that the input function of a type refuses.  Empty if nothing better is known than the server's own hint.
// REQUIRES: within with_spi.
std::string literal_hint(const Literal& literal, Oid type);

// What a clock in a zone shows at an instant, as text; zone '': what a timestamp without time zone says.
std::string local_time(int64_t instant, const std::string& zone);

// For a date that is one of two days (of a type of read_time()).
std::string ambiguous_date_hint(int64_t month_first, int64_t day_first, Oid type, const std::string& zone);

// A day since 2000-01-01 as YYYY-MM-DD, whatever the session's DateStyle.
std::string iso_date(int64_t days);

// For a literal of the wrong kind.  REQUIRES: within with_spi.
std::string mismatch_hint(const Predicate& predicate, const FieldColumnName& field, const Literal& literal);

}  // namespace segments::pg

// Conditions on an interaction's record (ProfileType, ProfileId) → the ordinals of the records that satisfy them.
#pragma once
#include "core/language/definition.h"
#include "core/set/profile_set.h"
#include "pg/catalog/type_catalog.h"
#include "pg/evaluation/literal_reader.h"

namespace segments::pg {

// The positive predicate, evaluated by the server over segments.record.  An interaction without a record never counts, so
// none is null.  `of_lookups`: of rows of look-ups, which are nobody's, else of all others.  Throws Error{kTypeMismatch} for an
// operator or literal that does not fit. REQUIRES: within with_spi, as the extension's owner; field.role == kRecordType or
// kRecordId.
ProfileSet records_that_satisfy(const Predicate& predicate, const FieldColumnName& field, bool of_lookups, LiteralReader& reader);

}  // namespace segments::pg

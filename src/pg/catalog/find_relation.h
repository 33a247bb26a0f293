// Relations by names that may lead nowhere: saved definitions outlive what they name.
#pragma once
#include "pg/catalog/type_catalog.h"

namespace segments::pg {

// Null: there is no type, or the name leads nowhere, or it is ambiguous.
const TypeRelation* relation_or_none(const TypeCatalog& catalog, const InteractionType* type, const Name& via);

// The type as a relation sees it, itself without one; null: there is no type, or none that refreshes read so.
const InteractionType* seen_by_relation(const TypeCatalog& catalog, const InteractionType* type, const std::optional<Name>& via);

}  // namespace segments::pg

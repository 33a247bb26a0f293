#include "pg/catalog/present_type.h"

namespace segments::pg {

bool is_type(Oid type) {
  return call([&] { return SearchSysCacheExists1(TYPEOID, ObjectIdGetDatum(type)); });
}

}  // namespace segments::pg

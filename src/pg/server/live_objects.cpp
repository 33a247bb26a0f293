#include "pg/server/live_objects.h"

#include "pg/server/boundary.h"

#ifdef SEGMENTS_DEBUG

namespace segments::pg {

int64_t live_objects = 0;

}  // namespace segments::pg

SEGMENTS_FUNCTION(segments_live_objects) { PG_RETURN_INT64(segments::pg::live_objects); }

#endif

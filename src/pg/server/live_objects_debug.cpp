#include "pg/server/boundary.h"
#include "pg/server/live_objects.h"

SEGMENTS_FUNCTION(segments_live_objects) { PG_RETURN_INT64(segments::pg::live_objects); }

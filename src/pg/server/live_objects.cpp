#include "pg/server/live_objects.h"

namespace segments::pg {

int64_t live_objects = 0;

}  // namespace segments::pg

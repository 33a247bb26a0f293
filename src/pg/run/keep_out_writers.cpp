// Whoever gives up all derived data is alone with it: segments.rebuild().
#include "pg/query/query.h"
#include "pg/run/membership_lock.h"
#include "pg/run/refresh_lock.h"

using namespace segments::pg;

SEGMENTS_FUNCTION(segments_keep_out_writers) {
  static_cast<void>(fcinfo);
  constexpr int kPatienceMs = 10'000;
  lock_refresh();
  const OwnerScope owner = OwnerScope::enter();
  with_spi([] { lock_memberships_within(kPatienceMs); });
  owner.leave();
  PG_RETURN_VOID();
}

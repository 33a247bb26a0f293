#include "pg/server/boundary.h"
#include "pg/capture/stamp_hints.h"
#include "pg/catalog/source_checks.h"
#include "pg/erasure/wait_limit.h"
#include "pg/member/member_statistics.h"
#include "pg/store/id_statistics.h"
#include "pg/store/member_cache.h"
#include "pg/evaluation/evaluation.h"
#include "pg/query/owner_time.h"
#include "pg/refresh/refresh.h"
#include "pg/segment/history_retention.h"
#include "pg/segment/run_limit.h"
#include "pg/segment/segment_references.h"
#include "pg/server/roaring.h"
#include "pg/worker/worker.h"

extern "C" {
PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init();
void _PG_init() {
  segments::pg::guard([] {
    segments::pg::load_roaring();
    segments::pg::define_refresh_settings();
    segments::pg::define_source_settings();
    segments::pg::define_evaluation_settings();
    segments::pg::define_erasure_settings();
    segments::pg::define_owner_time_setting();
    segments::pg::define_segment_settings();
    segments::pg::define_history_settings();
    segments::pg::define_member_cache_setting();
    segments::pg::define_worker();
    segments::pg::install_id_statistics();
    segments::pg::install_member_statistics();
    segments::pg::install_segment_references();
    segments::pg::install_stamp_hints();
    segments::pg::call([] { MarkGUCPrefixReserved("segments"); });
  });
}
}

#include "pg/catalog/source_checks.h"

#include "pg/catalog/type_catalog.h"
#include "pg/query/saved_statement.h"

namespace segments::pg {
namespace {

int max_partitions_setting;  // read by segments_internal.check_partition_count

}  // namespace

void check_source(int32_t type_id, const std::vector<SourceLeaf>* leaves) {
  static SavedStatement statement("SELECT segments_internal.check_registered($1, $2::oid[])", {INT4OID, INT8ARRAYOID});
  std::vector<int64_t> tables;
  if (leaves != nullptr) {
    for (const SourceLeaf& leaf : *leaves) tables.push_back(leaf.relation);
  }
  statement.run({int4(type_id), leaves != nullptr ? int8_array(tables) : null_of(INT8ARRAYOID)}).release();
}

void check_table_exists(const InteractionSource& source) {
  if (call([&] { return SearchSysCacheExists1(RELOID, ObjectIdGetDatum(source.relation)); })) return;
  throw Error(ErrorCode::kNotReady, "the table of " + source.name + " does not exist any more", {},
              lost_table_hint(source.type_id));
}

void check_time(const InteractionSource& source) {
  run("SELECT segments_internal.check_time_column(source, time_column, time_zone, time_unit, kind, name)"
      " FROM segments.interaction_type WHERE type_id = $1",
      {int4(source.type_id)}, {.read_only = true})
      .release();
}

void check_partition_count(Oid relation) {
  static SavedStatement statement("SELECT segments_internal.check_partition_count($1::regclass)", {OIDOID});
  statement.run({oid(relation)}).release();
}

void define_source_settings() {
  call([] {
    DefineCustomIntVariable("segments.max_partitions", "How many partitions a registered table may have.",
                            "Refreshes and erasures lock all of them. 0: any number.", &max_partitions_setting, 2000, 0, INT_MAX,
                            PGC_SUSET, 0, nullptr, nullptr, nullptr);
  });
}

}  // namespace segments::pg

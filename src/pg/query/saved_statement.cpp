#include "pg/query/saved_statement.h"

#include "pg/query/row_receiver.h"
#include "pg/query/search_path.h"

namespace segments::pg {
void SavedStatement::execute(std::span<const Parameter> parameters, bool read_only, DestReceiver* receiver) {
  under_locked_search_path([&] {
    call([&] {
      AmidRows::refuse();
      if (plan_ == nullptr) {
        const int options = CURSOR_OPT_GENERIC_PLAN | (parallel_ ? CURSOR_OPT_PARALLEL_OK : 0);
        SPIPlanPtr plan = SPI_prepare_cursor(sql_, static_cast<int>(types_.size()), types_.data(), options);
        if (plan == nullptr) elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
        if (SPI_keepplan(plan) != 0) elog(ERROR, "SPI_keepplan failed");
        plan_ = plan;
      }
      SPIExecuteOptions options{};
      options.params = parameter_list(parameters, 0);
      options.read_only = read_only;
      options.dest = receiver;
      const int code = SPI_execute_plan_extended(plan_, &options);
      if (code < 0) elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(code));
    });
  });
}

Rows SavedStatement::run(std::span<const Parameter> parameters, bool read_only) {
  execute(parameters, read_only, nullptr);
  SPITupleTable* table = SPI_tuptable;
  return Rows(table, table != nullptr ? SPI_processed : 0);
}

void SavedStatement::stream(std::span<const Parameter> parameters, bool read_only, const RowConsumer& consume) {
  stream_rows(amid_rows(consume), [&](DestReceiver* receiver) { execute(parameters, read_only, receiver); });
}

}  // namespace segments::pg

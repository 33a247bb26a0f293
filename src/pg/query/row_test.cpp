#include "pg/query/row_test.h"

#include "pg/query/as_owner.h"
#include "pg/server/subtransaction.h"

namespace segments::pg {
namespace {

bool evaluate(const CachedExpression* condition, TupleTableSlot* row) {
  EState* state = CreateExecutorState();
  MemoryContext previous = MemoryContextSwitchTo(state->es_query_cxt);
  ExprState* expression = ExecInitExpr(reinterpret_cast<Expr*>(condition->expr), nullptr);
  ExprContext* context = GetPerTupleExprContext(state);
  context->ecxt_scantuple = row;
  bool is_null = false;
  const Datum result = ExecEvalExprSwitchContext(expression, context, &is_null);
  MemoryContextSwitchTo(previous);
  FreeExecutorState(state);
  return !is_null && DatumGetBool(result);
}

bool has_one_owner(Oid table, Oid leaf) {
  return call([&] { return owner_of(table) == owner_of(leaf); });
}

}  // namespace

std::optional<bool> RowTest::is_met_by(TupleTableSlot* row) {
  if (condition_.empty()) return true;
  bool is_met = false;
  const std::optional<Failure> failure = in_subtransaction([&] {
    prepare();
    call_as_owner(leaf_, [&] { is_met = evaluate(prepared_, row); });
  });
  if (failure) return std::nullopt;
  return is_met;
}

// Again when the server says that something it calls may be another by now.
void RowTest::prepare() {
  if (prepared_ != nullptr && prepared_->is_valid) return;
  release();
  if (!has_one_owner(table_, leaf_)) throw Error(ErrorCode::kNotReady, "a partition is somebody else's");
  prepared_ = prepared_condition(leaf_, condition_);
}

void RowTest::release() {
  if (prepared_ == nullptr) return;
  CachedExpression* released = prepared_;
  prepared_ = nullptr;
  call([&] { FreeCachedExpression(released); });
}

}  // namespace segments::pg

#include "pg/member/foreign_scan.h"

namespace segments::pg {

bool is_table_of(Oid table, GetForeignRelSize_function estimate) {
  HeapTuple tuple = SearchSysCache1(FOREIGNTABLEREL, ObjectIdGetDatum(table));
  if (!HeapTupleIsValid(tuple)) return false;
  ReleaseSysCache(tuple);
  return GetFdwRoutineByRelId(table)->GetForeignRelSize == estimate;
}

void explain_conditions(const char* label, List* conditions, ForeignScan* scan, struct ExplainState* state) {
  if (conditions == nullptr) return;
  List* context = set_deparse_context_plan(state->deparse_cxt, &scan->scan.plan, nullptr);
  const bool prefix = list_length(state->rtable) > 1 || state->verbose;
  ExplainPropertyText(
      label, deparse_expression(reinterpret_cast<::Node*>(make_ands_explicit(conditions)), context, prefix, false), state);
}

void set_all_null(ForeignScanState* node) {
  TupleTableSlot* slot = node->ss.ss_ScanTupleSlot;
  std::memset(slot->tts_isnull, true, sizeof(bool) * static_cast<size_t>(slot->tts_tupleDescriptor->natts));
}

bool all_hold(ForeignScanState* node, std::span<ExprState* const> conditions) {
  TupleTableSlot* slot = node->ss.ss_ScanTupleSlot;
  ExprContext* context = node->ss.ps.ps_ExprContext;
  ExecStoreVirtualTuple(slot);
  context->ecxt_scantuple = slot;
  bool all = true;
  for (size_t i = 0; i < conditions.size() && all; ++i) {
    bool is_null = false;
    const Datum holds = ExecEvalExprSwitchContext(conditions[i], context, &is_null);
    all = !is_null && DatumGetBool(holds);
  }
  ResetExprContext(context);
  ExecClearTuple(slot);
  return all;
}

Datum text_in(MemoryContext memory, std::string_view characters) {
  MemoryContext outer = MemoryContextSwitchTo(memory);
  const Datum value = PointerGetDatum(cstring_to_text_with_len(characters.data(), static_cast<int>(characters.size())));
  MemoryContextSwitchTo(outer);
  return value;
}

std::vector<Datum> distinct_texts(std::vector<Datum> texts) {
  const auto bytes = [](Datum value) { return text_view(value); };
  std::ranges::sort(texts, {}, bytes);
  texts.erase(std::ranges::unique(texts, {}, bytes).begin(), texts.end());
  return texts;
}

}  // namespace segments::pg

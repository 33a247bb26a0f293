// What the executions of all our foreign scans have in common.
#pragma once
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "pg/server/boundary.h"
#include "pg/server/datum.h"

namespace segments::pg {

// The executor's callbacks of a scan that a class does, which the node's state points to.
template <class Scan>
struct ForeignScanOf {
  static Scan* of(ForeignScanState* node) { return static_cast<Scan*>(node->fdw_state); }

  static TupleTableSlot* next_row(ForeignScanState* node) {
    TupleTableSlot* slot = node->ss.ss_ScanTupleSlot;
    ExecClearTuple(slot);
    const bool found = guard([&] { return of(node)->next(slot->tts_values, slot->tts_isnull); });
    return found ? ExecStoreVirtualTuple(slot) : slot;
  }
  static void rescan(ForeignScanState* node) {
    guard([&] {
      if (node->fdw_state != nullptr) of(node)->restart();
    });
  }
  static void end(ForeignScanState* node) {
    guard([&] {
      if (node->fdw_state != nullptr) of(node)->close();
    });
  }

  static void install(FdwRoutine* routine) {
    routine->IterateForeignScan = next_row;
    routine->ReScanForeignScan = rescan;
    routine->EndForeignScan = end;
  }
};

// Whether a foreign table is of the wrapper that estimates so.  Server calls only.
bool is_table_of(Oid table, GetForeignRelSize_function estimate);

// Server calls only.
void explain_conditions(const char* label, List* conditions, ForeignScan* scan, struct ExplainState* state);

// Of all columns of the scan's slot.
void set_all_null(ForeignScanState* node);
// Whether all of these conditions hold of what the slot has been filled with, which is cleared.  Server calls only.
bool all_hold(ForeignScanState* node, std::span<ExprState* const> conditions);

// Server calls only.
Datum text_in(MemoryContext memory, std::string_view characters);

// Ascending by bytes, each once.
std::vector<Datum> distinct_texts(std::vector<Datum> texts);
// Texts that are in each of `count` lists, which texts_of(number) gives, distinct; nothing: there is no list.
template <class TextsOf>
std::optional<std::vector<Datum>> texts_in_all(int count, TextsOf texts_of) {
  std::optional<std::vector<Datum>> common;
  for (int i = 0; i < count; ++i) {
    std::vector<Datum> texts = texts_of(i);
    if (common) {
      const auto bytes = [](Datum value) { return text_view(value); };
      std::erase_if(*common, [&](Datum value) { return !std::ranges::binary_search(texts, text_view(value), {}, bytes); });
    } else {
      common = std::move(texts);
    }
  }
  return common;
}

}  // namespace segments::pg

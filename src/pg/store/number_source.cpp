#include "pg/store/number_source.h"

#include <algorithm>

#include "pg/server/datum.h"
#include "pg/server/scratch.h"
#include "pg/server/table_scan.h"

namespace segments::pg {
namespace {

// Numbers that are drawn at once while all that come are taken.
constexpr size_t kMostAtOnce = size_t{1} << 15;

// What is left of some ascending numbers when those that rows of the table have are taken away.
void take_away_taken(const char* table_name, const char* column, std::vector<int32_t>& numbers) {
  SnapshotData dirty;
  InitDirtySnapshot(dirty);
  AttrNumber number = 0;
  const Relation table = call([&] {
    Relation opened = open_own_table(table_name);
    number = column_of(opened, column);
    return opened;
  });
  std::vector<int32_t> taken;
  IndexRange range;
  range.open(table, column, F_INT4GE, F_INT4LE, &dirty, CurrentMemoryContext);
  // Others draw, too, and the sequence may have come round: parts that lie together are looked for together.
  for (size_t first = 0, end = 0; first < numbers.size(); first = end) {
    constexpr int64_t kGap = 1000;
    for (end = first + 1; end < numbers.size() && int64_t{numbers[end]} - numbers[end - 1] < kGap;) ++end;
    range.begin(Int32GetDatum(numbers[first]), Int32GetDatum(numbers[end - 1]));
    while (TupleTableSlot* slot = range.next()) {
      call([&] { slot_getsomeattrs(slot, number); });
      taken.push_back(DatumGetInt32(slot->tts_values[number - 1]));
    }
  }
  range.close();
  call([&] { table_close(table, AccessShareLock); });
  std::erase_if(numbers, [&](int32_t drawn) { return std::ranges::binary_search(taken, drawn); });
}

}  // namespace

std::vector<int32_t> free_numbers(const char* table, const char* column, const char* sequence, size_t count) {
  const Oid relation = call([&] {
    PreventCommandIfReadOnly("INSERT");
    return get_relname_relid(sequence, get_namespace_oid("segments", false));
  });
  std::vector<int32_t> free;
  std::vector<int32_t> drawn;
  std::optional<int32_t> first, last;
  bool has_come_round = false;
  for (size_t wanted = count; free.size() < count; wanted = std::min(wanted * 2, std::max(kMostAtOnce, count))) {
    drawn.clear();
    while (drawn.size() < wanted) {
      const auto number = call([&] { return static_cast<int32_t>(nextval_internal(relation, false)); });
      has_come_round |= last && number <= *last;
      if (has_come_round && number >= *first) break;
      if (!first) first = number;
      last = number;
      drawn.push_back(number);
    }
    if (drawn.empty()) {
      throw Error(ErrorCode::kLimitExceeded, "no number is free any more in segments." + std::string(table),
                  "As many rows are there as there are numbers.");
    }
    std::ranges::sort(drawn);
    with_scratch([&] { take_away_taken(table, column, drawn); });
    free.insert(free.end(), drawn.begin(), drawn.end());
  }
  free.resize(count);
  return free;
}

}  // namespace segments::pg

// One fragment during the evaluation of one tile: its columns are read and decoded when they are first needed, and
// shared by all counters that look at it.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/evaluation/restriction.h"
#include "core/evaluation/row_values.h"
#include "core/evaluation/tile_evaluator.h"

namespace segments {

// Whose values a fragment answers with for a field.
enum class FieldState : uint8_t { kStored, kMissing };

class FragmentReader {
 public:
  // All must outlive this.
  FragmentReader(FragmentSource& source, uint32_t tile, Restrictions& restrictions);

  // Whether rows of the fragment (not only of the tile) lie in `window`, by the fragment's first and last time.
  Truth fold_window(const TimeRange& window) const;
  // What times, bounds and, where reading them is worthwhile, dictionaries tell about `test`.
  Truth fold(const PreparedTest& test);

  // The blocks of the tile; with their layers and tails at least as far as they tell every ordinal's number of rows up
  // to `most`.
  std::span<const BlockView> blocks(uint32_t most = RowsColumn::kAllLayers);
  // How many rows the tile has.
  uint32_t tile_row_count();

  // The rows of the tile that satisfy the test; rows of other tiles are arbitrary.  `rows` is set if the answer is
  // kSome.
  Truth select(const PreparedTest& test, RowSet& rows);
  // The rows of the tile whose ordinals are among these.
  void select_members(const DenseSet& members, RowSet& result);
  // The rows of the tile within `window`; valid until the next call.
  const RowSet& select_window(const TimeRange& window);
  // REQUIRES: the fragment has the field.
  FieldColumn& field(int16_t number) { return column(number); }
  // Nothing: every row's value is null.
  std::optional<FieldState> field_state(int16_t number, bool has_missing) const;
  // REQUIRES: the fragment has the field.  Of all rows.
  const std::vector<uint32_t>& codes(int16_t number);
  // The rows of the tile with a value; rows of other tiles are arbitrary.
  const RowSet& with_value(int16_t number);
  uint32_t row_count() const { return source_.row_count(); }
  const FragmentSource& source() const { return source_; }
  // Of all rows, in order.
  const std::vector<Timestamp>& row_times();

  // Ends the work for one counter: forgets what no other counter can use.
  void release();

 private:
  enum class Depth : uint8_t { kBounds, kDictionary };

  struct PredicateState {
    Truth truth = Truth::kSome;
    bool uses_codes = false;  // truth was refined by `codes`
    std::optional<CodeSet> codes;
    std::optional<RowSet> rows;
    size_t kept_bytes = 0;
  };

  Truth fold(const PreparedTest& test, Depth depth);
  Truth fold_times(const std::vector<TimeRange>& times) const;
  PredicateState& state_of(uint32_t predicate);
  bool is_always_null(const PairOperand& operand) const;
  bool has_worthwhile_dictionary(int16_t field);
  void refine(uint32_t predicate, PredicateState& state, const Dictionary& dictionary);

  FieldColumn& column(int16_t field);
  TimeColumn& times();
  const RowsColumn& rows(uint32_t most = RowsColumn::kAllLayers);
  Truth select_all_of(const PreparedTest& test, RowSet& result);
  Truth select_any_of(const PreparedTest& test, RowSet& result);
  Truth select_field(uint32_t predicate, RowSet& result);
  Truth select_time_part(uint32_t predicate, RowSet& result);
  Truth select_pair(uint32_t pair, RowSet& result);
  // Nothing: every row's value is null.
  std::optional<RowValues> row_values(const PairOperand& operand);
  Dictionary tile_times();
  Truth select_times(const std::vector<TimeRange>& ranges, RowSet& result);
  void select_ordinals(const ProfileSet& ordinals, RowSet& result);

  FragmentSource& source_;
  const uint32_t tile_;
  Restrictions& restrictions_;
  uint32_t first_row_ = 0;  // rows of the tile, once rows_ is there
  uint32_t end_row_ = 0;
  std::optional<RowsColumn> rows_;
  uint32_t rows_most_ = 0;  // how far rows_ was read
  std::optional<TimeColumn> times_;
  std::optional<std::vector<Timestamp>> row_times_;
  std::map<int16_t, FieldColumn> fields_;
  std::map<int16_t, std::vector<uint32_t>> codes_;
  std::map<int16_t, RowSet> with_value_;
  std::unordered_map<uint32_t, PredicateState> predicates_;
  std::vector<uint32_t> touched_;  // predicates whose codes or rows are new since release()
  std::vector<std::pair<TimeRange, RowSet>> windows_;
  size_t kept_bytes_ = 0;  // by codes and rows of shared predicates
};

}  // namespace segments

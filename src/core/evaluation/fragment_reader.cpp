#include "core/evaluation/fragment_reader.h"

#include <algorithm>

#include "core/column/layer_bits.h"
#include "core/column/byte_reader.h"

namespace segments {
namespace {

// A smaller column is read whole: looking into its dictionary first saves nothing.
constexpr uint32_t kLargeColumnRows = 1u << 15;
// Results kept for other counters, per fragment.
constexpr size_t kKeptBytes = size_t{2} << 20;

Truth truth_of(const CodeSet& codes) {
  if (codes.empty()) return Truth::kNone;
  return codes.full() ? Truth::kAll : Truth::kSome;
}

Truth negate(Truth truth) {
  switch (truth) {
    case Truth::kNone:
      return Truth::kAll;
    case Truth::kAll:
      return Truth::kNone;
    case Truth::kSome:
      return Truth::kSome;
  }
  return truth;
}

size_t bytes_of(const RowSet& rows) { return rows.words().size() * sizeof(uint64_t); }
size_t bytes_of(const CodeSet& codes) { return codes.code_count() / 8; }

}  // namespace

FragmentReader::FragmentReader(FragmentSource& source, uint32_t tile, Restrictions& restrictions)
    : source_(source), tile_(tile), restrictions_(restrictions) {}

// ---- without looking at rows

Truth FragmentReader::fold_window(const TimeRange& window) const {
  if (window.empty() || source_.max_time() < window.first || window.last < source_.min_time()) return Truth::kNone;
  return window.contains(source_.min_time()) && window.contains(source_.max_time()) ? Truth::kAll : Truth::kSome;
}

Truth FragmentReader::fold_times(const std::vector<TimeRange>& times) const {
  Truth result = Truth::kNone;
  for (const TimeRange& range : times) result = std::max(result, fold_window(range));
  return result;
}

// Bounds first: they cost nothing.
Truth FragmentReader::fold(const PreparedTest& test) {
  const Truth truth = fold(test, Depth::kBounds);
  return truth == Truth::kSome ? fold(test, Depth::kDictionary) : truth;
}

Truth FragmentReader::fold(const PreparedTest& test, Depth depth) {
  switch (test.kind) {
    case RowTestKind::kField: {
      PredicateState& state = state_of(test.predicate);
      if (state.truth == Truth::kSome && depth == Depth::kDictionary && !state.uses_codes) {
        const int16_t field = restrictions_.predicate(test.predicate).field;
        if (has_worthwhile_dictionary(field)) refine(test.predicate, state, column(field).dictionary());
      }
      return state.truth;
    }
    case RowTestKind::kTimes:
      return fold_times(*test.times);
    case RowTestKind::kTimePart:
      return Truth::kSome;
    case RowTestKind::kPair: {
      const PairPredicate& pair = restrictions_.pair(test.pair);
      return is_always_null(pair.left) || is_always_null(pair.right) ? Truth::kNone : Truth::kSome;
    }
    case RowTestKind::kOrdinals: {
      const uint64_t first = first_ordinal(tile_);
      return test.ordinals->count_in(first, first + kTileSize) == 0 ? Truth::kNone : Truth::kSome;
    }
    case RowTestKind::kNot:
      return negate(fold(test.children[0], depth));
    case RowTestKind::kAnd: {
      Truth result = Truth::kAll;
      for (const PreparedTest& child : test.children) {
        result = std::min(result, fold(child, depth));
        if (result == Truth::kNone) break;
      }
      return result;
    }
    case RowTestKind::kOr: {
      Truth result = Truth::kNone;
      for (const PreparedTest& child : test.children) {
        result = std::max(result, fold(child, depth));
        if (result == Truth::kAll) break;
      }
      return result;
    }
  }
  return Truth::kSome;
}

FragmentReader::PredicateState& FragmentReader::state_of(uint32_t index) {
  const auto [found, added] = predicates_.try_emplace(index);
  PredicateState& state = found->second;
  if (!added) return state;
  const FieldPredicate& predicate = restrictions_.predicate(index);
  const bool null_matches = matches_null(predicate);
  if (!source_.has_column(predicate.field)) {
    const bool matches = predicate.field > source_.known_fields() ? restrictions_.matches_missing(index) : null_matches;
    state.truth = matches ? Truth::kAll : Truth::kNone;
  } else if (!null_matches) {
    const ValueBounds* bounds = source_.bounds(predicate.field);
    if (bounds != nullptr && !may_match(predicate, *bounds)) state.truth = Truth::kNone;
  }
  return state;
}

// Whether a column's dictionary can be had for much less than the column: in a column that is worth it, at most a
// quarter of a byte per row.
bool FragmentReader::has_worthwhile_dictionary(int16_t number) {
  if (fields_.contains(number)) return true;
  return source_.row_count() >= kLargeColumnRows &&
         FieldColumn::dictionary_bytes(source_.column(number)) <= source_.row_count() / 4;
}

void FragmentReader::refine(uint32_t predicate, PredicateState& state, const Dictionary& dictionary) {
  CodeSet codes = restrictions_.matching_codes(predicate, dictionary);
  state.truth = truth_of(codes);
  state.uses_codes = true;
  if (state.truth != Truth::kSome) return;
  state.codes = std::move(codes);
  touched_.push_back(predicate);
}

void FragmentReader::release() {
  for (const uint32_t predicate : touched_) {
    PredicateState& state = predicates_.find(predicate)->second;
    kept_bytes_ -= state.kept_bytes;
    state.kept_bytes = (state.codes ? bytes_of(*state.codes) : 0) + (state.rows ? bytes_of(*state.rows) : 0);
    if (!restrictions_.is_shared(predicate) || kept_bytes_ + state.kept_bytes > kKeptBytes) {
      state.codes.reset();
      state.rows.reset();
      state.kept_bytes = 0;
    }
    kept_bytes_ += state.kept_bytes;
  }
  touched_.clear();
  if (kept_bytes_ + windows_.size() * source_.row_count() / 8 > 2 * kKeptBytes) windows_.clear();
}

// ---- columns

const RowsColumn& FragmentReader::rows(uint32_t most) {
  if (rows_ && rows_most_ >= most) return *rows_;
  rows_.emplace(source_.column(kRowsColumn), most);
  rows_most_ = most;
  if (rows_->row_count() != source_.row_count()) throw_corrupted("A fragment has more or fewer rows than it should have.");
  const auto found = rows_->blocks_of_tile(tile_);
  if (!found.empty()) {
    first_row_ = found.front().first_row;
    end_row_ = found.back().first_row + found.back().row_count;
  }
  return *rows_;
}

TimeColumn& FragmentReader::times() {
  if (!times_) {
    times_.emplace(source_.column(kTimeColumn));
    if (times_->row_count() != source_.row_count()) throw_corrupted("A time column has more or fewer rows than its fragment.");
  }
  return *times_;
}

const std::vector<Timestamp>& FragmentReader::row_times() {
  if (!row_times_) row_times_ = times().times();
  return *row_times_;
}

Dictionary FragmentReader::tile_times() {
  const std::vector<Timestamp>& all = row_times();
  return Dictionary::of_integers(ValueKind::kInteger, {all.begin() + first_row_, all.begin() + end_row_});
}

FieldColumn& FragmentReader::column(int16_t number) {
  const auto found = fields_.find(number);
  if (found != fields_.end()) return found->second;
  FieldColumn& column = fields_.try_emplace(number, source_.column(number)).first->second;
  if (column.row_count() != source_.row_count()) {
    throw_corrupted("A field's column has more or fewer rows than its fragment.");
  }
  return column;
}

std::optional<FieldState> FragmentReader::field_state(int16_t number, bool has_missing) const {
  if (source_.has_column(number)) return FieldState::kStored;
  if (number <= source_.known_fields() || !has_missing) return std::nullopt;
  return FieldState::kMissing;
}

const std::vector<uint32_t>& FragmentReader::codes(int16_t number) {
  const auto [found, added] = codes_.try_emplace(number);
  if (added) found->second = column(number).codes();
  return found->second;
}

const RowSet& FragmentReader::with_value(int16_t number) {
  const auto [found, added] = with_value_.try_emplace(number);
  if (!added) return found->second;
  rows();
  FieldColumn& values = column(number);
  CodeSet codes(values.dictionary().size() + 1);
  codes.insert_range(1, codes.code_count());
  found->second = values.select(codes, first_row_, end_row_);
  return found->second;
}

std::span<const BlockView> FragmentReader::blocks(uint32_t most) { return rows(most).blocks_of_tile(tile_); }

uint32_t FragmentReader::tile_row_count() {
  if (!rows_) rows();
  return end_row_ - first_row_;
}

// ---- rows

Truth FragmentReader::select(const PreparedTest& test, RowSet& result) {
  rows();
  switch (test.kind) {
    case RowTestKind::kField:
      return select_field(test.predicate, result);
    case RowTestKind::kTimes:
      return select_times(*test.times, result);
    case RowTestKind::kTimePart:
      return select_time_part(test.predicate, result);
    case RowTestKind::kPair:
      return select_pair(test.pair, result);
    case RowTestKind::kOrdinals:
      select_ordinals(*test.ordinals, result);
      return Truth::kSome;
    case RowTestKind::kAnd:
      return select_all_of(test, result);
    case RowTestKind::kOr:
      return select_any_of(test, result);
    case RowTestKind::kNot: {
      const Truth truth = select(test.children[0], result);
      if (truth == Truth::kSome) result.complement();
      return negate(truth);
    }
  }
  return Truth::kNone;
}

Truth FragmentReader::select_all_of(const PreparedTest& test, RowSet& result) {
  Truth truth = Truth::kAll;
  RowSet rows;
  for (const PreparedTest& child : test.children) {
    const Truth part = select(child, truth == Truth::kAll ? result : rows);
    if (part == Truth::kNone) return Truth::kNone;
    if (part == Truth::kAll) continue;
    if (truth == Truth::kSome) result &= rows;
    truth = Truth::kSome;
  }
  return truth;
}

Truth FragmentReader::select_any_of(const PreparedTest& test, RowSet& result) {
  Truth truth = Truth::kNone;
  RowSet rows;
  for (const PreparedTest& child : test.children) {
    const Truth part = select(child, truth == Truth::kNone ? result : rows);
    if (part == Truth::kAll) return Truth::kAll;
    if (part == Truth::kNone) continue;
    if (truth == Truth::kSome) result |= rows;
    truth = Truth::kSome;
  }
  return truth;
}

Truth FragmentReader::select_field(uint32_t index, RowSet& result) {
  PredicateState& state = state_of(index);
  if (state.truth != Truth::kSome) return state.truth;
  if (state.rows) {
    result = *state.rows;
    return Truth::kSome;
  }
  FieldColumn& values = column(restrictions_.predicate(index).field);
  if (!state.codes) refine(index, state, values.dictionary());
  if (state.truth != Truth::kSome) return state.truth;
  if (state.codes->code_count() != values.dictionary().size() + 1) {
    throw_corrupted("A field's column changed while it was read.");
  }
  result = values.select(*state.codes, first_row_, end_row_);
  if (restrictions_.is_shared(index)) {
    state.rows = result;
    state.codes.reset();
    touched_.push_back(index);
  }
  return Truth::kSome;
}

Truth FragmentReader::select_times(const std::vector<TimeRange>& ranges, RowSet& result) {
  const Truth truth = fold_times(ranges);
  if (truth != Truth::kSome) return truth;
  result = RowSet(source_.row_count());
  for (const TimeRange& range : ranges) {
    if (fold_window(range) != Truth::kNone) result |= times().select(range, first_row_, end_row_);
  }
  return Truth::kSome;
}

Truth FragmentReader::select_time_part(uint32_t predicate, RowSet& result) {
  const CodeSet matching = restrictions_.matching_times(predicate, tile_times());
  result = RowSet(source_.row_count());
  for (uint32_t row = first_row_; row < end_row_; ++row) {
    if (matching.contains(row - first_row_)) result.insert(row);
  }
  return Truth::kSome;
}

bool FragmentReader::is_always_null(const PairOperand& operand) const {
  return operand.field != kTimeColumn && !field_state(operand.field, operand.missing.has_value());
}

std::optional<RowValues> FragmentReader::row_values(const PairOperand& operand) {
  if (is_always_null(operand)) return std::nullopt;
  if (operand.field == kTimeColumn) return RowValues::row_by_row(tile_times(), first_row_);
  if (!source_.has_column(operand.field)) return RowValues::constant(dictionary_of(*operand.missing));
  FieldColumn& values = column(operand.field);
  if (values.dictionary().size() == 0) return std::nullopt;
  if (values.dictionary().kind() != operand.kind) throw_corrupted("A field's values are not of the expected kind.");
  return RowValues::of_column(values.dictionary(), values.codes());
}

Truth FragmentReader::select_pair(uint32_t index, RowSet& result) {
  const std::optional<RowValues> left = row_values(restrictions_.pair(index).left);
  const std::optional<RowValues> right = left ? row_values(restrictions_.pair(index).right) : std::nullopt;
  if (!right) return Truth::kNone;
  result = RowSet(source_.row_count());
  const PairValues values = restrictions_.pair_values(index, left->dictionary(), right->dictionary());
  select_pairs(*left, *right, values, first_row_, end_row_, result);
  return Truth::kSome;
}

void FragmentReader::select_ordinals(const ProfileSet& ordinals, RowSet& result) {
  select_members(ordinals.to_dense(tile_), result);
}

void FragmentReader::select_members(const DenseSet& members, RowSet& result) {
  result = RowSet(source_.row_count());
  for (const BlockView& block : blocks()) {
    const uint32_t first_word = block.block % kBlocksPerTile * kLayerWords;
    const uint64_t* words = members.words().data() + first_word;
    for (const LayerView& layer : block.layers) extract_rows(words, {layer.words, kLayerWords}, layer.first_row, result.words());
    for (size_t i = 0; i < block.tail.size(); ++i) {
      if (members.contains(first_word * 64 + block.tail[i])) result.insert(block.tail_first_row + static_cast<uint32_t>(i));
    }
  }
}

const RowSet& FragmentReader::select_window(const TimeRange& window) {
  const auto found = std::ranges::find(windows_, window, [](const auto& entry) { return entry.first; });
  if (found != windows_.end()) return found->second;
  rows();
  return windows_.emplace_back(window, times().select(window, first_row_, end_row_)).second;
}

}  // namespace segments

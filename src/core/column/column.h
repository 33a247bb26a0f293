// The encodings of a fragment's columns, and the checks on every read.
//
// A fragment holds its rows in *layered order*: by block, then by layer, then by ordinal.  Layer k of a block holds the
// (k+1)-th row of every ordinal that has more than k rows in it, so a layer is a set of ordinals, stored as a bitmap of
// 1024 words, and a row needs no ordinal of its own: selected rows become ordinals by one bit-deposit per word.
// Once a layer would hold fewer than kDenseLayerRows rows, the remaining rows of the block (the *tail*) carry explicit
// 16-bit ordinals, ascending.
//
// Values and times are bit-sliced: plane p holds bit p of every row's code, so a comparison with a constant costs one
// or two word operations per plane for 64 rows.
//
// How a column is framed, sealed, checked and read piece by piece: section.h.  Readers throw Error{kDataCorrupted} on
// damage; they never read outside a column, and never allocate more than a small multiple of it.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/column/bit_planes.h"
#include "core/column/section.h"
#include "core/ordinal.h"
#include "core/time.h"

namespace segments {

inline constexpr uint32_t kLayerWords = kBlockSize / 64;
inline constexpr uint32_t kDenseLayerRows = kBlockSize / 32;

// Field numbers of the two columns that are not fields; fields have their column's attnum (1 …).
inline constexpr int16_t kRowsColumn = 0;
inline constexpr int16_t kTimeColumn = -1;

// How a field's values are held.  kInteger: int64 (integers, booleans, dates, timestamps).  kFloat: double, in
// PostgreSQL's order (-0 = 0, NaN last).  kBytes: the bytes of the value (text without header; numeric, uuid … their
// binary image).
enum class ValueKind : uint8_t { kInteger = 1, kFloat = 2, kBytes = 3 };

// Maps a double to an integer whose order is PostgreSQL's order of doubles, and back.
int64_t float_to_ordered(double value);
double ordered_to_float(int64_t ordered);

// The sorted distinct values of one column.  Code 0 is null; value i has code i + 1.
// kInteger and kFloat: ascending `integers` (floats through float_to_ordered); kBytes: ascending by memcmp, shorter
// first.
class Dictionary {
 public:
  Dictionary() = default;
  static Dictionary of_integers(ValueKind kind, std::vector<int64_t> sorted_distinct);
  static Dictionary of_bytes(std::vector<uint32_t> end_offsets, Bytes blob);

  ValueKind kind() const { return kind_; }
  uint32_t size() const;
  int64_t integer(uint32_t index) const { return integers_[index]; }
  const std::vector<int64_t>& integers() const { return integers_; }
  std::string_view bytes(uint32_t index) const;
  // Index of the first value not below `value`.
  uint32_t lower_bound(int64_t value) const;
  uint32_t lower_bound(std::string_view value) const;
  size_t memory_bytes() const;

 private:
  ValueKind kind_ = ValueKind::kInteger;
  std::vector<int64_t> integers_;
  std::vector<uint32_t> ends_;
  Bytes blob_;
};

// A set of codes 0 … dictionary.size(); bit 0 answers for null.
class CodeSet {
 public:
  explicit CodeSet(uint32_t code_count) : count_(code_count), words_((code_count + 63) / 64) {}
  uint32_t code_count() const { return count_; }
  void insert(uint32_t code) { words_[code >> 6] |= uint64_t{1} << (code & 63); }
  void insert_range(uint32_t first, uint32_t end);
  bool contains(uint32_t code) const { return words_[code >> 6] >> (code & 63) & 1; }
  void complement();
  bool empty() const;
  bool full() const;
  const std::vector<uint64_t>& words() const { return words_; }

 private:
  uint32_t count_;
  std::vector<uint64_t> words_;
};

// One bit per row of a fragment, in layered order.
class RowSet {
 public:
  explicit RowSet(uint32_t row_count = 0, bool value = false);
  uint32_t row_count() const { return count_; }
  bool contains(uint32_t row) const { return words_[row >> 6] >> (row & 63) & 1; }
  void insert(uint32_t row) { words_[row >> 6] |= uint64_t{1} << (row & 63); }
  RowSet& operator&=(const RowSet& other);
  RowSet& operator|=(const RowSet& other);
  void complement();  // bits past row_count stay 0
  bool empty() const;
  uint32_t cardinality() const;
  std::vector<uint64_t>& words() { return words_; }
  const std::vector<uint64_t>& words() const { return words_; }

 private:
  uint32_t count_;
  std::vector<uint64_t> words_;
};

// ---- the rows column: which ordinals the rows belong to

struct LayerView {
  const uint64_t* words;  // kLayerWords: the ordinals of the layer within the block
  uint32_t first_row;     // row number of the layer's first row
  uint32_t row_count;     // = popcount of words
};

struct BlockView {
  uint32_t block;      // block_of() its ordinals
  uint32_t first_row;  // rows of a block are contiguous: layers, then tail
  uint32_t row_count;
  std::span<const LayerView> layers;
  std::span<const uint16_t> tail;  // ordinals within the block, ascending, repeats allowed
  uint32_t tail_first_row;
};

// Reads a rows column, or as much of it as tells every ordinal's number of rows up to `most`: the first layers, and the
// tails if a block has fewer layers.  Then blocks have only these, though all their rows are counted.
class RowsColumn {
 public:
  static constexpr uint32_t kAllLayers = UINT32_MAX;

  explicit RowsColumn(ColumnSource& source, uint32_t most = kAllLayers);
  RowsColumn(RowsColumn&&) noexcept = default;  // the views stay valid; a copy's would not
  RowsColumn& operator=(RowsColumn&&) noexcept = default;
  uint32_t row_count() const { return row_count_; }
  std::span<const BlockView> blocks() const { return blocks_; }  // ascending
  // The blocks of one tile: at most kBlocksPerTile, maybe none.
  std::span<const BlockView> blocks_of_tile(uint32_t tile) const;
  // One per row, in row order.  REQUIRES: read whole.
  std::vector<Ordinal> ordinals() const;

 private:
  struct Directory;
  void read_layers(const SectionReader& section, const Directory& directory, uint32_t levels);
  void read_tails(const SectionReader& section, const Directory& directory);
  void make_views(const Directory& directory, uint32_t levels, bool with_tails);

  uint32_t row_count_ = 0;
  AlignedBytes words_;
  AlignedBytes tails_;
  std::vector<LayerView> layers_;  // by block
  std::vector<BlockView> blocks_;
};

// Encodes the rows of `ordinals` (any order, repeats allowed, at most kMaxFragmentRows).
// order[i] is set to the input index of the row that is stored as row i; among equal ordinals the input order is kept.
Bytes encode_rows(std::span<const Ordinal> ordinals, std::vector<uint32_t>& order);

// ---- the time column

// Times are put into buckets of about equally many rows.  The buckets' numbers are bit-sliced over all rows, the times
// within a bucket over its rows: so a window reads few planes, and the buckets that its ends fall into.
class TimeColumn {
 public:
  // Reads the directory; the rest when it is needed.  `source` must outlive this.
  explicit TimeColumn(ColumnSource& source);
  uint32_t row_count() const { return section_.row_count(); }
  // Rows [first_row, end_row) whose time lies in `range`; other bits are 0.
  RowSet select(const TimeRange& range, uint32_t first_row, uint32_t end_row);
  std::vector<Timestamp> times();

 private:
  struct Bucket {
    uint64_t first_code;
    uint64_t offset;  // of its part
    uint32_t row_count;
    uint32_t plane_count;
    std::optional<BitPlanes> codes = {};  // less the first one, once read
  };

  // How many codes times up to and including `time` have.  REQUIRES: time != kPlusInfinity.
  uint64_t codes_through(Timestamp time) const;
  uint64_t last_code() const;
  uint64_t last_code_of(size_t bucket) const;
  size_t bucket_of(uint64_t code) const;
  const BitPlanes& numbers();
  const BitPlanes& bucket(size_t number);
  void read_directory();
  void select_in_bucket(size_t bucket, const CodeRange& codes, uint32_t first_row, uint32_t end_row, RowSet& rows);

  SectionReader section_;
  // In this order: -infinity if there is one, base + step * i for i < finite_count, +infinity if there is one.
  Timestamp base_ = 0;
  uint64_t step_ = 1;
  uint64_t finite_count_ = 0;
  bool has_minus_infinity_ = false;
  bool has_plus_infinity_ = false;
  std::vector<Bucket> buckets_;  // at least one, ascending, the first one from code 0
  std::optional<BitPlanes> numbers_;
};

Bytes encode_times(std::span<const Timestamp> times);

// ---- a field's column

class FieldColumn {
 public:
  // Reads the dictionary; the codes when they are needed.  `source` must outlive this.
  explicit FieldColumn(ColumnSource& source);
  // How many bytes have to be read for the dictionary alone.
  static size_t dictionary_bytes(ColumnSource& source);

  uint32_t row_count() const { return section_.row_count(); }
  const Dictionary& dictionary() const { return dictionary_; }
  // Rows [first_row, end_row) whose code is in `codes`; other bits are 0.  REQUIRES: codes.code_count() is that of
  // dictionary().
  RowSet select(const CodeSet& codes, uint32_t first_row, uint32_t end_row);
  std::vector<uint32_t> codes();
  // By code, 0 … dictionary().size(): how many of these rows have it.
  std::vector<uint64_t> count(const RowSet& rows);

 private:
  const BitPlanes& planes();

  SectionReader section_;
  Dictionary dictionary_;
  std::optional<BitPlanes> planes_;
};

// Encodes one code per row.  Codes must be < dictionary.size() + 1; unused dictionary values are dropped.
Bytes encode_field(const Dictionary& dictionary, std::span<const uint32_t> codes);

}  // namespace segments

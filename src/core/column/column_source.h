// Where a column's bytes come from: piece by piece, so that only what a question needs is read.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace segments {

using Bytes = std::vector<uint8_t>;
using BytesView = std::span<const uint8_t>;

// Bytes in memory that vector loops may read: aligned to kAlignment, and readable kPadding bytes past their end.
// Whoever fills them may write a header into the kHeadroom bytes before them.
class AlignedBytes {
 public:
  static constexpr size_t kAlignment = 64;
  static constexpr size_t kHeadroom = 64;
  static constexpr size_t kPadding = 64;

  AlignedBytes() = default;
  explicit AlignedBytes(size_t size);  // not initialized
  explicit AlignedBytes(BytesView bytes);

  uint8_t* data() { return memory_ == nullptr ? nullptr : memory_.get() + kHeadroom; }
  const uint8_t* data() const { return memory_ == nullptr ? nullptr : memory_.get() + kHeadroom; }
  size_t size() const { return size_; }
  // Leaves bytes off at the end.  REQUIRES: size <= size().
  void shrink(size_t size) { size_ = size; }
  BytesView view() const { return {data(), size_}; }
  const uint64_t* words() const { return reinterpret_cast<const uint64_t*>(data()); }

 private:
  struct Free {
    void operator()(uint8_t* memory) const;
  };
  std::unique_ptr<uint8_t[], Free> memory_;
  size_t size_ = 0;
};

// One stored column.
class ColumnSource {
 public:
  virtual ~ColumnSource() = default;
  virtual size_t size() const = 0;
  // REQUIRES: offset + length <= size().
  virtual AlignedBytes read(size_t offset, size_t length) = 0;
  // What the checksum of the directory is mixed with (seal.h); 0: the column stands in no row of a table.
  virtual uint32_t seal() const { return 0; }
  // Whether checksums need no look: tests reach what lies behind them so.
  virtual bool is_verified() const { return false; }
};

// A column that lies in memory, which must outlive this.
class BytesSource final : public ColumnSource {
 public:
  explicit BytesSource(BytesView bytes, uint32_t seal = 0, bool verified = false)
      : bytes_(bytes), seal_(seal), verified_(verified) {}
  size_t size() const override { return bytes_.size(); }
  AlignedBytes read(size_t offset, size_t length) override { return AlignedBytes(bytes_.subspan(offset, length)); }
  uint32_t seal() const override { return seal_; }
  bool is_verified() const override { return verified_; }

 private:
  BytesView bytes_;
  uint32_t seal_;
  bool verified_;
};

}  // namespace segments

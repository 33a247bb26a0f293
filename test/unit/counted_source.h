// A column in memory that tells how much of it was read.
#pragma once
#include "core/column/column_source.h"

namespace segments {

class CountedSource final : public ColumnSource {
 public:
  // `bytes` must outlive this.
  explicit CountedSource(BytesView bytes) : bytes_(bytes) {}
  size_t size() const override { return bytes_.size(); }
  AlignedBytes read(size_t offset, size_t length) override {
    read_bytes += length;
    return bytes_.read(offset, length);
  }
  size_t read_bytes = 0;

 private:
  BytesSource bytes_;
};

}  // namespace segments

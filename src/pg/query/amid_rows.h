// A statement of SPI within the rows of another, on the same connection, would take from the executor what it stands on: the
// server crashes at the next row.  It is refused instead; with_spi() within a consumer connects anew, and is allowed.
#pragma once
#include "pg/server/boundary.h"

namespace segments::pg {

// Whether the innermost connection hands over rows, for as long as the object lives.
class AmidRows {
 public:
  explicit AmidRows(bool is_amid) : before_(std::exchange(is_amid_, is_amid)) {}
  AmidRows(const AmidRows&) = delete;
  AmidRows& operator=(const AmidRows&) = delete;
  ~AmidRows() { is_amid_ = before_; }

  // Only server calls: it is entered through call().
  static void refuse() {
    if (is_amid_) elog(ERROR, "a statement of the extension is run amid the rows of another");
  }

 private:
  static inline bool is_amid_ = false;
  bool before_;
};

// A consumer of a statement of SPI.
template <class F>
auto amid_rows(const F& consume) {
  return [&consume](const Datum* values, const bool* nulls) {
    const AmidRows rows(true);
    consume(values, nulls);
  };
}

}  // namespace segments::pg

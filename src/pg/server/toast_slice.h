// Slices of values that are stored out of line.
//
// The server looks up every chunk of 2 KB in an index.  The chunks of a value follow each other, though, four to a page, so here
// only the first one is looked up, and whichever is not where it should be; each is known by the value and the number it carries.
#pragma once
#include "pg/server/server.h"

namespace segments::pg {

// A TOAST table, open from the first slice until close(), or until the transaction is aborted: for many slices, of which each
// would open it anew.
class ToastTable {
 public:
  // What its scan allocates lives in `context`; rows of values are visible to `snapshot`.
  ToastTable(Snapshot snapshot, MemoryContext context) : snapshot_(snapshot), context_(context) {}
  ToastTable(const ToastTable&) = delete;
  ToastTable& operator=(const ToastTable&) = delete;

  // As copy_toast_slice().
  void copy(const varatt_external& value, uint32_t offset, uint32_t length, uint8_t* to);
  void close();  // within call()

 private:
  void open(Oid table);

  Snapshot snapshot_;
  MemoryContext context_;
  Relation table_ = nullptr;
  Relation* indexes_ = nullptr;
  int index_count_ = 0;
  IndexScanDesc places_ = nullptr;  // of chunks, by value and number; null: not a heap
};

// Copies the bytes offset … offset + length - 1 of the value to `to`, which has VARHDRSZ bytes of room before it.
// REQUIRES: within call(); stored uncompressed; the slice lies within the value; the row it belongs to is visible.  May ereport.
void copy_toast_slice(const varatt_external& value, uint32_t offset, uint32_t length, uint8_t* to);

}  // namespace segments::pg

#include "pg/server/unfinished_rows.h"

#include "pg/server/page_headers.h"

namespace segments::pg {
namespace {

// Who has written a table's rows, as far as it is not known that they were committed.  Owns nothing of the server's: what it
// opens belongs to the transaction.
class WriterSearch {
 public:
  explicit WriterSearch(const std::set<TransactionId>& wanted) : wanted_(wanted), oldest_(*wanted.begin()) {
    for (const TransactionId transaction : wanted_) {
      if (TransactionIdPrecedes(transaction, oldest_)) oldest_ = transaction;
    }
  }

  // Server calls only.
  void run(Relation table) {
    const BlockNumber blocks = RelationGetNumberOfBlocks(table);
    BufferAccessStrategy strategy = GetAccessStrategy(BAS_BULKREAD);
    Buffer map = InvalidBuffer;
    for (BlockNumber block = 0; block < blocks && found_.size() < wanted_.size(); ++block) {
      CHECK_FOR_INTERRUPTS();
      if ((visibilitymap_get_status(table, block, &map) & VISIBILITYMAP_ALL_VISIBLE) != 0) continue;
      Buffer buffer = ReadBufferExtended(table, MAIN_FORKNUM, block, RBM_NORMAL, strategy);
      LockBuffer(buffer, BUFFER_LOCK_SHARE);
      read(BufferGetPage(buffer));
      UnlockReleaseBuffer(buffer);
    }
    if (map != InvalidBuffer) ReleaseBuffer(map);
    FreeAccessStrategy(strategy);
  }

  std::set<TransactionId> found() { return std::move(found_); }

 private:
  void read(Page page) {
    const OffsetNumber last = PageIsNew(page) ? InvalidOffsetNumber : PageGetMaxOffsetNumber(page);
    for (OffsetNumber item = FirstOffsetNumber; item <= last; item = OffsetNumberNext(item)) {
      ItemId pointer = PageGetItemId(page, item);
      if (!ItemIdIsNormal(pointer)) continue;
      HeapTupleHeader row = reinterpret_cast<HeapTupleHeader>(PageGetItem(page, pointer));
      if (!HeapTupleHeaderXminCommitted(row) && !HeapTupleHeaderXminInvalid(row)) take(HeapTupleHeaderGetRawXmin(row));
    }
  }

  // Those that are wanted have not ended, and their subtransactions are younger than they are.
  void take(TransactionId writer) {
    if (writer == last_ || !TransactionIdIsNormal(writer) || TransactionIdPrecedes(writer, oldest_)) return;
    last_ = writer;
    const TransactionId whole = SubTransGetTopmostTransaction(writer);
    if (wanted_.contains(whole)) found_.insert(whole);
  }

  const std::set<TransactionId>& wanted_;
  std::set<TransactionId> found_;
  TransactionId oldest_;
  TransactionId last_ = InvalidTransactionId;
};

}  // namespace

std::set<TransactionId> writers_among(Oid table, const std::set<TransactionId>& transactions) {
  if (transactions.empty()) return {};
  WriterSearch search(transactions);
  const bool is_readable = call([&] {
    Relation relation = table_open(table, NoLock);
    const bool has_rows = RELKIND_HAS_STORAGE(relation->rd_rel->relkind);
    const bool is_heap = has_rows && relation->rd_rel->relam == HEAP_TABLE_AM_OID;
    if (is_heap) search.run(relation);
    table_close(relation, NoLock);
    return is_heap || !has_rows;
  });
  return is_readable ? search.found() : transactions;
}

}  // namespace segments::pg

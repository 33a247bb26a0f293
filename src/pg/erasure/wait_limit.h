// How long an erasure waits for others, all its waits together: segments.erase_timeout.
//
// Whatever it waits for (a refresh, members being written, a lock on a table, a transaction that has written one) is somebody's
// who may never end.  So it gives up in the end, undoes what it has done, and says who was in the way.
#pragma once
#include <functional>
#include <span>
#include <vector>

#include "pg/server/boundary.h"

namespace segments::pg {

enum class WaitFor : uint8_t { kRefresh, kTable, kWriter, kRow };

struct Blockers;

class WaitLimit {
 public:
  // The time begins.
  WaitLimit();

  // Runs `body` in a subtransaction.  If a lock in it is not to be had in time, the subtransaction is undone, and the error says
  // for which process `body` waited, and what that has locked: 55P03.
  // REQUIRES: as the extension's owner; `body` connects to SPI itself.
  void run(const std::function<void()>& body);

  // Within run(): what is waited for from here on, for as long as is left.
  void begin(WaitFor wait);
  // The same for a transaction that has written a table.
  void begin_for_writer(TransactionId transaction);
  // Between two waits of one statement, each of which would have all that was left when it began.
  void renew();
  // INT_MAX: without limit.
  int left_ms() const;
  // Within run(): whose locks are meant by kTable, kWriter and kRow.
  void set_tables(std::vector<Oid> tables) { tables_ = std::move(tables); }

 private:
  [[noreturn]] void give_up() const;
  Blockers blockers() const;

  int64_t limit_ms_;     // 0: none
  int caller_limit_ms_;  // lock_timeout of the session
  TimestampTz began_;
  WaitFor wait_ = WaitFor::kRefresh;
  int64_t set_at_ms_ = 0;  // when lock_timeout was set last
  std::vector<Oid> tables_;
  TransactionId writer_ = InvalidTransactionId;  // kWriter: which
};

// Each until the transaction ends.  REQUIRES: within run() and with_spi.
// No refresh runs, and no members are written.
void keep_out_changes(WaitLimit& limit);
// Nothing of these tables is dropped or rewritten; who had written one of them before has ended.
void lock_tables(WaitLimit& limit, std::span<const Oid> tables);

// segments.erase_timeout.  Called when the module is loaded.
void define_erasure_settings();

}  // namespace segments::pg

// Hands rows of the executor to a C++ consumer, with its exceptions kept out of the server's frames.
#pragma once
#include "pg/query/query.h"

namespace segments::pg {

// An exception of the consumer is parked and the executor is told to stop.
struct RowReceiver {
  DestReceiver receiver;
  const RowConsumer* consume;
  std::exception_ptr* failure;

  static bool receive(TupleTableSlot* slot, DestReceiver* self) {
    auto* rows = reinterpret_cast<RowReceiver*>(self);
    slot_getallattrs(slot);
    try {
      (*rows->consume)(slot->tts_values, slot->tts_isnull);
      return true;
    } catch (...) {
      *rows->failure = std::current_exception();
      return false;
    }
  }
  static void start(DestReceiver*, int, TupleDesc) {}
  static void end(DestReceiver*) {}
};

// Calls execute(receiver), which runs a query into it; rethrows what the consumer threw.
template <class F>
void stream_rows(const RowConsumer& consume, F execute) {
  std::exception_ptr failure;
  RowReceiver rows{};
  rows.receiver.receiveSlot = RowReceiver::receive;
  rows.receiver.rStartup = RowReceiver::start;
  rows.receiver.rShutdown = RowReceiver::end;
  rows.receiver.rDestroy = RowReceiver::end;
  rows.receiver.mydest = DestNone;
  rows.consume = &consume;
  rows.failure = &failure;
  try {
    execute(&rows.receiver);
  } catch (...) {
    if (failure) std::rethrow_exception(failure);  // it came first
    throw;
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace segments::pg

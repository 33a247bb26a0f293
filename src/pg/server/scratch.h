// A memory context of their own for steps of a long statement, so that what they leave behind does not add up.
#pragma once
#include "pg/server/boundary.h"

namespace segments::pg {

// Runs `body` in a memory context that is deleted afterwards (after an exception: with its parent).  The result must not live
// there.
template <class F>
auto with_scratch(F body) {
  const MemoryContext caller = CurrentMemoryContext;
  const MemoryContext scratch =
      call([] { return AllocSetContextCreate(CurrentMemoryContext, "segments scratch", ALLOCSET_DEFAULT_SIZES); });
  MemoryContextSwitchTo(scratch);
  const auto leave = [&] {
    MemoryContextSwitchTo(caller);
    call([&] { MemoryContextDelete(scratch); });
  };
  try {
    if constexpr (std::is_void_v<decltype(body())>) {
      body();
      leave();
    } else {
      auto result = body();
      leave();
      return result;
    }
  } catch (...) {
    MemoryContextSwitchTo(caller);
    throw;
  }
}

}  // namespace segments::pg

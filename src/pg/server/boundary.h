// The boundary between C++ and PostgreSQL.
//
// Destructors own C++ things; memory contexts and resource owners own PostgreSQL things; no destructor calls PostgreSQL.
//
//   In:   every entry point is SEGMENTS_FUNCTION(name) { … } (or guard() around the body of another callback).  No exception
//         leaves it: handlers copy what they need into a stack buffer, and ereport happens after the try statement has ended.
//   Out:  server code that may ereport runs inside pg::call([&] { … }), which turns an ERROR into pg::ServerError.  Inside the
//         closure there are only trivially destructible things.
//   Interrupts: long loops of the core poll pg::ServerInterrupt, which processes interrupts in place and unwinds only if that
//   raised.
#pragma once
#include "core/error.h"
#include "core/interrupt.h"
#include "pg/server/server.h"

namespace segments::pg {

// An ERROR of the server in flight through C++ frames.  `data` lives until the (sub)transaction ends.
// is_foreign: raised amid what somebody else wrote, who may have raised it: it says nothing about us, whatever it looks like.
struct ServerError {
  ErrorData* data;
  bool is_foreign = false;
};

int sqlstate_of(ErrorCode code);

// Runs `f` (server calls only; it owns nothing with a destructor) and turns an ERROR into ServerError.
template <class F>
auto call(F f) {
  static_assert(std::is_trivially_copyable_v<F> && std::is_trivially_destructible_v<F>, "capture by reference only");
  using R = decltype(f());
  MemoryContext context = CurrentMemoryContext;
  sigjmp_buf* saved_stack = PG_exception_stack;
  ErrorContextCallback* saved_callbacks = error_context_stack;
  sigjmp_buf here;
  if (sigsetjmp(here, 0) == 0) {
    PG_exception_stack = &here;
    if constexpr (std::is_void_v<R>) {
      f();
      PG_exception_stack = saved_stack;
      error_context_stack = saved_callbacks;
      return;
    } else {
      static_assert(std::is_trivially_copyable_v<R>);
      R result = f();
      PG_exception_stack = saved_stack;
      error_context_stack = saved_callbacks;
      return result;
    }
  }
  PG_exception_stack = saved_stack;
  error_context_stack = saved_callbacks;
  // The copy must outlive whatever short-lived context the caller works in.
  MemoryContextSwitchTo(CurTransactionContext != nullptr ? CurTransactionContext : context);
  ErrorData* data = CopyErrorData();
  MemoryContextSwitchTo(context);
  FlushErrorState();
  throw ServerError{data};
}

// The same error, for whoever ends the (sub)transaction it belongs to.
ServerError copied_into(MemoryContext context, const ServerError& error);

// What a handler saves of an exception, without allocating: reported once every C++ frame and handler is gone.
class PendingError {
 public:
  void set(const Error& error) noexcept;
  void set(int sqlstate, const char* message) noexcept;
  void set(const ServerError& error) noexcept { server_error_ = error.data; }
  [[noreturn]] void report() const;

 private:
  static constexpr size_t kTextBytes = 1024;
  static constexpr size_t kSourceBytes = 8192;
  ErrorData* server_error_ = nullptr;
  int sqlstate_ = 0;
  int position_ = -1;
  char message_[kTextBytes];
  char detail_[kTextBytes];
  char hint_[kTextBytes];
  char source_[kSourceBytes];  // empty if there is none, or if it does not fit
};

// Runs `body`; nothing escapes it but the server's own ERROR, raised after all C++ frames have ended.
template <class F>
auto guard(F body) -> decltype(body()) {
  PendingError pending;
  try {
    return body();
  } catch (const ServerError& error) {
    pending.set(error);
  } catch (const Error& error) {
    pending.set(error);
  } catch (const std::bad_alloc&) {
    pending.set(ERRCODE_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception& error) {
    pending.set(ERRCODE_INTERNAL_ERROR, error.what());
  } catch (...) {
    pending.set(ERRCODE_INTERNAL_ERROR, "unexpected C++ exception");
  }
  pending.report();
}

class ServerInterrupt final : public Interrupt {
 public:
  void poll() override {
    if (unlikely(InterruptPending)) {
      call([] { ProcessInterrupts(); });
    }
  }
};

// Constructs a T inside `context`; its destructor runs when the context is reset or deleted, on commit and abort alike.
// Aggregates pass the aggregate context (AggCheckCallContext): callbacks of expression contexts are not run on error.
template <class T, class... Arguments>
T* make_in(MemoryContext context, Arguments&&... arguments) {
  struct Slot {
    MemoryContextCallback callback;
    alignas(T) unsigned char raw[sizeof(T)];
  };
  static_assert(std::is_nothrow_destructible_v<T> && alignof(T) <= MAXIMUM_ALIGNOF);
  auto* slot = static_cast<Slot*>(call([&] { return MemoryContextAlloc(context, sizeof(Slot)); }));
  T* object = new (slot->raw) T(std::forward<Arguments>(arguments)...);
  slot->callback.func = [](void* p) { static_cast<T*>(p)->~T(); };
  slot->callback.arg = object;
  MemoryContextRegisterResetCallback(context, &slot->callback);
  return object;
}

}  // namespace segments::pg

// Defines the SQL-callable function `name`: SEGMENTS_FUNCTION(segments_example) { … fcinfo … }
#define SEGMENTS_FUNCTION(name)                                                 \
  extern "C" {                                                                  \
  PG_FUNCTION_INFO_V1(name);                                                    \
  }                                                                             \
  static Datum name##_body(PG_FUNCTION_ARGS);                                   \
  extern "C" PGDLLEXPORT Datum name(PG_FUNCTION_ARGS) {                         \
    return segments::pg::guard([&]() -> Datum { return name##_body(fcinfo); }); \
  }                                                                             \
  static Datum name##_body([[maybe_unused]] PG_FUNCTION_ARGS)

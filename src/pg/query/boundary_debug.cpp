// Throws everything that can be thrown, with a counted C++ object alive: tests prove what reaches the client, and what is left.
#include "pg/server/live_objects.h"
#include "pg/query/query.h"

namespace segments::pg {
namespace {

// On the stack of whoever throws: the counter shows whether its destructor was run.
class Bystander : public LiveObject {
 public:
  explicit Bystander(size_t bytes) : bytes_(bytes) {}

 private:
  Bytes bytes_;
};

void server_error(const char* message) {
  call([&] {
    ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("%s", message), errdetail("A detail of the server."),
                    errhint("A hint of the server."), errcontext("a context of the server")));
  });
}

// An allocation that no machine grants; the size is read at run time, so that the compiler cannot see it.
void exhaust_memory() {
  volatile size_t bytes = size_t{1} << 62;
  ::operator delete(::operator new(bytes));
}

void throw_core(std::string_view number) {
  constexpr std::string_view kText = "größe größe größe";
  Error error(static_cast<ErrorCode>(std::stoi(std::string(number))), "core 100% \"größe\" %s", "A detail, 100% %s.",
              "A hint, 100% %s.", 8);
  error.set_source(kText);
  throw error;
}

// Statements of the caller, run with a C++ object alive.
void run_statement(const std::string& statement) {
  const Bystander bystander(100);
  with_spi([&] { run(statement.c_str()); });
}

void throw_named(std::string_view what) {
  const Bystander bystander(1000);
  if (what.starts_with("core ")) throw_core(what.substr(5));
  if (what == "memory") exhaust_memory();
  if (what == "length") static_cast<void>(std::string(10, 'x').substr(11));
  if (what == "runtime") throw std::runtime_error("runtime 100% %s");
  if (what == "long") throw Error(ErrorCode::kInternal, "x" + std::string(2000, 'y'), std::string(600, 'z') + "\u00fc");
  if (what == "boundary") {
    // The last character that fits is cut in its middle.
    std::string message = "x";
    for (int i = 0; i < 1000; ++i) message += "ü";
    throw std::runtime_error(message);
  }
  if (what == "string") throw std::string("a string");
  if (what == "int") throw 5;
  if (what == "pointer") throw static_cast<const char*>(nullptr);
  if (what == "server") server_error("raised by the server");
  if (what == "rethrown") {
    try {
      server_error("raised, caught and thrown again");
    } catch (const ServerError&) {
      const Bystander inner(10);
      throw;
    }
  }
  if (what == "replaced") {
    try {
      server_error("never seen");
    } catch (const ServerError& error) {
      throw Error(ErrorCode::kInvalidValue, std::string("instead of: ") + error.data->message, error.data->detail);
    }
  }
  if (what == "nested") {
    // C++ that is called by the server that is called by C++.
    call([] {
      guard([] {
        const Bystander inner(10);
        call([] { guard([] { throw_named("runtime"); }); });
      });
    });
  }
  if (what == "ten thousand") {
    for (int i = 0; i < 10000; ++i) {
      try {
        server_error("raised again and again");
      } catch (const ServerError& error) {
        call([&] { FreeErrorData(error.data); });
      }
    }
    server_error("raised at last");
  }
  if (what == "amid rows") {
    with_spi([] {
      run_streaming("SELECT FROM generate_series(1, 2)", {}, {}, [](const Datum*, const bool*) {
        with_spi([] { run("SELECT 1"); });  // a connection of its own
        run("SELECT 2");
      });
    });
  }
  if (what.starts_with("run ")) run_statement(std::string(what.substr(4)));
}

// The state of an aggregate whose final function throws what it was told to.
struct Thrower : public LiveObject {
  std::string what;
};

}  // namespace
}  // namespace segments::pg

using namespace segments::pg;

SEGMENTS_FUNCTION(segments_debug_throw) {
  throw_named(text_of(PG_GETARG_DATUM(0)));
  PG_RETURN_VOID();
}

SEGMENTS_FUNCTION(segments_debug_throw_transition) {
  auto* state = PG_ARGISNULL(0) ? nullptr : reinterpret_cast<Thrower*>(PG_GETARG_POINTER(0));
  if (state == nullptr) {
    MemoryContext context = nullptr;
    if (call([&] { return AggCheckCallContext(fcinfo, &context); }) == 0) {
      throw segments::Error(segments::ErrorCode::kInvalidValue, "debug_throw_transition called outside of an aggregate");
    }
    state = make_in<Thrower>(context);
  }
  if (!PG_ARGISNULL(1)) {
    const std::string what = text_of(PG_GETARG_DATUM(1));
    if (what.starts_with("now ")) throw_named(std::string_view(what).substr(4));
    state->what = what;
  }
  PG_RETURN_POINTER(state);
}

SEGMENTS_FUNCTION(segments_debug_throw_final) {
  if (PG_ARGISNULL(0)) PG_RETURN_INT32(0);
  throw_named(reinterpret_cast<Thrower*>(PG_GETARG_POINTER(0))->what);
  PG_RETURN_INT32(1);
}

// As a loop of a language that catches every error.
SEGMENTS_FUNCTION(segments_debug_ignore_cancels) {
  static_cast<void>(fcinfo);
  for (;;) {
    try {
      call([] {
        CHECK_FOR_INTERRUPTS();
        pg_usleep(1000);
      });
    } catch (const ServerError&) {
    }
  }
}

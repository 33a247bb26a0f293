// How long what runs as the owner of a source may take: segments.source_time_limit.
//
// Functions of indexes, policies and triggers run amid statements on their table (as_owner.h), and may do so for ever.  A part of
// a refresh, or an erasure, gives all statements of its own a common limit; the one that is under way when the time is over is
// ended as by a cancel, once more every kRepeatMs if somebody catches that.  From then on each error that is raised amid it also
// leaves a cancel pending: a handler of PL/pgSQL does not come to its first statement, and loops around it end with the blocks
// they stand in. Loops of other languages (PL/Perl's eval) can go on: after as long again, and ten seconds at least, the process
// is ended as by pg_terminate_backend().  What never looks for interrupts is not ended by that either.
//
// A cancel of the session (also by its statement_timeout) is insisted on alike, with a limit or without: whoever waits for what
// an owner wrote can stop waiting.  Who has a table altered (to register it, or to put back what belongs on it) has no limit:
// to rewrite a large table may take long.
#pragma once
#include "pg/server/boundary.h"

namespace segments::pg {

// Whether an error is a cancel of the session: only the server itself raises one from there, whatever else looks like one.
bool is_cancel(const ErrorData& error);

// Until it is destroyed.  Statements that run as an owner meanwhile throw ServerError (57014, foreign) when the time is over,
// also those that are begun later.
class OwnerTimeLimit {
 public:
  OwnerTimeLimit();
  ~OwnerTimeLimit();
  OwnerTimeLimit(const OwnerTimeLimit&) = delete;
  OwnerTimeLimit& operator=(const OwnerTimeLimit&) = delete;

 private:
  TimestampTz outer_deadline_;
};

// A statement as the owner of `table`, from begin() until end(), which must come whatever happens.
class OwnerStatement {
 public:
  explicit OwnerStatement(Oid table) : table_(table) {}
  // Throws if the time is over already.
  void begin();
  // Whether the time is over; a cancel that tells so is not pending any more.
  bool end();
  // Whether the error of a statement whose time was over is due to that.
  static bool is_due_to_limit(const ServerError& error);
  [[noreturn]] void give_up() const;
  // For an error that goes on to the caller, after end(): if it is a cancel, none is pending any more.  One that was caught is.
  void pass(const ServerError& error) const;

 private:
  Oid table_;
  std::string name_;
  bool is_outermost_ = true;
  bool is_limited_ = false;
  ErrorContextCallback insistence_{};
};

// Runs `body`, a statement as the owner of `table`, within the limit that is in force.
template <class F>
void within_owner_time(Oid table, F body) {
  OwnerStatement statement(table);
  statement.begin();
  try {
    body();
  } catch (const ServerError& error) {
    if (statement.end() && OwnerStatement::is_due_to_limit(error)) statement.give_up();
    statement.pass(error);
    throw;
  } catch (...) {
    statement.end();
    throw;
  }
  if (statement.end()) statement.give_up();
}

// segments.source_time_limit.  Called when the module is loaded.
void define_owner_time_setting();

}  // namespace segments::pg

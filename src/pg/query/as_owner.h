// Statements on tables of users: each is parsed, planned and executed as the owner of exactly the table that it touches.
//
//   stream_as_owner(leaf, "SELECT s.id::text FROM ONLY …", parameters, {.snapshot = snapshot}, [&](const Datum* values, const
//   bool*) {…});
//
// What the owner of a table wrote (casts, operators, indexes on expressions, triggers, policies) runs amid such a statement: with
// that owner's rights and no others, in a security-restricted operation, under a locked search_path; settings that it changes
// hold until the statement ends.  Rows are handed over with the caller's identity.
//
// A SELECT runs in a read-only transaction (25006): what the owner's functions wrote meanwhile would carry the transaction of a
// refresh, and no refresh looks for its own rows.  Not so one that ends with FOR UPDATE OF s, as erasures do.
//
// A statement names one table and nothing else of anybody's: what it compares with is bound.  A partitioned table is read
// leaf by leaf (ONLY), because each leaf may belong to somebody else.
#pragma once
#include "pg/query/query.h"

namespace segments::pg {

// Runs one SELECT or DELETE on `table`, an ordinary table, which is locked (AccessShareLock) until the transaction ends; returns
// how many rows it processed.  `consume` gets what it returns, and may be empty.
// Throws ServerError: the server's own, 42809 (not a table), 55000 (the statement would touch something else).  All but a cancel
// of the session are marked as foreign: the owner could have raised them, with any SQLSTATE.
uint64_t stream_as_owner(Oid table, const std::string& sql, std::span<const Parameter> parameters, const RunOptions& options,
                         const RowConsumer& consume);

// Runs one SELECT on `table`, an ordinary or partitioned one, as a role that is not its owner: with that role's privileges, and
// under the table's policies for it, which run with the role's rights, in a security-restricted operation.  Otherwise likewise.
void stream_as_role(Oid role, Oid table, const std::string& sql, std::span<const Parameter> parameters,
                    const RowConsumer& consume);

// Runs `body`, calls of the server that may run what the owner of the table wrote, as that owner, who may write nothing
// meanwhile. The table is locked, and errors are marked, likewise.
void call_as_owner(Oid table, const std::function<void()>& body);

// Runs commands that define something (ALTER TABLE …) as the owner of the relation: what runs amid them (functions of indexes,
// of constraints, of defaults) is that owner's.  Errors are marked likewise.  REQUIRES: within with_spi.
void define_as_owner(Oid relation, const char* sql);

// Whose a relation is; InvalidOid if it is gone.  REQUIRES: within call().
Oid owner_of(Oid relation);

// ONLY schema.table, quoted: how such a statement names its table.  Throws Error{kUndefined} if it is gone.
std::string only(Oid table);

}  // namespace segments::pg

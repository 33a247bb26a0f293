// What the names in an expression lead to.
//
// An expression that is kept as a text is looked up anew whenever it is used, and whoever may create functions in a schema can
// put one there that fits better than the one that was meant.  So what its names led to is kept with it, and must be the same
// each time before anything of it is executed.
#pragma once
#include "pg/server/server.h"

namespace segments::pg {

struct ConditionNames {
  // Functions, operators, collations and types outside of pg_catalog, each with its schema and whose it is, in words that are the
  // same after a dump: "function util.is_ok(text) of bob"; a line each, in order.
  const char* led_to;
  // One of them that is not the only one there can be of its name for the types it is called with: it takes others, and the
  // server has converted them, or any, or more than it was given.  Null: there is none.
  const char* replaceable;
};

// Runs none of them.  May ereport.
ConditionNames names_in(::Node* expression);

// Of a parse tree: the name of a type, with code of users in it (a composite type, a domain), that a constant is written as: such
// a constant is read, and that code run, by looking the expression up.  Null: there is none.  May ereport.
const char* constant_with_code(::Node* parsed);

}  // namespace segments::pg

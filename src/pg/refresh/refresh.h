// The refresh: one batch that brings records, fragments and memberships up to date, and publishes them together.
//
// A refresh has parts (the unification, each source, merging, each segment that is due) and is done in steps, each of them a
// transaction:  step_reading reads what is large, step by step; the last step does the rest and publishes.  The work itself is
// done in the folders above this one: capture/, identity/, store/, segment/.
#pragma once

namespace segments::pg {

// CALL segments.refresh() for processes without statements.  REQUIRES: a transaction was just begun; it is committed, and another
// one is open when this returns.
void refresh_in_own_transactions();

// Settings: segments.refresh_memory, and those of run/ and step_reading.  Called when the module is loaded.
void define_refresh_settings();

}  // namespace segments::pg

// What the planner knows of columns that hold ids of persons.
//
// They are never sampled (SET STATISTICS 0 in sql/install): samples would keep ids of erased persons, and estimates over views
// would tell who compares with `<` where hidden ids lie.  Without samples the planner takes every column for one of 200 values
// and reads whole tables for a few records; so it is told how many ids there are, and nothing else.
#pragma once

namespace segments::pg {

// Called when the module is loaded.
void install_id_statistics();

}  // namespace segments::pg

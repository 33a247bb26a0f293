// What the planner is told of the member table: figures of the segments that whoever reads it may read, and of no others.
//
// Nothing is sampled or stored: samples would keep ids of profiles that are erased, and would be old.
#pragma once
#include <string>
#include <vector>

#include "pg/server/boundary.h"

namespace segments::pg {

struct MemberStatistics {
  uint64_t number = 0;                                  // other figures have another one
  double segments = 0;                                  // with members
  double members = 0;                                   // of all of them
  double profiles = 0;                                  // about how many different ones
  std::vector<std::pair<std::string, double>> largest;  // names and members, the largest first; not too many
};

// For the snapshot that a statement is planned with, and the role whose rights count; invalid: the current user.
const MemberStatistics& member_statistics(Oid role);

// Has the planner ask for them.
void install_member_statistics();

}  // namespace segments::pg

// The members of jsonb documents that are declared as fields.
//
// What a member's value is as its field, whatever the session's settings are; null where it cannot be one:
//   text                       a string, a number as it is written, true or false
//   numeric, double precision  a number, or a string that holds one
//   bigint                     likewise, without a fraction and within 64 bits
//   boolean                    true or false, or a string or number that PostgreSQL reads as one
//   timestamptz, date          a string in ISO 8601 (core/calendar/iso_time.h)
//   text[], bigint[]           an array of such elements; those of arrays within it are its elements, too, and null is none
// An object is none of these, nor is an array of others.  An element of an array goes by its number from 0 on.
#pragma once
#include <string>
#include <vector>

#include "core/ingest/row_batch.h"
#include "pg/server/boundary.h"

namespace segments::pg {

// Whether members can be fields of this type.
bool is_member_type(Oid type);

// Those of one column.
class JsonMembers {
 public:
  // `index`: of its field in the schema of the batch.  REQUIRES: is_member_type(type).
  void add(uint32_t index, Oid type, const std::vector<std::string>& path);
  // Puts what a document (not null) holds into the last row of the batch.  What cannot be a value of its field is counted there;
  // a member that is absent or null is neither.  Throws ServerError (detoasting).
  void read(Datum document, RowBatch& batch);

 private:
  struct Member {
    uint32_t index;
    Oid type;
    std::vector<std::string> path;
  };
  std::vector<Member> members_;
  std::vector<JsonbValue> found_;  // as many; jbvNull where there is nothing
};

}  // namespace segments::pg

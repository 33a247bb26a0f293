// One definition, evaluated or explained over the published state: ad hoc, or a saved segment's.
#pragma once
#include <string>

#include "pg/evaluation/evaluation.h"

namespace segments::pg {

struct Question {
  std::string text;
  Timestamp as_of;
  Oid role;  // whose privileges count
  DefinitionSettings settings;
  int32_t segment_id = 0;  // of the saved segment whose definition it is; 0: none
  std::string segment_name = {};
};

class Resolver;
// Tells the client what of the last definition is frozen.  REQUIRES: within with_spi, as the extension's owner.
void warn_of_frozen(const Resolver& resolver);

// An argument that is a time: the transaction's if it is null.  Throws Error{kInvalidValue} if it is infinite.
Timestamp as_of_argument(FunctionCallInfo fcinfo, int argument);

// REQUIRES for both: within with_spi, as the extension's owner.  They warn of frozen types, or note them.
int64_t count_profiles(const Question& question);
// Puts a row for each node of the definition into the result.
void explain_question(const Question& question, ReturnSetInfo* result);

}  // namespace segments::pg

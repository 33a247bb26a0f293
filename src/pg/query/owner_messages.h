// What the code of a table's owner says below an error (RAISE WARNING, NOTICE) reaches whoever called us, in our words if it
// likes: each such message says whose it is, and its hint is quoted, so that nobody takes it for advice of ours.
#pragma once
#include <string>

#include "pg/server/server.h"

namespace segments::pg {

// At most 1,000 bytes of what such code says, in whole characters; null stays null.  Where the server may raise errors.
char* excerpt_of_owner(char* words);

// While it lives, on top of the server's stack of error contexts; also for what parallel workers say, which arrives at any time.
// We say nothing ourselves meanwhile.
class OwnerMessages {
 public:
  explicit OwnerMessages(std::string table);  // its name, quoted
  ~OwnerMessages();
  OwnerMessages(const OwnerMessages&) = delete;
  OwnerMessages& operator=(const OwnerMessages&) = delete;

 private:
  static void attribute(void* messages);
  bool is_innermost() const;

  std::string table_;
  MemoryContext context_;
  ErrorContextCallback callback_;
};

}  // namespace segments::pg

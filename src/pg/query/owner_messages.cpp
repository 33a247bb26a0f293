#include "pg/query/owner_messages.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace segments::pg {

char* excerpt_of_owner(char* words) {
  constexpr int kMostBytes = 1000;
  if (words == nullptr) return nullptr;
  const size_t length = std::strlen(words);
  if (length <= kMostBytes) return words;
  // A message may have a gigabyte, whose characters need not be counted to the end.
  const int kept =
      pg_mbcliplen(words, static_cast<int>(std::min<size_t>(length, kMostBytes + MAX_MULTIBYTE_CHAR_LEN)), kMostBytes);
  return psprintf("%.*s... (%zu bytes)", kept, words, length);
}

OwnerMessages::OwnerMessages(std::string table)
    : table_(std::move(table)), context_(CurrentMemoryContext), callback_{error_context_stack, attribute, this} {
  error_context_stack = &callback_;
}

OwnerMessages::~OwnerMessages() { error_context_stack = callback_.previous; }

// Code of one owner may call us, and so run that of another: it is told as the innermost one's.
bool OwnerMessages::is_innermost() const {
  const ErrorContextCallback* frame = error_context_stack;
  while (frame->callback != attribute) frame = frame->previous;
  return frame == &callback_;
}

// Amid the server's work on a message: no table is looked at.
void OwnerMessages::attribute(void* messages) {
  const auto& self = *static_cast<const OwnerMessages*>(messages);
  if (!self.is_innermost()) return;
  MemoryContext previous = MemoryContextSwitchTo(self.context_);
  ErrorData* data = CopyErrorData();
  char* message = excerpt_of_owner(data->message);
  char* detail = excerpt_of_owner(data->detail);
  char* hint = excerpt_of_owner(data->hint);
  MemoryContextSwitchTo(previous);
  const bool is_said = data->elevel >= INFO && data->elevel < ERROR;
  if (data->elevel < ERROR && message != data->message) errmsg_internal("%s", message);
  if (data->elevel < ERROR && detail != data->detail) errdetail_internal("%s", detail);
  if (data->elevel < ERROR && hint != nullptr) {
    errhint("Code of the owner of table %s says so, and advises: \"%s\"", self.table_.c_str(), hint);
  } else if (is_said) {
    errhint("Code of the owner of table %s says so.", self.table_.c_str());
  }
  FreeErrorData(data);
}

}  // namespace segments::pg

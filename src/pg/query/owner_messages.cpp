#include "pg/query/owner_messages.h"

#include <utility>

namespace segments::pg {

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
  MemoryContextSwitchTo(previous);
  const bool is_said = data->elevel >= INFO && data->elevel < ERROR;
  if (data->elevel < ERROR && data->hint != nullptr) {
    errhint("Code of the owner of table %s says so, and advises: \"%s\"", self.table_.c_str(), data->hint);
  } else if (is_said) {
    errhint("Code of the owner of table %s says so.", self.table_.c_str());
  }
  FreeErrorData(data);
}

}  // namespace segments::pg

#include "pg/server/boundary.h"

namespace segments::pg {
namespace {

// The longest prefix of `text` that fits and ends on a character boundary of UTF-8.
void copy_text(char* target, size_t capacity, const char* text) noexcept {
  size_t length = std::strlen(text);
  if (length >= capacity) {
    length = capacity - 1;
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
  }
  std::memcpy(target, text, length);
  target[length] = '\0';
}

char* copied(const char* text) { return text == nullptr ? nullptr : pstrdup(text); }

}  // namespace

ServerError copied_into(MemoryContext context, const ServerError& error) {
  ErrorData* copy = call([&] {
    MemoryContext previous = MemoryContextSwitchTo(context);
    auto* result = static_cast<ErrorData*>(palloc(sizeof(ErrorData)));
    *result = *error.data;
    for (char* ErrorData::*member :
         {&ErrorData::message, &ErrorData::detail, &ErrorData::detail_log, &ErrorData::hint, &ErrorData::context,
          &ErrorData::backtrace, &ErrorData::schema_name, &ErrorData::table_name, &ErrorData::column_name,
          &ErrorData::datatype_name, &ErrorData::constraint_name, &ErrorData::internalquery}) {
      result->*member = copied(error.data->*member);
    }
    result->assoc_context = context;
    MemoryContextSwitchTo(previous);
    return result;
  });
  return {copy, error.is_foreign};
}

int sqlstate_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kSyntax:
      return ERRCODE_SYNTAX_ERROR;
    case ErrorCode::kUndefined:
      return ERRCODE_UNDEFINED_OBJECT;
    case ErrorCode::kAmbiguous:
      return ERRCODE_AMBIGUOUS_COLUMN;
    case ErrorCode::kTypeMismatch:
      return ERRCODE_DATATYPE_MISMATCH;
    case ErrorCode::kInvalidValue:
      return ERRCODE_INVALID_PARAMETER_VALUE;
    case ErrorCode::kInvalidLiteral:
      return ERRCODE_INVALID_TEXT_REPRESENTATION;
    case ErrorCode::kOutOfRange:
      return ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE;
    case ErrorCode::kLimitExceeded:
      return ERRCODE_PROGRAM_LIMIT_EXCEEDED;
    case ErrorCode::kDataCorrupted:
      return ERRCODE_DATA_CORRUPTED;
    case ErrorCode::kNotReady:
      return ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE;
    case ErrorCode::kInvalidBytes:
      return ERRCODE_INVALID_BINARY_REPRESENTATION;
    case ErrorCode::kCycle:
      return ERRCODE_INVALID_RECURSION;
    case ErrorCode::kInternal:
      return ERRCODE_INTERNAL_ERROR;
  }
  return ERRCODE_INTERNAL_ERROR;
}

void PendingError::set(const Error& error) noexcept {
  sqlstate_ = sqlstate_of(error.code());
  position_ = error.position() == Error::kNoPosition ? -1 : static_cast<int>(error.position());
  copy_text(message_, sizeof message_, error.what());
  copy_text(detail_, sizeof detail_, error.detail().c_str());
  copy_text(hint_, sizeof hint_, error.hint().c_str());
  copy_text(source_, sizeof source_, error.source().size() < sizeof source_ ? error.source().c_str() : "");
}

void PendingError::set(int sqlstate, const char* message) noexcept {
  sqlstate_ = sqlstate;
  copy_text(message_, sizeof message_, message);
  detail_[0] = hint_[0] = source_[0] = '\0';
}

// The definition becomes the error's internal query, with the position in characters, so that clients can point at it.
void PendingError::report() const {
  if (server_error_ != nullptr) ReThrowError(server_error_);
  const bool pointed = position_ >= 0 && source_[0] != '\0' && static_cast<size_t>(position_) <= std::strlen(source_);
  const int characters = pointed ? pg_mbstrlen_with_len(source_, position_) + 1 : 0;
  ereport(ERROR, (errcode(sqlstate_), errmsg("%s", message_), detail_[0] ? errdetail("%s", detail_) : 0,
                  hint_[0] ? errhint("%s", hint_) : 0, pointed ? internalerrquery(source_) : 0,
                  pointed ? internalerrposition(characters) : 0));
  pg_unreachable();
}

}  // namespace segments::pg

// The one exception that the core throws on purpose.  The binding maps its code to a SQLSTATE.
#pragma once
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace segments {

enum class ErrorCode : uint8_t {
  kSyntax,          // a definition that does not parse                      42601
  kUndefined,       // an unknown type, field, relation or segment           42704
  kAmbiguous,       // a name that several things answer to                  42702
  kTypeMismatch,    // an operator or literal that does not fit its field    42804
  kInvalidValue,    // an argument outside its domain                        22023
  kInvalidLiteral,  // a literal that its type cannot read                   22P02
  kOutOfRange,      // a number or time that does not fit                    22003
  kLimitExceeded,   // deeper, longer or larger than we accept               54000
  kDataCorrupted,   // bytes that are not what we wrote                      XX001
  kNotReady,        // asked too early: nothing refreshed yet                55000
  kInvalidBytes,    // bytes from a user that are not a profile set          22P03
  kCycle,           // a segment that refers to itself                       42P19
  kInternal,        // a broken invariant of ours                            XX000
};

// `message` is lower-case without a full stop; `detail` a sentence; `hint` says what to do.
// `position` is the 0-based byte offset in the definition's text, or kNoPosition.
class Error : public std::exception {
 public:
  static constexpr uint32_t kNoPosition = UINT32_MAX;

  Error(ErrorCode code, std::string message, std::string detail = {}, std::string hint = {}, uint32_t position = kNoPosition)
      : code_(code), position_(position), message_(std::move(message)), detail_(std::move(detail)), hint_(std::move(hint)) {}

  const char* what() const noexcept override { return message_.c_str(); }
  ErrorCode code() const noexcept { return code_; }
  uint32_t position() const noexcept { return position_; }
  const std::string& detail() const noexcept { return detail_; }
  const std::string& hint() const noexcept { return hint_; }
  // The definition's text that position() points into; set by whoever knows it, the first one wins.
  const std::string& source() const noexcept { return source_; }
  void set_source(std::string_view text) {
    if (source_.empty()) source_ = text;
  }

 private:
  ErrorCode code_;
  uint32_t position_;
  std::string message_;
  std::string detail_;
  std::string hint_;
  std::string source_;
};

}  // namespace segments

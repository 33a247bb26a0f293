// SQLSTATEs that failures are told apart by, as the server prints them.
#pragma once

namespace segments::pg::sqlstate {

inline constexpr const char* kWarning = "01000";
inline constexpr const char* kSequenceLimit = "2200H";
inline constexpr const char* kNotReady = "55000";
inline constexpr const char* kLimitExceeded = "54000";
inline constexpr const char* kLockNotAvailable = "55P03";
inline constexpr const char* kQueryCanceled = "57014";
inline constexpr const char* kDataCorrupted = "XX001";

}  // namespace segments::pg::sqlstate

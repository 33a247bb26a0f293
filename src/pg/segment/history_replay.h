// Members of a segment as its history tells: by numbers of history_profile, run after run.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "core/evaluation/member_since.h"
#include "pg/store/membership_history.h"

namespace segments::pg {

class HistoryReplay {
 public:
  enum class Since : bool { kForgotten, kKept };
  explicit HistoryReplay(Since since) : keeps_since_(since == Since::kKept) {}

  // Rows in the order of read_history().
  void apply(const HistoryRow& row);
  // The members, and since when those of a tile of numbers are.  REQUIRES: Since::kKept.
  const ProfileSet& members() const { return members_; }
  const MemberSince& since(uint32_t tile);
  Timestamp since_of(Ordinal number);

 private:
  void open_base();
  void set(const ProfileSet& numbers, Timestamp since);
  void set(Ordinal number, Timestamp since);
  void follow(const HistoryRow& row);
  void settle();

  bool keeps_since_;
  ProfileSet members_;
  std::map<uint32_t, Bytes> base_;  // not yet opened
  std::map<uint32_t, MemberSince> since_;
  std::map<Ordinal, Timestamp> followed_;  // within a row: not yet in since_
};

// The last state of a segment's history.  `read_only`: as the calling statement sees it.
HistoryReplay replayed_history(int32_t segment_id, int64_t until, bool read_only, HistoryReplay::Since since);

// The run whose members were in force at a time, of refreshes up to one, as the calling statement sees it; 0: there was none yet.
// Throws Error{kNotReady} where the history does not reach back.
int64_t run_in_force(const std::string& segment, int32_t segment_id, Timestamp at, int64_t last_refresh);
[[noreturn]] void throw_history_cut(const std::string& segment);

}  // namespace segments::pg

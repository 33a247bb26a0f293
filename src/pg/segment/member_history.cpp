// What an update of members tells the history.
#include <exception>

#include "pg/segment/member_update.h"
#include "pg/server/sqlstate.h"

namespace segments::pg {
namespace {

// Whether an error will be there again whenever a history is written: no number is free, or what is stored is damaged.  All
// others pass, or are mended, and the history is then there still.
bool is_lasting(std::string_view state) {
  return state == sqlstate::kLimitExceeded || state == sqlstate::kSequenceLimit || state == sqlstate::kDataCorrupted;
}

bool passes(const ServerError& error) { return error.is_foreign || !is_lasting(unpack_sql_state(error.data->sqlerrcode)); }

// Returns an error that is lasting, and throws all others.
template <class F>
std::optional<Failure> lasting_failure(F body) {
  std::exception_ptr passing;
  std::optional<Failure> failure = in_subtransaction(
      [&] {
        try {
          body();
        } catch (const Error& error) {
          if (!is_lasting(unpack_sql_state(sqlstate_of(error.code())))) passing = std::current_exception();
          throw;
        } catch (const std::exception&) {
          passing = std::current_exception();
          throw;
        }
      },
      passes);
  if (passing) std::rethrow_exception(passing);
  return failure;
}

}  // namespace

void MemberUpdate::number_profiles(const Changes& changes) {
  numbers_.add(changes.left);
  numbers_.add(changes.entered);
  for (const std::vector<Event>& step : changes.steps) {
    for (const Event& event : step) {
      numbers_.add(event.profile_id);
      if (event.change != Change::kLeft) numbers_.add(event.other_id);
    }
  }
}

// All segments together; one by one if something lasting is in the way, so that it costs those their history that it must.
void MemberUpdate::note_history() {
  for (uint32_t i = 0; i < ids_.size(); ++i) {
    if (!states_[i].has_lost_history()) continue;
    // What it begins with is all members, when it is run.
    if (!is_run_) changes_[i].entered = {};
    changes_[i].left = {};
    changes_[i].steps.clear();
  }
  const auto note = [&](uint32_t first, uint32_t end) {
    return lasting_failure([&] {
      ServerInterrupt interrupt;
      for (uint32_t i = first; i < end; ++i) number_profiles(changes_[i]);
      numbers_.resolve(interrupt);
      for (uint32_t i = first; i < end; ++i) {
        if (!changes_[i].empty()) history_.push_back(history_of(i));
      }
    });
  };
  const auto count = static_cast<uint32_t>(ids_.size());
  if (note(0, count)) {
    history_.clear();
    for (uint32_t i = 0; i < count; ++i) {
      numbers_.forget();
      if (const std::optional<Failure> failure = note(i, i + 1)) lost_.emplace(i, *failure);
    }
    numbers_.forget();
  }
  changes_.assign(ids_.size(), {});
}

// As if the segment had been saved after these changes.
void MemberUpdate::forget_lost() const {
  for (const auto& [segment, failure] : lost_) {
    const int32_t id = ids_[segment];
    forget_history(id);
    Rows rows = run("SELECT name FROM segments.segment WHERE segment_id = $1", {int4(id)});
    const std::string name = rows.empty() ? std::string() : rows.text(0, 0);
    rows.release();
    const char* texts[] = {failure.sqlstate.c_str(), name.c_str(), failure.message.c_str()};
    call([&] {
      ereport(WARNING, (errcode(MAKE_SQLSTATE(texts[0][0], texts[0][1], texts[0][2], texts[0][3], texts[0][4])),
                        errmsg("the history of segment \"%s\" is lost", texts[1]),
                        errdetail("It cannot be written; the members are right."), errdetail_log("%s.", texts[2]),
                        errhint("It begins again with all members when the segment is run and it can be written.")));
    });
  }
}

void MemberUpdate::note_lost() const {
  for (const auto& [segment, failure] : lost_) {
    run("UPDATE segments.segment_state SET last_error = $2 WHERE segment_id = $1",
        {int4(ids_[segment]), text("its history is lost: " + failure.message)});
  }
}

namespace {

// By which a profile is a member of a segment that it is leaving.
int32_t member_number(const HistoryNumbers& numbers, int32_t segment_id, int32_t number) {
  const std::vector<int32_t> rivals = numbers.rivals(number);
  return rivals.empty() ? number : current_number(segment_id, rivals);
}

// Likewise, of all these.
ProfileSet member_numbers(const HistoryNumbers& numbers, int32_t segment_id, const ProfileSet& ordinals) {
  ProfileSet found = numbers.of(ordinals);
  if (!numbers.has_rivals()) return found;
  std::vector<Ordinal> members;
  found.for_each([&](Ordinal number) {
    members.push_back(static_cast<Ordinal>(member_number(numbers, segment_id, static_cast<int32_t>(number))));
    return true;
  });
  std::ranges::sort(members);
  return ProfileSet::from_ordinals(members);
}

}  // namespace

HistoryRun MemberUpdate::history_of(uint32_t segment) const {
  const HistoryNumbers& numbers = numbers_;
  const int32_t id = ids_[segment];
  const Changes& changes = changes_[segment];
  HistoryRun history{id, {}};
  for (const std::vector<Event>& events : changes.steps) {
    HistoryStep& step = history.steps.emplace_back();
    for (const auto& [change, profile_id, other_id] : events) {
      const int32_t number = numbers.of(profile_id);
      if (change == Change::kLeft) {
        step.left.insert(static_cast<Ordinal>(member_number(numbers, id, number)));
      } else if (change == Change::kSplit) {
        step.split.push_back({number, numbers.of(other_id)});
      } else {
        auto& pairs = change == Change::kMerged ? step.merged : step.replaced;
        pairs.push_back({member_number(numbers, id, number), numbers.of(other_id)});
      }
    }
  }
  HistoryStep last;
  last.left = member_numbers(numbers, id, changes.left);
  last.left |= changes.vanished;
  last.entered = numbers.of(changes.entered);
  if (!last.empty()) history.steps.push_back(std::move(last));
  return history;
}

}  // namespace segments::pg

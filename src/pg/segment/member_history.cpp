// What an update of members tells the history.
#include "pg/segment/member_update.h"

namespace segments::pg {

void MemberUpdate::note_history() {
  for (const Changes& changes : changes_) {
    numbers_.add(changes.left);
    numbers_.add(changes.entered);
    for (const std::vector<Event>& step : changes.steps) {
      for (const Event& event : step) {
        numbers_.add(event.profile_id);
        if (event.change != Change::kLeft) numbers_.add(event.other_id);
      }
    }
  }
  ServerInterrupt interrupt;
  numbers_.resolve(interrupt);
  for (uint32_t i = 0; i < ids_.size(); ++i) {
    if (!changes_[i].empty()) history_.push_back(history_of(i));
    changes_[i] = {};
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

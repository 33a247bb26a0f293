// The numbers that the history of memberships gives to profile ids, in segments.history_profile.
//
// Nobody waits for somebody else who numbers the same profile and has not committed: a profile may so get several numbers.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/set/profile_set.h"
#include "pg/query/query.h"
#include "pg/store/history_profile_reader.h"

namespace segments::pg {

// REQUIRES for all of it: within with_spi, as the extension's owner.

// Numbers of what goes by ordinals, and of ids.  Those that have none get one.  Kept as long as records stay as they are, so that
// batches of one refresh ask once for each profile.
class HistoryNumbers {
 public:
  // `read_only`: records are those that the calling statement sees.
  explicit HistoryNumbers(bool read_only) : read_only_(read_only) {}

  // Of profiles that go by these ordinals now.
  void add(const ProfileSet& ordinals);
  void add(std::string_view profile_id);
  // Asks for all that were added and are not known yet.
  void resolve(Interrupt& interrupt);
  // Forgets all: numbers may have been given by a subtransaction that was rolled back.
  void forget();

  // Nothing: no profile goes by it.  REQUIRES for both: added and resolved.
  std::optional<int32_t> of(Ordinal ordinal) const;
  int32_t of(const std::string& profile_id) const { return by_id_.at(profile_id); }
  // Of all these, as far as profiles go by them.
  ProfileSet of(const ProfileSet& ordinals) const;
  // Whether some profile has several numbers; all of one that has, else none.
  bool has_rivals() const { return !rivals_.empty(); }
  std::vector<int32_t> rivals(int32_t number) const;

 private:
  static constexpr int32_t kNone = -1;
  static constexpr int32_t kUnknown = -2;

  // Of a tile: the ordinals that were not asked for yet.
  DenseSet unknown_in(uint32_t tile, const ProfileSet& wanted);
  void resolve_tile(uint32_t tile, const DenseSet& unknown, HistoryProfileReader& reader);
  void find_known(std::span<const std::string_view> profile_ids, std::span<int32_t> numbers, HistoryProfileReader& reader);
  std::vector<int32_t> number(std::span<const std::string_view> profile_ids, HistoryProfileReader& reader);

  bool read_only_;
  ProfileSet ordinals_;
  std::map<uint32_t, std::vector<int32_t>> by_offset_;  // by tile
  std::unordered_map<std::string, int32_t> by_id_;
  std::map<int32_t, std::vector<int32_t>> rivals_;
};

// The ids of these numbers, ascending, but for those of erased persons.  `visit` must run no statements.
void profiles_of_numbers(const ProfileSet& numbers, Interrupt& interrupt,
                         const std::function<void(int32_t number, Datum profile_id)>& visit);
// The ordinals that profiles of these numbers go by now, by number; those who are no more are left out.
std::map<int32_t, Ordinal> ordinals_of_numbers(const ProfileSet& numbers, bool read_only, Interrupt& interrupt);
// Of erased persons.
ProfileSet erased_numbers();
// Takes numbers away that are not `used`.  REQUIRES: nobody else writes history until the transaction ends.
void forget_numbers_but(const ProfileSet& used);
// These ids stand for nobody any more, nor do those that these records (their types and ids) have
// or had and nobody else has now.
// REQUIRES: the records, and what is known of their previous profiles, are still there.
void erase_history_profiles(std::span<const std::string_view> profile_ids, const Parameter& record_types,
                            const Parameter& record_ids);

}  // namespace segments::pg

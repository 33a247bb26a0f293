// Saved segments that definitions refer to, as far as evaluating them takes.  They are saved in a folder above (segment/), which
// installs how they are found.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/language/definition.h"
#include "core/set/profile_set.h"
#include "pg/evaluation/definition_settings.h"
#include "pg/server/boundary.h"

namespace segments::pg {

// Segments that refer to segments that refer to …
inline constexpr size_t kMaxReferenceDepth = 32;

struct ReferencedSegment {
  int32_t segment_id = 0;
  std::string name;
  std::string definition;
  DefinitionSettings settings;
  Oid owner = InvalidOid;  // invalid: the role is gone
};

// One of that name whose members `role` may read.  Called within with_spi, as the extension's owner.
using SegmentFinder = std::optional<ReferencedSegment> (*)(const std::string& name, Oid role);
// Who is on the lists of a segment, by the ordinals that profiles go by now; nothing: nobody was listed.
struct ListedProfiles {
  std::optional<ProfileSet> included;
  std::optional<ProfileSet> excluded;
};
using ListReader = ListedProfiles (*)(int32_t segment_id);
// Who entered or left it within a range of times, or was a member at its end, by the ordinals that they go by now.
using PastReader = ProfileSet (*)(const ReferencedSegment& segment, ReferenceKind kind, const TimeRange& range);
// When a profile entered or left it: ascending.
using ChangeTimesReader = std::vector<Timestamp> (*)(const ReferencedSegment& segment, ReferenceKind kind,
                                                     std::string_view profile_id);
// Whether it was ever run: else it has no history.
using RunTest = bool (*)(const ReferencedSegment& segment);
struct SegmentSource {
  SegmentFinder find;
  ListReader listed;
  PastReader past;
  ChangeTimesReader change_times;
  RunTest has_run;
};
// Called by _PG_init.
void install_segment_source(const SegmentSource& source);

// REQUIRES for all: within with_spi, as the extension's owner.
ListedProfiles listed_profiles(int32_t segment_id);
bool has_run(const ReferencedSegment& segment);
// Throws Error{kNotReady} where the history does not reach back.
ProfileSet past_profiles(const ReferencedSegment& segment, ReferenceKind kind, const TimeRange& range);
std::vector<Timestamp> change_times(const ReferencedSegment& segment, ReferenceKind kind, std::string_view profile_id);

// Throws Error{kUndefined} unless there is one that `role` may read: the same whether there is none, or one of somebody else's.
ReferencedSegment find_referenced(const SegmentReference& reference, Oid role);

// For messages: segment "name".
std::string called(const std::string& name);

// Whether `role` may act as the owner of a segment, and so see its definition: it has the privileges of that role, or of the
// extension's owner.  REQUIRES: within with_spi, as the extension's owner.
bool owns(Oid role, Oid owner);

// What explanations call a definition with those who were listed by hand, and these.
inline constexpr const char* kWithLists = "the definition and lists";
inline constexpr const char* kIncludedByHand = "included by hand";
inline constexpr const char* kExcludedByHand = "excluded by hand";

// What those who may not see a segment's definition are told instead of why it cannot be evaluated.
[[noreturn]] void throw_opaque(const std::string& name, uint32_t position = Error::kNoPosition);
// What is nobody's fault and passes: a cancel, or a server that has run out of something.
bool tells_nothing(const ServerError& error);

}  // namespace segments::pg

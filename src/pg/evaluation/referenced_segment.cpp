#include "pg/evaluation/referenced_segment.h"

#include "core/text/lexer.h"
#include "pg/query/query.h"
#include "pg/server/subtransaction.h"

namespace segments::pg {
namespace {

SegmentSource source = {};

}  // namespace

void install_segment_source(const SegmentSource& installed) { source = installed; }

ListedProfiles listed_profiles(int32_t segment_id) { return source.listed(segment_id); }

ProfileSet past_profiles(const ReferencedSegment& segment, ReferenceKind kind, const TimeRange& range) {
  return source.past(segment, kind, range);
}

std::vector<Timestamp> change_times(const ReferencedSegment& segment, ReferenceKind kind, std::string_view profile_id) {
  return source.change_times(segment, kind, profile_id);
}

bool has_run(const ReferencedSegment& segment) { return source.has_run(segment); }

ReferencedSegment find_referenced(const SegmentReference& reference, Oid role) {
  std::optional<ReferencedSegment> found = source.find(reference.name, role);
  if (found) return std::move(*found);
  throw Error(ErrorCode::kUndefined, called(reference.name) + " does not exist", "",
              "SELECT name FROM segments.segment_overview lists those you may refer to.", reference.position);
}

std::string called(const std::string& name) { return "segment " + in_quotes(name); }

bool owns(Oid role, Oid owner) {
  const Oid extension = extension_owner();
  return call([&] { return (OidIsValid(owner) && has_privs_of_role(role, owner)) || has_privs_of_role(role, extension); });
}

void throw_opaque(const std::string& name, uint32_t position) {
  throw Error(ErrorCode::kNotReady, called(name) + " cannot be evaluated", "Only those who may see its definition are told why.",
              "Ask its owner.", position);
}

bool tells_nothing(const ServerError& error) {
  return ends_transaction(error) ||
         (!error.is_foreign && ERRCODE_TO_CATEGORY(error.data->sqlerrcode) == ERRCODE_INSUFFICIENT_RESOURCES);
}

}  // namespace segments::pg

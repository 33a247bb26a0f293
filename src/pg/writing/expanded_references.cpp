#include "pg/writing/expanded_references.h"

#include <algorithm>
#include <set>

#include "core/text/lexer.h"
#include "pg/evaluation/referenced_segment.h"
#include "pg/query/column_sql.h"
#include "pg/segment/member_list.h"
#include "pg/type/definition.h"

namespace segments::pg {
namespace {

// How the settings that a segment was saved with are had: empty if they are in force.
std::string setting_commands(const DefinitionSettings& saved) {
  const DefinitionSettings now = current_definition_settings();
  std::string commands;
  const auto compare = [&](const char* name, const std::string& wanted, const std::string& present) {
    if (wanted != present) commands += std::string(commands.empty() ? "SET " : "; SET ") + name + " = " + quoted_literal(wanted);
  };
  compare("segments.time_zone", saved.time_zone, now.time_zone);
  compare("segments.week_start", std::string(kWeekdayNames[static_cast<size_t>(saved.week_start)]),
          std::string(kWeekdayNames[static_cast<size_t>(now.week_start)]));
  compare("intervalstyle", saved.interval_style, now.interval_style);
  compare("lc_monetary", saved.monetary_locale, now.monetary_locale);
  compare("timezone_abbreviations", saved.zone_abbreviations, now.zone_abbreviations);
  return commands;
}

class Expander {
 public:
  Expander(Oid viewer, const std::function<void(const KeptReference&)>& keep) : viewer_(viewer), keep_(keep) {}

  // `role`: with whose privileges what the tree says is evaluated.
  void expand(std::unique_ptr<Node>& node, Oid role, size_t depth) {
    if (depth > kMaxDefinitionDepth) fail("too deep", kMaxDefinitionDepth, "levels");
    for (auto& child : node->children) expand(child, role, depth + 1);
    if (node->children.empty() && ++conditions_ > kMaxDefinitionConditions) {
      fail("too long", kMaxDefinitionConditions, "conditions");
    }
    if (node->kind != NodeKind::kSegment || node->segment->kind != ReferenceKind::kNow) return;
    const std::optional<ReferencedSegment> segment = find(*node->segment, role);
    if (!segment || !may_expand(*segment)) return;
    Definition definition = read_definition(segment->definition);
    path_.push_back(segment->segment_id);
    expand(definition.root, segment->owner, depth + 1);
    path_.pop_back();
    node = std::move(definition.root);
  }

 private:
  [[noreturn]] static void fail(const char* what, size_t limit, const char* things) {
    throw Error(ErrorCode::kLimitExceeded, std::string("the expanded definition is ") + what,
                "At most " + std::to_string(limit) + " " + things + " are accepted.", "Leave segments in it as they are.");
  }

  std::optional<ReferencedSegment> find(const SegmentReference& reference, Oid role) {
    try {
      return find_referenced(reference, role);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kUndefined) throw;
      keep(reference.name, "There is none of that name whose members may be read.");
      return std::nullopt;
    }
  }

  bool may_expand(const ReferencedSegment& segment) {
    if (!owns(viewer_, segment.owner)) return keep(segment.name, "Its definition is not yours to see.");
    if (!OidIsValid(segment.owner)) return keep(segment.name, "It has no owner any more.");
    if (is_static(segment.segment_id)) return keep(segment.name, "It is static: its members are those that were listed by hand.");
    if (has_lists(segment.segment_id)) return keep(segment.name, "Profiles were included or excluded by hand.");
    if (std::ranges::find(path_, segment.segment_id) != path_.end()) return keep(segment.name, "It refers to itself.");
    if (path_.size() >= kMaxReferenceDepth) return keep(segment.name, "Segments refer to segments too often.");
    const std::string commands = setting_commands(segment.settings);
    if (commands.empty()) return true;
    return keep(segment.name, "With the settings in force its definition would mean something else.",
                "It is expanded after " + commands + ".");
  }

  bool keep(const std::string& name, std::string reason, std::string hint = {}) {
    if (kept_.insert(name).second) keep_({name, std::move(reason), std::move(hint)});
    return false;
  }

  Oid viewer_;
  const std::function<void(const KeptReference&)>& keep_;
  std::vector<int32_t> path_;
  std::set<std::string> kept_;
  size_t conditions_ = 0;
};

}  // namespace

void expand_references(Definition& definition, Oid viewer, const std::function<void(const KeptReference&)>& keep) {
  Expander(viewer, keep).expand(definition.root, viewer, 0);
}

}  // namespace segments::pg

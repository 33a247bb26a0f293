// What the names in saved definitions lead to: compared before and after names of types and fields change.
#include "pg/catalog/type_catalog.h"
#include "pg/query/query.h"
#include "pg/server/datum.h"
#include "pg/type/definition.h"

namespace segments::pg {
namespace {

// Collects a line for every name, in the order of the text: what was written, and the type or column that it means.
class NameCollector {
 public:
  void collect(const Node& node) {
    for (const auto& child : node.children) collect(*child);
    if (node.interaction == nullptr) return;
    const InteractionType* type = find_type(node.interaction->type);
    if (node.interaction->restriction != nullptr) collect(type, *node.interaction->restriction);
  }

  const std::vector<std::string>& lines() const { return lines_; }

 private:
  const InteractionType* find_type(const Name& name) {
    try {
      const InteractionType& type = catalog_.find(name);
      lines_.push_back(name.text + " = " + std::to_string(type.type_id));
      return &type;
    } catch (const Error&) {
      lines_.push_back("");
      return nullptr;
    }
  }

  void collect(const InteractionType* type, const Restriction& restriction) {
    for (const auto& child : restriction.children) collect(type, *child);
    if (restriction.kind != RestrictionKind::kPredicate) return;
    try {
      const Name& field = restriction.predicate.field;
      lines_.push_back(type == nullptr ? "" : field.text + " = " + meaning_of(*type, field));
    } catch (const Error&) {
      lines_.push_back("");
    }
  }

  std::string meaning_of(const InteractionType& type, const Name& field) {
    const FieldColumnName found = catalog_.find_field(type, field);
    return found.by_role ? "role " + std::to_string(static_cast<int>(found.role)) : "column " + found.column;
  }

  TypeCatalog catalog_{0};
  std::vector<std::string> lines_;
};

}  // namespace
}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

// Of a definition that does not parse: nothing.
SEGMENTS_FUNCTION(segments_resolved_names) {
  const std::string written(text_view(PG_GETARG_DATUM(0)));
  std::vector<std::string> lines;
  const OwnerScope owner = OwnerScope::enter();
  with_spi([&] {
    try {
      const Definition definition = read_definition(written);
      NameCollector names;
      names.collect(*definition.root);
      lines = names.lines();
    } catch (const Error&) {
    }
  });
  owner.leave();
  const std::vector<std::string_view> views(lines.begin(), lines.end());
  return text_array(views).value;
}

// The names of types and fields that a tree holds, in the order of the text.
#pragma once
#include "core/language/definition.h"

namespace segments {

// Calls `visit` with every condition on interactions, those within values too.
template <class Visitor>
void visit_interactions(Node& node, const Visitor& visit) {
  for (const auto& child : node.children) visit_interactions(*child, visit);
  if (node.interaction != nullptr) visit(*node.interaction);
  if (node.comparison != nullptr) visit_rows(*node.comparison, visit);
}

// Calls `visit` with the name of every type.
template <class Visitor>
void visit_types(Node& node, const Visitor& visit) {
  visit_interactions(node, [&](InteractionCondition& condition) {
    for (Name& name : condition.types) visit(name);
  });
}

// Calls `visit` with the name of every field of a restriction; null: it has none.
template <class Visitor>
void visit_fields(Restriction* restriction, const Visitor& visit) {
  if (restriction == nullptr) return;
  for (const auto& child : restriction->children) visit_fields(child.get(), visit);
  if (restriction->kind != RestrictionKind::kPredicate) return;
  visit(restriction->predicate.field);
  if (restriction->predicate.other) visit(*restriction->predicate.other);
}

// Likewise, of a condition.
template <class Visitor>
void visit_fields(InteractionCondition& condition, const Visitor& visit) {
  visit_fields(condition.restriction.get(), visit);
  if (condition.aggregate) visit(condition.aggregate->comparison.field);
}

}  // namespace segments

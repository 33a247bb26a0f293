// Queries of Dynamics 365 as definitions: segments.definition_from_mql.
#include <set>

#include "core/language/names.h"
#include "core/language/printer.h"
#include "core/language/references.h"
#include "core/mql/mql.h"
#include "core/text/keywords.h"
#include "core/text/lexer.h"
#include "core/text/nearest.h"
#include "pg/catalog/catalog_name.h"
#include "pg/catalog/record_names.h"
#include "pg/catalog/translated_names.h"
#include "pg/catalog/type_catalog.h"
#include "pg/segment/readable_segment.h"
#include "pg/segment/segment.h"
#include "pg/type/definition.h"

namespace segments::pg {
namespace {

MqlQuery read_query(const std::string& text) {
  ServerInterrupt interrupt;
  try {
    return parse_mql(text, interrupt);
  } catch (Error& error) {
    error.set_source(text);
    throw;
  }
}

struct FieldName {
  std::string technical;
  std::string column;
  std::string display;
};

std::vector<FieldName> fields_of(const InteractionType& type) {
  Rows rows = run("SELECT name, column_name::text, display_name FROM segments_internal.fields_of($1)", {int4(type.type_id)},
                  {.read_only = true});
  std::vector<FieldName> fields;
  for (uint64_t i = 0; i < rows.size(); ++i) fields.push_back({rows.text(i, 0), rows.text(i, 1), rows.text(i, 2)});
  rows.release();
  return fields;
}

// Of the names that are not here, so many are told.
constexpr size_t kMostUnknown = 20;

// The names that are here, in the place of those that a query has.
class Namer {
 public:
  Namer(const std::string& query, Oid caller) : query_(query), caller_(caller) { catalog_.set_viewer(caller); }

  void name(MqlQuery& query) {
    for (const Name& profile : query.profiles) check_record_type(profile);
    for (const Name& source : query.sources) check_source(source);
    for (const MqlLink& link : query.links) name_relation(link, query.definition);
    visit_interactions(*query.definition.root, [&](InteractionCondition& condition) { name_interaction(condition); });
    name_segments(*query.definition.root);
    if (unknown_.empty()) return;
    const Unknown& first = unknown_.front();
    std::vector<std::string> others;
    for (size_t i = 1; i < unknown_.size(); ++i) others.push_back(unknown_[i].what);
    throw located(Error(ErrorCode::kUndefined, "unknown " + first.what,
                        others.empty() ? "" : "Nor are there: " + joined(others) + ".", first.hint, first.position));
  }

 private:
  struct Unknown {
    std::string what;
    std::string hint;
    uint32_t position = 0;
  };

  // `candidates`: by key, and as definitions write them.
  void note_unknown(const std::string& kind, const Name& name, const std::string& of,
                    const std::vector<std::pair<std::string, std::string>>& candidates, const std::string& otherwise) {
    std::vector<std::string> keys;
    for (const auto& candidate : candidates) keys.push_back(candidate.first);
    std::set<std::string> near;
    for (const std::string& key : nearest_names(mql_key(fold_name(name.text)), keys)) {
      near.insert(std::ranges::find(candidates, key, &std::pair<std::string, std::string>::first)->second);
    }
    const std::string what = kind + " " + in_quotes(name.text) + of;
    if (std::ranges::find(unknown_, what, &Unknown::what) != unknown_.end() || unknown_.size() == kMostUnknown) return;
    unknown_.push_back(
        {what, near.empty() ? otherwise : "Did you mean " + joined({near.begin(), near.end()}) + "?", name.position});
  }

  static bool answers(const NamePair& names, const std::string& key) {
    return key == mql_key(fold_name(names.technical)) || key == mql_key(fold_name(names.display));
  }

  void check_record_type(const Name& profile) {
    const std::string key = mql_key(fold_name(profile.text));
    std::vector<std::pair<std::string, std::string>> candidates;
    std::vector<std::string> all;
    for (const NamePair& names : record_type_names()) {
      if (answers(names, key)) return;
      all.push_back(names.technical);
      candidates.emplace_back(mql_key(fold_name(names.technical)), names.technical);
    }
    note_unknown("record type", profile, "", candidates, "There are: " + joined(all) + ".");
  }

  // A filter on profiles is about rows of a table.
  void check_source(const Name& source) {
    const InteractionType* type = find_type(source);
    if (type != nullptr && type->is_profile_source()) return;
    throw located(Error(
        ErrorCode::kUndefined, "there is no profile source " + in_quotes(source.text), "",
        "Register the table that has the columns of the filter: SELECT segments.register_profile_source(..., '" + source.text +
            "', ...); or make a segment of those it means with segments.create_static_segment(), and write SEGMENT and its name.",
        source.position));
  }

  // The default relation needs no name, and what is none is what leads to.
  void name_relation(const MqlLink& link, Definition& definition) const {
    const InteractionType* type = find_type(link.type);
    if (type == nullptr) return;
    const std::string key = mql_key(fold_name(link.link.text));
    for (const TypeRelation& relation : catalog_.relations(*type)) {
      if (relation.is_default || !answers({relation.name, relation.display_name}, key)) continue;
      visit_interactions(*definition.root, [&](InteractionCondition& condition) {
        const bool is_linked = !condition.types.empty() && condition.types.front().position == link.type.position;
        if (is_linked) condition.via = {relation.name, false, link.link.position};
      });
    }
  }

  const InteractionType* find_type(const Name& name) const {
    for (const std::string& candidate : {name.text, mql_key(fold_name(name.text))}) {
      try {
        return &catalog_.find({candidate, true, name.position});
      } catch (const Error& error) {
        if (error.code() != ErrorCode::kUndefined) throw located(error);
      }
    }
    const std::string key = mql_key(fold_name(name.text));
    const InteractionType* found = nullptr;
    for (const InteractionType& type : catalog_.types()) {
      const bool answers = std::ranges::any_of(type.keys, [&](const std::string& known) { return mql_key(known) == key; });
      if (!answers) continue;
      if (found != nullptr) throw ambiguous("interaction type", name, found->name + ", " + type.name);
      found = &type;
    }
    return found != nullptr ? found : find_event(name, key);
  }

  const InteractionType* find_event(const Name& name, const std::string& key) const {
    const InteractionType* found = nullptr;
    for (const std::string& event : catalog_.event_names()) {
      if (mql_key(fold_name(event)) != key) continue;
      const InteractionType& type = catalog_.find({event, true, name.position});
      if (found != nullptr && found != &type)
        throw ambiguous("interaction type", name, in_quotes(found->name) + ", " + in_quotes(type.name));
      found = &type;
    }
    return found;
  }

  Error located(const Error& error) const {
    Error result(error);
    result.set_source(query_);
    return result;
  }

  Error ambiguous(const std::string& kind, const Name& name, const std::string& candidates) const {
    return located(Error(ErrorCode::kAmbiguous, kind + " " + in_quotes(name.text) + " is ambiguous",
                         "It can be any of: " + candidates + ".", "Use one of these names.", name.position));
  }

  void name_interaction(InteractionCondition& condition) {
    Name& name = condition.types.front();
    const InteractionType* type = find_type(name);
    if (type == nullptr) {
      std::vector<std::pair<std::string, std::string>> candidates;
      for (const InteractionType& known : catalog_.types()) {
        for (const std::string& key : known.keys) candidates.emplace_back(mql_key(key), as_written(known.name));
      }
      for (const std::string& event : catalog_.event_names())
        candidates.emplace_back(mql_key(fold_name(event)), as_written(event));
      return note_unknown("interaction type", name, "", candidates,
                          "SELECT name FROM segments.interaction_catalog(true) lists all.");
    }
    name.text = type->name;
    visit_fields(condition, [&](FieldPath& field) { name_field(*type, field.column); });
  }

  // By its own name; by that without prefix and separators; or by one that is the same without those.
  void name_field(const InteractionType& type, Name& name) {
    const std::string key = mql_key(fold_name(name.text));
    for (const std::string& candidate : {name.text, key}) {
      try {
        catalog_.find_field(type, {{candidate, true, name.position}, {}});
        name.text = candidate;
        return;
      } catch (const Error& error) {
        if (error.code() != ErrorCode::kUndefined) throw located(error);
      }
    }
    std::vector<std::pair<std::string, std::string>> candidates;
    std::optional<std::string> found;
    for (const FieldName& field : fields_of(type)) {
      bool answers = false;
      for (const std::string& called : {field.technical, field.column, field.display}) {
        candidates.emplace_back(mql_key(fold_name(called)), as_written(field.technical));
        answers = answers || candidates.back().first == key;
      }
      if (!answers) continue;
      if (found) throw ambiguous("field", name, *found + ", " + field.technical);
      found = field.technical;
    }
    if (found) {
      name.text = *found;
      return;
    }
    note_unknown("field", name, " of interaction type " + type.name, candidates,
                 "SELECT name FROM segments.interaction_fields('" + type.name + "') lists all.");
  }

  void name_segments(Node& node) {
    for (const auto& child : node.children) name_segments(*child);
    if (node.segment != nullptr) name_segment(*node.segment);
  }

  // By its name, else by one that is the same but for case.
  void name_segment(SegmentReference& reference) {
    try {
      find_referenced(reference, caller_);
      return;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kUndefined) throw;
    }
    const std::string key = fold_name(reference.name);
    std::vector<std::pair<std::string, std::string>> candidates;
    std::vector<std::string> alike;
    for (const ReadableSegment& known : all_readable(caller_)) {
      candidates.emplace_back(mql_key(fold_name(known.segment.name)), known.segment.name);
      if (fold_name(known.segment.name) == key) alike.push_back(known.segment.name);
    }
    const Name name{reference.name, true, reference.position};
    if (alike.size() > 1) throw ambiguous("segment", name, alike[0] + ", " + alike[1]);
    if (alike.empty()) return note_unknown("segment", name, "", candidates, "Save it first: segments.create_segment().");
    reference.name = alike.front();
  }

  const std::string& query_;
  Oid caller_;
  TypeCatalog catalog_{0};
  std::vector<Unknown> unknown_;
};

void tell(const MqlQuery& query) {
  if (!query.profiles.empty()) {
    const char* profile = query.profiles.front().text.c_str();
    call([&] {
      ereport(NOTICE,
              (errmsg("PROFILE(%s) became \"all\"", profile), errdetail("That is everybody, whatever records they have.")));
    });
  }
  if (query.counts_in_utc && current_definition_settings().time_zone != "UTC") {
    call([] {
      ereport(NOTICE, (errmsg("days of the query are those of UTC"),
                       errdetail("Days of a definition are those of the zone in force when it is saved."),
                       errhint("SET segments.time_zone = 'UTC' before it is saved or evaluated.")));
    });
  }
}

}  // namespace
}  // namespace segments::pg

using namespace segments;
using namespace segments::pg;

SEGMENTS_FUNCTION(segments_definition_from_mql) {
  const std::string written = text_of(PG_GETARG_DATUM(0));
  MqlQuery query = read_query(written);
  as_owner([&](Oid caller) {
    Namer(written, caller).name(query);
    translate_names(query.definition, NameStyle::kTechnical, caller);
  });
  const Definition definition = read_definition(print_definition(query.definition));
  tell(query);
  return segments::pg::text(print_definition(definition)).value;
}

// Names in definitions → registered interaction types and their columns; who may read those.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "core/column/column.h"
#include "core/language/definition.h"
#include "core/time.h"
#include "pg/catalog/event_type.h"
#include "pg/catalog/json_field.h"
#include "pg/catalog/lookup_field.h"
#include "pg/catalog/source_time.h"
#include "pg/catalog/type_relation.h"
#include "pg/server/boundary.h"

namespace segments::pg {

enum class SourceKind : uint8_t { kInteraction, kProfileSource, kLookup };

struct InteractionType {
  int32_t type_id;
  int32_t rows_id;  // what its rows stand under in derived data: its own number, or that of the relation that it is seen by
  std::string name;
  std::string display_name;
  std::vector<std::string> keys;  // folded: technical name, aliases, display name
  Oid relation;
  std::string time_column;         // empty: a profile source, or a look-up
  std::string record_type_column;  // empty: all records are of one type
  std::string record_id_column;
  bool row_security_acknowledged;
  bool captured;                       // its data are in the state that is evaluated
  bool has_leaves;                     // it has data; captured without: a partitioned table without partitions
  std::optional<Timestamp> frozen_at;  // since then its data stay as they are
  SourceKind kind;
  SourceTime window;                 // of a profile source: what windows look at; none: it takes none
  std::string source_name;           // that it is registered by; another than `name` for an event
  std::string type_column;           // names events; empty: none does
  std::optional<std::string> event;  // the type is those interactions whose type column holds this; else all of the table
  std::string via;                   // the relation that it is seen by; empty: the default one

  bool is_profile_source() const { return kind == SourceKind::kProfileSource; }
  bool is_lookup() const { return kind == SourceKind::kLookup; }
  // "interaction type Opened", "profile source Contact", "look-up Campaign"
  std::string called() const;
  // What its columns that lead to records are called in SourceLeaf::keys, where those of the default relation have this role.
  std::string key_role(const std::string& role) const;
};

enum class ColumnRole : uint8_t { kField, kTime, kRecordType, kRecordId };

// What a field name in a definition stands for.  kRecordType without a column: attnum 0.
struct FieldColumnName {
  ColumnRole role = ColumnRole::kField;
  Oid relation = InvalidOid;
  int16_t attnum = 0;
  std::string column;
  Oid type = InvalidOid;  // base type of domains
  Oid collation = InvalidOid;
  ValueKind kind = ValueKind::kBytes;
  bool by_role = false;                // found by what every type answers to (Timestamp, ProfileId …), not by a name of its own
  std::vector<std::string> path = {};  // of a declared member of the documents in the column, whose number attnum is
  int16_t column_number = 0;           // of the column: attnum, or that of the documents

  std::string name() const;  // for people
};

// A path that leads on through a field whose values are keys of a look-up: Email.Campaign.
struct LookedUpField {
  FieldColumnName field;          // Email
  const InteractionType* lookup;  // in whose rows the rest is
  FieldPath rest;                 // Campaign

  // The path, with other names for the field and the rest.
  static FieldPath path(const Name& field, const FieldPath& rest);
};

// The registered types, read once.
class TypeCatalog {
 public:
  // `refresh_id`: the state that will be evaluated.  REQUIRES: within with_spi, as the extension's owner.
  explicit TypeCatalog(int64_t refresh_id);

  // Those that are registered; events are found by name only.
  const std::vector<InteractionType>& types() const { return types_; }
  // Events whose type column a role may not read are none for it.  Without: all are found.
  void set_viewer(Oid role) {
    if (role != viewer_) event_names_.reset();
    viewer_ = role;
  }
  // To one type or event, or to several.
  bool leads_somewhere(const Name& name) const;
  // The name of an event that nothing which is inserted later can come to mean, as close to what is written as there is one.
  std::string exact_name(const InteractionType& event, const std::string& written) const;
  // Events that the viewer may be told of without naming them, as definitions name them; at most 10,000.
  const std::vector<std::string>& event_names() const;
  // Names that hints tell are to be arguments of a function, not parts of a definition.
  void expect_arguments() { names_are_arguments_ = true; }
  // Throws Error{kUndefined} with the nearest names, Error{kAmbiguous} with the candidates, at the name's position.
  const InteractionType& find(const Name& name) const;
  // The type as another relation leads from its rows to records; of the default one, the type itself.  Likewise; Error{kNotReady}
  // for one that refreshes do not read.
  const InteractionType& by_relation(const InteractionType& type, const Name& via) const;
  const std::vector<TypeRelation>& relations(const InteractionType& type) const;
  // The type whose rows stand under a number, by a relation that was found or the default one.
  int32_t registered_type(int32_t rows_id) const;
  // Likewise; Error{kTypeMismatch} for a column whose type cannot be used, or that only rows of a look-up have.
  FieldColumnName find_field(const InteractionType& type, const FieldPath& path);
  // Nothing: the path does not begin with a field whose values are looked up, or ends there.
  // Error{kTypeMismatch} if its values cannot be keys of the look-up any more.
  std::optional<LookedUpField> find_lookup(const InteractionType& type, const FieldPath& path);
  // The column of jsonb documents that a name leads to.  Error{kTypeMismatch} for a column of another type.
  std::string find_document(int32_t type_id, const Name& name);

 private:
  FieldColumnName find_column(const InteractionType& type, const Name& name);
  FieldColumnName find_member(const InteractionType& type, const FieldPath& path);
  std::string find_document(const InteractionType& type, const Name& name);
  // The look-up that the values of a column are keys of; null: of none.
  const InteractionType* lookup_of(const InteractionType& type, const std::string& column);
  struct FieldNames {
    std::string column;
    std::string name;               // technical
    std::vector<std::string> keys;  // folded: technical name, display name
  };
  // Several: the name is ambiguous.
  std::vector<const InteractionType*> registered(const std::string& name) const;
  const InteractionType* find_registered(const Name& name) const;
  const InteractionType* find_event(const Name& name) const;
  // A name that begins with that of a source with events, read so.
  struct Qualified {
    std::string source;
    std::string value;
  };
  std::vector<Qualified> qualified(const std::string& name) const;
  // What definitions find it by: its value where nothing else goes by that, else "source: value".
  std::string name_of(const EventName& event) const;
  const InteractionType* event(std::vector<EventName> found, const Name& name) const;
  const InteractionType* type_of(int32_t type_id) const;
  bool shows_events(const InteractionType& type) const;
  bool lists_events(const InteractionType& type) const;
  // Whether the viewer may be told of it, who has written so much.
  bool shows(const EventName& event, const std::string& written) const;
  [[noreturn]] void throw_unknown(const Name& name) const;
  [[noreturn]] void throw_unknown_relation(const InteractionType& type, const Name& via) const;
  // `former`: the column that a field of that name is registered with, which is not there any more.
  [[noreturn]] void throw_unknown_field(const InteractionType& type, const Name& name, const std::string& former) const;
  // Empty if no name is near.
  std::string did_you_mean(const std::vector<std::string>& near) const;
  const std::vector<FieldNames>& field_names(const InteractionType& type);
  // The column that has the name itself, or as a field's name or display name; empty if none has.
  std::string own_column(const InteractionType& type, const Name& name);
  // The column that a field of that name is registered with, whether it is there or not; empty if there is none.
  std::string lost_column(const InteractionType& type, const Name& name);

  std::vector<InteractionType> types_;
  mutable std::map<std::pair<int32_t, std::string>, InteractionType> events_;  // those that were found
  mutable std::map<int32_t, std::vector<TypeRelation>> relations_;
  mutable std::map<std::pair<int32_t, std::optional<std::string>>, InteractionType> by_relation_;  // likewise
  Oid viewer_ = InvalidOid;
  mutable std::optional<std::vector<std::string>> event_names_;
  bool names_are_arguments_ = false;
  std::map<int32_t, std::vector<FieldNames>> field_names_;
  std::map<int32_t, std::vector<JsonField>> json_fields_;
  std::optional<std::vector<LookupField>> lookup_fields_;
};

// Since when the unification stays as it is; nothing: it does not.  REQUIRES: within with_spi, as the extension's owner.
std::optional<Timestamp> unification_frozen_at();

// What to do about a type (kUnificationId: the unification) whose table was dropped.
std::string lost_table_hint(int32_t type_id);

// Throws if the table was dropped: asked first, because nothing can be said about its columns then.
void check_exists(const InteractionType& type, uint32_t position);

// Throws what reading these columns as `role` would raise, and an error if row-level security was not acknowledged.
void check_may_read(Oid role, const InteractionType& type, const std::set<int16_t>& attnums);

// Whether a role has the privileges to read a column, or all of a table; false if that is gone.
bool may_read_column(Oid role, Oid relation, int16_t attnum);

// 0 if there is no such column.
int16_t column_number(Oid relation, const std::string& column);

// The columns of time and record, which whatever is asked about a type reads.
std::set<int16_t> key_columns(const InteractionType& type);

// Whether row-level security may hide rows of a table, or it is gone: nobody may then be told of values of others' rows.
bool may_hide_rows(Oid relation);

}  // namespace segments::pg

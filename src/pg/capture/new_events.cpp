#include "pg/capture/new_events.h"

#include <unordered_set>

#include "core/text/lexer.h"
#include "pg/catalog/equal_values.h"
#include "pg/catalog/event_type.h"
#include "pg/query/query.h"
#include "pg/server/scratch.h"
#include "pg/store/stored_dictionary.h"

namespace segments::pg {
namespace {

int new_event_types_setting = 1000;
int max_event_types_setting = 20'000;

// Longer values are no names.
constexpr size_t kMostNameBytes = 1024;
// A column of ids, registered by mistake, must not fill the memory.
constexpr size_t kMostValues = 100'000;
constexpr size_t kMostTold = 10;

// Values that may be new.
class FoundValues {
 public:
  void add(std::string&& name) {
    if (name.size() > kMostNameBytes) {
      ++too_long_;
    } else if (!known_.contains(name)) {
      names_.insert(std::move(name));
    }
  }
  bool is_full() const { return names_.size() >= kMostValues; }
  // Begins anew without these: what was visited is to be visited again.
  void leave_out(std::unordered_set<std::string> known) {
    known_ = std::move(known);
    too_long_ = 0;
    std::erase_if(names_, [&](const std::string& name) { return known_.contains(name); });
  }

  int64_t too_long() const { return too_long_; }
  std::vector<std::string> names() const { return {names_.begin(), names_.end()}; }

 private:
  std::unordered_set<std::string> names_;
  std::unordered_set<std::string> known_;
  int64_t too_long_ = 0;
};

// Of all dictionaries, or of those before it is full.
void visit_values(const DictionaryQuery& query, const SourceField& field, FoundValues& found) {
  with_scratch([&] {
    visit_dictionaries(query, [&](const Dictionary& dictionary) {
      if (dictionary.kind() != ValueKind::kBytes) return true;
      for (uint32_t i = 0; i < dictionary.size() && !found.is_full(); ++i) found.add(value_text(dictionary, i, field.type));
      return !found.is_full();
    });
  });
}

FoundValues values_of(const RefreshContext& context, const InteractionSource& source, const SourceField& field, bool in_all) {
  FoundValues found;
  const DictionaryQuery query = {.type_id = source.type_id,
                                 .field = field.attnum,
                                 .refresh_id = context.refresh_id,
                                 .may_matter = [](const ValueBounds&) { return true; },
                                 .written_since = in_all ? 0 : context.refresh_id,
                                 .by_writer = true};
  visit_values(query, field, found);
  if (found.is_full()) {
    // Those that are types already make room for others.
    found.leave_out(known_event_values(source.type_id));
    visit_values(query, field, found);
  }
  return found;
}

void warn_of_left_over(const std::string& source, const std::string& column, int64_t count) {
  const char* texts[] = {source.c_str(), column.c_str()};
  const long long left_over = count;
  const int most = new_event_types_setting;
  call([&] {
    ereport(WARNING, (errmsg_plural("%lld more value of \"%s\" is no interaction type yet",
                                    "%lld more values of \"%s\" are no interaction types yet",
                                    static_cast<unsigned long>(left_over), left_over, texts[1]),
                      errdetail("A refresh makes at most %d of %s.", most, texts[0]),
                      errhint("The next refreshes go on; segments.new_event_types says how many at a time. Where most are no "
                              "kinds of events, keep to those there are: "
                              "SELECT segments.alter_events('%s', takes_new => false).",
                              texts[0])));
  });
}

void warn_of_no_room(const std::string& source, const std::string& column, int64_t count) {
  const char* texts[] = {source.c_str(), column.c_str()};
  const long long left_over = count;
  const int most = max_event_types_setting;
  call([&] {
    ereport(
        WARNING,
        (errmsg_plural("%lld more value of \"%s\" is no interaction type", "%lld more values of \"%s\" are no interaction types",
                       static_cast<unsigned long>(left_over), left_over, texts[1]),
         errdetail("%s has as many as segments.max_event_types allows: %d.", texts[0], most),
         errhint(
             "Their interactions are found as: %s where \"%s\" = '...'. segments.drop_event_type() forgets what no row has any "
             "more. Where most are no kinds of events, keep to those there are: "
             "SELECT segments.alter_events('%s', takes_new => false).",
             texts[0], texts[1], texts[0])));
  });
}

void warn_of_long(const std::string& source, const std::string& column, int64_t count) {
  const char* texts[] = {source.c_str(), column.c_str()};
  const long long too_long = count;
  call([&] {
    ereport(WARNING, (errmsg_plural("%lld value of \"%s\" is too long to be an interaction type",
                                    "%lld values of \"%s\" are too long to be interaction types",
                                    static_cast<unsigned long>(too_long), too_long, texts[1]),
                      errdetail("Names have up to %d bytes.", static_cast<int>(kMostNameBytes)),
                      errhint("Their interactions are found as: %s where \"%s\" begins with '...'.", texts[0], texts[1])));
  });
}

void warn_of_qualified(const std::string& source, std::span<const std::string> names) {
  std::string told;
  for (size_t i = 0; i < std::min(names.size(), kMostTold); ++i)
    told += (i == 0 ? "" : ", ") + in_quotes(source + ": " + names[i]);
  if (names.size() > kMostTold) told += " and " + std::to_string(names.size() - kMostTold) + " more";
  const char* text = told.c_str();
  call([&] {
    ereport(WARNING, (errmsg("events go by names that are taken"), errdetail("Definitions find them as %s.", text),
                      errhint("segments.alter_events gives an event another display name or an alias.")));
  });
}

}  // namespace

void note_events(RefreshContext& context, const InteractionSource& source) {
  const std::optional<EventSource> events = event_source(source.type_id);
  if (!events) return;
  const auto field = std::ranges::find(source.fields, events->type_column, &SourceField::column);
  if (field == source.fields.end() || field->kind != ValueKind::kBytes) return;
  const bool has_labels = call([&] { return type_is_enum(field->type); });
  // Before what rows hold is looked for by its present name.
  if (has_labels) follow_labels(source.type_id, field->type);
  if (!events->takes_new) return;
  const int64_t room = std::max<int64_t>(max_event_types_setting - events->types, 0);
  const int64_t most = std::min<int64_t>(new_event_types_setting, room);
  FoundValues values = values_of(context, source, *field, events->waiting > 0 && room > 0);
  if (values.too_long() > 0) warn_of_long(source.name, field->column, values.too_long());
  const std::vector<std::string> names = values.names();
  if (names.empty()) return;
  NotedEvents noted;
  with_scratch([&] { noted = note_event_values(source.type_id, names, static_cast<int32_t>(most), context.refresh_id); });
  if (has_labels) follow_labels(source.type_id, field->type);
  if (noted.left_over > 0) {
    const auto warn = most == room ? warn_of_no_room : warn_of_left_over;
    warn(source.name, field->column, noted.left_over);
  }
  if (!noted.qualified.empty()) warn_of_qualified(source.name, noted.qualified);
}

void define_event_settings() {
  call([] {
    DefineCustomIntVariable(
        "segments.new_event_types", "How many values of a type column a refresh makes interaction types.",
        "Of each table that is registered with register_events. The others are counted, and wait for the next one.",
        &new_event_types_setting, 1000, 0, 1'000'000, PGC_SUSET, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable(
        "segments.max_event_types", "How many values of a type column can be interaction types.",
        "Of each table that is registered with register_events. Others are found by restrictions on the column.",
        &max_event_types_setting, 20'000, 0, 1'000'000, PGC_SUSET, 0, nullptr, nullptr, nullptr);
  });
}

}  // namespace segments::pg

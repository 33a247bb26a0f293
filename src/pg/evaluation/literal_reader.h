// Literals of definitions → values, as SQL reads them, but under the settings of the definition and at its as_of: now, today,
// yesterday and tomorrow are those of as_of in its zone.
#pragma once
#include "core/language/definition.h"
#include "core/language/window.h"
#include "pg/evaluation/definition_settings.h"
#include "pg/evaluation/local_time.h"
#include "pg/server/boundary.h"

namespace segments::pg {

class LiteralReader final : public TimeLiterals {
 public:
  LiteralReader(DefinitionSettings settings, Timestamp as_of)
      : settings_(std::move(settings)), as_of_(as_of), local_time_(settings_.time_zone) {}

  const DefinitionSettings& settings() const { return settings_; }
  Timestamp as_of() const { return as_of_; }

  // The text of a literal, as a value of a type, in the current memory context.  REQUIRES: literal.type == kNone.
  // Throws Error{kInvalidLiteral, kOutOfRange} at the literal's position.
  Datum read(const Literal& literal, Oid type);

  // A literal of type date (days), timestamp or timestamptz (microseconds), whatever stands before it.  Throws as read(), and
  // kInvalidLiteral too where day and month could be meant either way.
  int64_t read_time(const Literal& literal, Oid type);

  // An instant to compare a timestamptz with, as SQL promotes date and timestamp to it.
  Timestamp parse(const Literal& literal) override;
  std::optional<int64_t> parse_reading(const Literal& literal) override;

  ServerLocalTime& local_time() { return local_time_; }

 private:
  std::string at_as_of(const std::string& text, bool whole_dates);
  Datum read_text(const std::string& text, Oid type, const char* date_style);
  int64_t reading_of(const std::string& text, uint32_t position);
  Datum read_timetz(const Literal& literal, const std::string& text);

  DefinitionSettings settings_;
  Timestamp as_of_;
  ServerLocalTime local_time_;
};

// The type of the server that stands before a literal; that of instants if none does.
Oid type_of(LiteralType type);

// Whether a date, as days since 2000-01-01, is one of the two infinities.
inline bool is_infinite_date(int64_t days) { return days == INT32_MIN || days == INT32_MAX; }

// Whether a literal means another time at another as_of: it has one of the words now, today, yesterday and tomorrow.
bool follows_as_of(const Literal& literal);

// Whether what a literal of a type means depends on DefinitionSettings.
bool depends_on_settings(Oid type);

// An error of an input function as an error at the literal's position; passes on what is no error of the literal.
[[noreturn]] void throw_literal_error(const ServerError& error, const Literal& literal, const std::string& hint = {});

}  // namespace segments::pg

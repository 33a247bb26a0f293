#include "pg/refresh/source_part.h"

#include "pg/catalog/open_registrars.h"
#include "pg/query/lock_timeout.h"
#include "pg/query/query.h"

namespace segments::pg {
namespace {

std::string called(int32_t type_id) {
  Rows rows = run("SELECT segments_internal.called($1)", {int4(type_id)}, {.read_only = true});
  std::string name = rows.text(0, 0);
  rows.release();
  return name;
}

}  // namespace

bool ends_refresh(const ServerError& server_error) {
  if (server_error.is_foreign) return false;
  if (ends_transaction(server_error)) return true;
  const ErrorData& error = *server_error.data;
  // A constraint of our own tables: what is stored of us is damaged.
  if (error.schema_name != nullptr && std::strcmp(error.schema_name, "segments") == 0) return true;
  switch (error.sqlerrcode) {
    case ERRCODE_DISK_FULL:
    case ERRCODE_IO_ERROR:
      return true;
    case ERRCODE_INTERNAL_ERROR:
      return error.saved_errno == EFBIG;  // a limit on files, which the server has no code of its own for
    case ERRCODE_OUT_OF_MEMORY:
      return error.message_id != nullptr && std::strcmp(error.message_id, "out of shared memory") == 0;
    default:
      return false;
  }
}

std::string registrar_timeout(const RefreshContext& context) {
  return context.has_waited_for_registrars ? "1" : shortest_lock_timeout();
}

bool note_registrar_timeout(RefreshContext& context, const ServerError& error) {
  const ErrorData& data = *error.data;
  const bool timed_out = !error.is_foreign && data.sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE && data.message_id != nullptr &&
                         std::strcmp(data.message_id, "canceling statement due to lock timeout") == 0;
  if (timed_out) context.has_waited_for_registrars = true;
  return timed_out;
}

void explain_registrar_timeout(Failure& failure) {
  failure.message = "what is registered of it was locked for longer than segments.lock_timeout";
  const std::string registrars = open_registrars();
  if (!registrars.empty()) failure.message += " by " + registrars;
  failure.detail = "A transaction that has changed what is registered has not ended.";
  failure.hint = "The first refresh after it reads what was missed; pg_terminate_backend() ends it.";
}

void warn_if_frozen(const RefreshContext& context, int32_t type_id) {
  const auto found = context.failures.find(type_id);
  if (found == context.failures.end()) return;
  const Failure& failure = found->second;
  const bool is_mapping = type_id == kUnificationId;
  const std::string message = called(type_id) + " is frozen: " + failure.message;
  const std::string rest = is_mapping ? "Records belong to the profiles that an earlier refresh has found, new ones to none."
                                      : "Its rows stay as an earlier refresh has seen them.";
  const std::string detail = (failure.detail.empty() ? "" : failure.detail + " ") + rest;
  const std::string detail_log = failure.detail_log.empty() ? detail : failure.detail_log + " " + rest;
  const char* texts[] = {failure.sqlstate.c_str(), message.c_str(), detail.c_str(), failure.hint.c_str(), detail_log.c_str()};
  call([&] {
    ereport(WARNING, (errcode(MAKE_SQLSTATE(texts[0][0], texts[0][1], texts[0][2], texts[0][3], texts[0][4])),
                      errmsg_internal("%s", texts[1]), errdetail_internal("%s", texts[2]), errdetail_log("%s", texts[4]),
                      texts[3][0] != '\0' ? errhint("%s", texts[3]) : 0));
  });
}

}  // namespace segments::pg

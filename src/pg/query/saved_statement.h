// A statement that is planned once per session, and again only when what it reads is altered.
//
//   static SavedStatement statement("SELECT … WHERE refresh_id = $1", {INT8OID});
//   Rows rows = statement.run({int8(id)});
//
// The plan is generic: parameters must not decide how it looks.  REQUIRES: within with_spi.
#pragma once
#include "pg/query/query.h"
#include "pg/server/local_setting.h"

namespace segments::pg {

class SavedStatement {
 public:
  SavedStatement(const char* sql, std::initializer_list<Oid> types, bool parallel = false)
      : sql_(sql), types_(types), parallel_(parallel) {}
  SavedStatement(const SavedStatement&) = delete;
  SavedStatement& operator=(const SavedStatement&) = delete;

  // `read_only`: sees what the calling statement sees.  Throws ServerError.
  Rows run(std::span<const Parameter> parameters, bool read_only = true);
  Rows run(std::initializer_list<Parameter> parameters, bool read_only = true) {
    return run(std::span<const Parameter>(parameters.begin(), parameters.size()), read_only);
  }
  // Whether there is a row that this transaction sees.  Looks by indexes, also where the plan was made while tables were small.
  bool finds(std::initializer_list<Parameter> parameters) {
    bool found = false;
    with_setting("enable_seqscan", "off", [&] {
      Rows rows = run(parameters, false);
      found = !rows.empty();
      rows.release();
    });
    return found;
  }
  // Hands over each row as it arrives; see run_streaming().
  void stream(std::span<const Parameter> parameters, bool read_only, const RowConsumer& consume);

 private:
  void execute(std::span<const Parameter> parameters, bool read_only, DestReceiver* receiver);

  const char* sql_;
  std::vector<Oid> types_;
  bool parallel_;
  SPIPlanPtr plan_ = nullptr;
};

}  // namespace segments::pg

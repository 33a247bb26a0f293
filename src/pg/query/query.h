// SQL from C++: bound values in, decoded rows out, every server call behind the boundary.
//
//   with_spi([&] {
//     Rows rows = run("SELECT ordinal FROM segments.record WHERE record_id = $1", {text(id)});
//     for (uint64_t i = 0; i < rows.size(); ++i) use(rows.int8(i, 0));
//   });
//
// Rows live in SPI's memory until with_spi ends or release() is called.  On an exception SPI is cleaned up by the abort of the
// transaction: nothing here runs in a destructor.
#pragma once
#include "core/time.h"
#include "pg/query/amid_rows.h"
#include "pg/server/datum.h"

namespace segments::pg {

struct Parameter {
  Oid type;
  Datum value;
  bool is_null;
};

// Parameters are allocated in the current memory context.
Parameter int2(int16_t value);
Parameter int4(int32_t value);
Parameter int8(int64_t value);
Parameter oid(Oid value);
Parameter boolean(bool value);
Parameter text(std::string_view value);
Parameter bytea(BytesView value);
Parameter timestamptz(Timestamp value);
Parameter null_of(Oid type);
Parameter datum(Oid type, Datum value);
Parameter int2_array(std::span<const int16_t> values);
Parameter int4_array(std::span<const int32_t> values);
Parameter int8_array(std::span<const int64_t> values);
Parameter oid_array(std::span<const Oid> values);
Parameter text_array(std::span<const std::string_view> values);
Parameter bytea_array(std::span<const Bytes* const> values);

// What the server takes; null if there are none.  Only server calls: enter it through call().
ParamListInfo parameter_list(std::span<const Parameter> parameters, uint16_t flags);

// The result of a query: values by row and column, both from 0.  Accessors of fixed types REQUIRE a non-null value.
class Rows {
 public:
  Rows() = default;
  Rows(SPITupleTable* table, uint64_t size) : table_(table), size_(size) {}
  uint64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool is_null(uint64_t row, int column) const;
  Datum value(uint64_t row, int column) const;  // 0 if null
  bool boolean(uint64_t row, int column) const { return DatumGetBool(value(row, column)); }
  int16_t int2(uint64_t row, int column) const { return DatumGetInt16(value(row, column)); }
  int32_t int4(uint64_t row, int column) const { return DatumGetInt32(value(row, column)); }
  int64_t int8(uint64_t row, int column) const { return DatumGetInt64(value(row, column)); }
  Oid oid(uint64_t row, int column) const { return DatumGetObjectId(value(row, column)); }
  Timestamp timestamptz(uint64_t row, int column) const { return DatumGetTimestampTz(value(row, column)); }
  std::string text(uint64_t row, int column) const { return text_of(value(row, column)); }
  Bytes bytes(uint64_t row, int column) const { return bytes_of(value(row, column)); }
  void release();

 private:
  SPITupleTable* table_ = nullptr;
  uint64_t size_ = 0;
};

// The first column; releases the rows.  REQUIRES: texts that are not null.
std::vector<std::string> take_texts(Rows&& rows);
// Its first value; empty if there is none, or it is null.
std::string take_text(Rows&& rows);

struct RunOptions {
  // Read only, with this snapshot (registered by the caller) instead of a fresh one.
  Snapshot snapshot = nullptr;
  // Let the planner use parallel workers (reads only).
  bool parallel = false;
  // Statement is a read; with no snapshot given, the transaction's current one is used.
  bool read_only = false;
};

// Connects to SPI, runs `body`, finishes.
template <class F>
auto with_spi(F body) {
  call([] { SPI_connect(); });
  const AmidRows no_rows(false);
  if constexpr (std::is_void_v<decltype(body())>) {
    body();
    call([] { SPI_finish(); });
  } else {
    auto result = body();
    call([] { SPI_finish(); });
    return result;
  }
}

// Runs one statement, on tables of ours or the server's: those of users are read as their owners (as_owner.h).
// Throws ServerError.  REQUIRES: within with_spi.
Rows run(const char* sql, std::initializer_list<Parameter> parameters = {}, const RunOptions& options = {});
Rows run(const char* sql, std::span<const Parameter> parameters, const RunOptions& options = {});

// Runs a query and hands each row to `consume` as it arrives, so that results of any size take no memory here.
// `values` and `nulls` are valid during the call only.  Exceptions of `consume` end the query and pass through.  It runs no
// statement by itself (amid_rows.h).
using RowConsumer = std::function<void(const Datum* values, const bool* nulls)>;
void run_streaming(const char* sql, std::span<const Parameter> parameters, const RunOptions& options, const RowConsumer& consume);

// How many rows the last run() processed (INSERT, UPDATE, DELETE).
uint64_t rows_processed();

// Acts as the extension's owner (or another role), under a locked search_path and SECURITY_RESTRICTED_OPERATION, until leave()
// (the server restores the user itself on abort).
class OwnerScope {
 public:
  static OwnerScope enter();
  static OwnerScope enter_as(Oid role);
  void leave() const;

 private:
  Oid user_ = InvalidOid;
  int security_context_ = 0;
  int guc_level_ = 0;
};

Oid extension_owner();

}  // namespace segments::pg

#include "pg/store/fragment_writer.h"

#include "core/fragment/seal.h"
#include "pg/query/query.h"
#include "pg/server/scratch.h"

namespace segments::pg {
namespace {

// One statement per this many bytes: enough to make its cost vanish, little enough to hold three times.
constexpr size_t kFlushBytes = size_t{8} << 20;

Datum bytea_datum(BytesView bytes) { return bytea(bytes).value; }

// A parameter that is an array of one value per column to be written.
class ArrayBuilder {
 public:
  ArrayBuilder(Oid element, Oid array, size_t size) : element_(element), array_(array) {
    values_.reserve(size);
    nulls_ = std::make_unique<bool[]>(size);
  }
  void add(Datum value) { values_.push_back(value); }
  void add_null() {
    nulls_[values_.size()] = true;
    values_.push_back(Datum(0));
  }
  Parameter finish() {
    Datum* values = values_.data();
    bool* nulls = nulls_.get();
    int dimensions[1] = {static_cast<int>(values_.size())};
    int lower_bounds[1] = {1};
    const Oid element = element_;
    const Datum result = call([&] {
      int16 length;
      bool by_value;
      char alignment;
      get_typlenbyvalalign(element, &length, &by_value, &alignment);
      return PointerGetDatum(
          construct_md_array(values, nulls, 1, dimensions, lower_bounds, element, length, by_value, alignment));
    });
    return datum(array_, result);
  }

 private:
  Oid element_;
  Oid array_;
  std::vector<Datum> values_;
  std::unique_ptr<bool[]> nulls_;
};

}  // namespace

void FragmentWriter::write(int32_t type_id, Oid leaf, EncodedFragment&& fragment, const Version& version) {
  for (EncodedColumn& column : fragment.columns) {
    columns_.push_back({version, type_id, leaf, fragment_count_, fragment.row_count, fragment.first_tile, fragment.last_tile,
                        fragment.min_time, fragment.max_time, fragment.known_fields, std::move(column)});
  }
  ++fragment_count_;
  ++context_.counters.fragments_written;
}

void FragmentWriter::flush() {
  if (columns_.empty()) return;
  const Oid sequence = call([] { return get_relname_relid("fragment_id", get_namespace_oid("segments", false)); });
  std::vector<int64_t> fragment_ids(static_cast<size_t>(fragment_count_));
  for (int64_t& id : fragment_ids) id = call([&] { return nextval_internal(sequence, false); });
  for (size_t first = 0; first < columns_.size();) {
    context_.interrupt->poll();
    size_t end = first;
    for (size_t bytes = 0; end < columns_.size() && bytes < kFlushBytes; ++end) bytes += columns_[end].content.bytes.size();
    with_scratch([&] { insert(std::span(columns_).subspan(first, end - first), fragment_ids); });
    first = end;
  }
  forget();
}

void FragmentWriter::forget() {
  columns_.clear();
  fragment_count_ = 0;
}

void FragmentWriter::insert(std::span<Column> columns, std::span<const int64_t> fragment_ids) {
  const size_t size = columns.size();
  ArrayBuilder shard(INT2OID, INT2ARRAYOID, size), first_tile(INT4OID, INT4ARRAYOID, size),
      last_tile(INT4OID, INT4ARRAYOID, size), type_id(INT4OID, INT4ARRAYOID, size), leaf(OIDOID, OIDARRAYOID, size),
      fragment_id(INT8OID, INT8ARRAYOID, size), field(INT2OID, INT2ARRAYOID, size), row_count(INT4OID, INT4ARRAYOID, size),
      known_fields(INT2OID, INT2ARRAYOID, size), min_time(TIMESTAMPTZOID, TIMESTAMPTZARRAYOID, size),
      max_time(TIMESTAMPTZOID, TIMESTAMPTZARRAYOID, size), lower(BYTEAOID, BYTEAARRAYOID, size),
      upper(BYTEAOID, BYTEAARRAYOID, size), data(BYTEAOID, BYTEAARRAYOID, size), from_refresh(INT8OID, INT8ARRAYOID, size),
      to_refresh(INT8OID, INT8ARRAYOID, size);
  for (Column& column : columns) {
    const int64_t id = fragment_ids[static_cast<size_t>(column.fragment_number)];
    const uint32_t seal = seal_of_column(
        {id, column.type_id, column.row_count, column.known_fields, column.min_time, column.max_time}, column.content.field);
    seal_column(column.content.bytes, seal);
    shard.add(Int16GetDatum(static_cast<int16_t>(shard_of_tile(column.first_tile))));
    first_tile.add(Int32GetDatum(static_cast<int32_t>(column.first_tile)));
    last_tile.add(Int32GetDatum(static_cast<int32_t>(column.last_tile)));
    from_refresh.add(Int64GetDatum(column.version.from));
    to_refresh.add(Int64GetDatum(column.version.to));
    type_id.add(Int32GetDatum(column.type_id));
    leaf.add(ObjectIdGetDatum(column.leaf));
    fragment_id.add(Int64GetDatum(id));
    field.add(Int16GetDatum(column.content.field));
    row_count.add(Int32GetDatum(static_cast<int32_t>(column.row_count)));
    known_fields.add(Int16GetDatum(column.known_fields));
    min_time.add(TimestampTzGetDatum(column.min_time));
    max_time.add(TimestampTzGetDatum(column.max_time));
    const std::optional<ValueBounds>& bounds = column.content.bounds;
    bounds ? lower.add(bytea_datum(sealed_lower_bound(*bounds, seal))) : lower.add_null();
    bounds && bounds->has_upper ? upper.add(bytea_datum(bounds->upper)) : upper.add_null();
    data.add(bytea_datum(column.content.bytes));
    column.content.bytes = Bytes();
  }
  const Parameter parameters[] = {from_refresh.finish(), shard.finish(),        first_tile.finish(),  last_tile.finish(),
                                  type_id.finish(),      leaf.finish(),         fragment_id.finish(), field.finish(),
                                  row_count.finish(),    known_fields.finish(), min_time.finish(),    max_time.finish(),
                                  lower.finish(),        upper.finish(),        data.finish(),        to_refresh.finish()};
  run("INSERT INTO segments.fragment (from_refresh, shard, first_tile, last_tile, type_id, leaf, fragment_id, field, row_count,"
      " known_fields, min_time, max_time, lower_bound, upper_bound, data, to_refresh)"
      " SELECT unnest($1), unnest($2), unnest($3), unnest($4), unnest($5), unnest($6), unnest($7), unnest($8), unnest($9), "
      "unnest($10),"
      " unnest($11), unnest($12), unnest($13), unnest($14), unnest($15), unnest($16)",
      parameters);
}

}  // namespace segments::pg

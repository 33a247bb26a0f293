#include <dlfcn.h>
#include <roaring/roaring.h>

#include "pg/server/boundary.h"
#include "pg/server/roaring.h"

// The library whose binary interface is that of the headers above.
#ifndef SEGMENTS_ROARING_LIBRARY
#define SEGMENTS_ROARING_LIBRARY "libroaring.so.21"
#endif

static_assert(ROARING_VERSION_MAJOR >= 4, "segments needs CRoaring 4 or newer");

// Every function of CRoaring that src/core calls; test/structure/roaring_symbols compares.
#define SEGMENTS_ROARING_FUNCTIONS(F)                                                                                           \
  F(void, roaring_bitmap_add, (roaring_bitmap_t * set, uint32_t value), (set, value))                                           \
  F(void, roaring_bitmap_add_many, (roaring_bitmap_t * set, size_t count, const uint32_t* values), (set, count, values))        \
  F(void, roaring_bitmap_add_range_closed, (roaring_bitmap_t * set, uint32_t first, uint32_t last), (set, first, last))         \
  F(void, roaring_bitmap_and_inplace, (roaring_bitmap_t * left, const roaring_bitmap_t* right), (left, right))                  \
  F(void, roaring_bitmap_andnot_inplace, (roaring_bitmap_t * left, const roaring_bitmap_t* right), (left, right))               \
  F(roaring_bitmap_t*, roaring_bitmap_copy, (const roaring_bitmap_t* set), (set))                                               \
  F(roaring_bitmap_t*, roaring_bitmap_create_with_capacity, (uint32_t capacity), (capacity))                                    \
  F(bool, roaring_bitmap_equals, (const roaring_bitmap_t* left, const roaring_bitmap_t* right), (left, right))                  \
  F(void, roaring_bitmap_free, (const roaring_bitmap_t* set), (set))                                                            \
  F(uint64_t, roaring_bitmap_get_cardinality, (const roaring_bitmap_t* set), (set))                                             \
  F(bool, roaring_bitmap_internal_validate, (const roaring_bitmap_t* set, const char** reason), (set, reason))                  \
  F(bool, roaring_bitmap_intersect, (const roaring_bitmap_t* left, const roaring_bitmap_t* right), (left, right))               \
  F(bool, roaring_bitmap_is_subset, (const roaring_bitmap_t* left, const roaring_bitmap_t* right), (left, right))               \
  F(uint32_t, roaring_bitmap_maximum, (const roaring_bitmap_t* set), (set))                                                     \
  F(uint32_t, roaring_bitmap_minimum, (const roaring_bitmap_t* set), (set))                                                     \
  F(void, roaring_bitmap_or_inplace, (roaring_bitmap_t * left, const roaring_bitmap_t* right), (left, right))                   \
  F(roaring_bitmap_t*, roaring_bitmap_portable_deserialize_safe, (const char* bytes, size_t size), (bytes, size))               \
  F(size_t, roaring_bitmap_portable_deserialize_size, (const char* bytes, size_t size), (bytes, size))                          \
  F(size_t, roaring_bitmap_portable_serialize, (const roaring_bitmap_t* set, char* bytes), (set, bytes))                        \
  F(size_t, roaring_bitmap_portable_size_in_bytes, (const roaring_bitmap_t* set), (set))                                        \
  F(uint64_t, roaring_bitmap_range_cardinality, (const roaring_bitmap_t* set, uint64_t first, uint64_t end), (set, first, end)) \
  F(void, roaring_bitmap_remove, (roaring_bitmap_t * set, uint32_t value), (set, value))                                        \
  F(void, roaring_bitmap_remove_range_closed, (roaring_bitmap_t * set, uint32_t first, uint32_t last), (set, first, last))      \
  F(bool, roaring_bitmap_run_optimize, (roaring_bitmap_t * set), (set))                                                         \
  F(bool, roaring_bitmap_select, (const roaring_bitmap_t* set, uint32_t rank, uint32_t* value), (set, rank, value))             \
  F(void, roaring_bitmap_statistics, (const roaring_bitmap_t* set, roaring_statistics_t* result), (set, result))                \
  F(void, roaring_bitmap_to_uint32_array, (const roaring_bitmap_t* set, uint32_t* values), (set, values))                       \
  F(void, roaring_bitmap_xor_inplace, (roaring_bitmap_t * left, const roaring_bitmap_t* right), (left, right))                  \
  F(void, roaring_iterator_init, (const roaring_bitmap_t* set, roaring_uint32_iterator_t* it), (set, it))                       \
  F(bool, roaring_uint32_iterator_move_equalorlarger, (roaring_uint32_iterator_t * it, uint32_t value), (it, value))            \
  F(uint32_t, roaring_uint32_iterator_read, (roaring_uint32_iterator_t * it, uint32_t * values, uint32_t count),                \
    (it, values, count))

namespace {

#define SEGMENTS_ROARING_POINTER(result, name, parameters, arguments) decltype(&::roaring::api::name) name;
struct Table {
  SEGMENTS_ROARING_FUNCTIONS(SEGMENTS_ROARING_POINTER)
};
Table table;

}  // namespace

extern "C" {
namespace roaring::api {
#define SEGMENTS_ROARING_FORWARD(result, name, parameters, arguments) \
  __attribute__((visibility("hidden"))) result name parameters { return table.name arguments; }
SEGMENTS_ROARING_FUNCTIONS(SEGMENTS_ROARING_FORWARD)
}  // namespace roaring::api
}

namespace segments::pg {
namespace {

[[noreturn]] void raise_missing(const char* reason) {
  call([&] {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FILE), errmsg("could not load \"%s\"", SEGMENTS_ROARING_LIBRARY),
                    errdetail("The dynamic linker says: %s.", reason),
                    errhint("Install CRoaring 4 or newer on the server (package libroaring21).")));
  });
  pg_unreachable();
}

}  // namespace

void load_roaring() {
  if (table.roaring_bitmap_add != nullptr) return;
  void* library = dlopen(SEGMENTS_ROARING_LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  if (library == nullptr) raise_missing(dlerror());
  Table loaded;
#define SEGMENTS_ROARING_LOAD(result, name, parameters, arguments)              \
  loaded.name = reinterpret_cast<decltype(loaded.name)>(dlsym(library, #name)); \
  if (loaded.name == nullptr) raise_missing(dlerror());
  SEGMENTS_ROARING_FUNCTIONS(SEGMENTS_ROARING_LOAD)
  table = loaded;
}

}  // namespace segments::pg

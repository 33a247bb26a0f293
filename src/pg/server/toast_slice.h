// Slices of values that are stored out of line.
//
// The server looks up every chunk of 2 KB in an index.  The chunks of a value follow each other, though, four to a page, so here
// only the first one is looked up, and whichever is not where it should be; each is known by the value and the number it carries.
#pragma once
#include "pg/server/server.h"

namespace segments::pg {

// Copies the bytes offset … offset + length - 1 of the value to `to`, which has VARHDRSZ bytes of room before it.
// REQUIRES: within call(); stored uncompressed; the slice lies within the value; the row it belongs to is visible.  May ereport.
void copy_toast_slice(const varatt_external& value, uint32_t offset, uint32_t length, uint8_t* to);

}  // namespace segments::pg

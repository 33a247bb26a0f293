// Differences between the supported versions of PostgreSQL (15, 17, 18): the only file that names PG_VERSION_NUM.
// Included by server.h, after the server's headers.
#pragma once

#if PG_VERSION_NUM < 150000
#error "segments needs PostgreSQL 15 or newer"
#endif

extern "C" {
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif
}

#include "pg/server.h"

extern "C" {
PG_MODULE_MAGIC;
}

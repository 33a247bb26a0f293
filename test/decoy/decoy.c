/*
 * Another extension that exports its own CRoaring, as pg_roaringbitmap on PostgreSQL 15 does: every function that we call
 * is there under the same name, and fails.  decoy_symbols.h, which ./run writes, has one DECOY(name) for each.
 */
#include "postgres.h"

#include "fmgr.h"

PG_MODULE_MAGIC;

#define DECOY(name)                                                                 \
    __attribute__((visibility("default"))) void name(void);                         \
    void name(void) { ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("the decoy's %s was called", #name))); }
#include "decoy_symbols.h"

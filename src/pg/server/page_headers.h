// Headers of the server about pages, transactions and who runs them; apart from server.h because few files need them.
#pragma once
#include "pg/server/server.h"

extern "C" {
#include "access/subtrans.h"
#include "access/transam.h"
#include "access/visibilitymap.h"
#include "storage/predicate.h"
#include "storage/procarray.h"
}

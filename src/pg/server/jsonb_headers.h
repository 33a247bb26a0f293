// The server's header of jsonb, which few files need.
#pragma once
#include "pg/server/server.h"

extern "C" {
#include "utils/jsonb.h"
}

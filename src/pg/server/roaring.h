// Keeps our CRoaring apart from everybody else's.
//
// PostgreSQL loads modules with RTLD_GLOBAL.  If we linked with libroaring, another extension that exports its own copy
// would capture our calls.  So the module is not linked with it: load_roaring() loads it for us alone, and roaring.cpp
// defines the functions the core calls, under CRoaring's own names but invisible outside, as calls through a table.
#pragma once

namespace segments::pg {

// Called by _PG_init, before anything else.  Raises undefined_file if CRoaring 4 or newer is not installed.
void load_roaring();

}  // namespace segments::pg

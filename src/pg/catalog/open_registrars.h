// Transactions that have changed what is registered, and have not ended.
#pragma once
#include <string>

namespace segments::pg {

// In words, as "process 4711"; empty: there are none.
// REQUIRES: within with_spi, as the extension's owner.
std::string open_registrars();

}  // namespace segments::pg

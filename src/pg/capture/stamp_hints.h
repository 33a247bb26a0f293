#pragma once

namespace segments::pg {

// What the server refuses because of a stamp column (attaching a partition that has none, copying rows back together with the
// stamps they had) is refused a moment before, by the same code, with a hint.  In sessions that have loaded the module.
void install_stamp_hints();

}  // namespace segments::pg

#include "pg/query/hidden_portals.h"

#include "pg/server/boundary.h"

namespace segments::pg {
namespace {

// The server lists portals in no other way.
List* visible_portals() {
  FmgrInfo function;
  fmgr_info(F_PG_CURSOR, &function);
  auto* result = makeNode(ReturnSetInfo);
  result->econtext = CreateStandaloneExprContext();
  result->allowedModes = SFRM_Materialize;
  LOCAL_FCINFO(call_info, 0);
  InitFunctionCallInfoData(*call_info, &function, 0, InvalidOid, nullptr, reinterpret_cast<fmNodePtr>(result));
  FunctionCallInvoke(call_info);
  TupleTableSlot* slot = MakeSingleTupleTableSlot(result->setDesc, &TTSOpsMinimalTuple);
  List* portals = nullptr;
  while (tuplestore_gettupleslot(result->setResult, true, false, slot)) {
    bool is_null = false;
    Portal portal = GetPortalByName(TextDatumGetCString(slot_getattr(slot, 1, &is_null)));
    if (PortalIsValid(portal)) portals = lappend(portals, portal);
  }
  ExecDropSingleTupleTableSlot(slot);
  tuplestore_end(result->setResult);
  FreeExprContext(result->econtext, true);
  return portals;
}

}  // namespace

HiddenPortals::HiddenPortals() {
  const List* portals = call([] { return visible_portals(); });
  const ListCell* cell;
  foreach (cell, portals) {
    auto* portal = static_cast<Portal>(lfirst(cell));
    known_.push_back(portal);
    if (portal->status == PORTAL_READY) hidden_.push_back(portal);
  }
  for (Portal portal : hidden_) {
    portal->status = PORTAL_ACTIVE;
    portal->visible = false;
  }
}

void HiddenPortals::drop_new() {
  ListCell* cell;
  foreach (cell, visible_portals()) {
    auto* portal = static_cast<Portal>(lfirst(cell));
    if (std::ranges::find(known_, portal) == known_.end()) PortalDrop(portal, false);
  }
}

HiddenPortals::~HiddenPortals() {
  for (Portal portal : hidden_) {
    portal->status = PORTAL_READY;
    portal->visible = true;
  }
}

}  // namespace segments::pg

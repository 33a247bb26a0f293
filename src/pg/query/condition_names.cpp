#include "pg/query/condition_names.h"

#include "pg/server/version.h"

namespace segments::pg {
namespace {

struct Walk {
  List* names = nullptr;
  const char* replaceable = nullptr;
};

void note(List** names, const char* kind, const char* called, Oid owner) {
  const char* of = DatumGetCString(DirectFunctionCall1(regroleout, ObjectIdGetDatum(owner)));
  *names = lappend(*names, psprintf("%s %s of %s", kind, called, of));
}

template <class Form, class Describe>
void look_up(int cache, Oid object, Describe describe) {
  HeapTuple tuple = SearchSysCache1(cache, ObjectIdGetDatum(object));
  if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for object %u", object);
  describe(reinterpret_cast<Form>(GETSTRUCT(tuple)));
  ReleaseSysCache(tuple);
}

bool note_function(Oid function, void* context) {
  auto* names = static_cast<List**>(context);
  look_up<Form_pg_proc>(PROCOID, function, [&](Form_pg_proc form) {
    if (form->pronamespace == PG_CATALOG_NAMESPACE) return;
    note(names, "function", format_procedure_qualified(function), form->proowner);
  });
  return false;
}

void note_operator(List** names, Oid op) {
  look_up<Form_pg_operator>(OPEROID, op, [&](Form_pg_operator form) {
    if (form->oprnamespace == PG_CATALOG_NAMESPACE) return;
    note(names, "operator", format_operator_qualified(op), form->oprowner);
  });
}

void note_collation(List** names, Oid collation) {
  look_up<Form_pg_collation>(COLLOID, collation, [&](Form_pg_collation form) {
    if (form->collnamespace == PG_CATALOG_NAMESPACE) return;
    note(names, "collation", DatumGetCString(DirectFunctionCall1(regcollationout, ObjectIdGetDatum(collation))), form->collowner);
  });
}

void note_type(List** names, Oid type) {
  look_up<Form_pg_type>(TYPEOID, type, [&](Form_pg_type form) {
    if (form->typnamespace == PG_CATALOG_NAMESPACE) return;
    note(names, "type", format_type_be_qualified(type), form->typowner);
  });
}

// The type that a node names, if it is one that does.
Oid named_type(::Node* node) {
  switch (nodeTag(node)) {
    case T_Const:
      return reinterpret_cast<Const*>(node)->consttype;
    case T_RelabelType:
    case T_CoerceViaIO:
    case T_ArrayCoerceExpr:
    case T_ConvertRowtypeExpr:
    case T_CoerceToDomain:
    case T_ArrayExpr:
    case T_RowExpr:
      return exprType(node);
    default:
      return InvalidOid;
  }
}

bool are_of_types(const List* arguments, const Oid* types, int count) {
  if (list_length(arguments) != count) return false;
  for (int i = 0; i < count; ++i) {
    if (exprType(static_cast<::Node*>(list_nth(arguments, i))) != types[i]) return false;
  }
  return true;
}

// Casts are found by both types, of which there is one.
void look_for_replaceable(Walk& walk, const FuncExpr* function) {
  if (function->funcformat == COERCE_EXPLICIT_CAST || function->funcformat == COERCE_IMPLICIT_CAST) return;
  look_up<Form_pg_proc>(PROCOID, function->funcid, [&](Form_pg_proc form) {
    if (form->pronamespace == PG_CATALOG_NAMESPACE) return;
    const bool is_exact =
        !OidIsValid(form->provariadic) && are_of_types(function->args, form->proargtypes.values, form->pronargs);
    if (!is_exact) walk.replaceable = format_procedure_qualified(function->funcid);
  });
}

void look_for_replaceable(Walk& walk, Oid op, const List* arguments) {
  look_up<Form_pg_operator>(OPEROID, op, [&](Form_pg_operator form) {
    if (form->oprnamespace == PG_CATALOG_NAMESPACE) return;
    const Oid types[] = {form->oprleft, form->oprright};
    const int left_out = OidIsValid(form->oprleft) ? 0 : 1;
    if (!are_of_types(arguments, types + left_out, 2 - left_out)) walk.replaceable = format_operator_qualified(op);
  });
}

bool note_names(::Node* node, void* context) {
  if (node == nullptr) return false;
  auto& walk = *static_cast<Walk*>(context);
  List** names = &walk.names;
  check_functions_in_node(node, note_function, names);
  if (const Oid type = named_type(node); OidIsValid(type)) note_type(names, type);
  switch (nodeTag(node)) {
    case T_FuncExpr:
      look_for_replaceable(walk, reinterpret_cast<FuncExpr*>(node));
      break;
    case T_OpExpr:
    case T_DistinctExpr:
    case T_NullIfExpr: {
      const auto* op = reinterpret_cast<OpExpr*>(node);
      note_operator(names, op->opno);
      look_for_replaceable(walk, op->opno, op->args);
      break;
    }
    case T_ScalarArrayOpExpr: {
      const auto* op = reinterpret_cast<ScalarArrayOpExpr*>(node);
      note_operator(names, op->opno);
      // One side is an array of what the operator takes.
      auto* array = static_cast<::Node*>(lsecond(op->args));
      Const* element = makeNullConst(get_element_type(exprType(array)), -1, InvalidOid);
      look_for_replaceable(walk, op->opno, list_make2(linitial(op->args), element));
      break;
    }
    case T_RowCompareExpr: {
      const auto* rows = reinterpret_cast<RowCompareExpr*>(node);
      for (int i = 0; i < list_length(rows->opnos); ++i) {
        const Oid op = list_nth_oid(rows->opnos, i);
        note_operator(names, op);
        look_for_replaceable(walk, op, list_make2(list_nth(rows->largs, i), list_nth(rows->rargs, i)));
      }
      break;
    }
    case T_CollateExpr:
      note_collation(names, reinterpret_cast<CollateExpr*>(node)->collOid);
      break;
    default:
      break;
  }
  return walk_expression(node, note_names, context);
}

int in_order(const ListCell* left, const ListCell* right) {
  return std::strcmp(static_cast<const char*>(lfirst(left)), static_cast<const char*>(lfirst(right)));
}

// Whether reading a value of a type can run what users wrote.
bool has_code(Oid type) {
  for (;;) {
    switch (get_typtype(type)) {
      case TYPTYPE_COMPOSITE:
      case TYPTYPE_DOMAIN:
        return true;
      case TYPTYPE_RANGE:
        type = get_range_subtype(type);
        break;
      case TYPTYPE_MULTIRANGE:
        type = get_multirange_range(type);
        break;
      default: {
        const Oid element = get_element_type(type);
        if (!OidIsValid(element)) return false;
        type = element;
      }
    }
  }
}

bool find_constant_with_code(::Node* node, void* found) {
  if (node == nullptr) return false;
  if (node->type == T_TypeCast) {
    Type tuple = LookupTypeName(nullptr, reinterpret_cast<TypeCast*>(node)->typeName, nullptr, true);
    if (tuple != nullptr) {
      const Oid type = typeTypeId(tuple);
      ReleaseSysCache(tuple);
      if (has_code(type)) {
        *static_cast<const char**>(found) = format_type_be_qualified(type);
        return true;
      }
    }
  }
  return walk_parsed(node, find_constant_with_code, found);
}

}  // namespace

ConditionNames names_in(::Node* expression) {
  Walk walk;
  note_names(expression, &walk);
  list_sort(walk.names, in_order);
  StringInfoData lines;
  initStringInfo(&lines);
  const char* before = "";
  const ListCell* cell;
  foreach (cell, walk.names) {
    const auto* name = static_cast<const char*>(lfirst(cell));
    if (std::strcmp(name, before) == 0) continue;
    appendStringInfo(&lines, "%s%s", before[0] != '\0' ? "\n" : "", name);
    before = name;
  }
  return {lines.data, walk.replaceable};
}

const char* constant_with_code(::Node* parsed) {
  const char* found = nullptr;
  find_constant_with_code(parsed, &found);
  return found;
}

}  // namespace segments::pg

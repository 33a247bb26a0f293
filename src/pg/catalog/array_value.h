// Arrays as values of fields: what fragments hold of them is a list of elements (core/column/element_list.h).
#pragma once
#include <string>
#include <string_view>

#include "pg/server/boundary.h"

namespace segments::pg {

// The type of the elements of arrays that can be fields: text, varchar, smallint, integer, bigint, uuid, or an enum.  InvalidOid
// for other arrays, and for what is none.  Elements of these are equal if their bytes are.
Oid element_type_of(Oid type);

inline bool is_number_element(Oid element) { return element == INT2OID || element == INT4OID || element == INT8OID; }
inline bool is_text_element(Oid element) { return element == TEXTOID || element == VARCHAROID; }

// The bytes of an element.  REQUIRES: a type that element_type_of() returns.
std::string element_image(Oid element, Datum value);

// The elements of an array of any shape; nulls are left out.  Throws ServerError (detoasting).
std::string list_of_array(Datum array, Oid element);

// The array with the elements of a list, in the current memory context; those that are numbers in their order.  Throws
// Error{kDataCorrupted} if the bytes are no list of such elements.
Datum array_of_list(std::string_view list, Oid element);

// Throws Error{kDataCorrupted} if the bytes are none of an element of that type.
void check_element(std::string_view image, Oid element);

// REQUIRES: is_number_element(); the bytes were checked.
int64_t element_number(std::string_view image);

// An element as a value of its type, in the current memory context.  Throws as array_of_list().
Datum element_datum(std::string_view image, Oid element);

}  // namespace segments::pg

-- Records of interactions that belong to no profile.

CREATE FUNCTION segments_internal.comparable_id(id text) RETURNS text
AS 'MODULE_PATHNAME', 'segments_comparable_id' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.comparable_id(text) IS
    'what ids have in common that nearly match: the id in lower case, without blanks at its ends; of a UUID its 32 digits, of a number without leading zeros';

CREATE FUNCTION segments.unlinked_records(of_type text DEFAULT NULL, max_records int DEFAULT 50)
RETURNS TABLE (type text, record_type text, record_id text, interactions bigint, near_record_type text, near_record_id text, differs_in text[])
AS 'MODULE_PATHNAME', 'segments_unlinked_records' LANGUAGE C STABLE PARALLEL UNSAFE COST 100000 ROWS 50;
COMMENT ON FUNCTION segments.unlinked_records(text, int) IS
    'records that interactions of a type or rows of a profile source have (null: of each type that the caller may read) and that the unification maps to no profile, as of the last refresh: '
    'how many interactions each has, those with most of them first, of each type at most max_records (null: all). near_record_type and near_record_id: a record that it does map and that was probably meant (null: none); differs_in: '
    'what tells the two apart, of "record type", "blanks" (at the ends), "braces" and "hyphens" (of UUIDs), "leading zeros" (of numbers), "case"; or "profile id": the id is that of a profile, and the record one of that profile (only for those who may read profile ids). A last row without record counts the '
    'interactions without a time, a record type or id, or whose ids are too long. It takes SELECT on the columns with record types and ids, of the type and of the unification; tables '
    'with row-level security are not told of. Errors: 42501, 42704 (no such type), 22023 (an event: ask for its table), 55000 (not refreshed yet)';

-- Ids of e-mails, forms, journeys and whatever else interactions refer to, by the values that were seen.

CREATE FUNCTION segments.find_references(kind text DEFAULT NULL, search text DEFAULT '', max_references int DEFAULT 50)
RETURNS TABLE (type text, field text, refers_to text, value text, literal text, interactions bigint)
AS 'MODULE_PATHNAME', 'segments_find_references' LANGUAGE C STABLE PARALLEL UNSAFE COST 100000 ROWS 50;
COMMENT ON FUNCTION segments.find_references(text, text, int) IS
    'ids of e-mails, journeys, forms ... (kind; null: of all) that fields of interactions refer to (interaction_fields.refers_to) and that contain the text, whatever its case: by the values that interactions of '
    'linked profiles have up to now, as of the last refresh. type and field have the value, which definitions write as literal; interactions: how many have it. The most frequent first, at most max_references (null: '
    'all). What the caller may not read is left out, as are tables with row-level security; so are fields of more than 50000 values, with a notice. Errors: 42704 (no field refers to such), 55000 (not refreshed yet)';

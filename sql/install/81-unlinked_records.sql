-- Records of interactions that belong to no profile.

CREATE FUNCTION segments_internal.comparable_id(id text) RETURNS text
AS 'MODULE_PATHNAME', 'segments_comparable_id' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.comparable_id(text) IS
    'what ids have in common that nearly match: the id in lower case, without blanks at its ends; of a UUID its 32 digits, of a number without leading zeros';

-- Every table: ids that were equal letter by letter stay so.
CREATE FUNCTION segments_internal.normalize_hint(wanted text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    words CONSTANT text := (
        SELECT segments_internal.normalize_words(concat_ws(',', wanted, (SELECT normalize_ids FROM segments.unification), (
            SELECT string_agg(DISTINCT normalize_ids, ',') FROM segments.interaction_relation))));
BEGIN
    IF EXISTS (
        SELECT FROM segments.record WHERE profile_id IS NOT NULL
        GROUP BY record_type, segments_internal.normalized_id(record_id, words) HAVING count(DISTINCT profile_id) > 1) THEN
        RETURN NULL;
    END IF;
    RETURN (
        SELECT format('SELECT segments.alter_unification(normalize_ids => %L); ', words) || string_agg(statement || '; ', '' ORDER BY is_default DESC, name) || 'CALL segments.refresh();'
        FROM (
            SELECT true AS is_default, '' AS name, format('SELECT segments.alter_interaction(name, normalize_ids => %L) FROM segments.interaction_type WHERE kind <> ''look-up''', words) AS statement
            UNION ALL
            SELECT false, type.name, format('SELECT segments.alter_interaction(%L, relations => %L)', type.name, (
                SELECT jsonb_agg(jsonb_strip_nulls(relation || jsonb_build_object('normalize_ids', words)))
                FROM jsonb_array_elements(segments_internal.relations_of(type.type_id)) relation WHERE NOT relation @> '{"default": true}'))
            FROM segments.interaction_type type
            WHERE EXISTS (SELECT FROM segments.interaction_relation other
                          WHERE other.type_id = type.type_id AND other.relation_id IS NOT NULL AND other.normalize_ids IS DISTINCT FROM words)) said);
END
$$;
COMMENT ON FUNCTION segments_internal.normalize_hint(text) IS
    'the statements that have every table register ids of records with these words of normalize_ids; null: records that the unification leads to two profiles would be one';
REVOKE EXECUTE ON FUNCTION segments_internal.normalize_hint(text) FROM PUBLIC;

CREATE FUNCTION segments.unlinked_records(of_type text DEFAULT NULL, max_records int DEFAULT 50)
RETURNS TABLE (type text, record_type text, record_id text, interactions bigint, near_record_type text, near_record_id text, differs_in text[], hint text)
AS 'MODULE_PATHNAME', 'segments_unlinked_records' LANGUAGE C STABLE PARALLEL UNSAFE COST 100000 ROWS 50;
COMMENT ON FUNCTION segments.unlinked_records(text, int) IS
    'records that interactions of a type or rows of a profile source have (null: of each type that the caller may read) and that the unification maps to no profile, as of the last refresh: '
    'how many interactions each has, those with most of them first, of each type at most max_records (null: all). near_record_type and near_record_id: a record that it does map and that was probably meant (null: none); differs_in: '
    'what tells the two apart, of "record type", "blanks" (at the ends), "braces" and "hyphens" (of UUIDs), "leading zeros" (of numbers), "case"; or "profile id": the id is that of a profile, and the record one of that profile (only for those who may read profile ids). hint: where registering with normalize_ids links the record, the statements that have every table do so. A last row without record counts the '
    'interactions without a time, a record type or id, or whose ids are too long. It takes SELECT on the columns with record types and ids, of the type and of the unification; tables '
    'with row-level security are not told of. Errors: 42501, 42704 (no such type), 22023 (an event: ask for its table), 55000 (not refreshed yet)';

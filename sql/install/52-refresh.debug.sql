CREATE FUNCTION segments_internal.debug_fragment_rows(type_id int)
RETURNS TABLE (leaf oid, ordinal bigint, occurred_at timestamptz, fields text[])
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'segments_debug_fragment_rows';
COMMENT ON FUNCTION segments_internal.debug_fragment_rows(int) IS 'the rows of the current fragments of an interaction type';

-- Compares a type's fragments with its source table: rows of either that the other lacks, with multiplicity.
CREATE FUNCTION segments_internal.debug_compare(type_name text)
RETURNS TABLE (side text, record text, occurred_at timestamptz, fields text[])
LANGUAGE plpgsql AS $$
DECLARE
    type segments.interaction_type;
    relation segments.interaction_relation;
    field_list text;
    query text;
BEGIN
    SELECT * INTO STRICT type FROM segments.interaction_type WHERE name = type_name;
    SELECT * INTO STRICT relation FROM segments.interaction_relation r WHERE r.type_id = type.type_id AND is_default;
    SELECT coalesce(string_agg(format('%1$L || CASE WHEN %2$I IS NOT NULL THEN format(''%%s'', %2$I) END', attname || '=', attname), ', ' ORDER BY attnum), '') INTO field_list
    FROM pg_attribute
    WHERE attrelid = type.source AND attnum > 0 AND NOT attisdropped AND attgenerated <> 'v'
      AND attname NOT IN ('segments_xid', type.time_column, relation.record_id_column, coalesce(relation.record_type_column, ''));
    query := format(
        'SELECT %1$s || ''/'' || %7$s, %3$I, array_remove(ARRAY[%4$s]::text[], NULL) FROM %5$s'
        ' WHERE %3$I IS NOT NULL AND %2$I IS NOT NULL AND %1$s IS NOT NULL AND (%6$s)',
        coalesce(quote_ident(relation.record_type_column), quote_literal(relation.record_type)),
        relation.record_id_column, type.time_column, field_list, type.source, coalesce(type.rows_where, 'true'),
        format(CASE relation.normalize_ids WHEN 'lower' THEN 'lower(%I::text)' WHEN 'trim' THEN 'btrim(%I::text)' WHEN 'lower, trim' THEN 'lower(btrim(%I::text))' ELSE '%I::text' END,
               relation.record_id_column));
    RETURN QUERY EXECUTE format(
        'WITH stored AS (SELECT r.record_type || ''/'' || r.record_id, s.occurred_at, s.fields'
        '                FROM segments_internal.debug_fragment_rows(%s) s JOIN segments.record r USING (ordinal)),'
        ' source AS (%s)'
        ' SELECT ''only in fragments'', * FROM (TABLE stored EXCEPT ALL TABLE source) a'
        ' UNION ALL SELECT ''only in source'', * FROM (TABLE source EXCEPT ALL TABLE stored) b', type.type_id, query);
END
$$;
COMMENT ON FUNCTION segments_internal.debug_compare(text) IS 'differences between the fragments of a type and its source table';

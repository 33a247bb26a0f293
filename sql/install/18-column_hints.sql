-- What to do about columns that are of no use as they are.

CREATE FUNCTION segments_internal.key_column_hint(source regclass, column_name name, column_type regtype) RETURNS text
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT CASE WHEN attgenerated = '' AND provolatile = 'i' THEN format(
            'Name another column, or add one: %s.', segments_internal.owner_statement(source, format(
                'ALTER TABLE %s ADD COLUMN %I text GENERATED ALWAYS AS (%s) STORED', source, left(column_name, 59) || '_key',
                format(CASE typname WHEN 'citext' THEN 'lower(%I::text)' WHEN 'json' THEN '%I #>> ''{}''' WHEN 'jsonb' THEN '%I #>> ''{}''' ELSE '%I::text' END, column_name))))
        WHEN attgenerated = '' THEN format(
            'Name another column, or change its type: %s.', segments_internal.owner_statement(source,
                format('ALTER TABLE %s ALTER COLUMN %I TYPE text', source, column_name)))
        ELSE 'Name another column.' END
    FROM pg_attribute, pg_type JOIN pg_proc ON pg_proc.oid = typoutput
    WHERE attrelid = source AND attname = column_name AND pg_type.oid = column_type
$$;
COMMENT ON FUNCTION segments_internal.key_column_hint(regclass, name, regtype) IS
    'what makes a key of a column of another type';

-- Of a column that was registered: its rows are as they were, but for how keys are written.
CREATE FUNCTION segments_internal.retyped_key_hint(source oid, column_name text, column_type oid) RETURNS text
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT format('Change its type back, so that each key is written as it was: %s.', segments_internal.owner_statement(source, format(
        'ALTER TABLE %s ALTER COLUMN %I TYPE text USING ' || CASE WHEN typname IN ('json', 'jsonb') THEN '%2$I #>> ''{}'''
            WHEN typsubscript = 'array_subscript_handler'::regproc AND typlen = -1 THEN '%2$I[1]::text'
            WHEN typname = 'numeric' THEN 'trim_scale(%2$I)::text'
            WHEN typcategory IN ('S', 'E', 'N') THEN '%2$I::text'
            ELSE '...' END, source::regclass, column_name)))
    FROM pg_type WHERE oid = column_type
$$;
COMMENT ON FUNCTION segments_internal.retyped_key_hint(oid, text, oid) IS
    'what makes a key of a registered column whose type was changed';

CREATE FUNCTION segments_internal.stored_column_hint(source regclass, column_name name) RETURNS text
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT format('Name another column, or add one that is stored: %s.', segments_internal.owner_statement(source, format(
        'ALTER TABLE %s ADD COLUMN %I %s GENERATED ALWAYS AS (%s) STORED', source, left(column_name, 56) || '_stored',
        format_type(atttypid, atttypmod), pg_get_expr(adbin, adrelid))))
    FROM pg_attribute JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attrelid = source AND attname = column_name
$$;
COMMENT ON FUNCTION segments_internal.stored_column_hint(regclass, name) IS
    'what stores the values of a virtual generated column';

-- A column that can be no time, beside one that is a time and is to name records: both arguments are there, in the wrong order.
CREATE FUNCTION segments_internal.check_not_exchanged(source regclass, time_column name, record_id_column name) RETURNS void
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    type_of CONSTANT jsonb := (SELECT jsonb_object_agg(attname, segments_internal.base_type(atttypid)::oid) FROM pg_attribute
        WHERE attrelid = source AND attname IN (time_column, record_id_column) AND attnum > 0 AND NOT attisdropped);
BEGIN
    IF (type_of ->> record_id_column)::oid = 'timestamptz'::regtype AND (type_of ->> time_column)::oid <> 'timestamptz'::regtype THEN
        RAISE EXCEPTION 'column "%" of % has type %', time_column, source, format_type((type_of ->> time_column)::oid, NULL)
            USING ERRCODE = 'datatype_mismatch',
            DETAIL = format('It was named as the time column, and "%s", which is a time, as the record ID column.', record_id_column),
            HINT = format('Exchange them: time_column => %L, record_id_column => %L.', record_id_column, time_column);
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_not_exchanged(regclass, name, name) IS
    'raises 42804 if the columns of time and record stand in each other''s place';

CREATE FUNCTION segments_internal.jsonb_column_hint(source regclass, column_name name) RETURNS text
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT CASE WHEN segments_internal.base_type(atttypid) = 'json'::regtype THEN format('Make it jsonb: %s.',
        segments_internal.owner_statement(source, format('ALTER TABLE %s ALTER COLUMN %I TYPE jsonb', source, column_name))) END
    FROM pg_attribute WHERE attrelid = source AND attname = column_name AND NOT attisdropped
$$;
COMMENT ON FUNCTION segments_internal.jsonb_column_hint(regclass, name) IS 'what makes a column one whose members can be fields; null: nothing does';

-- What makes a column that restrictions can test of one that they cannot.  Generated columns take immutable expressions only.
CREATE FUNCTION segments_internal.testable_column_hint(source regclass, column_name name) RETURNS text
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT format('Add a column that can be tested%s: %s.', of_what, segments_internal.owner_statement(source, format(
        'ALTER TABLE %s ADD COLUMN %I %s GENERATED ALWAYS AS (%s) STORED',
        source, left(column_name, 56) || suffix, column_type, format(expression, column_name))))
    FROM pg_attribute
    JOIN pg_type base ON base.oid = segments_internal.base_type(atttypid)
    LEFT JOIN pg_type element ON element.oid = base.typelem AND base.typsubscript = 'array_subscript_handler'::regproc
    CROSS JOIN LATERAL (
        SELECT 1 AS priority, ', of the key that you ask about in place of ''key''' AS of_what, '_key' AS suffix,
               'text' AS column_type, '%I ->> ''key''' AS expression
        WHERE base.oid IN ('jsonb'::regtype, 'json'::regtype)
        UNION ALL SELECT 1, ', for the element that you ask about in place of 1', '_value', 'boolean', '1 = ANY (%I)'
        WHERE element.oid = 'numeric'::regtype
        UNION ALL SELECT 2, ', of the element whose number stands in place of 1', '_element', format_type(element.oid, NULL), '(%I)[1]'
        WHERE segments_internal.is_testable(element.oid)
        UNION ALL SELECT 1, ', of the lower bounds, or with upper() of the upper ones', '_lower', format_type(rngsubtype, NULL), 'lower(%I)'
        FROM pg_range WHERE base.oid IN (rngtypid, rngmultitypid) AND segments_internal.is_testable(rngsubtype)
        UNION ALL SELECT 1, ', of the part of it that you ask about', '_part', part.type, '(%I).' || replace(quote_ident(part.name), '%', '%%')
        FROM (SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute inner_column
              WHERE inner_column.attrelid = base.typrelid AND attnum > 0 AND NOT attisdropped AND segments_internal.is_testable(atttypid)
              ORDER BY attnum LIMIT 1) part
        WHERE base.typtype = 'c'
        UNION ALL SELECT 1, '', '_text', 'text', 'encode(%I, ''hex'')' WHERE base.oid = 'bytea'::regtype
        UNION ALL SELECT 3, '', '_text', 'text', '%I::text'
        WHERE element.oid IS NULL AND base.oid NOT IN ('jsonb'::regtype, 'json'::regtype)
          AND (SELECT provolatile = 'i' FROM pg_proc WHERE pg_proc.oid = base.typoutput)
    ) column_of
    WHERE attrelid = source AND attname = column_name AND attgenerated = '' AND NOT attisdropped
    ORDER BY priority LIMIT 1
$$;
COMMENT ON FUNCTION segments_internal.testable_column_hint(regclass, name) IS
    'what makes a column that restrictions can test of one of another type; null: nothing does';

CREATE FUNCTION segments_internal.note_untestable_columns(source regclass, type_name text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    untestable name[] := ARRAY(
        SELECT attname FROM pg_attribute WHERE attrelid = source AND attnum > 0 AND NOT attisdropped AND attname <> 'segments_xid'
            AND NOT segments_internal.is_testable(atttypid) ORDER BY attnum);
BEGIN
    IF cardinality(untestable) > 0 THEN
        RAISE NOTICE 'restrictions cannot test % of %', CASE cardinality(untestable) WHEN 1 THEN 'a column' ELSE 'some columns' END, source
            USING DETAIL = format('Their types are no types of fields: %s.', (
                SELECT string_agg(format('%I (%s)', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum)
                FROM pg_attribute WHERE attrelid = source AND attname = ANY (untestable))),
            HINT = coalesce((
                SELECT hint FROM unnest(untestable) WITH ORDINALITY AS a (name, number),
                    coalesce(segments_internal.document_fields_hint(source, name, type_name), segments_internal.testable_column_hint(source, name)) hint
                WHERE hint IS NOT NULL ORDER BY number LIMIT 1),
                'What is to be tested needs a column of a type such as text, numeric, boolean, date or timestamptz.');
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.note_untestable_columns(regclass, text) IS 'tells which columns of the table of a type cannot be asked about';

-- A record has one profile, a profile any number of records: so says a unique index on the wrong column.
CREATE FUNCTION segments_internal.note_exchanged_mapping(source regclass, profile_id_column name, record_id_column name) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    unique_columns CONSTANT name[] := ARRAY(
        SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
        WHERE indrelid = source AND indisunique AND indisvalid AND indpred IS NULL AND indexprs IS NULL
          AND (indnkeyatts = 1 OR attname = record_id_column));
BEGIN
    IF profile_id_column = ANY (unique_columns) AND record_id_column <> ALL (unique_columns) THEN
        RAISE NOTICE 'column "%" of % is unique, and is to hold ids of profiles', profile_id_column, source
            USING DETAIL = format('A record has one profile, a profile any number of records; the ids of records, in "%s", need not be unique.',
                    record_id_column),
                HINT = format('If they were given in the wrong order: SELECT segments.alter_unification(profile_id_column => %L, record_id_column => %L).',
                    record_id_column, profile_id_column);
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.note_exchanged_mapping(regclass, name, name) IS
    'a notice if the columns of profiles and records seem to stand in each other''s place';

REVOKE EXECUTE ON FUNCTION
    segments_internal.check_not_exchanged(regclass, name, name),
    segments_internal.note_untestable_columns(regclass, text),
    segments_internal.note_exchanged_mapping(regclass, name, name)
FROM PUBLIC;

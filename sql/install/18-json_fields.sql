-- Members of jsonb columns as fields: declared by their owners, read whole with the next refresh.

CREATE FUNCTION segments_internal.field_path(written text) RETURNS text[]
AS 'MODULE_PATHNAME', 'segments_field_path' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.field_path(text) IS
    'the names of a path as definitions write it: a column, and the members on the way. Errors: 42601 (none)';

CREATE FUNCTION segments_internal.written_path(names text[]) RETURNS text
AS 'MODULE_PATHNAME', 'segments_written_path' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.written_path(text[]) IS 'names of a path as definitions write it, with dots between them';

CREATE FUNCTION segments_internal.document_fields_hint(source regclass, column_name name, type_name text) RETURNS text
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT format('Make fields of members of its documents: SELECT * FROM segments.discover_json_fields(%1$L) lists them, SELECT segments.add_json_field(%1$L, %2$L) makes a field of one.',
        type_name, segments_internal.written_path(ARRAY[column_name::text, 'key']))
    FROM pg_attribute WHERE attrelid = source AND attname = column_name AND segments_internal.base_type(atttypid) = 'jsonb'::regtype
$$;
COMMENT ON FUNCTION segments_internal.document_fields_hint(regclass, name, text) IS
    'what makes members of a column of documents fields of a type; null: it has none';
REVOKE EXECUTE ON FUNCTION segments_internal.document_fields_hint(regclass, name, text) FROM PUBLIC;

CREATE FUNCTION segments_internal.document_column(type_id int, name text) RETURNS name
AS 'MODULE_PATHNAME', 'segments_document_column' LANGUAGE C STABLE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION segments_internal.document_column(int, text) IS
    'the column of jsonb documents that a name leads to. Errors: 42704 (unknown), 42702 (several answer to it), 42804 (another type)';
REVOKE EXECUTE ON FUNCTION segments_internal.document_column(int, text) FROM PUBLIC;

CREATE FUNCTION segments_internal.json_kind(kind text) RETURNS regtype
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    kinds CONSTANT regtype[] := '{text,numeric,"double precision",bigint,boolean,timestamptz,date,text[],bigint[]}';
    found regtype := CASE WHEN kind !~* '^ *array' THEN to_regtype(kind) END;  -- a word that types cannot begin with
    near text[];
BEGIN
    IF found = ANY (kinds) THEN
        RETURN found;
    END IF;
    near := segments_internal.nearest_names(kind, ARRAY['text', 'numeric', 'double precision', 'bigint', 'boolean', 'timestamptz', 'date', 'text[]', 'bigint[]']);
    RAISE EXCEPTION 'unknown kind %', coalesce(quote_literal(left(kind, 100)), 'null') USING ERRCODE = 'invalid_parameter_value',
        DETAIL = 'Kinds of JSON fields: text, numeric, double precision, bigint, boolean, timestamptz, date, text[], bigint[].',
        HINT = CASE WHEN found IN ('integer'::regtype, 'smallint'::regtype) THEN 'Write ''bigint''.'
            WHEN found IN ('integer[]'::regtype, 'smallint[]'::regtype) THEN 'Write ''bigint[]''.'
            WHEN segments_internal.base_type(found) IN (SELECT oid FROM pg_type WHERE typsubscript = 'array_subscript_handler'::regproc) OR kind ILIKE 'array%' THEN 'Write ''text[]''.'
            WHEN found = 'real'::regtype THEN 'Write ''double precision''.'
            WHEN found = 'timestamp'::regtype THEN 'Write ''timestamptz''.'
            WHEN found IN ('varchar'::regtype, 'bpchar'::regtype, 'name'::regtype, 'uuid'::regtype) THEN 'Write ''text''.'
            WHEN cardinality(near) > 0 THEN format('Did you mean %L?', near[1])
            ELSE 'Write ''text''; numbers are compared as numbers if it is ''numeric''.' END;
END
$$;
COMMENT ON FUNCTION segments_internal.json_kind(text) IS 'the type that a kind of a JSON field names. Errors: 22023 (none)';

-- Declares members, given as the names of their paths, without a word about those that are.
CREATE FUNCTION segments_internal.declare_json_fields(declared segments.interaction_type, columns name[], paths jsonb, kinds regtype[], caller name)
RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    most CONSTANT int := 500;
    before jsonb;
    present int;
BEGIN
    -- Waits for writers, whose changes are logged without the members, and makes every leaf count as changed.
    PERFORM segments_internal.detach_triggers(declared.source);
    PERFORM segments_internal.attach_triggers(declared.source, declared.stamp);
    PERFORM segments_internal.lock_interaction_types();
    SELECT count(*) INTO present FROM segments.json_field WHERE type_id = declared.type_id;
    IF present + cardinality(columns) > most THEN
        RAISE EXCEPTION '% would have too many JSON fields', segments_internal.called(declared.type_id) USING ERRCODE = 'program_limit_exceeded',
            DETAIL = format('It has %s; at most %s are accepted.', present, most),
            HINT = 'Drop some first, segments.drop_json_field(), or declare fewer.';
    END IF;
    before := segments_internal.names_in_saved_definitions();
    INSERT INTO segments.json_field (type_id, field, column_name, path, kind)
    SELECT declared.type_id, last.field + number, columns[number], ARRAY(SELECT jsonb_array_elements_text(paths -> (number - 1)::int)), kinds[number]
    FROM (SELECT greatest(2000, (SELECT max(field) FROM segments.json_field WHERE type_id = declared.type_id),
                          (SELECT max(field) FROM segments.source_column WHERE type_id = declared.type_id)) AS field) last,
         generate_series(1, cardinality(columns)) number;
    -- What was found whatever its case goes on meaning the same member.
    PERFORM segments_internal.rewrite_saved_definitions(before, declared.name, caller,
        'Give these segments other definitions first: segments.update_segment().');
END
$$;
COMMENT ON FUNCTION segments_internal.declare_json_fields(segments.interaction_type, name[], jsonb, regtype[], name) IS
    'makes fields of members of documents. Errors: 54000 (too many)';

CREATE FUNCTION segments_internal.check_json_path(names text[]) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    IF cardinality(names) < 2 THEN
        RAISE EXCEPTION 'no member is named' USING ERRCODE = 'invalid_parameter_value',
            DETAIL = format('"%s" is a column.', names[1]),
            HINT = format('Write the column and the member: %L.', segments_internal.written_path(ARRAY[names[1], 'member']));
    END IF;
    IF cardinality(names) > 32 OR octet_length(array_to_string(names, '.')) > 1000 THEN
        RAISE EXCEPTION 'a path is too long' USING ERRCODE = 'program_limit_exceeded',
            DETAIL = 'A path has at most 32 names, and 1000 bytes.';
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_json_path(text[]) IS 'raises an error unless names can be the path of a member';

CREATE FUNCTION segments_internal.add_json_field(caller oid, type text, path text, kind text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    known segments.interaction_type := segments_internal.find_interaction(type);
    names text[];
    document name;
    taken regtype;
    kind_type regtype := segments_internal.json_kind(kind);
BEGIN
    IF path IS NULL THEN
        RAISE EXCEPTION 'path must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    names := segments_internal.field_path(path);
    PERFORM segments_internal.check_is_owner(caller, known.source);
    PERFORM segments_internal.check_json_path(names);
    document := segments_internal.document_column(known.type_id, names[1]);
    SELECT field.kind INTO taken FROM segments.json_field field
    WHERE field.type_id = known.type_id AND column_name = document AND field.path = names[2:];
    IF FOUND THEN
        RAISE EXCEPTION '% of % is a field already', path, known.name USING ERRCODE = 'duplicate_object',
            DETAIL = format('Its kind is %s.', taken),
            HINT = CASE WHEN taken <> kind_type THEN format('If it is to be of another kind: SELECT segments.drop_json_field(%L, %L), then add it.', known.name, path)
                ELSE 'It can be asked about once a refresh has read it.' END;
    END IF;
    PERFORM segments_internal.declare_json_fields(known, ARRAY[document], jsonb_build_array(to_jsonb(names[2:])), ARRAY[kind_type], pg_get_userbyid(caller));
END
$$;
COMMENT ON FUNCTION segments_internal.add_json_field(oid, text, text, text) IS 'what segments.add_json_field does for a caller';

CREATE FUNCTION segments.add_json_field(type text, path text, kind text DEFAULT 'text') RETURNS void
AS 'MODULE_PATHNAME', 'segments_as_registrar' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.add_json_field(text, text, text) IS
    'makes a field of a member of the documents in a jsonb column: path is the column and the names of members with dots between them, as definitions write it '
    '(properties.plan, properties."Utm Source"; an element of an array by its number from 0 on, in double quotes). kind: text, numeric, double precision, bigint, boolean, timestamptz or date; of arrays, text[] or bigint[]. A member that is absent, '
    'null, or no such value is null; the last are counted in json_fields. The next refresh reads the table whole; until then asking about the field is an '
    'error (55000). For the owner of the table or of the extension; waits for those who write the table. Errors: 42704 (no such type or column), 42601 (no path), 42804 (the column is no '
    'jsonb), 22023 (unknown kind, or no member), 42710 (a field already), 42501 (privileges), 54000 (more than 500, or too long a path)';

CREATE FUNCTION segments_internal.declare_discovered(declared_type int, paths text[], kinds text[], caller oid) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    known segments.interaction_type;
BEGIN
    SELECT * INTO STRICT known FROM segments.interaction_type WHERE type_id = declared_type;
    PERFORM segments_internal.check_json_path(segments_internal.field_path(path)) FROM unnest(paths) path;
    PERFORM segments_internal.declare_json_fields(known,
        ARRAY(SELECT segments_internal.document_column(declared_type, (segments_internal.field_path(path))[1]) FROM unnest(paths) WITH ORDINALITY AS p (path, number) ORDER BY number),
        (SELECT jsonb_agg(to_jsonb((segments_internal.field_path(path))[2:]) ORDER BY number) FROM unnest(paths) WITH ORDINALITY AS p (path, number)),
        ARRAY(SELECT segments_internal.json_kind(kind) FROM unnest(kinds) WITH ORDINALITY AS k (kind, number) ORDER BY number),
        pg_get_userbyid(caller));
END
$$;
COMMENT ON FUNCTION segments_internal.declare_discovered(int, text[], text[], oid) IS 'makes fields of the members that discover_json_fields has found';

CREATE FUNCTION segments.discover_json_fields(type text, max_fields int DEFAULT 100, declare_all boolean DEFAULT false, max_rows bigint DEFAULT 100000)
RETURNS TABLE (field text, kind text, declared boolean, occurrences bigint, kinds text, samples text[])
AS 'MODULE_PATHNAME', 'segments_discover_json_fields' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 100;
COMMENT ON FUNCTION segments.discover_json_fields(text, int, boolean, bigint) IS
    'the members of the documents in the jsonb columns of an interaction type, as its table is now: those that most documents have first, at most max_fields (null: all). field: as definitions '
    'write it; kind: of the declared field, else the narrowest that takes all values; occurrences: documents with a string, number, boolean or array there; kinds: how many of each; samples: the first '
    'different ones, of arrays their elements. Of a larger table, about max_rows rows are read (null: all), from anywhere in it; arrays of objects, and paths within arrays, are left out. declare_all => true: makes fields of all that are '
    'listed and none yet, as add_json_field does. For the owner of the table or of the extension. Errors: 42704 (no such type), 42501 (privileges), 54000 (more than 500 fields)';

CREATE FUNCTION segments_internal.drop_json_field(caller oid, type text, path text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    known segments.interaction_type := segments_internal.find_interaction(type);
    names text[];
    declared segments.json_field;
    near text[];
    before jsonb;
BEGIN
    IF path IS NULL THEN
        RAISE EXCEPTION 'path must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    names := segments_internal.field_path(path);
    PERFORM segments_internal.check_is_owner(caller, known.source);
    SELECT * INTO declared FROM segments.json_field field
    WHERE field.type_id = known.type_id AND field.path = names[2:]
      AND (column_name = names[1] OR segments_internal.fold_name(column_name) = segments_internal.fold_name(names[1])
           OR EXISTS (SELECT FROM segments.interaction_field named WHERE named.type_id = known.type_id AND named.column_name = field.column_name
                      AND segments_internal.fold_name(names[1]) IN (segments_internal.fold_name(named.name), segments_internal.fold_name(named.display_name))))
    ORDER BY column_name <> names[1] LIMIT 1;
    IF NOT FOUND THEN
        near := segments_internal.nearest_names(path, ARRAY(
            SELECT segments_internal.written_path(column_name::text || field.path) FROM segments.json_field field
            WHERE field.type_id = known.type_id ORDER BY field.field));
        RAISE EXCEPTION '% of % is no JSON field', path, known.name USING ERRCODE = 'undefined_object',
            HINT = CASE WHEN cardinality(near) > 0 THEN format('Did you mean %s?', segments_internal.as_arguments(near))
                ELSE 'SELECT * FROM segments.json_fields lists all.' END;
    END IF;
    PERFORM segments_internal.lock_interaction_types();
    before := segments_internal.names_in_saved_definitions();
    DELETE FROM segments.json_field field WHERE field.type_id = known.type_id AND field.field = declared.field;
    PERFORM segments_internal.rewrite_saved_definitions(before, known.name, pg_get_userbyid(caller),
        'Give these segments other definitions first: segments.update_segment().');
END
$$;
COMMENT ON FUNCTION segments_internal.drop_json_field(oid, text, text) IS 'what segments.drop_json_field does for a caller';

CREATE FUNCTION segments.drop_json_field(type text, path text) RETURNS void
AS 'MODULE_PATHNAME', 'segments_as_registrar' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.drop_json_field(text, text) IS
    'undoes add_json_field: what was read of the member goes with refreshes. For the owner of the table or of the extension. Errors: 42704 (no such type or '
    'field; the hint names the nearest), 42501 (privileges), 2BP01 (saved segments test it)';

CREATE FUNCTION segments_internal.renamed_document_hint(of_type_id int, former text) RETURNS text
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT format('If it is the column that is called "%s" now, say so, which loses nothing: SELECT segments.alter_interaction(%L, fields => %L).',
        attname, type.name, json_build_array(json_build_object('column', attname, 'name', former)))
    FROM segments.interaction_type type
    JOIN pg_attribute ON attrelid = type.source AND attnum > 0 AND NOT attisdropped AND segments_internal.base_type(atttypid) = 'jsonb'::regtype
    WHERE type_id = of_type_id
      AND EXISTS (SELECT FROM segments.json_field member WHERE member.type_id = of_type_id
                  AND segments_internal.goes_by(of_type_id, member.column_name, former))
      AND NOT EXISTS (SELECT FROM segments.json_field member WHERE member.type_id = of_type_id AND member.column_name = attname)
    ORDER BY attnum LIMIT 1
$$;
COMMENT ON FUNCTION segments_internal.renamed_document_hint(int, text) IS
    'what to do about a column of documents that was renamed; null: no declared one was called so';

REVOKE EXECUTE ON FUNCTION
    segments_internal.renamed_document_hint(int, text),
    segments_internal.declare_json_fields(segments.interaction_type, name[], jsonb, regtype[], name),
    segments_internal.declare_discovered(int, text[], text[], oid),
    segments.discover_json_fields(text, int, boolean, bigint),
    segments_internal.add_json_field(oid, text, text, text),
    segments.add_json_field(text, text, text),
    segments_internal.drop_json_field(oid, text, text),
    segments.drop_json_field(text, text)
FROM PUBLIC;

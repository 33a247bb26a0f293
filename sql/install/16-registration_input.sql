-- What is given to registration: names, and the JSON of fields and relations.  Everything that is not understood is an error.

-- By technical name; else by alias or display name, as definitions find types.
CREATE FUNCTION segments_internal.find_interaction(wanted text) RETURNS segments.interaction_type
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    key text := segments_internal.fold_name(wanted);
    type segments.interaction_type;
    candidates text[];
    near text[];
BEGIN
    IF wanted IS NULL THEN
        RAISE EXCEPTION 'the name of the interaction type must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT * INTO type FROM segments.interaction_type known WHERE segments_internal.fold_name(known.name) = key;
    IF NOT FOUND THEN
        candidates := ARRAY(SELECT known.name FROM segments.interaction_type known
            WHERE key = ANY (ARRAY(SELECT segments_internal.fold_name(theirs) FROM unnest(known.aliases || known.display_name) theirs))
            ORDER BY known.name);
        IF cardinality(candidates) > 1 THEN
            RAISE EXCEPTION 'interaction type "%" is ambiguous', wanted USING ERRCODE = 'ambiguous_column',
                DETAIL = format('It can be any of: %s.', array_to_string(candidates, ', ')),
                HINT = 'Use the technical name.';
        END IF;
        SELECT * INTO type FROM segments.interaction_type known WHERE known.name = candidates[1];
        IF NOT FOUND THEN
            near := segments_internal.nearest_names(wanted, ARRAY(SELECT known.name FROM segments.interaction_type known ORDER BY known.name));
            RAISE EXCEPTION 'unknown interaction type "%"', wanted USING ERRCODE = 'undefined_object',
                HINT = CASE WHEN NOT EXISTS (SELECT FROM segments.interaction_type) THEN
                        'No interaction type is registered. SELECT segments.register_interaction(...) makes one of a table, '
                        'segments.create_interaction_tables() makes tables for the built-in ones.'
                    WHEN cardinality(near) > 0 THEN format('Did you mean %s?', segments_internal.as_arguments(near))
                    ELSE 'SELECT name FROM segments.interaction_catalog(true) lists all.' END;
        END IF;
    END IF;
    type.source := segments_internal.known_table(type.type_id, type.source);
    RETURN type;
END
$$;
COMMENT ON FUNCTION segments_internal.find_interaction(text) IS
    'the interaction type of a technical name, alias or display name, whatever its case. Errors: 42704 (unknown; the hint names the '
    'nearest), 42702 (several answer to it)';

-- `type_id`: of the type that is altered; null: a new one.
-- Everybody's catalogs and questions carry what one owner writes about a table.
CREATE FUNCTION segments_internal.check_size(what text, given bigint, most int) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    IF given > most THEN
        RAISE EXCEPTION '%: % are too many', what, given USING ERRCODE = 'program_limit_exceeded', HINT = format('Give %s at most.', most);
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_size(text, bigint, int) IS 'raises 54000 if there is more of something than may be registered';

CREATE FUNCTION segments_internal.check_descriptions(group_name text, description text) RETURNS void
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT segments_internal.check_size('characters of group_name', length(group_name), 255),
           segments_internal.check_size('characters of description', length(description), 10000)
$$;
COMMENT ON FUNCTION segments_internal.check_descriptions(text, text) IS 'raises 54000 if a heading or a description is too long';

CREATE FUNCTION segments_internal.check_type_names(altered_type_id int, name text, display_name text, aliases text[]) RETURNS void
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    taken text;
    clash text;
    proposed text := left(regexp_replace(name, '[[:space:][:punct:]]+', '_', 'g'), 63);
BEGIN
    IF NOT segments_internal.is_plain_name(name) OR length(name) > 63 THEN
        RAISE EXCEPTION 'invalid interaction type name "%"', name USING ERRCODE = 'invalid_name',
            DETAIL = 'A name has 1 to 63 characters: letters of any script, digits and underscores, no digit first.',
            HINT = CASE WHEN segments_internal.is_plain_name(proposed) AND length(name) <= 255
                THEN format('Any text can be its display name: name it %L, with display_name => %L.', proposed, name)
                ELSE 'Any text can be its display name.' END;
    END IF;
    IF display_name = '' OR length(display_name) > 255 THEN
        RAISE EXCEPTION 'invalid display name "%"', display_name USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'A display name is any text of 1 to 255 characters.';
    END IF;
    PERFORM segments_internal.check_size('aliases', cardinality(check_type_names.aliases), 100);
    IF EXISTS (SELECT FROM unnest(check_type_names.aliases) alias WHERE alias IS NULL OR alias = '' OR length(alias) > 255 OR alias ~ '[\n\r]') THEN
        RAISE EXCEPTION 'invalid alias' USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'An alias is any text of 1 to 255 characters in one line.';
    END IF;
    SELECT known.name, ours INTO taken, clash
    FROM segments.interaction_type known, unnest(known.aliases || known.name) theirs, unnest(check_type_names.aliases || check_type_names.name) ours
    WHERE known.type_id IS DISTINCT FROM altered_type_id
      AND segments_internal.fold_name(theirs) = segments_internal.fold_name(ours)
    ORDER BY known.name, ours LIMIT 1;
    IF FOUND AND EXISTS (SELECT FROM segments.swapped_source WHERE swapped_source.name = taken) THEN
        RAISE EXCEPTION 'interaction type % is registered with a table that was swapped for another one', taken USING ERRCODE = 'duplicate_object',
            HINT = format('If the other one is to be read from now on: SELECT segments.confirm_source(%L).', taken);
    ELSIF FOUND THEN
        RAISE EXCEPTION 'interaction type name "%" clashes with %', clash, taken USING ERRCODE = 'duplicate_object',
            DETAIL = 'Names and aliases of interaction types are unique, whatever their case.';
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_type_names(int, text, text, text[]) IS
    'raises an error unless these can be the names of an interaction type. Errors: 42602 (name), 22023 (display name, alias), '
    '42710 (taken), 54000 (too many)';

-- Raises unless `given` is an array of objects that have no other keys than `known`, and texts (or null) as values.
CREATE FUNCTION segments_internal.check_objects(argument text, given jsonb, known text[]) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    element jsonb;
    key text;
    value jsonb;
    near text[];
BEGIN
    IF jsonb_typeof(given) <> 'array' OR EXISTS (
        SELECT FROM jsonb_array_elements(CASE jsonb_typeof(given) WHEN 'array' THEN given ELSE '[]' END) e WHERE jsonb_typeof(e) <> 'object')
    THEN
        RAISE EXCEPTION '% is not an array of objects', argument USING ERRCODE = 'invalid_parameter_value',
            DETAIL = format('Keys of its objects: %s.', array_to_string(known, ', ')),
            HINT = format('Write it so: %s => ''[{"%s": "..."}]''.', argument, known[1]);
    END IF;
    FOR element IN SELECT * FROM jsonb_array_elements(given) LOOP
        FOR key, value IN SELECT * FROM jsonb_each(element) LOOP
            IF key <> ALL (known) THEN
                near := segments_internal.nearest_names(key, known);
                RAISE EXCEPTION 'unknown key "%" in %', key, argument USING ERRCODE = 'invalid_parameter_value',
                    DETAIL = format('Known keys: %s.', array_to_string(known, ', ')),
                    HINT = CASE WHEN key = 'display' THEN 'Did you mean display_name?'
                        WHEN cardinality(near) > 0 THEN format('Did you mean %s?', near[1])
                        ELSE 'Leave it out, or use a known key.' END;
            END IF;
            IF jsonb_typeof(value) NOT IN (CASE key WHEN 'default' THEN 'boolean' ELSE 'string' END, 'null') THEN
                RAISE EXCEPTION 'the value of "%" in % is not a %', key, argument, CASE key WHEN 'default' THEN 'boolean' ELSE 'text' END
                    USING ERRCODE = 'invalid_parameter_value';
            END IF;
            PERFORM segments_internal.check_size(format('characters of "%s" in %s', key, argument), length(value #>> '{}'), 10000);
        END LOOP;
        IF element ->> known[1] IS NULL THEN
            RAISE EXCEPTION 'an object of % has no "%"', argument, known[1] USING ERRCODE = 'invalid_parameter_value',
                DETAIL = format('It is: %s.', left(element::text, 200));
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION segments_internal.check_objects(text, jsonb, text[]) IS
    'raises 22023 unless a JSON argument is an array of objects with known keys, the first of which each must have; 54000 if a text is too long';

CREATE FUNCTION segments_internal.check_fields(source regclass, fields jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    field record;
BEGIN
    PERFORM segments_internal.check_objects('fields', fields, '{column,name,display_name,references,note}');
    FOR field IN SELECT * FROM jsonb_to_recordset(fields) AS given ("column" text, name text, display_name text) LOOP
        IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = source AND attname = field."column"
                       AND attnum > 0 AND NOT attisdropped AND attname <> 'segments_xid') THEN
            RAISE EXCEPTION 'column "%" of % does not exist', field."column", source USING ERRCODE = 'undefined_column',
                DETAIL = 'It was named in fields.',
                HINT = segments_internal.column_names_hint(source, field."column");
        END IF;
        IF field.name = '' OR length(field.name) > 255 OR field.display_name = '' OR length(field.display_name) > 255 THEN
            RAISE EXCEPTION 'invalid name for column "%" in fields', field."column" USING ERRCODE = 'invalid_parameter_value',
                DETAIL = 'Names and display names of fields are any text of 1 to 255 characters.';
        END IF;
    END LOOP;
    SELECT given."column" INTO field FROM jsonb_to_recordset(fields) AS given ("column" text)
    GROUP BY given."column" HAVING count(*) > 1 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'column "%" stands twice in fields', field."column" USING ERRCODE = 'duplicate_column';
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_fields(regclass, jsonb) IS
    'raises an error unless these can be the fields of an interaction type. Errors: 22023 (unknown key or bad value), 42703 (no such '
    'column), 42701 (a column twice)';

-- Two fields of one technical name could not be told apart by it.
CREATE FUNCTION segments_internal.check_field_names(checked_type_id int) RETURNS void
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    twice record;
BEGIN
    SELECT min(field.name) AS name, string_agg(quote_ident(field.column_name), ', ' ORDER BY field.column_name) AS columns INTO twice
    FROM segments.interaction_field field WHERE field.type_id = checked_type_id
    GROUP BY segments_internal.fold_name(field.name) HAVING count(*) > 1 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'two fields have the name "%"', twice.name USING ERRCODE = 'duplicate_object',
            DETAIL = format('They are the columns %s.', twice.columns),
            HINT = 'Names of the fields of a type are unique, whatever their case; display names need not be.';
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_field_names(int) IS 'raises 42710 if two fields of a type have the same name';

CREATE FUNCTION segments_internal.goes_by(of_type_id int, column_name name, field text) RETURNS boolean
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT segments_internal.fold_name(goes_by.column_name) = segments_internal.fold_name(field)
        OR EXISTS (SELECT FROM segments.interaction_field known WHERE known.type_id = of_type_id AND known.column_name = goes_by.column_name
                   AND segments_internal.fold_name(known.name) = segments_internal.fold_name(field))
$$;
COMMENT ON FUNCTION segments_internal.goes_by(int, name, text) IS 'whether a column of an interaction type, which need not be there any more, is called so or has a field of that name';

-- Only the columns that are named.
CREATE FUNCTION segments_internal.write_fields(written_type_id int, fields jsonb) RETURNS void
LANGUAGE sql SET search_path TO pg_catalog, pg_temp AS $$
    -- A column that was renamed, and goes by its former name: its members, and what it looks up, are the same.
    UPDATE segments.json_field member SET column_name = field."column"
    FROM jsonb_to_recordset(fields) AS field ("column" text, name text), segments.interaction_type type
    WHERE member.type_id = written_type_id AND type.type_id = written_type_id
      AND segments_internal.goes_by(written_type_id, member.column_name, field.name)
      AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = type.source AND attname = member.column_name AND NOT attisdropped)
      AND NOT EXISTS (SELECT FROM segments.json_field other WHERE other.type_id = written_type_id AND other.column_name = field."column" AND other.path = member.path);
    UPDATE segments.lookup_field looked_up SET column_name = field."column"
    FROM jsonb_to_recordset(fields) AS field ("column" text, name text), segments.interaction_type type
    WHERE looked_up.type_id = written_type_id AND type.type_id = written_type_id
      AND segments_internal.goes_by(written_type_id, looked_up.column_name, field.name)
      AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = type.source AND attname = looked_up.column_name AND NOT attisdropped)
      AND NOT EXISTS (SELECT FROM segments.lookup_field other WHERE other.type_id = written_type_id AND other.column_name = field."column");
    DELETE FROM segments.interaction_field
    WHERE type_id = written_type_id AND column_name IN (SELECT field ->> 'column' FROM jsonb_array_elements(fields) field);
    -- So is what is known of its field, which leaves its name to the column that has it now.
    WITH field AS (
        SELECT "column", coalesce(name, "column") AS name, display_name, "references", note
        FROM jsonb_to_recordset(fields) AS given ("column" text, name text, display_name text, "references" text, note text)
    ), lost AS (
        DELETE FROM segments.interaction_field former USING field, segments.interaction_type type
        WHERE former.type_id = written_type_id AND type.type_id = written_type_id
          AND segments_internal.fold_name(former.name) = segments_internal.fold_name(field.name)
          AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = type.source AND attname = former.column_name AND NOT attisdropped)
        RETURNING former.*
    )
    INSERT INTO segments.interaction_field (type_id, column_name, name, display_name, refers_to, note)
    SELECT written_type_id, field."column", field.name, coalesce(field.display_name, lost.display_name, field.name),
        coalesce(field."references", lost.refers_to), coalesce(field.note, lost.note)
    FROM field LEFT JOIN lost ON segments_internal.fold_name(lost.name) = segments_internal.fold_name(field.name);
    -- When it is renamed again, that is from this name on.
    UPDATE segments.source_column seen SET name = attname
    FROM jsonb_array_elements(fields) told, segments.interaction_type type, pg_attribute
    WHERE seen.type_id = written_type_id AND type.type_id = written_type_id AND attrelid = type.source AND attnum = seen.field
      AND attname = told ->> 'column' AND seen.name <> attname;
    SELECT segments_internal.check_field_names(written_type_id);
$$;
COMMENT ON FUNCTION segments_internal.write_fields(int, jsonb) IS 'writes names of columns of an interaction type';

REVOKE EXECUTE ON FUNCTION
    segments_internal.check_size(text, bigint, int),
    segments_internal.check_descriptions(text, text),
    segments_internal.check_type_names(int, text, text, text[]),
    segments_internal.check_fields(regclass, jsonb),
    segments_internal.check_field_names(int),
    segments_internal.goes_by(int, name, text),
    segments_internal.write_fields(int, jsonb)
FROM PUBLIC;

-- `given`: the optional arguments that were given; null: they were not.
CREATE FUNCTION segments_internal.already_registered_hint(
    known segments.interaction_type, name text, given jsonb, time_column name, record_id_column name, record_type_column name,
    acknowledge_row_security boolean) RETURNS text
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    aliases text[] := ARRAY(SELECT jsonb_array_elements_text(nullif(given -> 'aliases', 'null')));
    differing text;
BEGIN
    SELECT string_agg(format('%s => %L', argument, wanted), ', ' ORDER BY number) INTO differing
    FROM segments.interaction_relation relation
    CROSS JOIN LATERAL (VALUES
        (1, 'new_name', already_registered_hint.name, known.name),
        (2, 'display_name', given ->> 'display_name', known.display_name),
        (3, 'group_name', given ->> 'group_name', known.group_name),
        (4, 'description', given ->> 'description', known.description),
        (5, 'aliases', nullif(aliases::text, '{}'), known.aliases::text),
        (6, 'relations', given ->> 'relations', ''),
        (7, 'fields', nullif(given ->> 'fields', '[]'), ''),
        (8, 'time_column', already_registered_hint.time_column::text, known.time_column::text),
        (9, 'record_id_column', already_registered_hint.record_id_column::text, relation.record_id_column::text),
        (10, 'record_type_column', already_registered_hint.record_type_column::text, relation.record_type_column::text),
        (11, 'record_type', given ->> 'record_type', relation.record_type),
        (12, 'time_zone', given ->> 'time_zone', known.time_zone),
        (13, 'time_unit', given ->> 'time_unit', known.time_unit),
        (14, 'rows_where', given ->> 'rows_where', known.rows_where),
        (15, 'normalize_ids', given ->> 'normalize_ids', relation.normalize_ids),
        (16, 'acknowledge_row_security', CASE WHEN acknowledge_row_security THEN 'true' END, known.row_security_acknowledged::text)
        ) said (number, argument, wanted, has)
    WHERE relation.type_id = known.type_id AND relation.is_default AND wanted IS NOT NULL AND wanted IS DISTINCT FROM has;
    RETURN CASE WHEN differing IS NULL THEN 'It is registered so: there is nothing to do.'
        ELSE format('Change what it is registered with: SELECT segments.alter_interaction(%L, %s).', known.name, differing) END;
END
$$;
COMMENT ON FUNCTION segments_internal.already_registered_hint(segments.interaction_type, text, jsonb, name, name, name, boolean) IS
    'the call that makes a registered interaction type what another registration of its table would have made it';

CREATE FUNCTION segments_internal.already_unification_hint(
    profile_id_column name, record_id_column name, record_type_column name, record_type text, rows_where text, normalize_ids text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    differing text;
BEGIN
    SELECT string_agg(format('%s => %L', argument, wanted), ', ' ORDER BY number) INTO differing
    FROM segments.unification known
    CROSS JOIN LATERAL (VALUES
        (1, 'profile_id_column', already_unification_hint.profile_id_column::text, known.profile_id_column::text),
        (2, 'record_id_column', already_unification_hint.record_id_column::text, known.record_id_column::text),
        (3, 'record_type_column', already_unification_hint.record_type_column::text, known.record_type_column::text),
        (4, 'record_type', already_unification_hint.record_type, known.record_type),
        (5, 'rows_where', already_unification_hint.rows_where, known.rows_where),
        (6, 'normalize_ids', segments_internal.normalize_words(already_unification_hint.normalize_ids), known.normalize_ids)) said (number, argument, wanted, has)
    WHERE wanted IS NOT NULL AND wanted IS DISTINCT FROM has;
    RETURN CASE WHEN differing IS NULL THEN 'It is registered so: there is nothing to do.'
        ELSE format('Change what it is registered with: SELECT segments.alter_unification(%s).', differing) END;
END
$$;
COMMENT ON FUNCTION segments_internal.already_unification_hint(name, name, name, text, text, text) IS
    'the call that makes the unification what another registration of its table would have made it';

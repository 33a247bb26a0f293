-- Changing what is registered, without unregistering it: names, fields and relations need no new reading of the data; other columns
-- for time or record are read with the next refresh.

CREATE FUNCTION segments_internal.resolved_names(definition text) RETURNS text[]
AS 'MODULE_PATHNAME', 'segments_resolved_names' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION segments_internal.resolved_names(text) IS
    'what each name in a definition leads to, in the order of the text; empty where it leads nowhere';

CREATE FUNCTION segments_internal.names_type(definition text, type_id int) RETURNS boolean
AS 'MODULE_PATHNAME', 'segments_names_type' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION segments_internal.names_type(text, int) IS 'whether a definition names an interaction type';

-- The relations of a type as the JSON that register_interaction takes.
CREATE FUNCTION segments_internal.relations_of(of_type_id int) RETURNS jsonb
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('name', name, 'display_name', display_name, 'record_type_column', record_type_column,
        'record_type', record_type, 'record_id_column', record_id_column, 'default', is_default)
        || CASE WHEN normalize_ids IS NULL THEN '{}' ELSE jsonb_build_object('normalize_ids', normalize_ids) END ORDER BY is_default DESC, name), '[]')
    FROM segments.interaction_relation WHERE type_id = of_type_id
$$;
COMMENT ON FUNCTION segments_internal.relations_of(int) IS 'the relations of an interaction type, as JSON';

CREATE FUNCTION segments_internal.renamed_definition(definition text, before text[]) RETURNS text
AS 'MODULE_PATHNAME', 'segments_renamed_definition' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION segments_internal.renamed_definition(text, text[]) IS
    'the definition with other names where its own lead elsewhere than they did, as resolved_names told before; null: there are none';

CREATE FUNCTION segments_internal.shortest_lock_timeout() RETURNS text
AS 'MODULE_PATHNAME', 'segments_shortest_lock_timeout' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.shortest_lock_timeout() IS
    'what lock_timeout is to be, in ms, so that others are waited for no longer than segments.lock_timeout, nor longer than the session would';

-- Whoever changes or runs the segment is waited for, but not for ever; its definition must be the one that was read.
CREATE FUNCTION segments_internal.lock_segment(locked_id int, definition text, altered_name text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    outer_timeout text := current_setting('lock_timeout');
    holder int;
    present text;
BEGIN
    PERFORM set_config('lock_timeout', segments_internal.shortest_lock_timeout(), true);
    SELECT locked.definition INTO present FROM segments.segment locked WHERE segment_id = locked_id FOR NO KEY UPDATE;
    PERFORM set_config('lock_timeout', outer_timeout, true);
    IF present IS DISTINCT FROM lock_segment.definition THEN
        RAISE EXCEPTION 'a saved segment that names % was changed meanwhile', altered_name USING ERRCODE = 'serialization_failure',
            DETAIL = 'Its definition gets the new names, too.', HINT = 'Try again.';
    END IF;
EXCEPTION WHEN lock_not_available THEN
    SELECT held.pid INTO holder FROM segments.segment locked
    JOIN pg_locks held ON held.locktype = 'transactionid' AND held.granted AND held.transactionid = locked.xmax
    WHERE locked.segment_id = locked_id;
    RAISE EXCEPTION 'a saved segment that names % is being changed or evaluated', altered_name USING ERRCODE = 'lock_not_available',
        DETAIL = 'Its definition gets the new names, too.' || coalesce(format(' That is done by process %s.', holder), ''),
        HINT = 'Try again when that has ended; pg_terminate_backend() ends it.';
END
$$;
COMMENT ON FUNCTION segments_internal.lock_segment(int, text, text) IS
    'keeps others from changing a segment until the transaction ends; waits for segments.lock_timeout. Errors: 55P03 (with the process that holds it), 40001 (its definition is another one by then)';

-- Definitions whose names lead elsewhere than `before`, an object of key: names, says, get the names that lead there now.  Raises if
-- there are none.
CREATE FUNCTION segments_internal.rewrite_saved_definitions(before jsonb, altered_name text, caller name, hint text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    kept record;
    stuck int[] := '{}';
BEGIN
    FOR kept IN
        SELECT * FROM (
            SELECT saved.*, segments_internal.renamed_definition(saved.definition,
                       ARRAY(SELECT name FROM jsonb_array_elements_text(before -> saved.key) WITH ORDINALITY AS was (name, number) ORDER BY number))
                   AS renamed
            FROM segments.kept_definition saved WHERE before ? saved.key) saved
        WHERE renamed IS DISTINCT FROM definition
    LOOP
        IF kept.renamed IS NULL THEN
            stuck := CASE WHEN kept.version IS NULL THEN stuck || kept.segment_id ELSE stuck END;
        ELSIF kept.version IS NOT NULL THEN
            UPDATE segments.segment_version SET renamed_definition = kept.renamed
            WHERE segment_id = kept.segment_id AND version = kept.version;
        ELSE
            PERFORM segments_internal.lock_segment(kept.segment_id, kept.definition, altered_name);
            UPDATE segments.segment SET definition = kept.renamed, version = version + 1 WHERE segment_id = kept.segment_id;
            PERFORM segments_internal.note_version(kept.segment_id, caller, 'names of ' || altered_name);
        END IF;
    END LOOP;
    IF cardinality(stuck) > 0 THEN
        RAISE EXCEPTION 'names in saved segments would lead elsewhere' USING ERRCODE = 'dependent_objects_still_exist',
            DETAIL = (
                SELECT format('Segments that use them: %s%s.', count(*), coalesce(', among them ' || string_agg(quote_literal(name), ', ' ORDER BY name)
                    FILTER (WHERE coalesce(pg_has_role(caller, owner, 'USAGE'), false)), ''))
                FROM segments.saved_segment WHERE segment_id = ANY (stuck)),
            HINT = rewrite_saved_definitions.hint;
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.rewrite_saved_definitions(jsonb, text, name, text) IS
    'gives saved definitions whose names lead elsewhere than they did the names that lead there now, as new versions; raises 2BP01 '
    'where there is none';

CREATE FUNCTION segments_internal.names_in_saved_definitions() RETURNS jsonb
LANGUAGE sql SET search_path TO pg_catalog, pg_temp AS $$
    SELECT segments_internal.lock_names();
    SELECT coalesce(jsonb_object_agg(key, segments_internal.resolved_names(definition)), '{}') FROM segments.kept_definition
$$;
COMMENT ON FUNCTION segments_internal.names_in_saved_definitions() IS
    'what the names in saved definitions lead to, by key of kept_definition; nobody else saves any until the transaction ends';

CREATE FUNCTION segments_internal.record_alteration(
    altered segments.interaction_type, relations jsonb, fields jsonb, reads_whole boolean, caller name) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    before jsonb;
BEGIN
    PERFORM segments_internal.lock_interaction_types();
    PERFORM segments_internal.check_type_names(altered.type_id, altered.name, altered.display_name, altered.aliases);
    PERFORM segments_internal.check_takes_over_nothing(caller, altered.source, altered.aliases || ARRAY[altered.name, altered.display_name]);
    before := segments_internal.names_in_saved_definitions();
    UPDATE segments.interaction_type SET name = altered.name, display_name = altered.display_name, group_name = altered.group_name,
        description = altered.description, aliases = altered.aliases, time_column = altered.time_column,
        time_zone = altered.time_zone, time_unit = altered.time_unit,
        row_security_acknowledged = altered.row_security_acknowledged,
        rows_where = altered.rows_where, rows_where_columns = altered.rows_where_columns, rows_where_names = altered.rows_where_names
    WHERE type_id = altered.type_id;
    PERFORM segments_internal.write_relations(altered.type_id, relations);
    PERFORM segments_internal.write_fields(altered.type_id, fields);
    IF reads_whole THEN
        -- Until the next refresh has read it whole there is nothing to answer from.
        UPDATE segments.source_leaf SET captured_by = @FOREVER@ WHERE source = altered.source;
    END IF;
    PERFORM segments_internal.rewrite_saved_definitions(before, altered.name, caller,
        'Choose names that tell the type''s fields apart, or give these segments other definitions first: segments.update_segment().');
END
$$;
COMMENT ON FUNCTION segments_internal.record_alteration(segments.interaction_type, jsonb, jsonb, boolean, name) IS
    'writes what alter_interaction changes to the catalog';

-- relations as they shall be: those given, else those that are; the default one with the columns that are given.
CREATE FUNCTION segments_internal.altered_relations(
    of_type_id int, relations jsonb, record_id_column name, record_type_column name, record_type text, normalize_ids text) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    known jsonb := segments_internal.relations_of(of_type_id);
BEGIN
    IF relations IS NULL THEN
        relations := known;
    ELSIF jsonb_typeof(relations) = 'array' AND NOT relations @> '[{"default": true}]' THEN
        relations := jsonb_path_query_array(known, '$[*] ? (@.default == true)') || relations;
    END IF;
    IF jsonb_typeof(relations) <> 'array' OR num_nulls(record_id_column, record_type_column, record_type, normalize_ids) = 4 THEN
        RETURN relations;
    END IF;
    RETURN (SELECT jsonb_agg(CASE WHEN relation @> '{"default": true}' THEN relation
            || CASE WHEN record_id_column IS NULL THEN '{}' ELSE jsonb_build_object('record_id_column', record_id_column) END
            || CASE WHEN record_type_column IS NULL AND record_type IS NULL THEN '{}'
                ELSE jsonb_build_object('record_type_column', record_type_column, 'record_type', record_type) END
            || CASE WHEN normalize_ids IS NULL THEN '{}' ELSE jsonb_build_object('normalize_ids', normalize_ids) END
        ELSE relation END ORDER BY number)
        FROM jsonb_array_elements(relations) WITH ORDINALITY AS given (relation, number));
END
$$;
COMMENT ON FUNCTION segments_internal.altered_relations(int, jsonb, name, name, text, text) IS
    'the relations of an interaction type after alter_interaction, as JSON';

CREATE FUNCTION segments_internal.can_refer(field_type regtype, field_collation oid, key_type regtype) RETURNS boolean
AS 'MODULE_PATHNAME', 'segments_can_refer' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segments_internal.can_refer(regtype, oid, regtype) IS
    'whether values of a column can be keys of a look-up: texts of any, uuids and whole numbers of their like';

CREATE FUNCTION segments_internal.check_refers(field_source regclass, field_column name, key_source regclass, key_column name) RETURNS void
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    is_array boolean;
    field pg_attribute;
    key pg_attribute;
BEGIN
    SELECT * INTO field FROM pg_attribute WHERE attrelid = field_source AND attname = field_column AND attnum > 0 AND NOT attisdropped;
    SELECT * INTO key FROM pg_attribute WHERE attrelid = key_source AND attname = key_column AND attnum > 0 AND NOT attisdropped;
    IF field.attnum IS NULL OR key.attnum IS NULL THEN
        RETURN;  -- one that is gone is told elsewhere
    END IF;
    IF field.attgenerated = 'v' THEN
        RAISE EXCEPTION 'column "%" of % is a virtual generated column', field_column, field_source USING ERRCODE = 'wrong_object_type',
            DETAIL = 'Its values are not captured.', HINT = segments_internal.stored_column_hint(field_source, field_column);
    END IF;
    IF NOT segments_internal.can_refer(segments_internal.base_type(field.atttypid), field.attcollation, segments_internal.base_type(key.atttypid)) THEN
        is_array := EXISTS (SELECT FROM pg_type WHERE oid = segments_internal.base_type(field.atttypid) AND typsubscript = 'array_subscript_handler'::regproc);
        RAISE EXCEPTION 'values of column "%" of % cannot be looked up by a key of type %', field_column, field_source, format_type(key.atttypid, NULL)
            USING ERRCODE = 'datatype_mismatch',
            DETAIL = format('Its type is %s%s. Texts are compared with any key as that is written, uuids with uuids, whole numbers with whole numbers.',
                format_type(field.atttypid, NULL), CASE WHEN field.attcollation <> 0 AND NOT (SELECT collisdeterministic FROM pg_collation WHERE oid = field.attcollation)
                    THEN ', with a nondeterministic collation' ELSE '' END),
            HINT = format('Give both columns the same type; or add a column of texts%s, and look that up: %s.', CASE WHEN is_array THEN ', here of the first element' ELSE '' END,
                segments_internal.owner_statement(field_source, format('ALTER TABLE %s ADD COLUMN %I text COLLATE "C" GENERATED ALWAYS AS (%s::text) STORED',
                    field_source, left(field_column, 58) || '_text', format(CASE WHEN is_array THEN '(%I)[1]' ELSE '%I' END, field_column))));
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_refers(regclass, name, regclass, name) IS
    'raises 42804 unless values of a column can be looked up by a key';

-- `others`: how many arguments there are that a look-up has no use for.
CREATE FUNCTION segments_internal.check_altered_lookup(lookup segments.interaction_type, others int, key_column name) RETURNS void
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    IF others > 0 THEN
        RAISE EXCEPTION '% is a look-up', lookup.name USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'Its rows are of no time and of no person.', HINT = 'Its key column is its record_id_column; leave out time_column, time_zone, time_unit, record_type_column, record_type, relations, rows_where and normalize_ids.';
    END IF;
    IF key_column IS NOT NULL THEN
        PERFORM segments_internal.check_record_columns(lookup.source, NULL, '(look-up)', key_column);
        PERFORM segments_internal.check_lookup_key(lookup.source, key_column);
        PERFORM segments_internal.check_refers(referring.source, field.column_name, lookup.source, key_column)
        FROM segments.lookup_field field JOIN segments.interaction_type referring USING (type_id) WHERE field.lookup_id = lookup.type_id;
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_altered_lookup(segments.interaction_type, int, name) IS
    'raises an error unless a look-up can be registered so. Errors: 22023 (what it has no use for), and those of register_lookup';

CREATE FUNCTION segments_internal.alter_interaction(
    caller oid, name text, new_name text, display_name text, group_name text, description text, aliases text[], relations jsonb,
    fields jsonb, time_column name, record_id_column name, record_type_column name, record_type text,
    acknowledge_row_security boolean, time_zone text, time_unit text, rows_where text, normalize_ids text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    former segments.interaction_type := segments_internal.find_interaction(name);
    altered segments.interaction_type := former;
    reads_whole boolean;
    reads_relation boolean;
BEGIN
    PERFORM segments_internal.check_is_owner(caller, former.source);
    altered.name := coalesce(new_name, former.name);
    altered.display_name := coalesce(display_name, CASE former.display_name WHEN former.name THEN altered.name ELSE former.display_name END);
    altered.group_name := coalesce(group_name, former.group_name);
    altered.description := nullif(coalesce(description, former.description), '');
    altered.aliases := coalesce(aliases, former.aliases);
    altered.row_security_acknowledged := coalesce(acknowledge_row_security, former.row_security_acknowledged);
    altered := segments_internal.with_time(altered, time_column, time_zone, time_unit);
    IF num_nonnulls(time_column, time_zone, time_unit) > 0 THEN
        PERFORM segments_internal.check_time_column(altered.source, altered.time_column, altered.time_zone, altered.time_unit, altered.kind);
    END IF;
    PERFORM segments_internal.check_type_names(former.type_id, altered.name, altered.display_name, altered.aliases);
    PERFORM segments_internal.check_descriptions(group_name, description);
    IF former.kind = 'look-up' THEN
        PERFORM segments_internal.check_altered_lookup(former, num_nonnulls(relations, time_column, time_zone, time_unit, record_type_column, record_type, rows_where, normalize_ids), record_id_column);
    END IF;
    IF num_nonnulls(relations, record_id_column, record_type_column, record_type, normalize_ids) > 0 THEN
        relations := segments_internal.altered_relations(former.type_id, relations, record_id_column, record_type_column, record_type, normalize_ids);
        PERFORM segments_internal.check_relations(former.source, relations);
    ELSE
        relations := segments_internal.relations_of(former.type_id);
    END IF;
    fields := coalesce(fields, '[]');
    PERFORM segments_internal.check_fields(former.source, fields);
    SELECT altered.time_column <> former.time_column
        -- What windows of a profile source look at is a field, and is held as it is.
        OR former.kind = 'interaction' AND (altered.time_zone, altered.time_unit) IS DISTINCT FROM (former.time_zone, former.time_unit)
        OR (known.record_id_column, known.record_type_column, known.record_type, known.normalize_ids)
            IS DISTINCT FROM (given.record_id_column, given.record_type_column, given.record_type, segments_internal.normalize_words(given.normalize_ids))
    INTO reads_whole
    FROM segments.interaction_relation known, jsonb_to_recordset(relations) AS given (
        record_id_column name, record_type_column name, record_type text, normalize_ids text, "default" boolean)
    WHERE known.type_id = former.type_id AND known.is_default AND given."default";
    -- The same as before is read again, too: functions that it calls may say otherwise by now.
    reads_whole := reads_whole OR rows_where IS NOT NULL;
    IF rows_where IS NOT NULL THEN
        PERFORM segments_internal.check_may_give_condition(caller, former.source);
    END IF;
    SELECT EXISTS (
        SELECT FROM segments.interaction_relation known
        JOIN jsonb_to_recordset(relations) AS given (name text, record_id_column name, record_type_column name, record_type text, normalize_ids text) USING (name)
        WHERE known.type_id = former.type_id AND known.relation_id IS NOT NULL
          AND (known.record_id_column, known.record_type_column, known.record_type, known.normalize_ids)
              IS DISTINCT FROM (given.record_id_column, given.record_type_column, given.record_type, segments_internal.normalize_words(given.normalize_ids)))
    INTO reads_relation;
    IF reads_whole OR reads_relation THEN
        -- Waits for writers and makes every leaf count as changed.
        PERFORM segments_internal.detach_triggers(former.source);
        PERFORM segments_internal.attach_triggers(former.source, former.stamp);
    END IF;
    IF rows_where IS NOT NULL THEN
        SELECT canonical, columns, names INTO altered.rows_where, altered.rows_where_columns, altered.rows_where_names
        FROM segments_internal.row_condition(former.source, nullif(rows_where, ''));
    END IF;
    PERFORM segments_internal.record_alteration(altered, relations, fields, reads_whole, pg_get_userbyid(caller));
END
$$;
COMMENT ON FUNCTION segments_internal.alter_interaction(
    oid, text, text, text, text, text, text[], jsonb, jsonb, name, name, name, text, boolean, text, text, text, text) IS
    'what segments.alter_interaction does for a caller';

CREATE FUNCTION segments.alter_interaction(
    name text,
    new_name text DEFAULT NULL,
    display_name text DEFAULT NULL,
    group_name text DEFAULT NULL,
    description text DEFAULT NULL,
    aliases text[] DEFAULT NULL,
    relations jsonb DEFAULT NULL,
    fields jsonb DEFAULT NULL,
    time_column name DEFAULT NULL,
    record_id_column name DEFAULT NULL,
    record_type_column name DEFAULT NULL,
    record_type text DEFAULT NULL,
    acknowledge_row_security boolean DEFAULT NULL,
    time_zone text DEFAULT NULL,
    time_unit text DEFAULT NULL,
    rows_where text DEFAULT NULL,
    normalize_ids text DEFAULT NULL) RETURNS void
AS 'MODULE_PATHNAME', 'segments_as_registrar' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.alter_interaction(
    text, text, text, text, text, text[], jsonb, jsonb, name, name, name, text, boolean, text, text, text, text) IS
    'changes what an interaction type is registered with; whatever is null stays as it is, and nothing of the table is lost. '
    'aliases and relations replace the former ones (the default relation stays unless another one is given); fields replaces names of '
    'the columns it lists, and '
    'leaves others; an empty description removes it. JSON as for register_interaction. Another time_column, time_zone or time_unit (an empty one removes it), other columns of the '
    'default relation (as after ALTER TABLE ... RENAME COLUMN), another normalize_ids of it (the empty text: ids are taken as they are), or another condition on rows (rows_where; the empty text: all count; the same as before: when a function that it calls was replaced by one that says otherwise) are read with the next refresh; until then asking about the type is an '
    'error (55000). Saved segments go on meaning what they meant: where a name in one would lead elsewhere, its definition gets the new '
    'name, as a new version (segment_versions). For the owner of the table or of the extension. Errors: 42704 (no such type), 55P03 (such '
    'a segment is being changed), 2BP01 (no name leads to what it names any more), and those of register_interaction';

CREATE FUNCTION segments_internal.record_altered_unification(altered segments.unification) RETURNS void
LANGUAGE sql SET search_path TO pg_catalog, pg_temp AS $$
    UPDATE segments.unification SET (record_type_column, record_type, record_id_column, profile_id_column, row_security_acknowledged,
            rows_where, rows_where_columns, rows_where_names, normalize_ids) =
        (altered.record_type_column, altered.record_type, altered.record_id_column, altered.profile_id_column,
         altered.row_security_acknowledged, altered.rows_where, altered.rows_where_columns, altered.rows_where_names, altered.normalize_ids);
$$;
COMMENT ON FUNCTION segments_internal.record_altered_unification(segments.unification) IS
    'writes what alter_unification changes to the catalog';

CREATE FUNCTION segments_internal.alter_unification(
    caller oid, profile_id_column name, record_id_column name, record_type_column name, record_type text,
    acknowledge_row_security boolean, rows_where text, normalize_ids text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    former segments.unification;
    altered segments.unification;
BEGIN
    SELECT * INTO former FROM segments.unification;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no unification is registered' USING ERRCODE = 'undefined_object',
            HINT = 'Register the table that maps records to profiles with segments.register_unification.';
    END IF;
    PERFORM segments_internal.check_is_owner(caller, former.source);
    altered := former;
    altered.profile_id_column := coalesce(profile_id_column, former.profile_id_column);
    altered.record_id_column := coalesce(record_id_column, former.record_id_column);
    IF record_type_column IS NOT NULL OR record_type IS NOT NULL THEN
        altered.record_type_column := record_type_column;
        altered.record_type := record_type;
    END IF;
    altered.row_security_acknowledged := coalesce(acknowledge_row_security, former.row_security_acknowledged);
    IF normalize_ids IS NOT NULL THEN
        altered.normalize_ids := segments_internal.normalize_words(normalize_ids);
    END IF;
    IF num_nonnulls(profile_id_column, record_id_column, record_type_column, record_type, rows_where) > 0
        OR altered.normalize_ids IS DISTINCT FROM former.normalize_ids THEN
        PERFORM segments_internal.check_record_columns(
            former.source, altered.record_type_column, altered.record_type, altered.record_id_column);
        PERFORM segments_internal.check_record_type(altered.record_type);
        PERFORM segments_internal.check_profile_column(former.source, altered.profile_id_column);
        PERFORM segments_internal.detach_triggers(former.source);
        PERFORM segments_internal.attach_triggers(former.source, former.stamp);
    END IF;
    IF rows_where IS NOT NULL THEN
        PERFORM segments_internal.check_may_give_condition(caller, former.source);
        SELECT canonical, columns, names INTO altered.rows_where, altered.rows_where_columns, altered.rows_where_names
        FROM segments_internal.row_condition(former.source, nullif(rows_where, ''));
    END IF;
    PERFORM segments_internal.record_altered_unification(altered);
END
$$;
COMMENT ON FUNCTION segments_internal.alter_unification(oid, name, name, name, text, boolean, text, text) IS
    'what segments.alter_unification does for a caller';

CREATE FUNCTION segments.alter_unification(
    profile_id_column name DEFAULT NULL,
    record_id_column name DEFAULT NULL,
    record_type_column name DEFAULT NULL,
    record_type text DEFAULT NULL,
    acknowledge_row_security boolean DEFAULT NULL,
    rows_where text DEFAULT NULL,
    normalize_ids text DEFAULT NULL) RETURNS void
AS 'MODULE_PATHNAME', 'segments_as_registrar' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.alter_unification(name, name, name, text, boolean, text, text) IS
    'changes which columns of the unification map records to profiles (as after ALTER TABLE ... RENAME COLUMN), how ids of records are made alike (normalize_ids; the empty text: not at all), and which of its rows count '
    '(rows_where; the empty text: all; the same as before: when a function that it calls was replaced by one that says otherwise); whatever is '
    'null stays as it is. The next refresh compares the whole mapping. For the owner of the table or of the extension. Errors: 42704 (none is '
    'registered), and those of register_unification';

REVOKE EXECUTE ON FUNCTION
    segments_internal.shortest_lock_timeout(),
    segments_internal.lock_segment(int, text, text),
    segments_internal.can_refer(regtype, oid, regtype),
    segments_internal.check_refers(regclass, name, regclass, name),
    segments_internal.check_altered_lookup(segments.interaction_type, int, name),
    segments_internal.names_type(text, int),
    segments_internal.alter_interaction(oid, text, text, text, text, text, text[], jsonb, jsonb, name, name, name, text, boolean, text, text, text, text),
    segments_internal.alter_unification(oid, name, name, name, text, boolean, text, text),
    segments_internal.resolved_names(text),
    segments_internal.renamed_definition(text, text[]),
    segments_internal.rewrite_saved_definitions(jsonb, text, name, text),
    segments_internal.names_in_saved_definitions(),
    segments_internal.record_alteration(segments.interaction_type, jsonb, jsonb, boolean, name),
    segments_internal.altered_relations(int, jsonb, name, name, text, text),
    segments.alter_interaction(text, text, text, text, text, text[], jsonb, jsonb, name, name, name, text, boolean, text, text, text, text),
    segments_internal.record_altered_unification(segments.unification),
    segments.alter_unification(name, name, name, text, boolean, text, text)
FROM PUBLIC;

-- Tables that were loaded anew and swapped in, by renaming, under the name of a registered one.

CREATE VIEW segments.swapped_source AS
SELECT name.type_id, known.name, known.source AS registered, class.oid::regclass AS swapped_in,
       coalesce(class.relowner = registered.owner, false) AS has_same_owner
FROM segments.source_name name
JOIN segments.source_owner registered USING (type_id)
JOIN (SELECT type_id, interaction_type.name, source FROM segments.interaction_type
      UNION ALL SELECT 0, NULL, source FROM segments.unification) known USING (type_id)
JOIN pg_namespace namespace ON namespace.nspname = name.schema_name
JOIN pg_class class ON class.relnamespace = namespace.oid AND class.relname = name.table_name
WHERE class.oid <> known.source AND class.relkind IN ('r', 'p', 'v', 'm', 'f');
COMMENT ON VIEW segments.swapped_source IS 'registered tables under whose name stands another table';
COMMENT ON COLUMN segments.swapped_source.type_id IS 'number of the interaction type; 0: the unification';
COMMENT ON COLUMN segments.swapped_source.name IS 'name of the interaction type';
COMMENT ON COLUMN segments.swapped_source.registered IS 'the table that is registered';
COMMENT ON COLUMN segments.swapped_source.swapped_in IS 'the table that has its name now';
COMMENT ON COLUMN segments.swapped_source.has_same_owner IS 'whether both have the same owner';
GRANT SELECT ON segments.swapped_source TO PUBLIC;

-- Raises unless another table can be that of a type.
CREATE FUNCTION segments_internal.check_successor(taken_type int, new_source regclass) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    known record;
    relation record;
BEGIN
    SELECT type.row_security_acknowledged, type.time_column, type.time_zone, type.time_unit, type.kind, type.name, NULL::name AS profile_id_column, type.rows_where_columns INTO known
    FROM segments.interaction_type type WHERE type.type_id = taken_type
    UNION ALL
    SELECT row_security_acknowledged, NULL, NULL, NULL, NULL, NULL, profile_id_column, rows_where_columns FROM segments.unification WHERE taken_type = 0;
    PERFORM segments_internal.check_source(new_source, known.row_security_acknowledged);
    IF known.time_column IS NOT NULL THEN
        PERFORM segments_internal.check_time_column(new_source, known.time_column, known.time_zone, known.time_unit, known.kind, known.name);
    END IF;
    IF known.profile_id_column IS NOT NULL THEN
        PERFORM segments_internal.check_profile_column(new_source, known.profile_id_column);
    END IF;
    PERFORM segments_internal.check_condition_column(new_source, column_name) FROM unnest(known.rows_where_columns) column_name;
    PERFORM segments_internal.check_type_column(new_source, type_column) FROM segments.event_source WHERE type_id = taken_type;
    FOR relation IN
        SELECT record_type_column, record_type, record_id_column FROM segments.interaction_relation WHERE type_id = taken_type
        UNION ALL
        SELECT record_type_column, record_type, record_id_column FROM segments.unification WHERE taken_type = 0
    LOOP
        PERFORM segments_internal.check_record_columns(new_source, relation.record_type_column, relation.record_type, relation.record_id_column);
    END LOOP;
    IF EXISTS (SELECT FROM segments.interaction_type WHERE source = new_source UNION ALL SELECT FROM segments.unification WHERE source = new_source) THEN
        RAISE EXCEPTION '% is already registered', new_source USING ERRCODE = 'duplicate_object';
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_successor(int, regclass) IS
    'raises an error unless another table has what is registered of an interaction type (0: the unification)';

-- Makes another table that of a type.  What was read of the old one goes with the next refresh; columns have other numbers, so that
-- nothing can be asked of the type until then.
CREATE FUNCTION segments_internal.take_over(taken_type int, new_source regclass) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    PERFORM segments_internal.check_successor(taken_type, new_source);
    PERFORM segments_internal.put_back(new_source, (SELECT stamp FROM segments.interaction_type WHERE type_id = taken_type
        UNION ALL SELECT stamp FROM segments.unification WHERE taken_type = 0));
    PERFORM segments_internal.note_source(taken_type, new_source);
END
$$;
COMMENT ON FUNCTION segments_internal.take_over(int, regclass) IS 'makes another table that of an interaction type (0: the unification)';

CREATE FUNCTION segments_internal.note_source(taken_type int, new_source regclass) RETURNS void
LANGUAGE sql SET search_path TO pg_catalog, pg_temp AS $$
    UPDATE segments.interaction_type SET source = new_source WHERE type_id = taken_type;
    UPDATE segments.unification SET source = new_source WHERE taken_type = 0;
    DELETE FROM segments.source_column WHERE type_id = taken_type;
$$;
COMMENT ON FUNCTION segments_internal.note_source(int, regclass) IS 'writes which table is that of an interaction type';

-- Called by refreshes, in a transaction before the one that reads, when nothing has to be waited for any more.
CREATE FUNCTION segments_internal.follow_source(followed_type int, swapped_in regclass) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    PERFORM segments_internal.take_over(followed_type, swapped_in);
    RAISE WARNING '% is another table now, and is read whole', swapped_in
        USING DETAIL = format('%s was registered under this name; the owner and the registered columns are the same.',
            CASE followed_type WHEN 0 THEN 'The unification' ELSE 'The table of ' || segments_internal.called(followed_type) END);
END
$$;
COMMENT ON FUNCTION segments_internal.follow_source(int, regclass) IS
    'registers a table that was swapped in, by renaming, for a registered one';

-- What take_over() writes.  Whoever registers has locked the table first, too.
CREATE FUNCTION segments_internal.lock_registered(locked_type int) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM segments.interaction_type WHERE type_id = locked_type FOR UPDATE NOWAIT;
    PERFORM FROM segments.unification WHERE locked_type = 0 FOR UPDATE NOWAIT;
    PERFORM FROM segments.source_name WHERE type_id = locked_type FOR UPDATE NOWAIT;
    PERFORM FROM segments.source_column WHERE type_id = locked_type FOR UPDATE NOWAIT;
EXCEPTION WHEN lock_not_available THEN
    RAISE EXCEPTION 'another transaction has changed what is registered of it, and has not ended' USING ERRCODE = 'lock_not_available';
END
$$;
COMMENT ON FUNCTION segments_internal.lock_registered(int) IS
    'locks what is written of the table of an interaction type (0: of the unification), at once or not at all. Errors: 55P03';

CREATE FUNCTION segments_internal.confirm_source(caller oid, interaction_type text) RETURNS regclass
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    swapped record;
BEGIN
    SELECT * INTO swapped FROM segments.swapped_source
    WHERE CASE WHEN interaction_type IS NULL THEN type_id = 0
          ELSE segments_internal.fold_name(name) = segments_internal.fold_name(interaction_type) END;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is nothing to confirm' USING ERRCODE = 'undefined_object',
            DETAIL = 'No other table stands under the name of the one that was registered.',
            HINT = 'Give the name of the interaction type, or null for the unification.';
    END IF;
    PERFORM segments_internal.check_is_owner(caller, swapped.swapped_in);
    -- Else whoever may create tables in the schema could feed somebody else's type.
    PERFORM segments_internal.check_is_owner(caller, swapped.registered);
    PERFORM segments_internal.take_over(swapped.type_id, swapped.swapped_in);
    RETURN swapped.swapped_in;
END
$$;
COMMENT ON FUNCTION segments_internal.confirm_source(oid, text) IS 'what segments.confirm_source does for a caller';

CREATE FUNCTION segments.confirm_source(interaction_type text DEFAULT NULL) RETURNS regclass
AS 'MODULE_PATHNAME', 'segments_as_registrar' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.confirm_source(text) IS
    'says that the table which stands under the name of a registered one is now that of the interaction type (null: of the '
    'unification); the next refresh reads it whole. The caller must own both (of a table that was dropped: have owned it). Errors: 42704 (no other table), 42501 (privileges), 42703 '
    'and 42804 (a registered column is missing or of another type)';

-- Tables that are not registered, under the name of one that is, and why the next refresh does not follow to them by itself (null: it does).
CREATE FUNCTION segments_internal.other_tables(types int[], OUT swapped segments.swapped_source, OUT refusal text)
RETURNS SETOF record
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    FOR swapped IN
        SELECT source.* FROM segments.swapped_source source JOIN pg_class ON pg_class.oid = source.swapped_in
        WHERE pg_class.relkind IN ('r', 'p') AND (types IS NULL OR source.type_id = ANY (types))
          AND NOT EXISTS (SELECT FROM segments.interaction_type type WHERE type.source = source.swapped_in
                          UNION ALL SELECT FROM segments.unification WHERE unification.source = swapped_in)
        ORDER BY source.type_id
    LOOP
        refusal := NULL;
        BEGIN
            PERFORM segments_internal.check_successor(swapped.type_id, swapped.swapped_in);
            IF NOT swapped.has_same_owner THEN
                refusal := 'it has another owner';
            END IF;
        EXCEPTION WHEN OTHERS THEN
            refusal := SQLERRM;
        END;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION segments_internal.other_tables(int[]) IS
    'tables under the name of a registered one, and why the next refresh does not follow to them (null: it does)';

-- What is deleted from a registered table comes back with the next refresh if another stands under its name, which that will read.
-- Returns those of interaction types, so that rows can be deleted from them as well; raises 55000 if that cannot be.  types: null:
-- all.
CREATE FUNCTION segments_internal.tables_swapped_in(types int[], is_either_deleted_from boolean, OUT type_id int, OUT relation oid)
RETURNS SETOF record
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    swapped record;
BEGIN
    FOR swapped IN SELECT (other.swapped).* FROM segments_internal.other_tables(types) other WHERE other.refusal IS NULL LOOP
        IF is_either_deleted_from AND swapped.type_id <> 0 THEN
            type_id := swapped.type_id;
            relation := swapped.swapped_in;
            RETURN NEXT;
            CONTINUE;
        END IF;
        RAISE EXCEPTION '% is not the table that was registered', swapped.swapped_in USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = format('It stands under the name of the table of %s, so that the next refresh will read it. Nothing was changed.',
                segments_internal.called(swapped.type_id)),
            HINT = format('Have it read first: CALL segments.refresh(), or SELECT segments.confirm_source(%s).',
                coalesce(quote_literal(swapped.name), ''));
    END LOOP;
END
$$;
COMMENT ON FUNCTION segments_internal.tables_swapped_in(int[], boolean) IS
    'tables that the next refresh will read instead of those that are registered; raises 55000 if rows cannot be deleted from both';

-- Whoever may create tables in a schema can take the name of one that was dropped or renamed: that must keep nobody from deleting.
CREATE FUNCTION segments_internal.warn_of_other_tables(types int[]) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    other record;
BEGIN
    FOR other IN SELECT (found.swapped).*, found.refusal FROM segments_internal.other_tables(types) found WHERE found.refusal IS NOT NULL LOOP
        RAISE WARNING 'nothing is deleted from %', other.swapped_in
            USING DETAIL = format('It stands under the name of the table of %s, and is not the one that was registered. A refresh does not read it: %s.',
                    segments_internal.called(other.type_id), other.refusal),
                HINT = 'Delete from it by hand what must go: segments.forgotten() looks there, too.';
    END LOOP;
END
$$;
COMMENT ON FUNCTION segments_internal.warn_of_other_tables(int[]) IS
    'names the tables under the name of a registered one that the next refresh does not read';

REVOKE EXECUTE ON FUNCTION
    segments_internal.confirm_source(oid, text),
    segments_internal.check_successor(int, regclass),
    segments_internal.take_over(int, regclass),
    segments_internal.other_tables(int[]),
    segments_internal.tables_swapped_in(int[], boolean),
    segments_internal.warn_of_other_tables(int[]),
    segments_internal.note_source(int, regclass),
    segments_internal.follow_source(int, regclass),
    segments_internal.lock_registered(int),
    segments.confirm_source(text)
FROM PUBLIC;

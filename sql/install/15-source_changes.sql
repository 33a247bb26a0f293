-- What is done when a registered table is not as it was.  Tables are altered as their owner.

CREATE FUNCTION segments_internal.note_row_security(interaction_type text) RETURNS void
LANGUAGE sql SET search_path TO pg_catalog, pg_temp AS $$
    UPDATE segments.interaction_type known SET row_security_acknowledged = true
    WHERE segments_internal.fold_name(known.name) = segments_internal.fold_name(note_row_security.interaction_type);
    UPDATE segments.unification SET row_security_acknowledged = true WHERE note_row_security.interaction_type IS NULL;
$$;
COMMENT ON FUNCTION segments_internal.note_row_security(text) IS 'writes that row-level security of a registered table is intended';

-- Before another takes its place.
CREATE FUNCTION segments_internal.drop_broken_stamp(source regclass) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    dependents text;
    keeps_nothing text;
BEGIN
    PERFORM segments_internal.drop_stamp_index(source);
    PERFORM segments_internal.run_as_owner(source, format('ALTER TABLE %s DROP COLUMN segments_xid', source))
    FROM pg_attribute WHERE attrelid = source AND attname = 'segments_xid' AND NOT attisdropped;
EXCEPTION WHEN dependent_objects_still_exist THEN
    GET STACKED DIAGNOSTICS dependents = PG_EXCEPTION_DETAIL;
    SELECT segments_internal.owner_statement(source, format('ALTER TABLE %s ALTER COLUMN segments_xid DROP %s', source,
        CASE attgenerated WHEN '' THEN 'DEFAULT' ELSE 'EXPRESSION' END)) || '; '
    INTO keeps_nothing FROM pg_attribute WHERE attrelid = source AND attname = 'segments_xid' AND atthasdef;
    RAISE EXCEPTION 'column "segments_xid" of % is used by other objects', source
        USING ERRCODE = 'dependent_objects_still_exist',
        DETAIL = dependents,
        HINT = format('Let it stay for them under another name, then try again: %s%s.', keeps_nothing,
            segments_internal.owner_statement(source, format('ALTER TABLE %s RENAME COLUMN segments_xid TO former_segments_xid', source)));
END
$$;
COMMENT ON FUNCTION segments_internal.drop_broken_stamp(regclass) IS
    'drops a stamp column that is not as registration made it. Errors: 2BP01 (a view or another object uses it; the hint says what to do)';

CREATE FUNCTION segments_internal.put_back(source regclass, stamp text) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    PERFORM segments_internal.check_one_owner(source);
    PERFORM segments_internal.detach_triggers(source);
    BEGIN
        PERFORM segments_internal.check_stamps(stamp, ARRAY(SELECT segments_internal.tables_below(source)), NULL);
    EXCEPTION WHEN object_not_in_prerequisite_state THEN
        PERFORM segments_internal.drop_broken_stamp(source);
        PERFORM segments_internal.attach_stamp(source, stamp);
    END;
    PERFORM segments_internal.attach_triggers(source, stamp);
    PERFORM segments_internal.check_triggers(
        source, stamp, ARRAY(SELECT segments_internal.tables_below(source)), NULL);
END
$$;
COMMENT ON FUNCTION segments_internal.put_back(regclass, text) IS 'makes the stamp column and the triggers of a table what registration makes of them';

CREATE FUNCTION segments_internal.reattach_source(caller oid, interaction_type text, acknowledge_row_security boolean) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    known record;
BEGIN
    SELECT 0 AS type_id, source, stamp INTO known FROM segments.unification WHERE interaction_type IS NULL
    UNION ALL
    SELECT type.type_id, type.source, type.stamp FROM segments.interaction_type type
    WHERE segments_internal.fold_name(type.name) = segments_internal.fold_name(interaction_type);
    IF NOT FOUND THEN
        RAISE EXCEPTION '%', coalesce(format('unknown interaction type "%s"', interaction_type), 'no unification is registered')
            USING ERRCODE = 'undefined_object';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_class WHERE oid = known.source) THEN
        RAISE EXCEPTION 'its table does not exist any more' USING ERRCODE = 'undefined_table', HINT = segments_internal.lost_table_hint(known.type_id);
    END IF;
    PERFORM segments_internal.check_source(known.source, true, false);
    PERFORM segments_internal.check_is_owner(caller, known.source);
    IF acknowledge_row_security THEN
        PERFORM segments_internal.note_row_security(interaction_type);
    END IF;
    PERFORM segments_internal.put_back(known.source, known.stamp);
END
$$;
COMMENT ON FUNCTION segments_internal.reattach_source(oid, text, boolean) IS 'what segments.reattach_source does for a caller';

CREATE FUNCTION segments.reattach_source(
    interaction_type text DEFAULT NULL, acknowledge_row_security boolean DEFAULT false) RETURNS void
AS 'MODULE_PATHNAME', 'segments_as_registrar' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.reattach_source(text, boolean) IS
    'puts the stamp column and the triggers of an interaction type''s table (null: of the unification''s) back as registration made '
    'them, where they are missing or changed; names, fields and saved segments stay, and the next refresh reads the table whole. '
    'acknowledge_row_security: the table''s row-level security is intended. The caller must own the table. Errors: 42704 (no such '
    'type), 42501 (privileges), 42809 (not a table that can be captured), 55000 (a trigger comes after the one that stamps rows), 2BP01 (a '
    'view uses the stamp column; the hint says what to do)';

-- Under which name a table was registered, and whose it was: who loads a table anew and swaps it in by renaming leaves another table
-- under the name.  Not dumped: it is written again with what is registered.
CREATE TABLE segments.source_name (
    type_id int PRIMARY KEY,           -- 0: the unification
    source oid NOT NULL,               -- its number in this database; what is registered under another was restored while triggers were off
    schema_name name NOT NULL,
    table_name name NOT NULL,
    owner oid NOT NULL,                -- of when the last refresh began; the number goes to another role one day, and the name may
    owner_name name NOT NULL
);
COMMENT ON TABLE segments.source_name IS 'names of tables when they were registered, and whose they were when a refresh last looked';
GRANT SELECT ON segments.source_name TO PUBLIC;

CREATE FUNCTION segments_internal.note_source_name() RETURNS trigger
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    noted_type CONSTANT int := CASE TG_TABLE_NAME WHEN 'unification' THEN 0
        ELSE (to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END) ->> 'type_id')::int END;
BEGIN
    DELETE FROM segments.source_name WHERE type_id = noted_type;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO segments.source_name
        SELECT noted_type, NEW.source, name[1], name[2], coalesce(class.relowner, 0), coalesce(pg_get_userbyid(class.relowner), '')
        FROM parse_ident(NEW.table_name) name LEFT JOIN pg_class class ON class.oid = NEW.source;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION segments_internal.note_source_name() IS 'keeps segments.source_name';
CREATE TRIGGER note_source_name AFTER INSERT OR DELETE OR UPDATE OF source ON segments.interaction_type
    FOR EACH ROW EXECUTE FUNCTION segments_internal.note_source_name();
CREATE TRIGGER note_source_name AFTER INSERT OR DELETE OR UPDATE OF source ON segments.unification
    FOR EACH ROW EXECUTE FUNCTION segments_internal.note_source_name();
ALTER TABLE segments.interaction_type ENABLE ALWAYS TRIGGER note_source_name;
ALTER TABLE segments.unification ENABLE ALWAYS TRIGGER note_source_name;

CREATE FUNCTION segments_internal.full_name(relation oid) RETURNS text
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT format('%I.%I', nspname, relname) FROM pg_class class JOIN pg_namespace namespace ON namespace.oid = relnamespace WHERE class.oid = relation);
END
$$;
COMMENT ON FUNCTION segments_internal.full_name(oid) IS 'schema and name of a relation, quoted; null if there is none';

-- A dump has the name of a table, and its number once it has been dropped: in the database that is made of it, this is that of another table,
-- whose rows an erasure would delete. Numbers are given from the lowest up, so that no table has one at the end.
CREATE FUNCTION segments_internal.no_table(of_type_id int) RETURNS oid
LANGUAGE sql IMMUTABLE SET search_path TO pg_catalog, pg_temp AS $$ SELECT (4294967295 - of_type_id)::oid $$;
COMMENT ON FUNCTION segments_internal.no_table(int) IS 'the number that stands for the table of an interaction type (0: of the unification) that was restored without it';

CREATE FUNCTION segments_internal.restored_table(restored_type int, kind text, name text, source oid, table_name text) RETURNS oid
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    IF source = to_regclass(table_name) THEN
        RETURN source;
    END IF;
    RAISE WARNING '% is restored without its table', CASE restored_type WHEN 0 THEN 'the unification' ELSE segments_internal.called(kind, name) END
        USING DETAIL = format('It was %s when the database was dumped, or had been dropped or renamed by then.', table_name),
        HINT = format('Once a table of that name, with its columns, is there: SELECT segments.confirm_source(%s).', coalesce(quote_literal(name), ''));
    RETURN segments_internal.no_table(restored_type);
END
$$;
COMMENT ON FUNCTION segments_internal.restored_table(int, text, text, oid, text) IS
    'the table that an interaction type (0: the unification) was restored with: under its number if that is the table of its name, else none, with a warning';

CREATE FUNCTION segments_internal.find_registered_table() RETURNS trigger
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    given CONSTANT jsonb := to_jsonb(NEW);
BEGIN
    IF TG_OP = 'UPDATE' OR NEW.table_name IS NULL THEN
        NEW.table_name := coalesce(segments_internal.full_name(NEW.source), NEW.table_name);
    ELSE
        NEW.source := segments_internal.restored_table(coalesce((given ->> 'type_id')::int, 0), given ->> 'kind', given ->> 'name', NEW.source, NEW.table_name);
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION segments_internal.find_registered_table() IS 'keeps the names of registered tables; one that is restored under a number that is none of its own is none';
CREATE TRIGGER find_registered_table BEFORE INSERT OR UPDATE OF source ON segments.interaction_type
    FOR EACH ROW EXECUTE FUNCTION segments_internal.find_registered_table();
CREATE TRIGGER find_registered_table BEFORE INSERT OR UPDATE OF source ON segments.unification
    FOR EACH ROW EXECUTE FUNCTION segments_internal.find_registered_table();
ALTER TABLE segments.interaction_type ENABLE ALWAYS TRIGGER find_registered_table;
ALTER TABLE segments.unification ENABLE ALWAYS TRIGGER find_registered_table;

-- Restores may switch triggers off (pg_restore --disable-triggers).  Until a table has been looked for, its number is not believed.
CREATE FUNCTION segments_internal.known_table(of_type_id int, given oid) RETURNS oid
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT CASE WHEN EXISTS (SELECT FROM segments.source_name noted WHERE noted.type_id = of_type_id AND noted.source = given)
        THEN given ELSE segments_internal.no_table(of_type_id) END
$$;
COMMENT ON FUNCTION segments_internal.known_table(int, oid) IS
    'the number of an interaction type''s table (0: of the unification''s), or of none if it was restored while triggers were off';

CREATE FUNCTION segments_internal.find_restored_tables() RETURNS void
LANGUAGE sql SET search_path TO pg_catalog, pg_temp AS $$
    UPDATE segments.interaction_type restored SET source = segments_internal.restored_table(type_id, kind, name, source, table_name)
    WHERE source <> segments_internal.known_table(type_id, source);
    UPDATE segments.unification restored SET source = segments_internal.restored_table(0, NULL, NULL, source, table_name)
    WHERE source <> segments_internal.known_table(0, source);
$$;
COMMENT ON FUNCTION segments_internal.find_restored_tables() IS 'looks for the tables of what was restored while triggers were off';

CREATE FUNCTION segments_internal.note_owners() RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    UPDATE segments.interaction_type known SET table_name = segments_internal.full_name(source) WHERE table_name <> segments_internal.full_name(source);
    UPDATE segments.unification known SET table_name = segments_internal.full_name(source) WHERE table_name <> segments_internal.full_name(source);
    UPDATE segments.source_name noted SET owner = class.relowner, owner_name = pg_get_userbyid(class.relowner)
    FROM (SELECT type_id, source FROM segments.interaction_type UNION ALL SELECT 0, source FROM segments.unification) known
    JOIN pg_class class ON class.oid = known.source
    WHERE known.type_id = noted.type_id AND (noted.owner, noted.owner_name) <> (class.relowner, pg_get_userbyid(class.relowner));
END
$$;
COMMENT ON FUNCTION segments_internal.note_owners() IS 'notes what registered tables are called now, and whose they are';

CREATE VIEW segments.source_owner AS
SELECT noted.type_id, known.source, coalesce(class.relowner, role.oid) AS owner
FROM segments.source_name noted
JOIN (SELECT type_id, source FROM segments.interaction_type UNION ALL SELECT 0, source FROM segments.unification) known USING (type_id)
LEFT JOIN pg_class class ON class.oid = known.source
LEFT JOIN pg_roles role ON role.oid = noted.owner AND role.rolname = noted.owner_name;
COMMENT ON VIEW segments.source_owner IS
    'whose registered tables are; of those that were dropped: whose they were, null if that role is gone';

-- Unregistering the type is no help: that loses its names.
CREATE FUNCTION segments_internal.lost_table_hint(of_type_id int) RETURNS text
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT format('Create it again, or rename another table with its columns to %I.%I: %s reads that whole, and no '
        'name and no segment is lost.', schema_name, table_name,
        CASE WHEN owner <> 0 THEN 'the next refresh' ELSE format('after SELECT segments.confirm_source(%s), the next refresh',
            coalesce((SELECT quote_literal(name) FROM segments.interaction_type WHERE type_id = of_type_id), '')) END)
    FROM segments.source_name WHERE type_id = of_type_id
$$;
COMMENT ON FUNCTION segments_internal.lost_table_hint(int) IS 'what to do about an interaction type (0: the unification) whose table was dropped';

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
    segments_internal.reattach_source(oid, text, boolean),
    segments_internal.confirm_source(oid, text),
    segments_internal.note_row_security(text),
    segments_internal.drop_broken_stamp(regclass),
    segments_internal.put_back(regclass, text),
    segments.reattach_source(text, boolean),
    segments_internal.note_source_name(),
    segments_internal.full_name(oid),
    segments_internal.no_table(int),
    segments_internal.restored_table(int, text, text, oid, text),
    segments_internal.find_registered_table(),
    segments_internal.find_restored_tables(),
    segments_internal.note_owners(),
    segments_internal.lost_table_hint(int),
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

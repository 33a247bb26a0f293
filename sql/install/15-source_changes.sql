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
    PERFORM segments_internal.check_partition_count(source);
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
    PERFORM segments_internal.check_table_exists(known.type_id, known.source);
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
COMMENT ON COLUMN segments.source_name.type_id IS 'number of the interaction type; 0: the unification';
COMMENT ON COLUMN segments.source_name.source IS 'the number that the table has in this database';
COMMENT ON COLUMN segments.source_name.schema_name IS 'the schema in which it was registered';
COMMENT ON COLUMN segments.source_name.table_name IS 'the name under which it was registered';
COMMENT ON COLUMN segments.source_name.owner IS 'number of the role that owned it when a refresh last looked';
COMMENT ON COLUMN segments.source_name.owner_name IS 'name of that role';

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
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    RETURN CASE WHEN EXISTS (SELECT FROM segments.source_name noted WHERE noted.type_id = of_type_id AND noted.source = given)
        THEN given ELSE segments_internal.no_table(of_type_id) END;
END
$$;
COMMENT ON FUNCTION segments_internal.known_table(int, oid) IS
    'the number of an interaction type''s table (0: of the unification''s), or of none if it was restored while triggers were off';

CREATE FUNCTION segments_internal.find_restored_tables() RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    UPDATE segments.interaction_type restored SET source = segments_internal.restored_table(type_id, kind, name, source, table_name)
    WHERE source <> segments_internal.known_table(type_id, source);
    UPDATE segments.unification restored SET source = segments_internal.restored_table(0, NULL, NULL, source, table_name)
    WHERE source <> segments_internal.known_table(0, source);
END
$$;
COMMENT ON FUNCTION segments_internal.find_restored_tables() IS 'looks for the tables of what was restored while triggers were off';

-- A refresh waits for no registrar here: what one has changed, and not committed, is noted by the next.
CREATE FUNCTION segments_internal.find_free_restored_tables() RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    -- All or none: a registrar, too, looks for all of them.
    PERFORM FROM segments.interaction_type WHERE source <> segments_internal.known_table(type_id, source) FOR UPDATE NOWAIT;
    PERFORM FROM segments.unification WHERE source <> segments_internal.known_table(0, source) FOR UPDATE NOWAIT;
    PERFORM segments_internal.find_restored_tables();
EXCEPTION WHEN lock_not_available THEN
    RAISE LOG 'what was restored while triggers were off is locked, and looked for by the next refresh';
END
$$;
COMMENT ON FUNCTION segments_internal.find_free_restored_tables() IS 'find_restored_tables() if nobody has locked what was restored';

CREATE FUNCTION segments_internal.note_owners() RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    UPDATE segments.interaction_type known SET table_name = segments_internal.full_name(source) WHERE type_id IN (
        SELECT type_id FROM segments.interaction_type WHERE table_name <> segments_internal.full_name(source) FOR NO KEY UPDATE SKIP LOCKED);
    UPDATE segments.unification known SET table_name = segments_internal.full_name(source) WHERE only_one IN (
        SELECT only_one FROM segments.unification WHERE table_name <> segments_internal.full_name(source) FOR NO KEY UPDATE SKIP LOCKED);
    UPDATE segments.source_name noted SET owner = class.relowner, owner_name = pg_get_userbyid(class.relowner)
    FROM pg_class class WHERE class.oid = noted.source AND noted.type_id IN (
        SELECT known.type_id FROM segments.source_name
        JOIN (SELECT type_id, source FROM segments.interaction_type UNION ALL SELECT 0, source FROM segments.unification) known USING (type_id, source)
        JOIN pg_class ON pg_class.oid = source
        WHERE (owner, owner_name) <> (relowner, pg_get_userbyid(relowner)) FOR NO KEY UPDATE OF source_name SKIP LOCKED);
END
$$;
COMMENT ON FUNCTION segments_internal.note_owners() IS
    'notes what registered tables are called now, and whose they are, but of those that a registrar has locked';

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
    SELECT CASE WHEN EXISTS (SELECT FROM pg_class WHERE oid = to_regclass(format('%I.%I', schema_name, table_name)) AND relkind IN ('r', 'p', 'v', 'm', 'f'))
        THEN format('Another one is called %I.%I. If that is to be read from now on, %s, and the next refresh reads it whole: no name and no segment is lost.',
            schema_name, table_name, confirm)
        ELSE format('Create it again, or rename another table with its columns to %I.%I: %s reads that whole, and no '
            'name and no segment is lost.', schema_name, table_name,
            CASE WHEN owner <> 0 THEN 'the next refresh' ELSE format('after %s, the next refresh', confirm) END) END
    FROM segments.source_name CROSS JOIN LATERAL (SELECT format('SELECT segments.confirm_source(%s)',
        (SELECT quote_literal(name) FROM segments.interaction_type WHERE type_id = of_type_id))) confirming (confirm)
    WHERE type_id = of_type_id
$$;
COMMENT ON FUNCTION segments_internal.lost_table_hint(int) IS 'what to do about an interaction type (0: the unification) whose table was dropped';

REVOKE EXECUTE ON FUNCTION
    segments_internal.reattach_source(oid, text, boolean),
    segments_internal.note_row_security(text),
    segments_internal.drop_broken_stamp(regclass),
    segments_internal.put_back(regclass, text),
    segments.reattach_source(text, boolean),
    segments_internal.note_source_name(),
    segments_internal.full_name(oid),
    segments_internal.restored_table(int, text, text, oid, text),
    segments_internal.find_registered_table(),
    segments_internal.find_restored_tables(),
    segments_internal.find_free_restored_tables(),
    segments_internal.note_owners(),
    segments_internal.lost_table_hint(int)
FROM PUBLIC;

-- What is done when a registered table is not as it was.  Tables are altered as their owner.

CREATE FUNCTION segments_internal.note_row_security(interaction_type text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $$
    UPDATE segments.interaction_type known SET row_security_acknowledged = true
    WHERE segments_internal.fold_name(known.name) = segments_internal.fold_name(note_row_security.interaction_type);
    UPDATE segments.unification SET row_security_acknowledged = true WHERE note_row_security.interaction_type IS NULL;
$$;
COMMENT ON FUNCTION segments_internal.note_row_security(text) IS 'writes that row-level security of a registered table is intended';

CREATE FUNCTION segments.reattach_source(
    interaction_type text DEFAULT NULL, acknowledge_row_security boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    known record;
BEGIN
    SELECT source, stamp INTO known FROM segments.unification WHERE interaction_type IS NULL
    UNION ALL
    SELECT type.source, type.stamp FROM segments.interaction_type type
    WHERE segments_internal.fold_name(type.name) = segments_internal.fold_name(interaction_type);
    IF NOT FOUND THEN
        RAISE EXCEPTION '%', coalesce(format('unknown interaction type "%s"', interaction_type), 'no unification is registered')
            USING ERRCODE = 'undefined_object';
    END IF;
    PERFORM segments_internal.check_source(known.source, true, false);
    IF acknowledge_row_security THEN
        IF NOT pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = known.source), 'USAGE') THEN
            RAISE EXCEPTION 'must be owner of table %', known.source USING ERRCODE = 'insufficient_privilege';
        END IF;
        PERFORM segments_internal.note_row_security(interaction_type);
    END IF;
    PERFORM segments_internal.check_one_owner(known.source);
    PERFORM segments_internal.detach_triggers(known.source);
    BEGIN
        PERFORM segments_internal.check_stamps(known.stamp, ARRAY(SELECT segments_internal.tables_below(known.source)), NULL);
    EXCEPTION WHEN object_not_in_prerequisite_state THEN
        PERFORM segments_internal.run_as_owner(known.source, format('ALTER TABLE %s DROP COLUMN IF EXISTS segments_xid', known.source));
        PERFORM segments_internal.attach_stamp(known.source, known.stamp);
    END;
    PERFORM segments_internal.attach_triggers(known.source, known.stamp);
    PERFORM segments_internal.check_triggers(
        known.source, known.stamp, ARRAY(SELECT segments_internal.tables_below(known.source)), NULL);
END
$$;
COMMENT ON FUNCTION segments.reattach_source(text, boolean) IS
    'puts the stamp column and the triggers of an interaction type''s table (null: of the unification''s) back as registration made '
    'them, where they are missing or changed; names, fields and saved segments stay, and the next refresh reads the table whole. '
    'acknowledge_row_security: the table''s row-level security is intended. The caller must own the table. Errors: 42704 (no such '
    'type), 42501 (privileges), 42809 (not a table that can be captured), 55000 (a trigger comes after the one that stamps rows)';

REVOKE EXECUTE ON FUNCTION
    segments_internal.note_row_security(text),
    segments.reattach_source(text, boolean)
FROM PUBLIC;

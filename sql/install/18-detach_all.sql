-- Leaving: every table gives back what registration has put on it, and what depends on the extension is told.

-- Tables that carry something of ours though they are not registered: partitions that were detached, copies made with LIKE.
CREATE FUNCTION segments_internal.leftover_tables() RETURNS SETOF regclass
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT class.oid FROM pg_class class
    WHERE class.relkind IN ('r', 'p') AND NOT class.relispartition AND (
        EXISTS (SELECT FROM pg_trigger WHERE tgrelid = class.oid
                AND tgfoid IN ('segments.keep_stamp'::regproc, 'segments.set_stamp'::regproc, 'segments.log_change'::regproc))
        OR EXISTS (SELECT FROM pg_attrdef JOIN pg_depend ON classid = 'pg_attrdef'::regclass AND objid = pg_attrdef.oid
                   WHERE adrelid = class.oid AND refclassid = 'pg_proc'::regclass AND refobjid = 'segments.xact_stamp'::regproc)
        OR EXISTS (SELECT FROM pg_index JOIN pg_opclass ON pg_opclass.oid = ANY (indclass)
                   WHERE indrelid = class.oid AND opcname = 'xid8_minmax_ops' AND opcnamespace = 'segments'::regnamespace))
    ORDER BY class.oid
$$;
COMMENT ON FUNCTION segments_internal.leftover_tables() IS 'tables with a stamp or triggers that are not registered';

-- What copies the rows of a view into a table that does not need the extension.
CREATE FUNCTION segments_internal.copy_statement(relation oid) RETURNS text
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT segments_internal.owner_statement(relation, format('CREATE TABLE %s.%I AS %s', class.relnamespace::regnamespace, left(class.relname, 58) || '_kept',
        CASE WHEN bool_or(ours.oid IS NOT NULL) THEN
            format('SELECT %s FROM %s', string_agg(CASE WHEN ours.oid IS NULL THEN quote_ident(attname) ELSE
                format('%1$I::%2$s AS %1$I', attname, CASE typname WHEN 'profile_set' THEN 'bytea' ELSE 'text' END) END, ', '
                ORDER BY attnum), relation::regclass)
        ELSE format('TABLE %s', relation::regclass) END))
    FROM pg_class class JOIN pg_attribute ON attrelid = class.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_type ours ON ours.oid = atttypid AND typnamespace = 'segments'::regnamespace
    WHERE class.oid = relation GROUP BY class.oid
$$;
COMMENT ON FUNCTION segments_internal.copy_statement(oid) IS
    'what keeps the rows of a view, or of a materialized view, in a table without types of the extension';

-- What would stand in the way of DROP EXTENSION, and what is lost with CASCADE.
CREATE FUNCTION segments_internal.warn_of_dependents() RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    found record;
BEGIN
    FOR found IN
        WITH member AS (
            SELECT classid, objid FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
                AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'segments')
            UNION ALL SELECT 'pg_class'::regclass, relation FROM segments.typed_member_table  -- made for generated views
        )
        SELECT DISTINCT class.oid, pg_describe_object('pg_class'::regclass, class.oid, coalesce(attribute.attnum, 0)) AS object,
               CASE WHEN attribute.attnum > 0 THEN segments_internal.owner_statement(class.oid,
                        format('ALTER TABLE %1$s ALTER COLUMN %2$I TYPE %3$s USING %2$I::%3$s',
                            class.oid::regclass, attribute.attname, CASE typname WHEN 'profile_set' THEN 'bytea' ELSE 'text' END))
                    WHEN generated.name IS NOT NULL THEN format('%s; SELECT segments.unpublish_segment(%L)',
                        segments_internal.copy_statement(class.oid), generated.name)
                    ELSE CASE class.relkind WHEN 'v' THEN format('SELECT pg_get_viewdef(%L); ', class.oid::regclass) ELSE '' END ||
                        format('%s; DROP %s %s', segments_internal.copy_statement(class.oid),
                            CASE class.relkind WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END, class.oid::regclass) ||
                        CASE WHEN pg_depend.refobjid IN (SELECT relation FROM segments.typed_member_table) THEN '; SELECT segments.detach_all()' ELSE '' END
                    END AS remedy
        FROM member JOIN pg_depend ON pg_depend.refclassid = member.classid AND pg_depend.refobjid = member.objid
        LEFT JOIN pg_rewrite ON pg_depend.classid = 'pg_rewrite'::regclass AND pg_rewrite.oid = pg_depend.objid
        JOIN pg_class class ON class.oid = CASE pg_depend.classid WHEN 'pg_rewrite'::regclass THEN pg_rewrite.ev_class
                                               WHEN 'pg_class'::regclass THEN pg_depend.objid END
        LEFT JOIN pg_attribute attribute ON attribute.attrelid = class.oid AND attribute.attnum = pg_depend.objsubid
            AND class.relkind IN ('r', 'p') AND pg_depend.refclassid = 'pg_type'::regclass
        LEFT JOIN pg_type ON pg_type.oid = attribute.atttypid
        LEFT JOIN (SELECT view, saved.name FROM segments.generated_view JOIN segments.saved_segment saved USING (segment_id)) generated ON generated.view = class.oid
        WHERE (class.relkind IN ('v', 'm') OR attribute.attnum > 0)
          AND NOT EXISTS (SELECT FROM member own WHERE own.classid = 'pg_class'::regclass AND own.objid = class.oid)
        ORDER BY class.oid DESC, 2
    LOOP
        RAISE WARNING '% depends on the extension', found.object
            USING DETAIL = 'DROP EXTENSION segments refuses while it does, and DROP EXTENSION segments CASCADE drops it.',
            HINT = format('Keep what it holds first: %s.', found.remedy);
    END LOOP;
    FOR found IN
        SELECT DISTINCT pg_proc.oid::regprocedure AS name, CASE prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END AS kind
        FROM pg_depend JOIN pg_depend member ON member.classid = pg_depend.refclassid AND member.objid = pg_depend.refobjid
        JOIN pg_proc ON pg_proc.oid = pg_depend.objid AND prokind <> 'a'
        WHERE pg_depend.classid = 'pg_proc'::regclass AND member.refclassid = 'pg_extension'::regclass AND member.deptype = 'e'
          AND member.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'segments')
          AND NOT EXISTS (SELECT FROM pg_depend own WHERE own.classid = 'pg_proc'::regclass AND own.objid = pg_proc.oid AND own.deptype = 'e')
        ORDER BY 1
    LOOP
        RAISE WARNING 'function % depends on the extension', found.name
            USING DETAIL = 'DROP EXTENSION segments refuses while it does, and DROP EXTENSION segments CASCADE drops it.',
            HINT = format('Keep its definition first: SELECT pg_get_functiondef(%L::regprocedure); DROP %s %s.',
                found.name, found.kind, found.name);
    END LOOP;
END
$$;
COMMENT ON FUNCTION segments_internal.warn_of_dependents() IS
    'warns of views, columns and functions that DROP EXTENSION would refuse to drop, with what keeps their rows';

-- Whoever may call a trigger function can put it on a table of their own: none of these keeps the others from being left.
CREATE FUNCTION segments_internal.detach_leftovers() RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    former CONSTANT text := current_setting('lock_timeout');
    begun CONSTANT timestamptz := clock_timestamp();
    budget CONSTANT int := segments_internal.shortest_lock_timeout();
    leftover regclass;
    is_of_other_session boolean;
BEGIN
    FOR leftover IN SELECT segments_internal.leftover_tables() LOOP
        -- Their owners may be many, and are waited for as long as one.
        IF budget > 0 THEN
            PERFORM set_config('lock_timeout', greatest(1, budget - extract(epoch FROM clock_timestamp() - begun) * 1000)::int::text, true);
        END IF;
        is_of_other_session := (SELECT pg_is_other_temp_schema(relnamespace) FROM pg_class WHERE oid = leftover);
        BEGIN
            IF is_of_other_session THEN
                RAISE EXCEPTION 'it is a temporary table of another session' USING ERRCODE = 'object_in_use';
            END IF;
            PERFORM segments_internal.detach_source(leftover);
        EXCEPTION WHEN OTHERS THEN
            RAISE WARNING 'table % keeps what it has of the extension',
                CASE WHEN is_of_other_session THEN (SELECT quote_ident(relname) FROM pg_class WHERE oid = leftover) ELSE leftover::text END USING ERRCODE = SQLSTATE, DETAIL = SQLERRM || '.',
                HINT = 'Call detach_all() again when that has ended; DROP EXTENSION ... CASCADE takes it away, too.';
        END;
    END LOOP;
    PERFORM set_config('lock_timeout', former, true);
END
$$;
COMMENT ON FUNCTION segments_internal.detach_leftovers() IS 'removes what is left of the extension on tables that are not registered; warns of those that keep it';

CREATE FUNCTION segments.detach_all() RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    PERFORM segments_internal.detach_source(type.source), segments_internal.forget_interaction(type.type_id)
    FROM (SELECT type_id, source FROM segments.interaction_type ORDER BY type_id) type;
    PERFORM segments.unregister_unification();
    PERFORM segments_internal.detach_leftovers();
    PERFORM segments_internal.drop_unused_member_tables();
    PERFORM segments_internal.warn_of_dependents();
END
$$;
COMMENT ON FUNCTION segments.detach_all() IS
    'unregisters every interaction type and the unification, and takes the stamp off detached partitions and copies of tables, so that '
    'DROP EXTENSION segments leaves your tables as they were. Warns of views, those of publish_segment among them, and of columns of your own that depend on the extension. '
    'A table that is not registered, and is locked or cannot be altered, is told by a warning. Errors: 2BP01 (a view uses a stamp; the hint says what to do)';

REVOKE EXECUTE ON FUNCTION
    segments_internal.leftover_tables(),
    segments_internal.copy_statement(oid),
    segments_internal.warn_of_dependents(),
    segments_internal.detach_leftovers(),
    segments.detach_all()
FROM PUBLIC;

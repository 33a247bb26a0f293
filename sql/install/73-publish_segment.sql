-- Generated views: one of the members of a segment, in a schema of choice, that belongs to the segment's owner.

CREATE TABLE segments.published_view (
    segment_id int PRIMARY KEY REFERENCES segments.segment ON DELETE CASCADE,
    view segments_internal.named_relation NOT NULL
);
COMMENT ON TABLE segments.published_view IS 'generated views of segments, also those that were dropped since';
SELECT pg_catalog.pg_extension_config_dump('segments.published_view',
    'WHERE EXISTS (SELECT FROM pg_catalog.pg_class class WHERE class.oid = view)');

CREATE FUNCTION segments.publish_segment(name text, schema text, view text DEFAULT NULL) RETURNS regclass
AS 'MODULE_PATHNAME', 'segments_publish_segment' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.publish_segment(text, text, text) IS
    'makes a view of a segment''s members (profile_id, in the type that it has in the table of the unification, or that which a domain is over) in a schema, named like the '
    'segment unless another name is given. It belongs to the segment''s owner and is granted like any view; roles that members were or will '
    'be granted to may read it, too. It follows the segment when that is renamed, and is made anew for its new owner, without what was '
    'granted on it, when that is given to another role. Only for the segment''s owner, and takes CREATE on the schema, for the caller '
    'and the owner. Errors: 42501 '
    '(privileges), 3F000 (no such schema), 42P07 (the schema has something of that name), 42622 (a name of more than 63 bytes), 42710 '
    '(published already), 55P03 (somebody has been making a view of that name for longer than segments.lock_timeout)';

CREATE FUNCTION segments.unpublish_segment(name text) RETURNS void
AS 'MODULE_PATHNAME', 'segments_unpublish_segment' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.unpublish_segment(text) IS
    'drops the view that publish_segment made. Only for the segment''s owner. Errors: 42704 (not published), 2BP01 (views depend on it), 55P03 '
    '(somebody has been reading it for longer than segments.lock_timeout)';

REVOKE EXECUTE ON FUNCTION segments.publish_segment(text, text, text), segments.unpublish_segment(text) FROM PUBLIC;

-- What generated views read: like segments_internal.member, with another type of profile_id.  Made when first needed, so no members
-- of the extension: they are dumped as tables are.
CREATE VIEW segments.typed_member_table AS
SELECT format('%I.%I', schema.nspname, class.relname) AS name, class.oid AS relation, column_type.atttypid AS type,
       column_type.atttypmod AS modifier, column_type.attcollation AS collation
FROM pg_foreign_table
JOIN pg_foreign_server server ON server.oid = ftserver AND server.srvname = 'segments_member'
JOIN pg_class class ON class.oid = ftrelid
JOIN pg_namespace schema ON schema.oid = class.relnamespace AND schema.nspname = 'segments_internal'
LEFT JOIN pg_attribute column_type ON attrelid = class.oid AND attname = 'profile_id' AND NOT attisdropped
WHERE NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = class.oid AND deptype = 'e');
COMMENT ON VIEW segments.typed_member_table IS 'tables of members that generated views read, by the type of profile_id';

-- A name that somebody else is giving to a table, or is taking from one, and has not ended, is passed over after a while.
CREATE FUNCTION segments_internal.create_member_table(type oid, modifier int, collation_id oid) RETURNS text
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp SET lock_timeout TO '100ms' AS $$
DECLARE
    plain text := (SELECT 'member_' || left(typname::text, length) FROM pg_type, generate_series(40, 0, -1) length
        WHERE pg_type.oid = type AND octet_length(left(typname::text, length)) <= 40 ORDER BY length DESC LIMIT 1);
    name text;
BEGIN
    FOR number IN 1 .. 1000 LOOP
        name := plain || CASE number WHEN 1 THEN '' ELSE '_' || number END;
        CONTINUE WHEN EXISTS (SELECT FROM pg_class WHERE relname = name AND relnamespace = 'segments_internal'::regnamespace);
        name := format('segments_internal.%I', name);
        BEGIN
            EXECUTE format('CREATE FOREIGN TABLE %s (segment text, profile_id %s %s, since timestamptz, as_of timestamptz) SERVER segments_member',
                name, format_type(type, modifier),
                (SELECT format('COLLATE %I.%I', nspname, collname) FROM pg_collation JOIN pg_namespace ON pg_namespace.oid = collnamespace
                 WHERE pg_collation.oid = collation_id));
            RETURN name;
        EXCEPTION WHEN duplicate_table OR duplicate_object OR unique_violation OR lock_not_available THEN NULL;
        END;
    END LOOP;
    RAISE EXCEPTION 'no name is left for a table of members' USING ERRCODE = 'program_limit_exceeded',
        HINT = 'Views that are not used any more free some: segments.unpublish_segment().';
END
$$;
COMMENT ON FUNCTION segments_internal.create_member_table(oid, int, oid) IS 'creates a table of members with profile_id in a type, and returns its name';

CREATE FUNCTION segments_internal.make_member_table(type oid, modifier int, collation_id oid) RETURNS text
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    name text := segments_internal.create_member_table(type, modifier, collation_id);
    given record;
    part record;
BEGIN
    -- What ALTER DEFAULT PRIVILEGES gave.
    FOR given IN SELECT DISTINCT grantee FROM pg_class, aclexplode(relacl) WHERE pg_class.oid = name::regclass AND grantee <> relowner LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %s', name, CASE given.grantee WHEN 0 THEN 'PUBLIC' ELSE given.grantee::regrole::text END);
    END LOOP;
    EXECUTE format('COMMENT ON FOREIGN TABLE %s IS %L', name, 'what generated views show');
    FOR part IN SELECT attname AS column, col_description(attrelid, attnum) AS comment FROM pg_attribute
        WHERE attrelid = 'segments_internal.member'::regclass AND attnum > 0 LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', name, part.column, part.comment);
    END LOOP;
    EXECUTE format('GRANT SELECT ON %s TO PUBLIC', name);
    RETURN name;
END
$$;
COMMENT ON FUNCTION segments_internal.make_member_table(oid, int, oid) IS 'makes a table of members with profile_id in a type';

-- The table is everybody's, so its columns depend on nothing that others can drop, and reading them runs nothing of theirs: no domain,
-- no collation, and no type (the column may have been given another one since it was registered).
CREATE FUNCTION segments_internal.published_id_type(OUT type oid, OUT modifier int, OUT collation oid)
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    WITH RECURSIVE below AS (
        SELECT atttypid, atttypmod, attcollation FROM segments.unification
        JOIN pg_attribute ON attrelid = source AND attname = profile_id_column AND NOT attisdropped
        UNION ALL
        SELECT typbasetype, typtypmod, attcollation FROM below JOIN pg_type ON pg_type.oid = atttypid AND typtype = 'd')
    SELECT coalesce(pg_type.oid, 'text'::regtype), coalesce(atttypmod, -1),
           CASE WHEN pg_type.oid IS NULL OR attcollation <> 0 AND NOT coalesce(collnamespace = 'pg_catalog'::regnamespace OR rolsuper
                    OR collowner = (SELECT extowner FROM pg_extension WHERE extname = 'segments'), false)
               THEN '"default"'::regcollation ELSE attcollation END
    FROM (SELECT) one
    LEFT JOIN (below JOIN pg_type ON pg_type.oid = atttypid AND pg_type.oid = ANY ('{text,varchar,bpchar,bigint,int,smallint,uuid}'::regtype[])) ON true
    LEFT JOIN pg_collation ON pg_collation.oid = attcollation
    LEFT JOIN pg_roles ON pg_roles.oid = collowner
$$;
COMMENT ON FUNCTION segments_internal.published_id_type() IS
    'the type of profile_id in generated views: that of the unification''s column, or that which its domain is over; text if it is none that ids may have';

-- Kept until the transaction ends.
CREATE FUNCTION segments_internal.typed_member_table() RETURNS text
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp SET lock_timeout TO '100ms' AS $$
DECLARE
    wanted record;
    known text;
BEGIN
    SELECT * INTO wanted FROM segments_internal.published_id_type();
    FOR known IN SELECT name FROM segments.typed_member_table typed
        WHERE (typed.type, typed.modifier, typed.collation) = (wanted.type, wanted.modifier, wanted.collation) ORDER BY relation LOOP
        BEGIN
            EXECUTE format('SELECT FROM %s LIMIT 0', known);
            RETURN known;
        EXCEPTION WHEN undefined_table OR lock_not_available THEN NULL; -- dropped meanwhile, or about to be
        END;
    END LOOP;
    RETURN segments_internal.make_member_table(wanted.type, wanted.modifier, wanted.collation);
END
$$;
COMMENT ON FUNCTION segments_internal.typed_member_table() IS
    'the table of members with profile_id in the type of the unification''s column, which is made if there is none';

CREATE FUNCTION segments_internal.drop_unused_member_tables() RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp SET lock_timeout TO '100ms' AS $$
DECLARE
    unused text;
BEGIN
    FOR unused IN SELECT name FROM segments.typed_member_table
        WHERE NOT EXISTS (SELECT FROM pg_depend WHERE refclassid = 'pg_class'::regclass AND refobjid = relation AND deptype = 'n')
    LOOP
        BEGIN
            EXECUTE format('DROP FOREIGN TABLE %s', unused);
        EXCEPTION WHEN lock_not_available OR dependent_objects_still_exist OR object_in_use OR undefined_table OR insufficient_privilege THEN
            NULL; -- somebody uses it now, has dropped it, or owns it since a restore
        END;
    END LOOP;
END
$$;
COMMENT ON FUNCTION segments_internal.drop_unused_member_tables() IS
    'drops tables that no generated view reads any more: DROP EXTENSION would refuse to';
REVOKE EXECUTE ON FUNCTION segments_internal.typed_member_table(), segments_internal.published_id_type(), segments_internal.make_member_table(oid, int, oid),
    segments_internal.create_member_table(oid, int, oid), segments_internal.drop_unused_member_tables() FROM PUBLIC;

-- Those that are still there, still of their segment's owner, and still of the form that they were made in: a number may be another
-- relation's by now, and whoever owns a view may put anything into it.
CREATE VIEW segments.generated_view AS
SELECT published.segment_id, class.oid AS view, class.relowner AS owner, format('%I.%I', schema.nspname, class.relname) AS name,
       schema.nspname::text AS schema_name, class.relname::text AS view_name, typed.name AS members
FROM segments.published_view published
JOIN segments.saved_segment segment ON segment.segment_id = published.segment_id
JOIN pg_class class ON class.oid = published.view AND class.relkind = 'v' AND class.relowner = segment.owner
JOIN pg_namespace schema ON schema.oid = class.relnamespace
JOIN pg_attribute id ON id.attrelid = class.oid AND id.attnum = class.relnatts AND id.attnum = 1 AND id.attname = 'profile_id'
JOIN pg_rewrite rule ON rule.ev_class = class.oid AND rule.rulename = '_RETURN'
CROSS JOIN LATERAL (
    SELECT typed.name FROM pg_depend depends JOIN segments.typed_member_table typed ON typed.relation = depends.refobjid
    WHERE depends.classid = 'pg_rewrite'::regclass AND depends.objid = rule.oid AND depends.refclassid = 'pg_class'::regclass
        AND (typed.type, typed.modifier, typed.collation) = (id.atttypid, id.atttypmod, id.attcollation)
    LIMIT 1) typed;
COMMENT ON VIEW segments.generated_view IS 'generated views of segments that exist, in the hands of the segments'' owners';

-- Who reads the changes of segments.  Neither key nor reference: whoever reads would wait for others, and keep segments from being
-- changed.  Not dumped, as cursors are of one database.
CREATE TABLE segments.history_reader (
    segment_id int NOT NULL,
    reader oid NOT NULL,
    reader_name text NOT NULL,         -- as in segment_owner
    read_at timestamptz NOT NULL
);
COMMENT ON TABLE segments.history_reader IS 'roles that follow segments by changes_since(), and when they last did, to the hour';
CREATE INDEX history_reader_segment ON segments.history_reader (segment_id, reader);

CREATE FUNCTION segments_internal.forget_history_readers() RETURNS trigger
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM segments.history_reader WHERE segment_id = OLD.segment_id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION segments_internal.forget_history_readers() IS 'removes what is noted of those who followed a segment that is dropped';
CREATE TRIGGER forget_history_readers AFTER DELETE ON segments.segment FOR EACH ROW EXECUTE FUNCTION segments_internal.forget_history_readers();

CREATE FUNCTION segments_internal.history_begins() RETURNS timestamptz
LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'segments_history_begins';
COMMENT ON FUNCTION segments_internal.history_begins() IS 'since when history is kept, by the setting segments.history_retention';

CREATE VIEW segments.following_reader AS
SELECT noted.segment_id, noted.reader_name, max(noted.read_at) AS read_at
FROM segments.history_reader noted
JOIN pg_roles role ON role.oid = noted.reader AND role.rolname = noted.reader_name
WHERE noted.read_at >= segments_internal.history_begins()
GROUP BY noted.segment_id, noted.reader_name;
COMMENT ON VIEW segments.following_reader IS 'roles with cursors on segments that they have read from within segments.history_retention';

-- What would miss a segment.
CREATE VIEW segments.segment_use AS
SELECT segment_id, 'generated view' AS kind, name AS used_by, NULL::timestamptz AS last_used, 1 AS position FROM segments.generated_view
UNION ALL
SELECT DISTINCT generated.segment_id, 'view', format('%I.%I', schema.nspname, class.relname), NULL::timestamptz, 2
FROM segments.generated_view generated
JOIN pg_depend depends ON depends.refclassid = 'pg_class'::regclass AND depends.refobjid = generated.view
    AND depends.classid = 'pg_rewrite'::regclass
JOIN pg_rewrite rule ON rule.oid = depends.objid AND rule.ev_class <> generated.view
JOIN pg_class class ON class.oid = rule.ev_class
JOIN pg_namespace schema ON schema.oid = class.relnamespace
UNION ALL
SELECT granted.segment_id, 'reader', coalesce(role.rolname, 'public'), NULL, 3
FROM segments.granted_reader granted LEFT JOIN pg_roles role ON role.oid = granted.reader
UNION ALL
SELECT segment_id, 'cursor', reader_name, read_at, 4 FROM segments.following_reader;
COMMENT ON VIEW segments.segment_use IS
    'what uses saved segments: generated views, views that read those, roles that members were granted to, roles that follow changes';

CREATE FUNCTION segments_internal.note_former_segment() RETURNS trigger
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO segments.former_name (kind, name, owner_name)
    SELECT 'segment', OLD.name, owner_name FROM segments.segment_owner WHERE segment_id = OLD.segment_id
        AND EXISTS (SELECT FROM segments.segment referring WHERE referring.definition LIKE '%segment ''%' AND referring.segment_id <> OLD.segment_id
                    AND OLD.name = ANY (segments_internal.referenced_segments(referring.definition)))
    ON CONFLICT DO NOTHING;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
COMMENT ON FUNCTION segments_internal.note_former_segment() IS 'notes whose the name of a segment was that is dropped or renamed although others refer to it';
CREATE TRIGGER note_former_segment BEFORE DELETE OR UPDATE OF name ON segments.segment FOR EACH ROW EXECUTE FUNCTION segments_internal.note_former_segment();

-- Definitions that name a segment, old versions included (version is null: in force), while the owner of the segment they belong
-- to may read that one.
CREATE VIEW segments.segment_reference AS
SELECT named.segment_id, kept.segment_id AS referring_id, kept.version, kept.definition
FROM segments.kept_definition kept
JOIN segments.saved_segment referring ON referring.segment_id = kept.segment_id
CROSS JOIN LATERAL unnest(segments_internal.referenced_segments(kept.definition)) referenced (name)
JOIN segments.saved_segment named ON named.name = referenced.name
CROSS JOIN (SELECT extowner FROM pg_extension WHERE extname = 'segments' LIMIT 1) extension
WHERE kept.definition LIKE '%segment ''%' AND named.segment_id <> kept.segment_id
    AND (coalesce(pg_has_role(referring.owner, named.owner, 'USAGE'), false) OR coalesce(pg_has_role(referring.owner, extension.extowner, 'USAGE'), false)
        OR EXISTS (SELECT FROM segments.granted_reader granted WHERE granted.segment_id = named.segment_id
            AND CASE WHEN granted.reader = 0 THEN referring.owner IS NOT NULL ELSE coalesce(pg_has_role(referring.owner, granted.reader, 'USAGE'), false) END));
COMMENT ON VIEW segments.segment_reference IS 'saved definitions that refer to segments which the owners of those definitions may read';

CREATE FUNCTION segments.segment_usage(name text) RETURNS TABLE (kind text, used_by text, last_used timestamptz)
AS 'MODULE_PATHNAME', 'segments_segment_usage' LANGUAGE C STABLE PARALLEL UNSAFE COST 1000 ROWS 10;
COMMENT ON FUNCTION segments.segment_usage(text) IS
    'what uses a segment: its generated view (publish_segment), views that read that, readers (roles that members were granted to), '
    'references (segments whose definitions name it: by name if the caller may read them, else by owner), and '
    'cursors: roles that have called changes_since within segments.history_retention, and when they last did, to the hour. segment_overview.is_used tells whether there is any. Only for its owner. Errors: 42704 (no such segment), 42501';

-- Generated views: one of the members of a segment, in a schema of choice, that belongs to the segment's owner.

CREATE TABLE segments.published_view (
    segment_id int PRIMARY KEY REFERENCES segments.segment ON DELETE CASCADE,
    view regclass NOT NULL
);
COMMENT ON TABLE segments.published_view IS 'generated views of segments, also those that were dropped since';
SELECT pg_catalog.pg_extension_config_dump('segments.published_view',
    'WHERE EXISTS (SELECT FROM pg_catalog.pg_class class WHERE class.oid = view)');

CREATE FUNCTION segments.publish_segment(name text, schema text, view text DEFAULT NULL) RETURNS regclass
AS 'MODULE_PATHNAME', 'segments_publish_segment' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.publish_segment(text, text, text) IS
    'makes a view of a segment''s members (profile_id) in a schema, named like the segment unless another name is given. It belongs to the '
    'segment''s owner, and roles that members were or will be granted to may read it (GRANT on the view alone shows no rows); it follows the segment when that is renamed, and is made anew for its new owner, without what was granted on it, when that is '
    'given to another role. Only for the segment''s owner, and takes CREATE on the schema, for the caller and the owner. Errors: 42501 '
    '(privileges), 3F000 (no such schema), 42P07 (the schema has something of that name), 42622 (a name of more than 63 bytes), 42710 '
    '(published already)';

CREATE FUNCTION segments.unpublish_segment(name text) RETURNS void
AS 'MODULE_PATHNAME', 'segments_unpublish_segment' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.unpublish_segment(text) IS
    'drops the view that publish_segment made. Only for the segment''s owner. Errors: 42704 (not published), 2BP01 (views depend on it)';

REVOKE EXECUTE ON FUNCTION segments.publish_segment(text, text, text), segments.unpublish_segment(text) FROM PUBLIC;

-- Those that are still there, still of their segment's owner, and still of the form that they were made in: a number may be another
-- relation's by now, and whoever owns a view may put anything into it.
CREATE VIEW segments.generated_view AS
SELECT published.segment_id, class.oid AS view, class.relowner AS owner, format('%I.%I', schema.nspname, class.relname) AS name,
       schema.nspname::text AS schema_name, class.relname::text AS view_name
FROM segments.published_view published
JOIN segments.saved_segment segment ON segment.segment_id = published.segment_id
JOIN pg_class class ON class.oid = published.view AND class.relkind = 'v' AND class.relowner = segment.owner
JOIN pg_namespace schema ON schema.oid = class.relnamespace
JOIN pg_attribute id ON id.attrelid = class.oid AND id.attnum = class.relnatts AND id.attnum = 1 AND id.attname = 'profile_id'
    AND (id.atttypid, id.atttypmod, id.attcollation) = ('text'::regtype, -1, '"C"'::regcollation)
WHERE EXISTS (
    SELECT FROM pg_rewrite rule
    JOIN pg_depend depends ON depends.classid = 'pg_rewrite'::regclass AND depends.objid = rule.oid
    JOIN pg_depend member ON member.classid = depends.refclassid AND member.objid = depends.refobjid AND member.deptype = 'e'
    JOIN pg_extension extension ON extension.oid = member.refobjid AND extension.extname = 'segments'
    WHERE rule.ev_class = class.oid AND member.refclassid = 'pg_extension'::regclass AND depends.refclassid = 'pg_class'::regclass);
COMMENT ON VIEW segments.generated_view IS 'generated views of segments that exist, in the hands of the segments'' owners';

-- What would miss a segment.
CREATE VIEW segments.segment_use AS
SELECT segment_id, 'generated view' AS kind, name AS used_by, 1 AS position FROM segments.generated_view
UNION ALL
SELECT DISTINCT generated.segment_id, 'view', format('%I.%I', schema.nspname, class.relname), 2
FROM segments.generated_view generated
JOIN pg_depend depends ON depends.refclassid = 'pg_class'::regclass AND depends.refobjid = generated.view
    AND depends.classid = 'pg_rewrite'::regclass
JOIN pg_rewrite rule ON rule.oid = depends.objid AND rule.ev_class <> generated.view
JOIN pg_class class ON class.oid = rule.ev_class
JOIN pg_namespace schema ON schema.oid = class.relnamespace
UNION ALL
SELECT granted.segment_id, 'reader', coalesce(role.rolname, 'public'), 3
FROM segments.granted_reader granted LEFT JOIN pg_roles role ON role.oid = granted.reader;
COMMENT ON VIEW segments.segment_use IS 'what uses saved segments: generated views, views that read those, roles that members were granted to';

CREATE FUNCTION segments.segment_usage(name text) RETURNS TABLE (kind text, used_by text)
AS 'MODULE_PATHNAME', 'segments_segment_usage' LANGUAGE C STABLE PARALLEL UNSAFE COST 1000 ROWS 10;
COMMENT ON FUNCTION segments.segment_usage(text) IS
    'what uses a segment: its generated view (publish_segment), views that read that, and readers, roles that members were granted to. '
    'segment_overview.is_used tells whether there is any. Only for its owner. Errors: 42704 (no such segment), 42501';

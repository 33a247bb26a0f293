-- Generated views of segments: whose they are, who reads them, what renames, gifts and drops do to them.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE opened (record_id text, occurred_at timestamptz);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id') > 0 AS registered;
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'r' || n, 'p' || n FROM generate_series(1, 9) n;
INSERT INTO opened SELECT 'r' || n, '2026-01-01' FROM generate_series(1, 3) n;
CALL segments.refresh();
CREATE ROLE segments_test_owner;
CREATE ROLE segments_test_heir;
CREATE ROLE segments_test_bi;
CREATE ROLE segments_test_nobody;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA segments TO segments_test_owner, segments_test_heir, segments_test_nobody;
GRANT SELECT ON opened TO segments_test_owner, segments_test_heir;
CREATE SCHEMA reporting;
GRANT USAGE ON SCHEMA reporting TO PUBLIC;
GRANT CREATE ON SCHEMA reporting TO segments_test_owner;
CREATE VIEW generated AS
SELECT relname, relowner::regrole AS owner, (SELECT string_agg(grantee::regrole::text, ', ' ORDER BY grantee::regrole::text) FROM aclexplode(relacl) WHERE grantee NOT IN (relowner, 0)) AS readers,
       obj_description(oid, 'pg_class') AS comment, col_description(oid, 1) AS of_column
FROM pg_class WHERE relnamespace = 'reporting'::regnamespace AND relkind = 'v' ORDER BY relname;
GRANT SELECT ON generated TO PUBLIC;
CREATE FUNCTION plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE 'EXPLAIN ' || query;
END
$$;

SET ROLE segments_test_owner;
SELECT segments.create_segment('openers', 'Opened');
SELECT segments.grant_members('openers', 'segments_test_bi');
SELECT segments.publish_segment('openers', 'reporting');
SELECT profile_id FROM reporting.openers ORDER BY 1;
SELECT * FROM segments.segment_usage('openers');
RESET ROLE;
TABLE generated;
SET ROLE segments_test_bi;
SELECT count(*) FROM reporting.openers;
SET ROLE segments_test_nobody;
SELECT count(*) FROM reporting.openers;
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM segments.segment_usage('openers');
\echo :LAST_ERROR_SQLSTATE

-- It is granted like any view: whoever may read it reads it with the rights of its owner, and has no other members by that.
RESET ROLE;
GRANT SELECT ON reporting.openers TO segments_test_nobody;
SET ROLE segments_test_nobody;
SELECT count(*) FROM reporting.openers;
PREPARE read_openers AS SELECT count(*), count(profile_id) FROM reporting.openers WHERE profile_id = 'p2';
EXECUTE read_openers;
SELECT count(*) FROM segments.member;
SELECT count(*) FROM segments_internal.member_text;
SELECT segments.members('openers');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
REVOKE SELECT ON reporting.openers FROM segments_test_nobody;
SET ROLE segments_test_nobody;
EXECUTE read_openers;
\echo :LAST_ERROR_SQLSTATE
-- What the view reads is nobody's to change, and a view of one's own lends what one may read oneself.
SET ROLE segments_test_owner;
ALTER FOREIGN TABLE segments_internal.member_text OPTIONS (ADD segment 'other');
\echo :LAST_ERROR_SQLSTATE
CREATE FOREIGN TABLE reporting.mine (segment text, profile_id text) SERVER segments_member;
\echo :LAST_ERROR_SQLSTATE
CREATE VIEW reporting.lent AS SELECT segment, profile_id FROM segments_internal.member_text;
CREATE VIEW reporting.invoked WITH (security_invoker) AS SELECT * FROM reporting.lent;
CREATE VIEW reporting.not_lent AS SELECT segment, profile_id FROM segments.member;
GRANT SELECT ON reporting.lent, reporting.invoked, reporting.not_lent TO segments_test_nobody;
RESET ROLE;
SELECT segments.create_segment('private', 'Opened');
SET ROLE segments_test_nobody;
SELECT segment, count(*) FROM reporting.lent GROUP BY 1;
SELECT segment, count(*) FROM reporting.invoked GROUP BY 1;
SELECT segment, count(*) FROM reporting.not_lent GROUP BY 1;
SELECT rows FROM (SELECT (regexp_match(line, 'rows=(\d+)'))[1]::int AS rows FROM plan_of('SELECT profile_id FROM reporting.lent') line) p WHERE rows > 0;
RESET ROLE;
SELECT segment, count(*) FROM reporting.lent GROUP BY 1;
DROP VIEW reporting.lent CASCADE;
DROP VIEW reporting.not_lent;
SELECT segments.drop_segment('private');

-- Granting and revoking members acts on the view.
SET ROLE segments_test_owner;
SELECT segments.revoke_members('openers', 'segments_test_bi'), segments.grant_members('*', 'segments_test_heir'), segments.grant_members('openers', 'public');
RESET ROLE;
SELECT owner, readers, has_table_privilege('segments_test_nobody', 'reporting.openers', 'SELECT') AS everybody FROM generated;
SET ROLE segments_test_owner;
SELECT segments.revoke_members('openers', 'public'), segments.revoke_members('*', 'segments_test_heir'), segments.grant_members('*', 'segments_test_bi');
RESET ROLE;
SELECT owner, readers, has_table_privilege('segments_test_nobody', 'reporting.openers', 'SELECT') AS everybody FROM generated;

-- A rename of the segment leads the view along; one of the view or of its schema does no harm.
SET ROLE segments_test_owner;
SELECT segments.rename_segment('openers', 'who''s "open"');
SELECT count(*) FROM reporting.openers;
ALTER VIEW reporting.openers RENAME TO "Öffner ""neu""";
SELECT kind, used_by FROM segments.segment_usage('who''s "open"');
SELECT segments.rename_segment('who''s "open"', 'openers');
SELECT count(*) FROM reporting."Öffner ""neu""";
RESET ROLE;
TABLE generated;

-- One view per segment; the guard on drops.
SET ROLE segments_test_owner;
SELECT segments.publish_segment('openers', 'reporting', 'again');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
CREATE VIEW reporting.on_top AS SELECT count(*) FROM reporting."Öffner ""neu""";
SET ROLE segments_test_owner;
SELECT * FROM segments.segment_usage('openers');
SELECT segments.drop_segment('openers');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.drop_segment('openers', cascade => true);
\echo :LAST_ERROR_SQLSTATE
SELECT segments.unpublish_segment('openers');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
DROP VIEW reporting.on_top;
SET ROLE segments_test_owner;
BEGIN;
SELECT segments.drop_segment('openers', cascade => true);
SELECT count(*) FROM generated;
ROLLBACK;
SELECT segments.unpublish_segment('openers');
SELECT segments.unpublish_segment('openers');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM pg_class WHERE relnamespace = 'reporting'::regnamespace;
-- A view that its owner drops is published no more.
SELECT segments.publish_segment('openers', 'reporting', 'gone');
DROP VIEW reporting.gone;
SELECT kind FROM segments.segment_usage('openers');
SELECT segments.publish_segment('openers', 'reporting', 'kept');

-- The view goes along with the segment, if its new owner may make one there, and nothing reads it.
RESET ROLE;
SELECT segments.set_segment_owner('openers', 'segments_test_heir');
\echo :LAST_ERROR_SQLSTATE
GRANT CREATE ON SCHEMA reporting TO segments_test_heir;
CREATE VIEW reporting.on_top AS SELECT count(*) FROM reporting.kept;
SELECT segments.set_segment_owner('openers', 'segments_test_heir');
\echo :LAST_ERROR_SQLSTATE
DROP VIEW reporting.on_top;

-- It is made anew: what its owner has put into it, or granted to whom, stays behind.
CREATE TABLE private (profile_id text);
INSERT INTO private VALUES ('private');
ALTER TABLE private OWNER TO segments_test_heir;
SET ROLE segments_test_owner;
CREATE OR REPLACE VIEW reporting.kept WITH (security_barrier) AS SELECT profile_id FROM private WHERE profile_id <> ALL (ARRAY(SELECT segment FROM segments_internal.member_text));
CREATE FUNCTION pg_temp.caught() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''caught''; END';
CREATE TRIGGER caught INSTEAD OF DELETE ON reporting.kept FOR EACH ROW EXECUTE FUNCTION pg_temp.caught();
CREATE RULE told AS ON INSERT TO reporting.kept DO INSTEAD NOTHING;
GRANT ALL ON reporting.kept TO segments_test_nobody;
RESET ROLE;
SELECT segments.set_segment_owner('openers', 'segments_test_heir');
SELECT relname, owner, readers FROM generated;
TABLE reporting.kept ORDER BY 1;
SELECT translate(replace(pg_get_viewdef('reporting.kept'::regclass), 'member_text.', ''), '()', '') AS definition, reloptions, has_table_privilege('segments_test_nobody', oid, 'SELECT') AS granted,
       (SELECT count(*) FROM pg_rewrite WHERE ev_class = class.oid) AS rules, (SELECT count(*) FROM pg_trigger WHERE tgrelid = class.oid) AS triggers
FROM pg_class class WHERE oid = 'reporting.kept'::regclass;
SELECT segments.set_segment_owner('openers', 'segments_test_owner');
SELECT relname, owner, readers FROM generated;
SELECT is_used FROM segments.segment_overview;
SET ROLE segments_test_owner;
SELECT segments.revoke_members('*', 'segments_test_bi'), segments.unpublish_segment('openers');
SELECT is_used FROM segments.segment_overview;
RESET ROLE;

-- A view that has got another owner, or other columns, is not the segment's any more: nobody acts as its owner.
SELECT segments.publish_segment('openers', 'reporting', 'given'), segments.create_segment('extended', 'Opened'), segments.publish_segment('extended', 'reporting', 'extended');
ALTER VIEW reporting.given OWNER TO segments_test_heir;
CREATE OR REPLACE VIEW reporting.extended AS SELECT profile_id, current_user AS reader FROM segments_internal.member_text WHERE segment = 'extended';
SELECT segments.grant_members('openers', 'segments_test_nobody'), segments.rename_segment('openers', 'opened'), segments.rename_segment('extended', 'other');
SELECT relname, owner, readers, comment FROM generated;
SELECT translate(replace(pg_get_viewdef('reporting.given'::regclass), 'member_text.', ''), '()', '') AS definition;
SELECT name, is_used FROM segments.segment_overview ORDER BY name;
SELECT segments.unpublish_segment('other');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.drop_segment('other'), segments.revoke_members('opened', 'segments_test_nobody'), segments.rename_segment('opened', 'openers');
DROP VIEW reporting.given, reporting.extended;

-- Nobody gains anything: CREATE on the schema is the caller's and the owner's.
SET ROLE segments_test_nobody;
SELECT segments.publish_segment('openers', 'reporting');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
REVOKE CREATE ON SCHEMA reporting FROM segments_test_owner;
SET ROLE segments_test_owner;
SELECT segments.publish_segment('openers', 'reporting');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT segments.publish_segment('openers', 'reporting');
\echo :LAST_ERROR_SQLSTATE
GRANT CREATE ON SCHEMA reporting TO segments_test_owner;
SET ROLE segments_test_owner;

-- Names: in any script, with quotes, of 63 bytes at most, which are never cut off.
SELECT segments.create_segment(name, 'Opened'), segments.publish_segment(name, 'reporting')
FROM unnest(ARRAY['Öffner; DROP TABLE "x"', '開いた人', 'a.b''c"d', 'SELECT', repeat('x', 63), E'tab\tand\nline']) name;
SELECT relname, comment FROM generated;
SELECT segments.create_segment(repeat('x', 64), 'Opened');
SELECT segments.publish_segment(repeat('x', 64), 'reporting');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.publish_segment(repeat('x', 64), 'reporting', repeat('ö', 32));
\echo :LAST_ERROR_SQLSTATE
SELECT segments.publish_segment(repeat('x', 64), repeat('r', 64));
\echo :LAST_ERROR_SQLSTATE
SELECT segments.publish_segment(repeat('x', 64), 'reporting', '開いた人');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.publish_segment(repeat('x', 64), 'reporting', '');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.publish_segment(repeat('x', 64), 'nowhere');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT segments.publish_segment(repeat('x', 64), schema, 'v') FROM (VALUES ('segments_internal')) v (schema);
\echo :LAST_ERROR_SQLSTATE
SELECT segments.publish_segment(repeat('x', 64), 'pg_catalog', 'v');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM segments.segment JOIN generated ON relname = name, LATERAL (
    SELECT count(*) FROM segments.member WHERE segment = name) m WHERE m.count = 3;

-- DROP EXTENSION refuses, and drops them with CASCADE.
SET client_min_messages = error;
SELECT segments.detach_all();
DO $$
BEGIN
    DROP EXTENSION segments;
    RAISE EXCEPTION 'dropped';
EXCEPTION WHEN dependent_objects_still_exist THEN
    RAISE LOG '%', SQLERRM;
END
$$;
DROP EXTENSION segments CASCADE;
SELECT count(*) FROM pg_class WHERE relnamespace = 'reporting'::regnamespace;
DROP SCHEMA reporting CASCADE;
DROP OWNED BY segments_test_owner, segments_test_heir, segments_test_bi, segments_test_nobody;
DROP ROLE segments_test_owner, segments_test_heir, segments_test_bi, segments_test_nobody;

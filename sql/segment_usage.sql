-- What uses a segment, and what of it segment_overview shows.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE opened (record_id text, occurred_at timestamptz);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id') > 0 AS registered;
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'r' || n, 'p' || n FROM generate_series(1, 9) n;
INSERT INTO opened SELECT 'r' || n, '2026-01-01' FROM generate_series(1, 3) n;
CALL segments.refresh();
CREATE ROLE segment_usage_owner;
CREATE ROLE segment_usage_reader;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA segments TO segment_usage_owner;
GRANT SELECT ON opened TO segment_usage_owner;
CREATE SCHEMA reporting AUTHORIZATION segment_usage_owner;

SET ROLE segment_usage_owner;
SELECT segments.create_segment(name, 'Opened') FROM unnest('{granted,followed,published,unused}'::text[]) name;
SELECT segments.grant_members('granted', 'segment_usage_reader'), segments.publish_segment('published', 'reporting');
CREATE VIEW reporting.used WITH (security_invoker) AS SELECT o.name, o.is_used, string_agg(u.kind || ' ' || u.used_by, ', ') AS by, bool_and(u.last_used > now() - interval '1 minute') AS just_now
FROM segments.segment_overview o LEFT JOIN LATERAL segments.segment_usage(o.name) u ON true GROUP BY 1, 2 ORDER BY 1;
RESET ROLE;

-- Who reads the changes of a segment has a cursor on it: that is noted once an hour, and not where nothing may be written.
SET ROLE segment_usage_owner;
TABLE reporting.used;
BEGIN READ ONLY;
SELECT count(*) FROM segments.changes_since('followed');
COMMIT;
SELECT is_used FROM segments.segment_overview WHERE name = 'followed';
SELECT count(*) FROM segments.changes_since('followed');
SELECT count(*) FROM segments.changes_since('followed', (SELECT cursor FROM segments.changed_segment WHERE segment = 'followed'));
TABLE reporting.used;
RESET ROLE;
SELECT count(*) FROM segments.history_reader;
UPDATE segments.history_reader SET read_at = read_at - interval '2 hours';
SET ROLE segment_usage_owner;
SELECT kind, used_by, last_used > now() - interval '1 minute' AS just_now FROM segments.segment_usage('followed');
SELECT count(*) FROM segments.changes_since('followed');
SELECT kind, used_by, last_used > now() - interval '1 minute' AS just_now FROM segments.segment_usage('followed');
-- A reader is one by his grant, and by what he reads.
SET ROLE segment_usage_reader;
SELECT count(*) FROM segments.changes_since('granted');
SELECT name, is_used FROM segments.segment_overview;
SET ROLE segment_usage_owner;
SELECT kind, used_by FROM segments.segment_usage('granted');
RESET ROLE;
SELECT count(*) FROM segments.history_reader;
-- What is older than the history that is kept counts no more, nor does a role that is gone, or another that has its name.
UPDATE segments.history_reader SET read_at = read_at - interval '399 days' WHERE reader_name = 'segment_usage_owner';
SELECT name, is_used FROM segments.segment_overview ORDER BY name;
SET segments.history_retention = '30d';
SELECT name, is_used FROM segments.segment_overview ORDER BY name;
SET segments.history_retention = -1;
SELECT name, is_used FROM segments.segment_overview ORDER BY name;
RESET segments.history_retention;
UPDATE segments.history_reader SET reader_name = 'somebody' WHERE reader_name = 'segment_usage_owner';
SELECT name, is_used FROM segments.segment_overview ORDER BY name;
-- A cursor is no reason not to drop a segment, and is forgotten with it.
SELECT segments.drop_segment('followed');
SELECT reader_name FROM segments.history_reader;

-- The overview: since when it is what it is, size, as of, data through, schedule, the next evaluation, and the last error for the owner.
SELECT segments.set_segment_schedule('unused', 'daily at 06:00'), segments.set_segment_state('granted', 'inactive');
SELECT segments.set_refresh_schedule('every 15 minutes') IS NOT NULL AS scheduled;
REVOKE SELECT ON opened FROM segment_usage_owner;
CALL segments.refresh();
SET ROLE segment_usage_owner;
SELECT name, lifecycle, lifecycle_since > created_at AS changed, state, members, as_of >= created_at AS evaluated, data_through <= as_of AS through, schedule,
       extract(minute FROM next_run)::int % 15 AS past_quarter, last_sqlstate, last_error IS NOT NULL AS error
FROM segments.segment_overview ORDER BY name;
SELECT name FROM segments.segment_overview WHERE schedule = 'daily at 06:00 in ''UTC''' AND to_char(next_run, 'HH24:MI') = '06:00';
RESET ROLE;
SELECT segments.grant_members('published', 'segment_usage_reader');
SET ROLE segment_usage_reader;
SELECT name, state, last_sqlstate, last_error, definition, is_used FROM segments.segment_overview ORDER BY name;
RESET ROLE;
SELECT segments.drop_segment(name, cascade => true) FROM segments.segment_overview;
SELECT count(*) FROM segments.history_reader;
DROP OWNED BY segment_usage_owner, segment_usage_reader;
DROP ROLE segment_usage_owner, segment_usage_reader;

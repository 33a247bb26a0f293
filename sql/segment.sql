-- Saved segments: create, run, read, change, drop; what refreshes do with them.
SET TimeZone = 'UTC';
SET client_min_messages = warning;

-- The views never raise, not even before there is anything.
SELECT segment, profile_id FROM segments.member;
SELECT * FROM segments.segment_overview;
SELECT refresh_id, state, as_of, lag, published_refresh, rows_added FROM segments.refresh_status;

CREATE TABLE opened (record_id text, occurred_at timestamptz, label text);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'r' || i, 'p' || i / 2 FROM generate_series(0, 199) i;
INSERT INTO opened SELECT 'r' || i, now() - interval '3 days', 'x' FROM generate_series(0, 99) i;
SELECT segments.create_segment('later', 'Opened', run => false);
SELECT name, kind, state, members, as_of IS NULL AS no_as_of, definition, time_zone FROM segments.segment_overview;
SELECT segment, profile_id FROM segments.member;
CALL segments.refresh();
SELECT state, refresh_id = published_refresh AS is_published, rows_added, segments_run, reason, lag < interval '1 hour' AS fresh FROM segments.refresh_status;
SELECT state, members, as_of = (SELECT as_of FROM segments.refresh_status) AS of_refresh, data_through = as_of AS through
FROM segments.segment_overview;

-- Created and run at once; its members, three ways.
SELECT segments.create_segment('openers', '  Opened   WITHIN last 7 days ');
SELECT count(*), count(DISTINCT profile_id) FROM segments.member WHERE segment = 'openers';
SELECT (SELECT array_agg(profile_id ORDER BY profile_id) FROM segments.member WHERE segment = 'openers')
     = (SELECT array_agg(DISTINCT profile_id ORDER BY profile_id) FROM opened JOIN mapping USING (record_id)) AS as_in_sql,
       segments.members('openers') OPERATOR(pg_catalog.=) segments.segment_eval('Opened within last 7 days') AS as_evaluated;
SELECT definition, time_zone FROM segments.segment_overview WHERE name = 'openers';

-- It keeps the zone it was created in.
SET segments.time_zone = 'Asia/Tokyo';
SELECT segments.create_segment('tokyo', 'Opened since ''2020-01-01 00:00''');
RESET segments.time_zone;
SELECT time_zone FROM segments.segment_overview WHERE name = 'tokyo';

-- Running again without a change writes nothing.
CREATE TABLE before AS SELECT ctid AS place, tableoid::regclass AS partition, segment_id, tile FROM segments.membership;
SELECT segments.run_segment('openers');
SELECT count(*) = (SELECT count(*) FROM before) AS unchanged
FROM before JOIN segments.membership m ON m.ctid = place AND m.tableoid = partition AND m.segment_id = before.segment_id;

-- New rows: with the next refresh, or when run after it; windows move even if no row arrives.
INSERT INTO opened SELECT 'r' || i, now() - interval '3 days', 'x' FROM generate_series(100, 119) i;
SELECT segments.run_segment('openers') AS not_refreshed;
CALL segments.refresh();
SELECT name, state, members FROM segments.segment_overview ORDER BY name;
SELECT count(*) FROM segments.member WHERE segment = 'openers';
SELECT count(*) AS versions, count(*) FILTER (WHERE to_refresh = 9223372036854775807) AS current,
       sum(member_count) FILTER (WHERE to_refresh = 9223372036854775807) AS members
FROM segments.membership JOIN segments.segment USING (segment_id) WHERE name = 'openers';

-- A tile that loses all its members has no row.
DELETE FROM opened;
CALL segments.refresh();
SELECT name, state, members FROM segments.segment_overview ORDER BY name;
SELECT count(*) FROM segments.member;
SELECT count(*) FROM segments.membership WHERE to_refresh = 9223372036854775807;
INSERT INTO opened SELECT 'r' || i, now() - interval '3 days', 'x' FROM generate_series(0, 9) i;
CALL segments.refresh();
SELECT segments.run_segment('later'), segments.run_segment('later');

-- Another definition, another name.
SELECT segments.update_segment('later', 'all and not Opened');
SELECT segments.update_segment('later', 'Opened where label = ''x''', run => false);
SELECT definition, members FROM segments.segment_overview WHERE name = 'later';
SELECT segments.rename_segment('later', 'new "name"');
SELECT count(*) FROM segments.member WHERE segment = 'new "name"';
SELECT segments.rename_segment('new "name"', 'openers');
SELECT segments.rename_segment('new "name"', 'new "name"');

-- One segment's failure is recorded with it, and does not stop the others.
ALTER TABLE opened DROP COLUMN label;
INSERT INTO opened VALUES ('r50', now());
CALL segments.refresh();
SELECT name, state, members, last_sqlstate, last_error FROM segments.segment_overview ORDER BY name;
SELECT count(*) AS stay FROM segments.member WHERE segment = 'new "name"';

-- All or nothing: what a transaction did to segments is undone with it.
BEGIN;
SELECT segments.drop_segment('openers');
SELECT segments.create_segment('openers', 'all');
SELECT count(*) FROM segments.member WHERE segment = 'openers';
ROLLBACK;
SELECT count(*) FROM segments.member WHERE segment = 'openers';

SELECT segments.drop_segment('openers');
SELECT segments.drop_segment('openers');
SELECT segments.drop_segment(name) FROM segments.segment_overview;
SELECT count(*) FROM segments.membership;
SELECT count(*) FROM segments.segment_state;

-- Many at once share what they have in common.
SELECT count(segments.create_segment('s' || i, format('Opened within last %s days at least %s', i % 40 + 1, i % 3 + 1)::segments.definition,
                                     run => false)) FROM generate_series(1, 450) i;
CALL segments.refresh();
SELECT count(*), count(DISTINCT members) FROM segments.segment_overview WHERE state = 'successful';
SELECT name FROM segments.segment_overview
WHERE segments.segment_count(definition::segments.definition, as_of) <> members;

-- What is recorded of refreshes: runs and their parts, also of those that fail, how long, and who may see it.
SET client_min_messages = warning;
\set VERBOSITY terse
CREATE ROLE segments_log_operator;
CREATE ROLE segments_log_reader;

SELECT state, refresh_id, started_at, phase, lag, waiting_changes, reason FROM segments.refresh_status;
SELECT * FROM segments.refresh_log;
SELECT segments.cancel_refresh();

CREATE TABLE event (record_id text, occurred_at timestamptz, label text);
SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id');
CREATE TABLE click (record_id text, occurred_at timestamptz);
SELECT segments.register_interaction('click', 'Click', 'occurred_at', 'record_id');
CREATE TABLE mapping (record_id text, profile_id text NOT NULL);
SELECT segments.register_unification('mapping');
INSERT INTO mapping SELECT n, 'p' || n FROM generate_series(1, 100) n;
INSERT INTO event SELECT n, '2026-01-01', 'label ' || n % 10 FROM generate_series(1, 100) n;
SELECT segments.create_segment('all events', 'Event', run => false), segments.create_segment('clicks', 'Click', run => false);

-- A good run, heard of by whoever listens.
LISTEN segments_refresh;
CREATE FUNCTION log() RETURNS TABLE (run bigint, state text, by text, rows_added bigint, part text, name text, part_state text, part_added bigint, took boolean, sqlstate text, reason text)
LANGUAGE sql AS $$
    SELECT refresh_id - (SELECT min(refresh_id) FROM segments.refresh_log) + 1, state, triggered_by, rows_added, part_kind, part_name, part_state,
           part_rows_added, part_duration >= '0', part_sqlstate, regexp_replace(part_reason, ' since .*', '') AS part_reason
    FROM segments.refresh_log ORDER BY refresh_id, part_number
$$;
\o /dev/null
CALL segments.refresh();
\o
UNLISTEN segments_refresh;
SELECT * FROM log();

-- What freezes is recorded with its part; runs that fail are recorded, and their error reaches the caller.  What worked before stays.
SET segments.refresh_trigger = 'schedule';
INSERT INTO mapping VALUES ('1', 'another');
CALL segments.refresh();
\echo :LAST_ERROR_SQLSTATE
SELECT state, refresh_id = published_refresh AS is_published, triggered_by, sqlstate, reason FROM segments.refresh_status;
DELETE FROM mapping WHERE profile_id = 'another';
SET segments.refresh_trigger = 'retry';
ALTER TABLE click RENAME occurred_at TO happened_at;
CALL segments.refresh();
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE click RENAME happened_at TO occurred_at;
SET segments.refresh_trigger = 'moon';
RESET segments.refresh_trigger;

-- One segment's error stops neither the others nor the run; its last members stay.
SELECT segments.segment_count('Event');
SELECT segments.create_segment('lost', $$Event where "label" = 'label 1'$$);
ALTER TABLE event DROP COLUMN label;
CALL segments.refresh();
SELECT * FROM log() WHERE run > 1;
SELECT name, state, members, last_sqlstate FROM segments.segment_overview ORDER BY name;
SELECT state, segments_run, failed_segments FROM segments.refresh_status;

-- What a run did not come to is listed too: not a segment whose schedule leaves it out.
SELECT segments.create_segment('by hand', 'Event', run => false), segments.set_segment_schedule('by hand', 'manual') IS NULL AS manual,
       segments.create_segment('by hand, run', 'Event') AS members, segments.set_segment_schedule('by hand, run', 'manual') IS NULL AS manual;
CREATE VIEW last AS SELECT state, part, name, part_state, took, sqlstate, reason FROM log() WHERE run = (SELECT max(run) FROM log());
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''%'', tg_argv[0] USING ERRCODE = tg_argv[1]; END';
CREATE TRIGGER fail BEFORE INSERT OR UPDATE ON segments.segment_state FOR EACH ROW WHEN (NEW.last_sqlstate IS NULL)
    EXECUTE FUNCTION fail('cancelled', '57014');
CALL segments.refresh();
TABLE last;
DO $$ BEGIN CALL segments.refresh(); EXCEPTION WHEN query_canceled THEN RAISE WARNING 'caught %', sqlerrm; END $$;
DROP TRIGGER fail ON segments.segment_state;
CREATE TRIGGER fail BEFORE UPDATE ON segments.published FOR EACH ROW EXECUTE FUNCTION fail('not published', 'P0001');
CALL segments.refresh();
TABLE last;
DROP TRIGGER fail ON segments.published;
-- Of a run whose server process has ended only the plan is known, before and after the next refresh has found it.
INSERT INTO segments.refresh (state, pid, started_at) VALUES ('refreshing', 0, clock_timestamp());
TABLE last;
CREATE VIEW killed AS SELECT state, part, name, part_state, took, sqlstate, reason FROM log() WHERE run = (SELECT max(run) FROM log()) - 1;
CREATE TRIGGER fail BEFORE UPDATE ON segments.published FOR EACH ROW EXECUTE FUNCTION fail('not published', 'P0001');
CALL segments.refresh();
TABLE killed;
DROP TRIGGER fail ON segments.published;
-- Of segments only the published run's and the last run's parts are kept, those that failed aside.
CALL segments.refresh();
SELECT run, state, part_state, count(*) FROM log() WHERE part = 'segment' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
SELECT segments.drop_segment('by hand'), segments.drop_segment('by hand, run');

-- Within a transaction a run is recorded if it is committed.
BEGIN;
CALL segments.refresh();
SELECT state, phase, pid = pg_backend_pid() AS mine FROM segments.refresh_status;
ROLLBACK;
SELECT count(DISTINCT run) FROM log();
BEGIN;
CALL segments.refresh();
COMMIT;
SELECT count(DISTINCT run) FROM log();

-- Neither in a function nor in a procedure with settings can it commit; in a procedure without it can.
CREATE PROCEDURE refresh_with_settings() LANGUAGE plpgsql SET work_mem = '8MB' AS 'BEGIN CALL segments.refresh(); END';
CREATE PROCEDURE refresh_twice() LANGUAGE plpgsql AS 'BEGIN CALL segments.refresh(); CALL segments.refresh(); END';
CREATE PROCEDURE refresh_caught() LANGUAGE plpgsql AS
    'BEGIN CALL segments.refresh(); EXCEPTION WHEN others THEN RAISE WARNING ''caught %'', sqlstate; END';
CALL refresh_with_settings();
CALL refresh_twice();
CREATE TRIGGER fail BEFORE UPDATE ON segments.published FOR EACH ROW EXECUTE FUNCTION fail('not published', 'P0001');
CALL refresh_twice();
CALL refresh_caught();
DROP TRIGGER fail ON segments.published;
SELECT count(DISTINCT run), count(DISTINCT run) FILTER (WHERE state = 'failed') FROM log();

-- Who may refresh may read the log.
GRANT EXECUTE ON PROCEDURE segments.refresh() TO segments_log_operator;
SET ROLE segments_log_operator;
CALL segments.refresh();
SELECT count(*) > 0 FROM segments.refresh_log;
SELECT segments.cancel_refresh();
SET ROLE segments_log_reader;
SELECT count(*) FROM segments.refresh_log;
SELECT state, reason FROM segments.refresh_status;
SELECT count(*) FROM segments.refresh_part;
SELECT count(*) FROM segments.fragment_status;
SET segments.refresh_log_retention = 0;
RESET ROLE;
SELECT name, fragments > 0 AS has_some, rows, bytes > 0 AS has_bytes FROM segments.fragment_status ORDER BY name;

-- Old runs are forgotten, the published one never; of good parts without changes the last runs'.
UPDATE segments.refresh SET started_at = started_at - interval '40 days', triggered_by = 'schedule';
CALL segments.refresh();
SELECT triggered_by, count(DISTINCT run.refresh_id), count(part.*) > 0 AS has_parts FROM segments.refresh run LEFT JOIN segments.refresh_part part USING (refresh_id) GROUP BY triggered_by;
SET segments.refresh_log_retention = '100d';
UPDATE segments.refresh SET started_at = started_at - interval '40 days' WHERE triggered_by = 'by hand';
CALL segments.refresh();
SELECT count(*) FROM segments.refresh;
SHOW segments.refresh_log_retention;
SET segments.refresh_log_retention = 0;
CALL segments.refresh();
SELECT count(*) FROM segments.refresh;

DROP OWNED BY segments_log_operator, segments_log_reader;
DROP ROLE segments_log_operator, segments_log_reader;

-- What saved segments may cost: so many per owner, so long a run, so long all those of one owner in a refresh.
SET TimeZone = 'UTC';
SET client_min_messages = error;
\set SHOW_CONTEXT never
CREATE ROLE segments_test_hoarder;
CREATE TABLE opened (record_id text, occurred_at timestamptz, n int, label text);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT i, 'p' || i FROM generate_series(1, 60000) i;
INSERT INTO opened SELECT i, '2026-01-01', (i * 7919) % 3000, 'x' || i FROM generate_series(1, 60000) i;
CALL segments.refresh();
GRANT SELECT ON opened, mapping TO segments_test_hoarder;
GRANT EXECUTE ON FUNCTION segments.create_segment(text, segments.definition, boolean, text), segments.run_segment(text),
    segments.drop_segment(text, boolean), segments.set_segment_owner(text, text) TO segments_test_hoarder;

-- So many.
SET segments.max_segments_per_owner = 2;
SET ROLE segments_test_hoarder;
SELECT segments.create_segment('one', 'all', run => false), segments.create_segment('two', 'all', run => false);
SELECT segments.create_segment('three', 'all', run => false);
\echo :LAST_ERROR_SQLSTATE
SET segments.max_segments_per_owner = 3;
\echo :LAST_ERROR_SQLSTATE
SELECT segments.drop_segment('one');
SELECT segments.create_segment('three', 'all', run => false);
SELECT segments.drop_segment('two'), segments.drop_segment('three');
RESET ROLE;
RESET segments.max_segments_per_owner;
SHOW segments.max_segments_per_owner;

-- So long.  What takes too long fails alone; what it was evaluated with does not.
SELECT segments.create_segment('light', 'Opened where n = 1'), segments.create_segment('all', 'all');
SELECT segments.create_segment('heavy', string_agg(format('Opened where label contains ''x%s'' ignore case', i), ' or ')::segments.definition, run => false)
FROM generate_series(100, 150) i;
SET segments.segment_time_limit = '250ms';
SELECT segments.run_segment('heavy');
\echo :LAST_ERROR_SQLSTATE
CALL segments.refresh();
SELECT name, state, members, last_sqlstate, last_error FROM segments.segment_overview ORDER BY name;
SELECT part_name, part_state, part_sqlstate, part_reason FROM segments.refresh_log WHERE is_published AND part_kind = 'segment' ORDER BY 1;
-- The next refresh runs it alone at once.
CALL segments.refresh();
SELECT name, state, members FROM segments.segment_overview ORDER BY name;
RESET segments.segment_time_limit;
SHOW segments.segment_time_limit;
CALL segments.refresh();
SELECT name, state, members = (SELECT count(*) FROM opened WHERE label ~ '^x1([0-4].|50)') AS exact FROM segments.segment_overview WHERE name = 'heavy';
SELECT segments.drop_segment(name) FROM segments.segment_overview;

-- So long all those of one owner: the rest comes next time.  The extension's owner is not limited.
SELECT count(segments.create_segment('s' || i, format('Opened where n > %s', i)::segments.definition, run => false)) FROM generate_series(1, 450) i;
SELECT count(segments.set_segment_owner(name, 'segments_test_hoarder')) FROM segments.segment_overview;
SELECT segments.create_segment('other', 'Opened', run => false);
SET segments.owner_time_limit = '1ms';
SET client_min_messages = warning;
\set VERBOSITY terse
CALL segments.refresh();
SET client_min_messages = error;
SELECT state, last_sqlstate, count(*) FROM segments.segment_overview GROUP BY 1, 2 ORDER BY 1, 2;
SELECT DISTINCT part_reason FROM segments.refresh_log WHERE is_published AND part_state = 'skipped';
CREATE TABLE first AS SELECT name FROM segments.segment_overview WHERE state = 'skipped';
CALL segments.refresh();
SELECT state, members IS NULL AS never, count(*), count(first.name) AS left_out_before FROM segments.segment_overview LEFT JOIN first USING (name)
GROUP BY 1, 2 ORDER BY 1, 2;
CALL segments.refresh();
SELECT count(*) FROM segments.segment_overview WHERE members IS NULL;
RESET segments.owner_time_limit;
CALL segments.refresh();
SELECT state, count(*) FROM segments.segment_overview GROUP BY 1;
SELECT count(segments.drop_segment(name)) FROM segments.segment_overview;
REVOKE ALL ON opened, mapping FROM segments_test_hoarder;
DROP OWNED BY segments_test_hoarder;
DROP ROLE segments_test_hoarder;

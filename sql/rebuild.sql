-- All derived data given up and made again: the answers are the same, what was saved stays, and whatever was damaged is whole.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
CREATE TABLE opened (record_id text, occurred_at timestamptz, label text);
CREATE TABLE mapping (record_id text, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'r' || n, 'p' || n / 2 FROM generate_series(1, 40) n;
INSERT INTO opened SELECT 'r' || n, '2026-01-01', 'l' || n % 7 FROM generate_series(1, 30) n;
CALL segments.refresh();
SELECT segments.create_segment('openers', 'Opened');
SELECT segments.create_segment('manual', 'Opened where label = ''l1''');
SELECT segments.set_segment_schedule('manual', 'manual');
CREATE TABLE kept AS SELECT segments.members('openers') AS members;
CREATE TABLE since AS SELECT profile_id, since FROM segments.member WHERE segment = 'openers';
-- What a definition, and a saved segment, say against SQL.
CREATE VIEW compared AS
SELECT ARRAY(SELECT profile_id FROM segments.member WHERE segment = 'openers' ORDER BY 1)
         = ARRAY(SELECT DISTINCT profile_id COLLATE "C" FROM opened JOIN mapping USING (record_id) ORDER BY 1) AS members,
       segments.segment_count('Opened where label = ''l1''')
         = (SELECT count(DISTINCT profile_id) FROM opened JOIN mapping USING (record_id) WHERE label = 'l1') AS count,
       segments.segment_count('all') = (SELECT count(DISTINCT profile_id) FROM mapping) AS all;
CREATE FUNCTION failure(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    EXECUTE statement;
    RETURN 'succeeds';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN SQLSTATE || ' ' || SQLERRM || ': ' || hint;
END
$$;
CREATE FUNCTION flip(bytes bytea, place int) RETURNS bytea LANGUAGE sql AS $$
    SELECT set_byte(bytes, place, get_byte(bytes, place) # 1) $$;
TABLE compared;

\echo it is not for everybody
CREATE ROLE segments_test_rebuilder;
SET ROLE segments_test_rebuilder;
SELECT failure('SELECT segments.rebuild()');
RESET ROLE;
GRANT EXECUTE ON FUNCTION segments.rebuild() TO segments_test_rebuilder;

\echo until the next refresh nothing can be asked; then all is as SQL says, also what was written meanwhile
INSERT INTO opened VALUES ('r33', '2026-01-02', 'l1');
DELETE FROM opened WHERE record_id = 'r1';
SET ROLE segments_test_rebuilder;
SELECT segments.rebuild();
RESET ROLE;
SELECT failure($$ SELECT segments.segment_count('all') $$);
SELECT failure($$ SELECT segments.members('openers') $$);
SELECT count(*) FROM segments.member;
DELETE FROM opened WHERE record_id = 'r2';
INSERT INTO opened VALUES ('r35', '2026-01-02', 'l1');
UPDATE mapping SET profile_id = 'p1' WHERE record_id = 'r40';
CALL segments.refresh();
TABLE compared;
SELECT name, schedule, state FROM segments.segment_overview ORDER BY name;
SELECT segments.run_segment('manual');
SELECT segments.cardinality(segments.members('manual'));
DELETE FROM opened WHERE label = 'l3';
UPDATE opened SET label = 'l1' WHERE label = 'l4';
CALL segments.refresh();
TABLE compared;

\echo the history of members goes on: only what has changed entered or left
SELECT change, string_agg(profile_id, ' ' ORDER BY profile_id) FROM segments.membership_change WHERE segment = 'openers' GROUP BY change, at ORDER BY at, change;
SELECT count(*) > 0, count(*) FILTER (WHERE before.since <> now.since) FROM segments.member now JOIN since before USING (profile_id) WHERE segment = 'openers';

\echo stored sets are of the former numbering
SELECT failure($$ SELECT members & segments.members('openers') FROM kept $$);

\echo damaged fragments, maps and tiles: followed, the hint helps and loses nothing
UPDATE segments.fragment SET data = flip(data, octet_length(data) - 1) WHERE field = 0;
SELECT failure($$ SELECT segments.segment_count('Opened') $$);
SELECT segments.rebuild();
CALL segments.refresh();
TABLE compared;
UPDATE segments.fragment SET data = flip(data, octet_length(data) / 2) WHERE field = 3;
SELECT regexp_replace(failure($$ SELECT segments.erase_profile('p7') $$), 'fragment \d+', 'fragment N');
SELECT segments.rebuild();
CALL segments.refresh();
TABLE compared;
UPDATE segments.tile SET profile_map = flip(profile_map, octet_length(profile_map) - 1);
SELECT failure($$ SELECT segments.erase_profile('p7') $$);
SELECT segments.rebuild();
CALL segments.refresh();
TABLE compared;
UPDATE segments.tile SET tile = 1;
INSERT INTO mapping VALUES ('r99', 'p99');
CALL segments.refresh();
\echo :LAST_ERROR_SQLSTATE
SELECT segments.rebuild();
CALL segments.refresh();
TABLE compared;
SELECT profiles, interactions FROM segments.erase_profile('p7');
SELECT count(*) FROM segments.forgotten('p7', '{{contact,r14},{contact,r15}}');
TABLE compared;

\echo within a transaction of a refresh it is refused
BEGIN;
CALL segments.refresh();
SELECT failure('SELECT segments.rebuild()');
ROLLBACK;
DROP OWNED BY segments_test_rebuilder;
DROP ROLE segments_test_rebuilder;

-- Identities change: profiles come, merge, split and go, and after the next refresh counts and members are what SQL says over the
-- mapping as it is then.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE opened (record_type text, record_id text, occurred_at timestamptz);
CREATE TABLE mapping (record_type text, record_id text, profile_id text, PRIMARY KEY (record_type, record_id));
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id', 'record_type');
SELECT segments.register_unification('mapping');
INSERT INTO mapping SELECT 'contact', 'c' || i, 'p' || i / 2 FROM generate_series(1, 20) i;
INSERT INTO opened SELECT 'contact', 'c' || i, '2026-01-01'::timestamptz + n * interval '1 day' FROM generate_series(1, 20) i, generate_series(1, 3) n WHERE n <= i % 4;
INSERT INTO opened VALUES ('lead', 'l1', '2026-01-01'), ('lead', 'l1', '2026-01-02');

CREATE VIEW counted AS
SELECT profile_id, count(occurred_at) AS opens FROM mapping LEFT JOIN opened USING (record_type, record_id) GROUP BY profile_id;
-- One row: how many profiles; nothing differs.
CREATE FUNCTION checked(OUT profiles bigint, OUT wrong text[]) LANGUAGE sql AS $$
    WITH asked (question, ours, theirs) AS (
        SELECT 'all', ARRAY(SELECT p FROM segments.profiles(segments.segment_eval('all')) p ORDER BY 1), ARRAY(SELECT profile_id FROM counted ORDER BY 1)
        UNION ALL SELECT 'exactly ' || n, ARRAY(SELECT p FROM segments.profiles(segments.segment_eval(format('Opened exactly %s', n)::segments.definition)) p ORDER BY 1),
            ARRAY(SELECT profile_id FROM counted WHERE opens = n ORDER BY 1) FROM generate_series(0, 9) n
        UNION ALL SELECT 'members', ARRAY(SELECT profile_id FROM segments.member WHERE segment = 'twice' ORDER BY 1),
            ARRAY(SELECT profile_id FROM counted WHERE opens >= 2 ORDER BY 1)
        UNION ALL SELECT 'member count', ARRAY(SELECT members::text FROM segments.segment_overview WHERE name = 'twice'),
            ARRAY(SELECT count(*)::text FROM counted WHERE opens >= 2)
        UNION ALL SELECT 'count', ARRAY[segments.segment_count('Opened never')::text], ARRAY(SELECT count(*)::text FROM counted WHERE opens = 0))
    SELECT (SELECT count(*) FROM counted), ARRAY(SELECT format('%s: %s, SQL says %s', question, ours, theirs) FROM asked WHERE ours IS DISTINCT FROM theirs)
$$;
CREATE VIEW last_refresh AS
SELECT records_added AS added, records_changed AS changed, fragments_written AS fragments, rows_added, rows_removed FROM segments.refresh JOIN segments.published USING (refresh_id);
CALL segments.refresh();
SELECT segments.create_segment('twice', 'Opened at least 2');
SELECT * FROM checked();

\echo a profile is created
INSERT INTO mapping VALUES ('contact', 'c21', 'p99');
CALL segments.refresh();
SELECT * FROM checked();
\echo a record is unified later: its interactions were there before
INSERT INTO mapping VALUES ('lead', 'l1', 'p1');
CALL segments.refresh();
SELECT * FROM checked();
\echo a record moves to another profile
UPDATE mapping SET profile_id = 'p5' WHERE record_id = 'c7';
CALL segments.refresh();
SELECT * FROM checked();
\echo two profiles merge
UPDATE mapping SET profile_id = 'p2' WHERE profile_id = 'p1';
CALL segments.refresh();
SELECT * FROM checked();
\echo one splits: the part with its lowest ordinal goes, then the other one
UPDATE mapping SET profile_id = 'split' WHERE record_id = 'c2';
CALL segments.refresh();
SELECT * FROM checked();
UPDATE mapping SET profile_id = 'parted' WHERE record_id IN ('c5', 'l1');
CALL segments.refresh();
SELECT * FROM checked();
\echo two profiles change their ids
UPDATE mapping SET profile_id = CASE profile_id WHEN 'p3' THEN 'p4' ELSE 'p3' END WHERE profile_id IN ('p3', 'p4');
CALL segments.refresh();
SELECT * FROM checked();
\echo a row of the mapping is deleted; a whole profile; it comes back
DELETE FROM mapping WHERE record_id = 'c12';
CALL segments.refresh();
SELECT * FROM checked();
DELETE FROM mapping WHERE profile_id = 'p8';
CALL segments.refresh();
SELECT * FROM checked();
INSERT INTO mapping VALUES ('contact', 'c16', 'p8');
CALL segments.refresh();
SELECT * FROM checked();
\echo the record''s interactions are deleted, too
DELETE FROM opened WHERE record_id = 'c18';
DELETE FROM mapping WHERE record_id = 'c18';
CALL segments.refresh();
SELECT * FROM checked();
\echo a record''s type is another one
DELETE FROM mapping WHERE record_id = 'l1';
UPDATE mapping SET record_type = 'lead', record_id = 'l1' WHERE record_id = 'c19';
CALL segments.refresh();
SELECT * FROM checked();
\echo the mapping is loaded anew with TRUNCATE and COPY: as it was, then changed
CREATE TABLE copied AS SELECT record_type, record_id, profile_id FROM mapping;
TRUNCATE mapping;
INSERT INTO mapping SELECT * FROM copied ORDER BY record_id DESC;
CALL segments.refresh();
SELECT * FROM checked();
SELECT added, changed, fragments FROM last_refresh;
BEGIN;
TRUNCATE mapping;
COPY mapping (record_type, record_id, profile_id) FROM stdin (DELIMITER ',');
contact,c1,p0
contact,c2,p1
contact,c3,p1
contact,c4,p1
lead,l1,p7
contact,c9,new
contact,c30,new
\.
COMMIT;
CALL segments.refresh();
SELECT * FROM checked();
\echo and is empty for a while
TRUNCATE mapping;
CALL segments.refresh();
SELECT * FROM checked();
INSERT INTO mapping SELECT * FROM copied;
CALL segments.refresh();
SELECT * FROM checked();

\echo old profile ids leave a trace
SELECT record_type, record_id, profile_id, until_refresh, current_profile_id FROM segments.previous_profile_ids WHERE record_id IN ('c7', 'c2', 'c12') ORDER BY 2, 3;
SELECT DISTINCT current_profile_id AS p1_is_now FROM segments.previous_profile_ids WHERE profile_id = 'p1' ORDER BY 1;
SELECT bool_and(until = as_of) AS when_it_was_seen FROM segments.previous_profile_ids JOIN segments.refresh ON refresh_id = until_refresh;
\echo - to and fro: one row; numbered anew each night: the last eight
SELECT count(*) AS rows FROM segments.previous_profile_ids WHERE record_id = 'c1';
UPDATE mapping SET profile_id = 'x' WHERE record_id = 'c1';
CALL segments.refresh();
UPDATE mapping SET profile_id = 'p0' WHERE record_id = 'c1';
CALL segments.refresh();
UPDATE mapping SET profile_id = 'x' WHERE record_id = 'c1';
CALL segments.refresh();
SELECT profile_id, current_profile_id FROM segments.previous_profile_ids WHERE record_id = 'c1' ORDER BY until_refresh;
SELECT format('UPDATE mapping SET profile_id = %L WHERE record_id = %L', 'night' || n, 'c1'), 'CALL segments.refresh()' FROM generate_series(1, 12) n \gexec
SELECT string_agg(profile_id, ' ' ORDER BY until_refresh) AS last_eight FROM segments.previous_profile_ids WHERE record_id = 'c1';
\echo - also of the longest ids
INSERT INTO mapping VALUES ('contact', (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 77) n), (SELECT string_agg(md5(n::text), '') FROM generate_series(101, 177) n));
CALL segments.refresh();
UPDATE mapping SET profile_id = 'short' WHERE length(record_id) > 2000;
CALL segments.refresh();
SELECT length(record_id) AS record, length(profile_id) AS profile FROM segments.previous_profile_ids WHERE current_profile_id = 'short';
\echo - who may see them
CREATE ROLE segments_test_identity;
SET ROLE segments_test_identity;
SELECT count(*) FROM segments.previous_profile_ids;
SELECT count(*) FROM segments.previous_profile;
RESET ROLE;
GRANT SELECT (record_id) ON mapping TO segments_test_identity;
SET ROLE segments_test_identity;
SELECT count(*) FROM segments.previous_profile_ids;
RESET ROLE;
GRANT SELECT (record_type, profile_id) ON mapping TO segments_test_identity;
SET ROLE segments_test_identity;
SELECT count(*) > 0 AS some FROM segments.previous_profile_ids;
RESET ROLE;
\echo - a column that goes by another name than registered may be read by nobody, as what stands under its name is not it
REVOKE SELECT (profile_id) ON mapping FROM segments_test_identity;
ALTER TABLE mapping RENAME profile_id TO pid;
SET ROLE segments_test_identity;
SELECT count(*) FROM segments.previous_profile_ids;
RESET ROLE;
ALTER TABLE mapping RENAME pid TO profile_id;
GRANT SELECT ON mapping TO segments_test_identity;
SET ROLE segments_test_identity;
SELECT count(*) > 0 AS some FROM segments.previous_profile_ids;
RESET ROLE;
REVOKE ALL ON mapping FROM segments_test_identity;
DROP ROLE segments_test_identity;

\echo what a change costs: one record of 100,000 moves, is new, leaves
TRUNCATE mapping;
INSERT INTO mapping SELECT 'contact', 'm' || i, 'm' || i / 2 FROM generate_series(1, 100000) i;
INSERT INTO opened SELECT 'contact', 'm' || i, '2026-02-01'::timestamptz + n * interval '1 hour' FROM generate_series(1, 100000) i, generate_series(1, 2) n;
CALL segments.refresh();
SELECT count(*) AS fragments FROM segments.fragment WHERE field = 0 AND to_refresh = 9223372036854775807;
CALL segments.refresh();
UPDATE mapping SET profile_id = 'm7' WHERE record_id = 'm50000';
CALL segments.refresh();
SELECT * FROM last_refresh;
INSERT INTO mapping VALUES ('contact', 'late', 'm7');
CALL segments.refresh();
SELECT * FROM last_refresh;
DELETE FROM mapping WHERE record_id = 'm60000';
CALL segments.refresh();
SELECT * FROM last_refresh;
SELECT * FROM checked();
\echo - to another tile: its rows are copied, and nothing else is written
UPDATE segments.tile SET next_ordinal = (tile + 1)::bigint * 131072 - 16384 WHERE to_refresh = 9223372036854775807;
INSERT INTO mapping SELECT 'contact', 'far' || i, 'far' FROM generate_series(1, 3) i;
CALL segments.refresh();
UPDATE mapping SET profile_id = 'far' WHERE record_id IN ('m70000', 'm70001');
CALL segments.refresh();
SELECT added, changed, fragments FROM last_refresh;
SELECT * FROM checked();
SELECT count(*) AS moved FROM segments.moved_record;
\echo - an erasure finds the rows that they left behind
SELECT records, interactions FROM segments.erase_profile('far');
SELECT * FROM checked();
SELECT * FROM segments.forgotten('far', '{{contact,m70000},{contact,m70001},{contact,far1}}');
CALL segments.refresh();
SELECT * FROM checked();

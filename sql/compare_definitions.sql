-- What another definition changes.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE compare_definitions_analyst;
CREATE TABLE opened (record_id text, occurred_at timestamptz, n int);
CREATE TABLE clicked (record_id text, occurred_at timestamptz);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_interaction('clicked', 'Clicked', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'r' || i, 'p' || i FROM generate_series(0, 99) i;
INSERT INTO opened SELECT 'r' || i, '2026-01-01', i FROM generate_series(0, 59) i;
INSERT INTO clicked SELECT 'r' || i, '2026-01-01' FROM generate_series(40, 79) i;
CALL segments.refresh();
SELECT segments.create_segment('whole', 'Opened where n < 20'), segments.create_segment('part', 'Clicked or Opened where n < 20'),
       segments.create_segment('and', 'Clicked and Opened where n > 5 and not Opened where n = 41'), segments.create_segment('other', 'Clicked');

SELECT segment, before, after, added, dropped FROM segments.compare_definitions('Opened where n < 20', 'Opened where n between 10 and 30');
SELECT segment, array(SELECT * FROM segments.profiles(added_profiles) ORDER BY 1) AS added, array(SELECT * FROM segments.profiles(dropped_profiles) ORDER BY 1) AS dropped
FROM segments.compare_definitions('Opened where n < 20', 'Opened where n between 18 and 21');
-- Conditions of a connective, in any order.
SELECT segment, before, after, added, dropped FROM segments.compare_definitions('Opened where n > 5 and Clicked', 'Clicked');
SELECT segment, before, after, added, dropped FROM segments.compare_definitions('Clicked', 'Clicked');
SELECT segment, before, after, added, dropped FROM segments.compare_definitions('all', 'not all');
-- As of a time.
SELECT before, after FROM segments.compare_definitions('Opened', 'Opened within last 3 days', '2026-01-02');
SELECT before, after FROM segments.compare_definitions('Opened', 'Opened within last 3 days', '2026-01-12');

-- Random definitions, against sets.
SELECT setseed(0.75);
CREATE TABLE pair AS SELECT i, format('Opened where n between %s and %s', low, low + length) AS a, format('(Opened where n > %s or Clicked) and not Opened where n = %s', length, low) AS b
FROM (SELECT i, floor(random() * 60)::int AS low, floor(random() * 30)::int AS length FROM generate_series(1, 30) i OFFSET 0) d;
SELECT count(*), count(*) FILTER (WHERE c.added_profiles = (segments.segment_eval(b) - segments.segment_eval(a))) AS added,
       count(*) FILTER (WHERE c.dropped_profiles = (segments.segment_eval(a) - segments.segment_eval(b))) AS dropped,
       count(*) FILTER (WHERE before = segments.segment_count(a) AND after = segments.segment_count(b)
                          AND c.added = segments.cardinality(added_profiles) AND c.dropped = segments.cardinality(dropped_profiles)) AS counts
FROM pair, segments.compare_definitions(a, b) c WHERE segment IS NULL;

-- SELECT on the sources is the caller's; others' segments are not looked into.
SET ROLE compare_definitions_analyst;
SELECT segment, before FROM segments.compare_definitions('Opened', 'Clicked');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT SELECT ON clicked, opened TO compare_definitions_analyst;
GRANT EXECUTE ON FUNCTION segments.create_segment TO compare_definitions_analyst;
SELECT segments.grant_members('part', 'compare_definitions_analyst');
SET ROLE compare_definitions_analyst;
SELECT segments.create_segment('own', 'Clicked and Opened');
SELECT segment, before, after FROM segments.compare_definitions('Clicked', 'all');
RESET ROLE;
REVOKE SELECT ON opened FROM compare_definitions_analyst;
SET ROLE compare_definitions_analyst;
SELECT segment, before, after, added_profiles IS NULL AS unknown FROM segments.compare_definitions('Clicked', 'all');
RESET ROLE;
SELECT segments.compare_definitions('Unheard', 'all');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.compare_definitions('all', NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT segments.revoke_members('part', 'compare_definitions_analyst'), segments.drop_segment('own');
DROP OWNED BY compare_definitions_analyst;
DROP ROLE compare_definitions_analyst;

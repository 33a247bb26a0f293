-- What each two of many segments share, against plain SQL over the view member.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE segment_overlap_reader;
CREATE TABLE opened (record_id text, occurred_at timestamptz, n int);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
-- Two tiles, most of whose records are of no profile; some profiles have two records.
INSERT INTO mapping SELECT 'r' || i, 'p' || i / 2 FROM generate_series(0, 2999) i;
INSERT INTO opened SELECT 'r' || i, '2026-01-01', i FROM generate_series(0, 2999) i;
INSERT INTO opened SELECT 'f' || i, '2026-01-01', -i FROM generate_series(1, 130000) i;
CALL segments.refresh();
INSERT INTO mapping SELECT 'f' || i, 'q' || i FROM generate_series(128001, 130000) i;
CALL segments.refresh();
SELECT count(*) AS tiles FROM segments.tile WHERE to_refresh = 9223372036854775807 AND profile_count > 0;

-- Few members, most, none, everybody, twice the same.
SELECT setseed(0.5);
SELECT count(segments.create_segment(format('s%s', i), definition::segments.definition)) AS created FROM (
    SELECT i, format(CASE i % 5
        WHEN 0 THEN 'Opened where n between %s and %s'
        WHEN 1 THEN 'not Opened where n between %s and %s'
        WHEN 2 THEN 'Opened where (n < %s or n > %s)'
        WHEN 3 THEN 'all except Opened where (n > %s and n < %s)'
        ELSE 'Opened where (n in (%s, %s) or n < -129000)' END, low, low + floor(random() * 1000)::int) AS definition
    FROM (SELECT i, floor(random() * 4000)::int - 500 AS low FROM generate_series(1, 45) i OFFSET 0) drawn) defined;
SELECT segments.create_segment('everybody', 'all'), segments.create_segment('all of them', 'all'), segments.create_segment('nobody', 'not all'),
       segments.create_segment('nobody else', 'Opened where n = 5000'), segments.create_segment('later', 'all', run => false);

CREATE VIEW plain AS
WITH sizes AS (SELECT o.name, count(m.profile_id) AS members FROM segments.segment_overview o LEFT JOIN segments.member m ON m.segment = o.name
               WHERE o.state = 'successful' GROUP BY o.name),
     shared AS (SELECT x.segment AS a, y.segment AS b, count(*) AS shared
                FROM (SELECT * FROM segments.member) x JOIN (SELECT * FROM segments.member) y USING (profile_id) GROUP BY 1, 2)
SELECT a.name AS a, b.name AS b, a.members AS a_members, b.members AS b_members, coalesce(shared, 0) AS intersection,
       coalesce(shared, 0) / nullif(a.members + b.members - coalesce(shared, 0), 0)::float8 AS jaccard,
       coalesce(shared, 0) / nullif(a.members, 0)::float8 AS a_in_b, coalesce(shared, 0) / nullif(b.members, 0)::float8 AS b_in_a,
       a.members = coalesce(shared, 0) AND b.members = coalesce(shared, 0) AS is_duplicate
FROM sizes a JOIN sizes b ON a.name < b.name LEFT JOIN shared ON shared.a = a.name AND shared.b = b.name;
SET work_mem = '256MB';
SELECT count(*) AS pairs, count(*) FILTER (WHERE intersection > 0) > 500 AS many_overlap, count(*) FILTER (WHERE is_duplicate) > 2 AS some_equal
FROM segments.segment_overlap();
SELECT count(*) AS differences FROM (
    (SELECT least(a, b), greatest(a, b), CASE WHEN a < b THEN a_members ELSE b_members END, CASE WHEN a < b THEN b_members ELSE a_members END,
            intersection, jaccard, CASE WHEN a < b THEN a_in_b ELSE b_in_a END, CASE WHEN a < b THEN b_in_a ELSE a_in_b END, is_duplicate
     FROM segments.segment_overlap() EXCEPT ALL SELECT * FROM plain)
    UNION ALL
    (SELECT * FROM plain EXCEPT ALL
     SELECT least(a, b), greatest(a, b), CASE WHEN a < b THEN a_members ELSE b_members END, CASE WHEN a < b THEN b_members ELSE a_members END,
            intersection, jaccard, CASE WHEN a < b THEN a_in_b ELSE b_in_a END, CASE WHEN a < b THEN b_in_a ELSE a_in_b END, is_duplicate
     FROM segments.segment_overlap())) different;

-- In the order of the names, each pair once; empty sets are equal, and have no shares.
SELECT * FROM segments.segment_overlap(ARRAY['nobody', 'everybody', 'nobody', 'all of them', 'nobody else']);
SELECT * FROM segments.segment_overlap(ARRAY['nobody']);
SELECT * FROM segments.segment_overlap('{}');

-- What cannot be compared.
SELECT * FROM segments.segment_overlap(ARRAY['nobody', 'unheard of']);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM segments.segment_overlap(ARRAY['nobody', 'later']);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM segments.segment_overlap(ARRAY['nobody', NULL]);
\echo :LAST_ERROR_SQLSTATE

-- Readers see what was granted to them, and nothing else.
SET ROLE segment_overlap_reader;
SELECT count(*) FROM segments.segment_overlap();
SELECT * FROM segments.segment_overlap(ARRAY['everybody', 's1']);
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT segments.grant_members('everybody', 'segment_overlap_reader'), segments.grant_members('all of them', 'public');
SET ROLE segment_overlap_reader;
SELECT * FROM segments.segment_overlap();
SELECT * FROM segments.segment_overlap(ARRAY['everybody', 's1']);
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;

-- Damaged members are named, and the others compared.
UPDATE segments.membership SET members = set_byte(members, 9, get_byte(members, 9) # 1)
WHERE segment_id = (SELECT segment_id FROM segments.segment WHERE name = 's1');
SELECT count(*), count(*) FILTER (WHERE a = 's1' OR b = 's1') AS damaged FROM segments.segment_overlap();
SELECT * FROM segments.segment_overlap(ARRAY['s2', 's1']);
\echo :LAST_ERROR_SQLSTATE
DROP ROLE segment_overlap_reader;

-- One person: their segments, and their newest interactions, as the caller may read them.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE mapping (record_type text, record_id text, profile_id text, PRIMARY KEY (record_type, record_id));
CREATE TABLE opened (record_type text, record_id text, occurred_at timestamptz, label text, secret text, clicks int) PARTITION BY RANGE (occurred_at);
CREATE TABLE opened_old PARTITION OF opened FOR VALUES FROM (MINVALUE) TO ('2026-02-01');
CREATE TABLE opened_new PARTITION OF opened FOR VALUES FROM ('2026-02-01') TO (MAXVALUE);
CREATE TABLE bought (id bigint, at timestamptz, amount numeric, paid jsonb);
CREATE TABLE seen (who uuid, occurred_at timestamptz, page text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id', 'record_type', fields => '[{"column": "label", "name": "Label"}]') > 0
   AND segments.register_interaction('seen', 'Seen', 'occurred_at', 'who', record_type => 'lead') > 0 AS registered;
SELECT segments.register_interaction('bought', 'Bought', 'at', 'id', record_type => 'contact') > 0 AS registered;
SELECT segments.register_unification('mapping', record_type_column => 'record_type');
INSERT INTO mapping VALUES ('contact', '7', 'p1'), ('contact', 'x7', 'p1'), ('lead', '00000000-0000-0000-0000-000000000007', 'p1'), ('lead', '7', 'p2'), ('contact', '07', 'p3');
INSERT INTO opened SELECT 'contact', '7', '2026-01-01'::timestamptz + n * interval '1 day', 'l' || n, 's' || n, n FROM generate_series(1, 60) n;
INSERT INTO opened VALUES ('lead', '7', '2026-03-09', 'of p2', '', 0), ('contact', 'x7', '2026-01-15 12:00', NULL, NULL, NULL);
INSERT INTO bought VALUES (7, '2026-02-28 12:00', 9.90, '{"card": 1}'), (7, NULL, 1, NULL), (8, '2026-02-28', 1, NULL), (7, 'infinity', 0, NULL), (7, '-infinity', 0, NULL);
INSERT INTO seen VALUES ('00000000-0000-0000-0000-000000000007', '2026-02-28 13:00', '/a'), ('00000000-0000-0000-0000-000000000008', '2026-02-28 13:00', '/b');

-- Before the first refresh nobody is known.
SELECT count(*) FROM segments.timeline('p1');
CALL segments.refresh();
SELECT * FROM segments.timeline('p1', newest => 6);
SELECT occurred_at, type, record_type, record_id, fields FROM segments.timeline('p1', '{bought}');
SELECT count(*) FROM segments.timeline('p1', '{Opened,Seen}', 1000);
SELECT * FROM segments.timeline('p2');
SELECT count(*) FROM segments.timeline('p3') UNION ALL SELECT count(*) FROM segments.timeline('nobody') UNION ALL SELECT count(*) FROM segments.timeline(NULL)
UNION ALL SELECT count(*) FROM segments.timeline('p1', newest => 0);

-- As in SQL.
CREATE VIEW all_events AS
SELECT e.occurred_at, 'Opened' AS type, e.record_type, e.record_id, jsonb_build_object('Label', label, 'secret', secret, 'clicks', clicks) AS fields, m.profile_id
FROM opened e JOIN mapping m USING (record_type, record_id)
UNION ALL SELECT at, 'Bought', 'contact', id::text, jsonb_build_object('amount', amount, 'paid', paid), m.profile_id FROM bought JOIN mapping m ON m.record_type = 'contact' AND m.record_id = id::text
UNION ALL SELECT occurred_at, 'Seen', 'lead', who::text, jsonb_build_object('page', page), m.profile_id FROM seen JOIN mapping m ON m.record_type = 'lead' AND m.record_id = who::text;
SELECT profile_id, count(*) AS differ FROM (SELECT DISTINCT profile_id FROM mapping) p, LATERAL (
    (SELECT occurred_at, type, record_type, record_id, fields FROM segments.timeline(profile_id, newest => 10000)
     EXCEPT ALL SELECT occurred_at, type, record_type, record_id, fields FROM all_events e WHERE e.profile_id = p.profile_id AND occurred_at IS NOT NULL)
    UNION ALL
    (SELECT occurred_at, type, record_type, record_id, fields FROM all_events e WHERE e.profile_id = p.profile_id AND occurred_at IS NOT NULL
     EXCEPT ALL SELECT occurred_at, type, record_type, record_id, fields FROM segments.timeline(profile_id, newest => 10000))) d GROUP BY 1;
SELECT bool_and(previous >= occurred_at) AS newest_first
FROM (SELECT occurred_at, lag(occurred_at) OVER () AS previous FROM segments.timeline('p1', newest => 1000)) t;

-- An index on the record ids serves, leaf by leaf.
CREATE INDEX ON opened (record_id);
INSERT INTO opened SELECT 'contact', 'o' || n, '2026-01-01', 'x', 'y', n FROM generate_series(1, 5000) n;
ANALYZE opened;
-- (In one transaction: between two, the counters may be reported and begin anew.)
BEGIN;
SELECT seq_scan, idx_scan FROM pg_stat_xact_user_tables WHERE relname = 'opened_old' \gset
SELECT count(*) FROM segments.timeline('p1', '{Opened}', 1000);
SELECT seq_scan - :seq_scan AS by_scan, idx_scan - :idx_scan > 0 AS by_index FROM pg_stat_xact_user_tables WHERE relname = 'opened_old';
COMMIT;

-- Errors.
SELECT * FROM segments.timeline('p1', '{Opnd}');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM segments.timeline('p1', newest => -1);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM segments.timeline('p1', newest => 100001);
\echo :LAST_ERROR_SQLSTATE

-- The caller's privileges: the mapping, and each column.
CREATE ROLE segments_test_support;
CREATE ROLE segments_test_trap;
SET ROLE segments_test_support;
SELECT * FROM segments.timeline('p1');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT SELECT ON mapping TO segments_test_support;
SET ROLE segments_test_support;
SELECT * FROM segments.timeline('p1');
SELECT * FROM segments.timeline('p1', '{Seen}');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT SELECT ON seen TO segments_test_support;
GRANT SELECT (record_type, record_id, occurred_at, label) ON opened TO segments_test_support;
SET ROLE segments_test_support;
SELECT * FROM segments.timeline('p1', newest => 3);
RESET ROLE;

-- Policies: of a table, and of the mapping.
ALTER TABLE opened ENABLE ROW LEVEL SECURITY;
CREATE POLICY some_rows ON opened USING (clicks % 2 = 0 AND current_user = 'segments_test_support');
SET ROLE segments_test_support;
SELECT occurred_at, type, fields FROM segments.timeline('p1', newest => 3);
SELECT count(*) FROM segments.timeline('p1', '{Opened}', 1000);
RESET ROLE;
SELECT count(*) FROM segments.timeline('p1', '{Opened}', 1000);
ALTER TABLE mapping ENABLE ROW LEVEL SECURITY;
CREATE POLICY some_rows ON mapping USING (record_id <> '7');
SELECT segments.alter_unification(acknowledge_row_security => true);
SET ROLE segments_test_support;
SELECT record_id, type, count(*) FROM segments.timeline('p1', newest => 1000) GROUP BY 1, 2;
RESET ROLE;
ALTER TABLE mapping DISABLE ROW LEVEL SECURITY;

-- Policies of an owner who is not trusted do not run with the caller's rights unasked, and what else such an owner wrote never does.
CREATE FUNCTION trap(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'trap runs as %', current_user; RETURN true; END $$;
ALTER TABLE seen OWNER TO segments_test_trap;
ALTER TABLE seen ENABLE ROW LEVEL SECURITY;
CREATE POLICY trap ON seen USING (trap(page));
SET ROLE segments_test_support;
SET client_min_messages = notice;
SELECT count(*) FROM segments.timeline('p1', newest => 1000);
SELECT count(*) FROM segments.timeline('p1', '{Seen}');
RESET ROLE;
SELECT count(*) FROM segments.timeline('p1', '{Seen}');
SET client_min_messages = warning;
ALTER TABLE seen DISABLE ROW LEVEL SECURITY;
ALTER TABLE seen OWNER TO CURRENT_USER;
ALTER TABLE opened DISABLE ROW LEVEL SECURITY;

-- The segments of a profile, as the caller may read them.
SELECT segments.create_segment('openers', 'Opened'), segments.create_segment('buyers', 'Bought'), segments.create_segment('nobody', 'not all');
SELECT segments.run_segment('openers');
SELECT segment, since < as_of AS is_older, as_of = (SELECT as_of FROM segments.segment_overview WHERE name = segment) AS as_of FROM segments.profile_segments('p1') ORDER BY 1;
SELECT segment FROM segments.profile_segments('p2');
SELECT segment FROM segments.profile_segments('p4') UNION ALL SELECT segment FROM segments.profile_segments(NULL);
SELECT segments.grant_members('buyers', 'segments_test_support');
SET ROLE segments_test_support;
SELECT segment FROM segments.profile_segments('p1');
RESET ROLE;
DROP OWNED BY segments_test_support, segments_test_trap;
DROP ROLE segments_test_support, segments_test_trap;

-- Keys that generated columns compute: mappings with rows that are marked as deleted, and interactions that go by the first of several ids.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
\set SHOW_CONTEXT never

-- Rows that are marked as deleted map nothing.
CREATE TABLE visited (contact_id text, at timestamptz);
CREATE TABLE contact (contact_id text, customer_id text, deleted_at timestamptz,
    live_id text GENERATED ALWAYS AS (CASE WHEN deleted_at IS NULL THEN contact_id END) STORED UNIQUE);
CREATE VIEW visits AS SELECT c.customer_id, v.at FROM visited v JOIN contact c USING (contact_id) WHERE c.deleted_at IS NULL;
CREATE FUNCTION differing() RETURNS TABLE (customer_id text, counted bigint, expected bigint) LANGUAGE sql AS $$
    SELECT * FROM (SELECT p.customer_id, (SELECT interactions FROM segments.explain_member('visitors', p.customer_id)) AS counted,
            (SELECT count(*) FROM visits v WHERE v.customer_id = p.customer_id) AS expected
        FROM (SELECT DISTINCT customer_id FROM contact WHERE deleted_at IS NULL) p) c WHERE counted IS DISTINCT FROM expected
$$;
SELECT segments.register_interaction('visited', 'Visited', 'at', 'contact_id') > 0;
SELECT segments.register_unification('contact', 'customer_id', 'live_id', record_type => 'contact');
INSERT INTO contact SELECT 'c' || n, 'p' || n / 3, CASE WHEN n % 4 = 0 THEN '2026-01-01'::timestamptz END FROM generate_series(1, 100) n;
INSERT INTO visited SELECT 'c' || n % 110, '2026-01-01'::timestamptz + n * interval '1 hour' FROM generate_series(1, 500) n;
CALL segments.refresh();
SELECT segments.create_segment('visitors', 'Visited at least 2 times');
SELECT segments.segment_count('Visited') = (SELECT count(DISTINCT customer_id) FROM visits), segments.segment_count('all') = (SELECT count(DISTINCT customer_id) FROM contact WHERE deleted_at IS NULL);
SELECT * FROM differing();
-- Marked, unmarked, deleted for good, and given to somebody else while the old row stays.
UPDATE contact SET deleted_at = now() WHERE contact_id IN ('c5', 'c6', 'c7', 'c9', 'c10');
UPDATE contact SET deleted_at = NULL WHERE contact_id IN ('c20', 'c40');
DELETE FROM contact WHERE contact_id IN ('c30', 'c60');
INSERT INTO contact VALUES ('c8', 'p50'), ('c9', 'p50');
CALL segments.refresh();
SELECT segments.segment_count('Visited') = (SELECT count(DISTINCT customer_id) FROM visits), segments.segment_count('all') = (SELECT count(DISTINCT customer_id) FROM contact WHERE deleted_at IS NULL);
SELECT * FROM differing();
-- Who is erased loses the marked rows, too, but not what somebody else did whose record that is now.
SELECT contact_id, customer_id, deleted_at IS NULL AS live FROM contact WHERE customer_id = 'p3' OR contact_id = 'c9' ORDER BY 1, 2;
SELECT profiles, records, interactions, mapping_rows FROM segments.erase_profile('p3');
SELECT contact_id, customer_id, deleted_at IS NULL AS live FROM contact WHERE customer_id = 'p3' OR contact_id = 'c9' ORDER BY 1, 2;
SELECT * FROM segments.forgotten('p3', '{{contact,c11}}');
CALL segments.refresh();
SELECT * FROM differing();
SELECT segments.drop_segment('visitors'), segments.unregister_interaction('Visited'), segments.unregister_unification();

-- The first of several ids: that of the user, else the e-mail address, else the visitor; the type of record says which.
CREATE TABLE happened (user_id int, email text, visitor uuid, at timestamptz, what text,
    key text GENERATED ALWAYS AS (coalesce(user_id::text, lower(btrim(email)), visitor::text)) STORED,
    key_type text GENERATED ALWAYS AS (CASE WHEN user_id IS NOT NULL THEN 'user' WHEN email IS NOT NULL THEN 'email' ELSE 'visitor' END) STORED);
CREATE TABLE identity (key_type text, key text, person text);
CREATE FUNCTION visitor(n int) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5(n::text)::uuid $$;
CREATE VIEW deeds AS SELECT i.person, h.what FROM happened h
    JOIN identity i ON CASE WHEN h.user_id IS NOT NULL THEN (i.key_type, i.key) = ('user', h.user_id::text)
        WHEN h.email IS NOT NULL THEN (i.key_type, i.key) = ('email', lower(btrim(h.email))) ELSE (i.key_type, i.key) = ('visitor', h.visitor::text) END;
SELECT segments.register_record_type('user'), segments.register_record_type('email'), segments.register_record_type('visitor');
SELECT segments.register_interaction('happened', 'Happened', 'at', 'key', 'key_type') > 0;
SELECT segments.register_unification('identity', 'person', 'key', 'key_type');
INSERT INTO identity SELECT 'user', n, 'q' || n FROM generate_series(1, 20) n;
INSERT INTO identity SELECT 'email', 'user' || n || '@example.org', 'q' || n FROM generate_series(11, 30) n;
INSERT INTO identity SELECT 'visitor', visitor(n), 'q' || n FROM generate_series(21, 40) n;
INSERT INTO happened SELECT CASE WHEN n % 7 < 2 THEN n % 50 END, CASE WHEN n % 5 < 2 THEN 'User' || n % 50 || '@Example.org ' END, CASE WHEN n % 3 < 2 THEN visitor(n % 50) END,
    '2026-01-01'::timestamptz + n * interval '1 minute', n FROM generate_series(1, 2000) n;
CALL segments.refresh();
SELECT segments.segment_count('Happened') = (SELECT count(DISTINCT person) FROM deeds), segments.segment_count('Happened at least 30 times') = (SELECT count(*) FROM (SELECT FROM deeds GROUP BY person HAVING count(*) >= 30) d),
    segments.segment_count('Happened at least 30 times') BETWEEN 5 AND 35;
SELECT segments.segment_count('Happened where ProfileType = ''email''') = (SELECT count(DISTINCT person) FROM happened JOIN identity i USING (key) WHERE user_id IS NULL AND email IS NOT NULL AND i.key_type = 'email');
SELECT total = (SELECT count(*) FROM happened) AS counts_all, linked = (SELECT count(*) FROM deeds) AS counts_linked FROM segments.interaction_catalog WHERE name = 'Happened';
-- Whoever is known later has another record from then on; the mapping says whose the old one is.
UPDATE happened SET user_id = 3 WHERE visitor = visitor(45);
UPDATE happened SET email = NULL WHERE what::int % 11 = 0;
INSERT INTO identity VALUES ('visitor', visitor(46), 'q1');
CALL segments.refresh();
SELECT segments.segment_count('Happened') = (SELECT count(DISTINCT person) FROM deeds), segments.segment_count('Happened at least 30 times') = (SELECT count(*) FROM (SELECT FROM deeds GROUP BY person HAVING count(*) >= 30) d),
    segments.segment_count('Happened at least 30 times') BETWEEN 5 AND 35;
SELECT array_agg(fields ->> 'what' ORDER BY fields ->> 'what') = (SELECT array_agg(what ORDER BY what) FROM deeds WHERE person = 'q1') FROM segments.timeline('q1');
CREATE TABLE expected AS SELECT count(*) AS deeds FROM deeds WHERE person = 'q1';
SELECT records, interactions = expected.deeds AS erases_all FROM expected, segments.erase_profile('q1');
SELECT count(*) FROM deeds WHERE person = 'q1';
SELECT * FROM segments.forgotten('q1', ARRAY[ARRAY['user', '1'], ARRAY['visitor', visitor(46)::text]]);

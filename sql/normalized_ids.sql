-- Ids that two tables write in several ways, linked as the reference says ("Keys that columns compute"): by a column of each that writes them in one way. Everything
-- goes by it, as plain SQL does that joins by the same expression.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
\set SHOW_CONTEXT never
CREATE FUNCTION written(id text, how int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE how WHEN 1 THEN upper(id) WHEN 2 THEN ' ' || id WHEN 3 THEN id || E'\t' ELSE id END
$$;
CREATE TABLE bought (email text, at timestamptz, what text);
CREATE TABLE customer (email text, customer_id text);
SELECT segments.register_interaction('bought', 'Bought', 'at', 'email') > 0;
SELECT segments.register_unification('customer', 'customer_id', 'email', record_type => 'contact');
INSERT INTO customer SELECT written('user' || n || '@example.org', n % 4), 'c' || n FROM generate_series(1, 60) n;
INSERT INTO bought SELECT written('user' || n % 80 || '@example.org', n / 80 % 4), '2026-01-01'::timestamptz + n * interval '1 minute', n FROM generate_series(1, 320) n;
CREATE VIEW purchases AS SELECT customer_id, what FROM bought b JOIN customer c ON lower(btrim(b.email, E' \t')) = lower(btrim(c.email, E' \t'));
CALL segments.refresh();
SELECT count(*) > 100, array_agg(DISTINCT differs_in::text) FROM segments.unlinked_records('Bought', NULL) WHERE near_record_id IS NOT NULL;
ALTER TABLE bought ADD email_key text GENERATED ALWAYS AS (lower(btrim(email, E' \t'))) STORED;
ALTER TABLE customer ADD email_key text GENERATED ALWAYS AS (lower(btrim(email, E' \t'))) STORED;
SELECT segments.alter_interaction('Bought', record_id_column => 'email_key'), segments.alter_unification(record_id_column => 'email_key');
CALL segments.refresh();
SELECT count(*), count(near_record_id) FROM segments.unlinked_records('Bought', NULL);
SELECT segments.segment_count('Bought at least 4 times') = (SELECT count(*) FROM (SELECT FROM purchases GROUP BY customer_id HAVING count(*) >= 4) p);
SELECT array_agg(what ORDER BY what) = (SELECT array_agg(what ORDER BY what) FROM purchases WHERE customer_id = 'c7') FROM (SELECT fields ->> 'what' AS what FROM segments.timeline('c7')) t;
SELECT segments.create_segment('buyers', 'Bought');
SELECT verdict, interactions = (SELECT count(*) FROM purchases WHERE customer_id = 'c7') FROM segments.explain_member('buyers', 'c7');
-- What is written in another way is deleted, and changes, like the rest.
UPDATE bought SET email = upper(email) || ' ' WHERE what::int % 3 = 0;
DELETE FROM bought WHERE email ~ 'USER1';
INSERT INTO bought VALUES (' USER60@EXAMPLE.ORG', '2026-02-01', 'late');
CALL segments.refresh();
SELECT segments.segment_count('Bought') = (SELECT count(DISTINCT customer_id) FROM purchases), segments.segment_count('Bought at least 5 times') = (SELECT count(*) FROM (SELECT FROM purchases GROUP BY customer_id HAVING count(*) >= 5) p);
SELECT count(*) AS rows_before FROM bought WHERE email ~* '\muser7@';
SELECT profiles, interactions FROM segments.erase_profile('c7');
SELECT count(*) FROM bought WHERE email ~* '\muser7@';
SELECT * FROM segments.forgotten('c7', '{{contact,user7@example.org}}');
-- One key, two profiles.
INSERT INTO customer VALUES ('USER9@example.org ', 'another');
CALL segments.refresh();

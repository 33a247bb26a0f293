-- Ids of changes are read where rows of the history's numbers are expected to lie, and found wherever they do.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE TABLE bought (record_id text, at timestamptz, amount int);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('bought', 'Bought', 'at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
-- Ids of many lengths: pages have different numbers of rows.
INSERT INTO mapping SELECT 'r' || i, i || repeat('x', hashint4(i) & 63) FROM generate_series(1, 20000) i;
INSERT INTO bought SELECT 'r' || i, timestamptz '2026-01-01', hashint4(i + 7) & 1023 FROM generate_series(1, 20000) i;
CALL segments.refresh();
SELECT segments.create_segment('half', 'Bought where amount < 512'), segments.create_segment('some', 'Bought where amount < 50'),
       segments.create_segment('few', 'Bought where amount = 7');
UPDATE bought SET amount = (amount + 100) & 1023 WHERE hashtext(record_id) % 5 = 0;
CALL segments.refresh();

-- What consumers of changes are told, by a join of the server's.
CREATE FUNCTION differing() RETURNS TABLE (segment text, changes bigint, differing bigint) LANGUAGE sql AS $$
    SELECT s.name, count(*), count(*) FILTER (WHERE d.profile_id IS NULL OR c.profile_id IS NULL)
    FROM segments.segment s,
        LATERAL (SELECT profile_id, change, run_id FROM segments.membership_change WHERE segment = s.name OFFSET 0) c
        FULL JOIN LATERAL (SELECT profile_id, change, run_id FROM segments.changes_since(s.name)) d USING (profile_id, change, run_id)
    GROUP BY 1 ORDER BY 1
$$;
SELECT * FROM differing();
\echo rows that have moved to other places
UPDATE segments.history_profile SET profile_id = profile_id || 'y' WHERE number % 7 = 0;
SELECT * FROM differing();
VACUUM segments.history_profile;
SELECT * FROM differing();
\echo numbers of erased persons
UPDATE segments.history_profile SET profile_id = NULL WHERE number % 11 = 0;
SELECT * FROM differing();
\echo a table in another order
CREATE INDEX by_length ON segments.history_profile (length(profile_id));
CLUSTER segments.history_profile USING by_length;
SELECT * FROM differing();
\echo many profiles in one query, and bitmaps beside few numbers
SELECT count(*) FROM (SELECT DISTINCT profile_id FROM segments.membership_change) p JOIN segments.membership_change USING (profile_id);
SELECT count(*) FROM segments.membership_change;

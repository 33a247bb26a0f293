-- Erasures while a refresh in steps is half done: what it has read of a person and not published goes too, and the next refresh
-- completes exactly.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE event (record_id text, occurred_at timestamptz, email text, number int) PARTITION BY LIST (number);
CREATE TABLE event_1 PARTITION OF event FOR VALUES IN (1);
CREATE TABLE event_2 PARTITION OF event FOR VALUES IN (2);
CREATE TABLE mapping (record_id text, profile_id text);
SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping');
INSERT INTO mapping SELECT n, 'p' || n / 2 FROM generate_series(2, 401) n;
INSERT INTO event SELECT 2 + n % 400, '2026-01-01'::timestamptz + n * interval '1 min', 'c' || 2 + n % 400 || '@example.org', 1 + n % 2
FROM generate_series(1, 8000) n;
-- Rows that only count: they have no time, or no record.
INSERT INTO event SELECT '60', NULL, 'c60@example.org', 1 FROM generate_series(1, 3);
INSERT INTO event SELECT NULL, now(), NULL, 2 FROM generate_series(1, 5);

-- Reading stops within the second partition, ever later.
CREATE FUNCTION stop_reading() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN RAISE ''stopped'' USING ERRCODE = ''query_canceled''; END';
CREATE TRIGGER stop BEFORE INSERT ON segments.leaf_span FOR EACH ROW WHEN (NEW.leaf = 'event_2'::regclass AND NEW.first_block >= 16)
    EXECUTE FUNCTION stop_reading();
SET segments.refresh_step_size = 8;
CREATE VIEW read AS SELECT leaf::regclass, max(end_block) AS blocks, sum(row_count) AS rows FROM segments.leaf_span GROUP BY leaf;
-- What is stored of somebody, in fragments of whatever state.
CREATE FUNCTION stored(profile text, VARIADIC ids text[]) RETURNS bigint LANGUAGE sql AS $$
    SELECT coalesce(sum(occurrences), 0)::bigint FROM segments.forgotten(profile, '{}', ARRAY(SELECT 'c' || id || '@example.org' FROM unnest(ids) id))
    WHERE place = 'segments.fragment'
$$;
CREATE FUNCTION left_of(profile text, VARIADIC ids text[]) RETURNS TABLE (place text, occurrences bigint, detail text) LANGUAGE sql AS $$
    SELECT * FROM segments.forgotten(profile, ARRAY(SELECT ARRAY['contact', id] FROM unnest(ids) id), ARRAY(SELECT 'c' || id || '@example.org' FROM unnest(ids) id))
$$;
CREATE FUNCTION wrong() RETURNS TABLE (what text, ours bigint, theirs bigint) LANGUAGE sql AS $$
    WITH asked (what, ours, theirs) AS (
        SELECT 'all', segments.segment_count('all'), (SELECT count(DISTINCT profile_id) FROM mapping)
        UNION ALL SELECT 'event', segments.segment_count('Event'), (SELECT count(DISTINCT profile_id) FROM event JOIN mapping USING (record_id) WHERE occurred_at IS NOT NULL)
        UNION ALL SELECT 'often', segments.segment_count('Event at least 35'),
            (SELECT count(*) FROM (SELECT FROM event JOIN mapping USING (record_id) WHERE occurred_at IS NOT NULL GROUP BY profile_id HAVING count(*) >= 35) p)
        UNION ALL SELECT 'rows', (SELECT total FROM segments.interaction_catalog(true) WHERE name = 'Event'), (SELECT count(*) FROM event)
        UNION ALL SELECT 'differences', (SELECT count(*) FROM segments_internal.debug_compare('Event')), 0)
    SELECT * FROM asked WHERE ours IS DISTINCT FROM theirs
$$;

-- The first refresh: nothing is published.
CALL segments.refresh();
SELECT blocks > 0 AND rows > 0 AS has_read FROM read ORDER BY leaf::text;
SELECT stored('p10', '20', '21') > 0 AS p10, stored('p30', '60', '61') > 0 AS p30;
-- Their rows were changed, deleted and added since they were read; a record has moved to p10, and one has left it.
UPDATE event SET email = email || ', changed' WHERE record_id IN ('20', '60', '40') AND occurred_at < '2026-01-03';
DELETE FROM event WHERE record_id IN ('21', '61', '41') AND occurred_at > '2026-01-05';
INSERT INTO event VALUES ('20', '2026-02-01', 'c20@example.org', 2), ('20', '2026-02-01', 'c20@example.org', 1), ('40', '2026-02-01', 'c40@example.org', 2);
DELETE FROM event WHERE ctid = (SELECT min(ctid) FROM event_1 WHERE record_id = '60' AND occurred_at IS NULL) AND tableoid = 'event_1'::regclass;
UPDATE mapping SET profile_id = 'p10' WHERE record_id = '50';
UPDATE mapping SET profile_id = 'p11' WHERE record_id = '21';
INSERT INTO mapping VALUES ('500', 'p10');
SELECT profiles, records, interactions > 80 AS has_interactions, mapping_rows, logged_changes > 0 AS has_changes, fragments_rewritten > 0 AS has_fragments
FROM segments.erase_profiles('{p10,p30}');
SELECT * FROM left_of('p10', '20', '50', '500');
SELECT * FROM left_of('p30', '60', '61');
SELECT stored('p11', '21', '22') > 0 AS others_stay;
-- They come back: somebody new.
INSERT INTO mapping VALUES ('20', 'p10');
INSERT INTO event VALUES ('20', '2026-03-01', 'new@example.org', 1);
CALL segments.refresh();
SELECT * FROM left_of('p30', '60', '61');
DROP TRIGGER stop ON segments.leaf_span;
CALL segments.refresh();
SELECT * FROM wrong();
SELECT * FROM left_of('p30', '60', '61');
SELECT segments.segment_count('Event where email = ''new@example.org'' exactly 1 times') AS new,
       segments.segment_count('Event where email begins with ''c20@''') AS old;

-- A partition that was rewritten, while readers have the published state.
VACUUM FULL event_1;
VACUUM FULL event_2;
CREATE TRIGGER stop BEFORE INSERT ON segments.leaf_span FOR EACH ROW WHEN (NEW.leaf = 'event_2'::regclass AND NEW.first_block >= 24)
    EXECUTE FUNCTION stop_reading();
CALL segments.refresh();
SELECT blocks > 0 AND rows > 0 AS has_read FROM read ORDER BY leaf::text;
DELETE FROM event WHERE record_id IN ('70', '80') AND occurred_at < '2026-01-02';
UPDATE mapping SET profile_id = 'p35' WHERE record_id = '81';
SELECT profiles, records, mapping_rows, fragments_rewritten > 1 AS has_fragments FROM segments.erase_profile('p35');
SELECT * FROM left_of('p35', '70', '71', '81');
SELECT segments.segment_count('Event where email in (''c70@example.org'', ''c71@example.org'', ''c81@example.org'')') AS published;
-- A record that leaves the person who is erased is another's, with all that was read.
UPDATE mapping SET profile_id = 'p46' WHERE record_id = '90';
SELECT records FROM segments.erase_profile('p45');
SELECT * FROM left_of('p45', '91');
DROP TRIGGER stop ON segments.leaf_span;
CALL segments.refresh();
SELECT * FROM wrong();
SELECT * FROM left_of('p35', '70', '71', '81');
SELECT segments.segment_count('Event where email = ''c90@example.org''') AS moved;
SELECT count(*) FROM segments.leaf_reading;
SELECT count(*) FROM segments.change_log;

-- The mapping record → profile against plain SQL over it, record by record: after every refresh, segments.record and the tiles'
-- maps say what the mapping says, however it got there.
SET search_path TO public, segments, segments_internal;
\pset format unaligned
\pset tuples_only on

CREATE TABLE mapping (record_type text, record_id text, profile_id text);
CREATE INDEX ON mapping (record_id);

-- What the maps say of each ordinal, and what the records say of it.
CREATE VIEW wrong_map AS
SELECT r.ordinal, r.expected, m.first_ordinal
FROM (SELECT ordinal, min(ordinal) OVER (PARTITION BY profile_id) AS expected FROM record WHERE profile_id IS NOT NULL) r
FULL JOIN (SELECT tile::bigint * 131072 + record_offset AS ordinal, tile::bigint * 131072 + first_offset AS first_ordinal
           FROM (SELECT DISTINCT tile FROM tile) t, debug_profile_map(tile) WHERE first_offset IS NOT NULL) m USING (ordinal)
WHERE m.first_ordinal IS DISTINCT FROM r.expected;
CREATE VIEW wrong_record AS
SELECT record_type, record_id, m.profile_id AS mapped, r.profile_id AS recorded
FROM (SELECT * FROM mapping WHERE record_type IS NOT NULL AND record_id IS NOT NULL AND profile_id IS NOT NULL) m
FULL JOIN (SELECT record_type, record_id, profile_id FROM record WHERE profile_id IS NOT NULL) r USING (record_type, record_id)
WHERE m.profile_id IS DISTINCT FROM r.profile_id;
CREATE VIEW broken_invariant AS
SELECT 'several tiles' AS what FROM record GROUP BY profile_id HAVING min(ordinal) / 131072 <> max(ordinal) / 131072 AND profile_id IS NOT NULL
UNION ALL SELECT 'dead record' FROM (SELECT DISTINCT tile FROM tile) t, debug_profile_map(tile) m, record r
    WHERE m.first_offset IS NULL AND r.ordinal = tile::bigint * 131072 + record_offset
UNION ALL SELECT 'ordinal never taken' FROM record r JOIN tile t ON t.tile = r.ordinal / 131072 AND to_refresh = 9223372036854775807
    WHERE r.ordinal >= next_ordinal OR next_ordinal > (t.tile + 1)::bigint * 131072
UNION ALL SELECT 'profile count' WHERE (SELECT coalesce(sum(profile_count), 0) FROM tile WHERE to_refresh = 9223372036854775807)
    <> (SELECT count(DISTINCT profile_id) FROM record)
UNION ALL SELECT 'several current maps' FROM tile WHERE to_refresh = 9223372036854775807 GROUP BY tile HAVING count(*) > 1
UNION ALL SELECT 'wrong shard' FROM tile WHERE shard <> tile % 8;
CREATE FUNCTION check_state() RETURNS text LANGUAGE sql AS $$
    SELECT coalesce((SELECT 'wrong map: ' || w::text FROM wrong_map w LIMIT 1), (SELECT 'wrong record: ' || w::text FROM wrong_record w LIMIT 1),
                    (SELECT b::text FROM broken_invariant b LIMIT 1), 'right')
$$;
CREATE VIEW last_refresh AS SELECT records_added AS added, records_changed AS changed FROM refresh ORDER BY refresh_id DESC LIMIT 1;
-- No more records are appended to the open tile; a tile's reserve is used up.
CREATE PROCEDURE close_tile() LANGUAGE sql AS $$
    UPDATE segments.tile SET next_ordinal = (tile + 1)::bigint * 131072 - 16384
    WHERE to_refresh = 9223372036854775807 AND next_ordinal < (tile + 1)::bigint * 131072 - 16384
$$;
CREATE PROCEDURE exhaust_reserves() LANGUAGE sql AS $$
    UPDATE segments.tile SET next_ordinal = (tile + 1)::bigint * 131072 WHERE to_refresh = 9223372036854775807
$$;

\echo without a unification, and with an empty one
SELECT * FROM debug_apply_unification();
SELECT register_unification('mapping');
SELECT * FROM debug_apply_unification();
SELECT check_state(), (SELECT count(*) FROM tile);

\echo the first mapping: records of a profile are neighbours
INSERT INTO mapping SELECT CASE WHEN i % 3 = 0 THEN 'lead' ELSE 'contact' END, 'r' || i, 'p' || i % 40 FROM generate_series(1, 100) i;
SELECT * FROM debug_apply_unification();
SELECT check_state(), l.* FROM last_refresh l;
SELECT count(*) FROM (SELECT profile_id FROM record GROUP BY 1 HAVING max(ordinal) - min(ordinal) <> count(*) - 1) AS scattered;
SELECT ordinal, record_type, record_id, profile_id FROM record ORDER BY ordinal LIMIT 4;

\echo nothing changed: nothing is written
SELECT * FROM debug_apply_unification();
SELECT l.*, (SELECT max(from_refresh) FROM tile) AS last_map FROM last_refresh l;

\echo the same rows again after TRUNCATE: compared, and nothing changes
CREATE TABLE copy AS SELECT record_type, record_id, profile_id FROM mapping;
TRUNCATE mapping;
INSERT INTO mapping SELECT * FROM copy;
SELECT * FROM debug_apply_unification();
SELECT check_state(), l.*, (SELECT max(from_refresh) FROM tile) AS last_map FROM last_refresh l;

\echo one record changes its profile, one is new, one goes: only these are looked at; the last map stays
UPDATE mapping SET profile_id = 'p7' WHERE record_id = 'r1';
INSERT INTO mapping VALUES ('contact', 'new', 'p7');
DELETE FROM mapping WHERE record_id = 'r2';
SELECT count(*) FROM change_log;
SELECT * FROM debug_apply_unification();
SELECT check_state(), l.*, (SELECT count(*) FROM change_log) AS logged FROM last_refresh l;
SELECT from_refresh, to_refresh = 9223372036854775807 AS current, profile_count FROM tile ORDER BY from_refresh;

\echo profiles merge, split, vanish
UPDATE mapping SET profile_id = 'p8' WHERE profile_id IN ('p7', 'p9');
SELECT * FROM debug_apply_unification();
SELECT check_state(), l.* FROM last_refresh l;
UPDATE mapping SET profile_id = 'split ' || record_id WHERE profile_id = 'p8';
SELECT * FROM debug_apply_unification();
SELECT check_state(), l.* FROM last_refresh l;
DELETE FROM mapping WHERE profile_id IN ('p10', 'p11');
SELECT * FROM debug_apply_unification();
SELECT check_state(), l.* FROM last_refresh l;

\echo nulls map nothing; the empty string is a value
INSERT INTO mapping VALUES (NULL, 'r', 'p'), ('contact', NULL, 'p'), ('contact', 'unmapped', NULL), ('contact', '', 'p12'), ('contact', 'e', '');
SELECT * FROM debug_apply_unification();
SELECT check_state(), l.* FROM last_refresh l;
SELECT record_id, profile_id FROM record WHERE record_id IN ('', 'e', 'unmapped') ORDER BY 1;

\echo records whose profile lies in another tile move there: to the tile with most of them, of equals to the lowest
TRUNCATE mapping;
TRUNCATE record, tile, published;
INSERT INTO mapping VALUES ('contact', 'a1', 'a'), ('contact', 'a2', 'a'), ('contact', 'b1', 'b');
SELECT * FROM debug_apply_unification();
CALL close_tile();
INSERT INTO mapping VALUES ('contact', 'c1', 'c'), ('contact', 'c2', 'c'), ('contact', 'd1', 'd'), ('contact', 'e1', 'e'), ('contact', 'e2', 'e');
SELECT * FROM debug_apply_unification();
SELECT ordinal, record_id, profile_id FROM record ORDER BY ordinal;
\echo - c and a: a tie
UPDATE mapping SET profile_id = 'a' WHERE profile_id = 'c';
SELECT * FROM debug_apply_unification();
\echo - b and e: to the higher tile
UPDATE mapping SET profile_id = 'e' WHERE profile_id = 'b';
SELECT * FROM debug_apply_unification();
SELECT ordinal, record_id, profile_id FROM record ORDER BY ordinal;
SELECT tile, record_offset, first_offset FROM generate_series(0, 1) tile, debug_profile_map(tile) ORDER BY 1, 2;
SELECT check_state();
\echo - no room is left where most are: all go to the open tile
CALL exhaust_reserves();
UPDATE mapping SET profile_id = 'a' WHERE profile_id = 'd';
SELECT * FROM debug_apply_unification();
SELECT ordinal, record_id, profile_id FROM record ORDER BY ordinal;
SELECT check_state();
\echo - a known record without a profile, and a new one, join a profile
SELECT debug_resolve('{contact,contact}', '{loose,loose too}', 0);
CALL close_tile();
INSERT INTO mapping VALUES ('contact', 'loose', 'e'), ('contact', 'fresh', 'a');
SELECT * FROM debug_apply_unification();
SELECT ordinal, record_id, profile_id FROM record WHERE record_id IN ('loose', 'loose too', 'fresh') ORDER BY ordinal;
SELECT check_state();

\echo a record mapped twice: an error, and nothing is published
SELECT refresh_id FROM published \gset
INSERT INTO mapping VALUES ('contact', 'a1', 'elsewhere');
DO $$ BEGIN PERFORM * FROM segments_internal.debug_apply_unification(); EXCEPTION WHEN invalid_parameter_value THEN RAISE NOTICE '% %', SQLSTATE, SQLERRM; END $$;
SELECT * FROM debug_apply_unification();
SELECT refresh_id = :refresh_id FROM published;
UPDATE source_leaf SET filenode = 0;
SELECT * FROM debug_apply_unification();
DELETE FROM mapping WHERE profile_id = 'elsewhere';
INSERT INTO mapping VALUES ('contact', 'a1', 'a');
SELECT * FROM debug_apply_unification();
UPDATE source_leaf SET filenode = 0;
SELECT * FROM debug_apply_unification();
DELETE FROM mapping WHERE record_id = 'a1';
INSERT INTO mapping VALUES ('contact', 'a1', 'a');
SELECT * FROM debug_apply_unification();
SELECT check_state();
TRUNCATE record, tile, published;
INSERT INTO mapping VALUES ('contact', 'a1', 'a');
SELECT * FROM debug_apply_unification();
DELETE FROM mapping WHERE record_id = 'a1';

\echo more records than a tile takes under one profile
INSERT INTO mapping SELECT 'contact', 'x' || i, 'everything' FROM generate_series(1, 114689) i;
SELECT * FROM debug_apply_unification();
DELETE FROM mapping WHERE record_id = 'x1';
SELECT * FROM debug_apply_unification();
SELECT check_state(), (SELECT count(*) FROM tile);
TRUNCATE mapping, record, tile, published;

\echo random changes, over many refreshes and tiles
CREATE PROCEDURE change_at_random(rounds int) LANGUAGE plpgsql AS $$
DECLARE
    state text;
    moved int;
    moved_in_all bigint := 0;
BEGIN
    FOR round IN 1 .. rounds LOOP
        IF random() < 0.1 THEN
            CREATE TEMP TABLE kept AS SELECT record_type, record_id, profile_id FROM mapping;
            TRUNCATE mapping;
            INSERT INTO mapping SELECT * FROM kept ORDER BY random();
            DROP TABLE kept;
        END IF;
        IF random() < 0.2 THEN UPDATE segments.source_leaf SET filenode = 0; END IF;
        DELETE FROM mapping WHERE random() < 0.05 * (random() * 1.3)::int;
        UPDATE mapping SET profile_id = 'p' || (random() * 60)::int WHERE random() < 0.1;
        INSERT INTO mapping
        SELECT CASE WHEN i % 2 = 0 THEN 'lead' ELSE 'contact' END, 'r' || i, 'p' || (random() * 60)::int
        FROM (SELECT DISTINCT (random() * 200)::int AS i FROM generate_series(1, (random() * 10)::int)) new
        WHERE NOT EXISTS (SELECT FROM mapping WHERE record_id = 'r' || i);
        IF random() < 0.3 THEN
            PERFORM segments_internal.debug_resolve('{contact}', ARRAY['r' || (random() * 300)::int * 2 + 1], (random() * 20000)::int);
        END IF;
        IF random() < 0.3 THEN CALL close_tile(); END IF;
        IF random() < 0.1 THEN CALL exhaust_reserves(); END IF;
        COMMIT;
        SELECT count(*) INTO moved FROM segments_internal.debug_apply_unification();
        COMMIT;
        moved_in_all := moved_in_all + moved;
        state := check_state();
        IF state <> 'right' THEN RAISE EXCEPTION 'round %: %', round, state; END IF;
    END LOOP;
    RAISE NOTICE 'several tiles: %, moves: %', (SELECT count(DISTINCT tile) > 5 FROM segments.tile), moved_in_all > 50;
END
$$;
SELECT setseed(0.3);
CALL change_at_random(150);
SELECT count(*) FROM change_log;

\echo other columns and types; partitions that come and go
SELECT unregister_unification();
SELECT * FROM debug_apply_unification();
SELECT count(*) FROM record WHERE profile_id IS NOT NULL;
CREATE TABLE customer (id bigint, golden uuid) PARTITION BY RANGE (id);
CREATE TABLE customer_1 PARTITION OF customer FOR VALUES FROM (0) TO (100);
SELECT register_record_type('buyer');
SELECT register_unification('customer', 'golden', 'id', record_type => 'buyer');
INSERT INTO customer SELECT i, md5((i % 7)::text)::uuid FROM generate_series(1, 20) i;
SELECT * FROM debug_apply_unification();
CREATE VIEW wrong_customer AS
SELECT record_id, c.profile_id AS mapped, r.profile_id AS recorded
FROM (SELECT id::text AS record_id, golden::text AS profile_id FROM customer) c
FULL JOIN (SELECT * FROM record WHERE profile_id IS NOT NULL AND record_type = 'buyer') r USING (record_id)
WHERE c.profile_id IS DISTINCT FROM r.profile_id;
SELECT count(*) FILTER (WHERE profile_id IS NOT NULL) FROM record;
SELECT (SELECT count(*) FROM wrong_customer), (SELECT count(*) FROM wrong_map);
UPDATE customer SET golden = md5('x')::uuid WHERE id < 3;
DELETE FROM customer WHERE id = 4;
SELECT count(*) FROM debug_apply_unification();
SELECT l.*, (SELECT count(*) FROM wrong_customer), (SELECT count(*) FROM wrong_map) FROM last_refresh l;
DROP TABLE customer_1;
CREATE TABLE customer_2 PARTITION OF customer FOR VALUES FROM (100) TO (200);
INSERT INTO customer VALUES (100, md5('x')::uuid), (101, md5('y')::uuid);
SELECT count(*) FROM debug_apply_unification();
SELECT l.*, (SELECT count(*) FROM wrong_customer), (SELECT count(*) FROM wrong_map) FROM last_refresh l;

\echo ordinals of records: looked up in the table and in memory alike
SELECT unregister_unification();
TRUNCATE record, tile, published;
SELECT sum(o) = 20000::bigint * 19999 / 2 FROM unnest((SELECT debug_resolve(array_agg('contact'::text), array_agg('k' || i), 20000) FROM generate_series(1, 20000) i)) o;
SELECT debug_resolve('{contact,contact,lead,contact}', '{k1,k20000,k1,k7}', 0);
SELECT debug_resolve('{contact,contact,lead,contact,lead}', '{k1,k20000,k1,k7,k8}', 20000);
SELECT count(*), max(ordinal) FROM record;
SELECT tile, next_ordinal FROM tile;

-- Slices of values that are stored out of line, against the server's own.
SET search_path TO public, segments, segments_internal;
\pset format unaligned
\pset tuples_only on
CREATE TABLE stored (id int PRIMARY KEY, data bytea);
ALTER TABLE stored ALTER COLUMN data SET STORAGE EXTERNAL;
CREATE FUNCTION random_bytes(size int) RETURNS bytea LANGUAGE sql VOLATILE AS
    $$ SELECT substr(string_agg(decode(md5(random()::text || n), 'hex'), ''), 1, size) FROM generate_series(1, size / 16 + 1) n $$;
SELECT setseed(0.5) IS NULL;

-- Slices of every value and of many places: whole, empty, at the ends of chunks, anywhere.
CREATE VIEW compared AS
SELECT id, debug_toast_slice(data, slice.first, slice.length) IS NOT DISTINCT FROM substr(data, slice.first + 1, slice.length) AS is_same
FROM stored
CROSS JOIN LATERAL (
    SELECT 0, octet_length(data) UNION ALL SELECT octet_length(data), 0 UNION ALL SELECT octet_length(data) - 1, 1
    UNION ALL SELECT 1996 * n + d, least(e, octet_length(data) - 1996 * n - d)
              FROM generate_series(0, 3) n, (VALUES (-1), (0), (1)) a (d), (VALUES (1), (2), (1996), (7000)) b (e)
              WHERE 1996 * n + d BETWEEN 0 AND octet_length(data) - 1
    UNION ALL SELECT first, floor(random() * (octet_length(data) - first + 1))::int
              FROM (SELECT floor(random() * octet_length(data))::int FROM generate_series(1, 20)) r (first)
    ) slice (first, length);

\echo chunks that follow each other
INSERT INTO stored SELECT n, random_bytes(2500 + n * 97) FROM generate_series(1, 100) n;
INSERT INTO stored SELECT 1000 + n, random_bytes(1996 * n) FROM generate_series(2, 8) n;
INSERT INTO stored VALUES (2000, random_bytes(300000));
SELECT count(*) > 3000, count(*) FILTER (WHERE NOT is_same) FROM compared;

\echo chunks that fill what others have left, here and there, and go on at other places
DELETE FROM stored WHERE id % 3 = 0;
VACUUM stored;
INSERT INTO stored SELECT 3000 + n, random_bytes(20000 + n) FROM generate_series(1, 30) n;
UPDATE stored SET data = random_bytes(octet_length(data) + 700) WHERE id % 7 = 0;
VACUUM stored;
INSERT INTO stored VALUES (4000, random_bytes(200000));
SELECT count(*) > 3000, count(*) FILTER (WHERE NOT is_same) FROM compared;

\echo chunks of a transaction that was rolled back stand between
BEGIN;
INSERT INTO stored SELECT 5000 + n, random_bytes(9000) FROM generate_series(1, 20) n;
SELECT count(*) > 3000, count(*) FILTER (WHERE NOT is_same) FROM compared;
ROLLBACK;
INSERT INTO stored SELECT 6000 + n, random_bytes(9000) FROM generate_series(1, 20) n;
SELECT count(*) > 3000, count(*) FILTER (WHERE NOT is_same) FROM compared;

\echo what was deleted is read by whoever still sees it
BEGIN;
DECLARE before CURSOR FOR SELECT count(*) > 3000, count(*) FILTER (WHERE NOT is_same) FROM compared;
DELETE FROM stored WHERE id % 2 = 0;
FETCH ALL FROM before;
COMMIT;

-- What the report has to say, by plain SQL over the customers' tables: none of it is read from segments (but the names of the columns, which clients have to find).
SELECT set_config('search_path', 'shop', false) \g /dev/null
CREATE TEMP VIEW opening AS SELECT customer, opened_at, mail FROM opened JOIN person USING (contact);
CREATE TEMP VIEW click AS SELECT customer, clicked_at FROM clicked JOIN person USING (contact);
CREATE TEMP TABLE truth AS
SELECT 'readers' AS segment, customer COLLATE "C" AS profile_id FROM opening WHERE mail = 'spring' GROUP BY 2 HAVING count(*) >= 2
UNION ALL
SELECT 'say "hi", it''s Übermut ☃', customer FROM (SELECT customer FROM click EXCEPT SELECT customer FROM opening WHERE mail = 'spring') q;
CREATE TEMP TABLE granted AS SELECT unnest(ARRAY['nobody', 'readers', 'say "hi", it''s Übermut ☃']) COLLATE "C" AS segment;
\pset format unaligned
\pset tuples_only on
\pset fieldsep '\t'
SELECT 'overview', segment, count(profile_id), 'successful' FROM granted LEFT JOIN truth USING (segment) GROUP BY segment ORDER BY segment;
SELECT 'counts', segment, count(*), count(DISTINCT profile_id) FROM truth GROUP BY segment ORDER BY segment COLLATE "C";
SELECT 'person', p, (SELECT count(*) FROM truth WHERE profile_id = p) FROM unnest(ARRAY['p00001', 'Ж00007', 'p00002', 'absent']) WITH ORDINALITY AS asked (p, n) ORDER BY n;
SELECT 'page', md5(string_agg(profile_id, ',' ORDER BY profile_id)) FROM (SELECT profile_id FROM truth WHERE segment = 'readers' ORDER BY 1 LIMIT 50) q;
SELECT 'next page', md5(string_agg(profile_id, ',' ORDER BY profile_id)) FROM (SELECT profile_id FROM truth WHERE segment = 'readers' ORDER BY 1 OFFSET 50 LIMIT 50) q;
SELECT 'all', count(*), md5(string_agg(profile_id, ',' ORDER BY profile_id)) FROM truth WHERE segment = 'readers';
SELECT 'private', 0;
SELECT 'columns', string_agg(attname || ' ' || typname, ', ' ORDER BY attnum) FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
WHERE attrelid = 'segments.member'::regclass AND attnum > 0;
SELECT 'asked', count(*) FROM (SELECT customer FROM opening GROUP BY 1 HAVING count(*) >= 4) q;
SELECT 'asked at', count(DISTINCT customer) FROM opening WHERE opened_at BETWEEN '2026-03-01 12:00+00' AND '2026-03-11 12:00+00';
SELECT 'explained', count(DISTINCT customer) FROM click;
SELECT 'saved', count(DISTINCT customer), count(DISTINCT customer) FROM click WHERE customer NOT IN (SELECT customer FROM opening);
SELECT 'error', '42704';
SELECT 'rolled back', 0;

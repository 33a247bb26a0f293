-- Members, and changes of them, below an append: in a UNION ALL, as partitions, as children of a table.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
CREATE TABLE bought (record_id text, at timestamptz, amount int);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('bought', 'Bought', 'at', 'record_id') > 0 AS registered;
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'r' || i, md5((i / 2)::text) FROM generate_series(0, 3999) i;
INSERT INTO bought SELECT 'r' || i, now() - interval '1 day', i % 100 FROM generate_series(0, 3999) i;
CALL segments.refresh();
SELECT segments.create_segment('many', 'Bought where amount < 30'), segments.create_segment('few', 'Bought where amount = 7');
SELECT segments.publish_segment('many', 'public', 'many_members');
CREATE TABLE heap AS SELECT * FROM segments.member;
CREATE TABLE changed AS SELECT * FROM segments.membership_change;
CREATE TABLE customer AS SELECT md5(i::text) AS customer_id, i % 7 AS level FROM generate_series(0, 2500, 25) i;
ANALYZE heap, changed, customer;

-- As the foreign tables themselves, and what may stand in for them.
CREATE TABLE part (segment text, profile_id text) PARTITION BY LIST (segment);
CREATE FOREIGN TABLE part_members PARTITION OF part DEFAULT SERVER segments_member;
CREATE TABLE part_heap PARTITION OF part FOR VALUES IN ('other');
CREATE TABLE parent (segment text, profile_id text);
CREATE FOREIGN TABLE child () INHERITS (parent) SERVER segments_member;
INSERT INTO part VALUES ('other', md5('1')), ('other', 'p');
INSERT INTO parent VALUES ('other', md5('1')), ('other', 'p');
GRANT SELECT ON part, parent TO PUBLIC;
CREATE TABLE part_truth AS SELECT segment, profile_id FROM heap UNION ALL VALUES ('other', md5('1')), ('other', 'p');
SELECT count(*) FROM part_truth;

CREATE FUNCTION rows_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS
$$ BEGIN RETURN QUERY EXECUTE 'SELECT q::text FROM (' || query || ') q'; END $$;
CREATE TABLE asked (over text, query text);
INSERT INTO asked
SELECT over, format(query, over)
FROM unnest(ARRAY['(SELECT segment, profile_id FROM @member UNION ALL SELECT segment, profile_id FROM @member)',
                  '(SELECT segment, profile_id FROM @change UNION ALL SELECT segment, profile_id FROM @member UNION ALL SELECT $$x$$, customer_id FROM customer)',
                  '(SELECT segment, profile_id FROM @change UNION ALL SELECT segment, profile_id FROM @change)',
                  '(SELECT segment, profile_id FROM @part)', '(SELECT segment, profile_id FROM @parent)',
                  '(SELECT $$many$$ AS segment, profile_id FROM @view UNION ALL SELECT $$many$$, profile_id FROM @view)']) over,
     unnest(ARRAY['SELECT count(*) FROM %s x', 'SELECT * FROM %s x', 'SELECT segment, count(*) FROM %s x GROUP BY 1', 'SELECT * FROM %s x WHERE profile_id = md5($$1$$)',
                  'SELECT count(*) FROM %s x WHERE segment = $$many$$', 'SELECT * FROM %s x WHERE segment IN ($$few$$, $$other$$) AND profile_id IN ($$p$$, md5($$3$$), md5($$53$$))',
                  'SELECT profile_id FROM %s x ORDER BY profile_id COLLATE "C", segment LIMIT 5', 'SELECT count(*), sum(level) FROM %s x JOIN customer ON customer_id = profile_id',
                  'SELECT level, (SELECT count(*) FROM %s x WHERE x.profile_id = customer_id) FROM customer WHERE level = 3',
                  'SELECT count(*) FROM customer WHERE NOT EXISTS (SELECT FROM %s x WHERE x.profile_id = customer_id AND segment = $$few$$)',
                  'SELECT count(*) FROM %s x JOIN @member y USING (segment, profile_id)', 'SELECT count(*) FROM (SELECT DISTINCT profile_id FROM %s x) d']) query;
CREATE FUNCTION over_tables(query text) RETURNS text LANGUAGE sql AS $$
    SELECT replace(replace(replace(replace(replace(query, '@member', 'heap'), '@change', 'changed'), '@parent', 'part_truth'), '@part', 'part_truth'), '@view', '(SELECT profile_id FROM heap WHERE segment = ''many'') v') $$;
CREATE FUNCTION over_members(query text) RETURNS text LANGUAGE sql AS $$
    SELECT replace(replace(replace(replace(replace(query, '@member', 'segments.member'), '@change', 'segments.membership_change'), '@parent', 'parent'), '@part', 'part'), '@view', 'many_members') $$;
CREATE PROCEDURE compare(settings text) LANGUAGE plpgsql AS $$
DECLARE
    question record;
    differing bigint;
    rows bigint := 0;
    found bigint;
BEGIN
    FOR question IN SELECT over_members(query) AS members, over_tables(query) AS tables FROM asked LOOP
        SELECT count(*) INTO differing FROM (
            (SELECT rows_of(question.members) EXCEPT ALL SELECT rows_of(question.tables))
            UNION ALL (SELECT rows_of(question.tables) EXCEPT ALL SELECT rows_of(question.members))) d;
        IF differing > 0 THEN RAISE INFO '%: % rows differ: %', settings, differing, question.members; END IF;
        SELECT count(*) INTO found FROM rows_of(question.members);
        rows := rows + found;
    END LOOP;
    RAISE INFO '% questions compared %: %', (SELECT count(*) FROM asked), settings, rows > 1000;
END $$;
CALL compare('as planned');
SET enable_hashjoin = off; SET enable_mergejoin = off;
CALL compare('by nested loops');
RESET enable_hashjoin; RESET enable_mergejoin;
SET enable_partitionwise_join = on; SET enable_partitionwise_aggregate = on; SET enable_nestloop = off;
CALL compare('by partition');
RESET ALL;
SET client_min_messages = warning;

\echo whoever may read nothing reads nothing
CREATE ROLE segments_test_nobody;
GRANT USAGE ON SCHEMA segments TO segments_test_nobody;
SET ROLE segments_test_nobody;
SELECT count(*) FROM (SELECT * FROM segments.member UNION ALL SELECT * FROM segments.member) x;
SELECT count(*) FROM (SELECT segment FROM segments.membership_change UNION ALL SELECT segment FROM segments.member) x;
SELECT segment, count(*) FROM part GROUP BY 1;
SELECT segment, count(*) FROM parent GROUP BY 1;
RESET ROLE;
\set ON_ERROR_STOP 0
INSERT INTO part VALUES ('many', 'x');
UPDATE parent SET profile_id = 'x' WHERE segment = 'few';
DELETE FROM part WHERE segment = 'few';
\set ON_ERROR_STOP 1
SELECT count(*) FROM (SELECT * FROM part FOR UPDATE) x;
DROP TABLE part, parent CASCADE;
REVOKE ALL ON SCHEMA segments FROM segments_test_nobody;
DROP ROLE segments_test_nobody;

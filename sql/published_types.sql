-- Generated views show profile ids in the type of the unification's column: the same members as segments.member, found by values.
SET TimeZone = 'UTC';
SET client_min_messages = error;
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA audience;
CREATE DOMAIN customer AS bigint CHECK (value > 0);
CREATE DOMAIN email AS varchar(60) COLLATE "C";
CREATE COLLATION by_number (provider = icu, locale = 'en-u-kn-true');
CREATE TABLE bought (record_id text, at timestamptz);
INSERT INTO bought SELECT 'r' || i, now() - interval '1 day' FROM generate_series(1, 400) i WHERE i % 3 > 0;
SELECT segments.register_interaction('bought', 'Bought', 'at', 'record_id') > 0;
CREATE TABLE person AS SELECT i, md5('p' || i)::uuid AS key FROM generate_series(1, 400) i;

-- As all versions of the server write what a subquery returns.
CREATE FUNCTION plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        RETURN NEXT replace(line, '(InitPlan 1).col1', '$0');
    END LOOP;
END $$;

CREATE PROCEDURE map(type text, id text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM segments.unregister_unification();
    DROP TABLE IF EXISTS mapping;
    EXECUTE format('CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id %s)', type);
    EXECUTE format('INSERT INTO mapping SELECT ''r'' || i, (%s)::%s FROM person', id, regexp_replace(type, 'COLLATE.*', ''));
    PERFORM segments.register_unification('mapping', record_type => 'contact');
END $$;
-- Publishes a segment, and compares the view with the table of texts.
CREATE FUNCTION shows(type text) RETURNS TABLE (of_type text, of_column text, members bigint, differ bigint, known bigint, unfound bigint, joined bigint, pushed text)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM segments.create_segment('buyers', 'Bought');
    PERFORM segments.publish_segment('buyers', 'audience');
    of_type := type;
    SELECT format_type(atttypid, atttypmod) || coalesce(' ' || attcollation::regcollation, '') INTO of_column
    FROM pg_attribute LEFT JOIN pg_collation ON pg_collation.oid = attcollation WHERE attrelid = 'audience.buyers'::regclass AND attnum = 1;
    EXECUTE 'SELECT count(*) FROM audience.buyers' INTO members;
    EXECUTE 'SELECT count(*) FROM ((SELECT profile_id::text COLLATE "C" FROM audience.buyers EXCEPT ALL SELECT profile_id FROM segments.member)
        UNION ALL (SELECT profile_id FROM segments.member EXCEPT ALL SELECT profile_id::text COLLATE "C" FROM audience.buyers)) d' INTO differ;
    EXECUTE 'SELECT count(*) FROM mapping m WHERE EXISTS (SELECT FROM audience.buyers WHERE profile_id = m.profile_id OFFSET 0)' INTO known;
    EXECUTE 'SELECT count(*) FROM mapping m JOIN bought b USING (record_id) WHERE NOT EXISTS (SELECT FROM audience.buyers WHERE profile_id = ANY (ARRAY[m.profile_id]) OFFSET 0)'
        INTO unfound;
    EXECUTE 'SELECT count(*) FROM mapping JOIN audience.buyers USING (profile_id)' INTO joined;
    SELECT regexp_replace(string_agg(line, ' '), '\s+', ' ', 'g') INTO pushed
    FROM plan_of('SELECT FROM audience.buyers WHERE profile_id = (SELECT profile_id FROM mapping LIMIT 1)') line WHERE line ~ 'Profile Cond|Filter';
    RETURN NEXT;
    PERFORM segments.drop_segment('buyers', cascade => true);
END $$;
SELECT statement
FROM (VALUES (1, 'bigint', '5000000000 + i'), (2, 'integer', 'i - 200'), (3, 'smallint', 'i - 200'), (4, 'uuid', 'key'), (5, 'text', '''p'' || i'),
      (6, 'text COLLATE "C"', '''p'' || i'), (7, 'text COLLATE by_number', '''p'' || i'), (8, 'varchar(40)', '''p'' || i'), (9, 'varchar', '''p'' || i'),
      (10, 'char(9)', '''ö'' || i'), (11, 'customer', 'i'), (12, 'email', '''p'' || i')) v (n, type, id),
    LATERAL (VALUES (1, format('CALL map(%L, %L)', type, id)), (2, 'CALL segments.refresh()'), (3, format('SELECT * FROM shows(%L)', type))) s (m, statement)
ORDER BY n, m \gexec
SELECT count(*) FROM segments.typed_member_table;

\echo uuids: conditions, joins, orders and counts
CREATE TABLE customer_row (customer_id uuid, city text);
SELECT segments.unregister_unification();
DROP TABLE mapping;
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id uuid);
INSERT INTO mapping SELECT 'r' || i, key FROM person;
INSERT INTO customer_row SELECT key, 'city ' || i % 7 FROM person WHERE i % 100 = 1;
SELECT segments.register_unification('mapping', record_type => 'contact');
CALL segments.refresh();
SELECT segments.create_segment('buyers', 'Bought'), segments.create_segment('all', 'all'), segments.publish_segment('buyers', 'audience'), segments.publish_segment('all', 'audience');
PREPARE of_one (uuid) AS SELECT count(*) FROM audience.buyers WHERE profile_id = $1;
SET plan_cache_mode = force_generic_plan;
SELECT plan_of($$EXECUTE of_one('00000000-0000-0000-0000-000000000000')$$);
EXECUTE of_one('00000000-0000-0000-0000-000000000000');
SELECT i, (SELECT count(*) FROM audience.buyers WHERE profile_id = key) FROM person WHERE i <= 4 ORDER BY i;
SELECT plan_of('SELECT city FROM customer_row JOIN audience.buyers ON profile_id = customer_id');
SELECT count(*) FROM customer_row JOIN audience.buyers ON profile_id = customer_id;
SELECT plan_of('SELECT profile_id FROM audience.buyers ORDER BY profile_id LIMIT 3');
SELECT (SELECT array_agg(profile_id) FROM (SELECT profile_id FROM audience.buyers ORDER BY profile_id LIMIT 9) o)
     = (SELECT array_agg(key ORDER BY key) FROM (SELECT key FROM person WHERE i % 3 > 0 ORDER BY key LIMIT 9) o);
SELECT count(*) FROM person after WHERE i % 40 = 0 AND
    (SELECT array_agg(profile_id) FROM (SELECT profile_id FROM audience.buyers WHERE profile_id > after.key ORDER BY profile_id LIMIT 5) o)
    IS DISTINCT FROM (SELECT array_agg(key) FROM (SELECT key FROM person p WHERE p.i % 3 > 0 AND p.key > after.key ORDER BY key LIMIT 5) o);
SELECT count(*), count(DISTINCT profile_id), (array_agg(profile_id ORDER BY profile_id))[1] = (SELECT (array_agg(key ORDER BY key))[1] FROM person WHERE i % 3 > 0) FROM audience.buyers;
SELECT count(*) FROM audience.all JOIN audience.buyers USING (profile_id);
-- Equality that is not that of texts is not pushed down.
SELECT plan_of('SELECT FROM segments.member WHERE segment = ''all'' AND profile_id::bpchar = ''x''');
SELECT segments.create_segment('ALL', 'Bought');
CREATE COLLATION no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT n FROM (SELECT lower(min(segment)), count(*) AS n FROM segments.member GROUP BY segment COLLATE no_case) s ORDER BY 1;
SELECT count(DISTINCT segment COLLATE no_case) FROM segments.member;

\echo a column of another type
ALTER TABLE mapping ALTER COLUMN profile_id TYPE text;
SELECT profile_id FROM audience.buyers LIMIT 1;
\echo :LAST_ERROR_SQLSTATE
EXECUTE of_one('00000000-0000-0000-0000-000000000000');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM segments.member WHERE segment = 'buyers';
SELECT segments.unpublish_segment('buyers'), segments.publish_segment('buyers', 'audience');
SELECT pg_typeof(profile_id), count(*) FROM audience.buyers GROUP BY 1;
UPDATE mapping SET profile_id = '7' WHERE record_id = 'r1';
CALL segments.refresh();
ALTER TABLE mapping ALTER COLUMN profile_id TYPE uuid USING CASE WHEN profile_id = '7' THEN md5('7')::uuid ELSE profile_id::uuid END;
\echo before the refresh that follows it
SELECT count(upper(profile_id::text)) FROM audience.all;
\echo :LAST_ERROR_SQLSTATE
CALL segments.refresh();
SELECT count(upper(profile_id::text)) FROM audience.all;
\echo integers of other widths are shown as long as they fit
SELECT segments.unpublish_segment('all'), segments.unpublish_segment('buyers'), segments.unregister_unification();
SELECT count(*) FROM segments.typed_member_table;
DROP TABLE mapping;
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id int);
INSERT INTO mapping SELECT 'r' || i, i FROM person;
SELECT segments.register_unification('mapping', record_type => 'contact');
CALL segments.refresh();
SELECT segments.publish_segment('all', 'audience');
ALTER TABLE mapping ALTER COLUMN profile_id TYPE bigint;
CALL segments.refresh();
SELECT count(*), sum(profile_id) FROM audience.all;
UPDATE mapping SET profile_id = 3000000000 WHERE record_id = 'r1';
CALL segments.refresh();
SELECT sum(profile_id) FROM audience.all;
\echo :LAST_ERROR_SQLSTATE
SELECT segments.detach_all();
SELECT count(*) FROM segments.typed_member_table;
DROP VIEW audience.all;
SELECT segments.detach_all();
SELECT count(*) FROM segments.typed_member_table;
DROP EXTENSION segments;

-- segments.member answers every query as a heap table of the same rows with indexes would, and plans push down what can be.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
CREATE TABLE bought (record_id text, at timestamptz, amount int);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('bought', 'Bought', 'at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');

\echo before anything is there
SELECT count(*) FROM segments.member;
SELECT * FROM segments.member WHERE segment = 'x' OR profile_id = 'y' ORDER BY profile_id LIMIT 3;
SELECT segment, count(*) FROM segments.member GROUP BY 1;

INSERT INTO mapping SELECT 'r' || i, md5((i / 2)::text) FROM generate_series(0, 39999) i;
INSERT INTO bought SELECT 'r' || i, now() - interval '1 day', i % 1000 FROM generate_series(0, 39999) i;
CALL segments.refresh();
SELECT segments.create_segment('all', 'all'), segments.create_segment('many', 'Bought where amount < 300'),
       segments.create_segment('few', 'Bought where amount = 7'), segments.create_segment('none', 'Bought where amount = -1'),
       segments.create_segment('odd "ü', 'Bought where amount >= 900');
SELECT segments.create_segment('s' || i, ('Bought where amount = ' || i)::segments.definition) FROM generate_series(1, 15) i;
SELECT segments.create_segment('never run', 'Bought', false);
CREATE TABLE heap AS SELECT * FROM segments.member;
CREATE INDEX ON heap (segment, profile_id COLLATE "C");
CREATE INDEX ON heap (profile_id);
ANALYZE heap;
SELECT count(*), count(DISTINCT segment), count(DISTINCT profile_id) FROM heap;
CREATE TABLE customer (customer_id varchar(40) PRIMARY KEY, name text, level int);
INSERT INTO customer SELECT md5(i::text), 'c' || i, i % 7 FROM generate_series(0, 25000, 25) i;
ANALYZE customer;

\echo the heap holds what plain SQL says
SELECT count(*) FROM (SELECT profile_id FROM heap WHERE segment = 'many') h
FULL JOIN (SELECT DISTINCT m.profile_id FROM bought JOIN mapping m USING (record_id) WHERE amount < 300) b USING (profile_id)
WHERE h IS NULL OR b IS NULL;

-- What a query gives over the member table and over the heap, and whether they are the same rows (in the same order, if it has one).
CREATE FUNCTION rows_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS
$$ BEGIN RETURN QUERY EXECUTE 'SELECT q::text FROM (' || query || ') q'; END $$;
CREATE FUNCTION same(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    ours text[] := ARRAY(SELECT rows_of(replace(query, '@', 'segments.member')));
    theirs text[] := ARRAY(SELECT rows_of(replace(query, '@', 'heap')));
BEGIN
    IF query !~* 'order by' THEN
        ours := ARRAY(SELECT unnest(ours) ORDER BY 1);
        theirs := ARRAY(SELECT unnest(theirs) ORDER BY 1);
    END IF;
    RETURN CASE WHEN ours IS NOT DISTINCT FROM theirs THEN format('same, %s rows', cardinality(ours)) ELSE format('DIFFERENT: %s of %s rows', cardinality(ours), cardinality(theirs)) END;
END $$;
-- As all versions of the server write it: which side of a join's condition comes first, and what a subquery returns, differs.
CREATE FUNCTION plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || replace(query, '@', 'segments.member') LOOP
        line := regexp_replace(line, ' \(returns \$\d+\)$', '');
        RETURN NEXT regexp_replace(line, '\((\(\$\d+\)::text) = (member\.profile_id)\)', '(\2 = \1)');
    END LOOP;
END $$;

\echo the same rows
SELECT query, same(query) FROM unnest(ARRAY[
    'SELECT * FROM @',
    'SELECT segment, profile_id FROM @ WHERE segment = ''many''',
    'SELECT * FROM @ WHERE segment IN (''few'', ''s3'', ''nobody'')',
    'SELECT * FROM @ WHERE segment LIKE ''s1%'' AND profile_id > ''8''',
    'SELECT * FROM @ WHERE upper(segment) = ''ODD "Ü'' OR segment = ''few''',
    'SELECT * FROM @ WHERE segment IS NULL',
    'SELECT * FROM @ WHERE segment <> ''all'' AND length(profile_id) = 32 AND profile_id < ''3''',
    'SELECT * FROM @ WHERE profile_id = md5(''7'')',
    'SELECT * FROM @ WHERE md5(''7'')::varchar = profile_id AND segment <> ''all''',
    'SELECT * FROM @ WHERE profile_id = ANY (ARRAY[md5(''7''), md5(''8''), md5(''7''), NULL, ''nobody''])',
    'SELECT * FROM @ WHERE profile_id IN (md5(''7''), md5(''8'')) AND profile_id = md5(''8'')',
    'SELECT * FROM @ WHERE profile_id = NULL',
    'SELECT * FROM @ WHERE profile_id IS NULL',
    'SELECT * FROM @ WHERE profile_id = segment',
    'SELECT * FROM @ WHERE profile_id = md5(''7'') OR segment = ''few''',
    'SELECT segment, count(*) FROM @ GROUP BY segment',
    'SELECT segment, count(*), count(profile_id), count(DISTINCT profile_id) FROM @ WHERE segment LIKE ''%a%'' GROUP BY segment',
    'SELECT count(*) + 1, count(segment) FROM @ WHERE segment = ''many''',
    'SELECT count(*) FROM @ WHERE segment = ''none''',
    'SELECT count(*) FROM @ WHERE segment = ''nobody''',
    'SELECT count(DISTINCT profile_id), count(DISTINCT segment), count(*) FROM @',
    'SELECT count(DISTINCT profile_id) FROM @ WHERE segment IN (''few'', ''many'')',
    'SELECT segment FROM @ GROUP BY segment HAVING count(*) > 300',
    'SELECT segment, count(*) FROM @ GROUP BY segment HAVING segment < ''n'' AND count(DISTINCT profile_id) BETWEEN 2 AND 100000',
    'SELECT DISTINCT segment FROM @',
    'SELECT segment, count(*) FROM @ GROUP BY segment ORDER BY 2 DESC, 1 LIMIT 5',
    'SELECT segment, count(*) FILTER (WHERE profile_id < ''5'') FROM @ GROUP BY segment',
    'SELECT segment, min(profile_id), max(profile_id COLLATE "C") FROM @ GROUP BY segment',
    'SELECT segment, left(profile_id, 1), count(*) FROM @ GROUP BY GROUPING SETS (1, 2, ())',
    'SELECT count(*) FROM @ WHERE profile_id > ''5''',
    'SELECT count(*) FROM @ HAVING count(*) > 10',
    'SELECT 1 FROM @ WHERE segment = ''few''',
    'SELECT EXISTS (SELECT FROM @ WHERE segment = ''few'' AND profile_id = md5(''7'')), EXISTS (SELECT FROM @ WHERE segment = ''nobody'')',
    'SELECT profile_id FROM @ WHERE segment = ''many'' ORDER BY profile_id COLLATE "C" LIMIT 50',
    'SELECT profile_id FROM @ WHERE segment = ''many'' AND profile_id > ''abc'' COLLATE "C" ORDER BY profile_id COLLATE "C" LIMIT 50',
    'SELECT profile_id FROM @ WHERE segment = ''many'' AND profile_id <= ''abc'' COLLATE "C" ORDER BY profile_id COLLATE "C" DESC LIMIT 50',
    'SELECT profile_id, segment FROM @ WHERE profile_id > ''abc'' COLLATE "C" ORDER BY profile_id COLLATE "C", segment LIMIT 50',
    'SELECT profile_id FROM @ WHERE segment = ''few'' ORDER BY profile_id COLLATE "C"',
    'SELECT profile_id FROM @ WHERE segment = ''few'' ORDER BY profile_id COLLATE "C" OFFSET 20 LIMIT 5',
    'SELECT a.profile_id FROM @ a JOIN @ b USING (profile_id) WHERE a.segment = ''many'' AND b.segment = ''few''',
    'SELECT profile_id FROM @ WHERE segment = ''many'' EXCEPT SELECT profile_id FROM @ WHERE segment = ''few''',
    'SELECT name, segment FROM customer JOIN @ m ON m.profile_id = customer_id',
    'SELECT name FROM customer JOIN @ m ON m.profile_id = customer_id WHERE segment = ''many'' AND level = 3',
    'SELECT name, segment FROM customer LEFT JOIN @ m ON m.profile_id = customer_id AND m.segment = ''few'' WHERE level < 2',
    'SELECT name FROM customer WHERE EXISTS (SELECT FROM @ m WHERE m.profile_id = customer_id AND segment = ''many'')',
    'SELECT name FROM customer WHERE customer_id NOT IN (SELECT profile_id FROM @ WHERE segment = ''many'')',
    'SELECT name, (SELECT count(*) FROM @ m WHERE m.profile_id = customer_id) FROM customer WHERE level = 1',
    'SELECT level, count(*) FROM customer JOIN @ m ON m.profile_id = customer_id GROUP BY level',
    'SELECT w.segment, count(*) FROM (VALUES (''few''), (''s5''), (''nobody'')) w (segment) JOIN @ m ON m.segment = w.segment GROUP BY 1',
    'SELECT w.s, x.n FROM (VALUES (''few''), (''s5'')) w (s) CROSS JOIN LATERAL (SELECT count(*) AS n FROM @ m WHERE m.segment = w.s) x',
    'SELECT w.s, (SELECT count(*) FROM @ m WHERE m.segment = w.s) FROM (VALUES (''few''), (''nobody''), (''many'')) w (s)',
    'SELECT w.s, (SELECT count(DISTINCT profile_id) FROM @ m WHERE m.segment = w.s) FROM (VALUES (''few''), (''nobody''), (''many'')) w (s)',
    'SELECT m FROM @ m WHERE segment = ''s3''',
    'SELECT * FROM @ WHERE false',
    'SELECT segment, profile_id FROM @ LIMIT 0',
    'SELECT count(*) FROM (SELECT * FROM @ LIMIT 2001) AS virtual_table',
    'SELECT date_trunc(''day'', as_of), count(*) FROM @ GROUP BY 1',
    'SELECT segment, as_of IS NOT NULL FROM @ WHERE profile_id = md5(''7'')']) AS query;

\echo nested loops, hash joins, merge joins
CREATE FUNCTION join_with(setting text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('enable_nestloop', (setting = 'nestloop')::text, true), set_config('enable_hashjoin', (setting = 'hashjoin')::text, true),
        set_config('enable_mergejoin', (setting = 'mergejoin')::text, true);
    RETURN same('SELECT name, segment FROM customer JOIN @ m ON m.profile_id = customer_id WHERE segment LIKE ''%n%''') || '; ' ||
        same('SELECT count(*) FROM @ a JOIN @ b USING (profile_id) WHERE a.segment = ''few'' AND b.segment <> ''all''');
END $$;
SELECT setting, join_with(setting) FROM unnest('{nestloop,hashjoin,mergejoin}'::text[]) AS setting;

\echo several processes share a scan, also when it is repeated
BEGIN;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SELECT plan_of('SELECT profile_id FROM @ WHERE segment = ''many'' AND profile_id LIKE ''%7''');
SELECT query, same(query) FROM unnest(ARRAY[
    'SELECT * FROM @ WHERE profile_id LIKE ''%7''',
    'SELECT profile_id FROM @ WHERE segment = ''many'' AND profile_id LIKE ''%7''',
    'SELECT segment, min(profile_id), max(profile_id), sum(length(profile_id)) FROM @ GROUP BY segment',
    'SELECT 1 FROM @ WHERE segment <> ''all'' AND as_of IS NOT NULL',
    'SELECT level, count(*) FROM customer JOIN @ m ON m.profile_id = customer_id GROUP BY level',
    'SELECT i, x.n FROM generate_series(1, 3) i CROSS JOIN LATERAL (SELECT count(*) AS n FROM @ m WHERE segment = ''many'' AND profile_id LIKE i || ''%'') x']) AS query;
ROLLBACK;

\echo members of two segments each
SELECT query, same(query) FROM unnest(ARRAY[
    'SELECT count(*) FROM @ a JOIN @ b USING (profile_id)',
    'SELECT a.segment, b.segment, count(*) FROM @ a JOIN @ b USING (profile_id) WHERE a.segment < b.segment GROUP BY 1, 2',
    'SELECT profile_id, a.segment, b.as_of FROM @ a JOIN @ b USING (profile_id) WHERE a.segment = ''few'' AND b.segment IN (''many'', ''all'')',
    'SELECT a.since, b.segment FROM @ a JOIN @ b USING (profile_id) WHERE a.segment = ''few'' AND b.segment = ''many''',
    'SELECT a FROM @ a JOIN @ b USING (profile_id) WHERE a.segment = ''few'' AND b.segment = ''many''',
    'SELECT a.profile_id FROM @ a JOIN @ b USING (profile_id) JOIN @ c USING (profile_id) WHERE a.segment = ''few'' AND b.segment = ''many'' AND c.segment = ''all''',
    'SELECT name FROM @ a JOIN @ b USING (profile_id) JOIN customer ON customer_id = a.profile_id WHERE a.segment = ''many'' AND b.segment = ''all''',
    'SELECT a.profile_id FROM @ a JOIN @ b ON a.profile_id = b.profile_id AND length(a.segment || b.profile_id) > 34 WHERE a.segment = ''few'' AND b.profile_id > ''8''',
    'SELECT w.s, (SELECT count(*) FROM @ a JOIN @ b USING (profile_id) WHERE a.segment = w.s AND b.segment = ''all'') FROM (VALUES (''few''), (''nobody''), (''many'')) w (s)',
    'SELECT count(*) FROM @ a JOIN @ b USING (profile_id) WHERE a.segment = ''nobody''',
    'SELECT a.profile_id FROM @ a JOIN @ b USING (profile_id) WHERE a.segment = ''few'' AND b.segment = ''many'' ORDER BY 1 LIMIT 5']) AS query;

\echo what is pushed down
SELECT query || E'\n' || string_agg(line, E'\n') FROM unnest(ARRAY[
    'SELECT * FROM @ WHERE segment = ''many''',
    'SELECT * FROM @ WHERE profile_id = ''x''',
    'SELECT * FROM @ WHERE segment IN (''few'', ''many'') AND profile_id IN (''x'', ''y'') AND as_of < now()',
    'SELECT * FROM @ WHERE lower(segment) = ''few'' AND length(profile_id) = 32',
    'SELECT profile_id FROM @ WHERE segment = ''many'' ORDER BY profile_id LIMIT 50',
    'SELECT profile_id FROM @ WHERE segment = ''many'' AND profile_id > ''abc'' ORDER BY profile_id DESC LIMIT 50',
    'SELECT count(*) FROM @',
    'SELECT segment, count(*) FROM @ WHERE segment LIKE ''s%'' GROUP BY segment',
    'SELECT DISTINCT segment FROM @',
    'SELECT EXISTS (SELECT FROM @ WHERE segment = ''few'')',
    'SELECT count(*) FROM @ WHERE profile_id > ''5''',
    'SELECT name FROM customer JOIN @ m ON m.profile_id = customer_id WHERE level = 1 AND name = ''c1''',
    'SELECT count(*) FROM @ a JOIN @ b USING (profile_id) WHERE a.segment = ''all'' AND b.segment = ''many'''])
    WITH ORDINALITY AS asked (query, number), LATERAL plan_of(query) AS line GROUP BY number, query ORDER BY number;

\echo estimates are exact for segments
CREATE FUNCTION estimated(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan; RETURN plan -> 0 -> 'Plan' ->> 'Plan Rows'; END $$;
SELECT name, estimated(format('SELECT * FROM segments.member WHERE segment = %L', name)) = members FROM segments.segment_overview
WHERE members > 0 AND name NOT LIKE 's%' ORDER BY name;
SELECT estimated('SELECT * FROM segments.member') = count(*) FROM segments.member;
ANALYZE segments_internal.member;
SELECT count(*) FROM pg_stats WHERE tablename = 'member';

\echo prepared, with parameters; cursors, backwards too; writes
PREPARE of_profile(text) AS SELECT segment FROM segments.member WHERE profile_id = $1 ORDER BY 1;
EXECUTE of_profile(md5('7'));
SET plan_cache_mode = force_generic_plan;
EXECUTE of_profile(md5('8'));
EXECUTE of_profile(NULL);
PREPARE of_segments(text[], text) AS SELECT count(*), min(profile_id) FROM segments.member WHERE segment = ANY ($1) AND profile_id > $2;
EXECUTE of_segments('{few,s3}', '5');
EXECUTE of_segments('{many}', 'f');
RESET plan_cache_mode;
BEGIN;
DECLARE page SCROLL CURSOR FOR SELECT profile_id FROM segments.member WHERE segment = 'few' ORDER BY profile_id;
FETCH 2 FROM page;
FETCH BACKWARD 1 FROM page;
FETCH ABSOLUTE 1 FROM page;
COMMIT;
CREATE FUNCTION state_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN EXECUTE statement; RETURN 'ok'; EXCEPTION WHEN OTHERS THEN RETURN sqlstate || ' ' || sqlerrm; END $$;
SELECT state_of(s) FROM unnest(ARRAY['INSERT INTO segments.member VALUES (''few'', ''x'')', 'UPDATE segments.member SET segment = ''x''',
    'DELETE FROM segments.member', 'TRUNCATE segments.member', 'ALTER SERVER segments_member OPTIONS (a ''b'')']) s;
SELECT table_type FROM information_schema.tables WHERE table_schema = 'segments' AND table_name = 'member';
SELECT customer_id FROM customer JOIN segments.member ON profile_id = customer_id WHERE segment = 'few' AND level = 0 ORDER BY 1 LIMIT 1 FOR UPDATE OF customer;

\echo members change within a transaction
BEGIN;
SELECT segments.drop_segment('few');
SELECT count(*) FROM segments.member WHERE segment = 'few';
SELECT segments.create_segment('few', 'Bought where amount = 8');
SELECT same('SELECT profile_id FROM @ WHERE segment = ''few''');
ROLLBACK;
SELECT same('SELECT * FROM @ WHERE segment = ''few''');

\echo since when: from the first run on, also for those who merge, and anew for those who come back
SELECT count(*), count(*) FILTER (WHERE since = as_of) FROM segments.member WHERE segment = 'few';
CREATE TABLE before AS SELECT profile_id, since FROM segments.member WHERE segment = 'few' ORDER BY profile_id LIMIT 2;
DELETE FROM bought WHERE amount = 7 AND record_id IN (SELECT record_id FROM mapping JOIN before USING (profile_id));
CALL segments.refresh();
INSERT INTO bought SELECT min(record_id), now(), 7 FROM mapping JOIN before USING (profile_id) GROUP BY profile_id;
CALL segments.refresh();
SELECT profile_id IN (SELECT profile_id FROM before) AS came_back, count(*), bool_and(since = as_of) AS anew, bool_and(since < as_of) AS earlier
FROM segments.member WHERE segment = 'few' GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM segments.member WHERE segment = 'few' AND since > (SELECT max(since) FROM before);
SELECT profile_id IN (SELECT profile_id FROM before) AS came_back, since > (SELECT max(since) FROM before) AS later
FROM segments.member WHERE segment = 'few' ORDER BY profile_id LIMIT 3;

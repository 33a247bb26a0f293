-- Random queries over segments.member and over a heap table of the same rows, while mapping, members and persons change.
SET TimeZone = 'UTC';
SET client_min_messages = error;
\pset format unaligned
\pset tuples_only on
CREATE TABLE bought (record_id text, at timestamptz, amount int);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('bought', 'Bought', 'at', 'record_id'), segments.register_unification('mapping', record_type => 'contact');
SELECT setseed(0.25);
INSERT INTO mapping SELECT 'r' || i, md5((i * 2 / 3)::text) FROM generate_series(1, 12000) i;
INSERT INTO mapping SELECT 'u' || i, 'user-' || i || repeat('x', CASE WHEN i % 50 = 0 THEN 200 ELSE 0 END) FROM generate_series(1, 6000) i;
INSERT INTO bought SELECT record_id, now() - interval '1 day', (random() * 100)::int FROM mapping WHERE random() < 0.9;
CALL segments.refresh();
SELECT count(segments.create_segment('s' || i, format('Bought where amount < %s', i * i)::segments.definition, i <> 9)) FROM generate_series(0, 9) i;
SELECT segments.set_segment_schedule('s7', 'manual');
CREATE TABLE heap (segment text, profile_id text COLLATE "C");
CREATE INDEX ON heap (profile_id);
CREATE INDEX ON heap (segment, profile_id);
CREATE TABLE other (id text, n int);

-- Not read from the member table.
CREATE PROCEDURE follow() LANGUAGE sql AS $$
    TRUNCATE heap, other;
    INSERT INTO heap SELECT name, profile_id FROM segments.segment_overview, LATERAL segments.profiles(segments.members(name)) AS profile_id WHERE as_of IS NOT NULL;
    INSERT INTO other SELECT profile_id, (random() * 10)::int FROM (SELECT DISTINCT profile_id FROM mapping ORDER BY 1) p WHERE random() < 0.05;
    INSERT INTO other VALUES ('nobody', 1), (NULL, 2);
    ANALYZE heap, other;
$$;

CREATE FUNCTION pick(choices text[]) RETURNS text LANGUAGE sql VOLATILE AS 'SELECT choices[1 + floor(random() * cardinality(choices))::int]';
CREATE FUNCTION some_id() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT CASE WHEN random() < 0.7 THEN (SELECT profile_id FROM mapping OFFSET floor(random() * 15000)::int LIMIT 1)
                ELSE pick('{nobody,user-50,user-7,8,abc,""}') END
$$;
CREATE FUNCTION condition(alias text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    CASE floor(random() * 12)::int
    WHEN 0 THEN RETURN format('%s.segment = ''s%s''', alias, floor(random() * 11));
    WHEN 1 THEN RETURN format('%s.segment IN (''s%s'', ''s%s'')', alias, floor(random() * 10), floor(random() * 10));
    WHEN 2 THEN RETURN format('%s.segment %s ''s%s''', alias, pick('{<,>=,<>,~,!~}'), floor(random() * 10));
    WHEN 3 THEN RETURN format('%s.profile_id = %L', alias, some_id());
    WHEN 4 THEN RETURN format('%s.profile_id = ANY (%L)', alias, ARRAY[some_id(), some_id(), NULL, some_id()]);
    WHEN 5 THEN RETURN format('%s.profile_id %s %L', alias, pick('{<,<=,>,>=,<>}'), some_id());
    WHEN 6 THEN RETURN format('(%s OR %s)', condition(alias), condition(alias));
    WHEN 7 THEN RETURN format('NOT (%s)', condition(alias));
    WHEN 8 THEN RETURN format('length(%s.profile_id) %s', alias, pick('{= 32,< 10,> 100}'));
    WHEN 9 THEN RETURN format('%s.profile_id > %L AND %1$s.profile_id <= %2$L', alias, some_id(), some_id());
    WHEN 10 THEN RETURN format('%s.profile_id || %1$s.segment > %L', alias, some_id());
    ELSE RETURN 'true';
    END CASE;
END $$;
CREATE FUNCTION random_query() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    chosen text := condition('m') || CASE WHEN random() < 0.5 THEN ' AND ' || condition('m') ELSE '' END;
BEGIN
    CASE floor(random() * 15)::int
    WHEN 10 THEN RETURN format('SELECT m.profile_id, m.segment, b.segment FROM @ m %s JOIN @ b USING (profile_id) WHERE %s AND %s', pick('{"",LEFT,RIGHT}'), chosen, condition('b'));
    WHEN 11 THEN RETURN format('SELECT b.profile_id, m.segment FROM @ m JOIN @ b ON m.profile_id = b.profile_id AND m.segment %s b.segment WHERE %s', pick('{<,>=,<>}'), chosen);
    WHEN 12 THEN RETURN format('SELECT o.n, count(*) FROM other o JOIN @ m ON m.profile_id = o.id JOIN @ b USING (profile_id) WHERE %s GROUP BY o.n', chosen);
    WHEN 13 THEN RETURN format('SELECT o.id, x.* FROM other o CROSS JOIN LATERAL (SELECT m.profile_id, m.segment FROM @ m WHERE m.profile_id %s o.id AND %s ORDER BY m.profile_id %s, m.segment LIMIT 3) x', pick('{<,<=,>,>=}'), chosen, pick('{"",DESC}'));
    WHEN 14 THEN RETURN format('SELECT m.profile_id, m.segment FROM @ m FULL JOIN other o ON m.profile_id = o.id AND m.segment = ''s5'' WHERE %s', chosen);
    WHEN 0 THEN RETURN 'SELECT m.profile_id, m.segment FROM @ m WHERE ' || chosen;
    WHEN 1 THEN RETURN format('SELECT m.segment, count(*), count(DISTINCT m.profile_id) FROM @ m WHERE %s GROUP BY m.segment', chosen);
    WHEN 2 THEN RETURN format('SELECT count(*), count(DISTINCT m.profile_id), count(DISTINCT m.segment) FROM @ m WHERE %s', chosen);
    WHEN 3 THEN RETURN format('SELECT m.profile_id FROM @ m WHERE %s ORDER BY m.profile_id %s LIMIT %s', chosen, pick('{"",DESC}'), 1 + floor(random() * 60)::int);
    WHEN 4 THEN RETURN format('SELECT m.profile_id, m.segment FROM @ m WHERE %s ORDER BY m.profile_id %s, m.segment LIMIT 40', chosen, pick('{"",DESC}'));
    WHEN 5 THEN RETURN format('SELECT o.n, m.segment FROM other o %s JOIN @ m ON m.profile_id = o.id WHERE %s', pick('{"",LEFT,RIGHT}'), chosen);
    WHEN 6 THEN RETURN format('SELECT o.id FROM other o WHERE %s EXISTS (SELECT FROM @ m WHERE m.profile_id = o.id AND %s)', pick('{"",NOT}'), chosen);
    WHEN 7 THEN RETURN format('SELECT count(*) FROM @ m JOIN @ b USING (profile_id) WHERE %s AND %s', chosen, condition('b'));
    WHEN 8 THEN RETURN format('SELECT o.id, x.n FROM other o CROSS JOIN LATERAL (SELECT count(*) AS n FROM @ m WHERE m.profile_id = o.id AND %s) x', chosen);
    ELSE RETURN format('SELECT DISTINCT m.segment FROM @ m WHERE %s', chosen);
    END CASE;
END $$;
CREATE FUNCTION rows_of(query text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE rows text[];
BEGIN
    EXECUTE format('SELECT array_agg(q::text%s) FROM (%s) q', CASE WHEN query ~ 'ORDER BY[^)]*$' THEN '' ELSE ' ORDER BY q::text' END, query) INTO rows;
    RETURN rows;
END $$;
-- Queries, and those whose rows differ.
CREATE PROCEDURE ask(INOUT differing int, INOUT asked int) LANGUAGE plpgsql AS $$
DECLARE query text;
BEGIN
    FOR i IN 1 .. 25 LOOP
        query := random_query();
        PERFORM set_config('enable_nestloop', (random() < 0.7)::text, true), set_config('enable_hashjoin', (random() < 0.7)::text, true),
            set_config('enable_sort', (random() < 0.7)::text, true), set_config('min_parallel_table_scan_size', pick('{0,8MB}'), true),
            set_config('parallel_setup_cost', pick('{0,1000}'), true), set_config('parallel_tuple_cost', pick('{0,0.1}'), true);
        asked := asked + 1;
        IF rows_of(replace(query, '@', 'segments.member')) IS DISTINCT FROM rows_of(replace(query, '@', 'heap')) THEN
            differing := differing + 1;
            RAISE INFO 'differs: %', query;
        END IF;
    END LOOP;
END $$;
CREATE PROCEDURE change() LANGUAGE sql AS $$
    UPDATE mapping SET profile_id = md5((random() * 9000)::int::text) WHERE random() < 0.02;
    UPDATE mapping SET profile_id = 'user-' || (random() * 9000)::int WHERE random() < 0.01;
    INSERT INTO mapping SELECT 'n' || random(), md5(random()::text) FROM generate_series(1, 100);
    INSERT INTO bought SELECT record_id, now() - interval '1 hour', (random() * 100)::int FROM mapping WHERE random() < 0.02;
    DELETE FROM mapping WHERE random() < 0.005;
$$;
DO $$
DECLARE
    differing int := 0;
    asked int := 0;
BEGIN
    FOR step IN 1 .. 5 LOOP
        CALL follow();
        CALL ask(differing, asked);
        COMMIT;
        CALL change();
        COMMIT;
        CALL segments.refresh();
        COMMIT;
        PERFORM segments.erase_profiles(ARRAY(SELECT profile_id FROM mapping ORDER BY random() LIMIT 5));
        COMMIT;
    END LOOP;
    CALL follow();
    CALL ask(differing, asked);
    RAISE INFO '% of % queries differ', differing, asked;
END
$$;

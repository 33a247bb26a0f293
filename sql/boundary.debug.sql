-- Everything that can be thrown reaches the client as an error of PostgreSQL, leaves no C++ object, and the session goes on.
SET search_path TO public, segments, segments_internal;
\set VERBOSITY terse

-- SQLSTATE, message, detail, hint and position of what a statement raises, and what it leaves.
CREATE FUNCTION pg_temp.outcome(statement text, OUT state text, OUT message text, OUT detail text, OUT hint text, OUT alive bigint)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    message := 'no error';
    alive := live_objects();
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    alive := live_objects();
END
$$;
CREATE FUNCTION pg_temp.thrown(what text, OUT state text, OUT message text, OUT detail text, OUT hint text, OUT alive bigint)
LANGUAGE sql AS $$ SELECT * FROM pg_temp.outcome(format('SELECT debug_throw(%L)', what)) $$;

-- The core's errors, by code.
SELECT code, (pg_temp.thrown('core ' || code)).* FROM generate_series(0, 12) AS code;

-- Other exceptions, the server's own error, and both of them through several layers.
SELECT what, (pg_temp.thrown(what)).* FROM unnest(ARRAY['nothing', 'memory', 'runtime', 'string', 'int', 'pointer',
    'server', 'rethrown', 'replaced', 'nested', 'ten thousand']) AS what;
SELECT state, message LIKE 'basic_string%' AS of_the_library, alive FROM pg_temp.thrown('length');
SELECT state, length(message), length(detail), alive FROM pg_temp.thrown('long');
SELECT state, length(message), octet_length(message), right(message, 1), alive FROM pg_temp.thrown('boundary');

-- A statement amid the rows of another, on its connection.
SELECT state, message, alive FROM pg_temp.thrown('amid rows');

-- Errors of functions that PostgreSQL calls back.
SELECT pg_temp.thrown('run SELECT 1');
SELECT pg_temp.thrown('run SELECT 1/0');
SELECT pg_temp.thrown('run SELECT nonsense');
SELECT pg_temp.thrown('run DO $inner$ BEGIN RAISE EXCEPTION USING MESSAGE = ''by plpgsql'', ERRCODE = ''SG001'', DETAIL = ''D.'', HINT = ''H.''; END $inner$');
SELECT pg_temp.thrown('run SELECT segments_internal.debug_throw(''server'')');
SELECT pg_temp.thrown('run SELECT segments_internal.debug_throw(''memory'')');
SELECT pg_temp.thrown('run SELECT segments_internal.debug_throw(''run SELECT segments_internal.debug_throw(''''core 9'''')'')');
SELECT pg_temp.thrown('run SELECT segments_internal.debug_throw_agg(''string'')');
SELECT pg_temp.thrown('run COMMIT');
SELECT pg_temp.thrown('run COPY pg_class TO STDOUT');

-- As a client sees them, outside of any block: with the position in characters.
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT debug_throw('core 0');
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY terse
SELECT debug_throw('memory');
SELECT debug_throw('server');
SELECT debug_throw('int');
SELECT live_objects();

-- Transition and final functions of aggregates in the middle of groups, hashed and sorted, with other aggregates beside.
CREATE TABLE facts AS SELECT n, n % 40 AS class, CASE WHEN n = 777 THEN 'runtime' END AS late,
    CASE WHEN n = 777 THEN 'now memory' END AS now FROM generate_series(1, 1000) AS n;
ANALYZE facts;
SET enable_sort = off;
EXPLAIN (COSTS OFF) SELECT debug_throw_agg(late), profile_set_agg(n), segment_agg(n, '2024-01-01', '2024-01-02', NULL, 1) FROM facts GROUP BY class;
SELECT debug_throw_agg(late), profile_set_agg(n), segment_agg(n, '2024-01-01', '2024-01-02', NULL, 1) FROM facts GROUP BY class;
SELECT live_objects();
SELECT debug_throw_agg(now), profile_set_agg(n), segment_agg(n, '2024-01-01', '2024-01-02', NULL, 1) FROM facts GROUP BY class;
SELECT live_objects();
SET enable_hashagg = off;
SET enable_sort = on;
EXPLAIN (COSTS OFF) SELECT debug_throw_agg(late), profile_set_agg(n), segment_agg(n, '2024-01-01', '2024-01-02', NULL, 1) FROM facts GROUP BY class;
SELECT debug_throw_agg(late), profile_set_agg(n), segment_agg(n, '2024-01-01', '2024-01-02', NULL, 1) FROM facts GROUP BY class;
SELECT live_objects();
SELECT debug_throw_agg(now), profile_set_agg(n), segment_agg(n, '2024-01-01', '2024-01-02', NULL, 1) FROM facts GROUP BY class;
SELECT live_objects();
SELECT debug_throw_agg(late), profile_set_union_agg(profile_set(ARRAY[n::bigint])) FROM facts;
SELECT live_objects();
-- Grouping sets, ordered input, and window frames.
RESET enable_hashagg;
SELECT debug_throw_agg(late ORDER BY n DESC), profile_set_agg(n ORDER BY n) FROM facts GROUP BY GROUPING SETS ((class), (n), ());
SELECT live_objects();
SELECT debug_throw_agg(now) OVER (ORDER BY n ROWS 3 PRECEDING), profile_set_agg(n) OVER (ORDER BY n ROWS 3 PRECEDING) FROM facts;
SELECT live_objects();
-- Groups that spill.
SET work_mem = '64kB';
SELECT profile_set_agg(CASE WHEN n % 4000 = 3999 THEN -1 ELSE n END) FROM generate_series(1, 12000) AS n GROUP BY n % 6000;
SELECT live_objects();
RESET work_mem;

-- Subtransactions: many errors in one transaction, caught; savepoints inside of them.
DO $$
DECLARE
    caught int := 0;
BEGIN
    FOR i IN 1 .. 300 LOOP
        BEGIN
            PERFORM debug_throw_agg(CASE WHEN n = 90 THEN (ARRAY['server', 'memory', 'int', 'core 3', 'run SELECT 1/0'])[1 + i % 5] END),
                    profile_set_agg(n) FROM generate_series(1, 100) AS n GROUP BY n % 7;
        EXCEPTION WHEN OTHERS THEN
            caught := caught + 1;
            IF live_objects() <> 0 THEN RAISE EXCEPTION 'alive after error %: %', i, live_objects(); END IF;
            BEGIN
                PERFORM debug_throw('nested');
            EXCEPTION WHEN internal_error THEN
                caught := caught + 1;
            END;
        END;
    END LOOP;
    RAISE NOTICE '% errors caught, % alive', caught, live_objects();
END
$$;
BEGIN;
SAVEPOINT a;
SELECT debug_throw('run SELECT 1/0');
ROLLBACK TO a;
SAVEPOINT b;
SELECT debug_throw_agg('server');
ROLLBACK TO a;
SELECT live_objects();
SELECT cardinality(profile_set_agg(n)) FROM facts;
COMMIT;

-- Cursors: closed early, and ended by an error while another one is open.
BEGIN;
DECLARE open_one CURSOR FOR SELECT class, profile_set_agg(n), segment_agg(n, '2024-01-01', '2024-01-02', NULL, 1) FROM facts GROUP BY class;
FETCH 1 FROM open_one \g /dev/null
DECLARE failing CURSOR FOR SELECT class, debug_throw_agg(late), profile_set_agg(n) FROM facts GROUP BY class ORDER BY class;
SELECT live_objects() > 0 AS some;
SAVEPOINT a;
FETCH ALL FROM failing;
ROLLBACK TO a;
FETCH 1 FROM failing;
ROLLBACK TO a;
CLOSE failing;
SELECT live_objects() > 0 AS of_the_open_one;
CLOSE open_one;
SELECT live_objects();
DECLARE aborted CURSOR FOR SELECT class, profile_set_agg(n) FROM facts GROUP BY class;
FETCH 1 FROM aborted \g /dev/null
SELECT live_objects() > 0 AS some;
ROLLBACK;
SELECT live_objects();
BEGIN;
DECLARE held CURSOR WITH HOLD FOR SELECT class, cardinality(profile_set_agg(n)) FROM facts GROUP BY class ORDER BY class;
FETCH 1 FROM held;
COMMIT;
SELECT live_objects();
FETCH 1 FROM held;
CLOSE held;

-- Parallel workers: their error arrives with its SQLSTATE, and the session goes on.
CREATE TABLE many AS SELECT n::bigint AS n FROM generate_series(1, 30000) AS n;
ANALYZE many;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SET parallel_leader_participation = off;
SELECT profile_set_agg(CASE n WHEN 29000 THEN -5 ELSE n END) FROM many;
\echo :LAST_ERROR_SQLSTATE
SELECT segment_agg(CASE n WHEN 29000 THEN -5 ELSE n END, '2024-01-01', '2024-01-02', NULL, 1) FROM many;
\echo :LAST_ERROR_SQLSTATE
SELECT profile_set_agg(n / abs(29000 - n)) FROM many;
\echo :LAST_ERROR_SQLSTATE
SELECT live_objects();
SELECT cardinality(profile_set_agg(n)) FROM many;
RESET parallel_leader_participation;
SELECT class, profile_set_agg(CASE n WHEN 999 THEN -5 ELSE n END) FROM facts GROUP BY class;
SELECT live_objects();
DROP TABLE many, facts;

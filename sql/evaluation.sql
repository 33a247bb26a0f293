-- Evaluation over several tiles, serial and parallel; what explain tells; cancelling.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
CREATE TABLE opened (record_id int, occurred_at timestamptz, mail int, label text);
CREATE TABLE clicked (record_id int, occurred_at timestamptz);
CREATE TABLE mapping (record_id int PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id'),
       segments.register_interaction('clicked', 'Clicked', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT i, 'p' || i / 2 FROM generate_series(0, 299999) i;
INSERT INTO opened SELECT i * 7 % 300000, '2026-03-31'::timestamptz - i % 90 * interval '1 day', i % 40, 'label ' || i % 7
FROM generate_series(1, 100000) i;
INSERT INTO clicked SELECT i * 11 % 300000, '2026-03-31'::timestamptz - i % 60 * interval '1 day' FROM generate_series(1, 3000) i;
CALL segments.refresh();
SELECT count(DISTINCT tile) AS tiles FROM segments.tile;

SELECT segments.segment_count('Opened within last 30 days and not Clicked', '2026-03-31') =
    (SELECT count(DISTINCT profile_id) FROM opened JOIN mapping USING (record_id)
     WHERE occurred_at BETWEEN '2026-03-01' AND '2026-03-31' AND profile_id NOT IN (
         SELECT profile_id FROM clicked JOIN mapping USING (record_id))) AS as_in_sql;

-- Explain: the definition's tree, with exact members; parts of the work add up.
SELECT node, parent, depth, text, members, fragments_read > 0 AS read, fragments_pruned > 0 AS pruned, rows_scanned, milliseconds >= 0 AS timed
FROM segments.segment_explain('(Opened where mail = 3 within last 30 days or Clicked at least 2) except (not Opened or all and Opened where mail = 41)',
    '2026-03-31') ORDER BY node;
SELECT text, members = segments.segment_count(text::segments.definition, '2026-03-31') AS exact
FROM segments.segment_explain('(Opened where mail = 3 within last 30 days or Clicked at least 2) except (not Opened or all and Opened where mail = 41)',
    '2026-03-31') ORDER BY node;

-- The same with workers and without: enough conditions to be worth workers.
SELECT string_agg(format('Opened where (mail = %s and label not contains ''%s'')', i, i % 5), ' or ') AS many
FROM generate_series(0, 79) i \gset
SELECT segments.segment_eval(:'many', '2026-03-31') AS with_workers \gset
SET max_parallel_workers_per_gather = 0;
SELECT segments.segment_eval(:'many', '2026-03-31') OPERATOR(pg_catalog.=) :'with_workers'::segments.profile_set AS same;
RESET max_parallel_workers_per_gather;
SELECT segments.segment_count(:'many', '2026-03-31') = (
    SELECT count(DISTINCT profile_id) FROM opened JOIN mapping USING (record_id)
    WHERE strpos(label, (mail % 5)::text) = 0) AS as_in_sql;

-- In queries of the user's: as a subquery, with several evaluations in one statement, in a cursor, in a prepared statement.
SELECT days, segments.segment_count(format('Clicked within last %s days', days)::segments.definition, '2026-03-31') AS clicked
FROM generate_series(20, 60, 20) days;
PREPARE counted(segments.definition) AS SELECT segments.segment_count($1, '2026-03-31');
EXECUTE counted('Clicked');
EXECUTE counted('Clicked at least 2');
BEGIN;
DECLARE profiles CURSOR FOR SELECT count(*) FROM segments.profiles(segments.segment_eval('Clicked', '2026-03-31'));
FETCH ALL FROM profiles;
SAVEPOINT before_error;
SELECT segments.segment_count('Nonsense');
ROLLBACK TO before_error;
SELECT segments.segment_count('Clicked', '2026-03-31');
COMMIT;

-- A cancel acts at once.
CREATE FUNCTION cancelled_after(definition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    started timestamptz := clock_timestamp();
BEGIN
    PERFORM segments.segment_count(definition::segments.definition, '2026-03-31');
    RETURN 'not cancelled';
EXCEPTION WHEN query_canceled THEN
    RETURN CASE WHEN clock_timestamp() - started < interval '2 seconds' THEN 'cancelled at once' ELSE 'cancelled late' END;
END
$$;
SELECT string_agg(format('Opened where label contains ''%s'' ignore case at least %s', i, i), ' or ') AS endless
FROM generate_series(1, 4000) i \gset
SET statement_timeout = '300ms';
SELECT cancelled_after(:'endless');
RESET statement_timeout;
SELECT segments.segment_count('Clicked', '2026-03-31');

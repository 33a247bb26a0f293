-- Hints about conditions, times, rows and partitions, followed to the letter: what failed succeeds then.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\pset tuples_only on
\pset format unaligned
CREATE TABLE bought (record_id text, occurred_at timestamptz, amount int, due date, store text, is_test boolean) PARTITION BY LIST (store);
CREATE TABLE bought_a PARTITION OF bought FOR VALUES IN ('a');
CREATE TABLE mapping (record_id text, profile_id text);
INSERT INTO mapping SELECT 'r' || n, 'p' || n FROM generate_series(1, 9) n;
INSERT INTO bought SELECT 'r' || n, timestamptz '2026-01-01' + n * interval '1 hour', n, date '2025-12-25' + n, 'a', n > 4 FROM generate_series(1, 5) n;
SELECT segments.register_unification('mapping', record_type => 'contact'), segments.register_interaction('bought', 'Bought', 'occurred_at', 'record_id');
CALL segments.refresh();

\echo -- as of
SELECT fails($$ SELECT segments.segment_count('Bought', 'infinity') $$), fails($$ SELECT segments.segment_count('Bought where (due within last 9 days)', '-infinity') $$);
SELECT segments.segment_count('Bought', '2026-02-01'), segments.segment_count('Bought where (due within last 9 days)', '2026-01-03');

\echo -- two fields
SELECT fails($$ SELECT segments.segment_count('Bought where (due within 9 hours before occurred_at)', '2026-02-01') $$);
SELECT segments.segment_count('Bought where (due within 9 days before occurred_at)', '2026-02-01'), segments.segment_count('Bought where (due within 1 week before occurred_at)', '2026-02-01');

\echo -- zones of literals
SELECT fails($$ SELECT segments.segment_count('Bought since timestamp with time zone ''2026-01-01 03:00+00''', '2026-02-01') $$), fails($$ SELECT segments.segment_count('Bought since timestamp without time zone ''2026-01-01 03:00''', '2026-02-01') $$);
SELECT segments.segment_count('Bought since timestamptz ''2026-01-01 03:00+00''', '2026-02-01'), segments.segment_count('Bought since timestamp ''2026-01-01 03:00''', '2026-02-01');

\echo -- aggregates in JSON
SELECT fails(format('SELECT segments.definition_from_json(%L)', json)) FROM unnest(ARRAY[
    '{"interaction": "Bought", "having": {"aggregate": "sum", "field": ["amount"], "op": "is empty"}}',
    '{"interaction": "Bought", "having": {"aggregate": "count distinct", "field": ["amount"], "op": "is null"}}',
    '{"interaction": "Bought", "having": {"aggregate": "sum", "field": ["amount"], "op": ">", "value": {"field": ["amount"]}}}']) json;
SELECT segments.definition_from_json(json::jsonb) FROM unnest(ARRAY[
    '{"interaction": "Bought", "having": {"aggregate": "sum", "field": ["amount"], "op": "is null"}}',
    '{"interaction": "Bought", "having": {"aggregate": "count distinct", "field": ["amount"], "op": "=", "value": 0}}',
    '{"interaction": "Bought", "having": {"aggregate": "sum", "field": ["amount"], "op": ">", "value": 3}}']) json;

\echo -- queries of the other language
SELECT fails(format('SELECT segments.definition_from_mql(%L)', string_agg('PROFILE(contact)', ' UNION '))) FROM generate_series(1, 20000);
SELECT count(segments.definition_from_mql(half)) FROM (SELECT string_agg('PROFILE(contact)', ' UNION ') half FROM generate_series(1, 1000) n GROUP BY n % 2) halves;

\echo -- conditions on rows
CREATE TABLE given (record_id text, occurred_at timestamptz, code text);
INSERT INTO given SELECT 'r' || n, '2026-01-01', n FROM generate_series(1, 5) n;
SELECT fails(format('SELECT segments.register_interaction(%L, %L, %L, %L, rows_where => %L)', 'given', 'Given', 'occurred_at', 'record_id', 'code IN (' || (SELECT string_agg(quote_literal(n), ', ') FROM generate_series(2, 3000) n) || ')'));
CREATE FUNCTION counts(code text) RETURNS boolean IMMUTABLE LANGUAGE sql AS $$ SELECT code::int BETWEEN 2 AND 3000 $$;
SELECT segments.register_interaction('given', 'Given', 'occurred_at', 'record_id', rows_where => 'public.counts(code)') > 0;

\echo -- relations
CREATE TABLE shop (shop text PRIMARY KEY, owner text);
SELECT segments.register_lookup('shop', 'Shop', 'shop') > 0;
SELECT fails($$ SELECT segments.register_relation('Shop', 'owner', 'owner') $$);
ALTER TABLE given ADD COLUMN receiver text;
SELECT segments.register_relation('Given', 'receiver', 'receiver');

\echo -- partitions
CREATE TABLE bought_b AS SELECT record_id, occurred_at, amount, due, 'b' AS store, is_test, 'mine' AS segments_xid FROM bought WHERE amount < 3;
SELECT fails($$ SELECT segments.prepare_partition('bought', 'bought_b') $$);
SELECT fails($$ SELECT segments.prepare_partition('bought_b', 'given') $$);
SELECT fails($$ SELECT segments.prepare_partition('segments.record', 'bought') $$), fails($$ SELECT segments.prepare_partition(NULL, 'bought') $$);
SELECT fails($$ SELECT segments.prepare_partition('bought_b', 'bought') $$) AS hint \gset
\echo :hint
SELECT substring(:'hint' FROM 'added: (.*)\.$') AS statement \gset
:statement;
SELECT segments.prepare_partition('bought_b', 'bought');
ALTER TABLE bought ATTACH PARTITION bought_b FOR VALUES IN ('b');
CALL segments.refresh();
SELECT segments.segment_count('Bought where store = ''b''', '2026-02-01'), segments.segment_count('Given', '2026-02-01');

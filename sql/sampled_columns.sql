-- Nothing that not everybody may read is sampled for the planner: estimates tell of it, and an erasure would leave it there.  What the
-- extension asks for is planned well all the same.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
CREATE TABLE bought (record_id text, at timestamptz, amount int);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('bought', 'Bought', 'at', 'record_id'), segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'r' || i, 'p' || lpad((i / 2)::text, 6, '0') FROM generate_series(1, 20000) i;
INSERT INTO bought SELECT 'r' || i, '2026-01-01', i FROM generate_series(1, 20000) i;
CALL segments.refresh();
SELECT segments.create_segment('secret', 'Bought where amount > 5000');
SELECT segments.describe_segment('secret', 'who is told of by nobody');
UPDATE mapping SET profile_id = 'q' || profile_id WHERE record_id LIKE 'r1%';
CALL segments.refresh();
ANALYZE;

\echo texts that are sampled: what everybody may know, by names of tables
SELECT relation_name, string_agg(column_name, ' ' ORDER BY column_name)
FROM segments_internal.own_text_columns() JOIN pg_attribute ON attrelid = relation AND attname = column_name
WHERE attstattarget IS DISTINCT FROM 0 GROUP BY 1 ORDER BY 1;
\echo binary columns, expressions of indexes and partitions that are
SELECT attrelid::regclass, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = 'segments'::regnamespace AND attnum > 0 AND NOT attisdropped AND attstattarget IS DISTINCT FROM 0
  AND (relkind IN ('r', 'p') AND (atttypid = 'bytea'::regtype OR relispartition AND atttypid = 'text'::regtype)
       OR relkind IN ('i', 'I') AND (SELECT indkey[attnum - 1] FROM pg_index WHERE indexrelid = attrelid) = 0)
ORDER BY attrelid::regclass::text, attname;
\echo samples that name a person or a definition
SELECT tablename, attname FROM pg_stats
WHERE schemaname IN ('segments', 'segments_internal') AND concat(most_common_vals, histogram_bounds, most_common_elems) ~ 'p0|r\d|amount|secret|nobody';

\echo estimates of a role that may read none of it: the same wherever ids lie
CREATE ROLE regress_sampled_nobody;
SET ROLE regress_sampled_nobody;
CREATE FUNCTION pg_temp.estimates(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    result bigint;
    plan json;
    seen text[];
BEGIN
    FOREACH query IN ARRAY ARRAY(SELECT replace(query, '$1', quote_literal(bound)) FROM unnest('{a,p001000,p009999,qp002000,r1,r5,z}'::text[]) bound) LOOP
        EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
        seen := seen || (regexp_replace(plan::text, '''[a-z0-9]*''::text', '', 'g'));
    END LOOP;
    SELECT count(DISTINCT estimate) INTO result FROM unnest(seen) estimate;
    RETURN result;
END $$;
SELECT pg_temp.estimates('SELECT FROM segments.previous_profile_ids WHERE profile_id < $1'),
       pg_temp.estimates('SELECT FROM segments.previous_profile_ids WHERE current_profile_id > $1'),
       pg_temp.estimates('SELECT FROM segments.previous_profile_ids WHERE record_id < $1'),
       pg_temp.estimates('SELECT FROM segments.membership_change WHERE profile_id < $1'),
       pg_temp.estimates('SELECT FROM segments.membership_change WHERE profile_id = $1'),
       pg_temp.estimates('SELECT FROM segments.segment_overview WHERE name < $1'),
       pg_temp.estimates('SELECT FROM segments.segment_overview WHERE description < $1');
RESET ROLE;

\echo a few records, profiles and former profiles are looked up by indexes
CREATE FUNCTION plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        IF line ~ 'Scan.* on (record|history_profile|previous_profile)|Index Cond.*(record|profile|number)' THEN RETURN NEXT ltrim(line, ' ->'); END IF;
    END LOOP;
END $$;
SELECT plan_of($$ SELECT r.ordinal FROM unnest('{contact,contact,contact}'::text[], '{r1,r2,r3}'::text[]) AS k (record_type, record_id)
    JOIN segments.record r ON r.record_id = k.record_id AND r.record_type = k.record_type $$);
SELECT plan_of($$ SELECT record_id FROM segments.record WHERE profile_id = ANY ('{p000001,p000002}') $$);
SELECT plan_of($$ SELECT k.i FROM unnest('{p000001,p000002}'::text[]) WITH ORDINALITY AS k (id, i) JOIN segments.history_profile p ON p.profile_id = k.id $$);
SELECT plan_of($$ SELECT p.number, min(r.ordinal) FROM segments.history_profile p JOIN segments.record r ON r.profile_id = p.profile_id
    WHERE p.number = ANY ('{1,2,3}'::int[]) GROUP BY 1 $$);
\echo also by who has just come
\c -
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SELECT plan_of($$ SELECT current_profile_id FROM segments.previous_profile_ids WHERE profile_id = 'p000005' $$);

SELECT segments.drop_segment('secret');
DROP ROLE regress_sampled_nobody;

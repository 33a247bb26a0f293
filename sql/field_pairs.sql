-- Fields compared with each other, and with an interaction's own time, against plain SQL.
\set ON_ERROR_STOP 1
SET TimeZone = 'UTC';
SET client_min_messages = warning;
SELECT setseed(0.4) IS NULL AS seeded;

CREATE TYPE size AS ENUM ('small', 'large', 'huge');
CREATE TABLE visit (visitor text, occurred_at timestamptz, d date, e date, l timestamp, m timestamp, t timestamptz, u timestamptz, i smallint, j int, k bigint, f real, g float8, n numeric, o numeric,
    b boolean, c boolean, w text, x text, y varchar(9), z char(9), s size, r size, p uuid, q uuid, aa text COLLATE "C", ab text COLLATE "C", v interval, vv interval);
CREATE TABLE mapping (record_type text, record_id text, profile_id text, PRIMARY KEY (record_type, record_id));
SELECT segments.register_interaction('visit', 'Visit', 'occurred_at', 'visitor') > 0 AS registered;
SELECT segments.register_unification('mapping', 'profile_id', 'record_id', 'record_type');

-- Times around changes of the clock, a few spans apart, exactly or nearly.
CREATE FUNCTION any_of(anyarray) RETURNS anyelement LANGUAGE sql VOLATILE AS $$ SELECT $1[1 + floor(random() * cardinality($1))::int] $$;
INSERT INTO visit
SELECT 'v' || i, at + any_of(near), (at + any_of(near))::date, (at + any_of(near))::date, at + any_of(near), at + any_of(near), at + any_of(near), at + any_of(near),
    any_of('{1, 2, 3, NULL}'::int[]), any_of('{1, 2, 3, NULL}'::int[]), any_of('{1, 2, 9007199254740993, NULL}'::bigint[]), any_of('{1, 2, 0.1, NaN, -0}'::real[]), any_of('{1, 0.1, 9007199254740992, NaN, 0, NULL}'::float8[]),
    any_of('{1, 1.0, 2, 0.1, 9007199254740993, NaN, NULL}'::numeric[]), any_of('{1.00, 2, 0.1, NULL}'::numeric[]), any_of('{t, f, NULL}'::bool[]), any_of('{t, f}'::bool[]),
    any_of('{a, b, A, "a ", NULL, ""}'::text[]), any_of('{a, b, B, ä, NULL}'::text[]), any_of('{a, b, "a "}'::text[]), any_of('{a, b, "a "}'::text[]),
    any_of('{small, large, NULL}'::size[]), any_of('{large, huge, small}'::size[]), any_of('{00000000-0000-0000-0000-000000000001, 00000000-0000-0000-0000-000000000002}'::uuid[]),
    any_of('{00000000-0000-0000-0000-000000000001, 00000000-0000-0000-0000-000000000003, NULL}'::uuid[]), any_of('{a, B, ä}'::text[]), any_of('{b, A, ö}'::text[]), any_of('{1 day, 24 hours, 1 month}'::interval[]), any_of('{1 day, 30 days, 2 hours}'::interval[])
FROM generate_series(1, 3000) i, LATERAL (SELECT any_of('{2026-03-28 01:30, 2026-03-29 00:30, 2026-03-29 01:00, 2026-10-25 00:30, 2026-10-24 00:30, 2024-02-29 12:00}'::timestamptz[]) AS at WHERE i > 0) edge,
    (SELECT '{0, 0, 1 microsecond, -1 microsecond, 1 hour, -1 hour, 3 hours, 1 day, -1 day, 3 days, -3 days, 25 hours, 1 month, 30 minutes}'::interval[] AS near) spans;
UPDATE visit SET t = any_of('{infinity, -infinity, NULL}'::timestamptz[]), l = any_of('{infinity, -infinity, NULL}'::timestamp[]), d = any_of('{infinity, -infinity, NULL}'::date[]) WHERE random() < 0.05;
UPDATE visit SET u = any_of('{infinity, -infinity, NULL}'::timestamptz[]), e = any_of('{infinity, -infinity, NULL}'::date[]) WHERE random() < 0.05;
INSERT INTO mapping SELECT 'contact', visitor, visitor FROM visit;
CALL segments.refresh();

CREATE FUNCTION evaluated(definition text, as_of timestamptz, zone text) RETURNS text[] LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('segments.time_zone', zone, true);
    RETURN ARRAY(SELECT profile_id COLLATE "C" FROM segments.profiles(segments.segment_eval('Visit where ' || definition, as_of)) profile_id ORDER BY 1);
END
$$;
CREATE FUNCTION selected(condition text, as_of timestamptz, zone text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    visitors text[];
BEGIN
    PERFORM set_config('TimeZone', zone, true);
    EXECUTE format('SELECT array(SELECT visitor COLLATE "C" FROM visit WHERE %s ORDER BY 1)', condition) INTO visitors USING as_of;
    PERFORM set_config('TimeZone', 'UTC', true);
    RETURN visitors;
END
$$;
CREATE TABLE compared AS
SELECT a || ' ' || op || ' ' || b AS said, zone, evaluated(format('%s %s %s', a, op, b), '2027-01-01', zone) AS evaluated, selected(format('%s %s %s', sql_a, op, sql_b), '2027-01-01', zone) AS selected
FROM (VALUES ('d', 'd', 'e', 'e'), ('d', 'd', 'l', 'l'), ('d', 'd', 't', 't'), ('l', 'l', 'm', 'm'), ('l', 'l', 't', 't'), ('t', 't', 'u', 'u'), ('t', 't', 'Timestamp', 'occurred_at'), ('Timestamp', 'occurred_at', 'd', 'd'), ('m', 'm', 'Timestamp', 'occurred_at'),
          ('i', 'i', 'j', 'j'), ('j', 'j', 'k', 'k'), ('k', 'k', 'n', 'n'), ('n', 'n', 'o', 'o'), ('k', 'k', 'g', 'g'), ('f', 'f', 'g', 'g'), ('n', 'n', 'g', 'g'), ('i', 'i', 'f', 'f'),
          ('w', 'w', 'x', 'x'), ('w', 'w', 'y', 'y'), ('w', 'w', 'z', 'z::text'), ('s', 's', 'r', 'r'), ('p', 'p', 'q', 'q'), ('aa', 'aa', 'ab', 'ab'), ('v', 'v', 'vv', 'vv')) pair(a, sql_a, b, sql_b),
    unnest('{=, <, <=, >, >=}'::text[]) op, unnest('{UTC, Europe/Paris}'::text[]) zone
UNION ALL SELECT a || ' = ' || b, 'UTC', evaluated(format('%s = %s', a, b), '2027-01-01', 'UTC'), selected(format('%s = %s', a, b), '2027-01-01', 'UTC') FROM (VALUES ('b', 'c')) flags(a, b)
UNION ALL SELECT a || ' <> ' || b, 'UTC', evaluated(format('%s <> %s', a, b), '2027-01-01', 'UTC'), selected(format('NOT coalesce(%s = %s, false)', a, b), '2027-01-01', 'UTC') FROM (VALUES ('b', 'c'), ('w', 'x'), ('t', 'u')) negated(a, b);
SELECT count(*), count(*) FILTER (WHERE evaluated <> selected) AS differences, count(*) FILTER (WHERE evaluated <> '{}') > 200 AS with_members FROM compared;
SELECT said, zone, ARRAY(SELECT unnest(evaluated) EXCEPT SELECT unnest(selected)) AS too_many, ARRAY(SELECT unnest(selected) EXCEPT SELECT unnest(evaluated)) AS missing FROM compared WHERE evaluated <> selected ORDER BY 1, 2 LIMIT 10;

-- Spans: instants if both are times, days if one is a date.  A: the left field, B: the right one.
CREATE TABLE spans AS
SELECT format('%s within %s %s %s', a, span, side, b) AS said, zone, evaluated(format('%s within %s %s %s', a, span, side, b), '2027-01-01', zone) AS evaluated,
    selected(format(CASE side WHEN 'before' THEN '%1$s >= %2$s - interval %3$L AND %1$s <= %2$s' WHEN 'after' THEN '%1$s >= %2$s AND %1$s <= %2$s + interval %3$L' ELSE '%1$s >= %2$s - interval %3$L AND %1$s <= %2$s + interval %3$L' END, sql_a, sql_b, span), '2027-01-01', zone) AS selected
FROM (VALUES ('t', 't', 'u', 'u', false), ('t', 't', 'Timestamp', 'occurred_at', false), ('Timestamp', 'occurred_at', 't', 't', false), ('l', 'l::timestamptz', 't', 't', false), ('l', 'l', 'm', 'm', false), ('d', 'd', 'e', 'e', true), ('d', 'd', 't', 't::date', true), ('Timestamp', 'occurred_at::date', 'd', 'd', true), ('l', 'l::date', 'd', 'd', true)) pair(a, sql_a, b, sql_b, days),
    unnest('{0 days, 1 day, 3 days, 1 month, 1 hour, 24 hours}'::text[]) span, unnest('{before, after, of}'::text[]) side, unnest('{UTC, Europe/Paris}'::text[]) zone
WHERE NOT (days AND span ~ 'hour');
SELECT count(*), count(*) FILTER (WHERE evaluated <> selected) AS differences, count(*) FILTER (WHERE evaluated <> '{}') > 150 AS with_members FROM spans;
SELECT said, zone, ARRAY(SELECT unnest(evaluated) EXCEPT SELECT unnest(selected)) AS too_many, ARRAY(SELECT unnest(selected) EXCEPT SELECT unnest(evaluated)) AS missing FROM spans WHERE evaluated <> selected ORDER BY 1, 2 LIMIT 10;

-- Columns that fragments do not know answer with their default; both columns are read with the reader's privileges.
ALTER TABLE visit ADD early int DEFAULT 2, ADD late int;
CALL segments.refresh();
INSERT INTO visit (visitor, occurred_at, j, early, late) VALUES ('v1', '2026-05-01', 5, 4, 4);
CALL segments.refresh();
SELECT evaluated('j = early', '2027-01-01', 'UTC') = selected('j = early', '2027-01-01', 'UTC') AS with_default, evaluated('late = early', '2027-01-01', 'UTC') AS with_null, evaluated('late <> early', '2027-01-01', 'UTC') = selected('late IS DISTINCT FROM early OR late IS NULL', '2027-01-01', 'UTC') AS negated;
SELECT segments.create_segment('pair', 'Visit where j = early', run => false) IS NOT NULL AS saved;
SELECT segments.alter_interaction('Visit', fields => '[{"column": "early", "name": "first"}, {"column": "late", "name": "early"}]');
SELECT definition AS led_elsewhere FROM segments.segment WHERE name = 'pair';
CREATE ROLE field_pairs_reader;
GRANT SELECT (visitor, occurred_at, i) ON visit TO field_pairs_reader;
GRANT SELECT ON mapping TO field_pairs_reader;
SET ROLE field_pairs_reader;
\set ON_ERROR_STOP 0
SELECT segments.segment_count('Visit where i < j');
\set ON_ERROR_STOP 1
RESET ROLE;
DROP OWNED BY field_pairs_reader;
DROP ROLE field_pairs_reader;
CREATE TABLE refused (definition text);
INSERT INTO refused SELECT unnest(ARRAY['d < i', 'w = i', 'w = aa', 'b < i', 'i = nothing', 'w = b ignore case', 'i = visitor', 'i in (j)', 's = w', 'p = w', 'v < t']);
DO $$
DECLARE
    definition text;
    hint text;
BEGIN
    FOR definition IN TABLE refused LOOP
        BEGIN
            PERFORM segments.segment_count('Visit where ' || definition);
            RAISE INFO 'accepted: %', definition;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
            RAISE INFO '%: % % (%)', definition, SQLSTATE, SQLERRM, hint;
        END;
    END LOOP;
END
$$;

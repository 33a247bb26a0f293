-- having count(distinct F), over every type of column, against plain SQL.
\set ON_ERROR_STOP 1
SET TimeZone = 'Europe/Paris';
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on

CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TYPE colour AS ENUM ('red', 'green', 'blue');
CREATE DOMAIN short_text AS text CHECK (length(value) < 9);
CREATE TABLE bought (record_id text, occurred_at timestamptz, guest_id text, note text, title text COLLATE "en-x-icu", free text COLLATE caseless, word varchar(9), padded char(5), label name, short short_text,
    colour colour, small smallint, count int, large bigint, amount numeric, weight real, length double precision, day date, local timestamp, stamp timestamptz, gift boolean, id uuid, price money, span interval,
    address inet, raw bytea, flags bit(3), clock time, zoned timetz, letter "char", day_of int, tags text[], doc jsonb);
CREATE TABLE returned (record_id text, occurred_at timestamptz, note char(7), count numeric, amount double precision, length real, day timestamptz, title text COLLATE "C", free text COLLATE caseless);
CREATE TABLE trait (record_id text, points int, since timestamptz);
CREATE TABLE mapping (record_type text, record_id text, profile_id text, PRIMARY KEY (record_type, record_id));
SELECT segments.register_interaction('bought', 'Bought', 'occurred_at', 'record_id'), segments.register_interaction('returned', 'Returned', 'occurred_at', 'record_id'),
       segments.register_profile_source('trait', 'Trait', record_id_column => 'record_id', record_type => 'contact', time_column => 'since');
SELECT segments.register_relation('Bought', 'guest', 'guest_id', record_type => 'contact'), segments.add_json_field('Bought', 'doc.kind', 'text');
SELECT segments.register_unification('mapping', 'profile_id', 'record_id', 'record_type');
INSERT INTO mapping SELECT 'contact', 'r' || i, 'p' || i / 3 FROM generate_series(0, 200) i;

SELECT setseed(0.5);
CREATE FUNCTION one_of(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT nullif(choices[1 + floor(random() * cardinality(choices))::int], 'null') $$;
CREATE FUNCTION buy(number int) RETURNS void LANGUAGE sql AS $$
    INSERT INTO bought SELECT 'r' || floor(random() * 210)::int, timestamptz '2026-03-31 12:00' - random() * interval '90 days', 'r' || floor(random() * 210)::int,
        one_of('a', 'A', 'b', '', ' ', 'null'), one_of('a', 'A', 'b', 'null'), one_of('a', 'A', 'b', 'B', 'null'), one_of('a', 'a ', 'b', 'null'), one_of('a', 'a  ', 'b', '', 'null'), one_of('a', 'b', 'null')::name, one_of('a', 'b', 'null'),
        one_of('red', 'green', 'blue', 'null')::colour, one_of('1', '2', '-1', 'null')::smallint, one_of('0', '1', '2', 'null')::int, one_of('9223372036854775807', '-1', '0', 'null')::bigint,
        one_of('1', '1.0', '1.00', '0', '0.000', '-1.5', 'NaN', 'Infinity', '1e40', 'null')::numeric, one_of('0', '-0', '1.5', 'NaN', 'null')::real, one_of('0', '-0', '0.1', 'NaN', '-Infinity', 'null')::double precision,
        one_of('2026-01-01', 'infinity', '2026-01-02', 'null')::date, one_of('2026-01-01', '2026-01-01 00:00:00.000001', 'null')::timestamp, one_of('2026-01-01 00:00+00', '2026-01-01 01:00+01', '2026-01-02', 'null')::timestamptz,
        one_of('true', 'false', 'null')::boolean, one_of('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002', 'null')::uuid, one_of('1', '2.50', 'null')::money,
        one_of('1 day', '24 hours', '1 mon', '30 days', 'null')::interval, one_of('10.0.0.1', '10.0.0.1/8', '10.0.0.1/32', 'null')::inet, one_of('a', 'b', 'null')::bytea, one_of('101', '111', 'null')::bit(3),
        one_of('10:00', '11:00', 'null')::time, one_of('10:00+01', '11:00+02', '10:00+02', 'null')::timetz, one_of('a', 'b', 'null')::"char", one_of('1', '2', 'null')::int, '{x}', jsonb_build_object('kind', one_of('a', 'b', 'null'))
    FROM generate_series(1, number) $$;
SELECT buy(500);
INSERT INTO returned SELECT 'r' || floor(random() * 210)::int, timestamptz '2026-03-31 12:00' - random() * interval '90 days', one_of('a', 'A', 'c', 'null'), one_of('1', '1.0', '0.5', 'null')::numeric, one_of('0.1', '2.5')::float8,
    one_of('0.1', '0', 'null')::real, now(), one_of('a', 'c', 'null'), one_of('a', 'c', 'null') FROM generate_series(1, 200);
INSERT INTO trait SELECT 'r' || floor(random() * 210)::int, one_of('1', '2', '50', 'null')::int, timestamptz '2026-03-31 12:00' - random() * interval '90 days' FROM generate_series(1, 200);
INSERT INTO bought (record_id, occurred_at, count, note) VALUES ('r1', '-infinity', 1000, 'early'), ('r4', 'infinity', 1000, 'late'), ('r7', NULL, 1000, 'never'), ('r199', '2026-03-01', NULL, NULL);
CALL segments.refresh();
-- Values of further fragments, one of them older than a column, and rows that go.
SELECT buy(200);
ALTER TABLE bought ADD COLUMN points int DEFAULT 3, ADD COLUMN bonus numeric DEFAULT 1.50, ADD COLUMN mark char(4) DEFAULT 'x', ADD COLUMN later text;
CALL segments.refresh();
SELECT buy(200);
UPDATE bought SET points = 4, bonus = 1.5, mark = one_of('x ', 'y', 'null'), later = one_of('a', 'b') WHERE small = 2;
DELETE FROM bought WHERE note = 'b' AND random() < 0.5;
UPDATE mapping SET profile_id = 'p1' WHERE record_id IN ('r10', 'r20', 'r199');
CALL segments.refresh();

-- Asks of the number of values all that can be asked, and compares with SQL over the rows that count.
CREATE TABLE asked (definition text, members bigint, missing bigint, surplus bigint);
CREATE FUNCTION ask_all(condition text, counted text, field text, value text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    question record;
    number text := format('count(DISTINCT %s)', value);
BEGIN
    FOR question IN
        SELECT op || ' 2' AS asked, format('%s %s 2', number, op) AS holds FROM unnest('{=,<>,<,<=,>,>=}'::text[]) op
        UNION ALL VALUES ('between 1 and 2', number || ' BETWEEN 1 AND 2'), ('not between 1 and 2', number || ' NOT BETWEEN 1 AND 2'), ('in (0, 3)', number || ' IN (0, 3)'), ('not in (1, 3)', number || ' NOT IN (1, 3)'),
            ('= 0', number || ' = 0'), ('> 1.5', number || ' > 1.5'), ('< ''Infinity''', 'true')
    LOOP
        EXECUTE format('INSERT INTO asked WITH found AS (SELECT segments.profiles(segments.segment_eval($1, $2)) AS id),
            truth AS (SELECT m.profile_id AS id FROM mapping m LEFT JOIN (%s) r USING (record_id) GROUP BY 1 HAVING %s)
            SELECT $1, (SELECT count(*) FROM found), (SELECT count(*) FROM (TABLE truth EXCEPT TABLE found) x), (SELECT count(*) FROM (TABLE found EXCEPT TABLE truth) x)', counted, question.holds)
        USING format('%s having count(distinct %s) %s', condition, field, question.asked), timestamptz '2026-03-31 10:00';
    END LOOP;
END $$;
SELECT count(ask_all('Bought', 'SELECT * FROM bought WHERE occurred_at <= ''2026-03-31 10:00''', '"' || field || '"', 'r.' || field)) AS fields
FROM (SELECT attname::text AS field FROM pg_attribute WHERE attrelid = 'bought'::regclass AND attnum > 3 AND NOT attisdropped AND attname NOT IN ('tags', 'doc') AND attname NOT LIKE 'segments%') f;
SELECT count(ask_all('Bought where note > '''' within last 30 days', 'SELECT * FROM bought WHERE note > '''' AND occurred_at BETWEEN timestamptz ''2026-03-31 10:00'' - interval ''30 days'' AND ''2026-03-31 10:00''', field, 'r.' || field)) AS fields
FROM unnest('{note,free,padded,amount,count,length,span,points,bonus,mark,later}'::text[]) field;
SELECT count(ask_all('Bought', 'SELECT * FROM bought WHERE occurred_at <= ''2026-03-31 10:00''', 'doc.kind', 'r.doc ->> ''kind''')) AS member;
SELECT count(ask_all('Bought via guest since ''2026-02-01''', 'SELECT guest_id AS record_id, note FROM bought WHERE occurred_at BETWEEN ''2026-02-01'' AND ''2026-03-31 10:00''', 'note', 'r.note')) AS by_relation;
-- Sets of types, and rows of profile sources.
SELECT count(ask_all('any of (Bought, Returned)', format('SELECT record_id, %1$I AS v FROM bought WHERE occurred_at <= ''2026-03-31 10:00'' UNION ALL SELECT record_id, %2$s FROM returned WHERE occurred_at <= ''2026-03-31 10:00''', field, value), field, 'r.v')) AS of_two
FROM (VALUES ('note', 'note'), ('count', 'count'), ('length', 'length'), ('title', 'title COLLATE "en-x-icu"'), ('free', 'free')) f (field, value);
SELECT count(ask_all(condition, 'SELECT * FROM trait WHERE ' || counted, 'points', 'r.points')) AS of_sources
FROM (VALUES ('Trait', 'true'), ('Trait within last 30 days', 'since BETWEEN timestamptz ''2026-03-31 10:00'' - interval ''30 days'' AND ''2026-03-31 10:00''')) c (condition, counted);
SELECT count(*) > 500 AS many, count(*) FILTER (WHERE members > 0 AND members < 67) > 300 AS tell_some FROM asked;
SELECT * FROM asked WHERE missing > 0 OR surplus > 0 ORDER BY definition LIMIT 20;
-- What is beside "but not" counts; nothing may lie in it.
SELECT segments.segment_count('Bought having count(distinct note) >= 2 but not within last 7 days', '2026-03-31 10:00') = (SELECT count(*) FROM (
    SELECT profile_id FROM bought JOIN mapping USING (record_id) WHERE occurred_at < '2026-03-24 10:00' GROUP BY 1 HAVING count(DISTINCT note) >= 2
    EXCEPT SELECT profile_id FROM bought JOIN mapping USING (record_id) WHERE occurred_at BETWEEN '2026-03-24 10:00' AND '2026-03-31 10:00') x) AS but_not;
-- A unit of the calendar is one; a field of that name stands in double quotes.
SELECT segments.segment_count('Bought since ''2026-01-01'' having count(distinct "day") >= 2') <> segments.segment_count('Bought since ''2026-01-01'' having count(distinct day) >= 2') AS tells_apart;

-- How it prints, as text and as JSON, and back.
SELECT d::segments.definition, d::segments.definition::jsonb, d::segments.definition::jsonb::segments.definition::text = d::segments.definition::text
FROM unnest(ARRAY['Bought having COUNT ( distinct note ) is greater than 5 within last 7 days', 'Bought having count(distinct "day") not in (1, 2)', 'Bought having count(distinct doc.kind) between 1 and 3']) d;
SELECT '{"interaction": "Bought", "having": {"aggregate": "count distinct", "field": "day", "op": ">", "value": 2}}'::jsonb::segments.definition;
\set ON_ERROR_STOP 0
SELECT '{"interaction": "Bought", "having": {"aggregate": "count distinct", "field": "note", "op": "is null"}}'::jsonb::segments.definition;
\set ON_ERROR_STOP 1

-- Members are explained; rows are gone through once.
SELECT segments.create_segment('varied', 'Bought within last 60 days having count(distinct note) >= 3 or Returned having count(distinct note) = 0');
SELECT count(*) AS told, count(*) FILTER (WHERE e.verdict <> (p = ANY (found))) AS wrong, count(*) FILTER (WHERE e.note LIKE '%not known') > 0 AS says_so, bool_or(e.verdict) AS some
FROM (SELECT DISTINCT profile_id AS p FROM mapping ORDER BY 1 LIMIT 20) m, LATERAL segments.explain_member('varied', p, '2026-03-31 10:00') e,
    LATERAL (SELECT ARRAY(SELECT segments.profiles(segments.segment_eval(e.text, '2026-03-31 10:00'))) AS found) x;
SELECT e.members > 0 AS some, e.rows_scanned = c.rows_scanned AS once FROM segments.segment_explain('Bought having count(distinct note) > 1', '2026-03-31 10:00') e, segments.segment_explain('Bought', '2026-03-31 10:00') c;
SELECT segments.run_segment('varied') IS NOT NULL, (SELECT count(*) FROM segments.check_definition('Bought having count(distinct note) > 1')) AS found;
SELECT offer FROM segments.complete_definition('Bought having count(distinct colo');

-- What does not fit says so, and what would.
SELECT refusal(d) FROM unnest(ARRAY['Bought having count(distinct tags) > 1', 'Bought having count(distinct Timestamp) > 1', 'Bought having count(distinct ProfileId) > 1', 'Bought having count(distinct missing) > 1', 'Bought having count(distinct note) > ''x''',
    'Bought having count(distinct note) is null', 'Bought having count(distinct note) = true', 'Bought having count(distinct note) contains ''5''', 'Bought having count(distinct note)', 'Bought having count(distinct hour of stamp) > 5', 'Bought having count(note) > 5',
    'Bought having count(distinct seconds) > 1', 'any of (Bought, Returned) having count(distinct "day") > 1', 'any of (Bought, Returned) having count(distinct amount) > 1', 'Bought in at least 2 of the last 3 days having count(distinct note) > 1',
    'Bought having count(distinct note) > 1 at least 2', 'Bought having count(distinct note) >= 2 within last 3 days']) d;

-- Intervals, and transactions, for which the server has one hash.
CREATE TABLE folded (record_id text, at timestamptz, span interval, transaction xid8);
INSERT INTO folded SELECT 'r' || n % 10, '2026-03-01', (value || ' microseconds')::interval, value::text::xid8
FROM generate_series(1, 2000) n, LATERAL (SELECT (n::int8 << 32) | (n # 12345) AS value) of;
SELECT count(DISTINCT interval_hash_extended(span, 1)) AS hashes, count(DISTINCT span) AS spans FROM folded;
SELECT segments.register_interaction('folded', 'Folded', 'at', 'record_id');
CALL segments.refresh();
SELECT segments.segment_count('Folded having count(distinct span) = 200') = (SELECT count(*) FROM (SELECT profile_id FROM folded JOIN mapping USING (record_id) GROUP BY 1 HAVING count(DISTINCT span) = 200) s) AS spans,
       segments.segment_count('Folded having count(distinct transaction) = 200') = (SELECT count(*) FROM (SELECT profile_id FROM folded JOIN mapping USING (record_id) GROUP BY 1 HAVING count(DISTINCT transaction) = 200) s) AS transactions,
       segments.segment_count('Folded having count(distinct span) >= 200') > 0 AS some;

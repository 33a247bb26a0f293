-- having sum, avg, min and max of a field, over every type of column, against plain SQL.
\set ON_ERROR_STOP 1
SET TimeZone = 'Europe/Paris';
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on

CREATE TABLE bought (record_id text, occurred_at timestamptz, small smallint, count int, large bigint, amount numeric, wild numeric, huge numeric, weight real,
    length double precision, day date, local timestamp, stamp timestamptz, note text COLLATE "C", title text COLLATE "en-x-icu", price money, span interval, gift boolean, id uuid, tags text[]);
CREATE TABLE returned (record_id text, occurred_at timestamptz, amount double precision, count numeric, note text COLLATE "C", day timestamptz, other int);
CREATE TABLE trait (record_id text, points int, since timestamptz);
CREATE TABLE mapping (record_type text, record_id text, profile_id text, PRIMARY KEY (record_type, record_id));
SELECT segments.register_interaction('bought', 'Bought', 'occurred_at', 'record_id'), segments.register_interaction('returned', 'Returned', 'occurred_at', 'record_id'),
       segments.register_profile_source('trait', 'Trait', record_id_column => 'record_id', record_type => 'contact', time_column => 'since');
SELECT segments.register_unification('mapping', 'profile_id', 'record_id', 'record_type');
INSERT INTO mapping SELECT 'contact', 'r' || i, 'p' || i / 3 FROM generate_series(0, 200) i;

SELECT setseed(0.25);
CREATE FUNCTION one_of(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT choices[1 + floor(random() * cardinality(choices))::int] $$;
CREATE FUNCTION buy(number int) RETURNS void LANGUAGE sql AS $$
    INSERT INTO bought SELECT 'r' || floor(random() * 210)::int, timestamptz '2026-03-31 12:00' - random() * interval '90 days', nullif(one_of('-7', '3', '32767', ''), '')::smallint,
        nullif(one_of('0', '1', '2', '-5', '2147483647', ''), '')::int, nullif(one_of('9223372036854775807', '-9223372036854775808', '5', ''), '')::bigint,
        nullif(one_of('0', '1', '2.5', '-1.25', '10.00', '0.1', '99.999', ''), '')::numeric, one_of('1', '2.5', 'NaN', 'Infinity', '-Infinity')::numeric,
        one_of('1e40', '-1e40', '1e-40', '0.5', '123456789012345678901234567890.5')::numeric,
        nullif(one_of('0.1', '2.5', '-0', '1e10', ''), '')::real, nullif(one_of('0.1', '0.2', '-0', '1e15', '3.14159265358979', '1e-5', 'NaN', 'Infinity', ''), '')::double precision,
        date '2026-01-01' + floor(random() * 60)::int, timestamp '2026-01-01' + random() * interval '60 days', timestamptz '2026-01-01' + random() * interval '60 days',
        one_of('a', 'B', 'b', 'ab', ''), one_of('a', 'B', 'b', 'ab', ''), one_of('1', '2.50', '-3')::money, (one_of('1', '24', '30') || ' hours')::interval, random() < 0.5,
        '00000000-0000-0000-0000-000000000001'::uuid, '{x}'
    FROM generate_series(1, number) $$;
SELECT buy(600);
INSERT INTO returned SELECT 'r' || floor(random() * 210)::int, timestamptz '2026-03-31 12:00' - random() * interval '90 days', one_of('0.1', '2.5')::float8, one_of('1', '0.5')::numeric, one_of('a', 'b'), now(), 1
FROM generate_series(1, 200);
INSERT INTO trait SELECT 'r' || floor(random() * 210)::int, nullif(one_of('1', '2', '50', ''), '')::int, timestamptz '2026-03-31 12:00' - random() * interval '90 days' FROM generate_series(1, 200);
INSERT INTO bought (record_id, occurred_at, count, amount) VALUES ('r1', '-infinity', 1000, 1000), ('r4', 'infinity', 1000, 1000), ('r7', NULL, 1000, 1000), ('r199', '2026-03-01', NULL, NULL);
CALL segments.refresh();
-- A second fragment, one that is older than a column, and rows that go.
SELECT buy(300);
ALTER TABLE bought ADD COLUMN points int DEFAULT 3, ADD COLUMN bonus numeric DEFAULT 1.5, ADD COLUMN later int;
CALL segments.refresh();
UPDATE bought SET points = NULL, bonus = 0.25 WHERE small = 3;
DELETE FROM bought WHERE note = 'ab' AND random() < 0.5;
CALL segments.refresh();

-- Asks of one aggregate of a field all that can be asked, and compares with SQL over the rows that count.
CREATE TABLE asked (definition text, members bigint, missing bigint, surplus bigint);
CREATE FUNCTION ask(definition text, counted text, holds text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('INSERT INTO asked WITH found AS (SELECT segments.profiles(segments.segment_eval($1, $2)) AS id),
        truth AS (SELECT m.profile_id AS id FROM mapping m LEFT JOIN (%s) r USING (record_id) GROUP BY 1 HAVING %s)
        SELECT $1, (SELECT count(*) FROM found), (SELECT count(*) FROM (TABLE truth EXCEPT TABLE found) x), (SELECT count(*) FROM (TABLE found EXCEPT TABLE truth) x)', counted, holds)
    USING definition, timestamptz '2026-03-31 10:00';
END $$;
-- An average is compared as the sum, with what it is compared with times the number of values.
CREATE FUNCTION ask_all(condition text, counted text, aggregate text, field text, first text, second text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    adds_up boolean := aggregate IN ('sum', 'avg');
    value text := CASE WHEN adds_up THEN format('sum(r.%I::numeric)', field) ELSE format('%s(r.%I)', aggregate, field) END;
    times text := CASE WHEN aggregate = 'avg' THEN format(' * count(r.%I)', field) ELSE '' END;
    a text := CASE WHEN adds_up THEN format('(numeric %L%s)', btrim(first, ''''), times) ELSE first END;
    b text := CASE WHEN adds_up THEN format('(numeric %L%s)', btrim(second, ''''), times) ELSE second END;
BEGIN
    PERFORM ask(format('%s having %s(%I) %s', condition, aggregate, field, question.asked), counted, holds) FROM (
        SELECT op || ' ' || first AS asked, format('coalesce(%s %s %s, false)', value, op, a) AS holds FROM unnest('{=,<,<=,>,>=}'::text[]) op
        UNION ALL SELECT 'is null', value || ' IS NULL' UNION ALL SELECT 'is not null', value || ' IS NOT NULL'
        UNION ALL SELECT '<> ' || first, format('NOT coalesce(%s = %s, false)', value, a)
        UNION ALL SELECT format('between %s and %s', first, second), format('coalesce(%s BETWEEN %s AND %s, false)', value, a, b)
        UNION ALL SELECT format('not between %s and %s', first, second), format('NOT coalesce(%s BETWEEN %s AND %s, false)', value, a, b)
        UNION ALL SELECT format('in (%s, %s)', second, first), format('coalesce(%s IN (%s, %s), false)', value, b, a)
        UNION ALL SELECT format('not in (%s, %s)', second, first), format('NOT coalesce(%s IN (%s, %s), false)', value, b, a)) question;
END $$;

CREATE TABLE sample (field text, first text, second text, adds_up boolean DEFAULT true);
INSERT INTO sample VALUES ('small', '3', '32767'), ('count', '2', '2147483647'), ('large', '5', '9223372036854775807'), ('large', '-1', '27670116110564327421'), ('amount', '2.5', '10'),
    ('amount', '-1.25', '100.099'), ('wild', '2.5', '''Infinity'''), ('wild', '''-Infinity''', '''NaN'''), ('huge', '0', '1e40'), ('huge', '0.5', '123456789012345678901234567891'),
    ('weight', '0', '2.5'), ('length', '0', '1e15'), ('length', '0.3', '''NaN'''), ('points', '3', '6'), ('bonus', '1.5', '3.25'), ('later', '0', '1');
INSERT INTO sample VALUES ('day', '''2026-01-20''', '''2026-02-20''', false), ('local', '''2026-01-20''', '''2026-02-27 12:00''', false), ('stamp', '''2026-01-20''', '''2026-02-27 12:00''', false),
    ('note', '''B''', '''b''', false), ('title', '''b''', '''B''', false), ('price', '''1''', '''2.50''', false), ('span', '''1 day''', '''30 hours''', false);
CREATE TABLE aggregate AS SELECT * FROM unnest('{sum, avg, min, max}'::text[]) name;
SELECT count(ask_all(condition, 'SELECT * FROM bought WHERE ' || counted, name, field, first, second)) > 0
FROM sample, aggregate, (VALUES ('Bought', 'occurred_at <= ''2026-03-31 10:00'''), ('Bought within last 20 days', 'occurred_at BETWEEN ''2026-03-11 10:00'' AND ''2026-03-31 10:00''')) c (condition, counted)
WHERE adds_up OR name IN ('min', 'max');
SELECT count(ask_all('Bought where note > ''a'' since ''2026-02-01''', 'SELECT * FROM bought WHERE note > ''a'' AND occurred_at BETWEEN ''2026-02-01'' AND ''2026-03-31 10:00''', name, field, first, second)) > 0
FROM sample, aggregate WHERE field IN ('count', 'amount', 'huge', 'bonus');
-- Sets of types, and rows of profile sources.
SELECT count(ask_all('any of (Bought, Returned)', 'SELECT record_id, amount::numeric, count::numeric FROM bought WHERE occurred_at <= ''2026-03-31 10:00'' UNION ALL
    SELECT record_id, amount::numeric, count FROM returned WHERE occurred_at <= ''2026-03-31 10:00''', name, field, first, second)) > 0
FROM aggregate, (VALUES ('amount', '0.5', '5'), ('count', '1', '2.5')) s (field, first, second);
SELECT count(ask_all(condition, 'SELECT * FROM trait WHERE ' || counted, name, 'points', '2', '51')) > 0
FROM aggregate, (VALUES ('Trait', 'true'), ('Trait within last 30 days', 'since BETWEEN timestamptz ''2026-03-31 10:00'' - interval ''30 days'' AND ''2026-03-31 10:00''')) c (condition, counted);
SELECT count(*) > 1000 AS many, count(*) FILTER (WHERE members > 0 AND members < 67) > 400 AS tell_some FROM asked;
SELECT * FROM asked WHERE missing > 0 OR surplus > 0 ORDER BY definition LIMIT 20;

-- What is beside "but not" counts; nothing may lie in it.
SELECT segments.segment_count('Bought having sum(amount) > 5 but not within last 7 days', '2026-03-31 10:00') = (SELECT count(*) FROM (
    SELECT profile_id FROM bought JOIN mapping USING (record_id) WHERE occurred_at < '2026-03-24 10:00' GROUP BY 1 HAVING sum(amount) > 5
    EXCEPT SELECT profile_id FROM bought JOIN mapping USING (record_id) WHERE occurred_at BETWEEN '2026-03-24 10:00' AND '2026-03-31 10:00') x) AS but_not;
-- avg is exact: 1, 1, 2 is more than PostgreSQL's rounded average.
CREATE TABLE third (record_id text, occurred_at timestamptz, n int);
INSERT INTO third SELECT 'r0', '2026-03-01', n FROM unnest('{1, 1, 2}'::int[]) n;
SELECT segments.register_interaction('third', 'Third', 'occurred_at', 'record_id');
CALL segments.refresh();
SELECT segments.segment_count('Third having avg(n) > 1.3333333333333333'), segments.segment_count('Third having avg(n) > 1.3333333333333334'), segments.segment_count('Third having max(Timestamp) < ''2026-03-02''');

-- How it prints, as text and as JSON, and back.
SELECT d::segments.definition, d::segments.definition::jsonb, d::segments.definition::jsonb::segments.definition::text = d::segments.definition::text
FROM unnest(ARRAY['Bought having SUM ( amount ) is greater than 5 within last 7 days', 'Bought having avg("amount") not in (1, 2.5)', 'Trait having max(points) between 1 and 3', 'not Bought having min(day) != date ''2026-01-01''',
    'Bought having max(note) has a value or Returned having sum(amount) is null']) d;

-- Members are explained, also when that is not to be known ahead.
SELECT segments.create_segment('big', 'Bought within last 30 days having sum(amount) > 5 or Bought having max(count) >= 2');
SELECT count(*) AS told, count(*) FILTER (WHERE e.verdict <> (p = ANY (found))) AS wrong, count(*) FILTER (WHERE e.note LIKE '%not known') > 0 AS says_so, bool_or(e.verdict) AS some
FROM (SELECT DISTINCT profile_id AS p FROM mapping ORDER BY 1 LIMIT 20) m, LATERAL segments.explain_member('big', p, '2026-03-31 10:00') e,
    LATERAL (SELECT ARRAY(SELECT segments.profiles(segments.segment_eval(e.text, '2026-03-31 10:00'))) AS found) x;
SELECT node, text, members > 0 AS some, rows_scanned > 0 AS reads FROM segments.segment_explain('Bought having sum(amount) > 5 and not Bought having max(count) = 2', '2026-03-31 10:00');
-- Rows of a sum are gone through once, as those that are counted.
SELECT e.rows_scanned = c.rows_scanned AS once FROM segments.segment_explain('Bought having sum(amount) > 5', '2026-03-31 10:00') e, segments.segment_explain('Bought', '2026-03-31 10:00') c;
SELECT segments.rename_segment('big', 'large'), segments.run_segment('large') IS NOT NULL;

-- What does not fit says so, and what would.
SELECT refusal(d) FROM unnest(ARRAY['Bought having sum(note) > 5', 'Bought having avg(span) > 5', 'Bought having sum(price) > 1', 'Bought having max(gift) = true', 'Bought having max(tags) = ''x''', 'Bought having sum(Timestamp) > 5',
    'Bought having sum(missing) > 5', 'Bought having sum(amount) > ''x''', 'Bought having sum(amount) > true', 'Bought having sum(amount) > count', 'Bought having sum amount > 5', 'Bought having sum(amount) contains ''5''', 'Bought having sum(amount)',
    'Bought having sum(hour of stamp) > 5', 'Bought having sum(amount) > 5 at least 2', 'Bought in at least 2 of the last 3 days having sum(amount) > 5', 'any of (Bought, Returned) having max(day) > ''2026-01-01''', 'any of (Bought, Returned) having max(other) > 1',
    'any of (Bought, Third) having max(n) > 1', 'Bought having max(stamp) within last 7 days', 'Bought having max(note) > 5', 'Bought having max(ProfileId) > ''x''', 'Bought having median(amount) > 5']) d;
-- Each value that the greatest one may have is a condition of its own.
SELECT left(refusal, 20) AS definition, right(refusal, 140) AS refusal FROM (SELECT refusal('Bought having max(amount) in (' || string_agg(n::text, ', ') || ')') FROM generate_series(1, 4097) n) long;
SELECT right(refusal, 10) AS refusal FROM (SELECT refusal('Bought having sum(amount) in (' || string_agg(n::text, ', ') || ')') FROM generate_series(1, 5000) n) long;
SELECT segments.segment_count('Bought having max(count) in (' || string_agg((n % 3000)::text, ', ') || ')') = segments.segment_count('Bought having max(count) <= 2999 and Bought having max(count) >= 0') AS equal FROM generate_series(1, 3000) n;

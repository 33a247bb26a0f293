-- having first(F) and last(F), over every type that has an order, against plain SQL; many rows have one time.
\set ON_ERROR_STOP 1
SET TimeZone = 'Europe/Paris';
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on

CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TYPE colour AS ENUM ('red', 'green', 'blue');
CREATE TABLE bought (record_id text, occurred_at timestamptz, guest_id text, note text COLLATE "C", title text COLLATE "en-x-icu", free text COLLATE caseless, padded char(5), colour colour, count int, large bigint, amount numeric,
    weight real, length double precision, day date, local timestamp, stamp timestamptz, gift boolean, id uuid, price money, span interval, tags text[], doc jsonb);
CREATE TABLE returned (record_id text, occurred_at timestamptz, note text COLLATE "C", count numeric, gift boolean);
CREATE TABLE trait (record_id text, points int);
CREATE TABLE mapping (record_type text, record_id text, profile_id text, PRIMARY KEY (record_type, record_id));
SELECT segments.register_interaction('bought', 'Bought', 'occurred_at', 'record_id'), segments.register_interaction('returned', 'Returned', 'occurred_at', 'record_id'),
       segments.register_profile_source('trait', 'Trait', record_id_column => 'record_id', record_type => 'contact');
SELECT segments.register_relation('Bought', 'guest', 'guest_id', record_type => 'contact'), segments.add_json_field('Bought', 'doc.kind', 'text');
SELECT segments.register_unification('mapping', 'profile_id', 'record_id', 'record_type');
INSERT INTO mapping SELECT 'contact', 'r' || i, 'p' || i / 3 FROM generate_series(0, 200) i;
SELECT setseed(0.75);
CREATE FUNCTION one_of(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT nullif(choices[1 + floor(random() * cardinality(choices))::int], 'null') $$;
-- Of few times, so that many are equal, of one record or of several of a profile.
CREATE FUNCTION buy(number int) RETURNS void LANGUAGE sql AS $$
    INSERT INTO bought SELECT 'r' || floor(random() * 210)::int, timestamptz '2026-03-31 09:00' - floor(random() * 6) * interval '12 days', 'r' || floor(random() * 210)::int,
        one_of('a', 'B', 'b', 'ab', 'null'), one_of('a', 'B', 'b', 'ab', 'null'), one_of('a', 'A', 'b', 'null'), one_of('a', 'b ', 'ab', 'null'), one_of('red', 'green', 'blue', 'null')::colour, one_of('0', '1', '2', 'null')::int,
        one_of('9223372036854775807', '-1', '0', 'null')::bigint, one_of('1', '1.0', '2.5', '-1.5', 'NaN', 'null')::numeric, one_of('-0', '1.5', 'NaN', 'null')::real, one_of('0', '0.1', 'NaN', '-Infinity', 'null')::double precision,
        one_of('2026-01-01', '2026-01-20', '2026-02-20', 'null')::date, one_of('2026-01-01', '2026-01-20', '2026-02-27 12:00', 'null')::timestamp, one_of('2026-01-01', '2026-01-20', '2026-02-27 12:00', 'null')::timestamptz,
        one_of('true', 'false', 'null')::boolean, one_of('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002', 'null')::uuid, one_of('1', '2.50', '-3', 'null')::money,
        one_of('1 day', '30 hours', '2 hours', 'null')::interval, '{x}', jsonb_build_object('kind', one_of('a', 'b', 'null'))
    FROM generate_series(1, number) $$;
SELECT buy(500);
INSERT INTO returned SELECT 'r' || floor(random() * 210)::int, timestamptz '2026-03-31 09:00' - floor(random() * 6) * interval '12 days', one_of('a', 'b', 'null'), one_of('1', '0.5')::numeric, one_of('true', 'false', 'null')::boolean FROM generate_series(1, 200);
INSERT INTO bought (record_id, occurred_at, count, note) VALUES ('r1', '-infinity', 1, 'b'), ('r190', '-infinity', 1, 'b'), ('r4', 'infinity', 2, 'b'), ('r7', NULL, 2, 'b'), ('r199', '2026-03-01', NULL, NULL);
CALL segments.refresh();
-- Further fragments, one older than a column, and rows that go.
SELECT buy(200);
ALTER TABLE bought ADD COLUMN points int DEFAULT 3, ADD COLUMN later text COLLATE "C";
CALL segments.refresh();
SELECT buy(100);
UPDATE bought SET points = 4, later = one_of('a', 'b') WHERE count = 2;
DELETE FROM bought WHERE note = 'ab' AND random() < 0.5;
UPDATE mapping SET profile_id = 'p1' WHERE record_id IN ('r10', 'r20', 'r199');
CALL segments.refresh();

CREATE TABLE asked (definition text, members bigint, missing bigint, surplus bigint);
CREATE FUNCTION ask_all(condition text, counted text, name text, field text, first text, second text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    question record;
    value text := format(CASE name WHEN 'first' THEN '((array_agg(%1$s ORDER BY r.occurred_at, %1$s) FILTER (WHERE %1$s IS NOT NULL))[1])'
        ELSE '((array_agg(%1$s ORDER BY r.occurred_at DESC, %1$s DESC) FILTER (WHERE %1$s IS NOT NULL))[1])' END, CASE field WHEN 'doc.kind' THEN 'r.doc ->> ''kind''' ELSE 'r.' || field END);
BEGIN
    FOR question IN
        SELECT op || ' ' || first AS asked, format('coalesce(%s %s %s, false)', value, op, first) AS holds FROM unnest(CASE WHEN field = 'gift' THEN '{=}' ELSE '{=,<,<=,>,>=}' END::text[]) op
        UNION ALL SELECT 'is null', value || ' IS NULL' UNION ALL SELECT 'is not null', value || ' IS NOT NULL'
        UNION ALL SELECT '<> ' || first, format('NOT coalesce(%s = %s, false)', value, first)
        UNION ALL SELECT format('between %s and %s', first, second), format('coalesce(%s BETWEEN %s AND %s, false)', value, first, second) WHERE field <> 'gift'
        UNION ALL SELECT format('in (%s, %s)', second, first), format('coalesce(%s IN (%s, %s), false)', value, second, first)
        UNION ALL SELECT format('not in (%s, %s)', second, first), format('NOT coalesce(%s IN (%s, %s), false)', value, second, first)
    LOOP
        EXECUTE format('INSERT INTO asked WITH found AS (SELECT segments.profiles(segments.segment_eval($1, $2)) AS id),
            truth AS (SELECT m.profile_id AS id FROM mapping m LEFT JOIN (%s) r USING (record_id) GROUP BY 1 HAVING %s)
            SELECT $1, (SELECT count(*) FROM found), (SELECT count(*) FROM (TABLE truth EXCEPT TABLE found) x), (SELECT count(*) FROM (TABLE found EXCEPT TABLE truth) x)', counted, question.holds)
        USING format('%s having %s(%s) %s', condition, name, field, question.asked), timestamptz '2026-03-31 10:00';
    END LOOP;
END $$;
CREATE TABLE sample (field text, first text, second text);
INSERT INTO sample VALUES ('note', '''B''', '''b'''), ('title', '''b''', '''B'''), ('free', '''a''', '''B'''), ('padded', '''ab''', '''b'''), ('colour', '''green''', '''blue'''), ('count', '1', '2'), ('large', '0', '5'), ('amount', '1', '2.5'), ('weight', '0', '1.5'),
    ('length', '0.1', '5'), ('day', '''2026-01-20''', '''2026-02-20'''), ('local', '''2026-01-20''', '''2026-02-27 12:00'''), ('stamp', '''2026-01-20''', '''2026-02-27 12:00'''), ('gift', 'true', 'true'), ('gift', 'false', 'false'), ('gift', 'false', 'true'),
    ('id', '''00000000-0000-0000-0000-000000000001''', '''00000000-0000-0000-0000-000000000002'''), ('price', '''1''', '''2.50'''), ('span', '''1 day''', '''30 hours'''), ('points', '3', '4'), ('later', '''a''', '''b'''), ('doc.kind', '''a''', '''b''');
SELECT count(ask_all(condition, 'SELECT * FROM bought WHERE ' || counted, name, field, first, second)) AS asked
FROM sample, unnest('{first,last}'::text[]) name, (VALUES ('Bought', 'occurred_at <= ''2026-03-31 10:00'''), ('Bought where note > ''a'' within last 20 days', 'note > ''a'' AND occurred_at BETWEEN ''2026-03-11 10:00'' AND ''2026-03-31 10:00''')) c (condition, counted);
SELECT count(ask_all('Bought via guest', 'SELECT guest_id AS record_id, occurred_at, note FROM bought WHERE occurred_at <= ''2026-03-31 10:00''', name, 'note', '''B''', '''b''')) AS by_relation FROM unnest('{first,last}'::text[]) name;
SELECT count(ask_all('any of (Bought, Returned)', 'SELECT record_id, occurred_at, note, count::numeric, gift FROM bought WHERE occurred_at <= ''2026-03-31 10:00'' UNION ALL SELECT record_id, occurred_at, note, count, gift FROM returned', name, field, first, second)) AS of_two
FROM unnest('{first,last}'::text[]) name, sample WHERE field IN ('note', 'count', 'gift');
SELECT count(*) > 500 AS many, count(*) FILTER (WHERE members > 0 AND members < 67) > 300 AS tell_some FROM asked;
SELECT * FROM asked WHERE missing > 0 OR surplus > 0 ORDER BY definition LIMIT 20;
SELECT segments.segment_count('Bought having last(gift) = TRUE', '2026-03-31 10:00') = segments.segment_count('Bought having last(gift) = true', '2026-03-31 10:00') AS any_case;
SELECT segments.segment_count('Bought having last(note) = ''b'' but not within last 7 days', '2026-03-31 10:00') = (SELECT count(*) FROM (
    SELECT profile_id FROM bought JOIN mapping USING (record_id) WHERE occurred_at < '2026-03-24 10:00' GROUP BY 1 HAVING (array_agg(note ORDER BY occurred_at DESC, note DESC) FILTER (WHERE note IS NOT NULL))[1] = 'b'
    EXCEPT SELECT profile_id FROM bought JOIN mapping USING (record_id) WHERE occurred_at BETWEEN '2026-03-24 10:00' AND '2026-03-31 10:00') x) AS but_not;

-- How it prints, as text and as JSON, and back.
SELECT d::segments.definition, d::segments.definition::jsonb, d::segments.definition::jsonb::segments.definition::text = d::segments.definition::text
FROM unnest(ARRAY['Bought having LAST ( note ) is equal to ''a'' within last 7 days', 'Bought having first(gift) not in (true)']) d;
-- Members are explained.
SELECT segments.create_segment('lately', 'Bought within last 60 days having last(note) > ''a'' or Returned having first(gift) = true');
SELECT count(*) AS told, count(*) FILTER (WHERE e.verdict <> (p = ANY (found))) AS wrong, count(*) FILTER (WHERE e.note LIKE '%not known') > 0 AS says_so, bool_or(e.verdict) AS some
FROM (SELECT DISTINCT profile_id AS p FROM mapping ORDER BY 1 LIMIT 20) m, LATERAL segments.explain_member('lately', p, '2026-03-31 10:00') e,
    LATERAL (SELECT ARRAY(SELECT segments.profiles(segments.segment_eval(e.text, '2026-03-31 10:00'))) AS found) x;
SELECT segments.run_segment('lately') IS NOT NULL;

-- What does not fit says so, and what would.
SELECT refusal(d) FROM unnest(ARRAY['Bought having last(tags) = ''x''', 'Bought having last(gift) > false', 'Bought having last(gift) = 1', 'Bought having first(ProfileId) = ''x''', 'Bought having last(note) > 5', 'Bought having last(note) contains ''a''', 'Bought having last note = ''a''',
    'Trait having last(points) = 1', 'Bought having last(gift) = true at least 2', 'any of (Bought, Returned) having last(points) = 1', 'Bought having last(stamp) within last 7 days']) d;

-- latest n: counts, aggregates and days of each profile's latest rows, against plain SQL; many rows have one time.
\set ON_ERROR_STOP 1
SET TimeZone = 'Europe/Paris';
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on

CREATE TABLE bought (record_id text, occurred_at timestamptz, guest_id text, shop text COLLATE "C", count int, amount numeric, gift boolean, day date);
CREATE TABLE returned (record_id text, occurred_at timestamptz, shop text COLLATE "C", count int, amount numeric);
CREATE TABLE trait (record_id text, points int);
CREATE TABLE mapping (record_type text, record_id text, profile_id text, PRIMARY KEY (record_type, record_id));
SELECT segments.register_interaction('bought', 'Bought', 'occurred_at', 'record_id'), segments.register_interaction('returned', 'Returned', 'occurred_at', 'record_id'),
       segments.register_profile_source('trait', 'Trait', record_id_column => 'record_id', record_type => 'contact');
SELECT segments.register_relation('Bought', 'guest', 'guest_id', record_type => 'contact');
SELECT segments.register_unification('mapping', 'profile_id', 'record_id', 'record_type');
INSERT INTO mapping SELECT 'contact', 'r' || i, 'p' || i / 3 FROM generate_series(0, 200) i;
SELECT setseed(0.125);
CREATE FUNCTION one_of(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT nullif(choices[1 + floor(random() * cardinality(choices))::int], 'null') $$;
-- Of few times, so that many are equal, of one record or of several of a profile.
CREATE FUNCTION buy(number int) RETURNS void LANGUAGE sql AS $$
    INSERT INTO bought SELECT 'r' || floor(random() * 210)::int, timestamptz '2026-03-31 09:00' - floor(random() * 12) * interval '6 days', 'r' || floor(random() * 210)::int,
        one_of('a', 'b', 'c', 'null'), one_of('0', '1', '2', 'null')::int, one_of('1', '2.5', '-1.5', 'null')::numeric, one_of('true', 'false', 'null')::boolean, one_of('2026-01-01', '2026-02-20', 'null')::date FROM generate_series(1, number) $$;
SELECT buy(600);
INSERT INTO returned SELECT 'r' || floor(random() * 210)::int, timestamptz '2026-03-31 09:00' - floor(random() * 12) * interval '6 days', one_of('a', 'b', 'null'), one_of('0', '1')::int, one_of('1', '0.5')::numeric FROM generate_series(1, 200);
INSERT INTO bought (record_id, occurred_at, count, shop) VALUES ('r1', '-infinity', 1, 'b'), ('r199', '-infinity', 1, 'b'), ('r4', 'infinity', 2, 'b'), ('r7', NULL, 2, 'b');
CALL segments.refresh();
SELECT buy(300);
CALL segments.refresh();
UPDATE bought SET amount = 7 WHERE count = 2 AND random() < 0.5;
UPDATE bought SET occurred_at = occurred_at - interval '3 days' WHERE shop = 'c' AND random() < 0.3;
DELETE FROM bought WHERE shop = 'b' AND random() < 0.3;
UPDATE mapping SET profile_id = 'p1' WHERE record_id IN ('r10', 'r20', 'r199');
CALL segments.refresh();

CREATE TABLE asked (definition text, members bigint, missing bigint, surplus bigint);
-- `holds`: over the latest rows r of a profile, of which there may be none.
CREATE FUNCTION ask(definition text, counted text, n int, holds text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('INSERT INTO asked WITH found AS (SELECT segments.profiles(segments.segment_eval($1, $2)) AS id),
        latest AS (SELECT * FROM (SELECT c.*, m.profile_id, rank() OVER (PARTITION BY m.profile_id ORDER BY c.occurred_at DESC) AS place FROM (%s) c JOIN mapping m USING (record_id)) x WHERE place <= %s),
        truth AS (SELECT p.profile_id AS id FROM (SELECT DISTINCT profile_id FROM mapping) p LEFT JOIN latest r USING (profile_id) GROUP BY 1 HAVING %s)
        SELECT $1, (SELECT count(*) FROM found), (SELECT count(*) FROM (TABLE truth EXCEPT TABLE found) x), (SELECT count(*) FROM (TABLE found EXCEPT TABLE truth) x)', counted, n, holds)
    USING definition, timestamptz '2026-03-31 10:00';
END $$;
CREATE TABLE asking (having_clause text, holds text);
INSERT INTO asking VALUES ('', 'count(r.occurred_at) >= 1'), ('at least 2', 'count(r.occurred_at) >= 2'), ('exactly 3', 'count(r.occurred_at) = 3'), ('never', 'count(r.occurred_at) = 0'), ('at most 4', 'count(r.occurred_at) <= 4'),
    ('having count <> 2', 'count(r.occurred_at) <> 2'), ('having sum(amount) > 4', 'coalesce(sum(r.amount) > 4, false)'), ('having avg(amount) < 2', 'coalesce(sum(r.amount) < 2 * count(r.amount), false)'),
    ('having max(amount) >= 2.5', 'coalesce(max(r.amount) >= 2.5, false)'), ('having min(shop) = ''b''', 'coalesce(min(r.shop) = ''b'', false)'), ('having count(distinct shop) >= 2', 'count(DISTINCT r.shop) >= 2'),
    ('having count(distinct day) >= 2', 'count(DISTINCT r.occurred_at::date) >= 2'), ('having last(shop) = ''a''', 'coalesce((array_agg(r.shop ORDER BY r.occurred_at DESC, r.shop DESC) FILTER (WHERE r.shop IS NOT NULL))[1] = ''a'', false)'),
    ('having first(shop) <> ''a''', 'NOT coalesce((array_agg(r.shop ORDER BY r.occurred_at, r.shop) FILTER (WHERE r.shop IS NOT NULL))[1] = ''a'', false)'), ('having sum(count) is null', 'sum(r.count) IS NULL'), ('having max(count) is null', 'max(r.count) IS NULL');
SELECT count(ask(format('%s latest %s %s', condition, n, having_clause), counted, n, holds)) AS asked
FROM asking, unnest('{1,2,3,7,1000000}'::int[]) n, (VALUES
    ('Bought', 'SELECT * FROM bought WHERE occurred_at <= ''2026-03-31 10:00'''), ('Bought where count > 0 within last 40 days', 'SELECT * FROM bought WHERE count > 0 AND occurred_at BETWEEN ''2026-02-19 09:00'' AND ''2026-03-31 10:00'''),
    ('Bought via guest', 'SELECT guest_id AS record_id, occurred_at, shop, count, amount FROM bought WHERE occurred_at <= ''2026-03-31 10:00'''),
    ('any of (Bought, Returned)', 'SELECT record_id, occurred_at, shop, count, amount FROM bought WHERE occurred_at <= ''2026-03-31 10:00'' UNION ALL SELECT record_id, occurred_at, shop, count, amount FROM returned')) c (condition, counted)
WHERE (having_clause <> '' OR condition !~ 'where') AND (having_clause !~ 'day' OR condition ~ 'within');
SELECT count(*) AS many, count(*) FILTER (WHERE members > 0 AND members < 67) > 200 AS tell_some FROM asked;
SELECT * FROM asked WHERE missing > 0 OR surplus > 0 ORDER BY definition LIMIT 20;

-- How it prints, as text and as JSON, and back.
SELECT d::segments.definition, d::segments.definition::jsonb, d::segments.definition::jsonb::segments.definition::text = d::segments.definition::text
FROM unnest(ARRAY['Bought having LAST ( shop ) is equal to ''a'' LATEST 3 within last 7 days', 'Bought where count = 1 latest 5 at least 2 times', 'any interaction latest 2']) d;
-- Members are explained.
SELECT segments.create_segment('lately', 'Bought latest 3 having sum(amount) > 4 or Returned within last 60 days latest 2 at least 2');
SELECT count(*) AS told, count(*) FILTER (WHERE e.verdict <> (p = ANY (found))) AS wrong, bool_or(e.verdict) AS some
FROM (SELECT DISTINCT profile_id AS p FROM mapping ORDER BY 1 LIMIT 20) m, LATERAL segments.explain_member('lately', p, '2026-03-31 10:00') e,
    LATERAL (SELECT ARRAY(SELECT segments.profiles(segments.segment_eval(e.text, '2026-03-31 10:00'))) AS found) x;
SELECT segments.run_segment('lately') IS NOT NULL;

-- What does not fit says so, and what would.
SELECT refusal(d) FROM unnest(ARRAY['Bought latest', 'Bought latest 0', 'Bought latest 1000001', 'Bought latest -1', 'Bought latest 1 where count = 1', 'Bought where count = 1 latest 2 at least 1', 'Bought latest 2 latest 3',
    'Bought latest 2 but not today', 'Bought latest 2 for the first time today', 'Bought latest 2 in at least 1 of the last 3 days', 'Bought within last 3 days latest 2 on at least 2 days in a row', 'Trait latest 2', 'Bought latest 1 day', 'latest Bought']) d;

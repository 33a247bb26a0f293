-- Comparisons of values, against SQL in fractions of numeric.
\set ON_ERROR_STOP 1
SET TimeZone = 'Europe/Oslo';
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on

CREATE TABLE opened (record_id text, occurred_at timestamptz, email text, size int);
CREATE TABLE bought (record_id text, occurred_at timestamptz, guest_id text, amount numeric, weight double precision, pieces bigint, note text, day date, tags text[]);
CREATE TABLE trait (record_id text, points int, since timestamptz);
CREATE TABLE mapping (record_type text, record_id text, profile_id text, PRIMARY KEY (record_type, record_id));
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id'), segments.register_interaction('bought', 'Bought', 'occurred_at', 'record_id'),
       segments.register_profile_source('trait', 'Trait', record_id_column => 'record_id', record_type => 'contact', time_column => 'since');
SELECT segments.register_relation('Bought', 'guest', 'guest_id', record_type => 'contact');
SELECT segments.register_unification('mapping', 'profile_id', 'record_id', 'record_type');
INSERT INTO mapping SELECT 'contact', 'r' || i, 'p' || i / 2 FROM generate_series(0, 199) i;
SELECT setseed(0.5);
CREATE FUNCTION one_of(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT nullif(choices[1 + floor(random() * cardinality(choices))::int], 'null') $$;
CREATE FUNCTION act(number int) RETURNS void LANGUAGE sql AS $$
    INSERT INTO opened SELECT 'r' || floor(random() * 220)::int, timestamptz '2026-03-31 12:00' - random() * interval '90 days', one_of('a', 'b', 'c', 'null'), one_of('1', '2', '-3', 'null')::int FROM generate_series(1, number);
    INSERT INTO bought SELECT 'r' || floor(random() * 220)::int, timestamptz '2026-03-31 12:00' - random() * interval '90 days', 'r' || floor(random() * 220)::int,
        one_of('1', '1.0', '2.50', '-1.5', '0', '1000000000000000000000000000000000000000', '0.000000000000000000000000000000000000001', 'null')::numeric,
        one_of('0.1', '0.2', '-0.3', '1e20', 'null')::double precision, one_of('9223372036854775807', '-9223372036854775808', '1', 'null')::bigint, one_of('x', 'y', 'null'), '2026-01-01', '{x}' FROM generate_series(1, number) $$;
SELECT act(300);
INSERT INTO trait SELECT 'r' || floor(random() * 220)::int, one_of('1', '2', '50', 'null')::int, timestamptz '2026-03-31 12:00' - random() * interval '90 days' FROM generate_series(1, 150);
INSERT INTO bought (record_id, occurred_at, amount) VALUES ('r0', '2026-03-01', 'NaN'), ('r2', '2026-03-01', 'Infinity'), ('r4', '2026-03-01', 'Infinity'), ('r4', '2026-03-02', '-Infinity'), ('r6', '-infinity', 3), ('r8', 'infinity', 3);
CALL segments.refresh();
SELECT act(200);
ALTER TABLE bought ADD COLUMN bonus numeric DEFAULT 1.50;
CALL segments.refresh();
SELECT act(200);
UPDATE bought SET bonus = 4 WHERE note = 'x';
DELETE FROM opened WHERE email = 'b' AND random() < 0.5;
UPDATE mapping SET profile_id = 'p1' WHERE record_id IN ('r10', 'r20', 'r199');
CALL segments.refresh();

-- Of each profile, what values are made of.
CREATE TYPE quotient AS (n numeric, d numeric);
CREATE FUNCTION fraction(n numeric, d bigint DEFAULT 1) RETURNS quotient IMMUTABLE LANGUAGE sql AS $$ SELECT CASE WHEN n IS NOT NULL AND d > 0 THEN ROW(n, d)::quotient END $$;
CREATE FUNCTION plus(a quotient, b quotient) RETURNS quotient IMMUTABLE STRICT LANGUAGE sql AS $$ SELECT ROW(a.n * b.d + b.n * a.d, a.d * b.d)::quotient $$;
CREATE FUNCTION minus(a quotient, b quotient) RETURNS quotient IMMUTABLE STRICT LANGUAGE sql AS $$ SELECT ROW(a.n * b.d - b.n * a.d, a.d * b.d)::quotient $$;
CREATE FUNCTION times(a quotient, b quotient) RETURNS quotient IMMUTABLE STRICT LANGUAGE sql AS $$ SELECT ROW(a.n * b.n, a.d * b.d)::quotient $$;
CREATE FUNCTION over(a quotient, b quotient) RETURNS quotient IMMUTABLE STRICT LANGUAGE sql AS $$ SELECT CASE WHEN b.n = 0 THEN NULL
    WHEN b.n IN ('NaN', 'Infinity', '-Infinity') THEN ROW(a.n / b.n, 1)::quotient ELSE ROW(a.n * b.d * sign(b.n), a.d * abs(b.n))::quotient END $$;
CREATE FUNCTION or_else(a quotient, b quotient) RETURNS quotient IMMUTABLE LANGUAGE sql AS $$ SELECT CASE WHEN a IS NULL THEN b ELSE a END $$;
CREATE FUNCTION order_of(a quotient, b quotient) RETURNS int IMMUTABLE STRICT LANGUAGE sql AS $$ SELECT CASE WHEN a.n * b.d < b.n * a.d THEN -1 WHEN a.n * b.d = b.n * a.d THEN 0 ELSE 1 END $$;
CREATE VIEW opens AS SELECT profile_id, o.* FROM opened o JOIN mapping USING (record_id) WHERE occurred_at <= '2026-03-31 10:00';
CREATE VIEW purchases AS SELECT profile_id, b.* FROM bought b JOIN mapping USING (record_id) WHERE occurred_at <= '2026-03-31 10:00';
CREATE TABLE leaf AS SELECT profile_id AS id,
    fraction((SELECT count(*) FROM opens o WHERE o.profile_id = p.profile_id)) AS opens,
    fraction((SELECT count(*) FROM opens o WHERE o.profile_id = p.profile_id AND occurred_at >= timestamptz '2026-03-31 10:00' - interval '30 days')) AS lately,
    fraction((SELECT count(*) FROM purchases b WHERE b.profile_id = p.profile_id)) AS purchases,
    fraction((SELECT count(*) FROM purchases b WHERE b.profile_id = p.profile_id AND note = 'x')) AS noted,
    fraction((SELECT sum(amount) FROM purchases b WHERE b.profile_id = p.profile_id)) AS amount,
    fraction((SELECT sum(amount) FROM purchases b WHERE b.profile_id = p.profile_id), (SELECT count(amount) FROM purchases b WHERE b.profile_id = p.profile_id)) AS average,
    fraction((SELECT sum(weight::numeric) FROM purchases b WHERE b.profile_id = p.profile_id)) AS weight,
    fraction((SELECT sum(pieces::numeric) FROM purchases b WHERE b.profile_id = p.profile_id)) AS pieces,
    fraction((SELECT sum(bonus) FROM purchases b WHERE b.profile_id = p.profile_id)) AS bonus,
    fraction((SELECT count(DISTINCT email) FROM opens o WHERE o.profile_id = p.profile_id)) AS emails,
    fraction((SELECT sum(size) FROM (SELECT size, rank() OVER (ORDER BY occurred_at DESC) FROM opens o WHERE o.profile_id = p.profile_id) o WHERE rank <= 3)) AS latest,
    fraction((SELECT count(*) FROM bought b JOIN mapping m ON m.record_id = b.guest_id WHERE m.profile_id = p.profile_id AND occurred_at <= '2026-03-31 10:00')) AS invited,
    fraction((SELECT sum(points) FROM trait t JOIN mapping m USING (record_id) WHERE m.profile_id = p.profile_id)) AS points
FROM (SELECT DISTINCT profile_id FROM mapping) p;
CREATE TABLE made (written text, sql text);
INSERT INTO made VALUES ('count(Opened)', 'opens'), ('count(Opened within last 30 days)', 'lately'), ('count(Bought)', 'purchases'), ('count(Bought where note = ''x'')', 'noted'), ('sum(amount of Bought)', 'amount'),
    ('avg(amount of Bought)', 'average'), ('sum(weight of Bought)', 'weight'), ('sum(pieces of Bought)', 'pieces'), ('sum(bonus of Bought)', 'bonus'), ('count(distinct email of Opened)', 'emails'),
    ('sum(size of Opened latest 3)', 'latest'), ('count(Bought via guest)', 'invited'), ('sum(points of Trait)', 'points');
INSERT INTO made SELECT a.written || sign || b.written, format('%s(%s, %s)', operation, a.sql, b.sql)
    FROM made a, made b, (VALUES (' + ', 'plus'), (' - ', 'minus'), (' * ', 'times'), (' / ', 'over')) o (sign, operation) WHERE md5(a.sql || b.sql || sign) < '3';
INSERT INTO made SELECT format('coalesce(%s, -1)', written), format('or_else(%s, fraction(-1))', sql) FROM made WHERE md5(sql) < '5';
INSERT INTO made SELECT format('(%s) / (%s)', a.written, b.written), format('over(%s, %s)', a.sql, b.sql) FROM made a, made b WHERE md5(a.sql || b.sql) < '01';
INSERT INTO made VALUES ('2', 'fraction(2)'), ('0', 'fraction(0)'), ('0.5', 'fraction(0.5)'), ('1e30', 'fraction(1e30)'), ('-0.25', 'fraction(-0.25)');
SELECT count(*) > 150 AS many FROM made;

-- Every way to compare, of random pairs.
CREATE TABLE asked (definition text, members bigint, missing bigint, surplus bigint);
DO $$
DECLARE
    question record;
BEGIN
    FOR question IN SELECT format(o.written, a.written, b.written, c.written) AS written, replace(replace(replace(o.sql, '$a', a.sql), '$b', b.sql), '$c', c.sql) AS sql
        FROM (VALUES ('%s = %s', 'coalesce(order_of($a, $b) = 0, false)'), ('%s <> %s', 'NOT coalesce(order_of($a, $b) = 0, false)'), ('%s < %s', 'order_of($a, $b) < 0'), ('%s <= %s', 'order_of($a, $b) <= 0'),
            ('%s > %s', 'order_of($a, $b) > 0'), ('%s >= %s', 'order_of($a, $b) >= 0'), ('%s between %s and %s', 'order_of($a, $b) >= 0 AND order_of($a, $c) <= 0'),
            ('%s not between %s and %s', 'NOT coalesce(order_of($a, $b) >= 0 AND order_of($a, $c) <= 0, false)'), ('%s in (%s, %s)', 'order_of($a, $b) = 0 OR order_of($a, $c) = 0'),
            ('%s not in (%s, %s)', 'NOT coalesce(order_of($a, $b) = 0 OR order_of($a, $c) = 0, false)'), ('%s is null', '$a IS NULL'), ('%s is not null', 'NOT ($a IS NULL)')) o (written, sql),
            LATERAL (SELECT * FROM made WHERE written LIKE '%(%' ORDER BY md5(sql || o.written) LIMIT 25) a, LATERAL (SELECT * FROM made ORDER BY md5(sql || a.sql || o.sql) LIMIT 1) b,
            LATERAL (SELECT * FROM made ORDER BY md5(a.sql || sql || o.sql) LIMIT 1) c
    LOOP
        EXECUTE format('INSERT INTO asked WITH found AS (SELECT segments.profiles(segments.segment_eval($1, ''2026-03-31 10:00'')) AS id), truth AS (SELECT id FROM leaf WHERE %s)
            SELECT $1, (SELECT count(*) FROM found), (SELECT count(*) FROM (TABLE truth EXCEPT TABLE found) x), (SELECT count(*) FROM (TABLE found EXCEPT TABLE truth) x)', question.sql) USING question.written;
    END LOOP;
END $$;
SELECT count(*) AS asked, count(*) FILTER (WHERE members BETWEEN 1 AND 99) > 100 AS tell_some FROM asked;
SELECT * FROM asked WHERE missing > 0 OR surplus > 0 ORDER BY definition LIMIT 20;
-- Quotients are exact: a third is no 0.3333333333333333333333333333.
SELECT segments.segment_count('(count(Opened) - count(Opened) + 1) / 3 = 0.3333333333333333333333333333'), segments.segment_count('(count(Opened) - count(Opened) + 1) / 3 * 3 = 1') = (SELECT count(*) FROM leaf) AS whole;
-- 1,000 comparisons, whose values are the same few, and numbers that no numeric has room for.
SELECT segments.segment_count(string_agg(format('count(Opened) + %s <> count(Bought) * %s', i, i % 7), ' and ')) BETWEEN 0 AND 100 AS thousand FROM generate_series(1, 1000) i;
SELECT segments.segment_count('count(Opened) * 1e130000 * 1e130000 >= 1e130000') = (SELECT count(*) FROM leaf WHERE (opens).n > 0) AS huge;

-- How it prints, as text and as JSON, and back; within others.
SELECT d::segments.definition, d::segments.definition::jsonb::segments.definition::text = d::segments.definition::text AS survives
FROM unnest(ARRAY['COUNT(Opened)>COUNT(Bought where note = ''x'' today)', '((count(Opened)) -1) / (2 - count(Bought)) != .5', 'not (coalesce(sum(amount of Bought), 0) is less than 10 or Opened)',
    '((2)) * count(Opened) > 1 and (3) < (count(Bought))', 'Opened where email = ''a'' and 3 < count(Bought) and count(Opened) is one of (1, 2)']) d;
SELECT segments.definition_json('count(distinct email of Opened latest 3) / 2 >= 1.5');

-- One row of an explanation, with its exact count; members are explained; what is counted twice is read once.
SELECT e.node, e.depth, e.text, e.members = segments.segment_count(e.text, '2026-03-31 10:00') AS exact, e.note FROM segments.segment_explain('count(Opened) > count(Bought since ''2027-01-01'') and Opened', '2026-03-31 10:00') e;
SELECT e.rows_scanned = c.rows_scanned AS once FROM segments.segment_explain('count(Opened) > 2 / count(Opened)', '2026-03-31 10:00') e, segments.segment_explain('Opened', '2026-03-31 10:00') c;
SELECT segments.create_segment('eager', 'count(Opened) > count(Bought) or Opened never');
SELECT count(*) AS told, count(*) FILTER (WHERE e.verdict <> (p = ANY (found))) AS wrong, count(*) FILTER (WHERE e.note LIKE '%not known') > 0 AS says_so
FROM (SELECT DISTINCT profile_id AS p FROM mapping ORDER BY 1 LIMIT 20) m, LATERAL segments.explain_member('eager', p, '2026-03-31 10:00') e,
    LATERAL (SELECT ARRAY(SELECT segments.profiles(segments.segment_eval(e.text, '2026-03-31 10:00'))) AS found) x;
SELECT offer FROM segments.complete_definition('Opened and count(Bou') WHERE kind = 'type';
SELECT offer FROM segments.complete_definition('sum(am');
SELECT offer FROM segments.complete_definition('count(Opened) ') WHERE offer IN ('+', '>=', 'between', 'is null', 'within last');
-- Names within values are names: renamed, and looked for.
SELECT segments.create_segment('rate', 'sum(amount of Bought) / count(Opened) > 2');
SELECT segments.alter_interaction('Bought', new_name => 'Purchase');
SELECT definition FROM segments.segment WHERE name = 'rate';
CALL segments.refresh();
SELECT definition FROM segments.segment WHERE name = 'rate';

-- Who may not read a table may not compare what is counted in it.
CREATE ROLE comparing_clerk;
GRANT USAGE ON SCHEMA segments TO comparing_clerk;
GRANT SELECT ON opened, mapping TO comparing_clerk;
SET ROLE comparing_clerk;
\set ON_ERROR_STOP 0
SELECT segments.segment_count('count(Opened) >= 0') = 100 AS may;
SELECT segments.segment_count('count(Opened) > count(Purchase)');
RESET ROLE;
\set ON_ERROR_STOP 1
DROP OWNED BY comparing_clerk;
DROP ROLE comparing_clerk;

-- What does not fit says so, and what would.
CREATE FUNCTION refused(definition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE message text; hint text; detail text;
BEGIN
    PERFORM segments.segment_count(definition);
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT, detail = PG_EXCEPTION_DETAIL;
    RETURN concat_ws(E'\n  ', SQLSTATE || ' ' || message, nullif(detail, ''), nullif(hint, ''));
END $$;
SELECT d || E'\n  ' || refused(d) FROM unnest(ARRAY['count(Opened)', '(count(Opened))', 'count(Opened) > ', 'count(Opened) > ''3''', 'count(Opened) > Purchase', '1 > 2', 'count()', 'count(*) > 3', 'sum(amount) > 3', 'sum(Purchase.amount) > 3',
    'sum(note of Purchase) > 3', 'sum(tags of Purchase) > 3', 'count(distinct tags of Purchase) > 3', 'sum(nothing of Purchase) > 3', 'count(Nothing) > 3', 'min(amount of Purchase) > 3', 'days since(count(Opened)) > 3', 'median(amount of Purchase) > 3',
    'measure ''x'' > 3', 'count(Opened) > measure ''x''', 'count(distinct day of Opened) > 3', 'count(Opened at least 3) > 3', 'count(Opened but not today) > 3', 'count(Opened between 1 and 2 times) > 3', 'count(Trait.points > 3) > 3',
    'count(Opened) in ()', 'count(Opened) in 3', 'count(Opened) not > 3', 'count(Opened) == 3', 'count(Opened) contains 3', 'coalesce(count(Opened)) > 3', 'coalesce(count(Opened), 1, 2) > 3', 'count(Opened) + > 3', '(count(Opened) + 1 > 3',
    'count(Opened) > 1e200000', 'count(Opened) > 1,000', 'Opened and (count(Opened) + 1)', 'count(Opened) * 2', 'sum(hour of Timestamp of Opened) > 3',
    'count(Opened) ' || repeat('+ 1 ', 256) || '> 3', repeat('(', 257) || 'count(Opened)' || repeat(')', 257) || ' > 3', 'count(Opened) in (1' || repeat(', 1', 256) || ')']) d WHERE length(d) < 300
UNION ALL SELECT left(d, 20) || E'\n  ' || refused(d) FROM unnest(ARRAY['count(Opened) ' || repeat('+ 1 ', 256) || '> 3', repeat('(', 257) || 'count(Opened)' || repeat(')', 257) || ' > 3', 'count(Opened) in (1' || repeat(', 1', 256) || ')']) d;
\set ON_ERROR_STOP 0
SELECT '{"compare": {"count": {"interaction": "Opened", "having": {}}}, "op": ">", "value": 2}'::jsonb::segments.definition;
SELECT '{"compare": {"count": {"interaction": "Opened"}}, "op": "contains", "value": 2}'::jsonb::segments.definition;
SELECT '{"compare": {"+": [1]}, "op": ">", "value": 2}'::jsonb::segments.definition;
SELECT '{"compare": 1, "op": ">", "value": 2}'::jsonb::segments.definition;

-- What tells members of a segment from others: every figure against plain SQL over the sources.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE segment_profile_analyst;
CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TABLE opened (record_id text, occurred_at timestamptz, client text, n int, amount numeric, ratio float8, day date, mood mood,
                     loose text COLLATE any_case, padded char(4), is_mobile boolean, secret text);
CREATE TABLE clicked (record_id text, occurred_at timestamptz, link text);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_interaction('clicked', 'Clicked', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT 'r' || i, 'p' || i / 2 FROM generate_series(0, 399) i;
INSERT INTO mapping SELECT 'f' || i, 'p' || i FROM generate_series(0, 99) i;
SELECT setseed(0.5);
INSERT INTO opened SELECT (CASE WHEN i % 4 = 0 THEN 'f' ELSE 'r' END) || floor(random() * 420), timestamptz '2026-01-01' + random() * interval '60 days', 'client ' || floor(random() * random() * 6),
    nullif(floor(random() * 40), 7), (ARRAY['1', '1.0', '1.00', '2.5', '-3', 'NaN', '17.25'])[1 + floor(random() * 7)]::numeric,
    (ARRAY['0', '-0', '0.5', 'Infinity', '1e10'])[1 + floor(random() * 5)]::float8, date '2026-01-01' + floor(random() * 10)::int,
    (ARRAY['sad', 'glad'])[1 + floor(random() * 2)]::mood, (ARRAY['A', 'a', 'B', 'b ', 'c'])[1 + floor(random() * 5)],
    (ARRAY['x', 'x ', 'y'])[1 + floor(random() * 3)], random() < 0.3, 's' || floor(random() * 3)
FROM generate_series(1, 2500) i;
INSERT INTO clicked SELECT 'r' || floor(random() * 400), timestamptz '2026-01-01' + random() * interval '60 days', 'link ' || floor(random() * 4) FROM generate_series(1, 300);
-- Not yet, and never.
INSERT INTO opened (record_id, occurred_at, client) VALUES ('r1', 'infinity', 'later'), ('r1', now() + interval '1 day', 'later'), ('r1', NULL, 'later'), ('r3', '-infinity', 'once');
CALL segments.refresh();
-- Older fragments answer for a new column with its default.
ALTER TABLE opened ADD COLUMN added text DEFAULT 'old';
INSERT INTO opened (record_id, occurred_at, client, added) SELECT 'r' || i, '2026-02-01', 'client 1', CASE WHEN i % 2 = 0 THEN 'new' END FROM generate_series(0, 99) i;
CALL segments.refresh();
SELECT segments.create_segment('clickers', 'Clicked'), segments.create_segment('big', 'Opened where n > 35'), segments.create_segment('everybody', 'all'), segments.create_segment('nobody', 'not all');

-- The groups, and what each profile has.
CREATE FUNCTION member_of(name text) RETURNS SETOF text LANGUAGE sql AS 'SELECT profile_id FROM segments.member WHERE segment = name';
CREATE FUNCTION others_of(name text, other text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT DISTINCT profile_id FROM mapping WHERE other IS NULL EXCEPT SELECT member_of(name)
    UNION ALL (SELECT member_of(other) EXCEPT SELECT member_of(name))
$$;
CREATE VIEW had AS
SELECT profile_id, 'Opened' AS type, field, value, number FROM opened JOIN mapping USING (record_id), LATERAL (VALUES
    ('client', client, NULL), ('n', n::text, n::numeric), ('amount', trim_scale(amount)::text, amount), ('ratio', (ratio + 0)::text, NULL), ('day', day::text, NULL),
    ('mood', mood::text, NULL), ('loose', lower(loose), NULL), ('padded', padded::text, NULL), ('is_mobile', is_mobile::text, NULL), ('secret', secret, NULL),
    ('added', added, NULL)) f (field, value, number)
WHERE occurred_at <= now() AND value IS NOT NULL
UNION ALL SELECT profile_id, 'Clicked', 'link', link, NULL FROM clicked JOIN mapping USING (record_id);
CREATE FUNCTION plain(name text, other text) RETURNS TABLE (type text, field text, value text, members bigint, others bigint, n bigint, m bigint) LANGUAGE sql AS $$
    WITH a AS (SELECT member_of(name) AS profile_id), b AS (SELECT others_of(name, other) AS profile_id)
    SELECT type, field, value, count(DISTINCT a.profile_id), count(DISTINCT b.profile_id), (SELECT count(*) FROM a), (SELECT count(*) FROM b)
    FROM had LEFT JOIN a USING (profile_id) LEFT JOIN b USING (profile_id) WHERE a.profile_id IS NOT NULL OR b.profile_id IS NOT NULL GROUP BY 1, 2, 3
$$;
CREATE TABLE asked (name text, other text);
INSERT INTO asked VALUES ('clickers', NULL), ('clickers', 'big'), ('big', 'clickers'), ('big', 'big'), ('everybody', NULL), ('nobody', NULL), ('clickers', 'everybody');
CREATE TABLE found AS SELECT name, other, p.*, row_number() OVER () AS place,
    CASE field WHEN 'amount' THEN trim_scale(value::numeric)::text WHEN 'loose' THEN lower(value) WHEN 'padded' THEN rtrim(value) WHEN 'ratio' THEN (value::float8 + 0)::text ELSE value END AS plain_value
FROM asked, segments.segment_profile(name, other) p;
SELECT name, other, count(*) > 20 AS many, count(*) FILTER (WHERE is_significant) AS flagged, count(*) FILTER (WHERE kind = 'number') AS numbers FROM found GROUP BY 1, 2 ORDER BY 1, 2;
SELECT count(*) > 200 AS many, count(*) FILTER (WHERE f.field IS NULL) AS missing, count(*) FILTER (WHERE p.field IS NULL) AS too_many,
       count(*) FILTER (WHERE (f.members, f.others) IS DISTINCT FROM (p.members, p.others)) AS wrong_counts,
       count(*) FILTER (WHERE abs(coalesce(f.member_share, -1) - coalesce(p.members::float8 / nullif(n, 0), -1)) > 1e-12 OR abs(coalesce(f.other_share, -1) - coalesce(p.others::float8 / nullif(m, 0), -1)) > 1e-12) AS wrong_shares,
       count(*) FILTER (WHERE f.effect IS DISTINCT FROM f.member_share - f.other_share) AS wrong_effects
FROM (SELECT * FROM found WHERE kind = 'value') f
FULL JOIN (SELECT name, other, p.* FROM asked, plain(name, other) p) p
    ON f.name = p.name AND f.other IS NOT DISTINCT FROM p.other AND f.type = p.type AND f.field = p.field AND f.plain_value = p.value;
-- Ranked.
SELECT count(*) AS out_of_order FROM (SELECT abs(coalesce(effect, 0)) > lag(abs(coalesce(effect, 0))) OVER (PARTITION BY name, other ORDER BY place) AS is_larger FROM found) f WHERE is_larger;
-- The flags, by the procedure itself; p by the quantiles of the normal distribution.
SELECT count(*) AS wrong_flags FROM (
    SELECT f.*, p_value <= coalesce(max(p_value) FILTER (WHERE p_value <= 0.05 * rank / all_rows) OVER (PARTITION BY name, other), -1) AS expected
    FROM (SELECT *, count(*) OVER (PARTITION BY name, other ORDER BY p_value) AS rank, count(*) OVER (PARTITION BY name, other) AS all_rows FROM found WHERE p_value IS NOT NULL) f) f
WHERE expected <> is_significant;
SELECT count(*) AS wrong_nulls FROM found WHERE (p_value IS NULL) <> (is_significant IS NULL) OR kind = 'number' AND p_value IS NOT NULL;
SELECT count(*) FILTER (WHERE abs(z) > 1.96 AND p_value >= 0.05) AS too_large, count(*) FILTER (WHERE abs(z) < 1.9599 AND p_value <= 0.05) AS too_small,
       count(*) FILTER (WHERE abs(z) > 2.5759 AND p_value > 0.01) AS too_large, count(*) FILTER (WHERE abs(z) < 2.5758 AND p_value < 0.01) AS too_small, count(*) > 50 AS many
FROM (SELECT p_value, effect / sqrt(pooled * (1 - pooled) * (1 / n + 1 / m)) AS z
      FROM (SELECT *, (members + others) / (n + m) AS pooled FROM (SELECT *, members / nullif(member_share, 0) AS n, others / nullif(other_share, 0) AS m FROM found WHERE kind = 'value') f) f
      WHERE p_value IS NOT NULL AND pooled BETWEEN 0.001 AND 0.999) f;
-- The distance of numbers, each profile by its largest.
WITH largest AS (SELECT profile_id, field, max(number) AS number FROM had WHERE number IS NOT NULL GROUP BY 1, 2),
     counted AS (SELECT name, other, field, at.number, avg((l.number <= at.number)::int) FILTER (WHERE is_member) AS a, avg((l.number <= at.number)::int) FILTER (WHERE NOT is_member) AS b
                 FROM asked, LATERAL (SELECT member_of(name) AS profile_id, true AS is_member UNION ALL SELECT others_of(name, other), false) g
                 JOIN largest l USING (profile_id) JOIN (SELECT DISTINCT field, number FROM largest) at USING (field) GROUP BY 1, 2, 3, 4),
     widest AS (SELECT name, other, field, max(abs(a - b)) AS distance FROM counted GROUP BY 1, 2, 3)
SELECT count(*) AS distances, count(*) FILTER (WHERE abs(effect - distance) > 1e-9) AS wrong, count(*) FILTER (WHERE abs(abs(member_share - other_share) - effect) > 1e-12) AS wrong_place
FROM widest JOIN found f USING (name, field) WHERE f.other IS NOT DISTINCT FROM widest.other AND kind = 'number' AND field IN ('n', 'amount');

-- What cannot be asked.
SELECT count(*) FROM segments.segment_profile('unheard of');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM segments.segment_profile('big', 'unheard of');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM segments.segment_profile(NULL);
\echo :LAST_ERROR_SQLSTATE

-- Fields that the caller may not read are left out; so are tables with policies.
SELECT segments.grant_members('big', 'segment_profile_analyst');
SET ROLE segment_profile_analyst;
SELECT count(*) FROM segments.segment_profile('big');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM segments.segment_profile('clickers');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT SELECT (record_id, occurred_at, client, n) ON opened TO segment_profile_analyst;
SET ROLE segment_profile_analyst;
SELECT type, field, kind, count(*) > 0 AS found FROM segments.segment_profile('big') GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
RESET ROLE;
ALTER TABLE clicked ENABLE ROW LEVEL SECURITY;
SELECT DISTINCT type FROM segments.segment_profile('big');
-- Too many values.
INSERT INTO clicked SELECT 'r1', '2026-01-01', 'l' || i FROM generate_series(1, 50001) i;
ALTER TABLE clicked DISABLE ROW LEVEL SECURITY;
CALL segments.refresh();
SELECT * FROM segments.segment_profile('big') WHERE type = 'Clicked';
-- Fields are called as definitions write them.
CREATE TABLE named (record_id text, occurred_at timestamptz, clmn text, doc jsonb);
SELECT segments.register_interaction('named', 'Named', 'occurred_at', 'record_id', fields => '[{"column": "clmn", "name": "Column", "display_name": "The column"}, {"column": "doc", "name": "Document"}]') > 0;
SELECT segments.add_json_field('Named', 'Document.member'), segments.add_json_field('Named', 'Document."A member"');
INSERT INTO named SELECT 'r' || i, '2026-01-01', 'x' || i % 2, '{"member": "y", "A member": 1}' FROM generate_series(1, 20) i;
CALL segments.refresh();
SELECT field, value, segments.segment_count(format('Named where %s = %L', field, value)) >= members + others AS found FROM segments.segment_profile('big') WHERE type = 'Named' ORDER BY 1, 2;
SELECT segments.revoke_members('big', 'segment_profile_analyst');
DROP OWNED BY segment_profile_analyst;
DROP ROLE segment_profile_analyst;

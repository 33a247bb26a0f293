-- Definitions as JSON and back.
\set SHOW_CONTEXT never
CREATE FUNCTION failure(document jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    RETURN segments.definition_from_json(document);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(E'\n', SQLSTATE || ': ' || SQLERRM, nullif(detail, ''), nullif(hint, ''));
END $$;

SELECT jsonb_pretty(segments.definition_json($$
    EmailOpened where Client in ('web', 'ios') and Amount > 1.50 within last 30 days at least 3 and not segment 'vip'$$));
SELECT segments.definition_from_json('{"and": [{"interaction": {"anyOf": ["EmailOpened", {"quoted": "Email client"}]},
    "where": {"not": {"field": ["Birthday"], "part": "anniversary", "times": {"withinNext": [7, "day"]}}},
    "window": {"previous": [1, "month"]}, "butNot": {"since": {"date": "2026-03-01"}}},
    {"all": true}]}');
SELECT 'A never'::segments.definition::jsonb, '{"interaction": "A", "having": {"count": {"never": true}}}'::jsonb::segments.definition;
SELECT segments.definition_json(NULL) IS NULL AND segments.definition_from_json(NULL) IS NULL AS strict;

-- Every clause survives.
CREATE TABLE clause (name, text) AS VALUES
    ('type', 'A'), ('type', '"A b"'), ('type', 'any of (A, "within", c)'), ('type', 'any interaction'),
    ('where', 'where x = ''it''''s "it"'''), ('where', 'where x <> 9007199254740992'), ('where', 'where x = 9007199254740993'),
    ('where', 'where x in (1e3, -0, +7, 1.50, 007, .5)'), ('where', 'where x not between 1 and 2'), ('where', 'where x contains ''é'' ignore case'),
    ('where', 'where (x = true or not (y is null and z is not empty))'), ('where', 'where (x begins with ''a'' and y not ends with ''b'' and z matches ''c'')'),
    ('where', 'where not x < timestamptz ''2026-01-01Z'''), ('where', 'where not "y z" within 3 hours of y'), ('where', 'where x >= "y z"'),
    ('where', 'where hour of x = 3'), ('where', 'where date of x between 3 and 5 days ago'), ('where', 'where x within next 1 week'),
    ('where', 'where not x next 2 quarters'), ('where', 'where x on date ''2026-01-01'''), ('where', 'where x more than 1 year ago'),
    ('window', 'within last 1 day'), ('window', 'between 2 weeks and 3 days ago'), ('window', 'more than 90 days ago'), ('window', 'this hour'),
    ('window', 'previous quarter'), ('window', 'previous 2 years'), ('window', 'on ''today'''), ('window', 'from ''a'' to timestamp ''b'''),
    ('window', 'since ''a'''), ('window', 'before date ''a'''),
    ('more', ''), ('more', 'but not within last 3 seconds'), ('more', 'for the second time'), ('more', 'for time 77'), ('more', 'on at least 5 days in a row'),
    ('more', 'on at most 5 weeks in a row'), ('more', 'having count(distinct day) >= 3'), ('more', 'having count(distinct month) between 0 and 3'),
    ('more', 'at least 2'), ('more', 'at most 2'), ('more', 'exactly 0'), ('more', 'never'), ('more', 'between 2 and 3 times');
WITH definition AS (
    SELECT concat_ws(' ', a.text, w.text, i.text, nullif(m.text, ''))::segments.definition AS d
    FROM clause a, clause w, clause i, clause m WHERE (a.name, w.name, i.name, m.name) = ('type', 'where', 'window', 'more')
    UNION ALL
    SELECT concat_ws(' ', a.text, p.text)::segments.definition
    FROM clause a, (VALUES ('in exactly 3 of the last 4 weeks never'), ('in at most 1 of the last 2 periods of 3 months at least 2')) p (text)
    WHERE a.name = 'type'
    UNION ALL
    SELECT d::segments.definition FROM unnest(ARRAY['all', 'A and (B or C and not D)', '(A except B) except segment ''it''''s''', 'not (A or B)']) d
)
SELECT count(*), count(*) FILTER (WHERE segments.definition_from_json(segments.definition_json(d))::text = d::text) AS kept FROM definition;

-- As large as a definition can be.
WITH large AS (SELECT d::segments.definition FROM (VALUES
    ('A where x in (' || repeat('1,', 349000) || '1)'), ('A where (' || repeat('x<y or ', 116000) || 'x<y)'), (repeat('A or ', 4095) || 'A'),
    (repeat('(A or B and not ', 255) || 'C' || repeat(')', 255))) v (d))
SELECT length(d::text), pg_column_size(j) > length(d::text) AS larger, segments.definition_from_json(j)::text = d::text AS kept
FROM large, LATERAL (SELECT segments.definition_json(d)) s (j);

-- Errors name the path.
SELECT failure(j::jsonb) FROM (VALUES ('3'), ('null'), ('[]'), ('{}'), ('{"a": 1}'), ('{"and": [{"interaction": "A"}, {"interaction": 3}]}'),
    ('{"interaction": "A", "window": {"withinLast": [30, "dya"]}}'), ('{"interaction": "A", "window": {"withinLast": [1.5, "day"]}}'),
    ('{"interaction": "A", "window": {"withinLast": [1e300, "day"]}}'), ('{"interaction": "A", "witin": 3}'), ('{"interaction": ""}'),
    ('{"interaction": "A", "occurrence": 2}'), ('{"or": [{"interaction": "A", "having": {"count": {"atLeast": 0}}}]}'),
    ('{"interaction": "A", "where": {"field": ["x"], "op": "=", "value": {"number": "1 or true"}}}'),
    ('{"interaction": "A", "where": {"field": ["x", "y"], "op": "is null"}}'), ('{"interaction": "A", "where": {"field": "x", "op": "like", "value": "a"}}'),
    ('{"interaction": "A", "odd key": {}}'), (concat('{"not":', repeat('{"not":', 2000), '3', repeat('}', 2001))),
    (concat('{"and": [', repeat('{"all": true},', 4096), '{"all": true}]}'))) v (j);
SELECT left(failure(jsonb_build_object('interaction', repeat('x', 17000000))), 60);
-- What the language refuses is shown in the text of its condition.
SELECT segments.definition_from_json('{"not": {"interaction": {"anyOf": ["A", "A"]}}}');
SELECT '{"a": 1}'::segments.definition;

-- The schema, and nothing but these functions, is what callers see.
SELECT segments.definition_schema() ->> '$schema', count(*) FROM jsonb_object_keys(segments.definition_schema() -> '$defs');
DROP FUNCTION failure;
DROP TABLE clause;

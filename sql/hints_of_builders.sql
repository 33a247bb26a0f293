-- Hints of what builders write, and of what other programs have written, followed to the letter: JSON, queries of Dynamics 365, schedules.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\pset tuples_only on
\pset format unaligned
-- Of what must fail: what to do.
CREATE FUNCTION hint_of(statement text, written text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    EXECUTE format(statement, written);
    RETURN 'succeeds';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN hint;
END
$$;

\echo -- JSON: of a condition on interactions of A, these members
SELECT hint_of('SELECT segments.definition_from_json(%L)', (jsonb_build_object('interaction', 'A') || wrong::jsonb)::text) AS hint,
    segments.definition_from_json(jsonb_build_object('interaction', 'A') || followed::jsonb) AS followed
FROM (VALUES
    ('{"interaction": {"anyOf": []}}', '{"interaction": {"any": true}}'),
    ('{"interaction": {"anyOff": ["A"]}}', '{"interaction": {"anyOf": ["A", "B"]}}'),
    ('{"wndow": {"since": "2026-03-01"}}', '{"window": {"since": "2026-03-01"}}'),
    ('{"window": {"since": 2026}}', '{"window": {"since": "2026-03-01"}}'),
    ('{"window": {"withinLast": [3, "dey"]}}', '{"window": {"withinLast": [3, "day"]}}'),
    ('{"window": {"withinLast": [0, "day"]}}', '{"window": {"withinLast": [1, "day"]}}'),
    ('{"having": {"count": {"between": [5, 2]}}}', '{"having": {"count": {"between": [2, 5]}}}'),
    ('{"having": {"distinct": "day", "count": {"never": true}}}', '{"having": {"distinct": "day", "count": {"atMost": 0}}}'),
    ('{"occurrence": 2}', '{"occurrence": 2, "window": {"withinLast": [30, "day"]}}'),
    ('{"where": {"and": []}}', '{"where": {"and": [{"field": ["x"], "op": "is null"}]}}'),
    ('{"where": {"field": [], "op": "is null"}}', '{"where": {"field": ["doc", "member"], "op": "is null"}}'),
    ('{"where": {"field": ["x"], "op": "<>", "value": 1}}', '{"where": {"not": {"field": ["x"], "op": "=", "value": 1}}}'),
    ('{"where": {"field": ["x"], "op": "is null", "value": 1}}', '{"where": {"field": ["x"], "op": "is null"}}'),
    ('{"where": {"field": ["x"], "op": "=", "value": null}}', '{"where": {"field": ["x"], "op": "is null"}}'),
    ('{"where": {"field": ["x"], "op": "=", "value": [1, 2]}}', '{"where": {"field": ["x"], "op": "in", "value": [1, 2]}}'),
    ('{"where": {"field": ["x"], "op": "in", "value": []}}', '{"where": {"field": ["x"], "op": "in", "value": [1]}}'),
    ('{"where": {"field": ["x"], "op": "contians", "value": "a"}}', '{"where": {"field": ["x"], "op": "contains", "value": "a"}}'),
    ('{"where": {"field": ["x"], "op": "=", "value": {"number": "ten"}}}', '{"where": {"field": ["x"], "op": "=", "value": {"number": "1e3"}}}')) v (wrong, followed);
SELECT hint_of('SELECT segments.definition_from_json(%L)', '{"attribute": ["City"], "op": "is null"}'),
    segments.definition_from_json('{"attribute": ["Source", "Field"], "op": "is null"}');
SELECT hint_of('SELECT segments.definition_from_json(%L)', '{"interaction": "A", "periods": {"ofLast": [4, "week"], "atLeast": 3}, "having": {"distinct": "day", "count": {"atLeast": 2}}}'),
    segments.definition_from_json('{"and": [{"interaction": "A", "periods": {"ofLast": [4, "week"], "atLeast": 3}}, {"interaction": "A", "having": {"distinct": "day", "count": {"atLeast": 2}}}]}');

\echo -- queries
SELECT segments.create_interaction_tables(types => '{EmailOpened}') IS NOT NULL;
CREATE TABLE contact (contactid text, city text);
SELECT segments.register_profile_source('contact', 'Contact', 'contactid') > 0;
CALL segments.refresh();
SELECT segments.create_segment('a', 'all', run => false) IS NULL, segments.create_segment('b', 'all', run => false) IS NULL;
SELECT hint_of('SELECT segments.definition_from_mql(%L)', wrong) AS hint, segments.definition_from_mql(followed) AS followed
FROM (VALUES
    ('SEGMENT(a) UNION SEGMENT(b) INTERSECT SEGMENT(a)', 'SEGMENT(a) UNION (SEGMENT(b) INTERSECT SEGMENT(a))'),
    ('SEGMENT(a) && SEGMENT(b)', 'SEGMENT(a) INTERSECT SEGMENT(b)'),
    ('SEGMENT(a) or SEGMENT(b)', 'SEGMENT(a) UNION SEGMENT(b)'),
    ('SEGMENT(a);', 'SEGMENT(a)'),
    ('SEGMENT(a))', 'SEGMENT(a)'),
    ('(SEGMENT(a)', '(SEGMENT(a))'),
    ('NOT SEGMENT(a)', 'PROFILE(contact) EXCEPT SEGMENT(a)'),
    ('x = SEGMENT(a)', 'SEGMENT(a)'),
    ('SEGMNT(a)', 'SEGMENT(a)'),
    ('SEGMENT(a).FILTER(city == ''Oslo'')', 'SEGMENT(b)'),
    ('PROFILE(contact).TRAVERSE(x)', 'SEGMENT(b)'),
    ('INTERACTION(EmailOpened).TRAVERSE(x)', 'INTERACTION(EmailOpened).FILTER(Email == ''x'').HAVING(COUNT() > 1)'),
    ('INTERACTION(EmailOpened).HAVING(COUNT() > 1).HAVING(COUNT() < 5)', 'INTERACTION(EmailOpened).HAVING(COUNT() > 1) INTERSECT INTERACTION(EmailOpened).HAVING(COUNT() < 5)'),
    ('INTERACTION(EmailOpened).HAVING(SUM(x) > 1)', 'INTERACTION(EmailOpened).HAVING(COUNT() > 1)'),
    ('INTERACTION(EmailOpened).HAVING(COUNT() > 1, UTCDAYS(0))', 'INTERACTION(EmailOpened).HAVING(COUNT() > 1, UTCDAYS(1))'),
    ('INTERACTION(EmailOpened).FILTER(Email == null)', 'INTERACTION(EmailOpened).FILTER(ISNULL(Email))'),
    ('INTERACTION(EmailOpened).FILTER(Email == "x")', 'INTERACTION(EmailOpened).FILTER(Email == ''x'')'),
    ('INTERACTION(EmailOpened).FILTER(Email CONTAINS 5)', 'INTERACTION(EmailOpened).FILTER(Email CONTAINS ''5'')'),
    ('INTERACTION(EmailOpened).FILTER(Email == ''x'' & 1 == 1)', 'INTERACTION(EmailOpened).FILTER(Email == ''x'' && Email == ''y'')'),
    ('INTERACTION(EmailOpened).FILTER(1 == 2 && Email == ''x'')', 'INTERACTION(EmailOpened).FILTER(Email == ''x'')'),
    ('INTERACTION(EmailOpened).FILTER(Timestamp > DATE(2026, 13, 1))', 'INTERACTION(EmailOpened).FILTER(Timestamp > DATE(2026, 12, 1))'),
    ('INTERACTION(EmailOpened).FILTER(Timestamp + 1 > DATE(2026, 3, 2))', 'INTERACTION(EmailOpened).FILTER(Timestamp > DATE(2026, 3, 1))'),
    ('INTERACTION(EmailOpened).FILTER(Email == ''x'' && DATEDIFF(day, Timestamp, DATETIMEUTCNOW()) < 30)', 'INTERACTION(EmailOpened).FILTER(Email == ''x'')')) v (wrong, followed);
-- The rest of the last one: added to the definition.
SELECT segments.segment_count('EmailOpened where (Email = ''x'' and Timestamp within last 30 days)');

\echo -- schedules
CREATE FUNCTION schedule_of(written text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM segments.set_segment_schedule('a', written);
    RETURN (SELECT schedule FROM segments.segment_overview WHERE name = 'a');
END
$$;
-- Each hint ends with the same examples.
SELECT split_part(hint_of('SELECT segments.set_segment_schedule(''a'', %L)', wrong), 'Examples: ', 1) AS hint, schedule_of(followed) AS followed
FROM (VALUES
    ('evry hour', 'every hour'),
    ('daily at 6', 'daily at 6am'),
    ('daily at 6.30', 'daily at 6:30'),
    ('daily at 06:5', 'daily at 06:05'),
    ('daily at 13pm', 'daily at 13:00'),
    ('daily at 13:30 pm', 'daily at 13:30'),
    ('daily at 0am', 'daily at 0:00'),
    ('daily at 25:00', 'daily at 06:00'),
    ('daily at 6am in Europe/Berlin', 'daily at 6am in ''Europe/Berlin'''),
    ('daily at 6am in ''Mars/Olympus''', 'daily at 6am in ''UTC'''),
    ('30 6 * * 1-5', 'weekdays at 06:30'),
    ('6am', 'daily at 06:00'),
    ('at 6:30 pm', 'daily at 18:30'),
    ('0 0 1 * *', 'monthly')) v (wrong, followed);
SELECT schedule_of(rtrim(example, '.'))
FROM regexp_split_to_table(split_part(hint_of('SELECT segments.set_segment_schedule(''a'', %L)', 'whenever'), 'Examples: ', 2), '; ') example;
SET client_min_messages = error;
DROP EXTENSION segments CASCADE;
DROP SCHEMA interactions CASCADE;

-- What may stand where somebody is writing: completion, names, values.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE segments_test_writing;
CREATE SCHEMA web;
CREATE TABLE web.visit (contact text, at timestamptz, page text, amount numeric, is_new boolean, secret text);
CREATE TABLE web.click (contact text, at timestamptz, page text, link text);
CREATE TABLE web.person (contact text PRIMARY KEY, person text);
SELECT segments.field_values('Visit', 'page');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.register_interaction('web.visit', 'Visit', 'at', 'contact', record_type => 'contact', display_name => 'Page visit', aliases => '{PageView}',
    fields => '[{"column": "is_new", "name": "IsNew", "display_name": "Is it new"}]');
SELECT segments.register_interaction('web.click', 'Click', 'at', 'contact', record_type => 'contact');
SELECT segments.register_unification('web.person', record_type => 'contact', record_id_column => 'contact', profile_id_column => 'person');
-- c1 and c2 are one person; c31 and later ones are nobody's.
INSERT INTO web.visit SELECT 'c' || i, timestamptz '2026-03-01' + i * interval '1 hour',
    CASE WHEN i % 10 = 0 THEN NULL WHEN i % 2 = 0 THEN 'home' WHEN i % 3 = 0 THEN 'Pricing' WHEN i > 30 THEN 'nobody''s' ELSE 'it''s "a" page' END, i % 4, i % 5 = 0, 'x'
    FROM generate_series(1, 40) i;
INSERT INTO web.visit SELECT 'c' || i, timestamptz '2026-03-03' + i * interval '1 hour', 'home', 1.50 FROM generate_series(1, 6) i;
INSERT INTO web.click SELECT 'c' || i, '2026-03-02', 'home', 'buy' FROM generate_series(1, 9) i;
INSERT INTO web.person SELECT 'c' || i, 'p' || greatest(i, 2) FROM generate_series(1, 30) i;
CALL segments.refresh();
SELECT segments.create_segment('buyers', 'Click'), segments.create_segment('it''s "odd"', 'Visit');

-- What is asked of a segment's history.
SELECT string_agg(offer, ', ' ORDER BY offer) FROM segments.complete_definition('segment ''buyers'' ');
SELECT string_agg(offer, ', ' ORDER BY offer) FROM segments.complete_definition('segment ''buyers'' as ');
SELECT offer FROM segments.complete_definition('segment ''buyers'' left wi');

-- Values, and how many profiles have them: those of plain SQL.
SELECT * FROM segments.field_values('Visit', 'page');
SELECT * FROM segments.field_values('page visit', 'Page', 'P'), LATERAL (SELECT segments.segment_count('Visit where page = ' || literal)) counted;
SELECT * FROM segments.field_values('Visit', 'amount', max_values => NULL);
SELECT * FROM segments.field_values('Visit', 'Is it new');
SELECT count(*) AS as_sql FROM (
    SELECT value, interactions FROM segments.field_values('Visit', 'page')
    EXCEPT SELECT page, count(*) FROM web.visit JOIN web.person USING (contact) WHERE page IS NOT NULL GROUP BY page) differing;
SELECT count(*) FROM segments.field_values('Visit', 'page', max_values => 1);
\set VERBOSITY terse
SELECT segments.field_values('Vist', 'page');
SELECT segments.field_values('Visit', 'pge');
SELECT segments.field_values('Visit', 'at');
\set VERBOSITY default

-- Names.
SELECT * FROM segments.find('page');
SELECT kind, type, name, distance FROM segments.find('vsit') UNION ALL SELECT kind, type, name, distance FROM segments.find('PAGEVIEW');
SELECT kind, name, written FROM segments.find('buyer');
SELECT count(*), count(DISTINCT kind) FROM segments.find();
SELECT count(*) FROM segments.find('', 3);
SELECT count(*) AS nothing FROM segments.find('nothing is called so');
SELECT count(*) AS nothing FROM segments.find(repeat('page', 3000000));

-- '|' is where the cursor is.
CREATE FUNCTION completed(marked text) RETURNS TABLE (offers text) LANGUAGE sql AS $$
    SELECT string_agg(offer, ', ' ORDER BY number) || '  from ' || min(start)
    FROM segments.complete_definition(replace(marked, '|', ''), strpos(marked, '|') - 1) WITH ORDINALITY AS o (offer, kind, label, start, number)
$$;
SELECT marked, offers FROM unnest(ARRAY['|', 'V|', 'page|', 'any of (Click, |', '"Page v|', 'Visit where |', 'any of (Visit, Click) where |', 'any interaction where p|',
    'Click where l| within last 3 days', 'Visit where page = |', 'Visit where page = ''I|', 'PageView where (amount = |', 'Visit where IsNew = t|', 'Visit within |', 'Visit within last 30 d|',
    'Größe or segment |', 'segment ''i|', 'Visit since |', 'Visit nevr |', 'Visit -- |', '', 'Visit |']) marked, LATERAL completed(marked) o;
SELECT kind, label, offer FROM segments.complete_definition('Page') UNION ALL SELECT kind, label, offer FROM segments.complete_definition('Visit where is');
SELECT count(*) AS nothing FROM segments.complete_definition(NULL);
SELECT segments_internal.completion(NULL, 3) IS NULL AS nothing;
SELECT count(*) FROM segments.complete_definition('', NULL, 2);

-- Every offer is accepted where it is offered, as far as the text goes then: what is wrong, is at its end.
CREATE TABLE text (definition text);
INSERT INTO text VALUES ('Visit where (page = ''home'' and amount > 3 or "Is it new" = true) within last 30 days at least 3 and not Click'),
    ('any of (Visit, Click) where page in (''home'', ''Pricing'') previous month but not this week or segment ''buyers'' except all'),
    ('Visit where hour of Timestamp between 9 and 17 in at least 3 of the last 4 weeks and Click this month having count(distinct day) >= 2');
SELECT count(*) > 1000 AS many, count(*) FILTER (WHERE finding IS NOT NULL) AS wrong
FROM text CROSS JOIN LATERAL generate_series(0, length(definition)) at
CROSS JOIN LATERAL segments.complete_definition(definition, at) offered
CROSS JOIN LATERAL (SELECT left(definition, offered.start) || offered.offer) whole (whole)
LEFT JOIN LATERAL (
    SELECT message FROM segments.check_definition(whole, false) WHERE severity = 'error' AND sqlstate = '42601'
        AND "position" <= length(whole) AND message !~ 'needs a window') wrong (finding) ON true;

-- Of fields of every type, each offer can go on so that the whole is accepted; what does not fit the type is not offered.
CREATE TYPE web.mood AS ENUM ('glad', 'sad');
CREATE TABLE web.kinds (contact text, at timestamptz, "from" text, day date, amount numeric, n int, is_new boolean, mood web.mood, due timestamp, id uuid, span interval, clock time, address inet);
SELECT segments.register_interaction('web.kinds', 'Kinds', 'at', 'contact', record_type => 'contact') > 0 AS registered;
CREATE FUNCTION goes_on(definition text) RETURNS boolean LANGUAGE sql AS $$
    SELECT EXISTS (
        SELECT FROM unnest(ARRAY['', ' ''2026-01-01''', ' 1', ' true', ' ''glad''', ' ''12:00''', ' ''::1''', ' ''1 day''', ' ''6f1c7d1e-9c3c-4a0e-8a43-0d8b0a1c2d3e''', ' null']) value
        CROSS JOIN LATERAL unnest(ARRAY[value, value || ')', ' =' || value, ' in (' || value || ')', value || ' and' || value, ' and' || value, ' is today', ' day', ' 1 day', ' 1 day ago',
            ' 1 and 2 days ago', ' 3 days before Timestamp', ' last 1 day', ' Timestamp', ' at = at', ' "from" = ''x''']) ending
        WHERE NOT EXISTS (SELECT FROM segments.check_definition(definition || ending, false) WHERE severity = 'error'))
$$;
SELECT count(*) > 300 AS many, string_agg(DISTINCT before || offer, '; ') FILTER (WHERE NOT goes_on(before || offer)) AS leads_nowhere
FROM unnest(ARRAY['"from"', 'day', 'amount', 'n', 'is_new', 'mood', 'due', 'id', 'span', 'clock', 'address', 'Timestamp', 'ProfileId']) field
CROSS JOIN LATERAL unnest(ARRAY['Kinds where ' || field || ' ', 'Kinds where ' || field || ' = ', 'not Kinds where ' || field || ' not ', 'Kinds where ' || field || ' in (']) before
CROSS JOIN LATERAL segments.complete_definition(before) WHERE offer NOT IN ('of', 'of the last');
SELECT before, string_agg(offer, ', ') FROM unnest(ARRAY['Kinds where "from" = ', 'Kinds where (n = 1 or is_new ', 'Kinds where day co', 'Kinds where hour of ', 'Kinds where weekday of d', 'Kinds where n = ',
    'Kinds where "from" = ''x'' ig', 'Kinds where n = 1 ig', 'segment ']) before CROSS JOIN LATERAL segments.complete_definition(before) GROUP BY before ORDER BY before;
-- What is wrong already is no fault of what is offered.
SELECT count(*) > 10 AS many FROM segments.complete_definition('Kinds where is_new > 3 and n ');
DROP FUNCTION goes_on;

-- Nothing raises.
SELECT count(*) > 0 FROM generate_series(-2, 12) at, unnest(ARRAY['é"ö''ü', 'A where x = ''', '((((', 'any of (', repeat('x', 100000)]) d, LATERAL segments.complete_definition(d, at);
SELECT count(*) FROM segments.complete_definition('Visit', 3, -1);

-- Only what the caller may see.
GRANT USAGE ON SCHEMA web TO segments_test_writing;
GRANT SELECT (contact, at, page) ON web.visit TO segments_test_writing;
SET ROLE segments_test_writing;
SELECT kind, type, name FROM segments.find();
SELECT marked, offers FROM unnest(ARRAY['Visit where |', 'Visit where secret = |', 'Visit where page = ''h|', 'segment |']) marked, LATERAL completed(marked) o;
SELECT segments.field_values('Visit', 'secret');
\echo :LAST_ERROR_SQLSTATE
SELECT value, interactions FROM segments.field_values('Visit', 'page', max_values => 1);
RESET ROLE;
ALTER TABLE web.click ENABLE ROW LEVEL SECURITY;
SELECT segments.field_values('Click', 'link');
\echo :LAST_ERROR_SQLSTATE
-- Of an event: those of its rows alone.
CREATE TABLE web.event (contact text, at timestamptz, name text, page text);
SELECT segments.register_events('web.event', 'name', 'at', 'contact', record_type => 'contact') > 0 AS registered;
INSERT INTO web.event SELECT 'c' || i, '2026-03-02', CASE WHEN i % 3 = 0 THEN 'signup' ELSE 'login' END, 'p' || i % 4 FROM generate_series(1, 35) i;
CALL segments.refresh();
SELECT value, interactions, interactions = (SELECT count(*) FROM web.event JOIN web.person USING (contact) WHERE name = 'signup' AND page = value) AS as_sql
FROM segments.field_values('signup', 'page');
-- Letters of any script, whatever their case.
INSERT INTO web.visit (contact, at, page) SELECT 'c1', '2026-03-02', page FROM unnest(ARRAY['Über uns', 'über', 'Ubahn', 'ДОМ', repeat('É', 5000)]) page;
CALL segments.refresh();
SELECT prefix, left(value, 10) AS value FROM unnest(ARRAY['Ü', 'üBER', 'u', 'дом', 'é']) AS p (prefix), segments.field_values('Visit', 'page', prefix);
SELECT length(prefix), count(value) FROM (VALUES (repeat('é', 900)), (repeat('É', 5000)), (repeat('É', 5001))) AS p (prefix) LEFT JOIN segments.field_values('Visit', 'page', prefix) ON true GROUP BY 1 ORDER BY 1;
DROP FUNCTION completed;
DROP TABLE text;
DROP OWNED BY segments_test_writing;
DROP ROLE segments_test_writing;

-- What is wrong with a definition, told without raising.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE segments_test_writer;
CREATE SCHEMA web;
CREATE TABLE web.visit (contact text, at timestamptz, page text, amount numeric, secret text);
CREATE TABLE web.click (contact text, at timestamptz, link text);
CREATE TABLE web.person (contact text PRIMARY KEY, person text);
SELECT count(*) AS nothing_registered FROM segments.check_definition('Visit or segment ''x''');
SELECT severity, sqlstate, message FROM segments.check_definition('Visit or segment ''x''');
SELECT segments.register_interaction('web.visit', 'Visit', 'at', 'contact', record_type => 'contact', display_name => 'Page visit');
SELECT segments.register_interaction('web.click', 'Click', 'at', 'contact', record_type => 'contact');
SELECT segments.register_unification('web.person', record_type => 'contact', record_id_column => 'contact', profile_id_column => 'person');
-- Before the first refresh, too.
SELECT count(*) AS nothing FROM segments.check_definition('Visit where page = ''home'' and not Click within last 3 days');
INSERT INTO web.visit SELECT 'c' || i, timestamptz '2026-03-01' + i * interval '1 hour', (ARRAY['home', 'pricing', 'imprint'])[1 + i % 3], i, 'x' FROM generate_series(1, 30) i;
INSERT INTO web.click SELECT 'c' || i, '2026-03-02', 'buy' FROM generate_series(1, 9) i;
INSERT INTO web.person SELECT 'c' || i, 'p' || i FROM generate_series(1, 30) i;
CALL segments.refresh();
SELECT segments.create_segment('buyers', 'Click where link = ''buy''');

CREATE FUNCTION findings(definition text) RETURNS TABLE (finding text, at text) LANGUAGE sql AS $$
    SELECT concat_ws(E'\n', severity || ' ' || sqlstate || ': ' || message, detail, hint), substr(definition, "position", 12)
    FROM segments.check_definition(definition) WITH ORDINALITY ORDER BY ordinality
$$;
SELECT * FROM findings('Visit where page = ''home'' within last 30 days and segment ''buyers''');
-- The parser's one.
SELECT * FROM findings('Visit witin last 30 days');
SELECT * FROM findings('"Größe" nevr');
SELECT * FROM findings('');
SELECT * FROM findings('Visit where (page = ''home''');
-- Names, values and literals: all at once, each where it is.
SELECT * FROM findings('Vist and Visit where (pge = ''home'' and amount > ''much'' or page = ''home'') and "Page visit" since ''2026-13-01'' or segment ''byers'' or Click where link = page');
SELECT * FROM findings('Visit where (page = ''prcing'' or page in (''home'', ''blog'')) and Visit where amount between 5 and 1');
SELECT count(*) AS without_values FROM segments.check_definition('Visit where page = ''prcing''', false);
SELECT count(*) AS nothing FROM segments.check_definition(NULL);

-- Privileges are the caller's.
GRANT USAGE ON SCHEMA web TO segments_test_writer;
GRANT SELECT (contact, at, page) ON web.visit TO segments_test_writer;
SET ROLE segments_test_writer;
SELECT * FROM findings('Visit where page = ''home'' and Visit where secret = ''x'' and Click and segment ''buyers''');
SELECT segments.check_definition('Visit where page = ''none''');
RESET ROLE;

-- It says what saving says.
DO $$
DECLARE
    written text;
    raised text;
    told text;
BEGIN
    FOREACH written IN ARRAY ARRAY['Vist', 'Visit where pge is null', 'Visit nevr', 'Visit where amount = ''x''', 'segment ''none''', 'Visit at least 0',
        'Visit where page < 3', 'Visit from ''2026-02-01'' to ''2026-01-01''', 'any of (Visit, "Page visit")', repeat('(', 300), '{"all": true}'] LOOP
        raised := NULL;
        BEGIN
            PERFORM segments.create_segment('probe', written, run => false);
        EXCEPTION WHEN OTHERS THEN
            raised := SQLSTATE || SQLERRM;
        END;
        SELECT sqlstate || message INTO STRICT told FROM segments.check_definition(written);
        ASSERT raised = told, format('%s: %s, but %s', written, raised, told);
    END LOOP;
END $$;

-- Nothing raises: texts cut and spliced anywhere, bytes of any kind.
SELECT setseed(0.5);
CREATE TABLE piece AS SELECT text, row_number() OVER () AS number FROM regexp_split_to_table(
    $$Visit where page = 'home' and ( not segment 'buyers' ) or Click within last 30 days between 1 and 2 times "Page visit" '' " ' /* -- */ {} [ é $ ; in ( 1 , 1e999 , 'x' ) never any of$$, ' ') text;
SELECT count(*) AS texts, count(*) FILTER (WHERE findings > 0) > 400 AS most_are_wrong
FROM (SELECT (SELECT count(*) FROM segments.check_definition(written)) AS findings
      FROM generate_series(1, 600) i,
           LATERAL (SELECT string_agg(text, ' ' ORDER BY random()) AS written FROM piece WHERE random() < 0.3 AND i > 0) w) checked;
SELECT sqlstate, message FROM segments.check_definition(repeat('Visit or ', 5000) || 'Visit');
SELECT sqlstate, message FROM segments.check_definition(repeat('x', 2000000));
-- Of very many parts not all are looked at, and no error is missed.
SELECT count(*), count(DISTINCT message) FROM segments.check_definition(repeat('Vist or ', 3000) || 'Visit');
SELECT "position", message FROM segments.check_definition(repeat('Visit or ', 3000) || 'Vist');
-- Of a table that has come under a type's name, but was not refreshed, no values are known: those that are stored are of another one.
CREATE TABLE sold (record_id text, at timestamptz, what text);
SELECT segments.register_interaction('sold', 'Sold', 'at', 'record_id') > 0 AS registered;
INSERT INTO sold VALUES ('r1', now(), 'secret value 3');
CALL segments.refresh();
SELECT message FROM segments.check_definition('Sold where what = ''secret value 33''');
ALTER TABLE sold RENAME TO sold_before;
CREATE TABLE sold (record_id text, at timestamptz, what text);
SELECT segments.confirm_source('Sold');
SELECT message FROM segments.check_definition('Sold where what = ''secret value 33''');
SET client_min_messages = notice;
SELECT segments.create_segment('sold', 'Sold where what = ''secret value 33''', run => false);
RESET client_min_messages;
-- Nothing is left behind, and the transaction goes on.
BEGIN READ ONLY;
SELECT count(*) FROM segments.check_definition('Vist or Clck where x = 1');
SELECT segments.segment_count('Visit');
COMMIT;
-- The nearest one, wherever it stands among many.
CREATE TABLE public.many_values (contact text, at timestamptz, page text);
SELECT segments.register_interaction('public.many_values', 'ManyValues', 'at', 'contact', record_type => 'contact') > 0 AS registered;
INSERT INTO public.many_values SELECT 'c1', '2026-03-01', 'page ' || i FROM generate_series(1, 20000) i;
CALL segments.refresh();
SELECT message FROM segments.check_definition('ManyValues where page = ''pge 9977''');
DROP FUNCTION findings;
DROP OWNED BY segments_test_writer;
DROP ROLE segments_test_writer;
-- The nearest numbers of several dictionaries, which are read one after the other.
SET client_min_messages = error;
CREATE TABLE numbered (record_id text, at timestamptz, amount numeric, took interval);
SELECT segments.register_interaction('numbered', 'Numbered', 'at', 'record_id') > 0;
INSERT INTO numbered SELECT 'r1', '2026-01-01', i, i * interval '1 hour' FROM generate_series(1, 20) i;
CALL segments.refresh();
INSERT INTO numbered SELECT 'r1', '2026-01-01', i * 100.5, i * interval '1 day' FROM generate_series(1, 20) i;
CALL segments.refresh();
INSERT INTO numbered SELECT 'r1', '2026-01-01', i * 1000.5, i * interval '1 month' FROM generate_series(1, 20) i;
CALL segments.refresh();
SELECT message FROM segments.check_definition('Numbered where (amount in (555, 3.5, 1.5, 7.5, 99999) or took in (''90 minutes'', ''40 days''))');

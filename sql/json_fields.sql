-- Members of jsonb columns as fields: declaring, naming, asking, dropping them.  (What they hold: json_members.debug.)
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE segments_test_json;
CREATE ROLE segments_test_json_reader;
CREATE SCHEMA web;
CREATE TABLE web.visit (contact text, at timestamptz, properties jsonb, "Extra ""data""" jsonb, old json, amount numeric);
CREATE TABLE web.click (contact text, at timestamptz, properties jsonb);
CREATE TABLE web.person (contact text PRIMARY KEY, person text);
INSERT INTO web.person SELECT 'c' || i, 'p' || i FROM generate_series(1, 30) i;
INSERT INTO web.visit
SELECT 'c' || i, timestamptz '2026-03-01' + i * interval '1 hour',
       jsonb_build_object('plan', CASE i % 3 WHEN 0 THEN 'pro' WHEN 1 THEN 'free' END, 'Plan', 'upper ' || i % 2, 'price', i * 1.5, 'n', CASE WHEN i % 10 = 0 THEN '"many"' ELSE to_jsonb(i) END,
           'utm', jsonb_build_object('Utm Source', 'ad ' || i % 2, 'from', 'mail'), 'seen', timestamptz '2026-03-01' + i * interval '1 day', 'tags', jsonb_build_array('a' || i % 2)),
       jsonb_build_object('it''s "odd"', i), '{"k": 1}', i
FROM generate_series(1, 30) i;
INSERT INTO web.click SELECT 'c' || i, '2026-03-01', jsonb_build_object('plan', 'pro') FROM generate_series(1, 5) i;
SELECT segments.register_interaction('web.visit', 'Visit', 'at', 'contact', fields => '[{"column": "Extra \"data\"", "name": "Extra", "display_name": "More data"}]');
SELECT segments.register_interaction('web.click', 'Click', 'at', 'contact');
SELECT segments.register_unification('web.person', record_type => 'contact', record_id_column => 'contact', profile_id_column => 'person');
CALL segments.refresh();

-- Not declared: the error names the call, which followed to the letter leads on.
SELECT segments.segment_count('Visit where properties.plan = ''pro''');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('Visit where properties = ''pro''');
SELECT segments.segment_count('Visit where properties.utm."Utm Source" = ''ad 1''');
SELECT segments.segment_count('Visit where old.k = 1');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('Visit where amount.k = 1');
SELECT segments.segment_count('Visit where propertis.plan = 1');
SELECT segments.segment_count('Visit where visit.amount = 1');
SELECT segments.add_json_field('Visit', 'properties.plan');
SELECT segments.add_json_field('visit', 'properties.utm."Utm Source"', 'text'), segments.add_json_field('Visit', 'properties.utm.from', 'TEXT');
SELECT segments.add_json_field('Visit', 'properties.price', 'numeric'), segments.add_json_field('Visit', 'Properties.n', 'bigint'), segments.add_json_field('Visit', 'properties.seen', 'timestamptz');
SELECT segments.add_json_field('Visit', '"More data"."it''s ""odd"""', 'double precision'), segments.add_json_field('Visit', 'properties.tags."0"');
-- Until the next refresh: that member is not known, and everything else answers as before.
SELECT segments.segment_count('Visit where properties.plan = ''pro''');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('Visit where amount > 10');
SELECT * FROM segments.json_fields;
CALL segments.refresh();
SELECT * FROM segments.json_fields;
SELECT segments.segment_count('Visit where properties.plan = ''pro''') = (SELECT count(*) FROM web.visit WHERE properties ->> 'plan' = 'pro') AS as_sql,
       segments.segment_count('Visit where properties.plan <> ''pro''') = (SELECT count(*) FROM web.visit WHERE properties ->> 'plan' IS DISTINCT FROM 'pro') AS as_sql,
       segments.segment_count('Visit where properties.plan is null') = (SELECT count(*) FROM web.visit WHERE properties ->> 'plan' IS NULL) AS as_sql;
SELECT segments.segment_count('Visit where (properties.price between 10 and 20.5 and properties.utm."Utm Source" = ''AD 1'' ignore case)')
     = (SELECT count(*) FROM web.visit WHERE (properties ->> 'price')::numeric BETWEEN 10 AND 20.5 AND properties #>> '{utm,Utm Source}' = 'ad 1') AS as_sql,
       segments.segment_count('Visit where (properties.n > properties.price or properties.n < amount)')
     = (SELECT count(*) FROM web.visit WHERE CASE WHEN jsonb_typeof(properties -> 'n') = 'number' THEN (properties ->> 'n')::numeric END > (properties ->> 'price')::numeric) AS as_sql,
       segments.segment_count('Visit where (properties.seen since ''2026-03-10'' and day of properties.seen <> 12)')
     = (SELECT count(*) FROM web.visit WHERE (properties ->> 'seen')::timestamptz >= '2026-03-10' AND extract(day FROM (properties ->> 'seen')::timestamptz) <> 12) AS as_sql,
       segments.segment_count('Visit where properties.seen within 20 days after Timestamp')
     = (SELECT count(*) FROM web.visit WHERE (properties ->> 'seen')::timestamptz BETWEEN at AND at + interval '20 days') AS as_sql;
SELECT segments.segment_count('Visit where "More data"."it''s ""odd""" >= 12.5'), segments.segment_count('Visit where extra."IT''S ""odd""" < 3'), segments.segment_count('Visit where properties.tags."0" = ''a1''');
SELECT segments.segment_count('any of (Visit, Click) where properties.plan = ''pro''');

-- Names: exact first, else the only one whatever the case.
SELECT segments.segment_count('Visit where PROPERTIES.Plan = ''pro''');
SELECT segments.create_segment('by case', 'Visit where properties.PLAN = ''pro''');
SELECT segments.add_json_field('Visit', 'properties."Plan"');
-- The segment means what it meant.
SELECT definition FROM segments.segment_overview WHERE name = 'by case';
CALL segments.refresh();
SELECT segments.segment_count('Visit where properties.Plan = ''upper 1'''), segments.segment_count('Visit where properties.plan = ''pro''');
SELECT segments.segment_count('Visit where properties.PLAN = ''pro''');
\echo :LAST_ERROR_SQLSTATE

-- What cannot be declared.
\set VERBOSITY terse
SELECT segments.add_json_field('Visitt', 'properties.x');
SELECT segments.add_json_field('Visit', 'properties');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.add_json_field('Visit', 'properties.');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.add_json_field('Visit', 'properties.x y');
SELECT segments.add_json_field('Visit', 'properties.0');
SELECT segments.add_json_field('Visit', 'amount.x');
SELECT segments.add_json_field('Visit', 'old.x');
SELECT segments.add_json_field('Visit', 'properties.plan');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.add_json_field('Visit', 'properties.plan', 'numeric');
SELECT segments.add_json_field('Visit', NULL);
SELECT segments.add_json_field(NULL, 'properties.x');
SELECT segments.add_json_field('Visit', 'properties.' || repeat('x', 1000));
\echo :LAST_ERROR_SQLSTATE
SELECT segments.add_json_field('Visit', 'properties' || repeat('.x', 32));
\set VERBOSITY default
SELECT segments.add_json_field('Visit', 'properties.x', 'int');
SELECT segments.add_json_field('Visit', 'properties.x', 'jsonb');
SELECT segments.add_json_field('Visit', 'properties.x', 'boolaen');
SELECT segments.add_json_field('Visit', 'properties.x', NULL);
\echo :LAST_ERROR_SQLSTATE

SELECT segments_internal.document_column(99, 'properties');
\echo :LAST_ERROR_SQLSTATE

-- Rights: the owner of the table declares; SELECT on the column is what it takes to ask.
GRANT USAGE ON SCHEMA web TO segments_test_json_reader, segments_test_json;
GRANT EXECUTE ON FUNCTION segments.add_json_field(text, text, text), segments.drop_json_field(text, text) TO segments_test_json, segments_test_json_reader;
GRANT SELECT (contact, at, amount) ON web.visit TO segments_test_json_reader;
ALTER TABLE web.click OWNER TO segments_test_json;
SET ROLE segments_test_json_reader;
SELECT segments.add_json_field('Click', 'properties.plan');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.drop_json_field('Visit', 'properties.plan');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('Visit where amount > 10');
SELECT segments.segment_count('Visit where properties.plan = ''pro''');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM segments.field_values('Visit', 'properties.plan');
SELECT count(*) FROM segments.find('plan');
-- Names of members are data: they are told to nobody who may not read the column, whatever is asked.
SELECT count(*) FROM segments.json_fields WHERE type = 'Visit';
SELECT count(*) FROM segments.interaction_fields('Visit') WHERE column_name = 'properties' AND name LIKE '%.%';
SELECT segments.segment_count('Visit where properties.nothing = 1');
\echo :LAST_ERROR_SQLSTATE
SELECT message, hint FROM segments.check_definition('Visit where properties.nothing = 1');
SELECT segments.definition_text('Visit where properties.PLAN = ''pro''');
SELECT offer FROM segments.complete_definition('Visit where properties.');
SELECT * FROM segments.json_field;
RESET ROLE;
ANALYZE segments.json_field;
SELECT count(*) FROM pg_stats WHERE schemaname = 'segments' AND tablename = 'json_field' AND attname = 'path';
-- Nor where policies may hide rows: who may ask about all of them then is told no names but those that he writes.
ALTER TABLE web.visit ENABLE ROW LEVEL SECURITY;
SELECT segments.alter_interaction('Visit', acknowledge_row_security => true);
GRANT SELECT (properties) ON web.visit TO segments_test_json_reader;
SET ROLE segments_test_json_reader;
SELECT count(*) FROM segments.json_fields WHERE type = 'Visit';
SELECT segments.segment_count('Visit where properties.plam = ''pro''');
SELECT segments.segment_count('Visit where properties.plan = ''pro''');
RESET ROLE;
REVOKE SELECT (properties) ON web.visit FROM segments_test_json_reader;
ALTER TABLE web.visit DISABLE ROW LEVEL SECURITY;
GRANT SELECT (properties) ON web.visit TO segments_test_json_reader;
SET ROLE segments_test_json_reader;
SELECT segments.segment_count('Visit where properties.plan = ''pro''');
SELECT count(*) FROM segments.field_values('Visit', 'properties.plan');
SELECT count(*) > 0 AS listed FROM segments.json_fields WHERE type = 'Visit';
SELECT segments.segment_count('Visit where properties.plam = ''pro''');
RESET ROLE;
SET ROLE segments_test_json;
SELECT segments.add_json_field('Click', 'properties.plan');
RESET ROLE;
CALL segments.refresh();
SELECT segments.segment_count('any of (Visit, Click) where properties.plan = ''pro''') = (SELECT count(DISTINCT contact) FROM (
    SELECT contact FROM web.visit WHERE properties ->> 'plan' = 'pro' UNION ALL SELECT contact FROM web.click) either) AS as_sql;

-- Help for writing.
SELECT * FROM segments.interaction_fields('Visit') WHERE column_name = 'properties';
SELECT name, written, distance FROM segments.find('plan');
SELECT * FROM segments.field_values('Visit', 'properties.utm."Utm Source"');
SELECT * FROM segments.check_definition('Visit where (properties.plan = ''prp'' and properties.pln = 1)');
SELECT offer, kind FROM segments.complete_definition('Visit where prop');
SELECT offer, kind FROM segments.complete_definition('Visit where properties.');
SELECT offer, kind FROM segments.complete_definition('Visit where properties.ut');
SELECT offer, kind FROM segments.complete_definition('Visit where properties.utm.');
SELECT offer, kind FROM segments.complete_definition('Visit where properties.utm."Ut');
SELECT offer, kind FROM segments.complete_definition('Visit where properties.plan = ''p');
SELECT offer, kind FROM segments.complete_definition('any of (Visit, Click) where properties.');
-- Every offer is accepted where it is offered.
SELECT before, offer FROM (VALUES ('Visit where '), ('Visit where properties.'), ('Visit where (amount > 1 and properties.utm.'), ('Visit where amount < properties.')) texts (before),
    LATERAL segments.complete_definition(before) offered
WHERE kind IN ('field', 'member') AND EXISTS (
    SELECT FROM segments.check_definition(left(before, start) || offer || ' is null' || CASE WHEN before LIKE '%(%' THEN ')' ELSE '' END) WHERE severity = 'error' AND sqlstate = '42601'
        AND before NOT LIKE '%<%');
SELECT 'Visit where properties.utm."Utm Source" = properties.from'::segments.definition::jsonb;
SELECT segments.definition_from_json('{"interaction": "Visit", "where": {"field": ["properties", "utm", {"quoted": "Utm Source"}], "op": "is null"}}');
SELECT segments.definition_from_json('{"interaction": "Visit", "where": {"field": ["properties", 1], "op": "is null"}}');

-- Dropped: not while a segment tests it; the others stay.
SELECT segments.drop_json_field('Visit', 'properties.plan');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.update_segment('by case', definition => 'Visit where properties."Plan" = ''upper 1''');
SELECT segments.drop_json_field('Visit', 'Properties.plan');
SELECT segments.segment_count('Visit where properties.utm.from = ''mail''');
SELECT segments.segment_count('Visit where properties.PLAN = ''upper 1''');
SELECT segments.drop_json_field('Visit', 'properties.pric');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.drop_json_field('Click', 'properties');
CALL segments.refresh();
-- Declared again, with another kind: nothing is left of what it was.
SELECT segments.add_json_field('Visit', 'properties.plan', 'boolean');
CALL segments.refresh();
SELECT segments.segment_count('Visit where properties.plan is not null');
SELECT misfits FROM segments.json_fields WHERE field = 'properties.plan' AND type = 'Visit';

-- A column that is renamed, and what then is said of it, loses nothing; neither do segments.
ALTER TABLE web.visit RENAME properties TO props;
SELECT segments.segment_count('Visit where properties.price > 30');
SELECT segments.alter_interaction('Visit', fields => '[{"column" : "props", "name" : "properties"}]');
SELECT segments.segment_count('Visit where properties.price > 30');
CALL segments.refresh();
SELECT segments.segment_count('Visit where properties.price > 30'), rows_added FROM segments.refresh ORDER BY refresh_id DESC LIMIT 1;
SELECT segments.alter_interaction('Visit', fields => '[{"column" : "props", "name" : "Everything"}]');
SELECT definition FROM segments.segment_overview WHERE name = 'by case';
SELECT field FROM segments.json_fields WHERE type = 'Visit';
-- Altered to what has no members, and back.
ALTER TABLE web.visit ALTER props TYPE json USING props::json;
SELECT segments.segment_count('Visit where everything.price > 30');
\echo :LAST_ERROR_SQLSTATE
CALL segments.refresh();
ALTER TABLE web.visit ALTER props TYPE jsonb USING props::jsonb;
SELECT segments.segment_count('Visit where everything.price > 30');
\echo :LAST_ERROR_SQLSTATE
CALL segments.refresh();
SELECT segments.segment_count('Visit where everything.price > 30');
-- A domain over jsonb is as good.
CREATE DOMAIN web.document AS jsonb CHECK (jsonb_typeof(VALUE) = 'object');
ALTER TABLE web.visit ALTER props TYPE web.document;
CALL segments.refresh();
SELECT segments.segment_count('Visit where everything.price > 30');
-- Dropped with its column, and declared for another of the name.
ALTER TABLE web.visit DROP COLUMN props;
CALL segments.refresh();
SELECT segments.segment_count('Visit where everything.price > 30');
ALTER TABLE web.visit ADD COLUMN props jsonb DEFAULT '{"price": 31}';
SELECT segments.segment_count('Visit where props.price > 30');
CALL segments.refresh();
SELECT segments.segment_count('Visit where props.price > 30');

-- Large documents, and ones of many members.
INSERT INTO web.visit (contact, at, props) SELECT 'c1', '2026-03-05', jsonb_build_object('price', 77, 'pad', repeat('x', 20000000));
INSERT INTO web.visit (contact, at, props) SELECT 'c2', '2026-03-05', jsonb_object_agg('member ' || i, i) || '{"price": 78}' FROM generate_series(1, 10000) i;
CALL segments.refresh();
SELECT segments.segment_count('Visit where props.price = 77'), segments.segment_count('Visit where props.price = 78');
UPDATE web.visit SET props = '{"price": 79}' WHERE contact IN ('c1', 'c2') AND at = '2026-03-05';
CALL segments.refresh();
SELECT segments.segment_count('Visit where props.price >= 77'), segments.segment_count('Visit where props.price = 79');
-- At most so many of a type.
SELECT count(segments.add_json_field('Click', 'properties.m' || i)) FROM generate_series(1, 3) i;
DO $$ BEGIN PERFORM segments.add_json_field('Click', 'properties.n' || i) FROM generate_series(1, 497) i; END $$;

-- Hints write names of columns as they must be written.
CREATE TABLE web.mail (contact text, at timestamptz, "from" jsonb, "To whom" jsonb);
SELECT segments.register_interaction('web.mail', 'Mail', 'at', 'contact', record_type => 'contact') > 0;
INSERT INTO web.mail VALUES ('c3', '2026-03-06', '{"host": "example.org"}', '{"host": "example.com"}');
SELECT segments.segment_count('Mail where "from".host = ''example.org''');
SELECT segments.segment_count('Mail where "To whom".host = ''example.com''');
SELECT segments.add_json_field('Mail', '"from".host', 'text'), segments.add_json_field('Mail', '"To whom".host', 'text');
CALL segments.refresh();
SELECT segments.segment_count('Mail where "from".host = ''example.org'''), segments.segment_count('Mail where "To whom".host = ''example.com''');

-- Erased with the person.
SELECT segments.erase_profile('p1') IS NOT NULL AS erased;
SELECT * FROM segments.forgotten('p1') WHERE occurrences > 0;
SELECT segments.detach_all();
DROP SCHEMA web CASCADE;
DROP OWNED BY segments_test_json, segments_test_json_reader;
DROP ROLE segments_test_json, segments_test_json_reader;

-- Names for people: of types, fields, relations, record types and segments.
SET TimeZone = 'UTC';
\set SHOW_CONTEXT never
CREATE ROLE segments_test_namer;
CREATE ROLE segments_test_other_namer;
CREATE SCHEMA web;
GRANT USAGE ON SCHEMA web TO PUBLIC;
CREATE TABLE web.visit (contact text, guest text, at timestamptz, page text, note text, amount numeric, at_range tstzrange);
CREATE TABLE web.click (contact text, at timestamptz, page text);
CREATE TABLE web.person (contact text PRIMARY KEY, person text);
ALTER TABLE web.visit OWNER TO segments_test_namer;
GRANT SELECT ON ALL TABLES IN SCHEMA web TO segments_test_namer, segments_test_other_namer;
SET client_min_messages = warning;
SELECT segments.register_interaction('web.visit', 'Visit', 'at', 'contact', record_type => 'contact', aliases => '{PageView}',
    relations => '[{"name": "guest", "display_name": "Guest", "record_id_column": "guest", "record_type": "contact"}]',
    fields => '[{"column": "page", "name": "Page", "display_name": "Page seen", "references": "page", "note": "without host"}]');
SELECT segments.register_interaction('web.click', 'Click', 'at', 'contact', record_type => 'contact');
SELECT segments.register_unification('web.person', record_type => 'contact', record_id_column => 'contact', profile_id_column => 'person');
INSERT INTO web.visit SELECT 'c' || i, 'c' || i + 1, timestamptz '2026-03-01', 'p' || i % 3, 'n' || i % 2, i % 4 FROM generate_series(1, 40) i;
INSERT INTO web.person SELECT 'c' || i, 'p' || i / 2 FROM generate_series(1, 40) i;
CALL segments.refresh();
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA segments TO segments_test_namer, segments_test_other_namer;
SELECT segments.create_segment('by display', 'Visit where "Page seen" = ''p1''');
SET client_min_messages = notice;

-- By the owner of the table.  Nothing is read again.
SELECT count(*) AS rows_behind FROM segments.fragment_status \gset before_
SET ROLE segments_test_namer;
SELECT segments.set_display_name('type', 'pageview', 'Besuch der "Seite"');
SELECT segments.set_display_name('field', 'page seen', 'from', of_type => 'Visit');
SELECT segments.set_display_name('field', 'amount', 'Höhe', 'Visit'), segments.set_display_name('field', 'at_range', 'Spanne', 'Visit');
SELECT segments.set_display_name('relation', 'GUEST', 'Begleitung', 'Visit'), segments.set_display_name('relation', 'profile', 'Wer', 'Visit');
RESET ROLE;
SELECT segments.set_display_name('record type', 'lead', 'Interessent');
SELECT name, display_name, aliases FROM segments.interaction_type ORDER BY name;
SELECT name, display_name, refers_to, note FROM segments.interaction_fields('Visit') WHERE name <> display_name;
SELECT name, display_name, record_id_column, is_default FROM segments.interaction_relation ORDER BY type_id, name;
SELECT * FROM segments.record_type ORDER BY name;
SELECT segments.segment_count('"besuch der ""seite""" where "from" = ''p1'' and HÖHE > 1') AS as_written, segments.segment_count('Visit where Page = ''p1'' and amount > 1') AS as_technical;
SELECT segments.definition_text('Visit where (Page = ''p1'' or amount > 1)', 'display');
-- What was saved by the former display name goes on meaning the same.
SELECT definition FROM segments.segment_overview;
SELECT count(*) = :before_rows_behind AS nothing_read FROM segments.fragment_status;

-- Taken away.
SELECT segments.set_display_name('field', 'amount', NULL, 'Visit'), segments.set_display_name('type', 'Visit', NULL), segments.set_display_name('relation', 'guest', NULL, 'Visit'),
    segments.set_display_name('record type', 'lead', NULL);
SELECT (SELECT display_name FROM segments.interaction_type WHERE name = 'Visit') AS type, (SELECT display_name FROM segments.interaction_fields('Visit') WHERE name = 'amount') AS field,
    (SELECT display_name FROM segments.interaction_relation WHERE name = 'guest') AS relation, (SELECT display_name FROM segments.record_type WHERE name = 'lead') AS record_type;

-- Names that others answer to are told.
SELECT segments.set_display_name('type', 'Visit', 'click');
SELECT segments.set_display_name('field', 'note', 'From', 'Visit');
SELECT segments.set_display_name('field', 'note', 'amount', 'Visit');
-- A column goes by its own name, whatever others are called.
SELECT segments.set_display_name('field', 'note', 'guest', 'Visit');
SELECT segments.segment_count('Visit where guest = ''c5''') AS by_column, segments.definition_text('Visit where (note = ''n1'' and guest = ''c5'')', 'display');
SELECT segments.set_display_name('field', 'note', NULL, 'Visit'), segments.set_display_name('type', 'Visit', NULL);

-- Segments: shown and searched for; definitions go by the name.
SET ROLE segments_test_namer;
SELECT segments.create_segment('s1', 'Visit', run => false), segments.set_display_name('segment', 's1', 'Treue Kunden');
SELECT segments.create_segment('s2', 'Visit', run => false), segments.set_display_name('segment', 's2', 'treue kunden');
SELECT name, display_name FROM segments.segment_overview ORDER BY name;
SELECT kind, name, display_name, written, distance FROM segments.find('treue');
SELECT offer, label FROM segments.complete_definition('segment ''Tre');
SELECT segments.segment_count('segment ''Treue Kunden''');
SELECT segments.copy_segment('s1', 's3', run => false), segments.set_display_name('segment', 's2', NULL);
SELECT name, display_name FROM segments.segment_overview ORDER BY name;
SET ROLE segments_test_other_namer;
-- What belongs to others: what may not be seen is not told either.
SELECT segments.create_segment('theirs', 'Visit', run => false), segments.set_display_name('segment', 'theirs', 'Treue Kunden');
SELECT segments.set_display_name('segment', 's1', 'mine');
SELECT segments.set_display_name('type', 'Visit', 'mine');
SELECT segments.set_display_name('field', 'page', 'mine', 'Visit');
SELECT segments.set_display_name('relation', 'guest', 'mine', 'Visit');
SELECT segments.set_display_name('record type', 'lead', 'mine');
RESET ROLE;

-- What is wrong.
SELECT segments.set_display_name('types', 'Visit', 'x');
SELECT segments.set_display_name('type', 'Vist', 'x');
SELECT segments.set_display_name('type', 'Visit', '');
SELECT segments.set_display_name('type', 'Visit', repeat('x', 256));
SELECT segments.set_display_name('type', 'Visit', 'x', 'Click');
SELECT segments.set_display_name('field', 'Page', 'x');
SELECT segments.set_display_name('field', 'pge', 'x', 'Visit');
SELECT segments.set_display_name('relation', 'host', 'x', 'Visit');
SELECT segments.set_display_name('record type', 'guest', 'x');
SELECT segments.set_display_name('segment', 'nothing', 'x');
SELECT segments.set_display_name(NULL, 'Visit', 'x');
SELECT segments.set_display_name('type', NULL, 'x');

SELECT segments.drop_segment(name, cascade => true) FROM segments.segment_overview;
DROP SCHEMA web CASCADE;
DROP OWNED BY segments_test_namer, segments_test_other_namer;
DROP ROLE segments_test_namer, segments_test_other_namer;

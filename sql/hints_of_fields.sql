-- Hints of fields, of members of documents, of names and of events, followed to the letter: what failed succeeds then.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\pset tuples_only on
\pset format unaligned
CREATE TABLE visited (contact text, friend text, at timestamptz, doc jsonb, old json, written text, amount numeric, due date, made timestamp, stay interval, spot uuid, a text COLLATE "C", b text);
INSERT INTO visited VALUES ('c1', 'c2', '2026-01-01', '{"n": 5, "x": 1.5, "when": "2026-01-01", "id": "k", "b": {"c": "d"}}', '{"k": "v"}', '{"k": "v"}', 5, '2026-01-02', '2026-01-02', '5 seconds', '00000000-0000-0000-0000-000000000005', 'a', 'a'),
    ('c2', 'c1', '2026-01-03', '{"n": 6}', NULL, '7', 6, '2026-01-01', '2026-01-02', NULL, NULL, 'a', 'b');
CREATE TABLE mapping (record_id text, profile_id text);
INSERT INTO mapping VALUES ('c1', 'p1'), ('c2', 'p2');
SELECT fails($$ SELECT segments.segment_count('any interaction') $$);
CALL segments.refresh();
SELECT fails($$ SELECT segments.segment_count('any interaction') $$);
SELECT segments.register_interaction('visited', 'Visited', 'at', 'contact', record_type => 'contact', relations => '[{"name": "friend", "record_type": "contact", "record_id_column": "friend"}]') > 0;
SELECT segments.register_unification('mapping', record_type => 'contact');
CALL segments.refresh();
SELECT segments.segment_count('any interaction');

\echo -- values
SELECT fails($$ SELECT segments.segment_count('Visited where stay = 5') $$);
SELECT segments.segment_count('Visited where stay = ''5''');
SELECT fails($$ SELECT segments.segment_count('Visited where spot = 5') $$);
SELECT segments.segment_count('Visited where spot = ''00000000-0000-0000-0000-000000000005''');
SELECT fails($$ SELECT segments.segment_count('Visited where length of amount = 1') $$);
SELECT segments.segment_count('Visited where length of written = 1');
SELECT fails($$ SELECT segments.segment_count('Visited where hour of due = 1') $$);
SELECT segments.segment_count('Visited where day of due = 1');
SELECT fails($$ SELECT segments.segment_count('Visited where month of amount = 1') $$);
SELECT segments.segment_count('Visited where month of made = 1');
SELECT fails($$ SELECT segments.segment_count('Visited where weekday of due = ''mon-day''') $$);
SELECT segments.segment_count('Visited where weekday of due = ''friday'''), segments.segment_count('Visited where weekday of due = 5');
SELECT fails($$ SELECT segments.segment_count('Visited where written matches ''(''') $$);
SELECT segments.segment_count('Visited where written matches ''\{''');
SELECT fails($$ SELECT segments.segment_count('any of (Visited, "visited")') $$);
SELECT segments.segment_count('Visited');

\echo -- times
SELECT fails($$ SELECT segments.segment_count('Visited on ''2026-01-01 12:00''') $$);
SELECT segments.segment_count('Visited on ''2026-01-01'''), segments.segment_count('Visited from ''2026-01-01'' to ''2026-01-01 18:00''');
SELECT fails($$ SELECT segments.segment_count('Visited where made on ''2026-01-01 12:00''') $$);
SELECT segments.segment_count('Visited where made on ''2026-01-02'''), segments.segment_count('Visited where made between ''2026-01-01 12:00'' and ''2026-01-02 12:00''');
SELECT fails($$ SELECT segments.segment_count('Visited where due within last 3 hours') $$);
SELECT segments.segment_count('Visited where due within last 3 days', '2026-01-03'), segments.segment_count('Visited where due within last 1 week', '2026-01-03');

\echo -- two fields
SELECT fails($$ SELECT segments.segment_count('Visited where a = b') $$);
ALTER TABLE visited ALTER COLUMN a TYPE text COLLATE "default";
CALL segments.refresh();
SELECT segments.segment_count('Visited where a = b');
SELECT fails($$ SELECT segments.segment_count('Visited where amount = due') $$);
SELECT segments.segment_count('Visited where due = made');
SELECT fails($$ SELECT segments.segment_count('Visited where due within 3 hours of made') $$);
SELECT segments.segment_count('Visited where due within 3 days of made'), segments.segment_count('Visited where due within 1 week of made');
SELECT fails($$ SELECT segments.segment_count('Visited where amount within 3 days of made') $$);
SELECT fails($$ SELECT segments.segment_count('Visited where ProfileId = written') $$);
SELECT segments.segment_count('Visited where ProfileId = ''c1''');

\echo -- values that a field has
SELECT fails($$ SELECT segments.field_values('Visited', 'Timestamp') $$);
SELECT fails($$ SELECT segments.field_values('Visited', 'ProfileType') $$);
SELECT value FROM segments.field_values('Visited', 'amount');
SELECT fails($$ SELECT segments.find_references('campaigns of others') $$);
SELECT segments.alter_interaction('Visited', fields => '[{"column": "b", "references": "campaigns of others"}]');
SELECT fails($$ SELECT segments.find_references('campains of others') $$);
SELECT field, value FROM segments.find_references('campaigns of others');

\echo -- members of documents
SELECT fails($$ SELECT segments.add_json_field('Visited', 'doc') $$);
SELECT segments.add_json_field('Visited', 'doc.member');
SELECT fails($$ SELECT segments.segment_count('Visited where doc.b.c = ''d''') $$);
SELECT segments.add_json_field('Visited', 'doc.b.c');
SELECT fails(format('SELECT segments.add_json_field(%L, %L, %L)', 'Visited', path, kind))
FROM (VALUES ('doc.n', 'int'), ('doc.x', 'real'), ('doc.when', 'timestamp'), ('doc.id', 'uuid'), ('doc.flag', 'boolaen'), ('doc.other', 'jsonb')) wrong (path, kind);
SELECT segments.add_json_field('Visited', 'doc.n', 'bigint'), segments.add_json_field('Visited', 'doc.x', 'double precision'), segments.add_json_field('Visited', 'doc.when', 'timestamptz'),
    segments.add_json_field('Visited', 'doc.id', 'text'), segments.add_json_field('Visited', 'doc.flag', 'boolean'), segments.add_json_field('Visited', 'doc.other', 'text');
SELECT fails($$ SELECT segments.add_json_field('Visited', 'doc.n', 'bigint') $$);
SELECT fails($$ SELECT segments.segment_count('Visited where doc.n = 5') $$);
CALL segments.refresh();
SELECT segments.segment_count('Visited where doc.n = 5');
SELECT fails($$ SELECT segments.add_json_field('Visited', 'doc.n', 'text') $$);
SELECT segments.drop_json_field('Visited', 'doc.n'); SELECT segments.add_json_field('Visited', 'doc.n', 'text');
SELECT fails($$ SELECT segments.drop_json_field('Visited', 'doc.memmber') $$);
SELECT segments.drop_json_field('Visited', 'doc.member');
SELECT fails($$ SELECT segments.drop_json_field('Visited', 'zzzzzzzzz') $$);
SELECT count(*) FROM segments.json_fields;
SELECT fails($$ SELECT segments.segment_count('Visited where old.k = ''v''') $$);
ALTER TABLE public.visited ALTER COLUMN old TYPE jsonb;
SELECT segments.add_json_field('Visited', 'old.k');
CALL segments.refresh();
SELECT segments.segment_count('Visited where old.k = ''v''');

\echo -- names for people
SELECT fails($$ SELECT segments.set_display_name('wholly other', 'Visited', 'Visit') $$);
SELECT segments.set_display_name('type', 'Visited', 'Visit');
SELECT fails($$ SELECT segments.set_display_name('field', 'amount', 'Sum') $$);
SELECT segments.set_display_name('field', 'amount', 'Sum', of_type => 'Visited');
SELECT fails($$ SELECT segments.set_display_name('type', 'Visited', 'Visit', 'Visited') $$);
SELECT fails($$ SELECT segments.set_display_name('type', 'Visited', '') $$);
SELECT segments.set_display_name('type', 'Visited', NULL);
SELECT fails($$ SELECT segments.set_display_name('relation', 'freind', 'Who came along', 'Visited') $$);
SELECT segments.set_display_name('relation', 'friend', 'Who came along', 'Visited');
SELECT fails($$ SELECT segments.set_display_name('record type', 'kontakt', 'Contact') $$);
SELECT segments.set_display_name('record type', 'contact', 'Contact');
SELECT segments.set_display_name('field', 'b', 'Sum', 'Visited');
SELECT fails($$ SELECT segments.segment_count('Visited where "Sum" is not null') $$);
SELECT segments.segment_count('Visited where amount is not null');
SELECT fails($$ SELECT segments.set_display_name('field', 'Sum', 'Total', 'Visited') $$);
SELECT segments.set_display_name('field', 'amount', 'Total', 'Visited');

\echo -- columns that name an event
CREATE COLLATION fields_any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE happened (contact text, at timestamptz, number int, name text COLLATE fields_any_case);
INSERT INTO happened VALUES ('c1', '2026-01-01', 1, 'begun'), ('c2', '2026-01-01', 2, 'ended');
SELECT fails($$ SELECT segments.register_events('happened', 'number', 'at', 'contact') $$);
ALTER TABLE public.happened ALTER COLUMN number TYPE text USING number::text;
SELECT segments.register_events('happened', 'number', 'at', 'contact') > 0;
SELECT segments.unregister_interaction('happened');
SELECT fails($$ SELECT segments.register_events('happened', 'name', 'at', 'contact') $$);
ALTER TABLE public.happened ALTER COLUMN name TYPE text COLLATE "default";
SELECT fails($$ SELECT segments.register_events('happened', 'name', 'at', 'contact', names => '[{"value": "begun", "alias": ["start"]}]') $$);
SELECT fails($$ SELECT segments.register_events('happened', 'name', 'at', 'contact', names => '[{"value": "begun", "aliases": "start"}]') $$);
SELECT segments.register_events('happened', 'name', 'at', 'contact', names => '[{"value": "begun", "aliases": ["start"]}]') > 0;
CALL segments.refresh();
SELECT segments.segment_count('start'), segments.segment_count('ended');
SELECT fails($$ SELECT segments.drop_event_type('happened', 'begunn') $$);
SELECT value FROM segments.event_catalog WHERE source = 'happened' ORDER BY 1;
SELECT segments.drop_event_type('happened', 'begun');

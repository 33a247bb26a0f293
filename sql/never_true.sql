-- What is accepted and can be true of nobody is told: parts of times that are none, windows that begin later, ids that are none.
SET TimeZone = 'UTC';
\set SHOW_CONTEXT never
CREATE TABLE visit (contact text, at timestamptz, page text, due date);
CREATE TABLE person (contact text, person bigint);
INSERT INTO visit SELECT i::text, timestamptz '2026-03-01 10:30' + i * interval '1 day', 'home', date '2026-03-01' + i FROM generate_series(1, 9) i;
INSERT INTO person SELECT i::text, i FROM generate_series(1, 9) i;
SELECT segments.register_interaction('visit', 'Visit', 'at', 'contact', record_type => 'contact') > 0 AS registered;
SELECT segments.register_unification('person', record_type => 'contact', record_id_column => 'contact', profile_id_column => 'person');
CALL segments.refresh();

CREATE TABLE asked (number int GENERATED ALWAYS AS IDENTITY, definition text);
INSERT INTO asked (definition) VALUES ('hour of Timestamp = 25'), ('hour of Timestamp >= 24'), ('hour of Timestamp < 0'), ('hour of Timestamp in (10, 25, 30)'), ('hour of Timestamp between 24 and 30'),
    ('hour of Timestamp between 22 and 6'), ('weekday of due = 0'), ('weekday of Timestamp = 8'), ('month of due = 13'), ('quarter of due = 5'), ('day of due = 32'), ('week of due = 54'), ('minute of Timestamp = 60'),
    ('length of page < 0'), ('year of due = 0'), ('(page = ''home'' and hour of Timestamp <> 25)'),
    ('hour of Timestamp = 10'), ('weekday of due in (1, 7)'), ('hour of Timestamp >= 23'), ('length of page >= 0'), ('year of due = 2026'), ('week of due = 53');
SELECT definition, segments.segment_count('Visit where ' || definition) AS members, message, "position"
FROM asked LEFT JOIN LATERAL segments.check_definition('Visit where ' || definition) ON true ORDER BY number, message;
SELECT note FROM segments.segment_explain('Visit where hour of Timestamp = 25 or Visit where hour of Timestamp = 1') WHERE note IS NOT NULL;
SELECT note FROM segments.segment_explain('Visit where hour of Timestamp = 25 or Visit where weekday of due in (0, 1)') WHERE note IS NOT NULL;
SELECT segments.create_segment('at 25', 'Visit where hour of Timestamp = 25');
-- What segments refer to is told where it may be seen.
SELECT note FROM segments.segment_explain('segment ''at 25''') WHERE note IS NOT NULL;

-- Aggregates between bounds of which the first is the greater one are refused, unless one of them moves.
ALTER TABLE visit ADD COLUMN amount numeric DEFAULT 3, ADD COLUMN score float8 DEFAULT 0.5;
CALL segments.refresh();
SELECT asked, (SELECT message || ' ' || detail || ' ' || hint FROM segments.check_definition('Visit having ' || asked) WHERE severity = 'error') AS refused
FROM unnest(ARRAY['sum(amount) between 5 and 2', 'avg(score) between 1 and 0.5', 'min(amount) between 5 and 2', 'max(score) not between 5 and -2',
    'count(distinct page) between 2 and 1', 'max(page) between ''b'' and ''a''', 'max(due) between ''2026-03-05'' and ''2026-03-01''',
    'min(Timestamp) between ''2026-03-05'' and ''2026-03-01''', 'min(Timestamp) between ''today'' and ''2026-03-01''',
    'sum(amount) between 2 and 5', 'max(page) between ''a'' and ''a''', 'sum(amount) between 10 and 9.5']) asked;
SELECT segments.segment_count('Visit having sum(amount) between 5 and 2');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('Visit having sum(amount) between 2 and 5');
SELECT segments.create_segment('between', 'Visit having max(amount) between 5 and 2');
\echo :LAST_ERROR_SQLSTATE
-- What was saved before runs.
SELECT segments.create_segment('between', 'Visit having max(amount) between 2 and 5');
UPDATE segments.segment SET definition = 'Visit having max(amount) between 5 and 2' WHERE name = 'between';
SELECT segments.run_segment('between'), segments.drop_segment('between');

-- Windows.
SELECT segments.create_segment('later', 'Visit since ''2130-01-01'' or Visit'), segments.create_segment('now', 'Visit since ''today'' or Visit this month or Visit since ''2026-01-01''');
SELECT segments.update_segment('now', 'Visit from ''2130-01-01'' to ''2131-01-01'' and not Visit but not since ''2130-01-01''');
SELECT "position", severity, message FROM segments.check_definition('Visit or Visit since ''2130-01-01''');
SELECT "position", severity, message FROM segments.check_definition('Visit within last 3 days');

-- Ids by hand: those that the unification's type never writes.
SET client_min_messages = warning;
SELECT segments.include_members('later', '{abc}');
SELECT segments.exclude_members('later', '{5,007}');
SELECT segments.exclude_members('later', '{5,7}');
SELECT segments.include_members('later', '{" +4"}');
SELECT segments.create_static_segment('listed', '{1.0}');
SELECT segments.create_static_segment('listed', '{9223372036854775807,-3,0,2}');
SELECT segments.unlist_members('later', '{007}');
SELECT segments.unregister_unification();
CREATE TABLE mapping (contact text, person uuid);
INSERT INTO mapping SELECT i::text, ('00000000-0000-0000-0000-00000000000' || i)::uuid FROM generate_series(1, 9) i;
SELECT segments.register_unification('mapping', record_type => 'contact', record_id_column => 'contact', profile_id_column => 'person');
CALL segments.refresh();
SELECT segments.include_members('later', '{00000000-0000-0000-0000-00000000000A}');
SELECT segments.include_members('later', '{00000000-0000-0000-0000-00000000000a}');
SELECT segments.include_members('later', '{p1}');

-- Words of SQL and of speech where the name of a type or of a field stands: hints that lead to what was meant.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
CREATE TABLE visit (contact text, at timestamptz, page text, amount int, due timestamptz, member boolean, "from" text, "today" text);
SELECT segments.register_interaction('visit', 'Visit', 'at', 'contact', record_type => 'contact') > 0 AS registered;
CREATE TABLE person (contact text PRIMARY KEY, person text);
SELECT segments.register_unification('person', record_type => 'contact', record_id_column => 'contact', profile_id_column => 'person');
INSERT INTO visit SELECT i::text, now() - i * interval '1 day', 'home', i, now() + i * interval '1 day', i % 2 = 0, 'x', 'y' FROM generate_series(1, 9) i;
INSERT INTO person SELECT i::text, i::text FROM generate_series(1, 9) i;
CALL segments.refresh();

-- A definition, what is told of it, and what the hint leads to: it can be evaluated.
CREATE TABLE habit (number int GENERATED ALWAYS AS IDENTITY, wrong text, followed text);
INSERT INTO habit (wrong, followed) VALUES
    ('everyone', 'all'),
    ('Visit yesterday or today', 'Visit yesterday or Visit today'),
    ('Visit at least once or twice', 'Visit at least once or Visit at least twice'),
    ('nobody', 'not all'),
    ('any within last 3 days', 'any interaction within last 3 days'),
    ('Visit where due > current_date', 'Visit where due > ''today'''),
    ('Visit where due > now', 'Visit where due > ''now'''),
    ('Visit where due > yesterday', 'Visit where due > ''yesterday'''),
    ('Visit where due > tomorrow', 'Visit where due > ''tomorrow'''),
    ('Visit where member = yes', 'Visit where member = true'),
    ('Visit where member = no', 'Visit where member = false'),
    ('Visit where count > 3', 'Visit having count > 3'),
    ('Visit where hour = 3', 'Visit where hour of Timestamp = 3'),
    ('Visit where page = home', 'Visit where page = ''home'''),
    ('Visit where page = "home"', 'Visit where page = ''home'''),
    ('Visit where pge = ''home''', 'Visit where page = ''home'''),
    ('Vist', 'Visit');
SELECT wrong, check_wrong.message, check_wrong.hint, coalesce(check_followed.message, 'accepted') AS followed
FROM habit
LEFT JOIN LATERAL segments.check_definition(wrong, false) check_wrong ON true
LEFT JOIN LATERAL segments.check_definition(followed, false) check_followed ON true
ORDER BY number;
SELECT followed, segments.segment_count(followed::segments.definition) FROM habit WHERE followed !~ 'hour' ORDER BY number;
-- A field that is called so is meant.
SELECT segments.segment_count('Visit where today = ''y'' exactly once'), segments.segment_count('Visit where page <> today');

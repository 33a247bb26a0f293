-- Tables with a column that names the event: each of its values is an interaction type.
SET client_min_messages = warning;
SET timezone = 'UTC';
CREATE TABLE mapping (record_type text, record_id text, profile_id text, PRIMARY KEY (record_type, record_id));
SELECT segments.register_unification('mapping');
CREATE TABLE web_event (at timestamptz, contact text, event text, amount int);
INSERT INTO mapping SELECT 'contact', 'c' || i, 'p' || i / 2 FROM generate_series(0, 99) i;
INSERT INTO web_event
SELECT '2026-03-01 12:00+00'::timestamptz + i * interval '1 hour', 'c' || i * 7 % 100, (ARRAY['signup', 'order completed', 'Signup', 'page_view', ''])[1 + i % 5], i % 13
FROM generate_series(0, 999) i;
SELECT segments.register_events('web_event', 'event', 'at', 'contact', names => '[{"value": "order completed", "display_name": "Purchase", "aliases": ["Order"]}]') > 0;
CALL segments.refresh();
SELECT * FROM segments.event_catalog ORDER BY value COLLATE "C";

-- Equal to plain SQL.
CREATE FUNCTION who(definition text) RETURNS text LANGUAGE sql AS $$
    SELECT count(*) || ' ' || coalesce(md5(string_agg(p, ',' ORDER BY p COLLATE "C")), '') FROM segments.profiles(segments.segment_eval(definition, '2026-04-20')) p
$$;
CREATE FUNCTION who_sql(condition text, at_least int DEFAULT 1) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answer text;
BEGIN
    EXECUTE format('SELECT count(*) || '' '' || coalesce(md5(string_agg(profile_id, '','' ORDER BY profile_id COLLATE "C")), '''') FROM (
        SELECT profile_id FROM web_event JOIN mapping ON record_id = contact WHERE %s GROUP BY 1 HAVING count(*) >= %s) found', condition, at_least) INTO answer;
    RETURN answer;
END $$;
SELECT definition, who(definition) = who_sql(condition, at_least) AS equal, who(definition) <> who('not all') AS somebody
FROM (VALUES
    ('signup at least 3', $$event = 'signup'$$, 3),
    ('Signup at least 3', $$event = 'Signup'$$, 3),
    ('"order completed" at least 4', $$event = 'order completed'$$, 4),
    ('Purchase where amount > 6 at least 2', $$event = 'order completed' AND amount > 6$$, 2),
    ('"order" where (amount > 6 or amount = 1) at least 2', $$event = 'order completed' AND (amount > 6 OR amount = 1)$$, 2),
    ('PAGE_VIEW since ''2026-03-20'' at least 2', $$event = 'page_view' AND at >= '2026-03-20'$$, 2),
    ('any of (signup, Purchase) at least 5', $$event IN ('signup', 'order completed')$$, 5),
    ('any of (signup, Signup, page_view) where amount < 3 at least 3', $$event IN ('signup', 'Signup', 'page_view') AND amount < 3$$, 3),
    ('any of (signup, web_event) at least 12', $$true$$, 12),
    ('web_event at least 12', $$true$$, 12),
    ('"web_event: " at least 4', $$event = ''$$, 4),
    ('any interaction at least 12', $$true$$, 12)) AS asked (definition, condition, at_least);
SELECT who('"web_event: signup" at least 3') = who('signup at least 3') AS by_source;
-- What differs in case alone is ambiguous in a third.
SELECT segments.segment_count('SIGNUP');
SELECT segments.segment_count('signups');
\set SHOW_CONTEXT never
-- Texts are saved with the names that events have, so that one that comes later changes nothing.
SELECT segments.create_segment('viewers', 'PAGE_VIEW at least 3 and not purchase', run => false);
SELECT definition FROM segments.saved_segment WHERE name = 'viewers';
INSERT INTO web_event VALUES ('2026-04-01', 'c1', 'PAGE_VIEW', 1), ('2026-04-01', 'c1', 'unheard of', 1);
CREATE TABLE shop_event (at timestamptz, contact text, kind text);
INSERT INTO shop_event VALUES ('2026-04-01', 'c1', 'signup'), ('2026-04-01', 'c1', 'WEB_EVENT'), ('2026-04-01', 'c1', 'order'), ('2026-04-01', 'c2', 'refund');
SELECT segments.register_events('shop_event', 'kind', 'at', 'contact', 'Shop', event_types => '{refund,chargeback}') > 0;
-- Found by refreshes: with a warning where something goes by the name.
CALL segments.refresh();
SELECT source, value, name, is_listed FROM segments.event_catalog ORDER BY source, value COLLATE "C";
SELECT segments.alter_events('Shop', takes_new => true);
CALL segments.refresh();
SELECT source, value, name, is_listed FROM segments.event_catalog WHERE source = 'Shop' ORDER BY source, value COLLATE "C";
SELECT definition FROM segments.saved_segment WHERE name = 'viewers';
SELECT who('"page_view" at least 3') = who_sql($$event = 'page_view'$$, 3) AS as_before, segments.segment_count('PAGE_VIEW'), segments.segment_count('"Shop: signup"'),
       segments.segment_count('"shop: order"'), segments.segment_count('refund');
-- A few at a time.
SET segments.new_event_types = 3;
INSERT INTO web_event SELECT '2026-04-02', 'c5', 'kind ' || i, 1 FROM generate_series(1, 7) i;
CALL segments.refresh();
SELECT count(*) FROM segments.event_catalog WHERE value LIKE 'kind %';
CALL segments.refresh();
CALL segments.refresh();
SELECT count(*) FROM segments.event_catalog WHERE value LIKE 'kind %';
CALL segments.refresh();
SELECT waiting FROM segments.event_source ORDER BY type_id;
INSERT INTO web_event VALUES ('2026-04-02', 'c5', repeat('x', 1025), 1);
CALL segments.refresh();
-- As many as there may be; what is forgotten makes room.
SELECT count(*) AS most FROM segments.event_type JOIN segments.interaction_type USING (type_id) WHERE name = 'web_event' \gset
SET segments.max_event_types = :most;
INSERT INTO web_event SELECT '2026-04-02', 'c5', 'late ' || i, 1 FROM generate_series(1, 2) i;
CALL segments.refresh();
SELECT segments.segment_count('web_event where event = ''late 1''');
INSERT INTO web_event VALUES ('2026-04-02', 'c5', 'kind 1', 1);
CALL segments.refresh();
SELECT segments.drop_event_type('web_event', 'kind 7');
CALL segments.refresh();
SELECT value FROM segments.event_catalog WHERE value ~ 'late|kind 7' ORDER BY value;
RESET segments.max_event_types;
CALL segments.refresh();
SELECT value FROM segments.event_catalog WHERE value ~ 'late|kind 7' ORDER BY value;
RESET segments.new_event_types;
-- A listed event that nothing has.
SELECT segments.segment_count('chargeback');
SET client_min_messages = notice;
SELECT segments.create_segment('charged back', 'chargeback', run => false);
SET client_min_messages = warning;
-- Names change, definitions go on meaning what they meant.
SELECT segments.create_segment('renamed', 'Purchase and "Shop: order"', run => false);
SELECT segments.alter_events('web_event', '[{"value": "order completed", "display_name": "Sale", "aliases": []}]');
SELECT segments.alter_interaction('Shop', new_name => 'Store');
CREATE TABLE sale (at timestamptz, contact text);
SELECT segments.register_interaction('sale', 'signup', 'at', 'contact') > 0;
SELECT definition FROM segments.saved_segment WHERE name = 'renamed';
SELECT name FROM segments.event_catalog WHERE value = 'signup';
SELECT segments.segment_count('signup');
CALL segments.refresh();
SELECT segments.segment_count('signup') AS registered, segments.segment_count('"web_event: signup" at least 3') > 0 AS event;
SELECT segments.unregister_interaction('signup');
-- Its column is renamed.
ALTER TABLE web_event RENAME event TO event_name;
SELECT segments.segment_count('page_view');
SELECT segments.alter_events('web_event', type_column => 'event_name');
SELECT segments.segment_count('page_view') > 0;
-- Help for writing, and what else takes the name of a type.
SELECT kind, type, name, written FROM segments.find('page_view') LIMIT 2;
SELECT offer, kind FROM segments.complete_definition('ref');
SELECT segments.definition_text('"ORDER COMPLETED" and page_view where AMOUNT = 1', names => n) FROM unnest('{display,technical}'::text[]) n;
SELECT name FROM segments.interaction_fields('refund');
SELECT type, fields FROM segments.timeline('p0', '{refund}');
SELECT count(*), count(DISTINCT fields ->> 'event_name') FROM segments.timeline('p1', '{"order completed",page_view}', 1000);
SELECT count(*) FROM web_event JOIN mapping ON record_id = contact WHERE profile_id = 'p1' AND event_name IN ('order completed', 'page_view');
SELECT * FROM segments.check_definition('refnd and page_view where amount = 1');
-- Who may not read the column is told of no event, whether there is one or not.
CREATE ROLE events_reader;
GRANT SELECT (at, contact, amount) ON web_event TO events_reader;
GRANT EXECUTE ON FUNCTION segments.segment_count(segments.definition, timestamptz) TO events_reader;
SET ROLE events_reader;
SELECT count(*) FROM segments.event_catalog;
SELECT segments.segment_count('page_view');
SELECT segments.segment_count('page_vieww');
SELECT segments.segment_count('"web_event: page_view"');
SELECT segments.definition_text('"ORDER COMPLETED"', names => 'display');
SELECT segments.register_events('web_event', 'event_name', 'at', 'contact');
SELECT segments.alter_events('web_event', takes_new => false);
SELECT value FROM segments.event_type;
RESET ROLE;
-- What is wrong when it is registered, and how to right it.
CREATE TABLE wrong (at timestamptz, contact text, kind text, number int, mood char(3));
SELECT segments.register_events('wrong', 'type', 'at', 'contact');
SELECT segments.register_events('wrong', 'number', 'at', 'contact');
ALTER TABLE wrong ALTER COLUMN number TYPE text USING number::text;
SELECT segments.register_events('wrong', 'mood', 'at', 'contact');
SELECT segments.register_events('wrong', NULL, 'at', 'contact');
SELECT segments.register_events('wrong', 'kind', 'at', 'contact', names => '{}');
SELECT segments.register_events('wrong', 'kind', 'at', 'contact', names => '[{"display_name": "x"}]');
SELECT segments.register_events('wrong', 'kind', 'at', 'contact', names => '[{"value": "x", "display": "x"}]');
SELECT segments.register_events('wrong', 'kind', 'at', 'contact', names => '[{"value": "x", "aliases": "y"}]');
SELECT segments.register_events('wrong', 'kind', 'at', 'contact', names => '[{"value": "x", "aliases": ["PAGE_view"]}]');
SELECT segments.register_events('wrong', 'kind', 'at', 'contact', names => '[{"value": "x", "display_name": "Store"}]');
SELECT segments.register_events('wrong', 'kind', 'at', 'contact', names => '[{"value": "x", "aliases": ["y"]}, {"value": "z", "aliases": ["Y"]}]');
SELECT segments.alter_events('nothing');
SELECT segments.register_interaction('wrong', 'Wrong', 'at', 'contact') > 0;
SELECT segments.alter_events('Wrong');
SELECT segments.unregister_interaction('Wrong');
SELECT segments.register_events('wrong', 'number', 'at', 'contact', 'Wrong') > 0;
-- An enum, a partitioned table, rows that are updated and deleted.
CREATE TYPE kind AS ENUM ('begun', 'ended');
CREATE TABLE run_event (at timestamptz, contact text, kind kind) PARTITION BY RANGE (at);
CREATE TABLE run_event_1 PARTITION OF run_event FOR VALUES FROM ('2026-01-01') TO ('2026-03-01');
CREATE TABLE run_event_2 PARTITION OF run_event FOR VALUES FROM ('2026-03-01') TO ('2027-03-01');
SELECT segments.register_events('run_event', 'kind', 'at', 'contact') > 0;
INSERT INTO run_event SELECT '2026-01-15'::timestamptz + i * interval '9 hours', 'c' || i * 7 % 50, (ARRAY['begun', 'ended']::kind[])[1 + i % 2] FROM generate_series(1, 200) i;
CALL segments.refresh();
UPDATE run_event SET kind = 'begun' WHERE contact LIKE 'c1%';
DELETE FROM run_event WHERE contact LIKE 'c2%';
CALL segments.refresh();
SELECT name, segments.segment_count(segments.definition('"' || name || '" at least 2'), '2026-04-20') =
    (SELECT count(*) FROM (SELECT profile_id FROM run_event JOIN mapping ON record_id = contact WHERE kind::text = value AND at <= '2026-04-20' GROUP BY 1 HAVING count(*) >= 2) f) AS equal
FROM segments.event_catalog WHERE source = 'run_event' ORDER BY name;
-- A value that should not be a type, as it names a person.
INSERT INTO web_event VALUES ('2026-04-03', 'c9', 'mail to ann@example.com', 1);
CALL segments.refresh();
DELETE FROM web_event WHERE event_name LIKE 'mail to%';
CALL segments.refresh();
SELECT * FROM segments.forgotten('nobody', "values" => '{mail to ann@example.com}') ORDER BY place, detail COLLATE "C";
SELECT segments.drop_event_type('web_event', 'mail to ann@example.com');
SELECT * FROM segments.forgotten('nobody', "values" => '{mail to ann@example.com}') ORDER BY place, detail COLLATE "C";
SELECT segments.drop_event_type('web_event', 'mail to ann@example.com');
-- Whoever may insert rows changes nothing that others have saved: not by names behind those of sources, nor by cases, display names, names that became free.
CREATE TABLE left_event (at timestamptz, c text, e text);
CREATE TABLE right_event (at timestamptz, c text, e text);
INSERT INTO left_event VALUES ('2026-01-01', 'c1', 'joined'), ('2026-01-01', 'c1', 'Left');
INSERT INTO right_event VALUES ('2026-01-01', 'c20', 'joined'), ('2026-01-01', 'c30', 'paid'), ('2026-01-01', 'c20', ''), ('2026-01-01', 'c40', 'freed');
SELECT segments.register_events('left_event', 'e', 'at', 'c') > 0, segments.register_events('right_event', 'e', 'at', 'c', names => '[{"value": "paid", "display_name": "Payment"}, {"value": "", "display_name": "No name"}]') > 0;
CALL segments.refresh();
SELECT segments.create_segment(n, d, run => false) FROM (VALUES ('qualified', '"Right_Event: joined"'), ('display', '"right_event: payment"'), ('case', '"right_event: PAID"'),
    ('alias', 'payment'), ('empty', '"No name"'), ('freed', 'freed'), ('loud', 'LEFT')) AS v (n, d);
SELECT name, definition, segments.segment_count(definition::segments.definition) FROM segments.saved_segment WHERE name IN ('qualified', 'display', 'case', 'alias', 'empty', 'freed', 'loud') ORDER BY name;
SELECT segments.drop_event_type('right_event', 'freed');
INSERT INTO left_event SELECT '2026-01-02', 'c60', e FROM unnest('{right_event: joined,Right_Event: Joined,Payment,PAID,paid,freed,LEFT,left_event: Left,right_event: freed,No name}'::text[]) e;
INSERT INTO right_event SELECT '2026-01-02', 'c70', e FROM unnest('{Payment,payment,PAID,LEFT,freed,No name}'::text[]) e;
CALL segments.refresh();
SELECT source, value, name FROM segments.event_catalog WHERE source IN ('left_event', 'right_event') ORDER BY source, value COLLATE "C";
CREATE FUNCTION asked(definition text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN segments.segment_count(definition); EXCEPTION WHEN OTHERS THEN RETURN sqlerrm; END $$;
SELECT name, asked(definition) FROM segments.saved_segment WHERE name IN ('qualified', 'display', 'case', 'alias', 'empty', 'freed', 'loud') ORDER BY name;
-- Every name that the catalog shows leads there.
SELECT count(*), count(*) FILTER (WHERE asked('"' || replace(name, '"', '""') || '"') <> (
    SELECT count(DISTINCT profile_id)::text FROM (SELECT 'left_event' AS s, c, e FROM left_event UNION ALL SELECT 'right_event', c, e FROM right_event) t JOIN mapping ON record_id = c
    WHERE s = source AND e = value)) AS astray
FROM segments.event_catalog WHERE source IN ('left_event', 'right_event');
SELECT segments.definition_text('"No name"'), segments.definition_text('"No name"', names => 'display');
SELECT segments.unregister_interaction('left_event'), segments.unregister_interaction('right_event');
-- An event that goes by its source's name, as several types are shown by its own.
CREATE TABLE begun_1 (at timestamptz, contact text);
CREATE TABLE begun_2 (at timestamptz, contact text);
SELECT segments.register_interaction(t, t, 'at', 'contact') > 0 FROM (VALUES ('begun_1'), ('begun_2')) AS v (t);
SELECT segments.set_display_name('type', t, 'begun') FROM (VALUES ('begun_1'), ('begun_2')) AS v (t);
SELECT asked('begun'), asked('"run_event: begun"');
SELECT name FROM segments.event_catalog WHERE source = 'run_event' ORDER BY name;
SELECT segments.segment_count('"run_event: begunn"');
-- A name that a saved segment has lost is no new event's, where its other name has become ambiguous.
CREATE TABLE begun_3 (at timestamptz, contact text);
SELECT segments.register_interaction('begun_3', 'begun_3', 'at', 'contact') > 0;
SELECT segments.create_segment('lost', 'begun_1 and begun_3', run => false);
SELECT segments.set_display_name('type', t, 'begun_1') FROM (VALUES ('begun_2'), ('run_event')) AS v (t);
SELECT segments.unregister_interaction(t) FROM (VALUES ('begun_1'), ('begun_3')) AS v (t);
INSERT INTO web_event VALUES ('2026-04-03', 'c9', 'begun_3', 1);
CALL segments.refresh();
SELECT asked('begun_1'), asked('begun_3'), asked('"web_event: begun_3"');
SELECT segments.unregister_interaction('begun_2');
SELECT segments.drop_segment('lost');
-- Events go with their source.
SELECT segments.unregister_interaction('run_event');
SELECT count(*) FROM segments.event_type WHERE value = 'begun';
SELECT segments.segment_count('begun');
DROP OWNED BY events_reader;
DROP ROLE events_reader;

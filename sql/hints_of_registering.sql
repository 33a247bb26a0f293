-- What registering, and unregistering, tells of what it was given; each hint is followed to the letter.
SET TimeZone = 'UTC';
\set SHOW_CONTEXT never
\pset tuples_only on
\pset format unaligned
\echo -- nothing is registered
SET client_min_messages = error;
CALL segments.refresh();
RESET client_min_messages;
SELECT segments.segment_count('Order');
SELECT segments.unregister_interaction('Order');
\echo -- arguments in the wrong order
CREATE TABLE contact (contact_id text PRIMARY KEY, customer_id text);
CREATE TABLE ordered (contact_id text, at timestamptz, tags text[], numbers int[], weights numeric[], days date[], doc jsonb, place point, label text);
INSERT INTO contact VALUES ('c1', 'k1'), ('c2', 'k1'), ('c3', 'k2');
INSERT INTO ordered VALUES ('c1', '2026-03-01', '{value,b}', '{1}', '{1}', '{2026-01-01}', '{"key": "x"}', '(1,2)', 'l'),
    ('c3', '2026-03-02', '{a}', '{2}', '{2}', '{}', '{"key": "y"}', '(3,4)', 'm');
SELECT segments.register_unification('contact', 'contact_id', 'customer_id');
SELECT segments.alter_unification(profile_id_column => 'contact_id', record_id_column => 'customer_id');
SELECT segments.alter_unification(profile_id_column => 'customer_id', record_id_column => 'contact_id');
SELECT segments.unregister_unification();
-- The right order says nothing; nor does a mapping that is unique in both.
SELECT segments.register_unification('contact', 'customer_id', 'contact_id');
CREATE TABLE one_to_one (record_id text PRIMARY KEY, profile_id text UNIQUE);
SELECT segments_internal.note_exchanged_mapping('one_to_one', 'profile_id', 'record_id');
SELECT segments.register_interaction('ordered', 'Order', 'contact_id', 'at');
\echo -- columns that restrictions cannot test
SELECT segments.register_interaction('ordered', 'Order', record_id_column => 'contact_id', time_column => 'at') > 0 AS registered;
CALL segments.refresh();
SELECT segments.segment_count('Order where tags = ''value''');
SELECT segments.segment_count('Order where numbers = 1');
SELECT segments.segment_count('Order where weights = 1');
SELECT segments.segment_count('Order where days is null');
SELECT segments.segment_count('Order where doc is null');
SELECT segments.segment_count('Order where place is null');
ALTER TABLE public.ordered ADD COLUMN weights_value boolean GENERATED ALWAYS AS (1 = ANY (weights)) STORED;
ALTER TABLE public.ordered ADD COLUMN doc_key text GENERATED ALWAYS AS (doc ->> 'key') STORED;
ALTER TABLE public.ordered ADD COLUMN place_text text GENERATED ALWAYS AS (place::text) STORED;
CALL segments.refresh();
SELECT profile_id FROM segments.profiles(segments.segment_eval('Order where tags contains any of (''value'')')) profile_id;
SELECT profile_id FROM segments.profiles(segments.segment_eval('Order where numbers contains any of (1)')) profile_id;
SELECT profile_id FROM segments.profiles(segments.segment_eval('Order where weights_value = true')) profile_id;
SELECT profile_id FROM segments.profiles(segments.segment_eval('Order where doc_key = ''y''')) profile_id;
SELECT profile_id FROM segments.profiles(segments.segment_eval('Order where place_text = ''(3,4)''')) profile_id;
\echo -- a column that was renamed
SELECT segments.create_segment('labelled', 'Order where label = ''l''');
ALTER TABLE ordered RENAME label TO mark;
SELECT segments.segment_count('Order where label = ''l''');
SELECT segments.alter_interaction('Order', fields => '[{"column" : "mark", "name" : "label"}]');
SELECT segments.segment_count('Order where label = ''l''');
\echo -- triggers that are not enabled: all at once
ALTER TABLE ordered DISABLE TRIGGER ALL;
SELECT segments_internal.check_registered(type_id, NULL) FROM segments.interaction_type;
ALTER TABLE public.ordered ENABLE ALWAYS TRIGGER segments_log_change; ALTER TABLE public.ordered ENABLE ALWAYS TRIGGER segments_keep_stamp;
SELECT segments_internal.check_registered(type_id, NULL) FROM segments.interaction_type;
\echo -- saved segments that read the type: named to who may see them
CREATE ROLE hints_registrar;
CREATE ROLE hints_saver;
GRANT CREATE ON SCHEMA public TO hints_registrar;
ALTER TABLE ordered OWNER TO hints_registrar;
GRANT SELECT ON ordered TO hints_saver;
GRANT EXECUTE ON FUNCTION segments.unregister_interaction TO hints_registrar;
GRANT EXECUTE ON FUNCTION segments.create_segment TO hints_registrar, hints_saver;
SET ROLE hints_saver;
SELECT segments.create_segment('secret', 'not Order');
RESET ROLE;
SELECT segments.create_segment('everybody', 'all');
SET ROLE hints_registrar;
SELECT segments.create_segment('seen', 'Order at least 2 times');
BEGIN;
SELECT segments.unregister_interaction('Order');
ROLLBACK;
RESET ROLE;
BEGIN;
SELECT segments.unregister_interaction('Order');
ROLLBACK;
-- The hint: other definitions, or none.
SELECT segments.update_segment('labelled', 'all', run => false), segments.update_segment('seen', 'all', run => false), segments.drop_segment('secret');
SELECT segments.unregister_interaction('Order');
SELECT segments.drop_segment('labelled'), segments.drop_segment('seen'), segments.drop_segment('everybody');
DROP OWNED BY hints_registrar, hints_saver CASCADE;
DROP ROLE hints_registrar, hints_saver;
\echo -- columns that restrictions cannot test, each alone in its table
CREATE TYPE pair AS (first int, second text);
CREATE DOMAIN pairs AS pair CHECK (VALUE IS NOT NULL);
CREATE TYPE nothing AS (inner_pair pair);
-- Registers a table with one such column; adds what the notice's hint says, which is what the column's own hint says.
CREATE FUNCTION alone(type text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
    statement text;
    added text;
BEGIN
    DROP TABLE IF EXISTS lone;
    EXECUTE format('CREATE TABLE lone (contact_id text, at timestamptz, odd %s)', type);
    EXECUTE format('INSERT INTO lone VALUES (''c1'', ''2026-03-01'', %L)', value);
    PERFORM segments.register_interaction('lone', 'Lone', 'at', 'contact_id');
    IF (SELECT segments_internal.is_testable(atttypid) FROM pg_attribute WHERE attrelid = 'lone'::regclass AND attname = 'odd') THEN
        PERFORM segments.unregister_interaction('Lone');
        RETURN type || ': a field';
    END IF;
    hint := segments_internal.testable_column_hint('lone', 'odd');
    IF hint IS NULL THEN
        PERFORM segments.unregister_interaction('Lone');
        RETURN type || ': registered';
    END IF;
    statement := rtrim(substring(hint FROM 'ALTER TABLE .*$'), '.');
    EXECUTE statement;
    added := substring(statement FROM 'ADD COLUMN (\w+)');
    EXECUTE format('SELECT %I::text FROM lone', added) INTO value;
    PERFORM segments.unregister_interaction('Lone');
    RETURN format('%s: %s = %s, %s', type, substring(statement FROM 'ADD COLUMN .*$'), value,
        (SELECT segments_internal.is_testable(atttypid) FROM pg_attribute WHERE attrelid = 'lone'::regclass AND attname = added));
END
$$;
SET client_min_messages = warning;
SELECT alone(type, value) FROM (VALUES
    ('text[]', '{value}'), ('varchar(9)[]', '{a}'), ('int[]', '{1}'), ('int8[]', '{2}'), ('numeric[]', '{1}'), ('float8[]', '{1.5}'),
    ('date[]', '{2026-01-01}'), ('timestamptz[]', '{2026-01-01}'), ('uuid[]', '{00000000-0000-0000-0000-000000000001}'),
    ('boolean[]', '{true}'), ('jsonb[]', '{}'), ('point[]', '{"(1,2)"}'), ('int4range', '[1,5)'), ('numrange', '[1,5)'),
    ('daterange', '[2026-01-01,2026-02-01)'), ('tstzrange', '[2026-01-01,2026-02-01)'), ('int4multirange', '{[1,5)}'),
    ('int4range[]', '{"[1,5)"}'), ('pair', '(1,x)'), ('pairs', '(1,x)'), ('pair[]', '{"(1,x)"}'), ('nothing', '("(1,x)")'),
    ('json', '{"key" : "x"}'), ('jsonb', '{"key" : "x"}'), ('point', '(1,2)'), ('box', '(1,2),(3,4)'), ('path', '((1,2))'),
    ('bytea', '\x01'), ('bit(3)', '101'), ('varbit', '1'), ('inet', '10.0.0.1'), ('macaddr', '01:02:03:04:05:06'),
    ('tsvector', 'a:1'), ('tsquery', 'a'), ('xml', '<a/>'), ('xid', '1'), ('tid', '(0,1)'), ('pg_lsn', '0/1'), ('oid', '1'),
    ('regclass', 'pg_class'), ('"char"', 'c'), ('name', 'n'), ('money', '1'), ('timetz', '12:00+01'), ('interval', '1 day'),
    ('jsonpath', '$')) types (type, value);
RESET client_min_messages;
-- What the notice says: of the first column that can be helped, else of types.
CREATE TABLE lone_two (contact_id text, at timestamptz, whole nothing, days date[]);
SELECT segments.register_interaction('lone_two', 'LoneTwo', 'at', 'contact_id') > 0 AS registered;
CREATE TABLE lone_one (contact_id text, at timestamptz, whole nothing);
SELECT segments.register_interaction('lone_one', 'LoneOne', 'at', 'contact_id') > 0 AS registered;
-- Documents: their members become fields.
CREATE TABLE documented (contact_id text, at timestamptz, "The doc" jsonb);
INSERT INTO documented VALUES ('c1', '2026-03-01', '{"key": "x"}');
SELECT segments.register_interaction('documented', 'Documented', 'at', 'contact_id') > 0 AS registered;
SELECT field, kind FROM segments.discover_json_fields('Documented');
SELECT segments.add_json_field('Documented', '"The doc".key');
CALL segments.refresh();
SELECT segments.segment_count('Documented where "The doc".key = ''x''');

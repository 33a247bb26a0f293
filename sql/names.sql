-- Names of interaction types, fields and relations: what they may be, how they are found, what the JSON of registration takes.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE t (customer text, at timestamptz, note text, amount int);
CREATE TABLE other (customer text, at timestamptz);

-- Letters of any script, 63 characters of them.
SELECT segments.register_interaction('t', repeat('é', 64), 'at', 'customer');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.register_interaction('t', repeat('é', 63), 'at', 'customer') > 0 AS registered;
SELECT segments.unregister_interaction(repeat('É', 63));
SELECT segments.register_interaction('t', 'Été', 'at', 'customer', display_name => 'C''est l''été: "chaud" 100 %', aliases => '{"帰国","Ünïcode two"}') > 0 AS registered;
-- Found whatever the case, by any of its names, exactly as definitions find it.
SELECT count(*) FROM segments.interaction_fields('éTÉ');
SELECT count(*) FROM segments.interaction_fields('帰国');
SELECT count(*) FROM segments.interaction_fields('ÜNÏCODE TWO');
SELECT count(*) FROM segments.interaction_fields('c''est l''ÉTÉ: "chaud" 100 %');
-- Taken whatever the case.
SELECT segments.register_interaction('other', 'éTÉ', 'at', 'customer');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.register_interaction('other', 'Other', 'at', 'customer', aliases => '{"ünïcode TWO"}');
\echo :LAST_ERROR_SQLSTATE
-- No names.
SELECT segments.register_interaction('other', '', 'at', 'customer');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.register_interaction('other', '1st', 'at', 'customer');
SELECT segments.register_interaction('other', 'two words – of it', 'at', 'customer');
SELECT segments.register_interaction('other', 'semi;colon', 'at', 'customer');
SELECT segments.register_interaction('other', 'Other', 'at', 'customer', display_name => '');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.register_interaction('other', 'Other', 'at', 'customer', display_name => repeat('x', 256));
SELECT segments.register_interaction('other', 'Other', 'at', 'customer', aliases => ARRAY['a', NULL]);
\echo :LAST_ERROR_SQLSTATE
SELECT segments.register_interaction('other', 'Other', 'at', 'customer', aliases => ARRAY[E'two\nlines']);

-- Who is unknown is an error, with the nearest names.
SELECT * FROM segments.interaction_fields('Nope');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM segments.interaction_fields('Étés');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM segments.interaction_fields(NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT segments.unregister_interaction('Ete');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.create_interaction_tables(types => '{EmailOpend}');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.register_interaction('other', 'Other', 'at', 'customer', record_type => 'Contact');
\echo :LAST_ERROR_SQLSTATE
-- Two types of one display name.
SELECT segments.register_interaction('other', 'Other', 'at', 'customer', display_name => 'C''est l''été: "chaud" 100 %') > 0 AS registered;
SELECT * FROM segments.interaction_fields('C''EST l''été: "chaud" 100 %');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.unregister_interaction('Other');

-- The JSON of fields and relations: unknown keys are errors.
SELECT segments.register_interaction('other', 'Other', 'at', 'customer', fields => '[{"column": "at", "display": "When"}]');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.register_interaction('other', 'Other', 'at', 'customer', fields => '[{"column": "at", "colour": "red"}]');
SELECT segments.register_interaction('other', 'Other', 'at', 'customer', fields => '[{"name": "When"}]');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.register_interaction('other', 'Other', 'at', 'customer', fields => '{"at": "When"}');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.register_interaction('other', 'Other', 'at', 'customer', fields => '["at"]');
SELECT segments.register_interaction('other', 'Other', 'at', 'customer', fields => '[{"column": "at", "name": 7}]');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.register_interaction('other', 'Other', 'at', 'customer', fields => '[{"column": "at", "name": ""}]');
SELECT segments.register_interaction('other', 'Other', 'at', 'customer', fields => '[{"column": "at"}, {"column": "at"}]');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.register_interaction('other', 'Other', 'at', 'customer', fields => '[{"column": "at", "name": "É"}, {"column": "customer", "name": "é"}]');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.register_interaction('other', 'Other', 'at', 'customer', fields => '[{"column": "segments_xid"}]');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.register_interaction('other', 'Other', 'at', 'customer', relations => '[{"name": "friend", "record_type": "contact", "record_id_colum": "customer"}]');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.register_interaction('other', 'Other', 'at', 'customer', relations => '[{"name": "friend", "record_type": "contact"}]');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.register_interaction('other', 'Other', 'at', 'customer', relations => '[{"name": "friend", "record_id_column": "customer"}]');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.register_interaction('other', 'Other', 'at', 'customer', relations => '[{"name": "a b", "record_type": "contact", "record_id_column": "customer"}]');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.register_interaction('other', 'Other', 'at', 'customer', relations => '[{"name": "friend", "record_type": "contact", "record_id_column": "customer", "default": "yes"}]');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.register_interaction('other', 'Other', 'at', 'customer', relations => '[{"name": "a", "record_type": "contact", "record_id_column": "customer", "default": true}, {"name": "b", "record_type": "contact", "record_id_column": "customer", "default": true}]');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.register_interaction('other', 'Other', 'at', 'customer', relations => '[{"name": "Profile", "record_type": "contact", "record_id_column": "customer"}]');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) AS registered FROM segments.interaction_catalog(true);
SELECT segments.register_interaction('other', 'Other', 'at', 'customer',
    fields => '[{"column": "at", "name": "When", "display_name": "When it was", "references": null, "note": "a note"}]',
    relations => '[{"name": "friend", "display_name": "A friend", "record_type": "contact", "record_id_column": "customer", "default": false}]') > 0 AS registered;
SELECT name, display_name, note FROM segments.interaction_fields('Other') WHERE column_name = 'at';
SELECT relations FROM segments.interaction_catalog(true) WHERE name = 'Other';

-- The built-in types use the same keys.
SELECT DISTINCT key FROM segments.builtin_interaction_type, jsonb_array_elements(description -> 'fields') field, jsonb_object_keys(field) key ORDER BY key;
SELECT DISTINCT key FROM segments.builtin_interaction_type, jsonb_array_elements(description -> 'relations') relation, jsonb_object_keys(relation) key ORDER BY key;

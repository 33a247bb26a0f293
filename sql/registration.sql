-- Registering tables: the built-in ones, tables of one's own, and everything that is refused.
SET client_min_messages = warning;
\set VERBOSITY terse

-- All built-in types, with every field and the common ones.
SELECT count(*) FROM segments.create_interaction_tables();
SELECT count(*) AS types, sum(jsonb_array_length(fields)) = (
    SELECT sum(jsonb_array_length(description -> 'fields')) FROM segments.builtin_interaction_type) AS every_field_is_there
FROM segments.interaction_catalog(true);
SELECT name, display_name, group_name, aliases, relations FROM segments.interaction_catalog(true)
WHERE group_name = 'Events and forms' ORDER BY name;
SELECT count(*) FROM segments.interaction_catalog;
SELECT name, display_name, column_name, column_type, kind, usable FROM segments.interaction_fields('EventCheckIn') LIMIT 6;
SELECT attgenerated, format_type(atttypid, atttypmod) FROM pg_attribute
WHERE attrelid = 'interactions.email_opened'::regclass AND attname = 'segments_xid';
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'interactions.email_opened'::regclass ORDER BY tgname;
SELECT segments.create_interaction_tables('other', '{EmailOpened}');
SELECT count(*) FROM pg_namespace WHERE nspname = 'other';
SELECT segments.create_interaction_tables(types => '{NoSuchType}');

-- A table of one's own; columns of unusable types are listed as such.
CREATE SCHEMA shop;
CREATE TABLE shop.purchase (customer int, bought_at timestamptz, amount numeric, basket jsonb) PARTITION BY RANGE (bought_at);
CREATE TABLE shop.purchase_2026 PARTITION OF shop.purchase FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
SELECT segments.register_interaction('shop.purchase', 'Purchase', 'bought_at', 'customer', aliases => '{Bought}',
    fields => '[{"column": "amount", "name": "Amount", "display_name": "Amount paid"}]') > 0 AS registered;
SELECT name, display_name, kind, usable FROM segments.interaction_fields('purchase');
CREATE TABLE shop.purchase_2027 PARTITION OF shop.purchase FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
SELECT tgrelid::regclass, tgname, tgenabled FROM pg_trigger
WHERE tgrelid IN (SELECT relid FROM pg_partition_tree('shop.purchase')) ORDER BY tgrelid::regclass::text, tgname;

-- The other kind of stamp stamps every version, whatever is given.
CREATE TABLE shop.visit (customer text, visited_at timestamptz);
INSERT INTO shop.visit VALUES ('1', now());
SELECT segments.register_interaction('shop.visit', 'Visit', 'visited_at', 'customer', stamp => 'default') > 0 AS registered;
INSERT INTO shop.visit VALUES ('2', now(), '3');
SELECT customer, segments_xid IS NULL AS before_registration, segments_xid <> '3' AS stamped FROM shop.visit ORDER BY customer;
UPDATE shop.visit SET customer = customer;
SELECT count(*) FROM shop.visit WHERE segments_xid IS NULL;

-- What is refused gets an error and changes nothing.
CREATE TABLE shop.good (customer text, at timestamptz, not_a_time text, wrong_id timestamptz);
CREATE TABLE shop.parent (customer text, at timestamptz);
CREATE TABLE shop.child () INHERITS (shop.parent);
CREATE UNLOGGED TABLE shop.unlogged (customer text, at timestamptz);
CREATE TEMPORARY TABLE temporary (customer text, at timestamptz);
CREATE VIEW shop.view AS SELECT * FROM shop.good;
CREATE MATERIALIZED VIEW shop.materialized AS SELECT * FROM shop.good;
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE shop.foreign_table (customer text, at timestamptz) SERVER nowhere;
CREATE TABLE shop.guarded (customer text, at timestamptz);
ALTER TABLE shop.guarded ENABLE ROW LEVEL SECURITY;
CREATE TABLE shop.stamped (customer text, at timestamptz, segments_xid int);
CREATE TABLE shop.mixed (customer text, at timestamptz) PARTITION BY LIST (customer);
CREATE UNLOGGED TABLE shop.mixed_a PARTITION OF shop.mixed FOR VALUES IN ('a');
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT segments.register_interaction('shop.unlogged', 'Bad', 'at', 'customer');
SELECT segments.register_interaction('temporary', 'Bad', 'at', 'customer');
SELECT segments.register_interaction('shop.foreign_table', 'Bad', 'at', 'customer');
SELECT segments.register_interaction('shop.view', 'Bad', 'at', 'customer');
SELECT segments.register_interaction('shop.materialized', 'Bad', 'at', 'customer');
SELECT segments.register_interaction('shop.parent', 'Bad', 'at', 'customer');
SELECT segments.register_interaction('shop.purchase_2026', 'Bad', 'bought_at', 'customer');
SELECT segments.register_interaction('shop.mixed', 'Bad', 'at', 'customer');
SELECT segments.register_interaction('shop.guarded', 'Bad', 'at', 'customer');
SELECT segments.register_interaction('shop.stamped', 'Bad', 'at', 'customer');
SELECT segments.register_interaction('segments.record', 'Bad', 'at', 'customer');
SELECT segments.register_interaction('shop.good', 'Bad', 'no_column', 'customer');
SELECT segments.register_interaction('shop.good', 'Bad', 'not_a_time', 'customer');
SELECT segments.register_interaction('shop.good', 'Bad', 'at', 'wrong_id');
SELECT segments.register_interaction('shop.good', 'Bad', 'at', 'customer', record_type => 'nobody');
SELECT segments.register_interaction('shop.good', 'Bad', 'at', 'customer', 'customer', 'contact');
SELECT segments.register_interaction('shop.good', 'emailOPENED', 'at', 'customer');
SELECT segments.register_interaction('shop.good', 'Good', 'at', 'customer', aliases => '{smssent}');
SELECT segments.register_interaction('shop.good', 'two words', 'at', 'customer');
SELECT segments.register_interaction('shop.purchase', 'Again', 'bought_at', 'customer');
SELECT segments.register_interaction('shop.good', 'Good', 'at', 'customer', stamp => 'none');
SELECT segments.register_interaction('shop.good', 'Good', 'at', 'customer', fields => '[{"column": "nothing"}]');
SELECT segments.register_interaction(NULL, 'Good', 'at', 'customer');
SELECT segments.register_interaction('shop.good', 'Good', 'at', 'customer', relations => '[{"name": "friend", "record_type": "contact", "record_id_column": "nobody"}]');
SELECT segments.unregister_interaction('Bad');
SELECT segments.register_unification('shop.good');
SELECT segments.register_record_type('contact');
SELECT segments.register_record_type('');
SELECT count(*) FROM segments.interaction_catalog(true) WHERE source::text LIKE 'shop.%';
SELECT attname FROM pg_attribute WHERE attrelid = 'shop.good'::regclass AND attnum > 0 ORDER BY attnum;
SELECT segments.register_interaction('shop.guarded', 'Guarded', 'at', 'customer', acknowledge_row_security => true) > 0 AS acknowledged;

-- Another mapping instead of unified_profile.
CREATE TABLE shop.account (account_id uuid, customer bigint);
SELECT segments.unregister_unification();
SELECT segments.register_record_type('customer', 'Shop customer');
SELECT segments.register_unification('shop.account', profile_id_column => 'account_id', record_id_column => 'customer', record_type => 'customer');
SELECT source, record_type_column, record_type, record_id_column, profile_id_column FROM segments.unification;

-- Who may: nobody but the owner, unless granted.
CREATE ROLE segments_registrar;
GRANT USAGE, CREATE ON SCHEMA shop TO segments_registrar;
SET ROLE segments_registrar;
CREATE TABLE shop.mine (customer text, at timestamptz);
SELECT segments.register_interaction('shop.mine', 'Mine', 'at', 'customer');
SELECT count(*) > 30 AS may_look FROM segments.interaction_catalog(true);
RESET ROLE;
-- Names of 63 bytes in few characters, and two that begin alike.
CREATE TABLE shop."一二三四五六七八九十一二三四五六七八九十一" (rid text, at timestamptz);
CREATE TABLE shop."一二三四五六七八九十一二三四五六七八九十二" (rid text, at timestamptz);
SELECT segments.register_interaction('shop."一二三四五六七八九十一二三四五六七八九十一"', 'Cjk1', 'at', 'rid') > 0,
       segments.register_interaction('shop."一二三四五六七八九十一二三四五六七八九十二"', 'Cjk2', 'at', 'rid') > 0;
SELECT indrelid::regclass, count(*) FROM pg_index WHERE indrelid::regclass::text LIKE 'shop."一%' GROUP BY 1 ORDER BY 1;
SELECT segments.unregister_interaction('Cjk1'), segments.unregister_interaction('Cjk2');
SELECT count(*) FROM pg_index WHERE indrelid::regclass::text LIKE 'shop."一%';
DROP OWNED BY segments_registrar;
DROP ROLE segments_registrar;

-- Undone: the tables are as they were.
SELECT segments.unregister_interaction('purchase');
SELECT attname FROM pg_attribute WHERE attrelid = 'shop.purchase'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum;
SELECT count(*) FROM pg_trigger WHERE tgrelid IN (SELECT relid FROM pg_partition_tree('shop.purchase'));
DROP TABLE shop.visit;
SELECT segments.detach_all();
SELECT count(*) FROM segments.interaction_catalog(true);
SELECT count(*) FROM pg_attribute WHERE attname = 'segments_xid' AND NOT attisdropped AND attrelid::regclass::text NOT LIKE 'shop.stamped';
SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'segments%';
DROP EXTENSION segments;
SELECT count(*) FROM pg_class WHERE relnamespace = 'interactions'::regnamespace AND relkind = 'r';

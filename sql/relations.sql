-- Other references of an interaction to a person: via.
SET client_min_messages = warning;
SET timezone = 'Europe/Oslo';
\set SHOW_CONTEXT never
CREATE TABLE mapping (record_type text, record_id text, profile_id text, PRIMARY KEY (record_type, record_id));
SELECT segments.register_unification('mapping');
INSERT INTO mapping SELECT 'contact', 'c' || i, 'p' || i / 3 FROM generate_series(0, 299) i;
INSERT INTO mapping SELECT 'lead', 'l' || i, 'p' || i * 2 FROM generate_series(0, 49) i;
CREATE TABLE orders (id int PRIMARY KEY, buyer_id text, receiver_type text, receiver_id varchar(20), paid_by int, at timestamptz, amount numeric, note text);
-- Some refer to nobody, to themselves, or to somebody who is not mapped.
INSERT INTO orders SELECT i, CASE WHEN i % 17 <> 0 THEN 'c' || i * 7 % 310 END, CASE i % 5 WHEN 0 THEN 'lead' WHEN 1 THEN NULL ELSE 'contact' END,
    CASE i % 5 WHEN 0 THEN 'l' || i % 60 ELSE 'c' || i * 13 % 320 END, nullif(i % 11, 0), '2026-02-20'::timestamptz - i * interval '2 hours', i % 40, 'note ' || i % 7
FROM generate_series(1, 1200) i;
SELECT segments.register_interaction('orders', 'Orders', 'at', 'buyer_id', aliases => '{Order}',
    relations => '[{"name": "buyer", "display_name": "Bought by", "record_type": "contact", "record_id_column": "buyer_id", "default": true},
                   {"name": "payer", "record_type": "contact", "record_id_column": "paid_by"}]') > 0;
CREATE TABLE visit (contact_id text, at timestamptz);
INSERT INTO visit SELECT 'c' || i % 50, '2026-02-01'::timestamptz + i * interval '1 hour' FROM generate_series(0, 99) i;
SELECT segments.register_interaction('visit', 'Visit', 'at', 'contact_id') > 0;
CALL segments.refresh();

-- The default one has a name; others are to be registered.
SELECT segments.segment_count('Order via buyer') = segments.segment_count('Order') AS same;
SELECT segments.segment_count('Order via "bought BY"') = segments.segment_count('Order') AS same;
SELECT segments.segment_count('Order via receiver');
SELECT segments.segment_count('Order via payer');
SELECT segments.segment_count('Visit via "a person"');
SELECT segments.register_relation('Order', 'receiver');
SELECT segments.register_relation('Order', 'receiver', 'receiver_id', 'receiver_type', 'contact');
SELECT segments.register_relation('Order', 'receiver', 'nothing');
SELECT segments.register_relation('Order', 'receiver', 'amount');
SELECT segments.register_relation('Order', 'receiver', 'receiver_id', record_type => 'contakt');
SELECT segments.register_relation('Order', 'the receiver', 'receiver_id', 'receiver_type');
SELECT segments.register_relation('Order', 'BUYER', 'receiver_id', 'receiver_type');
SELECT segments.register_relation('Order', 'other', 'buyer_id');
SELECT segments.register_relation('Ordr', 'receiver', 'receiver_id');
SELECT segments.register_relation(NULL, 'receiver', 'receiver_id');
SELECT segments.register_relation('Order', 'receiver', 'receiver_id', 'receiver_type', display_name => 'Sent to'), segments.register_relation('Order', 'PAYER');
SELECT segments.register_relation('Order', 'receiver', 'receiver_id', 'receiver_type');
SELECT segments.register_relation('Order', 'receiver', 'paid_by');
-- Until a refresh has read it there is nothing to answer from; the default one answers.
SELECT segments.segment_count('Order via receiver');
SELECT segments.segment_count('Order where receiver_id = ''c1''') > 0 AS answers;
SELECT relation, is_default, state, rows, unresolved FROM segments.relation_catalog WHERE type = 'Orders';
CALL segments.refresh();
SELECT type, relation, display_name, record_id_column, record_type_column, record_type, is_default, state, rows, unresolved, erased FROM segments.relation_catalog;
SELECT count(*), count(*) FILTER (WHERE profile_id IS NULL) AS unresolved
FROM orders LEFT JOIN mapping ON (record_type, record_id) = (receiver_type, receiver_id) WHERE num_nulls(receiver_type, receiver_id) = 0;

-- Equal to plain SQL.
CREATE VIEW person AS SELECT DISTINCT profile_id FROM mapping;
CREATE FUNCTION by(relation text) RETURNS text LANGUAGE sql AS $$
    SELECT format('(SELECT profile_id, o.* FROM orders o JOIN mapping ON (record_type, record_id) = (%s) WHERE at <= ''2026-03-01 12:00+00'') o',
        CASE relation WHEN 'receiver' THEN 'receiver_type, receiver_id' WHEN 'payer' THEN '''contact'', paid_by::text' ELSE '''contact'', buyer_id' END) $$;
CREATE FUNCTION having_some(relation text, condition text, counted text DEFAULT 'true') RETURNS text LANGUAGE sql AS
    $$ SELECT format('SELECT profile_id FROM %s WHERE %s GROUP BY 1 HAVING %s', by(relation), condition, counted) $$;
CREATE FUNCTION differs(definition text, sql text, as_of timestamptz DEFAULT '2026-03-01 12:00+00') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    ours text[] := ARRAY(SELECT p FROM segments.profiles(segments.segment_eval(definition, as_of)) p ORDER BY p COLLATE "C");
    theirs text[];
BEGIN
    EXECUTE format('SELECT ARRAY(SELECT profile_id FROM (%s) asked ORDER BY profile_id COLLATE "C")', sql) INTO theirs;
    RETURN CASE WHEN ours = theirs THEN 'same, ' || CASE cardinality(ours) WHEN 0 THEN 'nobody' ELSE 'somebody' END
        ELSE format('differs: %s, SQL says %s', cardinality(ours), cardinality(theirs)) END;
END $$;
CREATE VIEW compared AS
SELECT definition, differs(definition, sql) FROM (VALUES
    ('Order', having_some('buyer', 'true')),
    ('Order via receiver', having_some('receiver', 'true')),
    ('Order via "sent to" at least 5', having_some('receiver', 'true', 'count(*) >= 5')),
    ('Order via receiver never', 'SELECT profile_id FROM person EXCEPT ' || having_some('receiver', 'true')),
    ('Orders where amount > 10 and note = ''note 3'' via receiver within last 30 days at least 2', having_some('receiver', $$amount > 10 AND note = 'note 3' AND at >= '2026-01-30 12:00+00'$$, 'count(*) >= 2')),
    ('Order via receiver where buyer_id = ''c7''', having_some('receiver', $$buyer_id = 'c7'$$)),
    ('Order via receiver where ProfileId = ''c39''', having_some('receiver', $$receiver_id = 'c39'$$)),
    ('Order via receiver where ProfileType = ''lead''', having_some('receiver', $$receiver_type = 'lead'$$)),
    ('Order where receiver_id = ''c39''', having_some('buyer', $$receiver_id = 'c39'$$)),
    ('Order via payer', having_some('payer', 'true')),
    ('Order via payer where ProfileId in (''5'', ''6'')', having_some('payer', 'paid_by IN (5, 6)')),
    ('Order via receiver and not Order via payer and Order', having_some('receiver', 'true') || ' INTERSECT ' || having_some('buyer', 'true') || ' EXCEPT ' || having_some('payer', 'true')),
    ('any of (Order, Visit) via buyer', 'SELECT NULL WHERE false')) asked (definition, sql)
WHERE definition NOT LIKE 'any of%';
SELECT * FROM compared;
-- Not all types have it.
SELECT segments.segment_count('any of (Order, Visit) via receiver');
SELECT segments.segment_count('any interaction via receiver');
SELECT segments.segment_count('Order via reciever');

-- References change: updated, emptied, deleted, added; rows that only change otherwise; rolled back.
UPDATE orders SET receiver_type = 'contact', receiver_id = 'c' || id % 40 WHERE id % 9 = 0;
UPDATE orders SET receiver_id = NULL WHERE id % 50 = 3;
UPDATE orders SET amount = amount + 1, paid_by = NULL WHERE id % 14 = 2;
DELETE FROM orders WHERE id % 21 = 4;
INSERT INTO orders SELECT 2000 + i, 'c' || i, 'lead', 'l' || i, i, '2026-02-25', 12, 'note 3' FROM generate_series(1, 30) i;
BEGIN; UPDATE orders SET receiver_id = 'c1'; DELETE FROM orders WHERE id % 2 = 0; ROLLBACK;
CALL segments.refresh();
SELECT * FROM compared;
-- People change: merged, split, renamed, gone.
UPDATE mapping SET profile_id = 'p1' WHERE record_id IN ('c10', 'c20', 'l5');
UPDATE mapping SET profile_id = 'q' || record_id WHERE profile_id = 'p7';
DELETE FROM mapping WHERE record_id LIKE 'c2_';
INSERT INTO mapping SELECT 'contact', i::text, 'payer' || i FROM generate_series(1, 8) i;
CALL segments.refresh();
SELECT * FROM compared;
TRUNCATE visit;
VACUUM FULL orders;
CALL segments.refresh();
SELECT * FROM compared WHERE differs NOT LIKE 'same%';
SELECT segments.rebuild();
CALL segments.refresh();
SELECT * FROM compared WHERE differs NOT LIKE 'same%';
-- In steps, one of which the refresh before was cancelled after.
SET segments.refresh_step_size = 1;
ALTER TABLE orders ALTER COLUMN note TYPE varchar;
VACUUM FULL orders;
CALL segments.refresh();
RESET segments.refresh_step_size;
SELECT * FROM compared WHERE differs NOT LIKE 'same%';
-- A writer that began before a relation is registered is waited for, and what follows is logged by it: tested by isolation.

-- It takes what reading the columns of that relation would take.
CREATE ROLE segments_test_sender;
GRANT SELECT (receiver_type, receiver_id, at, amount) ON orders TO segments_test_sender;
SET ROLE segments_test_sender;
SELECT segments.segment_count('Order via receiver where amount > 10') > 0 AS answers;
SELECT segments.segment_count('Order');
SELECT segments.segment_count('Order via payer');
SELECT segments.segment_count('Order via receiver where buyer_id = ''c7''');
SELECT name FROM segments.find('') WHERE kind = 'relation';
SELECT segments.register_relation('Order', 'noted', 'note');
RESET ROLE;
GRANT EXECUTE ON FUNCTION segments.register_relation, segments.drop_relation, segments.readmit_references TO segments_test_sender;
SET ROLE segments_test_sender;
SELECT segments.register_relation('Order', 'noted', 'note');
SELECT segments.drop_relation('Order', 'receiver');
SELECT segments.readmit_references('Order', 'receiver', 'contact', 'c1');
RESET ROLE;
DROP OWNED BY segments_test_sender;
DROP ROLE segments_test_sender;

-- Text, JSON, help.
SELECT 'Order   VIA  receiver never where amount = 1'::segments.definition;
SELECT segments.definition_json('Order via "Sent to" where amount = 1');
SELECT segments.definition_from_json('{"interaction": "Order", "via": "receiver"}');
SELECT segments.definition_from_json('{"interaction": "Order", "via": 3}');
SELECT segments.definition_text('orders via receiver where note = ''x''', names => 'display'), segments.definition_text('orders via "Sent to" where note = ''x''', names => 'technical');
SELECT offer, kind, label FROM segments.complete_definition('Order via ');
SELECT offer, kind, label FROM segments.complete_definition('any of (Order, Visit) via ');
SELECT offer, kind, label FROM segments.complete_definition('Order vi');
SELECT offer FROM segments.complete_definition('Order via receiver where note = ''note 3');
SELECT kind, type, name, display_name, written FROM segments.find('sent to');
SELECT severity, message, hint FROM segments.check_definition('Order via reciever and Order via receiver where nothing = 1');
SELECT segments.check_definition('Order via receiver where note = ''nobody writes this''') IS NOT NULL AS tells;
SELECT depth, node, members, note FROM segments.segment_explain('Order via receiver where note = ''nobody writes this'' and Order via payer', '2026-03-01 12:00+00');

-- A saved segment goes on meaning what it meant; what it names cannot be dropped.
SELECT segments.create_segment('receivers', 'Order via receiver where amount > 10') > 0, segments.create_segment('buyers', 'Order via buyer') > 0;
SELECT text, verdict, interactions = (SELECT count(*) FROM orders JOIN mapping ON (record_type, record_id) = (receiver_type, receiver_id) WHERE profile_id = 'p4' AND amount > 10) AS same
FROM segments.explain_member('receivers', 'p4');
SELECT segments.drop_relation('Order', 'receiver');
SELECT segments.drop_relation('Order', 'buyer');
SELECT segments.drop_relation('Order', 'bayer');
SELECT segments.alter_interaction('Order', relations => '[{"name": "consignee", "record_type_column": "receiver_type", "record_id_column": "receiver_id"},
    {"name": "payer", "record_type": "contact", "record_id_column": "paid_by"},
    {"name": "customer", "record_type": "contact", "record_id_column": "buyer_id", "default": true}]');
SELECT name, definition FROM segments.segment_overview ORDER BY name;
SELECT relation, state, rows FROM segments.relation_catalog WHERE type = 'Orders';
SELECT segments.set_display_name('relation', 'consignee', 'Goes to', 'Order');
SELECT segments.drop_relation('Order', 'payer');
SELECT segments.segment_count('Order via payer');
CALL segments.refresh();
SELECT relation, state, rows FROM segments.relation_catalog WHERE type = 'Orders';
SELECT differs('Order via "goes to"', having_some('receiver', 'true'));
-- A column that was renamed: said so, nothing is lost but the table is read again.
ALTER TABLE orders RENAME COLUMN receiver_id TO goes_to;
CALL segments.refresh();
SELECT sqlstate, reason FROM segments.refresh_status WHERE reason IS NOT NULL;
SELECT segments.alter_interaction('Order', relations => '[{"name": "consignee", "record_type_column": "receiver_type", "record_id_column": "goes_to"}]');
SELECT segments.segment_count('Order via consignee');
SET client_min_messages = error;
SELECT segments.segment_count('Order') > 0 AS answers;
SET client_min_messages = warning;
CALL segments.refresh();
ALTER TABLE orders RENAME COLUMN goes_to TO receiver_id;
SELECT segments.alter_interaction('Order', relations => '[{"name": "consignee", "record_type_column": "receiver_type", "record_id_column": "receiver_id"}]');
CALL segments.refresh();
SELECT differs('Order via consignee', having_some('receiver', 'true'));
SELECT name, definition, members > 0 AS some FROM segments.segment_overview ORDER BY name;
SELECT segments.unregister_interaction('Order');
SELECT count(*) FROM segments.fragment WHERE type_id NOT IN (SELECT type_id FROM segments.interaction_type);

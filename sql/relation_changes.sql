-- Relations of tables that change: conditions on rows, columns that go, tables that are swapped in, sources that freeze; with erasures amid.
SET client_min_messages = error;
SET TimeZone = 'UTC';
\set SHOW_CONTEXT never
CREATE SCHEMA web;
CREATE TABLE web.mapping (record_type text, record_id text, profile_id text, PRIMARY KEY (record_type, record_id));
INSERT INTO web.mapping SELECT 'contact', 'c' || n, 'p' || n FROM generate_series(1, 30) n;
SELECT segments.register_unification('web.mapping');
CREATE TABLE web.gift (giver text, receiver text, at timestamptz, note text, is_test boolean NOT NULL DEFAULT false, marks jsonb);
INSERT INTO web.gift SELECT 'c' || n % 30 + 1, 'c' || n * 7 % 30 + 1, '2026-01-01'::timestamptz + n * interval '1 hour', 'n' || n % 3, n / 30 % 3 = 0 FROM generate_series(0, 299) n;
SELECT segments.register_interaction('web.gift', 'Gift', 'at', 'giver', rows_where => 'NOT is_test') > 0;

-- Two relations by one column: the hint, followed to the letter, helps.
SELECT segments.register_relation('Gift', 'payer', 'giver');
DO $$
DECLARE
    hint text;
BEGIN
    PERFORM segments.register_relation('Gift', 'payer', 'giver');
EXCEPTION WHEN invalid_parameter_value THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    EXECUTE regexp_replace(hint, '^[^:]*: (.*)\.$', '\1');
END $$;
SELECT column_name, generation_expression FROM information_schema.columns WHERE table_schema = 'web' AND is_generated = 'ALWAYS' AND column_name <> 'segments_xid';
SELECT segments.register_relation('Gift', 'payer', 'payer_giver'), segments.register_relation('Gift', 'receiver', 'receiver');
CALL segments.refresh();
CREATE TABLE erased (record_id text);
-- Of the table that goes by the name now.
CREATE FUNCTION compared(relations text[] DEFAULT '{payer,receiver,profile}') RETURNS TABLE (relation text, same boolean) LANGUAGE sql AS $$
SELECT relation, ours = theirs AND ours <> '{}' AS same
FROM unnest(relations) relation
CROSS JOIN LATERAL (SELECT ARRAY(SELECT id FROM segments.profiles(segments.segment_eval(('Gift via ' || relation || ' at least 3')::segments.definition)) id ORDER BY id COLLATE "C") AS ours) asked
CROSS JOIN LATERAL (SELECT ARRAY(
    SELECT profile_id FROM web.gift JOIN web.mapping ON record_id = CASE relation WHEN 'receiver' THEN receiver ELSE giver END
    WHERE NOT is_test AND NOT EXISTS (SELECT FROM erased WHERE erased.record_id = mapping.record_id AND relation = 'receiver')
    GROUP BY 1 HAVING count(*) >= 3 ORDER BY profile_id COLLATE "C") AS theirs) sql $$;
SELECT * FROM compared();

-- Rows come to count, and cease to; what does not count names somebody who is erased, and counts later.
UPDATE web.gift SET is_test = NOT is_test WHERE note = 'n1';
CALL segments.refresh();
SELECT * FROM compared();
UPDATE web.gift SET receiver = CASE WHEN is_test THEN 'c4' ELSE 'c5' END WHERE receiver = 'c4';
UPDATE web.gift SET is_test = receiver = 'c4' WHERE receiver IN ('c4', 'c5');
CALL segments.refresh();
SELECT * FROM compared();
SELECT profiles FROM segments.erase_profile('p4');
INSERT INTO erased VALUES ('c4');
SELECT relation, erased FROM segments.relation_catalog WHERE type = 'Gift' ORDER BY 1;
UPDATE web.gift SET is_test = false WHERE receiver = 'c4';
INSERT INTO web.mapping VALUES ('contact', 'c4', 'back');
CALL segments.refresh();
SELECT * FROM compared();
SELECT segments.segment_count('Gift where receiver = ''c4''') AS value_of_a_field, (SELECT count(*) > 0 FROM web.gift WHERE receiver = 'c4') AS stays;
-- They cease to count: the reference stands there still.
UPDATE web.gift SET is_test = true WHERE receiver = 'c4';
CALL segments.refresh();
SELECT erased FROM segments.relation_catalog WHERE relation = 'receiver';
UPDATE web.gift SET is_test = false WHERE receiver = 'c4';
CALL segments.refresh();
SELECT * FROM compared();
-- A condition that fails for a row that is updated: the leaf is read whole, by all relations.
SELECT segments.alter_interaction('Gift', rows_where => 'NOT is_test AND coalesce((marks ->> ''n'')::int, 0) >= 0');
CALL segments.refresh();
UPDATE web.gift SET marks = '{"n": "1"}', receiver = 'c9' WHERE receiver = 'c8';
CALL segments.refresh();
SELECT * FROM compared();

-- The table is loaded anew and swapped in; somebody is erased before the refresh that follows the name.
CREATE TABLE web.gift_new (note text, marks jsonb, receiver text, is_test boolean NOT NULL DEFAULT false, at timestamptz, giver text,
    payer_giver text GENERATED ALWAYS AS (giver) STORED);
INSERT INTO web.gift_new (giver, receiver, at, note, is_test, marks) SELECT giver, receiver, at, note, is_test, marks FROM web.gift;
ALTER TABLE web.gift RENAME TO gift_old;
ALTER TABLE web.gift_new RENAME TO gift;
SELECT profiles FROM segments.erase_profile('p12');
INSERT INTO erased VALUES ('c12');
SELECT place, detail FROM segments.forgotten('p12', '{{contact,c12}}') ORDER BY 1, 2;
INSERT INTO web.mapping VALUES ('contact', 'c12', 'again');
CALL segments.refresh();
SELECT * FROM compared();
SELECT relation, state, erased FROM segments.relation_catalog WHERE type = 'Gift' ORDER BY 1;

-- A column that leads to records is dropped: the source freezes as a whole, and the hint leads out.
ALTER TABLE web.gift DROP COLUMN payer_giver;
UPDATE web.mapping SET profile_id = 'p1' WHERE profile_id IN ('p2', 'p3');
SET client_min_messages = warning;
CALL segments.refresh();
SET client_min_messages = error;
SELECT * FROM compared('{receiver}');
SELECT segments.segment_count('Gift via payer') > 0 AS as_an_earlier_refresh_has_seen_it;
SELECT profiles FROM segments.erase_profile('p13');
SELECT segments.drop_relation('Gift', 'payer');
-- Still frozen; the log has what was updated since.
UPDATE web.gift SET receiver = 'c14', note = 'n2' WHERE receiver = 'c13' AND at < '2026-01-05';
SELECT place, detail FROM segments.forgotten('p13', '{{contact,c13}}') WHERE place = 'segments.change_log';
SELECT profiles FROM segments.erase_profile('p13');
INSERT INTO erased VALUES ('c13');
SELECT place, detail FROM segments.forgotten('p13', '{{contact,c13}}') ORDER BY 1, 2;
CALL segments.refresh();
SELECT * FROM compared('{receiver,profile}');
SELECT relation, state, erased FROM segments.relation_catalog WHERE type = 'Gift' ORDER BY 1;
-- Of another type, by another name, as the default one.
ALTER TABLE web.gift ALTER COLUMN receiver TYPE varchar(20);
CALL segments.refresh();
SELECT * FROM compared('{receiver,profile}');
SELECT segments.create_segment('receivers', 'Gift via receiver at least 3') > 0, segments.create_segment('givers', 'Gift at least 3') > 0;
SELECT segments.alter_interaction('Gift', relations => '[{"name": "profile", "record_type": "contact", "record_id_column": "giver"},
    {"name": "receiver", "record_type": "contact", "record_id_column": "receiver", "default": true}]');
SELECT name, definition FROM segments.segment_overview ORDER BY name;
SELECT segments.segment_count('Gift');
CALL segments.refresh();
SELECT relation, is_default, state, erased FROM segments.relation_catalog WHERE type = 'Gift' ORDER BY 1;
-- The numbers of relations are drawn from those of types: neither takes the other's.
SELECT count(*) FROM segments.interaction_type JOIN segments.interaction_relation ON relation_id = interaction_type.type_id;
SELECT segments.unregister_interaction('Gift');
SELECT (SELECT count(*) FROM segments.erased_reference), (SELECT count(*) FROM segments.fragment), (SELECT count(*) FROM segments.interaction_relation);

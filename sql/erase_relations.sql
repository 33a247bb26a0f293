-- Erasures reach rows by every relation: their own rows go from all of them; rows of others lose the reference, in what is derived.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE mapping (record_type text, record_id text, profile_id text, PRIMARY KEY (record_type, record_id));
INSERT INTO mapping SELECT 'contact', 'c' || i, 'p' || i FROM generate_series(1, 20) i;
INSERT INTO mapping SELECT 'lead', 'l' || i, 'q' || i FROM generate_series(1, 20) i;
SELECT segments.register_unification('mapping');
CREATE TABLE gift (id int PRIMARY KEY, giver text, receiver_type text, receiver text, wrapped_by bpchar(5), at timestamptz, note text) PARTITION BY RANGE (id);
CREATE TABLE gift_1 PARTITION OF gift FOR VALUES FROM (0) TO (200);
CREATE TABLE gift_2 (note text, at timestamptz, wrapped_by bpchar(5), receiver text, receiver_type text, giver text, id int NOT NULL);
ALTER TABLE gift ATTACH PARTITION gift_2 FOR VALUES FROM (200) TO (100000);
INSERT INTO gift SELECT i, 'c' || i % 20 + 1, CASE i % 3 WHEN 0 THEN 'lead' ELSE 'contact' END, CASE i % 3 WHEN 0 THEN 'l' ELSE 'c' END || i % 7 + 1, 'c' || nullif(i % 4, 0) + 1, '2026-01-01'::timestamptz + i * interval '1 hour', 'note ' || i % 5
FROM generate_series(1, 400) i;
SELECT segments.register_interaction('gift', 'Gift', 'at', 'giver') > 0;
SELECT segments.register_relation('Gift', 'receiver', 'receiver', 'receiver_type'), segments.register_relation('Gift', 'wrapper', 'wrapped_by');
CALL segments.refresh();
-- The references that SQL sees, but for those of erased persons.
CREATE TABLE erased (record_type text, record_id text);
CREATE VIEW reference AS
SELECT relation, profile_id, gift.id, note, at FROM gift CROSS JOIN LATERAL (VALUES ('receiver', receiver_type, receiver), ('wrapper', 'contact', wrapped_by::text)) r (relation, record_type, record_id)
JOIN mapping USING (record_type, record_id) WHERE NOT EXISTS (SELECT FROM erased WHERE (erased.record_type, erased.record_id) = (r.record_type, r.record_id));
CREATE FUNCTION differs(definition text, relation text, condition text DEFAULT 'true', counted text DEFAULT 'true') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    ours text[] := ARRAY(SELECT p FROM segments.profiles(segments.segment_eval(definition)) p ORDER BY p COLLATE "C");
    theirs text[];
BEGIN
    EXECUTE format('SELECT ARRAY(SELECT profile_id FROM reference WHERE relation = %L AND (%s) GROUP BY 1 HAVING %s ORDER BY profile_id COLLATE "C")', relation, condition, counted) INTO theirs;
    RETURN CASE WHEN ours = theirs THEN 'same, ' || cardinality(ours) ELSE format('differs: %s, SQL says %s', ours, theirs) END;
END $$;
CREATE VIEW compared AS
SELECT number, result FROM (VALUES
    (1, differs('Gift via receiver', 'receiver')), (2, differs('Gift via wrapper', 'wrapper')),
    (3, differs('Gift via receiver at least 15', 'receiver', 'true', 'count(*) >= 15')), (4, differs('Gift via wrapper at least 70', 'wrapper', 'true', 'count(*) >= 70')),
    (5, differs('Gift via receiver where note = ''note 1'' at least 3', 'receiver', 'note = ''note 1''', 'count(*) >= 3'))) asked (number, result);
SELECT * FROM compared;
CREATE FUNCTION left_of(profile text, records text[]) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT format('%s: %s, %s', place, occurrences, detail) FROM segments.forgotten(profile, records, ARRAY[]::text[]) ORDER BY 1 $$;

-- Who gives is erased: the gifts are theirs, and go from those who received and wrapped them.
SELECT profiles, records, interactions FROM segments.erase_profile('p15');
SELECT count(*) FROM gift WHERE giver = 'c15';
SELECT * FROM compared;
SELECT left_of('p15', '{{contact,c15}}');
SELECT count(*) FROM segments.erased_reference;
CALL segments.refresh();
SELECT * FROM compared;
SELECT rows_added, rows_removed FROM segments.refresh ORDER BY refresh_id DESC LIMIT 1;

-- Who receives is erased, and wraps: the gifts of others stay, without them.
SELECT profiles, records, interactions FROM segments.erase_profile('p3');
INSERT INTO erased VALUES ('contact', 'c3');
SELECT count(*) > 0 AS kept FROM gift WHERE receiver = 'c3' AND receiver_type = 'contact';
SELECT * FROM compared;
SELECT left_of('p3', '{{contact,c3}}');
SELECT relation, erased FROM segments.relation_catalog WHERE NOT is_default;
SELECT octet_length(key_hash), position('c3'::bytea IN key_hash) FROM segments.erased_reference;
-- Neither is the reference a value of the field.
SELECT segments.segment_count('Gift where receiver = ''c4''') > 0 AS others, segments.segment_count('Gift where (receiver = ''c3'' and receiver_type = ''contact'')'),
    segments.segment_count('Gift via wrapper where (receiver = ''c3'' and receiver_type = ''contact'')'), segments.segment_count('Gift via receiver where wrapped_by = ''c3''');
-- No refresh brings it back: nothing new, the rows updated, the table read whole, rebuilt, rewritten, with new rows of that person.
CALL segments.refresh();
SELECT left_of('p3', '{{contact,c3}}');
UPDATE gift SET note = 'note 1' WHERE id % 2 = 0;
CALL segments.refresh();
SELECT rows_added = rows_removed AS both FROM segments.refresh ORDER BY refresh_id DESC LIMIT 1;
SELECT count(*) FROM segments.refresh WHERE rows_added > 300;
SELECT * FROM compared;
VACUUM FULL gift_2;
CALL segments.refresh();
SELECT * FROM compared;
SELECT segments.rebuild();
CALL segments.refresh();
INSERT INTO gift VALUES (900, 'c9', 'contact', 'c3', 'c3', '2026-02-01', 'note 1'), (901, 'c9', 'lead', 'l3', 'c4', '2026-02-01', 'note 1'), (902, 'c9', 'lead', 'c3', 'c4', '2026-02-01', 'note 1');
CALL segments.refresh();
SELECT * FROM compared;
SELECT left_of('p3', '{{contact,c3}}');
SELECT count(*) FROM segments.record WHERE record_id = 'c3' AND record_type = 'contact';

-- Once no row refers to them, that is forgotten, too.
UPDATE gift SET wrapped_by = NULL WHERE wrapped_by = 'c3';
CALL segments.refresh();
SELECT relation, erased FROM segments.relation_catalog WHERE NOT is_default;
DELETE FROM gift WHERE receiver = 'c3' AND receiver_type = 'contact' AND id < 300;
CALL segments.refresh();
SELECT relation, erased FROM segments.relation_catalog WHERE NOT is_default;
SELECT * FROM compared;
-- Somebody comes back under the same id.
INSERT INTO mapping VALUES ('contact', 'c3', 'back');
CALL segments.refresh();
SELECT segments.segment_count('Gift via receiver'), (SELECT count(DISTINCT profile_id) FROM reference WHERE relation = 'receiver');
SELECT segments.readmit_references('Gift', 'wrapper', 'contact', 'c3'), segments.readmit_references('Gift', 'receiver', 'contact', 'nobody');
SELECT segments.readmit_references('Gift', 'recever', 'contact', 'c3');
SELECT segments.readmit_references('Gift', 'receiver', 'contact', 'c3');
CALL segments.refresh();
DELETE FROM erased;
SELECT * FROM compared;

-- Erased between what is logged and the refresh; somebody of two records; within a transaction that goes back.
UPDATE gift SET receiver = 'c6' WHERE id % 10 = 5;
UPDATE gift SET giver = 'c12' WHERE id % 10 = 6;
DELETE FROM gift WHERE id % 10 = 7;
UPDATE mapping SET profile_id = 'p5' WHERE record_type = 'lead' AND record_id = 'l6';
BEGIN;
SELECT interactions > 0 AS some FROM segments.erase_profile('p5');
ROLLBACK;
SELECT count(*) FROM segments.erased_reference;
SELECT profiles, records FROM segments.erase_profiles('{p5,p12}');
INSERT INTO erased VALUES ('contact', 'c5'), ('lead', 'l6'), ('contact', 'c12');
SELECT left_of('p5', '{{contact,c5},{lead,l6}}');
CALL segments.refresh();
SELECT * FROM compared;
SELECT left_of('p5', '{{contact,c5},{lead,l6}}');
SELECT left_of('p12', '{{contact,c12}}');
-- A relation that leads by other columns keeps what was erased; one that is dropped does not.
SELECT count(*) > 0 AS some FROM segments.erased_reference;
SELECT segments.alter_interaction('Gift', relations => '[{"name": "to", "record_type_column": "receiver_type", "record_id_column": "receiver"},
    {"name": "wrapper", "record_type": "lead", "record_id_column": "wrapped_by"}]');
CALL segments.refresh();
SELECT relation, erased > 0 AS some FROM segments.relation_catalog WHERE NOT is_default;
SELECT segments.drop_relation('Gift', 'to'), segments.drop_relation('Gift', 'wrapper');
SELECT count(*) FROM segments.erased_reference;

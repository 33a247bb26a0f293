-- Statements on a table run as its owner: every leaf as its own.  Reading, looking up, comparing, erasing.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE segments_test_root;
CREATE ROLE segments_test_leaf;
CREATE SCHEMA leaves;
GRANT ALL ON SCHEMA leaves TO segments_test_root, segments_test_leaf;
CREATE TEMPORARY TABLE seen (who text, what text);
GRANT ALL ON pg_temp.seen TO PUBLIC;
CREATE FUNCTION leaves.take(what text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO pg_temp.seen VALUES (current_user, what);
    IF current_user NOT LIKE 'segments_test%' THEN
        RETURN true;
    END IF;
    BEGIN
        SET ROLE segments_test_root;
        INSERT INTO pg_temp.seen VALUES (current_user, 'escaped from a security-restricted operation');
    EXCEPTION WHEN insufficient_privilege THEN NULL;
    END;
    RETURN true;
END
$$;
CREATE FUNCTION leaves.trap(value text, what text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM leaves.take(what); RETURN value; END $$;
CREATE FUNCTION leaves.trigger_trap() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM leaves.take(lower(TG_OP || ' trigger of ' || TG_TABLE_NAME)); RETURN OLD; END $$;
CREATE TABLE leaves.opened (record_id text, occurred_at timestamptz, label text) PARTITION BY RANGE (occurred_at);
CREATE TABLE leaves.opened_1 PARTITION OF leaves.opened FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE leaves.opened_2 PARTITION OF leaves.opened FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE leaves.mapping (record_id text, profile_id text) PARTITION BY LIST (record_id);
CREATE TABLE leaves.mapping_1 PARTITION OF leaves.mapping FOR VALUES IN ('r1', 'r2', 'r3');
CREATE TABLE leaves.mapping_2 PARTITION OF leaves.mapping DEFAULT;
INSERT INTO leaves.opened SELECT 'r' || i, timestamptz '2025-07-01' + i * interval '40 days', 'x' FROM generate_series(1, 9) i;
INSERT INTO leaves.mapping SELECT 'r' || i, 'p' || i % 5 FROM generate_series(1, 9) i;
SELECT segments.register_interaction('leaves.opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_unification('leaves.mapping', record_type => 'contact');
ALTER TABLE leaves.opened OWNER TO segments_test_root;
ALTER TABLE leaves.opened_1 OWNER TO segments_test_root;
ALTER TABLE leaves.opened_2 OWNER TO segments_test_leaf;
ALTER TABLE leaves.mapping OWNER TO segments_test_root;
ALTER TABLE leaves.mapping_1 OWNER TO segments_test_root;
ALTER TABLE leaves.mapping_2 OWNER TO segments_test_leaf;
CREATE INDEX ON leaves.opened_1 (leaves.trap(label, 'index of opened_1')) WHERE leaves.trap('x', 'index of opened_1') > '';
CREATE INDEX ON leaves.opened_2 (leaves.trap(label, 'index of opened_2')) WHERE leaves.trap('x', 'index of opened_2') > '';
CREATE INDEX ON leaves.mapping_1 (leaves.trap(profile_id, 'index of mapping_1')) WHERE leaves.trap('x', 'index of mapping_1') > '';
CREATE INDEX ON leaves.mapping_2 (leaves.trap(profile_id, 'index of mapping_2')) WHERE leaves.trap('x', 'index of mapping_2') > '';
CREATE TRIGGER trap BEFORE DELETE ON leaves.opened_1 FOR EACH ROW EXECUTE FUNCTION leaves.trigger_trap();
CREATE TRIGGER trap AFTER DELETE ON leaves.opened_2 FOR EACH ROW EXECUTE FUNCTION leaves.trigger_trap();
CREATE TRIGGER trap BEFORE DELETE ON leaves.mapping_1 FOR EACH ROW EXECUTE FUNCTION leaves.trigger_trap();
-- One that would wait for the end of the transaction is fired at once.
CREATE CONSTRAINT TRIGGER trap AFTER DELETE ON leaves.mapping_2 DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION leaves.trigger_trap();
CREATE VIEW expected AS
SELECT (SELECT count(DISTINCT m.profile_id) FROM leaves.opened o JOIN leaves.mapping m USING (record_id)) AS opened,
    (SELECT count(DISTINCT profile_id) FROM leaves.mapping) AS everybody;
CREATE VIEW given AS SELECT segments.segment_count('Opened') AS opened, segments.segment_count('all') AS everybody;

-- The first mapping, and reading whole.  (In new sessions, because the server remembers what it has evaluated.)
\c
CREATE TEMPORARY TABLE seen (who text, what text);
GRANT ALL ON pg_temp.seen TO PUBLIC;
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CALL segments.refresh();
SELECT DISTINCT who, what FROM pg_temp.seen ORDER BY 1, 2;
SELECT g.*, g.opened = e.opened AND g.everybody = e.everybody AS exact FROM given g, expected e;
-- Changes.
INSERT INTO leaves.opened VALUES ('r10', '2026-06-01', 'y'), ('r1', '2025-06-01', 'y');
INSERT INTO leaves.mapping VALUES ('r10', 'p10');
UPDATE leaves.mapping SET profile_id = 'p4' WHERE record_id IN ('r2', 'r9');
\c
CREATE TEMPORARY TABLE seen (who text, what text);
GRANT ALL ON pg_temp.seen TO PUBLIC;
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CALL segments.refresh();
SELECT DISTINCT who, what FROM pg_temp.seen ORDER BY 1, 2;
SELECT g.*, g.opened = e.opened AND g.everybody = e.everybody AS exact FROM given g, expected e;
-- Comparing everything: records that left, moved, came, and stayed.
CREATE TABLE kept AS SELECT record_id, profile_id FROM leaves.mapping;
ALTER TABLE leaves.mapping_2 DISABLE TRIGGER trap;
TRUNCATE leaves.mapping;
INSERT INTO leaves.mapping (record_id, profile_id)
SELECT record_id, CASE WHEN record_id IN ('r1', 'r8') THEN 'p2' ELSE profile_id END FROM kept WHERE record_id NOT IN ('r3', 'r7')
UNION ALL VALUES ('r11', 'p1'), ('r12', 'p12');
ALTER TABLE leaves.mapping_2 ENABLE TRIGGER trap;
\c
CREATE TEMPORARY TABLE seen (who text, what text);
GRANT ALL ON pg_temp.seen TO PUBLIC;
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CALL segments.refresh();
SELECT DISTINCT who, what FROM pg_temp.seen ORDER BY 1, 2;
SELECT g.*, g.opened = e.opened AND g.everybody = e.everybody AS exact FROM given g, expected e;
SELECT record_id, profile_id FROM segments.record WHERE profile_id IS NOT NULL
EXCEPT SELECT record_id, profile_id FROM leaves.mapping;
-- A record that is mapped twice, found by comparing: what was known and a new row; two new rows.
TRUNCATE leaves.mapping_1;
INSERT INTO leaves.mapping (record_id, profile_id) VALUES ('r1', 'p2'), ('r2', 'p4'), ('r2', 'p9');
CALL segments.refresh();
\echo :LAST_ERROR_SQLSTATE
TRUNCATE leaves.mapping_1;
INSERT INTO leaves.mapping (record_id, profile_id) VALUES ('r1', 'p2'), ('r2', 'p4'), ('r2', 'p4');
CALL segments.refresh();
\echo :LAST_ERROR_SQLSTATE
TRUNCATE leaves.mapping_1;
INSERT INTO leaves.mapping (record_id, profile_id) VALUES ('r1', 'p2'), ('r3', 'p7'), ('r3', 'p8');
CALL segments.refresh();
\echo :LAST_ERROR_SQLSTATE
TRUNCATE leaves.mapping_1;
INSERT INTO leaves.mapping (record_id, profile_id) VALUES ('r1', 'p2'), ('r2', 'p4');
CALL segments.refresh();
SELECT g.*, g.opened = e.opened AND g.everybody = e.everybody AS exact FROM given g, expected e;

-- Erasing.
\c
CREATE TEMPORARY TABLE seen (who text, what text);
GRANT ALL ON pg_temp.seen TO PUBLIC;
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT records, interactions, mapping_rows FROM segments.erase_profile('p2');
SELECT records, interactions, mapping_rows FROM segments.erase_profile('p10');
SELECT DISTINCT who, what FROM pg_temp.seen ORDER BY 1, 2;
SELECT * FROM segments.forgotten('p2', '{{contact,r1},{contact,r8}}');
SELECT * FROM segments.forgotten('p4', '{{contact,r2}}') WHERE place LIKE 'leaves.%';
SELECT g.*, g.opened = e.opened AND g.everybody = e.everybody AS exact FROM given g, expected e;
-- What would wait elsewhere runs at once, as the owner of the leaf.
SET ROLE segments_test_leaf;
CREATE TABLE leaves.audited (record_id text);
CREATE CONSTRAINT TRIGGER later AFTER INSERT ON leaves.audited DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION leaves.trigger_trap();
CREATE FUNCTION leaves.audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO leaves.audited VALUES (OLD.record_id); RETURN OLD; END $$;
CREATE TRIGGER audit AFTER DELETE ON leaves.mapping_2 FOR EACH ROW EXECUTE FUNCTION leaves.audit();
RESET ROLE;
SELECT records FROM segments.erase_profile('p12');
SELECT count(*) AS still_mapped FROM leaves.mapping WHERE profile_id = 'p12';
DROP TRIGGER audit ON leaves.mapping_2;

-- An owner who may not read its own table.
INSERT INTO leaves.opened VALUES ('r12', '2026-06-01', 'z');
SET ROLE segments_test_leaf;
REVOKE SELECT ON leaves.opened_2 FROM segments_test_leaf;
RESET ROLE;
CALL segments.refresh();
\echo :LAST_ERROR_SQLSTATE
GRANT SELECT ON leaves.opened_2 TO segments_test_leaf;
REVOKE SELECT ON leaves.mapping_2 FROM segments_test_leaf;
CALL segments.refresh();
\echo :LAST_ERROR_SQLSTATE
GRANT SELECT ON leaves.mapping_2 TO segments_test_leaf;
-- A policy that is forced on owners hides nothing from a refresh.
ALTER TABLE leaves.mapping_2 ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CALL segments.refresh();
SELECT g.*, g.opened = e.opened AND g.everybody = e.everybody AS exact FROM given g, expected e;

ALTER TABLE leaves.mapping_2 NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;

-- Whoever alters, counts or drops needs the right; what does it is the owner.
CREATE ROLE segments_test_other;
GRANT USAGE ON SCHEMA segments_internal, leaves TO segments_test_other;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA segments, segments_internal TO segments_test_other;
SET ROLE segments_test_other;
SELECT segments_internal.run_as_owner((SELECT oid FROM pg_class WHERE relname = 'opened_2'), 'ALTER TABLE leaves.opened_2 ADD COLUMN mine int');
\echo :LAST_ERROR_SQLSTATE
SELECT segments_internal.run_as_owner(0, 'SELECT 1');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.unregister_interaction('Opened');
\echo :LAST_ERROR_SQLSTATE
SELECT segments_internal.delete_interactions(1, '2026-06-01');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM segments_internal.count_waiting_rows(1);
\echo :LAST_ERROR_SQLSTATE
SELECT segments_internal.delete_interactions(99, '2026-06-01');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT DELETE ON leaves.opened TO segments_test_other;
SET ROLE segments_test_other;
SELECT segments_internal.delete_interactions(1, '2026-06-01');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT SELECT (occurred_at) ON leaves.opened TO segments_test_other;
ALTER TABLE leaves.opened ENABLE ROW LEVEL SECURITY;
SET ROLE segments_test_other;
SELECT segments_internal.delete_interactions(1, '2026-06-01');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
ALTER TABLE leaves.opened DISABLE ROW LEVEL SECURITY;
GRANT SELECT ON leaves.opened TO segments_test_other;
\c
CREATE TEMPORARY TABLE seen (who text, what text);
GRANT ALL ON pg_temp.seen TO PUBLIC;
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SET ROLE segments_test_other;
SELECT rows FROM segments_internal.count_waiting_rows(1);
SELECT name, rows FROM segments.waiting_rows();
SELECT segments_internal.delete_interactions(1, '2025-12-01') > 0 AS deleted;
RESET ROLE;
SELECT DISTINCT who, what FROM pg_temp.seen ORDER BY 1, 2;
SELECT count(*) AS old FROM leaves.opened WHERE occurred_at < '2025-12-01';
-- What alters a table as a whole takes one owner.
SELECT segments.unregister_interaction('Opened');
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE leaves.opened_2 OWNER TO segments_test_root;
TRUNCATE pg_temp.seen;
SELECT segments.unregister_interaction('Opened');
SELECT segments.register_interaction('leaves.opened', 'Opened', 'occurred_at', 'record_id');
SELECT DISTINCT who FROM pg_temp.seen;

-- A column that was renamed after registration.
CALL segments.refresh();
ALTER TABLE leaves.opened RENAME record_id TO id;
SELECT segments.segment_count('Opened where ProfileId in (''r1'')');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.erase_profile('p4');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM segments.forgotten('p4', '{{contact,r2}}');
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE leaves.opened RENAME id TO record_id;
SELECT segments.segment_count('Opened where ProfileId in (''r12'')');

-- A schema of somebody else's, who could put other tables into the place of those that are made there.
CREATE SCHEMA squatted AUTHORIZATION segments_test_leaf;
SELECT segments.create_interaction_tables('squatted', '{EmailOpened}');
\echo :LAST_ERROR_SQLSTATE
ALTER SCHEMA squatted OWNER TO CURRENT_USER;
SELECT segments.create_interaction_tables('squatted', '{EmailOpened}');
SELECT segments.create_interaction_tables('public', '{EmailClicked}');

SET client_min_messages = error;
DROP EXTENSION segments CASCADE;
DROP OWNED BY segments_test_root, segments_test_leaf, segments_test_other CASCADE;
DROP ROLE segments_test_root, segments_test_leaf, segments_test_other;

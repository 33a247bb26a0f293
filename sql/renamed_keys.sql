-- The columns of time, records and profiles are found by name, and the name may have come to lead to another column: what is read of it
-- anew is what SQL says.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
CREATE TABLE visit (record_id text, at timestamptz, at2 timestamptz, other text, label text);
CREATE TABLE mapping (record_id text, profile_id text);
INSERT INTO visit SELECT i, '2026-03-01', '2020-01-01', 11 - i, 'old' FROM generate_series(1, 10) i;
INSERT INTO mapping SELECT i, 'p' || i FROM generate_series(1, 10) i;
SELECT segments.register_interaction('visit', 'Visit', 'at', 'record_id') > 0 AS registered;
SELECT segments.register_unification('mapping');
CREATE PROCEDURE exchange_names(changed regclass, a name, b name) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s RENAME %I TO exchanged', changed, a);
    EXECUTE format('ALTER TABLE %s RENAME %I TO %I', changed, b, a);
    EXECUTE format('ALTER TABLE %s RENAME exchanged TO %I', changed, b);
END $$;
CREATE FUNCTION visitors(condition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text; BEGIN
    EXECUTE format('SELECT string_agg(DISTINCT profile_id, '' '' ORDER BY profile_id) FROM visit JOIN mapping USING (record_id) WHERE %s', condition)
    INTO result;
    RETURN result;
END $$;
CREATE FUNCTION members(definition text) RETURNS text LANGUAGE sql AS
    $$SELECT string_agg(id, ' ' ORDER BY id) FROM segments.profiles(segments.segment_eval(definition::segments.definition)) id$$;
CREATE VIEW result AS SELECT members('Visit since ''2025-01-01''') AS since, members('Visit since ''2025-01-01''') IS NOT DISTINCT FROM visitors('at >= ''2025-01-01''') AS same_since,
    members('Visit before ''2025-01-01''') AS before, members('Visit before ''2025-01-01''') IS NOT DISTINCT FROM visitors('at < ''2025-01-01''') AS same_before;
CALL segments.refresh();
SELECT * FROM result;
-- Two columns change places, and rows with them.
CALL exchange_names('visit', 'at', 'at2');
CALL segments.refresh();
SELECT * FROM result;
DELETE FROM visit WHERE record_id = '4';
UPDATE visit SET at = '2026-04-01' WHERE record_id = '5';
CALL segments.refresh();
SELECT * FROM result;
SELECT members('Visit where at2 > ''2025-01-01''') = visitors('at2 > ''2025-01-01''') AS same_field;
DELETE FROM visit WHERE record_id > '5';
CALL exchange_names('visit', 'record_id', 'other');
CALL segments.refresh();
SELECT * FROM result;
-- One goes, and another comes by its name, without a row being rewritten.
ALTER TABLE visit DROP COLUMN at, ADD COLUMN at timestamptz DEFAULT '2026-05-01';
CALL segments.refresh();
SELECT * FROM result;
ALTER TABLE visit DROP COLUMN record_id;
ALTER TABLE visit ADD COLUMN record_id text DEFAULT '1';
CALL segments.refresh();
SELECT * FROM result;
INSERT INTO visit (record_id, at) VALUES ('2', '2026-05-01'), ('3', '2020-05-01');
CALL segments.refresh();
SELECT * FROM result;
-- What was logged while names led elsewhere is of other rows.
TRUNCATE visit;
INSERT INTO visit (record_id, at, at2) VALUES ('1', '2026-05-01', NULL), ('1', '2020-05-01', '2026-05-01'), ('2', '2020-05-01', NULL);
CALL segments.refresh();
SELECT * FROM result;
CALL exchange_names('visit', 'at', 'at2');
DELETE FROM visit WHERE at = '2026-05-01';
CALL exchange_names('visit', 'at', 'at2');
CALL segments.refresh();
SELECT * FROM result;
-- The mapping: its columns change places, one goes and comes back, and what was logged while the names led elsewhere.
CALL exchange_names('mapping', 'profile_id', 'record_id');
INSERT INTO mapping VALUES ('of 2', '2'), ('of 3', '3');
CALL segments.refresh();
SELECT members('all') = string_agg(DISTINCT profile_id, ' ' ORDER BY profile_id) AS same FROM mapping;
CALL exchange_names('mapping', 'profile_id', 'record_id');
CALL segments.refresh();
SELECT * FROM result;
CALL exchange_names('mapping', 'profile_id', 'record_id');
DELETE FROM mapping WHERE profile_id = '2';
CALL exchange_names('mapping', 'profile_id', 'record_id');
CALL segments.refresh();
SELECT * FROM result;
SELECT members('all') = string_agg(DISTINCT profile_id, ' ' ORDER BY profile_id) AS same FROM mapping;
ALTER TABLE mapping DROP COLUMN profile_id;
ALTER TABLE mapping ADD COLUMN profile_id text DEFAULT 'one';
CALL segments.refresh();
SELECT * FROM result;
SELECT members('all') = string_agg(DISTINCT profile_id, ' ' ORDER BY profile_id) AS same FROM mapping;
SELECT frozen FROM segments.refresh_status;
-- Rows that are written while another column goes by the stamp's name are not stamped: they count all the same, once names are as
-- they were, or while they are not.
SELECT segments.unregister_interaction('Visit');
TRUNCATE visit, mapping;
INSERT INTO mapping (record_id, profile_id) SELECT i, 'p' || i FROM generate_series(1, 10) i;
SELECT segments.register_interaction('visit', 'Visit', 'at', 'record_id', stamp => 'default') > 0 AS registered;
ALTER TABLE visit ADD COLUMN z xid8;
INSERT INTO visit (record_id, at) SELECT i, '2026-03-01' FROM generate_series(1, 4) i;
CALL segments.refresh();
CALL exchange_names('visit', 'segments_xid', 'z');
INSERT INTO visit (record_id, at, z) VALUES ('5', '2026-03-01', '3');
CALL exchange_names('visit', 'segments_xid', 'z');
CALL segments.refresh();
SELECT * FROM result;
CALL exchange_names('visit', 'segments_xid', 'z');
INSERT INTO visit (record_id, at, z) VALUES ('6', '2026-03-01', '3');
CALL segments.refresh();
SELECT * FROM result;
DELETE FROM visit WHERE record_id IN ('1', '6');
INSERT INTO visit (record_id, at) VALUES ('7', '2026-03-01');
CALL segments.refresh();
SELECT * FROM result;
CALL exchange_names('visit', 'segments_xid', 'z');
DELETE FROM visit WHERE record_id = '2';
CALL segments.refresh();
SELECT * FROM result;
SELECT frozen FROM segments.refresh_status;
-- The mapping's stamp likewise.
SELECT segments.unregister_unification();
SELECT segments.register_unification('mapping', stamp => 'default');
ALTER TABLE mapping ADD COLUMN z xid8;
CALL segments.refresh();
CALL exchange_names('mapping', 'segments_xid', 'z');
INSERT INTO mapping (record_id, profile_id, z) VALUES ('11', 'p11', '3');
CALL exchange_names('mapping', 'segments_xid', 'z');
CALL segments.refresh();
SELECT members('all') = string_agg(DISTINCT profile_id, ' ' ORDER BY profile_id) AS same FROM mapping;
SELECT segments.detach_all();
DROP VIEW result;
DROP FUNCTION visitors, members;
DROP PROCEDURE exchange_names;
DROP TABLE visit, mapping;

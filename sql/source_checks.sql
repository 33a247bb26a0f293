-- What was true of a table when it was registered is asked again by every refresh; what the hints say helps and loses nothing.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE opened (record_id text, occurred_at timestamptz, label text);
CREATE TABLE mapping (record_id text, profile_id text);
INSERT INTO opened SELECT 'r' || i, '2026-03-01', 'x' FROM generate_series(1, 3) i;
INSERT INTO mapping SELECT 'r' || i, 'p' || i FROM generate_series(1, 5) i;
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id', aliases => '{OpenedAlias}');
SELECT segments.register_unification('mapping', record_type => 'contact');
CALL segments.refresh();
CREATE FUNCTION counted(OUT opened_is_exact boolean, OUT mapping_is_exact boolean) LANGUAGE plpgsql AS $$
BEGIN
    opened_is_exact := segments.segment_count('Opened') = (SELECT count(DISTINCT profile_id) FROM opened JOIN mapping USING (record_id));
    mapping_is_exact := segments.segment_count('all') = (SELECT count(DISTINCT profile_id) FROM mapping);
END
$$;

-- The stamp: lost, generated from something else, of another type, no longer generated.
ALTER TABLE opened DROP COLUMN segments_xid;
INSERT INTO opened VALUES ('r4', '2026-03-02', 'y');
CALL segments.refresh();
SELECT segments.reattach_source('Opened');
CALL segments.refresh();
SELECT * FROM counted();
SELECT segments.segment_count('OpenedAlias');
ALTER TABLE opened DROP COLUMN segments_xid;
ALTER TABLE opened ADD COLUMN segments_xid xid8 GENERATED ALWAYS AS ('5'::xid8) STORED;
INSERT INTO opened VALUES ('r5', '2026-03-02', 'y');
CALL segments.refresh();
SELECT segments.reattach_source('opened');
CALL segments.refresh();
SELECT * FROM counted();
CREATE DOMAIN stamp AS xid8;
ALTER TABLE mapping DROP COLUMN segments_xid;
ALTER TABLE mapping ADD COLUMN segments_xid stamp GENERATED ALWAYS AS (segments.xact_stamp()) STORED;
INSERT INTO mapping VALUES ('r6', 'p6');
CALL segments.refresh();
SELECT segments.reattach_source();
CALL segments.refresh();
SELECT * FROM counted();
ALTER TABLE opened ALTER COLUMN segments_xid DROP EXPRESSION;
CALL segments.refresh();
SELECT segments.reattach_source('Opened');
CALL segments.refresh();

-- However the session has expressions written.
SET quote_all_identifiers = on;
CALL segments.refresh();
SELECT frozen FROM segments.refresh_status;
SELECT segments.reattach_source('Opened');
RESET quote_all_identifiers;

-- A view uses the stamp, which must give way: what the hint says keeps the view.
CREATE VIEW stamped AS SELECT * FROM opened;
ALTER TABLE opened ALTER COLUMN segments_xid DROP EXPRESSION, ALTER COLUMN segments_xid SET DEFAULT '5';
INSERT INTO opened VALUES ('r3', '2026-03-03', 'y');
CALL segments.refresh();
SELECT segments.reattach_source('Opened');
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE opened ALTER COLUMN segments_xid DROP DEFAULT; ALTER TABLE opened RENAME COLUMN segments_xid TO former_segments_xid;
SELECT segments.reattach_source('Opened');
CALL segments.refresh();
SELECT * FROM counted();
SELECT segments.segment_count('OpenedAlias at least 2');
SELECT count(*) FROM stamped;
DROP VIEW stamped;
ALTER TABLE opened DROP COLUMN former_segments_xid;

-- Triggers: disabled, gone, and one of the same function that is not called for every row.
ALTER TABLE opened DISABLE TRIGGER segments_log_change;
DELETE FROM opened WHERE record_id = 'r1';
CALL segments.refresh();
ALTER TABLE public.opened ENABLE ALWAYS TRIGGER segments_log_change;
CALL segments.refresh();
SELECT * FROM counted();
DROP TRIGGER segments_keep_stamp ON opened;
CALL segments.refresh();
CREATE TRIGGER segments_keep_stamp BEFORE UPDATE ON opened FOR EACH ROW WHEN (OLD.label = 'z') EXECUTE FUNCTION segments.keep_stamp();
ALTER TABLE opened ENABLE ALWAYS TRIGGER segments_keep_stamp;
UPDATE opened SET record_id = 'r9' WHERE record_id = 'r2';
CALL segments.refresh();
SELECT segments.reattach_source('Opened');
CALL segments.refresh();
SELECT * FROM counted();

-- Columns: renamed, of another type, of a domain over a domain over a type that does not do.
ALTER TABLE opened RENAME occurred_at TO at;
CALL segments.refresh();
ALTER TABLE opened RENAME at TO occurred_at;
ALTER TABLE opened ALTER COLUMN occurred_at TYPE timestamp;
CALL segments.refresh();
ALTER TABLE opened ALTER COLUMN occurred_at TYPE timestamptz USING occurred_at AT TIME ZONE 'UTC';
CREATE TYPE kind AS ENUM ('p1', 'p2', 'p3', 'p4', 'p5', 'p6');
CREATE DOMAIN kind_1 AS kind;
CREATE DOMAIN kind_2 AS kind_1;
ALTER TABLE mapping ALTER COLUMN profile_id TYPE kind_2 USING profile_id::kind_2;
CALL segments.refresh();
ALTER TABLE mapping ALTER COLUMN profile_id TYPE text;
CREATE DOMAIN name_1 AS text;
CREATE DOMAIN name_2 AS name_1;
ALTER TABLE mapping ALTER COLUMN profile_id TYPE name_2;
CALL segments.refresh();
SELECT * FROM counted();

-- The table itself: unlogged, with children, with row-level security, a view (which PostgreSQL 15 makes of a table by a rule).
ALTER TABLE mapping SET UNLOGGED;
CALL segments.refresh();
ALTER TABLE mapping SET LOGGED;
CREATE TABLE child () INHERITS (mapping);
INSERT INTO child VALUES ('r8', 'p8');
CALL segments.refresh();
DROP TABLE child;
ALTER TABLE mapping ENABLE ROW LEVEL SECURITY;
CALL segments.refresh();
SELECT segments.reattach_source(acknowledge_row_security => true);
CALL segments.refresh();
ALTER TABLE opened ENABLE ROW LEVEL SECURITY;
CALL segments.refresh();
SELECT segments.reattach_source('Opened', acknowledge_row_security => true);
CALL segments.refresh();
SELECT * FROM counted();
CREATE ROLE segments_test_other;
GRANT EXECUTE ON FUNCTION segments.reattach_source(text, boolean) TO segments_test_other;
GRANT USAGE ON SCHEMA segments_internal TO segments_test_other;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA segments_internal TO segments_test_other;
SET ROLE segments_test_other;
SELECT segments.reattach_source('Opened');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.reattach_source('Opened', acknowledge_row_security => true);
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT segments.reattach_source('Nope');
\echo :LAST_ERROR_SQLSTATE
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA segments_internal FROM segments_test_other;
REVOKE ALL ON FUNCTION segments.reattach_source(text, boolean) FROM segments_test_other;
REVOKE ALL ON SCHEMA segments_internal FROM segments_test_other;
DROP ROLE segments_test_other;

-- The table is dropped: what the hint says loses neither names nor segments.
SELECT segments.create_segment('openers', 'OpenedAlias at least 1');
CREATE TABLE kept_rows AS SELECT record_id, occurred_at, label FROM opened;
CREATE TABLE kept_mapping AS SELECT record_id, profile_id FROM mapping;
SELECT * FROM segments.segment_count('all');
DROP TABLE opened, mapping;
\set VERBOSITY default
CALL segments.refresh();
DO $$ BEGIN PERFORM segments.segment_count('Opened'); END $$;
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE kept_rows RENAME TO opened;
ALTER TABLE kept_mapping RENAME TO mapping;
CALL segments.refresh();
SELECT * FROM counted();
SELECT segments.segment_count('OpenedAlias'), (SELECT state FROM segments.segment_overview);

-- A stamp that a trigger sets is set last, whatever other triggers return; one that comes after it is refused.
CREATE TABLE visited (record_id text, occurred_at timestamptz, label text);
CREATE FUNCTION keep_old() RETURNS trigger LANGUAGE plpgsql AS
    $$ DECLARE label text := NEW.label; BEGIN NEW := OLD; NEW.label := label; RETURN NEW; END $$;
SELECT segments.register_interaction('visited', 'Visited', 'occurred_at', 'record_id', stamp => 'default');
CREATE TRIGGER touch BEFORE UPDATE ON visited FOR EACH ROW EXECUTE FUNCTION keep_old();
INSERT INTO visited VALUES ('r1', '2026-03-01', 'old');
CALL segments.refresh();
UPDATE visited SET label = 'new';
CALL segments.refresh();
SELECT segments.segment_count($$Visited where label = 'new'$$), segments.segment_count('Visited');
ALTER TRIGGER touch ON visited RENAME TO "~touch";
CALL segments.refresh();
ALTER TRIGGER "~touch" ON public.visited RENAME TO "before_~touch";
UPDATE visited SET label = 'newer';
CALL segments.refresh();
SELECT segments.segment_count($$Visited where label = 'newer'$$), segments.segment_count('Visited');
CREATE TABLE tapped (record_id text, occurred_at timestamptz);
CREATE TRIGGER "~touch" BEFORE UPDATE ON tapped FOR EACH ROW EXECUTE FUNCTION keep_old();
SELECT segments.register_interaction('tapped', 'Tapped', 'occurred_at', 'record_id', stamp => 'default');
\echo :LAST_ERROR_SQLSTATE

-- A mapping that has become a view, which PostgreSQL 15 makes of an empty table by a rule: what it calls is not called.
CREATE TABLE called (who text);
CREATE FUNCTION take() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO called VALUES (current_user); RETURN true; END $$;
SELECT current_setting('server_version_num')::int < 160000 AS has_such_rules \gset
\set state 42809
SELECT segments.unregister_unification();
CREATE TABLE people (record_id text, profile_id text);
SELECT segments.register_unification('people', record_type => 'contact');
CALL segments.refresh();
\if :has_such_rules
DROP TRIGGER segments_log_change ON people; DROP TRIGGER segments_keep_stamp ON people; DO $$ BEGIN EXECUTE 'DROP INDEX ' || (SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 'people'::regclass); END $$;
VACUUM people;
CREATE RULE "_RETURN" AS ON SELECT TO people DO INSTEAD SELECT 'r1'::text AS record_id, 'p1'::text AS profile_id, '3'::xid8 AS segments_xid WHERE take();
SET client_min_messages = error;
CALL segments.refresh();
SELECT part_sqlstate AS state FROM segments.refresh_log WHERE is_published AND part_state = 'frozen' AND part_kind = 'unification' \gset
\endif
\echo :state
SELECT count(*) FROM called;

-- Owners who have taken rights from themselves: their type freezes, or the mapping; the others go on, and nothing is lost.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE "segments_test Owner";
CREATE SCHEMA "their own" AUTHORIZATION "segments_test Owner";
CREATE TABLE "their own"."Opened" (record_id text, occurred_at timestamptz, label text);
CREATE TABLE clicked (record_id text, occurred_at timestamptz);
CREATE TABLE "their own".mapping (record_id text, profile_id text);
INSERT INTO "their own".mapping SELECT 'r' || n, 'p' || n / 2 FROM generate_series(1, 9) n;
INSERT INTO "their own"."Opened" SELECT 'r' || n, '2026-03-01', 'x' FROM generate_series(1, 4) n;
INSERT INTO clicked SELECT 'r' || n, '2026-03-01' FROM generate_series(3, 5) n;
ALTER TABLE "their own"."Opened" OWNER TO "segments_test Owner";
ALTER TABLE "their own".mapping OWNER TO "segments_test Owner";
SELECT segments.register_interaction('"their own"."Opened"', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_interaction('clicked', 'Clicked', 'occurred_at', 'record_id');
SELECT segments.register_unification('"their own".mapping', record_type => 'contact');
CALL segments.refresh();
SELECT segments.create_segment('openers', 'Opened'), segments.create_segment('clickers', 'Clicked');
CREATE VIEW counted AS
SELECT segments.segment_count('Opened') AS opened, (SELECT count(DISTINCT profile_id) FROM "their own"."Opened" JOIN "their own".mapping USING (record_id)) AS opened_in_sql,
    segments.segment_count('Clicked') AS clicked, (SELECT count(DISTINCT profile_id) FROM clicked JOIN "their own".mapping USING (record_id)) AS clicked_in_sql;
CREATE VIEW frozen_parts AS
SELECT part_kind, part_name, part_state, part_sqlstate, regexp_replace(part_reason, 'since.*', 'since ...') AS part_reason FROM segments.refresh_log WHERE is_published AND part_state = 'frozen' ORDER BY part_number;

-- The right to read: the type freezes, and what others write is read.
SET ROLE "segments_test Owner";
REVOKE SELECT ON "their own"."Opened" FROM "segments_test Owner";
RESET ROLE;
INSERT INTO "their own"."Opened" VALUES ('r9', '2026-03-02', 'y');
INSERT INTO clicked VALUES ('r9', '2026-03-02');
UPDATE "their own".mapping SET profile_id = 'p9' WHERE record_id = 'r3';
CALL segments.refresh();
TABLE frozen_parts;
SELECT frozen FROM segments.refresh_status;
SELECT name, state, members, last_sqlstate FROM segments.segment_overview ORDER BY name;
SET client_min_messages = error;
TABLE counted;
-- What else needs it says the same.
SELECT segments.erase_profile('p2');
\echo :SQLSTATE
SELECT count(*) FROM "their own".mapping WHERE profile_id = 'p2';
SELECT segments.segment_count($$Clicked where ProfileId = 'r1'$$) AS does_not_need_it;
UPDATE "their own"."Opened" SET label = 'z' WHERE record_id = 'r1';
DELETE FROM "their own"."Opened" WHERE record_id = 'r2';
CALL segments.refresh();
SET client_min_messages = warning;
-- As the hint says.
GRANT SELECT ON table "their own"."Opened" TO "segments_test Owner";
CALL segments.refresh();
TABLE counted;
SELECT segments.segment_count($$Opened where label = 'z'$$) AS z;
SELECT name, state, members FROM segments.segment_overview ORDER BY name;

-- Rights on columns are not enough.
SET ROLE "segments_test Owner";
REVOKE SELECT ON "their own"."Opened" FROM "segments_test Owner";
GRANT SELECT (record_id, occurred_at, label, segments_xid) ON "their own"."Opened" TO "segments_test Owner";
RESET ROLE;
INSERT INTO "their own"."Opened" VALUES ('r8', '2026-03-02', 'y');
CALL segments.refresh();
GRANT SELECT ON TABLE "their own"."Opened" TO "segments_test Owner";
CALL segments.refresh();
TABLE counted;

-- The mapping.
REVOKE SELECT ON "their own".mapping FROM "segments_test Owner";
INSERT INTO "their own"."Opened" VALUES ('r5', '2026-03-02', 'y');
CALL segments.refresh();
TABLE frozen_parts;
GRANT SELECT ON table "their own".mapping TO "segments_test Owner";
CALL segments.refresh();
TABLE counted;

-- The schema, which is somebody else's by now.
ALTER SCHEMA "their own" OWNER TO CURRENT_USER;
REVOKE USAGE ON SCHEMA "their own" FROM "segments_test Owner";
CALL segments.refresh();
TABLE frozen_parts;
GRANT USAGE ON schema "their own" TO "segments_test Owner";
CALL segments.refresh();
TABLE counted;

-- The right to delete: erasing says so and changes nothing; a refresh does not need it.
REVOKE DELETE ON "their own"."Opened" FROM "segments_test Owner";
CALL segments.refresh();
SELECT segments.erase_profile('p2');
\echo :SQLSTATE
SELECT count(*) FROM "their own".mapping WHERE profile_id = 'p2';
TABLE counted;
GRANT DELETE ON table "their own"."Opened" TO "segments_test Owner";
SELECT records FROM segments.erase_profile('p2');
SELECT * FROM segments.forgotten('p2');
TABLE counted;

SET client_min_messages = error;
DROP EXTENSION segments CASCADE;
DROP TABLE clicked;
DROP SCHEMA "their own" CASCADE;
DROP OWNED BY "segments_test Owner" CASCADE;
DROP ROLE "segments_test Owner";

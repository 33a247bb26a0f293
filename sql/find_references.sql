-- Ids that fields of interactions refer to.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE segments_test_references;
SELECT segments.create_interaction_tables(types => '{EmailDelivered,EmailOpened,FormSubmitted}');
CREATE TABLE shop_visit (contact text, at timestamptz, campaign text, number int, secret_form text);
SELECT segments.register_interaction('shop_visit', 'ShopVisit', 'at', 'contact', record_type => 'contact',
    fields => '[{"column": "campaign", "name": "Campaign", "references": "journey"}, {"column": "number", "references": "Till"}, {"column": "secret_form", "references": "form"}]');
SELECT * FROM segments.find_references();
\echo :LAST_ERROR_SQLSTATE
INSERT INTO interactions.email_delivered (record_type, record_id, occurred_at, email, journey)
    SELECT 'contact', i, '2026-03-01', 'mail ' || i % 3, 'Spring ' || i % 2 FROM generate_series(1, 30) i;
INSERT INTO interactions.email_opened (record_type, record_id, occurred_at, email, journey)
    SELECT 'contact', i, '2026-03-02', 'mail ' || i % 2, 'autumn' FROM generate_series(1, 12) i;
INSERT INTO shop_visit SELECT i, '2026-03-03', CASE WHEN i < 7 THEN 'it''s SPRING' END, i % 2, 'f' FROM generate_series(1, 10) i;
-- In the future, and of nobody.
INSERT INTO shop_visit VALUES ('1', '9999-01-01', 'spring, later', 3, 'f'), ('99', '2026-03-03', 'spring of others', 3, 'f');
INSERT INTO interactions.unified_profile (record_type, record_id, profile_id) SELECT 'contact', i, 'p' || i / 2 FROM generate_series(1, 20) i;
CALL segments.refresh();

SELECT * FROM segments.find_references('journey', 'sprING');
SELECT found.*, segments.segment_count(format('%s where %s = %s', type, field, literal)) > 0 AS literal_is_read FROM segments.find_references('JOURNEY') found;
SELECT * FROM segments.find_references('till', '1');
SELECT * FROM segments.find_references(NULL, 'mail 1');
SELECT count(*), count(DISTINCT refers_to) FROM segments.find_references(max_references => NULL);
SELECT * FROM segments.find_references('email', max_references => 2);
SELECT count(*) AS nothing FROM segments.find_references('email', 'nothing is called so');
-- How many have each: what plain SQL says.
SELECT count(*) AS differing FROM (
    (SELECT value, sum(interactions) FROM segments.find_references('email', '', NULL) GROUP BY value)
    EXCEPT
    SELECT email, count(*) FROM (SELECT record_id, email FROM interactions.email_delivered UNION ALL SELECT record_id, email FROM interactions.email_opened) sent
    JOIN interactions.unified_profile USING (record_id) GROUP BY email) differing;

SELECT * FROM segments.find_references('jurney');
SELECT * FROM segments.find_references('campaigns of others');
-- Whatever the case of letters of any script.
INSERT INTO shop_visit (contact, at, campaign) VALUES ('1', '2026-03-01', 'HERBST ÜBER ALLES'), ('1', '2026-03-02', 'Весна');
CALL segments.refresh();
SELECT search, value FROM unnest(ARRAY['über', 'herbst ü', 'ВЕСНА']) search, segments.find_references(NULL, search);
-- With the caller's rights: columns, tables, rows.
GRANT SELECT (contact, at, campaign) ON shop_visit TO segments_test_references;
SET ROLE segments_test_references;
SELECT type, field, value FROM segments.find_references(NULL, '', NULL);
RESET ROLE;
ALTER TABLE shop_visit ENABLE ROW LEVEL SECURITY;
SELECT DISTINCT type, field FROM segments.find_references() ORDER BY 1, 2;
ALTER TABLE shop_visit DISABLE ROW LEVEL SECURITY;
-- What is there no more, or not yet.
ALTER TABLE shop_visit DROP COLUMN campaign;
ALTER TABLE shop_visit ADD COLUMN late text;
SELECT segments.alter_interaction('ShopVisit', fields => '[{"column": "late", "references": "form"}]');
SELECT DISTINCT type, field FROM segments.find_references() ORDER BY 1, 2;
-- Too many to look into.
CREATE TABLE many (contact text, at timestamptz, link text);
SELECT segments.register_interaction('many', 'Many', 'at', 'contact', record_type => 'contact', fields => '[{"column": "link", "references": "link"}]');
INSERT INTO many SELECT '1', '2026-03-01', 'link ' || i FROM generate_series(1, 50001) i;
CALL segments.refresh();
SET client_min_messages = notice;
SELECT count(*) FROM segments.find_references('link');
SELECT segments.field_values('Many', 'link');
\echo :LAST_ERROR_SQLSTATE
DROP TABLE many, shop_visit;
DROP OWNED BY segments_test_references;
DROP ROLE segments_test_references;

-- Interactions whose records have ids of profiles: the columns of the unification were named in the wrong order, or interactions hold ids of profiles.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
\set SHOW_CONTEXT never
CREATE TABLE called (contact_id text, at timestamptz);
CREATE TABLE contact (contact_id text, customer_id text);
INSERT INTO contact SELECT 'c' || n, 'p' || n FROM generate_series(1, 9) n;
INSERT INTO called SELECT 'c' || 1 + n % 4, '2026-01-01' FROM generate_series(1, 10) n;
SELECT segments.register_interaction('called', 'Called', 'at', 'contact_id') > 0;
SELECT segments.register_unification('contact', 'contact_id', 'customer_id', record_type => 'contact');
CALL segments.refresh();
SELECT * FROM segments.unlinked_records('Called', 2);
-- Who may read ids of records, but not of profiles, is not told.
CREATE ROLE segments_test_exchanger;
GRANT SELECT ON called TO segments_test_exchanger;
GRANT SELECT (customer_id) ON contact TO segments_test_exchanger;
GRANT EXECUTE ON PROCEDURE segments.refresh() TO segments_test_exchanger;
SET ROLE segments_test_exchanger;
SELECT * FROM segments.unlinked_records('Called', 2);
RESET ROLE;
INSERT INTO called VALUES ('c1', '2026-01-02');
SET ROLE segments_test_exchanger;
CALL segments.refresh();
RESET ROLE;
-- As the hint says.
SELECT segments.alter_unification(profile_id_column => 'customer_id', record_id_column => 'contact_id');
CALL segments.refresh();
SELECT segments.segment_count('Called') = (SELECT count(DISTINCT customer_id) FROM called JOIN contact USING (contact_id));
SELECT count(*) FROM segments.unlinked_records();
-- Interactions that hold ids of profiles, besides others: a record that nearly matches comes first.
CREATE TABLE paid (customer text, at timestamptz);
SELECT segments.register_interaction('paid', 'Paid', 'at', 'customer') > 0;
INSERT INTO contact VALUES ('k1', 'K1'), ('x', 'p2');
INSERT INTO paid VALUES ('p1', '2026-01-01'), ('p2', '2026-01-01'), ('p2', '2026-01-01'), ('K1', '2026-01-01'), ('c1', '2026-01-01'), ('P3', '2026-01-01');
CALL segments.refresh();
SELECT record_id, interactions, near_record_id, differs_in FROM segments.unlinked_records('Paid');
-- As the reference says.
INSERT INTO contact SELECT DISTINCT customer_id, customer_id FROM contact;
CALL segments.refresh();
SELECT record_id, interactions, near_record_id, differs_in FROM segments.unlinked_records('Paid');
DROP OWNED BY segments_test_exchanger;
DROP ROLE segments_test_exchanger;

-- Ids of records that are written in several ways, taken for the same in every table: against SQL with lower(btrim(id)) on both sides.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
\set SHOW_CONTEXT never
CREATE SCHEMA normalize_ids;
SET search_path = normalize_ids;
CREATE TABLE visit (email text, at timestamptz, url text, host varchar(60));
CREATE TABLE event (email char(40), at timestamptz, kind text);
CREATE TABLE trait (email varchar(60), city text);
CREATE TABLE mapping (record_type text, email text, profile_id text);

-- What is taken.
SELECT segments.register_unification('mapping', record_id_column => 'email', normalize_ids => 'upper');
SELECT segments.register_unification('mapping', record_id_column => 'email', normalize_ids => 'trim lower');
SELECT segments.register_unification('mapping', record_id_column => 'email', normalize_ids => 'lower');
SELECT segments.register_interaction('visit', 'Visit', 'at', 'email', normalize_ids => 'lower,trim',
    relations => '[{"name": "host", "record_type": "contact", "record_id_column": "host", "normalize_ids": "TRIM"}]');
SELECT segments.register_interaction('visit', 'Visit', 'at', 'email', normalize_ids => 'lower',
    relations => '[{"name": "by", "record_type": "contact", "record_id_column": "email", "normalize_ids": "trim", "default": true}]');
SELECT segments.register_interaction('visit', 'Visit', 'at', 'email', normalize_ids => 'lower,trim') > 0;
SELECT segments.register_interaction('visit', 'Visit', 'at', 'email', normalize_ids => 'trim');
SELECT segments.register_events('event', 'kind', 'at', 'email', 'Event', normalize_ids => ' trim , lower ') > 0;
SELECT segments.register_profile_source('trait', 'Trait', 'email', normalize_ids => 'lower, trim') > 0;
SELECT segments.register_relation('Visit', 'host', 'host', normalize_ids => 'lower, trim');
SELECT name, normalize_ids FROM segments.interaction_catalog(true) ORDER BY 1;
SELECT type, relation, normalize_ids FROM segments.relation_catalog ORDER BY 1, 2;
SELECT normalize_ids FROM segments.unification;

-- What SQL says of it.
CREATE FUNCTION one(id text) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT lower(btrim(id)) $$;
CREATE FUNCTION spelled(n int, how int) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT CASE how WHEN 1 THEN upper(id) WHEN 2 THEN '  ' || id WHEN 3 THEN initcap(id) || ' ' WHEN 4 THEN ' ' || upper(id) || ' ' WHEN 5 THEN E'\t' || id ELSE id END
    FROM (SELECT CASE n % 4 WHEN 0 THEN 'käthe' || n || '@ex.org' WHEN 1 THEN 'ürsel' || n ELSE 'user' || n || '@example.org' END) i (id)
$$;
CREATE VIEW person AS SELECT DISTINCT record_type, one(email) AS id, profile_id FROM mapping WHERE email IS NOT NULL AND profile_id IS NOT NULL;
CREATE VIEW told AS
    SELECT 'visits' AS asked, segments.segment_count('Visit at least 3')::bigint AS n UNION ALL
    SELECT 'hosts', segments.segment_count('Visit via host') UNION ALL
    SELECT 'events', segments.segment_count('a at least 2 or b at least 2') UNION ALL
    SELECT 'traits', segments.segment_count('Trait.city = ''Oslo''') UNION ALL
    SELECT 'ids', segments.segment_count('Visit where email begins with ''user1''') UNION ALL
    SELECT 'linked ' || name, linked FROM segments.interaction_catalog(true);
CREATE VIEW expected AS
    SELECT 'visits' AS asked, count(*) AS n FROM (SELECT FROM person p JOIN visit v ON one(v.email) = p.id AND p.record_type = 'contact' AND at IS NOT NULL GROUP BY profile_id HAVING count(*) >= 3) g UNION ALL
    SELECT 'hosts', count(DISTINCT profile_id) FROM person p JOIN visit v ON one(v.host) = p.id AND p.record_type = 'contact' AND at IS NOT NULL UNION ALL
    SELECT 'events', count(DISTINCT profile_id) FROM (SELECT profile_id FROM person p JOIN event e ON one(e.email::text) = p.id AND p.record_type = 'contact' AND at IS NOT NULL GROUP BY profile_id, kind HAVING count(*) >= 2) g UNION ALL
    SELECT 'traits', count(DISTINCT profile_id) FROM person p JOIN trait t ON one(t.email) = p.id AND p.record_type = 'contact' WHERE city = 'Oslo' UNION ALL
    SELECT 'ids', count(DISTINCT profile_id) FROM person p JOIN visit v ON one(v.email) = p.id AND p.record_type = 'contact' AND at IS NOT NULL WHERE one(v.email) LIKE 'user1%' UNION ALL
    SELECT 'linked Visit', count(*) FROM person p JOIN visit v ON one(v.email) = p.id AND p.record_type = 'contact' AND at IS NOT NULL UNION ALL
    SELECT 'linked Event', count(*) FROM person p JOIN event v ON one(v.email::text) = p.id AND p.record_type = 'contact' AND at IS NOT NULL UNION ALL
    SELECT 'linked Trait', count(*) FROM person p JOIN trait v ON one(v.email) = p.id AND p.record_type = 'contact';
CREATE VIEW differing AS (SELECT 'told' AS by, * FROM told EXCEPT ALL SELECT 'told', * FROM expected) UNION ALL (SELECT 'expected', * FROM expected EXCEPT ALL SELECT 'expected', * FROM told);

SELECT setseed(0.25);
INSERT INTO mapping SELECT CASE WHEN n % 10 = 0 THEN 'lead' ELSE 'contact' END, spelled(n, (random() * 9)::int), 'p' || n / 2 FROM generate_series(1, 300) n;
-- Two rows that say the same of a record.
INSERT INTO mapping SELECT record_type, upper(email), profile_id FROM mapping WHERE random() < 0.2;
INSERT INTO visit SELECT spelled((random() * 330)::int, (random() * 9)::int), '2026-01-01'::timestamptz + n * interval '1 minute', 'u' || n % 5, spelled((random() * 330)::int, (random() * 9)::int) FROM generate_series(1, 1500) n;
INSERT INTO event SELECT spelled((random() * 330)::int, (random() * 9)::int), '2026-01-01', CASE n % 2 WHEN 0 THEN 'a' ELSE 'b' END FROM generate_series(1, 600) n;
INSERT INTO trait SELECT spelled(n, (random() * 9)::int), CASE n % 3 WHEN 0 THEN 'Oslo' ELSE 'Rome' END FROM generate_series(1, 330) n;
INSERT INTO visit VALUES (NULL, '2026-01-01', 'u', NULL), ('   ', '2026-01-01', 'u', '  '), ('', NULL, 'u', NULL);
CALL segments.refresh();
SELECT * FROM differing;
SELECT count(*) FROM expected WHERE n > 20;
-- As rows change, in every way of writing.
UPDATE visit SET email = ' ' || upper(email) WHERE random() < 0.2;
UPDATE visit SET url = 'changed' WHERE random() < 0.2;
DELETE FROM visit WHERE random() < 0.1;
UPDATE event SET kind = CASE kind WHEN 'a' THEN 'b' ELSE 'a' END WHERE random() < 0.2;
DELETE FROM trait WHERE random() < 0.2;
DELETE FROM mapping WHERE random() < 0.1;
UPDATE mapping SET email = initcap(email) || '  ' WHERE random() < 0.3;
UPDATE mapping m SET profile_id = 'q' || profile_id WHERE profile_id ~ '7$';
CALL segments.refresh();
SELECT * FROM differing;
-- A record of one of two rows that say the same stays.
INSERT INTO mapping VALUES ('contact', 'Twice@Example.org', 'twice'), ('contact', ' twice@example.org', 'twice');
INSERT INTO visit SELECT 'TWICE@example.org', '2026-01-01', 'u' FROM generate_series(1, 3);
CALL segments.refresh();
SELECT * FROM differing;
DELETE FROM mapping WHERE email = 'Twice@Example.org';
CALL segments.refresh();
SELECT * FROM differing;
SELECT record_id FROM segments.record WHERE profile_id = 'twice';
-- Of two profiles: the mapping is frozen until one is left.
INSERT INTO mapping VALUES ('contact', 'TWICE@EXAMPLE.ORG', 'other');
CALL segments.refresh();
SET client_min_messages = error;
SELECT segments.segment_count('Visit where email = ''twice@example.org''');
SET client_min_messages = warning;
DELETE FROM mapping WHERE profile_id = 'other';
CALL segments.refresh();
SELECT * FROM differing;

-- Rebuilt from nothing, and in a table with partitions.
SELECT segments.rebuild() IS NULL AS ok;
CALL segments.refresh();
SELECT * FROM differing;
SELECT segments.unregister_unification();
CREATE TABLE parted (LIKE mapping) PARTITION BY LIST (email);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN ('Twice@Example.org');
CREATE TABLE parted_rest PARTITION OF parted DEFAULT;
INSERT INTO parted SELECT record_type, email, profile_id FROM mapping UNION ALL VALUES ('contact', 'Twice@Example.org', 'twice');
SELECT segments.register_unification('parted', record_id_column => 'email', record_type_column => 'record_type', normalize_ids => 'lower, trim');
CALL segments.refresh();
SELECT * FROM differing;
UPDATE parted SET profile_id = 'other' WHERE email = 'Twice@Example.org';
CALL segments.refresh();
UPDATE parted SET profile_id = 'twice' WHERE profile_id = 'other';
SELECT segments.unregister_unification();
SELECT segments.register_unification('mapping', record_id_column => 'email', record_type_column => 'record_type', normalize_ids => 'lower, trim');
CALL segments.refresh();
SELECT * FROM differing;

-- Given and taken away.
SELECT segments.alter_interaction('Visit', normalize_ids => '');
SELECT segments.segment_count('Visit');
CALL segments.refresh();
SELECT told.n = (SELECT count(*) FROM person p JOIN visit v ON v.email = p.id AND p.record_type = 'contact' AND at IS NOT NULL) AS as_written FROM told WHERE asked = 'linked Visit';
SELECT segments.alter_interaction('Visit', normalize_ids => 'lower');
CALL segments.refresh();
SELECT told.n = (SELECT count(*) FROM person p JOIN visit v ON lower(v.email) = p.id AND p.record_type = 'contact' AND at IS NOT NULL) AS lower FROM told WHERE asked = 'linked Visit';
SELECT segments.alter_interaction('Visit', normalize_ids => 'trim');
BEGIN;
UPDATE visit SET url = 'while it is altered' WHERE random() < 0.2;
COMMIT;
CALL segments.refresh();
SELECT told.n = (SELECT count(*) FROM person p JOIN visit v ON btrim(v.email) = p.id AND p.record_type = 'contact' AND at IS NOT NULL) AS trim FROM told WHERE asked = 'linked Visit';
SELECT segments.alter_interaction('Visit', normalize_ids => 'lower, trim');
DELETE FROM mapping a USING mapping b WHERE a.ctid > b.ctid AND (a.record_type, a.email) = (b.record_type, b.email);
SELECT segments.alter_unification(normalize_ids => '');
CALL segments.refresh();
SELECT told.n = (SELECT count(*) FROM visit v JOIN mapping m ON m.email = one(v.email) AND m.record_type = 'contact' WHERE at IS NOT NULL) AS as_mapped FROM told WHERE asked = 'linked Visit';
SELECT segments.alter_unification(normalize_ids => 'lower, trim');
CALL segments.refresh();
SELECT * FROM differing;

-- Timeline, and an erasure that leaves nothing behind, however it is written.
INSERT INTO mapping VALUES ('contact', 'Ada@X ', 'ada');
INSERT INTO visit VALUES (' ada@x', '2026-02-01', 'hers', 'Bob'), ('ADA@X', '2026-02-02', 'hers', NULL), ('bob', '2026-02-03', 'his', ' aDA@x ');
INSERT INTO event VALUES ('ADA@x', '2026-02-01', 'a');
INSERT INTO trait VALUES ('aDa@X  ', 'Oslo');
CALL segments.refresh();
SELECT type, occurred_at, record_id, fields ->> 'url' AS url FROM segments.timeline('ada');
SELECT segments.profile_ordinal('contact', 'ada@x') IS NOT NULL AS known, segments.profile_ordinal('contact', 'Ada@X ') IS NULL AS unknown;
SELECT * FROM segments.forgotten('ada', '{{contact,ada@x}}', '{}') ORDER BY 1, 2;
DELETE FROM visit WHERE url = 'hers' AND email = 'ADA@X';
UPDATE visit SET url = 'changed' WHERE email = ' ada@x';
SELECT count(*) FROM segments.erase_profile('ada');
SELECT email, at, url, host FROM visit WHERE one(email) = 'ada@x' OR one(host) = 'ada@x';
SELECT count(*) FROM (SELECT one(email::text) AS id FROM event UNION ALL SELECT one(email) FROM trait UNION ALL SELECT one(email) FROM mapping) left_over WHERE id = 'ada@x';
SELECT * FROM segments.forgotten('ada', '{{contact,ada@x}}', '{}') ORDER BY 1, 2;
-- His row still says so of her: neither a refresh nor a rebuild believes it, nor another way of writing it.
CALL segments.refresh();
UPDATE visit SET host = 'ADA@X' WHERE host = ' aDA@x ';
INSERT INTO mapping VALUES ('contact', 'ada@X', 'ada again');
SELECT segments.rebuild() IS NULL AS ok;
CALL segments.refresh();
SELECT segments.segment_count('Visit via host where url = ''his''');
UPDATE visit SET host = NULL WHERE one(host) = 'ada@x';
CALL segments.refresh();
SELECT erased FROM segments.relation_catalog WHERE relation = 'host';
SELECT * FROM differing;

-- A hint that is followed links.
SELECT segments.alter_unification(normalize_ids => ''), segments.alter_interaction('Visit', normalize_ids => '', relations => '[{"name": "host", "record_type": "contact", "record_id_column": "host"}]'),
    segments.alter_interaction('Event', normalize_ids => ''), segments.alter_interaction('Trait', normalize_ids => '');
TRUNCATE mapping, visit, event, trait;
INSERT INTO mapping VALUES ('contact', 'Ada@X', 'p1'), ('contact', 'Bob', 'p2'), ('lead', 'EVE', 'p3');
INSERT INTO visit VALUES ('ada@x', '2026-01-01', 'u', NULL), ('Bob', '2026-01-01', 'u', 'BOB'), (E'\tBob', '2026-01-01', 'u', NULL), ('eve', '2026-01-01', 'u', NULL);
INSERT INTO event VALUES ('Bob', '2026-01-01', 'a');
CALL segments.refresh();
SELECT record_id, near_record_id, differs_in, hint FROM segments.unlinked_records('Visit');
SELECT hint AS followed FROM segments.unlinked_records('Visit') WHERE record_id = 'ada@x' \gset
:followed
SELECT record_id, near_record_id, differs_in, hint FROM segments.unlinked_records();
SELECT name, linked FROM segments.interaction_catalog ORDER BY 1;
SELECT segments.segment_count('Visit via host');
-- One that would lead a record to two profiles is none.
SELECT segments.alter_unification(normalize_ids => ''), segments.alter_interaction('Visit', normalize_ids => '');
INSERT INTO mapping VALUES ('contact', 'BOB', 'p3');
CALL segments.refresh();
SELECT record_id, near_record_id, differs_in, hint FROM segments.unlinked_records('Visit');

-- Ids that have one way of writing, and look-ups.
CREATE TABLE numbered (id bigint, at timestamptz);
CREATE TABLE thing (id text PRIMARY KEY);
SELECT segments.register_interaction('numbered', 'Numbered', 'at', 'id', normalize_ids => 'lower, trim') > 0;
SELECT segments.register_lookup('thing', 'Thing', 'id') > 0;
SELECT segments.alter_interaction('Thing', normalize_ids => 'lower');
INSERT INTO mapping VALUES ('contact', '7', 'p7');
INSERT INTO numbered VALUES (7, '2026-01-01');
CALL segments.refresh();
SELECT segments.segment_count('Numbered');
SELECT count(*) FROM segments.erase_profile('p7');
TABLE numbered;
-- The functions are those of SQL.
SELECT bool_and(segments_internal.normalized_id(id, 'lower, trim') = lower(btrim(id) COLLATE "default") AND segments_internal.normalized_id(id, 'lower') = lower(id COLLATE "default")
    AND segments_internal.normalized_id(id, 'trim') = btrim(id)) FROM (SELECT spelled(n, n % 7) FROM generate_series(1, 100) n UNION ALL SELECT unnest('{"","  "," ",ẞ,İ,"  Σ ΑΣ "}'::text[])) i (id);
DROP VIEW differing, told, expected, person;
SELECT segments.detach_all();

-- Ids under which rows once stood, before anybody linked them, go with an erasure: nobody can tell whose they were.
SET TimeZone = 'UTC';
SET client_min_messages = error;
\pset tuples_only on
\pset format unaligned
CREATE TABLE visited (record_id text, name text, occurred_at timestamptz);
CREATE TABLE bought (record_id text, occurred_at timestamptz) PARTITION BY RANGE (occurred_at);
CREATE TABLE bought_2026 PARTITION OF bought FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE mapping (record_id text, profile_id text);
SELECT segments.register_interaction('visited', 'Visited', 'occurred_at', 'record_id') > 0, segments.register_interaction('bought', 'Bought', 'occurred_at', 'record_id') > 0;
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping VALUES ('bob', 'p2'), ('ada', 'p1'), ('eve', 'p3'), ('dan', 'p4'), ('cleo', 'p5');
INSERT INTO visited SELECT who, initcap(who), '2026-01-01' FROM unnest('{typo-bob, ada, anonymous, dan, cleo}'::text[]) who;
INSERT INTO bought SELECT who, '2026-01-01' FROM unnest('{ada, stranger, visitor}'::text[]) who;
CALL segments.refresh();
CREATE VIEW known AS SELECT string_agg(record_id, ' ' ORDER BY record_id COLLATE "C") FROM segments.record;
TABLE known;

\echo -- a row that is corrected, others that are deleted, truncated, and mappings that go
UPDATE visited SET record_id = 'bob' WHERE record_id = 'typo-bob';
DELETE FROM mapping WHERE record_id = 'eve';
CALL segments.refresh();
SELECT place, detail FROM segments.forgotten('p2', '{{contact,bob}}', '{typo-bob}');
-- What errors quote of them goes, too.
INSERT INTO segments.refresh (refresh_id, state, started_at, reason)
SELECT 1000 + n, 'failed', now(), message FROM unnest('{"record \"typo-bob\" is there twice",key (typo-bob) is taken,it is ''typo-bob'',''typo-bobs'' are others,typo-bob}'::text[]) WITH ORDINALITY m (message, n);
SELECT records, interactions FROM segments.erase_profile('p2');
SELECT reason FROM segments.refresh WHERE refresh_id > 1000 ORDER BY refresh_id;
DELETE FROM segments.refresh WHERE refresh_id > 1000;
TABLE known;
SELECT * FROM segments.forgotten('p2', '{{contact,bob}}', '{typo-bob}');
-- What was somebody else's goes with them alone.  Those that still have rows are linked later as ever; those that have gone come back as new ones.
INSERT INTO mapping VALUES ('anonymous', 'p6'), ('typo-bob', 'p7'), ('eve', 'p8');
INSERT INTO visited VALUES ('typo-bob', 'Bob', '2026-01-02');
CALL segments.refresh();
SELECT string_agg(profile_id, ' ' ORDER BY profile_id COLLATE "C") FROM segments.profiles(segments.segment_eval('Visited', '2026-02-01')) AS profile_id;
SELECT string_agg(profile_id, ' ' ORDER BY profile_id COLLATE "C") FROM segments.profiles(segments.segment_eval('all', '2026-02-01')) AS profile_id;
TRUNCATE bought;
CALL segments.refresh();
SELECT records FROM segments.erase_profile('p7');
TABLE known;
SELECT * FROM segments.forgotten('p7', '{{contact,typo-bob}}', '{stranger}');

\echo -- another column for the id, another way of writing it, and a type that is unregistered
SELECT segments.alter_interaction('Visited', record_id_column => 'name');
CALL segments.refresh();
SELECT segments.alter_interaction('Visited', record_id_column => 'record_id');
CALL segments.refresh();
TABLE known;
SELECT records FROM segments.erase_profile('p4');
TABLE known;
SELECT * FROM segments.forgotten('p4', '{{contact,dan}}', '{Dan}');
INSERT INTO visited VALUES (' CLEO', NULL, '2026-01-03'), ('lost', NULL, '2026-01-03');
CALL segments.refresh();
SELECT segments.alter_interaction('Visited', normalize_ids => 'lower, trim'), segments.alter_unification(normalize_ids => 'lower, trim');
CALL segments.refresh();
SELECT interactions FROM segments.erase_profile('p5');
TABLE known;
SELECT * FROM segments.forgotten('p5', '{{contact,cleo}}', '{ CLEO}');
SELECT segments.unregister_interaction('Visited');
CALL segments.refresh();
SELECT records FROM segments.erase_profile('p1');
TABLE known;

\echo -- rows that only an older state has keep their record until that state goes
INSERT INTO bought SELECT 'seen ' || n, '2026-01-01' FROM generate_series(1, 3) n;
CALL segments.refresh();
DELETE FROM bought WHERE record_id = 'seen 2';
SELECT records FROM segments.erase_profile('p6');
TABLE known;
CALL segments.refresh();
CALL segments.refresh();
SELECT records FROM segments.erase_profile('p8');
TABLE known;

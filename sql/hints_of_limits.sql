-- Hints where a limit is met, and of look-ups, followed to the letter: then the statement succeeds, and nothing is lost.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
\set SHOW_CONTEXT never
\pset tuples_only on
\pset format unaligned

CREATE TABLE opened (record_id text, occurred_at timestamptz, label text);
CREATE TABLE mapping (record_id text, profile_id varchar(20));
INSERT INTO mapping VALUES ('r1', 'p1'), ('r2', 'p2');
INSERT INTO opened VALUES ('r1', '2026-01-01', 'first');
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id') > 0;
SELECT segments.register_unification('mapping');
CALL segments.refresh();
SELECT segments.create_segment('openers', 'Opened');

\echo -- every ordinal is used: all 32,768 tiles are full
INSERT INTO segments.tile (tile, shard, from_refresh, to_refresh, next_ordinal, profile_count, profile_map)
SELECT number, number % 8, from_refresh, to_refresh, (number + 1)::bigint * 131072, 0, ''
FROM segments.tile, generate_series(1, 32767) number WHERE tile = 0 AND to_refresh = 9223372036854775807;
INSERT INTO mapping VALUES ('r3', 'p3');
INSERT INTO opened VALUES ('r3', '2026-01-03', 'third');
CALL segments.refresh();
SELECT segments.rebuild();
CALL segments.refresh();
SELECT segments.segment_count('Opened'), segments.segment_count('all');
SELECT profile_id FROM segments.member WHERE segment = 'openers' ORDER BY 1;

\echo -- tables of members in a thousand types of profile_id
SELECT segments.publish_segment('openers', 'public', 'openers');
SELECT count(*) FROM openers;
SELECT count(segments_internal.create_member_table('varchar'::regtype, 1000 + number, '"default"'::regcollation))
FROM generate_series(1, 999) number;
ALTER TABLE mapping ALTER COLUMN profile_id TYPE varchar(30);
CALL segments.refresh();
SELECT segments.create_segment('everybody', 'all');
SELECT segments.publish_segment('everybody', 'public', 'everybody');
SELECT segments.unpublish_segment('openers');
SELECT segments.publish_segment('everybody', 'public', 'everybody');
SELECT count(*), pg_typeof(min(profile_id)) FROM everybody;

\echo -- look-ups
SELECT segments.add_lookup_field('Opened', 'label', 'Opened');
CREATE TABLE label (id text PRIMARY KEY, name text);
INSERT INTO label VALUES ('first', 'The first');
SELECT segments.register_lookup('label', 'Label', 'id') > 0;
SELECT segments.add_lookup_field('Opened', 'label', 'Label');
SELECT segments.add_lookup_field('Opened', 'label', 'Label');
CALL segments.refresh();
SELECT segments.segment_count('Opened where label.name = ''The first''');

\echo -- a partition that is no table of this server
CREATE EXTENSION postgres_fdw;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw;
CREATE TABLE visit (record_id text, occurred_at timestamptz) PARTITION BY RANGE (occurred_at);
CREATE TABLE visit_now PARTITION OF visit FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE FOREIGN TABLE visit_far PARTITION OF visit FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') SERVER elsewhere;
SELECT segments.register_interaction('visit', 'Visit', 'occurred_at', 'record_id') > 0;
ALTER TABLE visit DETACH PARTITION visit_far;
SELECT segments.register_interaction('visit', 'Visit', 'occurred_at', 'record_id') > 0;

-- What is done as it was asked, and yet helps nobody: said by a notice, whose hint is followed to the letter.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\pset tuples_only on
\pset format unaligned
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
CREATE TABLE bought (record_id text, at timestamptz, amount int, price numeric, label text, day date, seen timestamptz);
INSERT INTO mapping VALUES ('r1', 'p1'), ('r2', 'p2');
INSERT INTO bought VALUES ('r1', '2026-03-01', 3, 3.5, 'm', '2026-03-01', '2026-03-01'), ('r2', '2026-03-02', 30, 30.5, 'z', '2026-04-01', '2026-04-01');
SELECT segments.register_interaction('bought', 'Bought', 'at', 'record_id') > 0 AS registered;
CALL segments.refresh();
SET client_min_messages = notice;
\echo -- a unification that was registered after the last refresh
SELECT segments.segment_count('all');
SELECT segments.register_unification('mapping', record_type => 'contact');
SELECT segments.segment_count('all');
SELECT segments.segment_count('not Bought');
SELECT segments.cardinality(segments.segment_eval('Bought'));
CALL segments.refresh();
SELECT segments.segment_count('all'), segments.segment_count('not Bought');
\echo -- bounds in the wrong order
SELECT segments.segment_count('Bought where amount between 5 and 1');
SELECT segments.segment_count('Bought where amount not between 5 and 1');
SELECT segments.segment_count('Bought where price between 5.5 and 1.25');
SELECT segments.segment_count('Bought where label between ''z'' and ''a''');
SELECT segments.segment_count('Bought where day between ''2026-05-01'' and ''2026-03-01''');
SELECT segments.segment_count('Bought where seen between ''2026-05-01'' and ''2026-03-01''');
SELECT note FROM segments.segment_explain('Bought where amount between 5 and 1');
SELECT segments.create_segment('reversed', 'Bought where amount between 5 and 1');
SELECT segments.segment_count('Bought where amount between 1 and 5'), segments.segment_count('Bought where price between 1.25 and 5.5'),
    segments.segment_count('Bought where label between ''a'' and ''z'''), segments.segment_count('Bought where day between ''2026-03-01'' and ''2026-05-01'''),
    segments.segment_count('Bought where amount between 3 and 3');
\echo -- a schedule of a segment, and no refresh
SELECT segments.set_segment_schedule('reversed', 'weekly') IS NULL AS never;
SELECT segments.set_segment_schedule('reversed', 'manual'), segments.set_segment_schedule('reversed', NULL);
SET client_min_messages = error;
SELECT segments.set_refresh_schedule('every 15 minutes') > now() AS scheduled;
SET client_min_messages = notice;
SELECT segments.set_segment_schedule('reversed', 'weekly') IS NOT NULL AS planned;
SELECT segments.set_refresh_schedule(NULL);
\echo -- readers who may not use the schema of a published view
CREATE ROLE notices_reader;
CREATE SCHEMA "Audience";
SELECT segments.create_segment('buyers', 'Bought'), segments.grant_members('buyers', 'notices_reader');
SELECT segments.publish_segment('buyers', 'Audience');
SET ROLE notices_reader;
SELECT count(*) FROM "Audience".buyers;
RESET ROLE;
GRANT USAGE ON SCHEMA "Audience" TO notices_reader;
SET ROLE notices_reader;
SELECT count(*) FROM "Audience".buyers;
RESET ROLE;
SELECT segments.grant_members('buyers', 'public');
GRANT USAGE ON SCHEMA "Audience" TO PUBLIC;
SELECT segments.revoke_members('buyers', 'public'), segments.grant_members('buyers', 'public');
\echo -- why a segment failed: for those who may change it
ALTER TABLE bought RENAME price TO cost;
SELECT segments.create_segment('hidden', 'Bought where cost > 1.5', run => false);
CREATE ROLE notices_saver;
CREATE ROLE notices_refresher;
GRANT EXECUTE ON FUNCTION segments.set_segment_owner TO notices_saver;
GRANT EXECUTE ON PROCEDURE segments.refresh TO notices_saver, notices_refresher;
SELECT segments.set_segment_owner('hidden', 'notices_saver');
CALL segments.refresh();
SET ROLE notices_saver;
CALL segments.refresh();
SET ROLE notices_refresher;
CALL segments.refresh();
RESET ROLE;
SELECT segments.drop_segment('hidden'), segments.drop_segment('reversed'), segments.drop_segment('buyers', cascade => true);
DROP OWNED BY notices_reader, notices_saver, notices_refresher CASCADE;
DROP ROLE notices_reader, notices_saver, notices_refresher;

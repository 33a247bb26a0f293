-- Statements without parameters are run with none, not with an empty list: extensions that look into plans take that for parameters.
\pset format unaligned
\pset tuples_only on
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
CREATE TABLE opened (record_id text, occurred_at timestamptz, label text) PARTITION BY RANGE (occurred_at);
CREATE TABLE opened_2026 PARTITION OF opened FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO mapping SELECT 'r' || n, 'p' || n % 50 FROM generate_series(1, 100) n;
INSERT INTO opened SELECT 'r' || n, '2026-01-01', 'x' || n FROM generate_series(1, 30) n;
SELECT segments_internal.debug_check_parameters();
SELECT segments.register_unification('mapping', 'profile_id', 'record_id') IS NULL,
       segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id') IS NULL;
CALL segments.refresh();
INSERT INTO opened SELECT 'r' || n, '2026-01-01', 'y' || n FROM generate_series(31, 40) n;
UPDATE opened SET label = 'z' WHERE record_id = 'r1';
UPDATE mapping SET profile_id = 'p9' WHERE record_id = 'r2';
CALL segments.refresh();
SELECT segments.create_segment('openers', 'Opened where label begins with ''x'' and not (Opened where ProfileId = ''r7'')');
SELECT segments.segment_count('all'), segments.cardinality(segments.members('openers')), count(*) FROM segments.profiles(segments.members('openers'));
SELECT count(*) > 0 FROM segments.segment_explain('not Opened');
SELECT segments.run_segment('openers'), segments.update_segment('openers', 'Opened'), segments.rename_segment('openers', 'readers');
SELECT count(*) FROM segments.member;
SELECT count(*) > 0 FROM segments.waiting_rows();
SELECT profiles FROM segments.erase_profile('p9');
SELECT count(*) FROM segments.forgotten('p9', '{{contact,r9}}', '{zzz}');
SELECT segments.drop_segment('readers'), segments.unregister_interaction('Opened'), segments.unregister_unification();
SELECT count(*) > 0 FROM segments.interaction_catalog(true);
SELECT segments.detach_all();

-- Names that saved segments go on using are taken over by nobody else; and what one role saves costs others only so much.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\pset tuples_only on
\pset format unaligned
CREATE ROLE left_names_victim;
CREATE ROLE left_names_evil;
CREATE ROLE left_names_owner;
CREATE SCHEMA left_names;
GRANT USAGE, CREATE ON SCHEMA left_names TO left_names_victim, left_names_evil, left_names_owner;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA segments TO left_names_victim, left_names_evil, left_names_owner;
CREATE TABLE left_names.mapping (record_id text, profile_id text);
INSERT INTO left_names.mapping SELECT 'r' || i, 'p' || i FROM generate_series(1, 100) i;
SELECT segments.register_unification('left_names.mapping');
SET ROLE left_names_owner;
CREATE TABLE left_names.gone (record_id text, at timestamptz);
INSERT INTO left_names.gone VALUES ('r1', '2026-01-01');
GRANT SELECT ON left_names.gone TO PUBLIC;
SELECT segments.register_interaction('left_names.gone', 'Gone', 'at', 'record_id', aliases => '{"Long gone"}') > 0;
RESET ROLE;
CALL segments.refresh();
SET ROLE left_names_victim;
SELECT segments.create_segment('uses gone', 'Gone'), segments.create_segment('uses its alias', '"Long gone"');
SET ROLE left_names_owner;
SET client_min_messages = error;
SELECT segments.unregister_interaction('Gone');
SET client_min_messages = warning;

\echo -- a type of somebody else, by its name, an alias, a display name, and by altering it
SET ROLE left_names_evil;
CREATE TABLE left_names.bad (record_id text, at timestamptz);
INSERT INTO left_names.bad SELECT 'r' || i, '2026-01-01' FROM generate_series(1, 100) i;
GRANT SELECT ON left_names.bad TO PUBLIC;
SELECT segments.register_interaction('left_names.bad', 'GONE', 'at', 'record_id');
SELECT segments.register_interaction('left_names.bad', 'Bad', 'at', 'record_id', aliases => '{gone}');
SELECT segments.register_interaction('left_names.bad', 'Bad', 'at', 'record_id', display_name => 'Long gone');
SELECT segments.register_interaction('left_names.bad', 'Bad', 'at', 'record_id') > 0;
SELECT segments.alter_interaction('Bad', new_name => 'Gone');
SELECT segments.alter_interaction('Bad', aliases => '{"Long gone"}');
SELECT segments.set_display_name('type', 'Bad', 'Gone');
RESET ROLE;
SET client_min_messages = error;
CALL segments.refresh();
SET client_min_messages = warning;
SELECT name, state, members FROM segments.segment_overview ORDER BY name;
\echo -- whose it was has it again
SET ROLE left_names_owner;
SELECT segments.register_interaction('left_names.gone', 'Gone', 'at', 'record_id', aliases => '{"Long gone"}') > 0;
RESET ROLE;
CALL segments.refresh();
SELECT name, state, members FROM segments.segment_overview ORDER BY name;

\echo -- a segment of somebody else
SET ROLE left_names_owner;
SELECT segments.create_segment('engaged', 'Gone'), segments.create_segment('other', 'all');
SELECT segments.grant_members('engaged', 'left_names_victim'), segments.grant_members('other', 'left_names_victim');
SET ROLE left_names_victim;
SELECT segments.create_segment('all but engaged', 'all except segment ''engaged''');
SET ROLE left_names_owner;
SELECT segments.drop_segment('engaged', cascade => true);
SET ROLE left_names_evil;
SELECT segments.create_static_segment('engaged', '{p2}');
SELECT segments.create_segment('engaged', 'Bad');
SELECT segments.create_segment('mine', 'Bad');
SELECT segments.rename_segment('mine', 'engaged');
SELECT segments.copy_segment('mine', 'engaged');
SET ROLE left_names_victim;
SELECT segments.create_segment('engaged', 'Gone');
SELECT segments.drop_segment('engaged', cascade => true);
SET ROLE left_names_owner;
SELECT segments.create_segment('engaged', 'Gone');
SELECT segments.rename_segment('engaged', 'busy');
SELECT segments.rename_segment('busy', 'engaged');
SELECT segments.drop_segment('engaged', cascade => true);
RESET ROLE;
SELECT segments.create_segment('engaged', 'Gone');
SELECT segments.set_segment_owner('engaged', 'left_names_owner');
SELECT segments.grant_members('engaged', 'left_names_victim');
CALL segments.refresh();
SELECT name, state, members FROM segments.segment_overview WHERE name IN ('all but engaged', 'engaged') ORDER BY name;

\echo -- whose it was is a role, not a name: one that is made again under the name of one that was dropped has nothing of it
CREATE ROLE left_names_heir;
GRANT USAGE, CREATE ON SCHEMA left_names TO left_names_heir;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA segments TO left_names_heir;
SET ROLE left_names_heir;
CREATE TABLE left_names.heirs (record_id text, at timestamptz);
GRANT SELECT ON left_names.heirs TO PUBLIC;
SELECT segments.register_interaction('left_names.heirs', 'Inherited', 'at', 'record_id') > 0;
SELECT segments.create_segment('heirs', 'all'), segments.grant_members('heirs', 'left_names_victim');
RESET ROLE;
CALL segments.refresh();
SET ROLE left_names_victim;
SELECT segments.create_segment('uses inherited', 'Inherited and segment ''heirs''');
RESET ROLE;
SET client_min_messages = error;
SET ROLE left_names_heir;
SELECT segments.unregister_interaction('Inherited'), segments.drop_segment('heirs', cascade => true);
RESET ROLE;
SELECT kind, name, owner_name, owner = 'left_names_heir'::regrole AS is_role FROM segments.former_name WHERE owner_name = 'left_names_heir' ORDER BY kind;
SET client_min_messages = warning;
DROP OWNED BY left_names_heir;
DROP ROLE left_names_heir;
CREATE ROLE left_names_heir;
GRANT USAGE, CREATE ON SCHEMA left_names TO left_names_heir;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA segments TO left_names_heir;
SET ROLE left_names_heir;
CREATE TABLE left_names.heirs (record_id text, at timestamptz);
SELECT segments.register_interaction('left_names.heirs', 'Inherited', 'at', 'record_id');
SELECT segments.create_segment('heirs', 'all');
RESET ROLE;
DROP OWNED BY left_names_heir;
DROP ROLE left_names_heir;
SELECT segments.drop_segment('uses inherited');

\echo -- how much a role may save
SET segments.max_definitions_size = '20kB';
SET ROLE left_names_evil;
SELECT segments.create_segment('large', string_agg('Bad', ' or ')::segments.definition, state => 'draft') FROM generate_series(1, 4000);
SELECT segments.create_segment('small', string_agg('Bad', ' or ')::segments.definition, state => 'draft') FROM generate_series(1, 1000);
SELECT segments.update_segment('small', string_agg('Bad', ' or ')::segments.definition) FROM generate_series(1, 1500) i WHERE i < 1400;
SELECT segments.update_segment('small', string_agg('Bad', ' or ')::segments.definition) FROM generate_series(1, 1300) i;
SELECT segments.drop_segment('small');
SELECT segments.create_segment('small', string_agg('Bad', ' or ')::segments.definition, state => 'draft') FROM generate_series(1, 2000);
RESET ROLE;
SELECT segments.create_segment('large', string_agg('Bad', ' or ')::segments.definition, state => 'draft') FROM generate_series(1, 4000);
RESET segments.max_definitions_size;

\echo -- lists by hand take no longer than any segment may
SET ROLE left_names_evil;
SET client_min_messages = warning;
SELECT segments.create_static_segment('unknown people', ARRAY(SELECT 'x' || i FROM generate_series(1, 15000) i) || '{p7,p8}'::text[]);
RESET ROLE;
SET segments.segment_time_limit = '50ms';
SET client_min_messages = error;
CALL segments.refresh();
SET client_min_messages = warning;
SELECT name, state, last_sqlstate, members FROM segments.segment_overview WHERE name = 'unknown people';
RESET segments.segment_time_limit;
CALL segments.refresh();
SELECT name, state, members FROM segments.segment_overview WHERE name = 'unknown people';
SELECT profile_id FROM segments.member WHERE segment = 'unknown people' ORDER BY 1;

\echo -- names that no segment uses are forgotten once there are many; one that a segment lost is not
SET client_min_messages = error;
SELECT count(segments.drop_segment(name)) > 0 AS dropped FROM segments.segment_overview;
CREATE TABLE again (record_id text, at timestamptz);
SELECT segments.register_interaction('again', 'Lost_one', 'at', 'record_id') > 0 AS registered;
SELECT segments.create_segment('of the lost one', 'Lost_one', state => 'draft');
SELECT segments.unregister_interaction('Lost_one');
SELECT count(segments.register_interaction('again', 'Again', 'at', 'record_id', aliases => ARRAY(SELECT format('again %s of %s', n, i) FROM generate_series(1, 99) n))),
       count(segments.unregister_interaction('Again')) FROM generate_series(1, 12) i;
SELECT count(*) FILTER (WHERE name = 'lost_one') AS lost_one, count(*) < 1200 AS few FROM segments.former_name WHERE kind = 'type';
DROP OWNED BY left_names_victim, left_names_evil, left_names_owner;
DROP ROLE left_names_victim, left_names_evil, left_names_owner;

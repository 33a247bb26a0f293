-- What an owner writes about a table is carried by everybody's catalog: there is an end to it.
SET client_min_messages = warning;
\set VERBOSITY terse
CREATE TABLE visit (record_id text, other text, at timestamptz, kind text);
SELECT segments.register_interaction('visit', 'Visit', 'at', 'record_id', aliases => ARRAY(SELECT 'a' || n FROM generate_series(1, 101) n));
SELECT segments.register_interaction('visit', 'Visit', 'at', 'record_id', description => repeat('x', 10001));
SELECT segments.register_interaction('visit', 'Visit', 'at', 'record_id', group_name => repeat('x', 256));
SELECT segments.register_interaction('visit', 'Visit', 'at', 'record_id', fields => jsonb_build_array(jsonb_build_object('column', 'other', 'note', repeat('x', 10001))));
SELECT segments.register_interaction('visit', 'Visit', 'at', 'record_id', aliases => ARRAY(SELECT 'a' || n FROM generate_series(1, 100) n),
    description => repeat('x', 10000), group_name => repeat('x', 255), fields => jsonb_build_array(jsonb_build_object('column', 'other', 'note', repeat('x', 10000)))) > 0 AS registered;
SELECT segments.alter_interaction('Visit', aliases => ARRAY(SELECT 'a' || n FROM generate_series(1, 101) n));
SELECT segments.alter_interaction('Visit', description => repeat('x', 10001));
SELECT segments.alter_interaction('Visit', relations => (SELECT jsonb_agg(jsonb_build_object('name', 'r' || n, 'record_type', 'contact', 'record_id_column', 'record_id', 'default', n = 1)) FROM generate_series(1, 101) n));
SELECT segments.alter_interaction('Visit', relations => (SELECT jsonb_agg(jsonb_build_object('name', 'r' || n, 'record_type', 'contact', 'record_id_column', 'other', 'default', n = 1)) FROM generate_series(1, 100) n));
SELECT segments.register_relation('Visit', 'one_more', 'record_id');
CREATE TABLE happened (record_id text, at timestamptz, kind text);
SET segments.max_event_types = 3;
SELECT segments.register_events('happened', 'kind', 'at', 'record_id', event_types => '{a,b,c,d}');
SELECT segments.register_events('happened', 'kind', 'at', 'record_id', event_types => '{a,b,c}') > 0 AS registered;
SELECT segments.alter_events('happened', names => '[{"value": "d"}]');
SELECT segments.alter_events('happened', names => jsonb_build_array(jsonb_build_object('value', 'a', 'aliases', (SELECT jsonb_agg('n' || n) FROM generate_series(1, 101) n))));
SELECT segments.alter_events('happened', names => '[{"value": "a", "display_name": "An a"}]');
SELECT segments.alter_interaction('Visit', rows_where => 'kind IN (' || repeat('''x'', ', 2000) || '''y'')');
SELECT segments.alter_interaction('Visit', rows_where => 'kind IN (' || repeat('''x'', ', 1000) || '''y'')');

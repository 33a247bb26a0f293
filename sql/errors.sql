-- What goes wrong with definitions: SQLSTATE, position, detail and hint.
SET TimeZone = 'UTC';
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TABLE opened (record_id text, occurred_at timestamptz, label text, n int, small smallint, price numeric, flag boolean,
                     day date, at timestamptz, mood mood, id uuid, doc json, "Label 2" text, "label 2" text, code char(4));
CREATE TABLE clicked (record_id text, occurred_at timestamptz);
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('opened', 'EmailOpened', 'occurred_at', 'record_id', display_name => 'Mail',
    fields => '[{"column": "label", "name": "Label", "display_name": "The label"}, {"column": "n", "name": "Number", "display_name": "The label"}]');
SELECT segments.register_unification('mapping', record_type => 'contact');

-- Too early.
SELECT segments.segment_count('all');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.create_segment('too early', 'EmailOpened');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM segments.segment_overview;
CALL segments.refresh();
SELECT segments.register_interaction('clicked', 'EmailClicked', 'occurred_at', 'record_id', display_name => 'Mail');
SELECT segments.segment_count('EmailOpened and EmailClicked');
\echo :LAST_ERROR_SQLSTATE
-- Saved without being run, it only needs its names.
SELECT segments.create_segment('later', 'EmailOpened and EmailClicked', run => false);
CALL segments.refresh();
SELECT segments.segment_count('EmailOpened and EmailClicked');

-- Names.
SELECT segments.segment_count('EmailOpened and EmialOpened');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('Something_else_entirely');
SELECT segments.segment_count('all or "mail"');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('EmailOpened where lable = ''x''');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('EmailOpened where segments_xid = 1');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('EmailOpened where "The label" = ''x''');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('EmailOpened where "LABEL 2" = ''x''');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('EmailOpened where ("Label 2" is null and "label 2" is null)');
SELECT segments.segment_count('EmailOpened where InteractionId = ''x''');

-- Types.
SELECT segments.segment_count('EmailOpened where doc is null');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('EmailOpened where n contains ''1''');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('EmailOpened where flag > true');
SELECT segments.segment_count('EmailOpened where n is empty');
SELECT segments.segment_count('EmailOpened where label = 5');
SELECT segments.segment_count('EmailOpened where label = true');
SELECT segments.segment_count('EmailOpened where n = true');
SELECT segments.segment_count('EmailOpened where day = 5');
SELECT segments.segment_count('EmailOpened where id = 5');
SELECT segments.segment_count('EmailOpened where flag = 1');
SELECT segments.segment_count('EmailOpened where mood = ''sad'' ignore case');
SELECT segments.segment_count('EmailOpened where ProfileId = 5');
SELECT segments.segment_count('EmailOpened where Timestamp contains ''2026''');

-- Literals.
SELECT segments.segment_count('EmailOpened where n = ''five''');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('EmailOpened where small = ''70000''');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('EmailOpened where small < 70000');
SELECT segments.segment_count('EmailOpened where price in (1, ''x'')');
SELECT segments.segment_count('EmailOpened where mood = ''mad''');
SELECT segments.segment_count('EmailOpened where id = ''123''');
SELECT segments.segment_count('EmailOpened where flag = ''perhaps''');
SELECT segments.segment_count('EmailOpened where day = ''2026-02-30''');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('EmailOpened since ''yesteryear''');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('EmailOpened since ''03/04/2026''');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('EmailOpened since ''25.12.2026''');
SELECT segments.segment_count('EmailOpened from ''2026-03-01'' to ''2026-04-01 00:00 Mars/Base''');

-- Arguments and settings.
SELECT segments.segment_count('all', 'infinity');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_eval('all', '-infinity');
SELECT segments.segment_count(NULL) IS NULL AS null_of_null;
SET segments.time_zone = 'Mars/Base';
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('EmailOpened', '294276-12-31 23:59:59.999999'), segments.segment_count('EmailOpened within last 3 years', '4713-01-01 BC');

-- Saved segments.
SELECT segments.create_segment('later', 'all');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.create_segment('', 'all');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.create_segment(repeat('x', 2000), 'all');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.create_segment(NULL, 'all');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.create_segment('null', NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT segments.create_segment('unknown', 'EmailOpend', run => false);
\echo :LAST_ERROR_SQLSTATE
SELECT segments.run_segment('nobody');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.create_segment('never run', 'all', run => false);
SELECT segments.members('never run');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.grant_members('never run', 'nobody_of_that_name');
\echo :LAST_ERROR_SQLSTATE

-- Nothing was left behind by all that.  The segment that was saved too early was run by the next refresh.
SELECT name, state FROM segments.segment_overview ORDER BY name;

-- The engine's aggregate trusts nothing.
SELECT segments_internal.evaluate_tile('\x00', 0, '\x00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT segments_internal.evaluate_tile(NULL, 0, '\x00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

-- A source that is dropped or renamed.
ALTER TABLE clicked RENAME TO tapped;
SELECT segments.segment_count('EmailClicked');
DROP TABLE tapped;
SELECT segments.segment_count('EmailClicked');
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE opened DROP COLUMN label;
SELECT segments.segment_count('EmailOpened where label = ''x''');
SELECT segments.segment_count('EmailOpened');

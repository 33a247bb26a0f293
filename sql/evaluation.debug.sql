-- Evaluations that end in an error leave no object of ours behind.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE opened (record_id int, occurred_at timestamptz, label text, price numeric);
CREATE TABLE mapping (record_id int PRIMARY KEY, profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT i, 'p' || i FROM generate_series(0, 199999) i;
INSERT INTO opened SELECT i, '2026-03-31', 'label ' || i, i FROM generate_series(0, 99999) i;
CALL segments.refresh();
SELECT segments.segment_count('Opened where (price > 5 and label contains ''9'' ignore case)', '2026-03-31');
SELECT segments_internal.live_objects();

-- A cancel in the middle of a tile.
SELECT string_agg(format('Opened where label contains ''%s'' ignore case', i), ' or ') AS endless FROM generate_series(1, 4000) i \gset
SET statement_timeout = '200ms';
SELECT segments.segment_count(:'endless', '2026-03-31');
RESET statement_timeout;
SELECT segments_internal.live_objects();

-- Damaged fragments: in the middle of the statement, inside a subtransaction, and when members are written.
UPDATE segments.fragment SET data = set_byte(data, length(data) / 2, get_byte(data, length(data) / 2) # 255) WHERE field = 3;
DO $$
BEGIN
    PERFORM segments.segment_count('Opened where label = ''label 7''', '2026-03-31');
EXCEPTION WHEN data_corrupted THEN
    RAISE WARNING 'noticed: %', SQLERRM;
END
$$;
SELECT segments_internal.live_objects();
SELECT segments.segment_eval('Opened where label <> ''label 7''', '2026-03-31');
SELECT segments_internal.live_objects();
SELECT segments.create_segment('damaged', 'Opened where label <> ''label 7''', run => false);
SELECT segments.create_segment('sound', 'Opened', run => false);
CALL segments.refresh();
SELECT name, state, members, last_sqlstate FROM segments.segment_overview ORDER BY name;
SELECT segments_internal.live_objects();

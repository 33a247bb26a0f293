-- What an operator sees of fragments: sizes, what merging has yet to do, and what waits for a refresh.
SET client_min_messages = warning;
CREATE TABLE event (record_id text, occurred_at timestamptz, number int) PARTITION BY LIST (number);
CREATE TABLE event_0 PARTITION OF event FOR VALUES IN (0) PARTITION BY LIST (record_id);
CREATE TABLE event_0_a PARTITION OF event_0 FOR VALUES IN ('a');
CREATE TABLE click (record_id text, occurred_at timestamptz);
CREATE TABLE mapping (record_id text, profile_id text NOT NULL);
SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id');
SELECT segments.register_interaction('click', 'Click', 'occurred_at', 'record_id');
SELECT segments.register_unification('mapping');
INSERT INTO mapping VALUES ('a', 'p');
SELECT * FROM segments.fragment_status ORDER BY name;

-- Small refreshes: merging has more and more ahead, until it comes.
CREATE VIEW debt AS
SELECT fragments, unmerged_fragments, rows, unmerged_rows, merge_debt_rows FROM segments.fragment_status WHERE name = 'Event';
CREATE PROCEDURE refresh_with(added int) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO event SELECT 'a', timestamptz '2026-01-01' + n * interval '1 s', 0 FROM generate_series(1, added) n;
    COMMIT;
    CALL segments.refresh();
END $$;
CALL refresh_with(10);
TABLE debt;
CALL refresh_with(10);
TABLE debt;
CALL refresh_with(10);
CALL refresh_with(10);
CALL refresh_with(10);
CALL refresh_with(10);
CALL refresh_with(10);
TABLE debt;
CALL refresh_with(10);
TABLE debt;

-- Nothing is ahead of a final fragment.
CALL refresh_with(70000);
TABLE debt;

-- A fragment of many tiles has more ahead than a fragment of one, and a small one more than a large one.
SELECT segments_internal.merges_ahead(0, 0, 70000) AS final, segments_internal.merges_ahead(0, 0, 5000) AS nearly, segments_internal.merges_ahead(0, 0, 1) AS small,
       segments_internal.merges_ahead(0, 8, 70000) AS tiles, segments_internal.merges_ahead(0, 8, 1) AS tiles_small, segments_internal.merges_ahead(-1, 8, -1) > 0 AS ends;

-- Changes wait per type, whatever the leaf; those of the mapping are no type's.
INSERT INTO click SELECT 'a', now() FROM generate_series(1, 4);
CALL segments.refresh();
UPDATE event SET occurred_at = now() WHERE occurred_at < '2026-01-01 00:00:04';
DELETE FROM click;
UPDATE mapping SET profile_id = 'q';
SELECT name, waiting_changes FROM segments.fragment_status ORDER BY name;
SELECT waiting_changes FROM segments.refresh_status;
CALL segments.refresh();
SELECT name, rows, waiting_changes FROM segments.fragment_status ORDER BY name;

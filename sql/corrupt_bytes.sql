-- Stored bytes that something else has written: an error that says so, or a right answer; never a crash, never a wrong one.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
CREATE TABLE event (record_type text, record_id text, occurred_at timestamptz, label text, amount numeric, flag boolean,
    day date, number float8, big int8, id uuid);
SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id', 'record_type');
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text NOT NULL);
SELECT segments.register_unification('mapping', record_type => 'contact');
INSERT INTO mapping SELECT n, 'p' || n / 2 FROM generate_series(1, 300) n;
INSERT INTO event SELECT CASE WHEN n % 10 = 0 THEN 'lead' ELSE 'contact' END, n % 350, '2026-01-01'::timestamptz + n * interval '7 min',
    CASE n % 5 WHEN 0 THEN NULL ELSE 'label ' || n % 30 END, n % 13 * 1.50, n % 3 = 0, '2020-02-28'::date + n % 9, n / 3.0, n,
    md5((n % 12)::text)::uuid
FROM generate_series(1, 2000) n;
CALL segments.refresh();

-- What a statement gives after a change, which is undone.
CREATE FUNCTION outcome(change text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE change;
    EXECUTE statement INTO result;
    RAISE EXCEPTION USING ERRCODE = 'SGOK0', MESSAGE = coalesce(result, 'null');
EXCEPTION
    WHEN SQLSTATE 'SGOK0' THEN RETURN SQLERRM;
    WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
CREATE FUNCTION flip(bytes bytea, place int) RETURNS bytea LANGUAGE sql AS $$
    SELECT set_byte(bytes, place, get_byte(bytes, place) # (1 << place % 8)) $$;

-- A question that reads every column; its time bounds cut rows off at both ends, so that times are read.
CREATE TABLE question AS SELECT $$SELECT segments.segment_count('Event from ''2026-01-02'' to ''2026-01-08'' where (label = ''label 3'' or amount > 3
    and number < 400 and not flag = true or day = ''2020-03-01'' and big < 90 or id is null) at least 2', '2027-01-01')$$ AS text;
SELECT outcome('SELECT 1', text) AS truth FROM question \gset
SELECT count(*) = :truth AND count(*) > 50 AS truth_is_true FROM (
    SELECT profile_id FROM event JOIN mapping USING (record_id)
    WHERE record_type = 'contact' AND occurred_at >= '2026-01-02' AND occurred_at < '2026-01-08'
      AND (label = 'label 3' OR amount > 3 AND number < 400 AND NOT flag OR day = '2020-03-01' AND big < 90 OR id IS NULL)
    GROUP BY profile_id HAVING count(*) >= 2) p;

-- One bit of each column of a fragment: the head, and places all over.
SELECT field, outcome, count(*) > 90 AS "all" FROM (
    SELECT field, outcome(format('UPDATE segments.fragment SET data = flip(data, %s) WHERE fragment_id = %s AND field = %s',
                                 place, fragment_id, field), question.text)
    FROM segments.fragment, question, LATERAL (
        SELECT n FROM generate_series(0, 39) n UNION
        SELECT n * (octet_length(data) - 1) / 60 FROM generate_series(0, 60) n) places(place)) flipped
GROUP BY field, outcome ORDER BY field, outcome;
-- Cut off, too long, or empty; and another column's bytes, which are valid by themselves.
SELECT field, outcome, count(*) FROM (
    SELECT field, outcome(format('UPDATE segments.fragment SET data = substr(data, 1, %s) WHERE fragment_id = %s AND field = %s',
                                 octet_length(data) * n / 20, fragment_id, field), question.text)
    FROM segments.fragment, question, generate_series(0, 19) n) cut
GROUP BY field, outcome ORDER BY field, outcome;
SELECT field, outcome(format('UPDATE segments.fragment SET data = data || ''\x00'' WHERE fragment_id = %s AND field = %s', fragment_id, field), question.text)
FROM segments.fragment, question ORDER BY field;
SELECT count(*) AS swapped, count(*) FILTER (WHERE outcome LIKE 'XX001 %') AS seen
FROM (
    SELECT outcome(format('UPDATE segments.fragment SET data = (SELECT data FROM segments.fragment WHERE field = %s) WHERE field = %s',
                          other.field, one.field), question.text)
    FROM segments.fragment one, segments.fragment other, question WHERE one.field <> other.field) swapped;
-- The columns beside the bytes.  A column that has vanished is not missed, and tiles, and times outside of the window, may hide a
-- fragment unseen.
SELECT change, replace(outcome(format('UPDATE segments.fragment SET %s', change), question.text), :'truth', 'right') AS outcome
FROM question, unnest(ARRAY['row_count = -1', 'row_count = 0', 'row_count = 2147483647', 'row_count = row_count - 1',
    'min_time = ''-infinity'', max_time = ''infinity''', 'min_time = min_time + interval ''1 day''',
    'min_time = ''2026-01-03'', max_time = ''2026-01-04''', 'fragment_id = fragment_id + 1', 'upper_bound = NULL',
    'lower_bound = set_byte(lower_bound, 0, 255)',
    'lower_bound = o.lower_bound, upper_bound = o.upper_bound FROM segments.fragment o WHERE o.field = 10 AND fragment.field = 9',
    'first_tile = -1', 'last_tile = 5', 'last_tile = 2147483647',
    'known_fields = -1', 'known_fields = 32767', 'known_fields = 4',
    'lower_bound = ''\x'', upper_bound = ''\x''', 'lower_bound = NULL, upper_bound = NULL',
    'lower_bound = ''\x00'', upper_bound = decode(repeat(''ff'', 200), ''hex'')',
    'field = 30 WHERE field = 0', 'field = 30 WHERE field = -1', 'field = 30 WHERE field = 4',
    'fragment_id = 999 WHERE field = 0', 'fragment_id = 999 WHERE field = -1', 'fragment_id = 999 WHERE field = 4']) AS change;

-- The bytes of the same column in another fragment with as many rows, of the same records.
CREATE TABLE first_fragment AS SELECT * FROM segments.fragment;
UPDATE event SET label = label || 'x', amount = amount + 1, flag = NOT flag, day = day + 1, number = number + 1, big = big + 1,
    id = md5(id::text)::uuid;
CALL segments.refresh();
SELECT field, outcome(format('UPDATE segments.fragment new SET data = old.data FROM first_fragment old'
                             ' WHERE old.field = new.field AND new.field = %s AND new.to_refresh > 1000', field), question.text)
FROM first_fragment, question ORDER BY field;
UPDATE event SET label = left(label, -1), amount = amount - 1, flag = NOT flag, day = day - 1, number = number - 1, big = big - 1,
    id = md5(((big - 1) % 12)::text)::uuid;
CALL segments.refresh();
SELECT outcome('SELECT 1', text) = :'truth' AS unchanged FROM question;

-- Profile maps: the head, and places all over; and cut off.
CREATE VIEW places AS SELECT place FROM segments.tile, LATERAL (
    SELECT n FROM generate_series(0, 39) n UNION SELECT n * (octet_length(profile_map) - 1) / 60 FROM generate_series(0, 60) n) places(place);
SELECT outcome, count(*) > 90 AS "all" FROM (
    SELECT outcome(format('UPDATE segments.tile SET profile_map = flip(profile_map, %s)', place), question.text) FROM question, places) flipped
GROUP BY outcome;
SELECT outcome, count(*) > 90 AS "all" FROM (
    SELECT outcome(format('UPDATE segments.tile SET profile_map = substr(profile_map, 1, %s)', place), question.text) FROM question, places) cut
GROUP BY outcome;
SELECT change, replace(outcome(format('UPDATE segments.tile SET %s', change), question.text), :'truth', 'right') AS outcome
FROM question, unnest(ARRAY['next_ordinal = 0', 'next_ordinal = -1', 'next_ordinal = 9223372036854775807',
    'profile_count = -1', 'profile_count = 2147483647', 'tile = -8', 'tile = 8', 'tile = 2147483640']) AS change;

-- Members of saved segments; a run replaces what is not as it should be.
SELECT segments.create_segment('all of them', 'Event') > 100 AS created;
CREATE TABLE reading AS SELECT * FROM unnest(ARRAY[
    $$SELECT segments.cardinality(segments.members('all of them')) = 150$$,
    $$SELECT count(profile_id || '') <= 150 FROM segments.member WHERE segment = 'all of them'$$,
    $$SELECT segments.run_segment('all of them') = 150$$]) AS text;
SELECT reading.text, outcome, count(*) FROM (
    SELECT reading.text, left(outcome(format('UPDATE segments.membership SET members = flip(members, %s)', place), reading.text), 60) AS outcome
    FROM reading, (SELECT generate_series(0, octet_length(members) - 1, 7) AS place FROM segments.membership) places) reading
GROUP BY text, outcome ORDER BY text, outcome;
SELECT reading.text, outcome, count(*) FROM (
    SELECT reading.text, left(outcome(format('UPDATE segments.membership SET members = substr(members, 1, %s)', place), reading.text), 60) AS outcome
    FROM reading, (SELECT generate_series(0, octet_length(members) - 1, 11) AS place FROM segments.membership) places) reading
GROUP BY text, outcome ORDER BY text, outcome;
SELECT change, reading.text, outcome(format('UPDATE segments.membership SET %s', change), reading.text)
FROM reading, unnest(ARRAY['tile = -8', 'tile = 2147483640', 'member_count = -5', 'segment_id = 77', 'checksum = 0',
    -- As many others.
    'members = set_byte(members, octet_length(members) - 2, get_byte(members, octet_length(members) - 2) # 1)']) AS change ORDER BY 1, 2;

-- Refreshes: the changes that wait, fragments that lose rows, and profile maps.  What was stored is put back each time.
UPDATE event SET label = 'changed' WHERE big = 5;
DELETE FROM event WHERE big = 7;
INSERT INTO event SELECT 'contact', n, '2026-01-03', 'new', 1, true, '2026-01-03', 0, n, NULL FROM generate_series(1, 10) n;
INSERT INTO mapping VALUES ('new', 'new'), ('340', 'p1');
CREATE TABLE truth AS SELECT count(DISTINCT profile_id) AS truth FROM event JOIN mapping USING (record_id) WHERE record_type = 'contact' AND big < 20;
CREATE TABLE saved_log AS SELECT * FROM segments.change_log;
CREATE TABLE saved_fragment AS SELECT * FROM segments.fragment;
CREATE TABLE saved_tile AS SELECT * FROM segments.tile;
CREATE TABLE tried (change text, outcome text);
CREATE PROCEDURE refresh_after(change text) LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE change;
    COMMIT;
    BEGIN
        CALL segments.refresh();
        result := CASE WHEN segments.segment_count('Event where big < 20', '2027-01-01') = (SELECT truth FROM truth) THEN 'right' ELSE 'wrong' END;
        RAISE EXCEPTION USING ERRCODE = 'SGOK0', MESSAGE = result;
    EXCEPTION
        WHEN SQLSTATE 'SGOK0' THEN result := SQLERRM;
        WHEN OTHERS THEN result := SQLSTATE || ' ' || SQLERRM;
    END;
    INSERT INTO tried VALUES (change, result);
    TRUNCATE segments.change_log, segments.fragment, segments.tile;
    INSERT INTO segments.change_log OVERRIDING SYSTEM VALUE SELECT * FROM saved_log;
    INSERT INTO segments.fragment SELECT * FROM saved_fragment;
    INSERT INTO segments.tile SELECT * FROM saved_tile;
    COMMIT;
END
$$;
CALL refresh_after('SELECT 1');
DO $$
DECLARE
    change text;
BEGIN
    FOR change IN
        SELECT format('UPDATE segments.change_log SET old_row = flip(old_row, %s) WHERE change_id = %s', place, change_id)
        FROM saved_log, generate_series(0, octet_length(old_row) - 1, 17) place
        UNION ALL SELECT format('UPDATE segments.change_log SET old_row = substr(old_row, 1, %s)', place) FROM generate_series(0, 200, 50) place
        UNION ALL SELECT format('UPDATE segments.fragment SET data = flip(data, %s) WHERE field = %s', octet_length(data) * n / 3, field)
                  FROM saved_fragment, generate_series(0, 2) n
        UNION ALL SELECT 'DELETE FROM segments.fragment WHERE field = ' || field FROM saved_fragment
        UNION ALL SELECT format('UPDATE segments.tile SET profile_map = flip(profile_map, %s)', place) FROM generate_series(0, 600, 100) place
        UNION ALL VALUES ('UPDATE segments.tile SET next_ordinal = 0'), ('UPDATE segments.tile SET next_ordinal = 9223372036854775807'),
            ('UPDATE segments.tile SET next_ordinal = -1'), ('DELETE FROM segments.tile')
    LOOP
        CALL refresh_after(change);
    END LOOP;
END
$$;
SELECT substring(change FROM 'SELECT 1|segments\.\w+(?: SET \w+)?') AS change, left(outcome, 5) AS outcome, count(*) FROM tried GROUP BY 1, 2 ORDER BY 1, 2;
CALL segments.refresh();
SELECT segments.segment_count('Event where big < 20', '2027-01-01') = (SELECT truth FROM truth) AS right;

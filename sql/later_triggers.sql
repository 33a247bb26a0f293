-- Where a trigger sets stamps, one that comes after it can undo them. What is written meanwhile is hidden from no refresh, whichever
-- way the trigger goes.
SET TimeZone = 'UTC';
SET client_min_messages = error;
CREATE TABLE mapping (record_id text, profile_id text);
CREATE TABLE ordered (record_id text, at timestamptz, label text);
CREATE TABLE parted (record_id text, at timestamptz, label text) PARTITION BY RANGE (at);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE person (record_id text, label text);
CREATE TABLE happened (record_id text, at timestamptz, label text);
CREATE TABLE known (label text PRIMARY KEY, class text);
INSERT INTO mapping SELECT 'r' || i, 'p' || i FROM generate_series(1, 400) i;
INSERT INTO known VALUES ('a', 'old'), ('b', 'old'), ('c', 'old');
SELECT segments.register_unification('mapping', record_type => 'contact', stamp => 'default');
SELECT segments.register_interaction('ordered', 'Ordered', 'at', 'record_id', stamp => 'default');
SELECT segments.register_interaction('parted', 'Parted', 'at', 'record_id', stamp => 'default');
SELECT segments.register_profile_source('person', 'Person', 'record_id', stamp => 'default');
SELECT segments.register_events('happened', 'label', 'at', 'record_id', stamp => 'default');
SELECT segments.register_lookup('known', 'Known', 'label', '{Ordered.label}', stamp => 'default');
INSERT INTO ordered SELECT 'r' || i, '2026-03-01', 'a' FROM generate_series(1, 300) i;
INSERT INTO parted SELECT 'r' || i, '2026-03-01', 'a' FROM generate_series(1, 300) i;
INSERT INTO person SELECT 'r' || i, 'a' FROM generate_series(1, 300) i;
INSERT INTO happened SELECT 'r' || i, '2026-03-01', 'a' FROM generate_series(1, 300) i;
CALL segments.refresh();
CALL segments.refresh();

-- Keeps what the row had before, its stamp too, or gives a new one a stamp that every refresh has seen.
CREATE FUNCTION undo_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.segments_xid := CASE TG_OP WHEN 'UPDATE' THEN OLD.segments_xid ELSE '3'::xid8 END;
    RETURN NEW;
END
$$;
CREATE PROCEDURE on_all(statement text) LANGUAGE plpgsql AS $$
DECLARE
    source text;
BEGIN
    FOREACH source IN ARRAY '{mapping,ordered,parted_2,person,happened,known}'::text[] LOOP EXECUTE format(statement, source); END LOOP;
END
$$;
CREATE PROCEDURE write(label text, n int) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE mapping SET profile_id = label || n WHERE record_id = 'r' || n;
    INSERT INTO mapping VALUES ('r' || 400 + n, 'p' || 400 + n);
    UPDATE ordered SET label = write.label WHERE record_id = 'r' || n;
    UPDATE parted SET label = write.label WHERE record_id = 'r' || n;
    UPDATE person SET label = write.label WHERE record_id = 'r' || n;
    UPDATE happened SET label = write.label WHERE record_id = 'r' || n;
    UPDATE known SET class = write.label WHERE known.label = 'a';
    INSERT INTO ordered VALUES ('r' || 400 + n, '2026-03-02', label);
    INSERT INTO parted VALUES ('r' || 400 + n, '2026-03-02', label);
    INSERT INTO person VALUES ('r' || 400 + n, label);
    INSERT INTO happened VALUES ('r' || 400 + n, '2026-03-02', label);
END
$$;
-- What is not equal to SQL, and how many sources are frozen.
CREATE FUNCTION wrong() RETURNS TABLE (what text, counted int8, expected int8) LANGUAGE sql AS $$
    SELECT 'all', segments.segment_count('all'), count(DISTINCT profile_id) FROM mapping
        HAVING segments.segment_count('all') <> count(DISTINCT profile_id)
    UNION ALL SELECT * FROM (
        SELECT source || label, segments.segment_count(format(definition, label)), truth
        FROM (SELECT 'Ordered ', 'Ordered where label = ''%s''', label, count(*) FROM ordered GROUP BY label
            UNION ALL SELECT 'Parted ', 'Parted where label = ''%s''', label, count(*) FROM parted GROUP BY label
            UNION ALL SELECT 'Person ', 'Person.label = ''%s''', label, count(*) FROM person GROUP BY label
            UNION ALL SELECT '', '"%s"', label, count(*) FROM happened GROUP BY label
            UNION ALL SELECT 'Known ', 'Ordered where label.class = ''%s''', class, count(*)
                FROM ordered JOIN known USING (label) GROUP BY class) wanted (source, definition, label, truth)
        ) compared (what, counted, expected) WHERE counted <> expected
    UNION ALL SELECT 'frozen', cardinality(frozen), 0 FROM segments.refresh_status WHERE cardinality(frozen) > 0
    ORDER BY 1
$$;
SELECT * FROM wrong();

-- It stands while a refresh runs, which freezes; then it is given the name that the hint says.
CALL on_all('CREATE TRIGGER "~~later" BEFORE INSERT OR UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION undo_stamp()');
CALL write('b', 1);
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CALL segments.refresh();
SET client_min_messages = error;
CALL on_all('ALTER TRIGGER "~~later" ON %I RENAME TO "before_~~later"');
CALL segments.refresh();
SELECT * FROM wrong();
CALL on_all('DROP TRIGGER "before_~~later" ON %I');
CALL segments.refresh();
SELECT * FROM wrong();

-- It goes altogether, as if it had never been.
CALL on_all('CREATE TRIGGER "~~later" BEFORE INSERT OR UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION undo_stamp()');
CALL write('c', 2);
CALL segments.refresh();
SELECT cardinality(frozen) FROM segments.refresh_status;
CALL on_all('DROP TRIGGER "~~later" ON %I');
CALL segments.refresh();
SELECT * FROM wrong();

-- It is given that name, or disabled, before a refresh sees it.
CALL on_all('CREATE TRIGGER "~~later" BEFORE INSERT OR UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION undo_stamp()');
CALL write('b', 3);
CALL on_all('ALTER TRIGGER "~~later" ON %I RENAME TO "before_~~later"');
CALL segments.refresh();
SELECT * FROM wrong();
CALL on_all('ALTER TRIGGER "before_~~later" ON %I RENAME TO "~~later"');
CALL write('c', 4);
CALL on_all('ALTER TABLE %I DISABLE TRIGGER "~~later"');
CALL segments.refresh();
SELECT * FROM wrong();
CALL on_all('DROP TRIGGER "~~later" ON %I');
CALL segments.refresh();

-- Once these are gone, only changes are read again.
CALL write('b', 5);
CALL segments.refresh();
SELECT * FROM wrong();
SELECT part_rows_added, part_rows_removed FROM segments.refresh_log WHERE is_published AND part_name = 'Ordered';

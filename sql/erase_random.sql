-- Random persons, changes of the mapping, erasures and hostile triggers: each erasure leaves nothing of the person, or raises and
-- leaves everything as it was; results equal SQL.
SET TimeZone = 'UTC';
SET client_min_messages = error;
CREATE TABLE opened (record_type text, record_id text, occurred_at timestamptz, note text) PARTITION BY LIST (record_type);
CREATE TABLE opened_contact PARTITION OF opened FOR VALUES IN ('contact');
CREATE TABLE opened_other PARTITION OF opened DEFAULT;
CREATE TABLE bought (customer varchar(12), bought_at timestamptz, amount numeric);
CREATE TABLE mapping (record_type text, record_id char(12), profile_id text);
SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id', 'record_type');
SELECT segments.register_interaction('bought', 'Bought', 'bought_at', 'customer', record_type => 'contact');
SELECT segments.register_unification('mapping');

CREATE VIEW interaction AS
SELECT profile_id, 'opened' AS what, note FROM opened JOIN mapping ON opened.record_type = mapping.record_type AND opened.record_id = mapping.record_id::text
WHERE occurred_at IS NOT NULL
UNION ALL SELECT profile_id, 'bought', NULL FROM bought JOIN mapping ON record_type = 'contact' AND mapping.record_id::text = customer WHERE bought_at IS NOT NULL;
CREATE FUNCTION wrong() RETURNS bigint LANGUAGE sql AS $$
    WITH asked (ours, theirs) AS (
        SELECT ARRAY(SELECT p FROM segments.profiles(segments.segment_eval('all')) p ORDER BY 1), ARRAY(SELECT DISTINCT profile_id FROM mapping ORDER BY 1)
        UNION ALL SELECT ARRAY(SELECT p FROM segments.profiles(segments.segment_eval('Opened at least 3')) p ORDER BY 1),
            ARRAY(SELECT profile_id FROM interaction WHERE what = 'opened' GROUP BY 1 HAVING count(*) >= 3 ORDER BY 1)
        UNION ALL SELECT ARRAY(SELECT p FROM segments.profiles(segments.segment_eval('Opened where note = ''n1'' and not Bought')) p ORDER BY 1),
            ARRAY(SELECT profile_id FROM interaction WHERE note = 'n1' EXCEPT SELECT profile_id FROM interaction WHERE what = 'bought' ORDER BY 1)
        UNION ALL SELECT ARRAY(SELECT profile_id FROM segments.member WHERE segment = 'buyers' ORDER BY 1),
            ARRAY(SELECT DISTINCT profile_id FROM interaction WHERE what = 'bought' ORDER BY 1)
        UNION ALL SELECT ARRAY[(SELECT sum(total) FROM segments.interaction_catalog(true))::text],
            ARRAY[((SELECT count(*) FROM opened) + (SELECT count(*) FROM bought))::text])
    SELECT count(*) FROM asked WHERE ours IS DISTINCT FROM theirs
$$;
-- Of everything there is.
CREATE FUNCTION fingerprint() RETURNS text LANGUAGE sql AS $$
    SELECT md5(concat((SELECT array_agg(o::text ORDER BY o::text) FROM opened o), (SELECT array_agg(b::text ORDER BY b::text) FROM bought b),
        (SELECT array_agg(m::text ORDER BY m::text) FROM mapping m), (SELECT array_agg(r::text ORDER BY r::text) FROM segments.record r),
        (SELECT array_agg(f::text ORDER BY f::text) FROM segments.fragment f), (SELECT array_agg(t::text ORDER BY t::text) FROM segments.tile t),
        (SELECT array_agg(m::text ORDER BY m::text) FROM segments.membership m), (SELECT array_agg(l::text ORDER BY l::text) FROM segments.change_log l),
        (SELECT array_agg(p::text ORDER BY p::text) FROM segments.previous_profile p), (SELECT count(*) FROM segments.erasure)))
$$;

CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF random() < 0.5 THEN RETURN OLD; END IF; RETURN NULL; END';
CREATE FUNCTION soften() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    EXECUTE format('UPDATE %I.%I SET note = ''deleted'' WHERE ctid = $1', TG_TABLE_SCHEMA, TG_TABLE_NAME) USING OLD.ctid; RETURN NULL; END $$;
CREATE FUNCTION revive() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO public.bought VALUES ((SELECT customer FROM (SELECT OLD.*) old), now(), -1); RETURN NULL; END $$;
CREATE FUNCTION move_on() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO public.mapping VALUES (OLD.record_type, OLD.record_id, 'p' || floor(random() * 40)); RETURN NULL; END $$;
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END';
CREATE TABLE hostility (number int, attach text, remove text);
INSERT INTO hostility VALUES
    (0, 'CREATE TRIGGER hostile BEFORE DELETE ON opened FOR EACH ROW EXECUTE FUNCTION keep()', 'DROP TRIGGER hostile ON opened'),
    (1, 'CREATE TRIGGER hostile BEFORE DELETE ON opened_contact FOR EACH ROW EXECUTE FUNCTION soften()', 'DROP TRIGGER hostile ON opened_contact'),
    (2, 'CREATE CONSTRAINT TRIGGER hostile AFTER DELETE ON bought DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION revive()', 'DROP TRIGGER hostile ON bought'),
    (3, 'CREATE TRIGGER hostile AFTER DELETE ON mapping FOR EACH ROW EXECUTE FUNCTION move_on()', 'DROP TRIGGER hostile ON mapping'),
    (4, 'CREATE TRIGGER hostile BEFORE DELETE ON mapping FOR EACH ROW EXECUTE FUNCTION keep()', 'DROP TRIGGER hostile ON mapping'),
    (5, 'CREATE RULE hostile AS ON DELETE TO bought DO INSTEAD NOTHING', 'DROP RULE hostile ON bought'),
    (6, 'CREATE TRIGGER hostile BEFORE DELETE ON bought FOR EACH ROW EXECUTE FUNCTION tell()', 'DROP TRIGGER hostile ON bought');

CREATE PROCEDURE change() LANGUAGE sql AS $$
    -- Odd ids too; a record is mapped once.
    INSERT INTO mapping SELECT record_type, record_id, profile FROM (
        SELECT (ARRAY['contact', 'lead'])[1 + n % 2] AS record_type, (ARRAY['', 'Ü"', '''', '{a,', '%\'])[1 + n % 5] || n AS record_id, 'p' || floor(random() * 40) AS profile
        FROM (SELECT floor(random() * 120)::int AS n FROM generate_series(1, 25)) numbers GROUP BY n) new
    WHERE NOT EXISTS (SELECT FROM mapping old WHERE old.record_type = new.record_type AND old.record_id = new.record_id);
    UPDATE mapping SET profile_id = 'p' || floor(random() * 40) WHERE random() < 0.1;
    DELETE FROM mapping WHERE random() < 0.03;
    INSERT INTO opened SELECT (ARRAY['contact', 'lead'])[1 + n % 2], (ARRAY['', 'Ü"', '''', '{a,', '%\'])[1 + n % 5] || n,
        CASE WHEN random() < 0.9 THEN '2026-01-01'::timestamptz + random() * interval '100 days' END, 'n' || floor(random() * 3)
    FROM (SELECT floor(random() * 120)::int AS n FROM generate_series(1, 60)) numbers;
    INSERT INTO bought SELECT (ARRAY['', 'Ü"', '''', '{a,', '%\'])[1 + n % 5] || n,
        CASE WHEN random() < 0.9 THEN '2026-01-01'::timestamptz + random() * interval '100 days' END, n
    FROM (SELECT floor(random() * 120)::int AS n FROM generate_series(1, 30)) numbers;
    UPDATE opened SET note = 'n' || floor(random() * 3) WHERE random() < 0.05;
    DELETE FROM bought WHERE random() < 0.05;
$$;
CREATE TABLE outcome (round int, hostility int, said text);
SELECT setseed(0.42);
CALL change();
CALL segments.refresh();
SELECT segments.create_segment('buyers', 'Bought');
DO $$
DECLARE
    hostile hostility;
    victim text;
    records text[];
    before text;
    said text;
BEGIN
    FOR round IN 1 .. 30 LOOP
        CALL change();
        COMMIT;
        IF random() < 0.6 THEN CALL segments.refresh(); END IF;
        SELECT * INTO hostile FROM hostility WHERE random() < 0.6 ORDER BY random() LIMIT 1;
        IF hostile.attach IS NOT NULL THEN EXECUTE hostile.attach; END IF;
        SELECT 'p' || floor(random() * 42) INTO victim;
        SELECT array_agg(ARRAY[record_type, trim(record_id::text)]) INTO records FROM mapping WHERE profile_id = victim;
        before := fingerprint();
        BEGIN
            PERFORM segments.erase_profile(victim);
            said := 'erased';
        EXCEPTION WHEN object_not_in_prerequisite_state THEN
            said := CASE WHEN before = fingerprint() THEN 'refused' ELSE 'refused, but CHANGED' END;
        END;
        IF said = 'erased' AND EXISTS (SELECT FROM segments.forgotten(victim, coalesce(records, '{}'))) THEN said := 'NOT FORGOTTEN'; END IF;
        IF hostile.remove IS NOT NULL THEN EXECUTE hostile.remove; END IF;
        COMMIT;
        CALL segments.refresh();
        IF wrong() <> 0 THEN said := said || ', WRONG'; END IF;
        INSERT INTO outcome VALUES (round, hostile.number, said);
        COMMIT;
    END LOOP;
END
$$;
SELECT count(*) AS rounds, count(*) FILTER (WHERE said = 'erased') > 8 AS erased, count(*) FILTER (WHERE said = 'refused') > 3 AS refused,
    count(*) FILTER (WHERE said = 'refused' AND (hostility IS NULL OR hostility = 6)) AS refused_without_reason FROM outcome;
SELECT * FROM outcome WHERE said NOT IN ('erased', 'refused');

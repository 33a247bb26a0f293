-- Tables as loaders and engineers leave them: whatever they are called and made of, results are those of plain SQL.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
\set SHOW_CONTEXT never
CREATE SCHEMA "Odd "" schema";
SET search_path = "Odd "" schema", public;
CREATE DOMAIN key_text AS text CHECK (VALUE <> '');
CREATE DOMAIN customer_key AS key_text;
CREATE DOMAIN instant AS timestamptz;
CREATE DOMAIN sure_instant AS instant NOT NULL;
-- Names of 63 bytes, in two-byte letters and in quotes.
CREATE TABLE "Ünïcode_ééééééééééééééééééééééééé" (
    gone_1 int, "Customer's ""key""" customer_key, id bigint GENERATED ALWAYS AS IDENTITY, gone_2 text, "AT" sure_instant,
    "amount ✓" numeric(8, 2), doubled numeric GENERATED ALWAYS AS ("amount ✓" * 2) STORED,
    "x23456789_123456789_123456789_123456789_123456789_123456789_123" int, region text DEFAULT 'eu', empty_one text)
PARTITION BY LIST (region);
ALTER TABLE "Ünïcode_ééééééééééééééééééééééééé" DROP COLUMN gone_1, DROP COLUMN gone_2;
CREATE TABLE eu PARTITION OF "Ünïcode_ééééééééééééééééééééééééé" FOR VALUES IN ('eu') PARTITION BY RANGE ("AT");
CREATE TABLE "EU 2025" PARTITION OF eu FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE elsewhere PARTITION OF "Ünïcode_ééééééééééééééééééééééééé" DEFAULT;
CREATE TABLE people ("Person" text, key customer_key, shadow int) PARTITION BY HASH (key);
CREATE TABLE people_0 PARTITION OF people FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE people_1 PARTITION OF people FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO people SELECT 'p' || i / 2, 'k' || i FROM generate_series(1, 20) i;
INSERT INTO "Ünïcode_ééééééééééééééééééééééééé" ("Customer's ""key""", "AT", "amount ✓", "x23456789_123456789_123456789_123456789_123456789_123456789_123", region)
SELECT 'k' || i % 25 + 1, '2025-03-01'::timestamptz + i * interval '1 day', i, i % 7, CASE i % 3 WHEN 0 THEN 'us' ELSE 'eu' END FROM generate_series(1, 100) i;
SELECT segments.register_interaction('"Ünïcode_ééééééééééééééééééééééééé"', 'Übung', 'AT', 'Customer''s "key"',
    fields => '[{"column": "amount ✓", "name": "Betrag", "display_name": "Größe ✓"}]') > 0 AS registered;
SELECT segments.register_unification('people', 'Person', 'key', record_type => 'contact');
CREATE TABLE nothing_yet (id text, at timestamptz) PARTITION BY LIST (id);
SELECT segments.register_interaction('nothing_yet', 'NothingYet', 'at', 'id') > 0, segments.register_interaction('people_0', 'Wrong', 'at', 'key');
SELECT segments.register_interaction('nothing_yet', 'NothingYet', 'at', 'id') > 0 AS registered;
CALL segments.refresh();
SELECT name, display_name, usable FROM segments.interaction_fields('Übung');

-- Profiles with at least n such interactions: by us, and by plain SQL over the tables as they are called now.
CREATE FUNCTION public.differences() RETURNS TABLE (definition text, ours bigint, theirs bigint) LANGUAGE plpgsql AS $f$
DECLARE
    events regclass := (SELECT source FROM segments.interaction_type WHERE name = 'Übung');
    mapping regclass := (SELECT source FROM segments.unification);
    key_of_event name := (SELECT record_id_column FROM segments.interaction_relation r JOIN segments.interaction_type t USING (type_id) WHERE t.name = 'Übung');
    key_of_person name := (SELECT record_id_column FROM segments.unification);
    person name := (SELECT profile_id_column FROM segments.unification);
    test record;
BEGIN
    FOR test IN SELECT * FROM (VALUES
        ('Übung at least 5 times', 'true', 5), ('Übung where betrag > 50', '"amount ✓" > 50', 1), ('Übung where doubled <= 20 at least 2 times', 'doubled <= 20', 2),
        ('Übung where x23456789_123456789_123456789_123456789_123456789_123456789_123 = 3', '"x23456789_123456789_123456789_123456789_123456789_123456789_123" = 3', 1),
        ('Übung where (region = ''us'' and "größe ✓" < 90)', 'region = ''us'' AND "amount ✓" < 90', 1),
        ('Übung where empty_one is null at least 7', 'empty_one IS NULL', 7)) t (written, condition, threshold)
    LOOP
        definition := test.written;
        ours := segments.segment_count(test.written::segments.definition);
        EXECUTE format('SELECT count(*) FROM (SELECT p.%I FROM %s e JOIN %s p ON p.%I = e.%I WHERE %s GROUP BY 1 HAVING count(*) >= %s) q',
            person, events, mapping, key_of_person, key_of_event, test.condition, test.threshold) INTO theirs;
        IF ours IS DISTINCT FROM theirs THEN RETURN NEXT; END IF;
    END LOOP;
END
$f$;
SELECT * FROM public.differences();
SELECT segments.segment_count('Übung where betrag > 50') > 0 AS finds_some, segments.segment_count('NothingYet') AS none;

-- A partition that is attached later, with its columns in another order and some dropped; one that is detached.
CREATE TABLE "EU 2026" (LIKE "EU 2025");
ALTER TABLE "EU 2026" DROP COLUMN segments_xid, DROP COLUMN doubled, DROP COLUMN "amount ✓", DROP COLUMN id;
ALTER TABLE "EU 2026" ADD COLUMN id bigint NOT NULL, ADD COLUMN "amount ✓" numeric(8, 2);
ALTER TABLE "EU 2026" ADD COLUMN doubled numeric GENERATED ALWAYS AS ("amount ✓" * 2) STORED;
INSERT INTO "EU 2026" (id, "Customer's ""key""", "AT", "amount ✓", region) SELECT i, 'k' || i, '2026-02-01', 60 + i, 'eu' FROM generate_series(1, 15) i;
SELECT segments.prepare_partition('"EU 2026"', 'eu');
ALTER TABLE eu ATTACH PARTITION "EU 2026" FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CALL segments.refresh();
SELECT * FROM public.differences();
UPDATE "EU 2026" SET "amount ✓" = 1 WHERE "Customer's ""key""" IN ('k1', 'k2');
DELETE FROM elsewhere WHERE "amount ✓" < 20;
INSERT INTO people VALUES ('late', 'k21'), ('late', 'k22');
CALL segments.refresh();
SELECT * FROM public.differences();
ALTER TABLE eu DETACH PARTITION "EU 2025";
CREATE TABLE nothing_1 PARTITION OF nothing_yet DEFAULT;
INSERT INTO nothing_yet VALUES ('k1', '2026-01-01');
CALL segments.refresh();
SELECT * FROM public.differences();
SELECT segments.segment_count('NothingYet');

-- Renamed: the schema, the tables, a partition, columns that are fields, and columns that are keys.
ALTER SCHEMA "Odd "" schema" RENAME TO "neu";
SET search_path = neu, public;
ALTER TABLE "Ünïcode_ééééééééééééééééééééééééé" RENAME TO events;
ALTER TABLE elsewhere RENAME TO "ELSE";
ALTER TABLE people RENAME TO persons;
INSERT INTO events ("Customer's ""key""", "AT", "amount ✓", region) VALUES ('k3', '2026-03-01', 99, 'us'), ('k4', '2026-03-01', 99, 'eu');
CALL segments.refresh();
SELECT * FROM public.differences();
ALTER TABLE events RENAME empty_one TO still_empty;
ALTER TABLE events ADD COLUMN empty_one text DEFAULT NULL;
CALL segments.refresh();
SELECT * FROM public.differences();
ALTER TABLE events RENAME "Customer's ""key""" TO customer;
ALTER TABLE persons RENAME "Person" TO person;
SELECT segments.alter_interaction('Übung', record_id_column => 'customer');
SELECT segments.alter_unification(profile_id_column => 'person');
DELETE FROM events WHERE customer = 'k5';
CALL segments.refresh();
SELECT * FROM public.differences();

-- Another owner, who grants nobody anything.
CREATE ROLE segments_test_loader;
GRANT USAGE, CREATE ON SCHEMA neu TO segments_test_loader;
ALTER TABLE events OWNER TO segments_test_loader;
ALTER TABLE persons OWNER TO segments_test_loader;
SET ROLE segments_test_loader;
SET search_path = neu, public;
INSERT INTO events (customer, "AT", "amount ✓", region) VALUES ('k6', '2026-03-01', 99, 'us');
UPDATE persons SET person = 'moved' WHERE key = 'k7';
RESET ROLE;
SET search_path = neu, public;
CALL segments.refresh();
SELECT * FROM public.differences();

-- Undone: nothing of ours stays behind, not on what was detached either.
ALTER TABLE events OWNER TO CURRENT_USER;
ALTER TABLE persons OWNER TO CURRENT_USER;
SELECT segments.detach_all();
SELECT attrelid::regclass FROM pg_attribute WHERE attname = 'segments_xid' AND NOT attisdropped;
SELECT count(*) FROM pg_trigger WHERE tgname LIKE '%segments%';
SELECT count(*) FROM events;
DROP OWNED BY segments_test_loader;
DROP ROLE segments_test_loader;
DROP EXTENSION segments;

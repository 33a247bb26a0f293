-- Hints of registration, followed to the letter: then the statement succeeds, and nothing is lost.
SET client_min_messages = warning;
SET TimeZone = 'America/New_York';       -- which no hint may apply to times by chance
\set SHOW_CONTEXT never

-- Runs a statement, which must fail; then the statements in its hint; then it again, until it succeeds.  A hint may have
-- alternatives, each a sentence: the one that is wanted.
CREATE FUNCTION follow(statement text, alternative int DEFAULT 1) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    error text;
    hint text;
    remedies text[];
    remedy text;
BEGIN
    FOR attempt IN 1 .. 5 LOOP
        BEGIN
            EXECUTE statement;
            RETURN NEXT 'succeeds';
            RETURN;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS error = RETURNED_SQLSTATE, hint = PG_EXCEPTION_HINT;
        END;
        remedies := array_remove(ARRAY(
            SELECT substring(rtrim(regexp_replace(sentence, '; if .*', ''), '.') FROM '(?:ALTER|SELECT|SET|CREATE|DROP) .*$')
            FROM regexp_split_to_table(hint, '\. (?=[A-Z])') sentence), NULL);
        RETURN NEXT format('%s: %s', error, remedies[alternative]);
        FOREACH remedy IN ARRAY string_to_array(remedies[alternative], '; ') LOOP
            EXECUTE remedy;
        END LOOP;
    END LOOP;
END
$$;

-- Tables.
CREATE TABLE source (id text, at timestamptz);
INSERT INTO source VALUES ('1', '2026-01-01 12:00+00');
CREATE UNLOGGED TABLE unlogged (LIKE source);
INSERT INTO unlogged TABLE source;
SELECT follow($$ SELECT segments.register_interaction('unlogged', 'Unlogged', 'at', 'id') $$);
CREATE TABLE "Parted ""one""" (LIKE source) PARTITION BY LIST (id);
CREATE UNLOGGED TABLE "Part" PARTITION OF "Parted ""one""" FOR VALUES IN ('1');
INSERT INTO "Parted ""one""" TABLE source;
SELECT follow($$ SELECT segments.register_interaction('"Parted ""one"""', 'Parted', 'at', 'id') $$);
CREATE FOREIGN DATA WRAPPER hints_wrapper;
CREATE SERVER hints_server FOREIGN DATA WRAPPER hints_wrapper;
CREATE TABLE half_foreign (LIKE source) PARTITION BY LIST (id);
CREATE FOREIGN TABLE away PARTITION OF half_foreign FOR VALUES IN ('1') SERVER hints_server;
SELECT follow($$ SELECT segments.register_interaction('half_foreign', 'HalfForeign', 'at', 'id') $$);
SELECT count(*) AS still_there FROM pg_class WHERE relname = 'away';
SELECT segments.register_interaction('"Part"', 'Part', 'at', 'id');
CREATE TABLE guarded (LIKE source);
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
SELECT segments.register_interaction('guarded', 'Guarded', 'at', 'id');
SELECT segments.register_interaction('guarded', 'Guarded', 'at', 'id', acknowledge_row_security => true) > 0 AS registered;
CREATE TABLE stamped (LIKE source);
ALTER TABLE stamped ADD COLUMN segments_xid int DEFAULT 7;
INSERT INTO stamped TABLE source;
SELECT follow($$ SELECT segments.register_interaction('stamped', 'Stamped', 'at', 'id') $$);
SELECT former_segments_xid FROM stamped;

-- Times: every instant stays what it was meant to be.
CREATE TABLE moments (id text, ts timestamp, ts2 timestamp, day date, day2 date, written text, seconds bigint, milliseconds numeric, generated timestamp GENERATED ALWAYS AS (NULL) STORED);
INSERT INTO moments VALUES ('1', '2026-01-01 12:00', '2026-01-01 12:00', '2026-01-01', '2026-01-01', '2026-01-01 12:00', 1767268800, 1767268800000);
INSERT INTO moments VALUES ('2', 'infinity', '-infinity', 'infinity', '-infinity', '2026-01-01 12:00+03', 0, -1);
SELECT segments.register_interaction('moments', 'Moment', 'ts', 'id');
SELECT segments.register_interaction('moments', 'Moment', 'ts', 'id', time_zone => 'UTC') > 0 AS registered;
CALL segments.refresh();
ALTER TABLE moments ALTER COLUMN ts TYPE bigint USING CASE WHEN isfinite(ts) THEN extract(epoch FROM ts) END;
CALL segments.refresh();
SELECT segments.alter_interaction('Moment', time_unit => 's');
ALTER TABLE moments ALTER COLUMN ts TYPE timestamp USING to_timestamp(ts) AT TIME ZONE 'UTC';
CALL segments.refresh();
SELECT segments.alter_interaction('Moment', time_zone => 'UTC');
CALL segments.refresh();
SELECT follow($$ SELECT segments.alter_interaction('Moment', time_column => 'written') $$);
SELECT segments.alter_interaction('Moment', time_column => 'day');
SELECT segments.alter_interaction('Moment', time_column => 'day', time_zone => 'UTC');
SELECT segments.alter_interaction('Moment', time_column => 'ts2');
SELECT segments.alter_interaction('Moment', time_column => 'seconds', time_zone => '');
SELECT segments.alter_interaction('Moment', time_column => 'seconds', time_unit => 's');
SELECT segments.alter_interaction('Moment', time_column => 'milliseconds', time_unit => 'ms');
SELECT segments.alter_interaction('Moment', time_column => 'generated', time_zone => 'UTC');
CREATE TABLE by_time (id text, ts timestamp) PARTITION BY RANGE (ts);
SELECT segments.register_interaction('by_time', 'ByTime', 'ts', 'id');
SELECT segments.register_interaction('by_time', 'ByTime', 'ts', 'id', time_zone => 'UTC') > 0 AS registered;
CREATE TABLE since (id text, number numeric, instant timestamptz);
INSERT INTO since VALUES ('1', 1767268800, NULL);
SELECT segments.register_profile_source('since', 'Since', 'id', time_column => 'number', time_unit => 's');
ALTER TABLE public.since ADD COLUMN number_time timestamptz GENERATED ALWAYS AS (to_timestamp(number)) STORED;
SELECT segments.register_profile_source('since', 'Since', 'id', time_column => 'number_time') > 0 AS registered;
SET TimeZone = 'UTC';
SELECT id, ts, day, written FROM moments ORDER BY id;
SELECT id, number_time FROM since;

-- Keys.
CREATE TYPE flavour AS ENUM ('sweet', 'sour');
CREATE TABLE odd_keys (number numeric(10, 2), flavour flavour, at timestamptz);
INSERT INTO odd_keys VALUES (12.50, 'sweet', '2026-01-01');
SELECT segments.register_interaction('odd_keys', 'Odd', 'at', 'number');
ALTER TABLE odd_keys ADD COLUMN number_key text GENERATED ALWAYS AS (number::text) STORED;
SELECT segments.register_interaction('odd_keys', 'Odd', 'at', 'number_key') > 0 AS registered;
SELECT follow($$ SELECT segments.alter_interaction('Odd', record_id_column => 'flavour') $$);
SELECT number, number_key, flavour FROM odd_keys;
SELECT follow($$ SELECT segments.alter_interaction('Odd', record_type => 'shopper') $$);
SELECT segments.alter_interaction('Odd', record_type => 'Shopper');
SELECT segments.alter_interaction('Odd', record_type => 'shopper');

-- What is registered already, and renamed columns.
SELECT segments.register_interaction('odd_keys', 'VeryOdd', 'at', 'number_key', aliases => '{Other}');
SELECT segments.alter_interaction('Odd', new_name => 'VeryOdd');
CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
INSERT INTO mapping VALUES ('sweet', 'p1');
SELECT segments.register_unification('mapping', record_type => 'shopper');
CREATE TABLE other_mapping (LIKE mapping INCLUDING DEFAULTS);
SELECT follow($$ SELECT segments.register_unification('other_mapping', record_type => 'shopper') $$);
SELECT follow($$ SELECT segments.register_unification('mapping', record_type => 'shopper') $$);
CALL segments.refresh();
SELECT segments.segment_count('VeryOdd');
ALTER TABLE odd_keys RENAME at TO odd_at;
ALTER TABLE mapping RENAME profile_id TO person;
SELECT segments_internal.check_registered(type_id, NULL) FROM segments.interaction_type WHERE name = 'VeryOdd';
SELECT segments_internal.check_registered(0, NULL);
SELECT segments.alter_interaction('VeryOdd', time_column => 'odd_at');
SELECT segments.alter_unification(profile_id_column => 'person');
CALL segments.refresh();
SELECT segments.segment_count('VeryOdd');

-- A stamp or a trigger that is gone.
ALTER TABLE odd_keys DISABLE TRIGGER segments_log_change;
SELECT follow(format($$ SELECT segments_internal.check_registered(%s, NULL) $$, type_id)) FROM segments.interaction_type WHERE name = 'VeryOdd';
DROP TRIGGER segments_log_change ON odd_keys;
SELECT follow(format($$ SELECT segments_internal.check_registered(%s, NULL) $$, type_id)) FROM segments.interaction_type WHERE name = 'VeryOdd';
ALTER TABLE odd_keys DROP COLUMN segments_xid CASCADE;
SELECT follow(format($$ SELECT segments_internal.check_registered(%s, NULL) $$, type_id)) FROM segments.interaction_type WHERE name = 'VeryOdd';
ALTER TABLE mapping DISABLE TRIGGER segments_keep_stamp;
SELECT follow($$ SELECT segments_internal.check_registered(0, NULL) $$);
ALTER TABLE mapping DROP COLUMN segments_xid;
SELECT follow($$ SELECT segments_internal.check_registered(0, NULL) $$);
ALTER TABLE odd_keys ENABLE ROW LEVEL SECURITY;
SELECT follow(format($$ SELECT segments_internal.check_registered(%s, NULL) $$, type_id)) FROM segments.interaction_type WHERE name = 'VeryOdd';
CALL segments.refresh();
SELECT name, aliases, display_name FROM segments.interaction_catalog(true) WHERE name = 'VeryOdd';
SELECT segments.segment_count('VeryOdd');

-- Partitions that are attached later: older rows and other orders of columns.
CREATE TABLE sale (id text, at timestamptz, amount int) PARTITION BY RANGE (at);
CREATE TABLE sale_1 PARTITION OF sale FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
INSERT INTO sale VALUES ('sweet', '2026-01-02', 1);
SELECT segments.register_interaction('sale', 'Sale', 'at', 'id', record_type => 'shopper') > 0 AS registered;
CALL segments.refresh();
CREATE TABLE sale_2 (amount int, gone int, at timestamptz NOT NULL, id text);
ALTER TABLE sale_2 DROP COLUMN gone;
INSERT INTO sale_2 VALUES (2, '2026-02-02', 'sweet'), (3, '2026-02-03', 'sweet');
SELECT follow($$ ALTER TABLE sale ATTACH PARTITION sale_2 FOR VALUES FROM ('2026-02-01') TO ('2026-03-01') $$);
-- (A session that has not loaded the module gets the message of the server: the column that it names says what to do, too.)
SELECT col_description('sale'::regclass, attnum) FROM pg_attribute WHERE attrelid = 'sale'::regclass AND attname = 'segments_xid';
CALL segments.refresh();
SELECT segments.segment_count('Sale exactly 3'), segments.segment_count('Sale where amount = 3');
UPDATE sale SET amount = 4 WHERE amount = 3;
CALL segments.refresh();
SELECT segments.segment_count('Sale exactly 3'), segments.segment_count('Sale where amount = 3'), segments.segment_count('Sale where amount = 4');
-- A copy brings a stamp that is none.
CREATE TABLE sale_3 AS SELECT * FROM sale_1;
UPDATE sale_3 SET at = '2026-03-03';
SELECT follow($$ SELECT segments.prepare_partition('sale_3', 'sale') $$);
ALTER TABLE sale ATTACH PARTITION sale_3 FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');
CALL segments.refresh();
SELECT segments.segment_count('Sale exactly 4');
-- The other kind of stamp; nothing to do where there is none.
CREATE TABLE plain (id text, at timestamptz) PARTITION BY LIST (id);
CREATE TABLE plain_1 (id text, at timestamptz);
SELECT segments.prepare_partition('plain_1', 'plain');
SELECT count(*) FROM pg_attribute WHERE attrelid = 'plain_1'::regclass AND attname = 'segments_xid';
SELECT segments.register_interaction('plain', 'Plain', 'at', 'id', record_type => 'shopper', stamp => 'default') > 0 AS registered;
INSERT INTO plain_1 VALUES ('sweet', '2026-01-01');
SELECT segments.prepare_partition('plain_1', 'plain'), segments.prepare_partition('plain_1', 'plain');
ALTER TABLE plain ATTACH PARTITION plain_1 FOR VALUES IN ('sweet');
CALL segments.refresh();
SELECT segments.segment_count('Plain');
-- Rows of a copy go back by their columns, or once the copy has no stamp.
CREATE TABLE sale_copy AS SELECT * FROM sale;
INSERT INTO sale SELECT * FROM sale_copy;
INSERT INTO public.sale (id, at, amount) SELECT id, at, amount FROM public.sale_copy;
CALL segments.refresh();
SELECT segments.segment_count('Sale exactly 8');
ALTER TABLE sale_copy DROP COLUMN segments_xid;
INSERT INTO sale SELECT * FROM sale_copy;
CALL segments.refresh();
SELECT segments.segment_count('Sale exactly 12');
INSERT INTO sale (id, at, amount) SELECT id, at, amount FROM sale_copy;
CALL segments.refresh();
SELECT segments.segment_count('Sale exactly 16');

-- Views on a stamp.
CREATE VIEW sales AS SELECT * FROM sale;
CREATE VIEW guarded_rows AS SELECT * FROM guarded;
CREATE VIEW plain_rows AS SELECT * FROM plain;
SELECT segments.unregister_interaction('Sale');
SELECT follow($$ SELECT segments.unregister_interaction('Sale') $$);
SELECT count(*) FROM sales;
SELECT follow($$ SELECT segments.detach_all() $$);
SELECT count(*) FROM plain_rows;

-- What stands in the way of DROP EXTENSION: told, with what keeps its rows.
SELECT segments.register_interaction('source', 'Source', 'at', 'id', record_type => 'shopper') > 0 AS registered;
CREATE TABLE one_mapping (record_id text PRIMARY KEY, profile_id text);
INSERT INTO one_mapping VALUES ('1', 'one'), ('2', 'two');
SELECT segments.register_unification('one_mapping', record_type => 'shopper');
CALL segments.refresh();
SELECT segments.create_segment('sources', 'Source');
CREATE MATERIALIZED VIEW kept_members AS SELECT * FROM segments.member;
CREATE VIEW seen_members AS SELECT profile_id, definition FROM kept_members JOIN segments.segment_overview ON name = segment;
CREATE SCHEMA "My ""views""";
CREATE VIEW "My ""views"""."Seen members" AS SELECT profile_id FROM kept_members;
CREATE TABLE kept_sets AS SELECT segments.members('sources') AS members, 'Source'::segments.definition AS definition;
CREATE TABLE like_source (LIKE source INCLUDING ALL);
SELECT segments.detach_all();
DROP EXTENSION segments;
ALTER TABLE public.kept_sets ALTER COLUMN definition TYPE text USING definition::text;
ALTER TABLE public.kept_sets ALTER COLUMN members TYPE bytea USING members::bytea;
SELECT pg_get_viewdef('public.seen_members') <> '' AS defined; CREATE TABLE public.seen_members_kept AS TABLE public.seen_members; DROP VIEW public.seen_members;
CREATE TABLE "My ""views"""."Seen members_kept" AS TABLE "My ""views"""."Seen members"; DROP VIEW "My ""views"""."Seen members";
CREATE TABLE public.kept_members_kept AS TABLE public.kept_members; DROP MATERIALIZED VIEW public.kept_members;
DROP EXTENSION segments;
SELECT profile_id FROM kept_members_kept;
SELECT definition, length(members) > 0 AS has_bytes FROM kept_sets;
SELECT count(*) FROM sales;
SELECT count(*) FROM pg_attribute WHERE attname = 'segments_xid' AND NOT attisdropped AND attrelid::regclass::text NOT IN ('sale', 'sale_1', 'sale_2', 'sale_3', 'sales', 'guarded', 'guarded_rows', 'plain', 'plain_1', 'plain_rows');
DROP FOREIGN DATA WRAPPER hints_wrapper CASCADE;

-- Registering is granted by name, and takes nothing else: a role registers tables that it owns, and no others.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE registrar_owner;
CREATE ROLE registrar_other;
CREATE SCHEMA shop;
GRANT USAGE, CREATE ON SCHEMA shop TO registrar_owner, registrar_other;
SET ROLE registrar_owner;
CREATE TABLE shop.contacts (contact_id text, customer_id text);
CREATE TABLE shop.orders (contact_id text, at timestamptz, amount int);
INSERT INTO shop.contacts VALUES ('c1', 'k1'), ('c2', 'k1'), ('c3', 'k2');
INSERT INTO shop.orders VALUES ('c1', '2026-03-01', 5), ('c2', '2026-03-02', 7), ('c3', '2026-03-03', 9);

\echo -- not granted
SELECT segments.register_interaction('shop.orders', 'Ordered', 'at', 'contact_id');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
-- As doc/operations.md says.
GRANT EXECUTE ON FUNCTION segments.register_interaction, segments.alter_interaction, segments.unregister_interaction, segments.register_unification,
    segments.alter_unification, segments.unregister_unification, segments.reattach_source, segments.confirm_source,
    segments.create_interaction_tables, segments.register_record_type TO registrar_owner, registrar_other;

\echo -- granted: its own tables
SET ROLE registrar_owner;
SELECT segments.register_interaction('shop.orders', 'Ordered', 'at', 'contact_id') > 0 AS registered;
SELECT segments.register_unification('shop.contacts', 'customer_id', 'contact_id');
SELECT segments.register_record_type('device');
SELECT segments.alter_interaction('Ordered', new_name => 'Bought', time_column => 'at');
SELECT segments.alter_unification(record_type => 'contact');
ALTER TABLE shop.orders DISABLE TRIGGER segments_log_change;
SELECT segments.reattach_source('Bought');
RESET ROLE;
GRANT CREATE ON DATABASE :"DBNAME" TO registrar_owner;
SET ROLE registrar_owner;
SELECT count(*) FROM segments.create_interaction_tables('registrar_tables', '{EmailOpened}');
SELECT segments.unregister_interaction('EmailOpened');
RESET ROLE;
CALL segments.refresh();
SELECT segments.segment_count('Bought at least 2') = (SELECT count(*) FROM (
    SELECT customer_id FROM shop.orders JOIN shop.contacts USING (contact_id) GROUP BY 1 HAVING count(*) >= 2) o) AS exact;
-- A table of the owner's that was swapped in by renaming, without a registered column, so that it was not followed.
SET ROLE registrar_owner;
ALTER TABLE shop.orders RENAME TO orders_old;
CREATE TABLE shop.orders (contact_id text, amount int);
RESET ROLE;
CALL segments.refresh();
SET ROLE registrar_owner;
ALTER TABLE shop.orders ADD COLUMN at timestamptz;
SELECT segments.confirm_source('Bought');

\echo -- granted: tables of nobody else
RESET ROLE;
CREATE TABLE shop.mine (contact_id text, at timestamptz);
GRANT ALL ON shop.mine, shop.orders, shop.contacts TO registrar_other;
CREATE FUNCTION attempt(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ': ' || SQLERRM;
END
$$;
SET ROLE registrar_other;
\pset tuples_only on
\pset format unaligned
SELECT attempt($$ SELECT segments.register_interaction('shop.mine', 'Mine', 'at', 'contact_id') $$);
SELECT attempt($$ SELECT segments.register_interaction('segments.record', 'Mine', 'at', 'contact_id') $$);
SELECT attempt($$ SELECT segments.register_interaction('pg_authid', 'Mine', 'at', 'contact_id') $$);
SELECT attempt($$ SELECT segments.unregister_interaction('Bought') $$);
SELECT attempt($$ SELECT segments.alter_interaction('Bought', new_name => 'Taken') $$);
SELECT attempt($$ SELECT segments.alter_interaction('Bought', acknowledge_row_security => true) $$);
SELECT attempt($$ SELECT segments.unregister_unification() $$);
SELECT attempt($$ SELECT segments.alter_unification(profile_id_column => 'contact_id') $$);
SELECT attempt($$ SELECT segments.register_unification('shop.mine', 'contact_id', 'contact_id') $$);
SELECT attempt($$ SELECT segments.reattach_source('Bought') $$);
SELECT attempt($$ SELECT segments.reattach_source() $$);
SELECT attempt($$ SELECT segments.detach_all() $$);
RESET ROLE;
-- What does the work is the extension's alone.
SELECT proname FROM pg_proc
WHERE pronamespace = 'segments_internal'::regnamespace AND has_function_privilege('registrar_other', oid, 'EXECUTE')
  AND (proargnames[1] = 'caller' OR proname ~ '^(record_(interaction|unification|alteration|altered_unification)|forget_(interaction|unification)|note_(source|row_security)'
      '|take_over|attach_.*|detach_.*|run_as_owner|put_back|names_type|warn_of_readers|check_is_owner|drop_stamp.*|drop_broken_stamp)$');
-- The owner drops its table; somebody else takes its name, and may not say that it is meant, nor forget the type.
SET ROLE registrar_owner;
DROP TABLE shop.orders;
SET ROLE registrar_other;
CREATE TABLE shop.orders (contact_id text, at timestamptz, amount int);
SELECT attempt($$ SELECT segments.confirm_source('Bought') $$) LIKE '42501: must be owner of table %' AS refused;
SELECT attempt($$ SELECT segments.unregister_interaction('Bought') $$) LIKE '42501: must be owner of table %' AS refused;
DROP TABLE shop.orders;
RESET ROLE;
SET ROLE registrar_owner;
SELECT segments.unregister_interaction('Bought'), segments.unregister_unification();
RESET ROLE;

\echo -- what callers wrote, and what they call like functions of the server, runs as themselves
CREATE TABLE ran (what text, ran_as name);
GRANT INSERT ON ran TO PUBLIC;
GRANT CREATE ON SCHEMA public TO registrar_other;
SET ROLE registrar_other;
CREATE FUNCTION shop.note(what text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.ran VALUES (what, current_user);
    RETURN true;
END
$$;
-- What may stand in an index, says it; what it calls need not keep to that.
CREATE FUNCTION shop.noted(what text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT what';
CREATE FUNCTION shop.trigger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM shop.note('trigger'); RETURN NEW; END $$;
CREATE FUNCTION shop.event() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM shop.note('event trigger: ' || tg_event); END $$;
CREATE DOMAIN shop.id AS text CHECK (shop.noted(VALUE) IS NOT NULL);
CREATE TYPE shop.mood AS ENUM ('good', 'bad');
CREATE FUNCTION shop.mood_text(mood shop.mood) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM shop.note('cast'); RETURN 'x'; END $$;
CREATE CAST (shop.mood AS text) WITH FUNCTION shop.mood_text AS IMPLICIT;
CREATE FUNCTION shop.trap_columns(relation text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE pg_catalog.format($f$
        CREATE TABLE shop.%1$I (contact_id shop.id, customer_id text, at timestamptz, mood shop.mood DEFAULT 'good',
            filled text DEFAULT shop.noted('default'), made text GENERATED ALWAYS AS (shop.noted('generated')) STORED,
            CHECK (shop.noted('check') IS NOT NULL));
        CREATE INDEX ON shop.%1$I (shop.noted('expression ' || contact_id));
        CREATE INDEX ON shop.%1$I (contact_id) WHERE shop.noted('predicate ' || contact_id) IS NOT NULL;
        CREATE STATISTICS shop.%1$I ON (shop.noted('statistics ' || contact_id)), at FROM shop.%1$I;
        INSERT INTO shop.%1$I (contact_id, customer_id, at) VALUES ('c1', 'k1', '2026-03-01');
        CREATE TRIGGER a BEFORE INSERT OR UPDATE OR DELETE ON shop.%1$I FOR EACH ROW EXECUTE FUNCTION shop.trigger();
        CREATE POLICY p ON shop.%1$I USING (shop.note('policy'));
        $f$, relation);
END
$$;
SELECT shop.trap_columns('trap'), shop.trap_columns('mapped');
-- Now it notes who runs it.
CREATE OR REPLACE FUNCTION shop.noted(what text) RETURNS text IMMUTABLE LANGUAGE plpgsql
    AS $$ BEGIN PERFORM shop.note(split_part(what, ' ', 1)); RETURN what; END $$;
-- Namesakes of what the extension calls, found first.
CREATE FUNCTION public.format(text, VARIADIC text[]) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM shop.note('format'); RETURN ''; END $$;
CREATE FUNCTION public.quote_ident(name) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM shop.note('quote_ident'); RETURN ''; END $$;
CREATE FUNCTION public.same(name, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM shop.note('operator'); RETURN true; END $$;
CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = text, FUNCTION = public.same);
CREATE OPERATOR public.<> (LEFTARG = name, RIGHTARG = text, FUNCTION = public.same);
CREATE TEMPORARY TABLE pg_class (oid oid, relowner oid, relkind "char");
CREATE TEMPORARY VIEW interaction_type AS SELECT shop.note('temporary view');
CREATE FUNCTION pg_temp.pg_has_role(oid, oid, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM shop.note('pg_has_role'); RETURN true; END $$;
RESET ROLE;
CREATE EVENT TRIGGER registrar_start ON ddl_command_start EXECUTE FUNCTION shop.event();
CREATE EVENT TRIGGER registrar_end ON ddl_command_end EXECUTE FUNCTION shop.event();
CREATE EVENT TRIGGER registrar_drop ON sql_drop EXECUTE FUNCTION shop.event();
CREATE EVENT TRIGGER registrar_rewrite ON table_rewrite EXECUTE FUNCTION shop.event();
SET ROLE registrar_other;
SET search_path TO pg_temp, public, shop, pg_catalog;
SET transform_null_equals = on;
SET quote_all_identifiers = on;
SELECT segments.register_interaction('shop.trap', 'Trap', 'at', 'contact_id', acknowledge_row_security => true,
    fields => '[{"column": "mood", "name": "Mood"}]') > 0 AS registered;
SELECT segments.register_unification('shop.mapped', 'customer_id', 'contact_id', acknowledge_row_security => true);
SELECT segments.alter_interaction('Trap', new_name => 'Trapped', record_id_column => 'contact_id', fields => '[{"column": "made", "name": "Made"}]');
SELECT segments.alter_unification(record_type => 'contact');
ALTER TABLE shop.trap DROP COLUMN segments_xid;
SELECT segments.reattach_source('Trapped'), segments.reattach_source();
ALTER TABLE shop.trap RENAME TO trap_old;
DROP STATISTICS shop.trap;
SELECT shop.trap_columns('trap');
SELECT segments.confirm_source('Trapped');
SELECT segments.unregister_interaction('Trapped'), segments.unregister_unification();
SELECT count(*) FROM segments.create_interaction_tables('shop', '{EmailOpened}');
SELECT segments.unregister_interaction('EmailOpened'), segments.unregister_unification();
RESET ROLE;
RESET search_path;
RESET transform_null_equals;
RESET quote_all_identifiers;
DROP EVENT TRIGGER registrar_start;
DROP EVENT TRIGGER registrar_end;
DROP EVENT TRIGGER registrar_drop;
DROP EVENT TRIGGER registrar_rewrite;
SELECT what, array_agg(DISTINCT ran_as) AS ran_as FROM ran GROUP BY what ORDER BY what COLLATE "C";
SELECT count(*) FROM segments.interaction_type;
REVOKE CREATE ON DATABASE :"DBNAME" FROM registrar_owner;
DROP OWNED BY registrar_owner, registrar_other CASCADE;
DROP ROLE registrar_owner, registrar_other;

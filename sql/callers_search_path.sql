-- What a caller's search_path leads to is nothing of ours: rights are asked with the server's functions and operators.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\pset tuples_only on
\pset format unaligned
CREATE ROLE callers_search_path_evil;
CREATE SCHEMA ev AUTHORIZATION callers_search_path_evil;
CREATE TABLE purchase (record_id text, at timestamptz, n int);
INSERT INTO purchase SELECT 'r' || i, '2020-01-01', i FROM generate_series(1, 5) i;
CREATE TABLE mapping (record_id text, profile_id text);
INSERT INTO mapping SELECT 'r' || i, 'p' || i FROM generate_series(1, 5) i;
SELECT segments.register_interaction('purchase', 'Purchase', 'at', 'record_id') AS type \gset
SELECT segments.register_unification('mapping');
CALL segments.refresh();
GRANT SELECT, DELETE ON purchase, mapping TO callers_search_path_evil;
-- Every operator that compares, and functions that tell of rights.
SET ROLE callers_search_path_evil;
DO $$
DECLARE
    type text;
    operator text;
BEGIN
    FOREACH type IN ARRAY '{int,oid,text,name,bool,bigint,timestamptz}'::text[] LOOP
        EXECUTE format('CREATE FUNCTION ev.compare(%1$s, %1$s) RETURNS boolean LANGUAGE plpgsql AS ''BEGIN RAISE WARNING ''''compared as %%'''', current_user; RETURN true; END''', type);
        FOREACH operator IN ARRAY '{=,<>,<,<=,>,>=}'::text[] LOOP
            EXECUTE format('CREATE OPERATOR ev.%1$s (FUNCTION = ev.compare, LEFTARG = %2$s, RIGHTARG = %2$s)', operator, type);
        END LOOP;
    END LOOP;
END
$$;
CREATE FUNCTION ev.has_function_privilege(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION ev.pg_has_role(oid, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
SET search_path = ev, pg_catalog, public;
SELECT segments_internal.delete_interactions(:type, '2021-01-01');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.run_as_owner('public.purchase', 'SELECT 1');
\echo :LAST_ERROR_SQLSTATE
SELECT segments.segment_count('Purchase where n > 2 and not Purchase within last 3 days');
SELECT count(t) FROM segments.timeline('p1') t;
SELECT count(t) FROM segments.unlinked_records() t;
SELECT count(t) FROM segments.field_values('Purchase', 'n') t;
SELECT count(t) FROM segments.find('Purchase') t;
SELECT count(t) FROM segments.check_definition('Purchase where m = 1') t;
SELECT count(t) FROM segments.complete_definition('Purchase where ') t;
SELECT count(t) FROM segments.segment_explain('Purchase where n > 1') t;
RESET ROLE;
\echo -- nor of what a superuser calls
SELECT count(t) FROM segments.timeline('p1') t;
SELECT count(t) FROM segments.interaction_fields('Purchase') t;
CALL segments.refresh();
SELECT segments.create_segment('many', 'Purchase where n > 1');
SELECT count(t) FROM segments.explain_member('many', 'p2') t;
SELECT segments.alter_interaction('Purchase', description => 'x');
SELECT segments.add_json_field('Purchase', 'n.a');
SELECT segments.rebuild();
CALL segments.refresh();
SELECT segments.drop_segment('many');
SELECT count(t) FROM segments.erase_profile('p2') t;
SELECT count(t) FROM segments.forgotten('p2', '{{contact,r2}}', '{x}') t;
SELECT rows_deleted FROM segments.drop_interactions('Purchase', '2020-06-01');
SELECT segments.unregister_interaction('Purchase');
RESET search_path;
SELECT count(*) FROM purchase;
SET client_min_messages = error;
DROP SCHEMA ev CASCADE;
DROP OWNED BY callers_search_path_evil;
DROP ROLE callers_search_path_evil;

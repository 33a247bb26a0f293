-- What hints say to do to a table that is not the reader's own.  Altering a table runs what its owner wrote (casts, CHECKs, triggers),
-- as whoever alters it, and SET ROLE does not change that: such code can RESET ROLE.  So it is run as the owner, in a
-- security-restricted operation.

CREATE FUNCTION segments.run_as_owner(relation regclass, command text) RETURNS void
AS 'MODULE_PATHNAME', 'segments_run_for_caller' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.run_as_owner(regclass, text) IS
    'runs a command as the owner of a table or view, in a security-restricted operation: whatever its owner attached to it runs with '
    'the owner''s rights only, which SET ROLE does not ensure. The search_path is pg_catalog: names are written with their schema. For '
    'superusers, and roles that may SET ROLE to the owner. Errors: 42501 (others), 42P01 (no such table)';

CREATE FUNCTION segments_internal.owner_statement(relation oid, command text) RETURNS text
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT coalesce((
        SELECT format('SELECT segments.run_as_owner(%L, %L)', relation::regclass, command)
        FROM pg_class JOIN pg_roles owner ON owner.oid = relowner
        WHERE pg_class.oid = relation AND NOT owner.rolsuper
          AND owner.rolname <> coalesce(nullif(current_setting('role'), 'none'), session_user)), command)
$$;
COMMENT ON FUNCTION segments_internal.owner_statement(oid, text) IS
    'a command on a relation, as a hint tells it: as its owner, unless that is a superuser or who is told';

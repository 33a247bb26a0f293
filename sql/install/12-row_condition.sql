-- Conditions on rows of registered tables.

CREATE FUNCTION segments_internal.row_condition(source regclass, condition text, OUT canonical text, OUT columns text[], OUT names text)
AS 'MODULE_PATHNAME', 'segments_row_condition' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION segments_internal.row_condition(regclass, text) IS
    'a condition on rows of a table as it reads the same under all settings, the columns that it reads, and what names in it lead to. Errors: 42601, 42703, '
    '42883, 42804 (the server does not take it for one), 22023 (it is more than that, or not immutable, or others could change what it means)';

-- It runs as the owner of the table, whoever gives it.
CREATE FUNCTION segments_internal.check_may_give_condition(caller oid, source regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    IF NOT coalesce(pg_has_role(caller, (SELECT relowner FROM pg_class WHERE oid = source), 'USAGE'), false) THEN
        RAISE EXCEPTION 'must be owner of table %', source USING ERRCODE = 'insufficient_privilege',
            DETAIL = 'A condition on its rows is evaluated with its owner''s rights.';
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_may_give_condition(oid, regclass) IS
    'raises 42501 unless a role has the privileges of a table''s owner';

-- The table is locked as attaching its stamp does, and before any other lock: raising one can deadlock.
CREATE FUNCTION segments_internal.given_condition(caller oid, source regclass, condition text, OUT canonical text, OUT columns text[], OUT names text)
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    IF condition IS NOT NULL THEN
        PERFORM segments_internal.check_may_give_condition(caller, source);
        PERFORM segments_internal.run_as_owner(source, format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', source));
        SELECT * INTO canonical, columns, names FROM segments_internal.row_condition(source, condition);
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.given_condition(oid, regclass, text) IS
    'row_condition, of a condition that a caller gives with a table that is about to be altered; null: none is given. Errors: 42501 as well';

-- Partitions are read as their owners, who need not run what somebody else wrote.
CREATE FUNCTION segments_internal.check_condition_owner(source regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    other record;
BEGIN
    SELECT part.oid::regclass AS relation, part.relowner::regrole AS owner, whole.relowner::regrole AS wanted INTO other
    FROM pg_class whole, segments_internal.tables_below(source) below JOIN pg_class part ON part.oid = below
    WHERE whole.oid = source AND part.relowner <> whole.relowner ORDER BY part.oid LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'partition % of % belongs to %', other.relation, source, other.owner USING ERRCODE = 'insufficient_privilege',
            DETAIL = format('The condition on rows of the table is that of its owner, %s, as whom it is evaluated.', other.wanted),
            HINT = format('Give the partition to that role: ALTER TABLE %s OWNER TO %s.', other.relation, other.wanted);
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_condition_owner(regclass) IS
    'raises 42501 unless the partitions of a table with a condition on its rows belong to its owner';

CREATE FUNCTION segments_internal.check_condition_column(source regclass, column_name name) RETURNS void
LANGUAGE plpgsql STABLE SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = source AND attname = column_name AND attnum > 0 AND NOT attisdropped) THEN
        RAISE EXCEPTION 'column "%" of % does not exist', column_name, source USING ERRCODE = 'undefined_column',
            DETAIL = 'The condition on rows reads it.', HINT = segments_internal.column_names_hint(source, column_name);
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_condition_column(regclass, name) IS 'raises 42703 unless a table has a column that a condition reads';

REVOKE EXECUTE ON FUNCTION
    segments_internal.row_condition(regclass, text),
    segments_internal.check_may_give_condition(oid, regclass),
    segments_internal.given_condition(oid, regclass, text),
    segments_internal.check_condition_owner(regclass),
    segments_internal.check_condition_column(regclass, name)
FROM PUBLIC;

-- Registering tables that say how persons are: contacts, accounts, scores, subscriptions.

CREATE FUNCTION segments_internal.register_profile_source(
    caller oid, source regclass, name text, record_id_column name, record_type_column name, record_type text, time_column name,
    display_name text, group_name text, description text, aliases text[], relations jsonb, fields jsonb, stamp text,
    acknowledge_row_security boolean, time_zone text, time_unit text, rows_where text, normalize_ids text) RETURNS int
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    IF source IS NULL OR name IS NULL OR record_id_column IS NULL THEN
        RAISE EXCEPTION 'source, name and record_id_column must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    RETURN segments_internal.register_source(caller, 'profile source', source, name, time_column, record_id_column, record_type_column, record_type,
        display_name, group_name, description, aliases, relations, fields, stamp, acknowledge_row_security, time_zone, time_unit, rows_where, normalize_ids);
END
$$;
COMMENT ON FUNCTION segments_internal.register_profile_source(
    oid, regclass, text, name, name, text, name, text, text, text, text[], jsonb, jsonb, text, boolean, text, text, text, text) IS
    'what segments.register_profile_source does for a caller';

CREATE FUNCTION segments.register_profile_source(
    source regclass,
    name text,
    record_id_column name,
    record_type_column name DEFAULT NULL,
    record_type text DEFAULT NULL,
    time_column name DEFAULT NULL,
    display_name text DEFAULT NULL,
    group_name text DEFAULT 'Profile',
    description text DEFAULT NULL,
    aliases text[] DEFAULT '{}',
    relations jsonb DEFAULT NULL,
    fields jsonb DEFAULT '[]',
    stamp text DEFAULT 'generated',
    acknowledge_row_security boolean DEFAULT false,
    time_zone text DEFAULT NULL,
    time_unit text DEFAULT NULL,
    rows_where text DEFAULT NULL,
    normalize_ids text DEFAULT NULL) RETURNS int
AS 'MODULE_PATHNAME', 'segments_as_registrar' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.register_profile_source(
    regclass, text, name, name, text, name, text, text, text, text[], jsonb, jsonb, text, boolean, text, text, text, text) IS
    'makes a table say how the persons of its records are: contacts, scores, subscriptions, one row a record or several. Every column is a field; definitions ask '
    'name.field (of any row of the person: Contact.City = ''Oslo''), or count rows (Subscription where (Status = ''active'' and Plan <> ''free'') at least 2). It is captured, refreshed, erased '
    'from, altered and unregistered as interaction types are (alter_interaction, unregister_interaction), and takes no part in any interaction. time_column: what windows of such a '
    'condition look at; null: it takes no window; numbers that count since 1970 are whole ones (bigint, integer). All other arguments, the result and errors are those of register_interaction';

REVOKE EXECUTE ON FUNCTION
    segments_internal.register_profile_source(oid, regclass, text, name, name, text, name, text, text, text, text[], jsonb, jsonb, text, boolean, text, text, text, text),
    segments.register_profile_source(regclass, text, name, name, text, name, text, text, text, text[], jsonb, jsonb, text, boolean, text, text, text, text)
FROM PUBLIC;

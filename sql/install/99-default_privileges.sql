-- Defaults for what this role makes are again what they were (00-default_privileges.sql).
DO $$
BEGIN
    EXECUTE pg_catalog.current_setting('segments_install.default_privileges');
END
$$;

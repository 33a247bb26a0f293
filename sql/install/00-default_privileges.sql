-- What this script makes has the rights that it gives, whatever ALTER DEFAULT PRIVILEGES gives to or takes from what else this role
-- makes: they are the server's own until the script ends (99-default_privileges.sql).
SET LOCAL search_path TO pg_catalog, pg_temp;

DO $$
DECLARE
    statement record;
    afterwards text := '';
BEGIN
    FOR statement IN
        WITH changed AS (
            SELECT kind.noun, defaults.defaclacl AS given, pg_catalog.acldefault(kind.acl_kind, defaults.defaclrole) AS plain
            FROM pg_catalog.pg_default_acl defaults
            JOIN (VALUES ('r'::"char", 'r'::"char", 'TABLES'), ('S', 's', 'SEQUENCES'), ('f', 'f', 'FUNCTIONS'), ('T', 'T', 'TYPES'), ('n', 'n', 'SCHEMAS'))
                kind (object_kind, acl_kind, noun) ON kind.object_kind = defaults.defaclobjtype
            WHERE defaults.defaclrole = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user) AND defaults.defaclnamespace = 0),
        rights AS (
            SELECT changed.noun, differing.*
            FROM changed CROSS JOIN LATERAL (
                SELECT grantee, privilege_type, is_grantable, given_right.grantor IS NOT NULL AS is_given
                FROM pg_catalog.aclexplode(given) given_right
                FULL JOIN pg_catalog.aclexplode(plain) plain_right USING (grantee, privilege_type, is_grantable)
                WHERE given_right.grantor IS NULL OR plain_right.grantor IS NULL) differing),
        written AS (
            SELECT rights.*, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(grantee)) END AS role FROM rights)
        SELECT pg_catalog.format('ALTER DEFAULT PRIVILEGES REVOKE %s ON %s FROM %s', privilege_type, noun, role) AS revoke,
               pg_catalog.format('ALTER DEFAULT PRIVILEGES GRANT %s ON %s TO %s%s', privilege_type, noun, role,
                                 CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END) AS grant,
               is_given
        FROM written
        ORDER BY is_given DESC   -- taken first, when it is another kind of the same right
    LOOP
        IF statement.is_given THEN
            EXECUTE statement.revoke;
            afterwards := afterwards || statement.grant || ';';
        ELSE
            EXECUTE statement.grant;
            afterwards := statement.revoke || ';' || afterwards;
        END IF;
    END LOOP;
    PERFORM pg_catalog.set_config('segments_install.default_privileges', afterwards, true);
END
$$;

-- The extension's objects have the rights that it gives them, whatever the installing role's default privileges are, which stay.
SET client_min_messages = warning;
CREATE ROLE segments_test_app;
CREATE ROLE "Segments Test's Analyst";
CREATE FUNCTION rights() RETURNS TABLE (object text, acl text) LANGUAGE sql AS $$
    SELECT pg_describe_object(classid, objid, 0), CASE classid
        WHEN 'pg_class'::regclass THEN (SELECT relacl::text FROM pg_class WHERE oid = objid)
        WHEN 'pg_proc'::regclass THEN (SELECT proacl::text FROM pg_proc WHERE oid = objid)
        WHEN 'pg_type'::regclass THEN (SELECT typacl::text FROM pg_type WHERE oid = objid)
        WHEN 'pg_namespace'::regclass THEN (SELECT nspacl::text FROM pg_namespace WHERE oid = objid)
        WHEN 'pg_foreign_server'::regclass THEN (SELECT srvacl::text FROM pg_foreign_server WHERE oid = objid)
        WHEN 'pg_foreign_data_wrapper'::regclass THEN (SELECT fdwacl::text FROM pg_foreign_data_wrapper WHERE oid = objid) END
    FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'segments') AND deptype = 'e'
$$;
CREATE FUNCTION defaults() RETURNS TABLE (kind "char", namespace regnamespace, acl text) LANGUAGE sql AS $$
    SELECT defaclobjtype, defaclnamespace::regnamespace,
           (SELECT string_agg(item::text, ' ' ORDER BY item::text COLLATE "C") FROM unnest(defaclacl) item)
    FROM pg_default_acl WHERE defaclrole = current_user::regrole ORDER BY 1, 2
$$;
CREATE EXTENSION segments;
CREATE TABLE plain AS SELECT * FROM rights();
DROP EXTENSION segments;

-- What applications are given, and what hardened servers take away.
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO segments_test_app;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO "Segments Test's Analyst" WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO segments_test_app;
ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT CREATE, USAGE ON SCHEMAS TO PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT INSERT ON TABLES TO segments_test_app;
CREATE TABLE before AS SELECT * FROM defaults();
SELECT count(*) FROM before;
CREATE EXTENSION segments;
SELECT count(*) > 500 AS many FROM plain;
SELECT * FROM rights() r FULL JOIN plain p USING (object) WHERE r.acl IS DISTINCT FROM p.acl;
TABLE before EXCEPT SELECT * FROM defaults() UNION ALL (SELECT * FROM defaults() EXCEPT TABLE before);

-- So has a table that is made later.
CREATE TABLE mapping (record_id text, profile_id uuid);
CREATE TABLE visited (record_id text, occurred_at timestamptz);
SELECT segments.register_unification('mapping', 'profile_id', 'record_id'), segments.register_interaction('visited', 'Visited', 'occurred_at', 'record_id');
CALL segments.refresh();
SELECT segments.create_segment('all', 'all');
CALL segments.refresh();
SELECT segments.publish_segment('all', 'public', 'everybody');
SELECT name, grantee = 0 AS is_public, privilege_type FROM segments.typed_member_table JOIN pg_class ON pg_class.oid = relation, aclexplode(relacl) WHERE grantee <> relowner;
SELECT segments.unpublish_segment('all');
DROP TABLE mapping, visited;
DROP EXTENSION segments;

-- A right of the same kind with and without grant option; the owner's own.
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON TYPES TO CURRENT_USER WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES REVOKE INSERT ON TABLES FROM CURRENT_USER;
TRUNCATE before;
INSERT INTO before SELECT * FROM defaults();
CREATE EXTENSION segments;
SELECT * FROM rights() r FULL JOIN plain p USING (object) WHERE r.acl IS DISTINCT FROM p.acl;
TABLE before EXCEPT SELECT * FROM defaults() UNION ALL (SELECT * FROM defaults() EXCEPT TABLE before);

-- Names of installers that are written otherwise without quotes: there are such roles, too.
DROP EXTENSION segments;
CREATE ROLE "Segments Test-Installer" SUPERUSER;
CREATE ROLE "segments test-installer" SUPERUSER;
CREATE ROLE segments SUPERUSER;
SET ROLE "Segments Test-Installer";
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO segments_test_app;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO segments_test_app;
CREATE TABLE before_installer AS SELECT defaclobjtype, defaclacl::text FROM pg_default_acl;
CREATE EXTENSION segments;
SELECT count(*) > 500 AS many, count(*) FILTER (WHERE r.acl LIKE '%segments_test_app%') FROM rights() r;
TABLE before_installer EXCEPT SELECT defaclobjtype, defaclacl::text FROM pg_default_acl;
DROP EXTENSION segments;
RESET ROLE;
DROP OWNED BY "Segments Test-Installer";
DROP ROLE "Segments Test-Installer", "segments test-installer", segments;
CREATE EXTENSION segments;

-- An installation that fails leaves them.
\set SHOW_CONTEXT never
DROP EXTENSION segments;
CREATE SCHEMA segments;
CREATE EXTENSION segments;
TABLE before EXCEPT SELECT * FROM defaults() UNION ALL (SELECT * FROM defaults() EXCEPT TABLE before);
DROP SCHEMA segments;
DROP OWNED BY segments_test_app, "Segments Test's Analyst";
ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON SCHEMAS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON TYPES TO PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO CURRENT_USER;
ALTER DEFAULT PRIVILEGES REVOKE GRANT OPTION FOR USAGE ON TYPES FROM CURRENT_USER;
SELECT * FROM defaults();
CREATE EXTENSION segments;
DROP ROLE segments_test_app, "Segments Test's Analyst";

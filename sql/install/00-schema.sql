-- The schemas.  A plain CREATE SCHEMA: a schema that somebody made beforehand is an attack, and must fail.
SET LOCAL search_path TO pg_catalog, pg_temp;

-- Before they are made.  (The pieces of this script are ASCII: it is converted as a whole before it runs.)
DO $$
BEGIN
    IF pg_catalog.getdatabaseencoding() <> 'UTF8' THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = pg_catalog.format('segments needs a database whose encoding is UTF8, not %s', pg_catalog.getdatabaseencoding()),
            DETAIL = 'Definitions, names and values are read as UTF-8.',
            HINT = 'Create a database with CREATE DATABASE ... ENCODING ''UTF8'' TEMPLATE template0, and restore a dump of this one there.';
    END IF;
END
$$;

CREATE SCHEMA segments;
GRANT USAGE ON SCHEMA segments TO PUBLIC;
COMMENT ON SCHEMA segments IS 'behavioural segmentation: interaction types, definitions, segments and their members';

-- What only the extension's own statements, types and views call.
CREATE SCHEMA segments_internal;
GRANT USAGE ON SCHEMA segments_internal TO PUBLIC;
COMMENT ON SCHEMA segments_internal IS 'functions of the extension segments that nobody calls by hand';

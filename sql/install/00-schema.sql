-- The schemas.  A plain CREATE SCHEMA: a schema that somebody made beforehand is an attack, and must fail.
SET LOCAL search_path TO pg_catalog, pg_temp;

CREATE SCHEMA segments;
GRANT USAGE ON SCHEMA segments TO PUBLIC;
COMMENT ON SCHEMA segments IS 'behavioural segmentation: interaction types, definitions, segments and their members';

-- What only the extension's own statements, types and views call.
CREATE SCHEMA segments_internal;
GRANT USAGE ON SCHEMA segments_internal TO PUBLIC;
COMMENT ON SCHEMA segments_internal IS 'functions of the extension segments that nobody calls by hand';

-- Names of interaction types that are registered no more, and of segments that were dropped or renamed, which saved segments still use: they
-- are left to those whose they were, so that nobody else puts a table or a segment of theirs under the segments of others.

CREATE TABLE segments.former_name (
    kind text NOT NULL CHECK (kind IN ('type', 'segment')),
    name text COLLATE "C" NOT NULL,
    owner oid NOT NULL,
    owner_name name COLLATE "C" NOT NULL,    -- as of owners of segments: only both together are the role that it was
    PRIMARY KEY (kind, name, owner, owner_name)
);
ALTER TABLE segments.former_name ALTER COLUMN name SET STATISTICS 0;
COMMENT ON TABLE segments.former_name IS 'names of types that were unregistered, folded, and of segments that others referred to when they were dropped or renamed, and whose they were then';
SELECT pg_catalog.pg_extension_config_dump('segments.former_name',
    'WHERE EXISTS (SELECT FROM pg_catalog.pg_roles role WHERE role.oid = owner AND role.rolname = owner_name)');

-- A restored row is found by its name: numbers are those of another server.  One whose role does not exist is nobody's.
CREATE FUNCTION segments_internal.resolve_former_owner() RETURNS trigger
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    NEW.owner := (SELECT role.oid FROM pg_roles role WHERE role.rolname = NEW.owner_name);
    RETURN CASE WHEN NEW.owner IS NOT NULL THEN NEW END;
END
$$;
COMMENT ON FUNCTION segments_internal.resolve_former_owner() IS 'finds the role whose a name was by its own name, in dumps as well';
CREATE TRIGGER resolve_former_owner BEFORE INSERT ON segments.former_name FOR EACH ROW EXECUTE FUNCTION segments_internal.resolve_former_owner();

CREATE VIEW segments.left_name AS
SELECT former.kind, former.name, former.owner
FROM segments.former_name former JOIN pg_roles role ON role.oid = former.owner AND role.rolname = former.owner_name;
COMMENT ON VIEW segments.left_name IS 'names that are left to roles that are there still';

-- Those that no saved segment uses are forgotten once there are many: what an owner registers again and again fills no table.
CREATE FUNCTION segments_internal.note_former_names(type segments.interaction_type) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    IF (SELECT count(*) FROM segments.former_name WHERE kind = 'type') > 1000 THEN
        DELETE FROM segments.former_name former WHERE former.kind = 'type' AND former.name <> ALL (segments_internal.lost_type_names());
    END IF;
    INSERT INTO segments.former_name (kind, name, owner_name)
    SELECT 'type', segments_internal.fold_name(called), pg_get_userbyid(relowner)
    FROM pg_class, unnest(type.aliases || ARRAY[type.name, type.display_name]) called WHERE pg_class.oid = type.source
    ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION segments_internal.note_former_names(segments.interaction_type) IS 'notes whose the names of a type were that is about to be forgotten';

CREATE FUNCTION segments_internal.check_takes_over_nothing(caller name, source regclass, names text[]) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    wanted text[];
    taken text;
BEGIN
    IF pg_has_role(caller, (SELECT extowner FROM pg_extension WHERE extname = 'segments'), 'USAGE') THEN
        RETURN;
    END IF;
    -- Names that lead to a type are lost to nobody; and those whose names they were may have them again.
    wanted := ARRAY(SELECT segments_internal.fold_name(called) FROM unnest(names) called
                    EXCEPT SELECT unnest(segments_internal.taken_type_names())
                    EXCEPT SELECT left_name.name FROM segments.left_name
                    JOIN pg_class class ON class.oid = source WHERE left_name.kind = 'type' AND pg_has_role(class.relowner, left_name.owner, 'USAGE'));
    IF cardinality(wanted) = 0 THEN
        RETURN;
    END IF;
    SELECT called INTO taken
    FROM segments.kept_definition kept JOIN segments.saved_segment USING (segment_id), unnest(segments_internal.lost_type_names(kept.definition)) called
    WHERE kept.version IS NULL AND called = ANY (wanted) AND NOT coalesce(pg_has_role(caller, saved_segment.owner, 'USAGE'), false) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'saved segments of others use the name "%"', (SELECT called FROM unnest(names) called WHERE segments_internal.fold_name(called) = taken LIMIT 1)
            USING ERRCODE = 'duplicate_object', DETAIL = 'It led to a type that is registered no more; they would go on with this table.',
                HINT = 'Choose another name, or let the owner of the extension register the table.';
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.check_takes_over_nothing(name, regclass, text[]) IS
    'raises 42710 if saved segments of others use one of these names of a type that is registered no more, and whose it was is not the owner of the table';

REVOKE EXECUTE ON FUNCTION segments_internal.resolve_former_owner(), segments_internal.note_former_names(segments.interaction_type), segments_internal.check_takes_over_nothing(name, regclass, text[])
FROM PUBLIC;

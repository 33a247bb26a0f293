-- References to erased persons that rows of others still hold in their tables: what is derived says nothing of them, and no refresh
-- brings them back.  Dumped: a restored database reads its tables anew.

-- Drawn with the first of them, so that a new database has none.
CREATE TABLE segments.erasure_salt (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    salt bytea NOT NULL
);
COMMENT ON TABLE segments.erasure_salt IS 'what keys of records are salted with in erased_reference';
ALTER TABLE segments.erasure_salt ALTER COLUMN salt SET STATISTICS 0;

CREATE TABLE segments.erased_reference (
    relation_id int NOT NULL REFERENCES segments.interaction_relation (relation_id) ON UPDATE CASCADE ON DELETE CASCADE,
    key_hash bytea NOT NULL,
    PRIMARY KEY (relation_id, key_hash)
);
COMMENT ON TABLE segments.erased_reference IS 'records of erased persons that rows of others lead to by a relation: salted hashes of their keys';
COMMENT ON COLUMN segments.erased_reference.relation_id IS 'the relation';
COMMENT ON COLUMN segments.erased_reference.key_hash IS 'SHA-256 of the salt and the record''s type and id';
ALTER TABLE segments.erased_reference ALTER COLUMN key_hash SET STATISTICS 0;

SELECT pg_catalog.pg_extension_config_dump('segments.erasure_salt', '');
SELECT pg_catalog.pg_extension_config_dump('segments.erased_reference', '');

CREATE FUNCTION segments_internal.reference_hash(record_type text, record_id text) RETURNS bytea
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT sha256(salt || convert_to(record_type, getdatabaseencoding()) || '\x00'::bytea || convert_to(record_id, getdatabaseencoding()))
    FROM segments.erasure_salt
$$;
COMMENT ON FUNCTION segments_internal.reference_hash(text, text) IS 'the key of a record as erased_reference has it; null: nothing was erased';

CREATE FUNCTION segments_internal.readmit_references(caller oid, interaction_type text, relation text, record_type text, record_id text) RETURNS boolean
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
DECLARE
    type segments.interaction_type := segments_internal.find_interaction(interaction_type);
    known segments.interaction_relation;
BEGIN
    PERFORM segments_internal.check_is_owner(caller, type.source);
    known := segments_internal.find_relation(type, relation);
    DELETE FROM segments.erased_reference erased
    WHERE erased.relation_id = known.relation_id AND erased.key_hash = segments_internal.reference_hash(
        record_type, coalesce(segments_internal.normalized_id(record_id, known.normalize_ids), record_id));
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    -- Waits for writers, and makes every leaf count as changed: the rows are read again.
    PERFORM segments_internal.detach_triggers(type.source);
    PERFORM segments_internal.attach_triggers(type.source, type.stamp);
    RETURN true;
END
$$;
COMMENT ON FUNCTION segments_internal.readmit_references(oid, text, text, text, text) IS 'what segments.readmit_references does for a caller';

CREATE FUNCTION segments.readmit_references(interaction_type text, relation text, record_type text, record_id text) RETURNS boolean
AS 'MODULE_PATHNAME', 'segments_as_registrar' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION segments.readmit_references(text, text, text, text) IS
    'lets rows lead to a record again by a relation, of whom an erasure has left references in rows of others: as when somebody comes back under the same id. The next refresh reads the '
    'table whole. False: no such reference was erased, or no row has it any more. For the owner of the table or of the extension. Errors: 42704 (no such type or relation), 42501 (privileges)';

CREATE FUNCTION segments_internal.erased_references_of(of_type_id int) RETURNS bigint
LANGUAGE sql STABLE SET search_path TO pg_catalog, pg_temp AS $$
    SELECT count(*) FROM segments.erased_reference JOIN segments.interaction_relation USING (relation_id) WHERE type_id = of_type_id
$$;
COMMENT ON FUNCTION segments_internal.erased_references_of(int) IS 'how many records of erased persons rows of a type still lead to by its relations';

-- They are known by relation, and go with it.
CREATE FUNCTION segments_internal.warn_of_lost_references(type_name text, lost bigint) RETURNS void
LANGUAGE plpgsql SET search_path TO pg_catalog, pg_temp AS $$
BEGIN
    IF lost > 0 THEN
        RAISE WARNING 'references of % to % erased % are not kept out any more', type_name, lost, CASE lost WHEN 1 THEN 'record' ELSE 'records' END
            USING DETAIL = 'Rows of its table still have them: a relation by these columns leads there again.',
            HINT = 'Take them out of the table, or erase these persons again once a refresh has read them.';
    END IF;
END
$$;
COMMENT ON FUNCTION segments_internal.warn_of_lost_references(text, bigint) IS 'tells that a change of relations forgets which records were erased';

REVOKE EXECUTE ON FUNCTION
    segments_internal.erased_references_of(int),
    segments_internal.warn_of_lost_references(text, bigint),
    segments_internal.reference_hash(text, text),
    segments_internal.readmit_references(oid, text, text, text, text),
    segments.readmit_references(text, text, text, text)
FROM PUBLIC;

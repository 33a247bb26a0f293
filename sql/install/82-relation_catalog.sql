-- What leads from interactions to records, and how much of it leads nowhere.

-- Where conditions on the state of a relation are the core's (src/pg/catalog/captured_keys.h), this says the same.
CREATE FUNCTION segments_internal.relation_state(relation segments.interaction_relation) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN NOT relation.is_default AND relation.relation_id IS NULL THEN 'not read'
        WHEN EXISTS (
            SELECT FROM segments.interaction_type type JOIN segments.source_leaf leaf ON leaf.source = type.source
            JOIN segments.published ON leaf.captured_by <= published.refresh_id
            WHERE type.type_id = relation.type_id
              AND (relation.is_default OR strpos(',' || leaf.keys, ',via' || relation.relation_id || '.id') > 0)) THEN 'read'
        ELSE 'waits for a refresh' END
$$;
COMMENT ON FUNCTION segments_internal.relation_state(segments.interaction_relation) IS
    'read: definitions may name it; waits for a refresh: after the next one; not read: only known, register_relation lets refreshes read it';

CREATE FUNCTION segments_internal.erased_references(of_relation int) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $$
    SELECT count(*) FROM segments.erased_reference WHERE relation_id = of_relation
$$;
COMMENT ON FUNCTION segments_internal.erased_references(int) IS 'how many records of erased persons rows of others still lead to by a relation';

CREATE VIEW segments.relation_catalog AS
SELECT type.name AS type, relation.name AS relation, relation.display_name, relation.record_id_column, relation.record_type_column, relation.record_type,
       relation.is_default, segments_internal.relation_state(relation) AS state,
       coalesce(counts.live, 0) AS rows, coalesce(counts.live - counts.linked, 0) AS unresolved,
       segments_internal.erased_references(relation.relation_id) AS erased, relation.normalize_ids
FROM segments.interaction_type type JOIN segments.interaction_relation relation USING (type_id)
LEFT JOIN segments_internal.row_counts() counts ON counts.rows_id = CASE WHEN relation.is_default THEN relation.type_id ELSE relation.relation_id END
WHERE type.kind <> 'look-up'
ORDER BY type.name, relation.is_default DESC, relation.name;
COMMENT ON VIEW segments.relation_catalog IS 'the references that lead from interactions, and rows of profile sources, to persons, with counts as of the last refresh';
COMMENT ON COLUMN segments.relation_catalog.type IS 'technical name of the interaction type or profile source';
COMMENT ON COLUMN segments.relation_catalog.relation IS 'technical name of the relation, as definitions name it after via';
COMMENT ON COLUMN segments.relation_catalog.display_name IS 'name for people; definitions may use it in double quotes';
COMMENT ON COLUMN segments.relation_catalog.record_id_column IS 'column that holds the id of the record';
COMMENT ON COLUMN segments.relation_catalog.record_type_column IS 'column that tells the type of the record; null: all are of record_type';
COMMENT ON COLUMN segments.relation_catalog.record_type IS 'type of all records; null: record_type_column tells it';
COMMENT ON COLUMN segments.relation_catalog.is_default IS 'this relation leads to the profile where a definition names none';
COMMENT ON COLUMN segments.relation_catalog.state IS
    'read: definitions may name it; waits for a refresh: after the next one; not read: only known, register_relation lets refreshes read it';
COMMENT ON COLUMN segments.relation_catalog.rows IS 'rows that it leads from to a record';
COMMENT ON COLUMN segments.relation_catalog.unresolved IS 'those of them whose record belongs to no profile';
COMMENT ON COLUMN segments.relation_catalog.erased IS 'records of erased persons whom rows of others still name: they lead nowhere (readmit_references)';
COMMENT ON COLUMN segments.relation_catalog.normalize_ids IS 'how its ids are made alike before they are compared: lower, trim, or both; null: they are taken as they are';
GRANT SELECT ON segments.relation_catalog TO PUBLIC;

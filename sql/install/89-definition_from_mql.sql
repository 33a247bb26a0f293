-- Segments of Dynamics 365 taken over.

CREATE FUNCTION segments.definition_from_mql(query text) RETURNS segments.definition
AS 'MODULE_PATHNAME', 'segments_definition_from_mql' LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 1000;
COMMENT ON FUNCTION segments.definition_from_mql(text) IS
    'the definition that says what a query of Dynamics 365 does: INTERACTION(type, link).FILTER(...).HAVING(COUNT() >= 1, UTCMONTHS(24)), SEGMENT(name) and PROFILE(contact), joined by '
    'UNION, INTERSECT and EXCEPT; keywords in any case. Types and fields are those that are registered here: a publisher''s prefix (msdynmkt_, msdyncrm_), underscores and blanks make no '
    'difference. PROFILE becomes all, and days, months and years those of the zone in force when the definition is saved, both with a notice. Errors have their position in the query: 42601 (form; what '
    'definitions cannot say, with what to write instead: attributes of profiles, other tables, sums, arithmetic), 42704 (names that are not here, with the nearest), 42702 (ambiguous ones), 22003 (numbers), '
    '54000 (too long, too deep, too many conditions)';

-- Definitions as texts: names for people or for programs, and segments written out.

CREATE FUNCTION segments.definition_text(definition segments.definition, names text DEFAULT 'technical', expand boolean DEFAULT false) RETURNS text
AS 'MODULE_PATHNAME', 'segments_definition_text' LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 1000;
COMMENT ON FUNCTION segments.definition_text(segments.definition, text, boolean) IS
    'the canonical text of a definition, which means the same: types and fields by their technical names, or (names => ''display'') by their names for people, in double quotes where '
    'needed; a display name that does not lead to the same type or field gives way to the technical one, and names that lead nowhere stay. expand => true puts the definition of x in the '
    'place of segment ''x''; the reference stays, with a notice that says why, where the caller may not see the definition, where profiles were listed by hand (static segments, too), and where '
    'x was saved with another time zone or week start (or intervalstyle, lc_monetary, timezone_abbreviations) than those in force; so do entered, left and as of. Errors: 22023 (names), '
    '54000 (expanded, the definition is too long)';

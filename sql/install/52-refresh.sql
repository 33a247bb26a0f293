-- The refresh.

-- Not SECURITY DEFINER: such a procedure can never commit.  It switches to the extension's owner itself.
CREATE PROCEDURE segments.refresh()
LANGUAGE C AS 'MODULE_PATHNAME', 'segments_refresh';
COMMENT ON PROCEDURE segments.refresh() IS
    'brings fragments, profiles and the members of saved segments up to date and publishes them together; a failed refresh '
    'changes nothing. Acts as the owner of the extension. Errors: 25001 (the transaction has written, or is not READ COMMITTED), '
    '55P03 (another refresh is running), 55000 (a source cannot be captured), 22023 (a record is mapped twice)';

REVOKE EXECUTE ON PROCEDURE segments.refresh() FROM PUBLIC;

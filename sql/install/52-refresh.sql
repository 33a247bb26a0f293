-- The refresh.

-- Not SECURITY DEFINER: such a procedure can never commit.  It switches to the extension's owner itself.
CREATE PROCEDURE segments.refresh()
LANGUAGE C AS 'MODULE_PATHNAME', 'segments_refresh';
COMMENT ON PROCEDURE segments.refresh() IS
    'brings fragments, profiles and the members of saved segments up to date and publishes them together; a failed refresh '
    'changes nothing. A source that cannot be read (its table is not as it was registered, is locked for longer than '
    'segments.lock_timeout, or maps a record twice) is frozen, with a warning: it stays as an earlier refresh has seen it, and the '
    'rest goes on. Acts as the owner of the extension. Errors: 25001 (the transaction has written, or is not READ COMMITTED), '
    '55P03 (another refresh or an erasure is running)';

REVOKE EXECUTE ON PROCEDURE segments.refresh() FROM PUBLIC;

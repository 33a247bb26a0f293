-- Records, their ordinals and profiles.

-- Records and their ordinals.  Unified or not, every record an interaction or the mapping names has one.
CREATE TABLE segments.record (
    ordinal bigint NOT NULL,
    record_type text COLLATE "C" NOT NULL,
    record_id text COLLATE "C" NOT NULL,
    profile_id text COLLATE "C"        -- null: not unified
);
CREATE UNIQUE INDEX record_key ON segments.record (record_id, record_type);
CREATE UNIQUE INDEX record_ordinal ON segments.record (ordinal);
-- With ordinals, so that the index alone says what profiles go by.
CREATE INDEX record_profile ON segments.record (profile_id, ordinal) WHERE profile_id IS NOT NULL;
-- Samples of ids would keep those of erased persons, and tell by estimates where hidden ones lie (src/pg/store/id_statistics.h).
ALTER TABLE segments.record ALTER COLUMN record_id SET STATISTICS 0, ALTER COLUMN profile_id SET STATISTICS 0;
COMMENT ON TABLE segments.record IS 'records, their ordinals, and the profiles they belong to';

-- Where the rows of records that moved to another tile were copied: the old ordinal is dead, but fragments that were not merged
-- since still hold its rows, which an erasure must find.
CREATE TABLE segments.moved_record (
    to_ordinal bigint NOT NULL,
    from_ordinal bigint NOT NULL
);
CREATE INDEX moved_record_to ON segments.moved_record (to_ordinal);
COMMENT ON TABLE segments.moved_record IS 'ordinals that records had before they moved to another tile';

-- What changes of the mapping have done to the ordinals that profiles go by, until the members of every segment are carried over
-- to them.  (A segment that somebody has locked is carried over later; meanwhile its readers do so.)
CREATE TABLE segments.moved_step (
    step bigint PRIMARY KEY,           -- one change of the mapping: all its rows at once, after those of earlier steps
    refresh_id bigint NOT NULL         -- the first refresh that shows it
);
COMMENT ON TABLE segments.moved_step IS 'changes of the mapping that members of some segment have yet to follow';
CREATE TABLE segments.moved_profile (
    step bigint NOT NULL,
    from_ordinal bigint NOT NULL,
    to_ordinal bigint,                 -- null: the profile has no record any more
    move int2 NOT NULL DEFAULT 0 CHECK (move BETWEEN 0 AND 3),  -- 0: it goes by another ordinal; 1: gone; 2: merged; 3: split
    profile_id text COLLATE "C",       -- of the one that is gone or merged, or of the new one
    other_profile_id text COLLATE "C"  -- of the one it is part of now, or was split from
);
ALTER TABLE segments.moved_profile ALTER COLUMN profile_id SET STATISTICS 0, ALTER COLUMN other_profile_id SET STATISTICS 0;
COMMENT ON TABLE segments.moved_profile IS 'profiles that go by another ordinal since these changes of the mapping, are gone, merged or split';

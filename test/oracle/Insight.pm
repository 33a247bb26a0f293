package Insight;
# What history and insight say of saved segments, against plain SQL over the source tables and what that said in earlier rounds.
use strict;
use warnings;

# Of a condition: how many interactions of profile $1 count, the first and the last.
sub evidence { return map { Definition::evidence_sql($_) } Definition::conditions($_[0]) }

sub setup { return (<<'SQL');
-- Members round by round, as plain SQL said then; which records a profile had, ever; and who was erased.
CREATE TABLE oracle.past (segment text, at timestamptz, profile_id text);
-- All rounds, those without members, too.
CREATE TABLE oracle.round (segment text, at timestamptz);
CREATE INDEX ON oracle.past (segment, at, profile_id);
CREATE TABLE oracle.seen (record_type text, record_id text, profile_id text);
CREATE TABLE oracle.ever_erased (profile_id text);
-- Ids that were those of erased persons, or of others with whom they shared a record, at any time: an id may be a new person's since.
CREATE VIEW oracle.tainted AS
WITH first AS (SELECT DISTINCT other.profile_id FROM oracle.ever_erased JOIN oracle.seen own USING (profile_id)
               JOIN oracle.seen other ON (other.record_type, other.record_id) = (own.record_type, own.record_id))
SELECT profile_id FROM oracle.ever_erased UNION SELECT other.profile_id FROM first JOIN oracle.seen own USING (profile_id)
JOIN oracle.seen other ON (other.record_type, other.record_id) = (own.record_type, own.record_id);
-- Ids that never shared a record with another: neither merged nor split.
CREATE VIEW oracle.steady AS
SELECT profile_id FROM oracle.seen EXCEPT
SELECT own.profile_id FROM oracle.seen own JOIN oracle.seen other USING (record_type, record_id) WHERE own.profile_id <> other.profile_id;
CREATE PROCEDURE oracle.see() LANGUAGE sql AS $$
    INSERT INTO oracle.seen SELECT record_type, record_id, profile_id FROM interactions.unified_profile WHERE profile_id NOT LIKE 'filler%'
    EXCEPT SELECT * FROM oracle.seen;
$$;

CREATE FUNCTION oracle.differ(what text, ours text[], theirs text[]) RETURNS text LANGUAGE sql AS $$
    SELECT format('differs: %s: %s, SQL says %s; too many: %s; missing: %s', what, cardinality(ours), cardinality(theirs),
        (ARRAY(SELECT unnest(ours) EXCEPT SELECT unnest(theirs)))[1:5], (ARRAY(SELECT unnest(theirs) EXCEPT SELECT unnest(ours)))[1:5])
    WHERE ours IS DISTINCT FROM theirs
$$;

-- Notes who is a member now, and compares what history tells of all rounds until now.
CREATE FUNCTION oracle.compare_history(name text, sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    as_of timestamptz := (SELECT o.as_of FROM segments.segment_overview o WHERE o.name = compare_history.name);
    tainted text[] := ARRAY(SELECT profile_id FROM oracle.tainted);
    round record;
    answer text;
    half bigint;
    place text;
BEGIN
    INSERT INTO oracle.round VALUES (name, as_of);
    EXECUTE format('INSERT INTO oracle.past SELECT $1, $2, profile_id FROM (%s) AS answer', replace(sql, ':as_of', '$2')) USING name, as_of;
    CREATE TEMPORARY TABLE told ON COMMIT DROP AS SELECT * FROM segments.changes_since(name) WITH ORDINALITY;
    -- Applied to nothing, changes give the members.
    answer := oracle.differ('changes_since',
        ARRAY(SELECT profile_id FROM (SELECT DISTINCT ON (profile_id) profile_id, is_in FROM (
                SELECT profile_id, change IN ('entered', 'split') AS is_in, ordinality FROM told
                UNION ALL SELECT other_profile_id, true, ordinality FROM told WHERE change = 'merged' AND other_profile_id IS NOT NULL) event
            ORDER BY profile_id, ordinality DESC) last WHERE is_in ORDER BY profile_id COLLATE "C"),
        ARRAY(SELECT profile_id FROM oracle.past WHERE segment = name AND at = as_of ORDER BY profile_id COLLATE "C"));
    IF answer IS NOT NULL THEN RETURN answer; END IF;
    -- In pieces, they are the same.
    half := (SELECT count(*) / 2 FROM told);
    place := (SELECT next_cursor FROM told WHERE ordinality = half);
    IF half > 0 AND EXISTS (SELECT 1 FROM (
            SELECT ordinality, profile_id, change, other_profile_id, run_id FROM told
            EXCEPT (SELECT ordinality, profile_id, change, other_profile_id, run_id FROM segments.changes_since(name, NULL, half) WITH ORDINALITY
                    UNION ALL SELECT ordinality + half, profile_id, change, other_profile_id, run_id FROM segments.changes_since(name, place) WITH ORDINALITY)) d)
    THEN RETURN 'differs: changes_since in two pieces'; END IF;
    IF EXISTS ((SELECT profile_id, change, other_profile_id, run_id, refresh_id, at FROM told WHERE profile_id <> ALL (tainted) AND (other_profile_id <> ALL (tainted)) IS NOT FALSE
            EXCEPT ALL SELECT profile_id, change, other_profile_id, run_id, refresh_id, at FROM segments.membership_change WHERE segment = name)
        UNION ALL (SELECT profile_id, change, other_profile_id, run_id, refresh_id, at FROM segments.membership_change
                   WHERE segment = name AND profile_id <> ALL (tainted) AND (other_profile_id <> ALL (tainted)) IS NOT FALSE
            EXCEPT ALL SELECT profile_id, change, other_profile_id, run_id, refresh_id, at FROM told))
    THEN RETURN 'differs: membership_change is not what changes_since tells'; END IF;
    FOR round IN SELECT known.at, lead(known.at) OVER (ORDER BY known.at) AS next FROM (SELECT DISTINCT at FROM oracle.round WHERE segment = name) known LOOP
        answer := oracle.differ('members_at ' || round.at,
            ARRAY(SELECT id FROM segments.members_at(name, round.at + coalesce((round.next - round.at) / 2, interval '0')) AS id WHERE id <> ALL (tainted) ORDER BY id COLLATE "C"),
            ARRAY(SELECT profile_id FROM oracle.past WHERE segment = name AND at = round.at AND profile_id <> ALL (tainted) ORDER BY profile_id COLLATE "C"));
        IF answer IS NOT NULL THEN RETURN answer; END IF;
    END LOOP;
    IF EXISTS (
        WITH known AS MATERIALIZED (SELECT DISTINCT at FROM oracle.round WHERE segment = name)
        SELECT FROM segments.member JOIN oracle.steady USING (profile_id)
        WHERE member.segment = name AND profile_id <> ALL (tainted) AND since <> (SELECT min(at) FROM known WHERE at > coalesce((
            SELECT max(at) FROM known WHERE NOT EXISTS (
                SELECT FROM oracle.past WHERE past.segment = name AND past.at = known.at AND past.profile_id = member.profile_id)), '-infinity')))
    THEN RETURN 'differs: since is not when the membership began'; END IF;
    IF EXISTS (SELECT FROM segments.size_history size WHERE segment = name AND members <> (SELECT count(*) FROM segments.members_at(name, size.at)))
    THEN RETURN 'differs: size_history is not what members_at counts'; END IF;
    RETURN 'same ' || (SELECT count(*) FROM told);
EXCEPTION WHEN OTHERS THEN
    RETURN 'error ' || SQLSTATE || ': ' || SQLERRM;
END
$$;

-- All pairs of the saved segments, as of their last runs.
CREATE FUNCTION oracle.compare_overlap() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    ours text[];
    theirs text[];
BEGIN
    CREATE TEMPORARY TABLE present ON COMMIT DROP AS
    SELECT o.name, past.profile_id FROM segments.segment_overview o LEFT JOIN oracle.past ON past.segment = o.name AND past.at = o.as_of
    WHERE o.lifecycle <> 'draft';
    ours := ARRAY(SELECT format('%s %s: %s %s %s %s', least(a, b), greatest(a, b), CASE WHEN a < b THEN a_members ELSE b_members END,
            CASE WHEN a < b THEN b_members ELSE a_members END, intersection, round(jaccard::numeric, 6)) FROM segments.segment_overlap() ORDER BY 1);
    WITH size AS (SELECT name, count(profile_id) AS n FROM present GROUP BY name)
    SELECT array_agg(format('%s %s: %s %s %s %s', a.name, b.name, a.n, b.n, common, round((common / nullif(a.n + b.n - common, 0)::float8)::numeric, 6)) ORDER BY a.name, b.name)
    INTO theirs
    FROM size a JOIN size b ON a.name < b.name,
        LATERAL (SELECT count(*) AS common FROM present x JOIN present y USING (profile_id) WHERE x.name = a.name AND y.name = b.name) c;
    RETURN coalesce(oracle.differ('segment_overlap', ours, coalesce(theirs, '{}')), 'same ' || cardinality(ours));
EXCEPTION WHEN OTHERS THEN
    RETURN 'error ' || SQLSTATE || ': ' || SQLERRM;
END
$$;

CREATE FUNCTION oracle.members_by(sql text, as_of timestamptz) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    found text[];
BEGIN
    EXECUTE format('SELECT ARRAY(SELECT profile_id FROM (%s) AS answer WHERE $1 IS NOT NULL ORDER BY profile_id COLLATE "C")', replace(sql, ':as_of', '$1')) INTO found USING as_of;
    RETURN found;
END
$$;

CREATE FUNCTION oracle.compare_definitions(a text, b text, as_of timestamptz, a_sql text, b_sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    was text[] := oracle.members_by(a_sql, as_of);
    becomes text[] := oracle.members_by(b_sql, as_of);
    ours record;
    answer text;
BEGIN
    SELECT * INTO ours FROM segments.compare_definitions(a::segments.definition, b::segments.definition, as_of) WHERE segment IS NULL;
    answer := coalesce(
        oracle.differ('added', ARRAY(SELECT id FROM segments.profiles(ours.added_profiles) id ORDER BY id COLLATE "C"), ARRAY(SELECT unnest(becomes) EXCEPT SELECT unnest(was) ORDER BY 1)),
        oracle.differ('dropped', ARRAY(SELECT id FROM segments.profiles(ours.dropped_profiles) id ORDER BY id COLLATE "C"), ARRAY(SELECT unnest(was) EXCEPT SELECT unnest(becomes) ORDER BY 1)),
        oracle.differ('sizes', ARRAY[ours.before, ours.after, ours.added, ours.dropped]::text[], ARRAY[cardinality(was), cardinality(becomes),
            (SELECT count(*) FROM unnest(becomes) id WHERE id <> ALL (was)), (SELECT count(*) FROM unnest(was) id WHERE id <> ALL (becomes))]::text[]));
    RETURN coalesce(answer, 'same ' || ours.added + ours.dropped);
EXCEPTION WHEN OTHERS THEN
    RETURN 'error ' || SQLSTATE || ': ' || SQLERRM;
END
$$;

CREATE FUNCTION oracle.compare_forecast(name text, as_of timestamptz, sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before text[] := oracle.members_by(sql, as_of);
    then_members text[];
    day record;
    answer text;
    changes bigint := 0;
BEGIN
    FOR day IN SELECT f.*, f.at = as_of + f.number * interval '1 day' AS is_day FROM segments.membership_forecast(name, 3, as_of) WITH ORDINALITY AS f (at, members, entered, "left", number) LOOP
        then_members := oracle.members_by(sql, day.at);
        answer := coalesce(CASE WHEN NOT day.is_day THEN 'differs: ' || day.at || ' is not the time of a day' END, oracle.differ('forecast for ' || day.at, ARRAY[day.members, day.entered, day."left"]::text[], ARRAY[cardinality(then_members),
            (SELECT count(*) FROM unnest(then_members) id WHERE id <> ALL (before)), (SELECT count(*) FROM unnest(before) id WHERE id <> ALL (then_members))]::text[]));
        IF answer IS NOT NULL THEN RETURN answer; END IF;
        before := then_members;
        changes := changes + day.entered + day."left";
    END LOOP;
    RETURN 'same ' || changes;
EXCEPTION WHEN OTHERS THEN
    RETURN 'error ' || SQLSTATE || ': ' || SQLERRM;
END
$$;

CREATE FUNCTION oracle.is_member(sql text, profile text, at timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    found boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM (%s) AS answer WHERE profile_id = $2) AND $1 IS NOT NULL', replace(sql, ':as_of', '$1')) INTO found USING at, profile;
    RETURN found;
END
$$;

-- The verdict, what counts for each condition, and when time alone changes the verdict: of a few profiles.
CREATE FUNCTION oracle.compare_explained(name text, as_of timestamptz, sql text, evidence text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    profile text;
    verdict boolean;
    row record;
    counted record;
    number int;
    probe timestamptz;
    proved int := 0;
BEGIN
    FOR profile IN SELECT profile_id FROM oracle.profile WHERE profile_id NOT LIKE 'filler%' ORDER BY md5(profile_id || name || as_of) LIMIT 3 LOOP
        verdict := oracle.is_member(sql, profile, as_of);
        number := 0;
        FOR row IN SELECT * FROM segments.explain_member(name, profile, as_of) ORDER BY node LOOP
            IF row.node = 1 THEN
                IF row.verdict <> verdict THEN RETURN format('differs: verdict on %s: %s', profile, row.verdict); END IF;
                IF row.changes_at IS NOT NULL THEN
                    proved := proved + 1;
                    IF row.changes_at <= as_of OR oracle.is_member(sql, profile, row.changes_at) = verdict OR oracle.is_member(sql, profile, row.changes_at - interval '1 microsecond') <> verdict
                    THEN RETURN format('differs: the verdict on %s does not change at %s', profile, row.changes_at); END IF;
                END IF;
                FOREACH probe IN ARRAY ARRAY[as_of + interval '1 hour', as_of + interval '1 day', as_of + interval '40 days'] LOOP
                    IF (row.changes_at IS NULL OR probe < row.changes_at) AND row.note IS NULL AND oracle.is_member(sql, profile, probe) <> verdict
                    THEN RETURN format('differs: the verdict on %s is another one at %s already', profile, probe); END IF;
                END LOOP;
            END IF;
            CONTINUE WHEN row.interactions IS NULL;
            number := number + 1;
            CONTINUE WHEN evidence[number] = '';
            EXECUTE replace(evidence[number], ':as_of', '$2') INTO counted USING profile, as_of;
            IF (row.interactions, row.first_at, row.last_at) IS DISTINCT FROM (counted.count, counted.first, counted.last)
            THEN RETURN format('differs: evidence on %s, condition %s: %s from %s to %s, SQL says %s from %s to %s', profile, row.text, row.interactions, row.first_at, row.last_at,
                counted.count, counted.first, counted.last); END IF;
        END LOOP;
        IF number <> cardinality(evidence) THEN RETURN format('differs: %s conditions are explained of %s', number, cardinality(evidence)); END IF;
    END LOOP;
    RETURN 'same ' || proved;
EXCEPTION WHEN OTHERS THEN
    RETURN 'error ' || SQLSTATE || ': ' || SQLERRM;
END
$$;
SQL
}

sub array { return 'ARRAY[' . join(', ', map { "\$q\$$_\$q\$" } @_) . ']::text[]' }

# What a round asks: saved segments (number => node), and pairs of definitions to compare, each with an instant.
sub questions {
    my ($saved, $asked) = @_;
    my @sql = ('CALL oracle.see();');
    for my $number (0 .. $#$saved) {
        my $sql = Definition::sql($saved->[$number]);
        my $instant = $asked->[$number % @$asked][1];
        push @sql, "SELECT oracle.compare_history('saved_$number', \$q\$$sql\$q\$);",
            "SELECT oracle.compare_forecast('saved_$number', $instant, \$q\$$sql\$q\$);",
            "SELECT oracle.compare_explained('saved_$number', $instant, \$q\$$sql\$q\$, " . array(evidence($saved->[$number])) . ');';
    }
    push @sql, 'SELECT oracle.compare_overlap();';
    for my $i (0 .. 3) {
        my ($one, $other) = @$asked[ 2 * $i, 2 * $i + 1 ];
        push @sql, sprintf "SELECT oracle.compare_definitions(\$d\$%s\$d\$, \$d\$%s\$d\$, %s, \$q\$%s\$q\$, \$q\$%s\$q\$);",
            Definition::text($one->[0]), Definition::text($other->[0]), $one->[1], Definition::sql($one->[0]), Definition::sql($other->[0]);
    }
    return @sql;
}

1;

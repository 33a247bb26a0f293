# Consumers of the history of memberships, in the database: follow(segment) applies what changes_since() tells them next.
package HistoryConsumer;
use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(create_consumers);

# follow() is true if the consumer knows exactly the members, and fails if it is told of somebody twice.  Of each run it keeps in `past` who
# was a member.  A consumer whose cursor is too old begins anew.
sub create_consumers
{
	my ($server, $database) = @_;
	$server->safe_psql(
		$database, q{
		CREATE TABLE place (segment text PRIMARY KEY, cursor text);
		CREATE TABLE consumer (segment text, profile_id text, PRIMARY KEY (segment, profile_id));
		CREATE TABLE past (segment text, run_id bigint, profile_id text);
		CREATE FUNCTION apply(told record, segment_name text) RETURNS void LANGUAGE plpgsql AS $$
		BEGIN
			IF told.change IN ('entered', 'split') THEN
				INSERT INTO consumer VALUES (segment_name, told.profile_id);
			ELSE
				DELETE FROM consumer WHERE segment = segment_name AND profile_id = told.profile_id;
				IF NOT found THEN RAISE 'was told that % %, who was no member', told.profile_id, told.change; END IF;
			END IF;
			IF told.change = 'merged' AND told.other_profile_id IS NOT NULL THEN INSERT INTO consumer VALUES (segment_name, told.other_profile_id) ON CONFLICT DO NOTHING; END IF;
		END $$;
		CREATE FUNCTION follow(segment_name text, most bigint DEFAULT NULL) RETURNS boolean LANGUAGE plpgsql AS $$
		DECLARE
			told record;
			run bigint;
			rows bigint;
		BEGIN
			LOOP
				rows := 0;
				BEGIN
					FOR told IN SELECT * FROM segments.changes_since(segment_name, (SELECT cursor FROM place WHERE segment = segment_name), most) LOOP
						IF told.run_id <> run THEN
							INSERT INTO past SELECT segment, run, profile_id FROM consumer WHERE segment = segment_name;
						END IF;
						run := told.run_id;
						PERFORM apply(told, segment_name);
						INSERT INTO place VALUES (segment_name, told.next_cursor) ON CONFLICT (segment) DO UPDATE SET cursor = excluded.cursor;
						rows := rows + 1;
					END LOOP;
				EXCEPTION WHEN object_not_in_prerequisite_state THEN
					DELETE FROM consumer WHERE segment = segment_name;
					DELETE FROM place WHERE segment = segment_name;
					CONTINUE;
				END;
				EXIT WHEN rows < coalesce(most, rows + 1);
			END LOOP;
			IF run IS NOT NULL THEN
				INSERT INTO past SELECT segment, run, profile_id FROM consumer WHERE segment = segment_name;
			END IF;
			RETURN NOT EXISTS (SELECT FROM (SELECT profile_id FROM consumer WHERE segment = segment_name) c
				FULL JOIN (SELECT profile_id FROM segments.member WHERE segment = segment_name) m USING (profile_id)
				WHERE c IS NULL OR m IS NULL);
		END $$;
	});
	return;
}

1;

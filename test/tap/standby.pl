# A hot standby answers as of the last refresh that it has replayed, refuses to write, and goes on exactly when it is promoted.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use HistoryConsumer;
use SegmentsOracle;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('standby_primary');
$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', 'max_prepared_transactions = 4');
$primary->start;
create_sources($primary, 'postgres');
$primary->safe_psql('postgres', q{
	INSERT INTO mapping SELECT n, 'p' || n % 300 FROM generate_series(1, 600) n;
	CREATE TABLE pace AS SELECT 0::float8 AS seconds;
	CREATE FUNCTION keep_pace() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(seconds) FROM public.pace; RETURN NEW; END $$;
	CREATE TRIGGER pace BEFORE INSERT OR UPDATE ON segments.published FOR EACH ROW EXECUTE FUNCTION keep_pace();
});

sub rows_of
{
	my ($seed) = @_;
	return qq{
		INSERT INTO event (record_id, occurred_at, label, number)
			SELECT (n * 7 + $seed) % 650, '2026-01-01 UTC'::timestamptz + n * interval '1 hour', 'inserted', (n + $seed) % 100 FROM generate_series(1, 2000) n;
		INSERT INTO visit (record_id, occurred_at, label, number)
			SELECT (n * 3 + $seed) % 650, '2025-12-25 UTC'::timestamptz + n * interval '2 hours', NULL, (n + $seed) % 100 FROM generate_series(1, 1000) n;
		UPDATE event SET label = 'changed', number = 99 - number WHERE id % 101 = $seed;
		UPDATE visit SET occurred_at = occurred_at + interval '35 days' WHERE id % 103 = $seed;
		DELETE FROM event WHERE id % 107 = $seed;
		UPDATE mapping SET profile_id = 'p$seed' WHERE record_id = '5$seed';
	};
}

$primary->safe_psql('postgres', rows_of(1) . q{
	; CALL segments.refresh();
	SELECT segments.create_segment('many', 'Event at least 3'), segments.create_segment('neither', 'not Event and not Visit'),
		segments.create_segment('changed', 'Event where label = ''changed''');
});
create_consumers($primary, 'postgres');
$primary->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
# Readers hold back the removal of what they may still see.
$standby->append_conf('postgresql.conf', 'hot_standby_feedback = on');
$standby->start;
$primary->safe_psql('postgres', rows_of(2));
$primary->safe_psql('postgres', 'CALL segments.refresh()');
$primary->wait_for_catchup($standby);
is_exact($standby, 'postgres', 'a standby equals SQL');

# Every question that only reads.
for my $question (
	q{SELECT segments.segment_eval('Event at least 2 and not Visit')},
	q{SELECT profile_id FROM segments.profiles(segments.members('many')) profile_id ORDER BY 1},
	q{SELECT segment, profile_id FROM segments.member ORDER BY 1, 2},
	q{SELECT profile_id, change FROM segments.changes_since('many') ORDER BY 1},
	q{SELECT name, definition, members, state, is_used FROM segments.segment_overview ORDER BY 1},
	q{SELECT name, total, linked, unlinked FROM segments.interaction_catalog},
	q{SELECT * FROM segments.refresh_log ORDER BY refresh_id, part_number},
	q{SELECT * FROM segments.fragment_status},
	q{SELECT state, waiting_changes FROM segments.refresh_status},
	q{SELECT profile_id FROM segments.previous_profile_ids ORDER BY 1},
	q{SELECT * FROM segments.forgotten('p1', '{{contact,1}}', '{}') ORDER BY 1, 2},
	q{SELECT * FROM segments.membership_change ORDER BY run_id, change, profile_id},
	q{SELECT segment, change, run_id FROM segments.membership_change WHERE profile_id IN ('p2', 'p3') ORDER BY run_id, 1, 2},
	q{SELECT * FROM segments.changes_since('changed')},
	q{SELECT p FROM segments.size_history, segments.members_at(segment, at) p WHERE segment = 'changed'},
	q{SELECT * FROM segments.size_history ORDER BY run_id},
	q{SELECT * FROM segments.changed_segment ORDER BY segment},
	q{SELECT segments.profile_ordinal('p2')},
	q{SELECT segments.next_run('weekly', '2026-01-01')})
{
	is($standby->safe_psql('postgres', $question), $primary->safe_psql('postgres', $question), "as the primary: $question");
}
cmp_ok($standby->safe_psql('postgres', 'SELECT count(DISTINCT run_id) FROM segments.membership_change'), '>', 2, 'there is a history');
like($standby->safe_psql('postgres', q{SELECT * FROM segments.segment_explain('Event at least 2 or Visit')}), qr/Visit/, 'it explains');

for my $statement ('CALL segments.refresh()', q{SELECT segments.create_segment('new', 'Event')}, q{SELECT segments.run_segment('many')},
	q{SELECT segments.erase_profile('p1')}, q{SELECT segments.set_refresh_schedule('hourly')})
{
	my ($status, undef, $errors) = $standby->psql('postgres', "\\set VERBOSITY verbose\n$statement");
	like($errors, qr/ERROR:  25006: /, "refused: $statement");
}

# A reader keeps its state while newer ones arrive.
my $reader = $standby->background_psql('postgres');
my $members = q{SELECT count(*), md5(string_agg(profile_id, ',' ORDER BY profile_id)) FROM segments.profiles(segments.segment_eval('Event at least 15')) profile_id;};
my $old = $reader->query_safe("BEGIN ISOLATION LEVEL REPEATABLE READ; $members");
for my $seed (3, 4)
{
	$primary->safe_psql('postgres', rows_of($seed));
	$primary->safe_psql('postgres', 'CALL segments.refresh()');
}
$primary->wait_for_catchup($standby);
is_exact($standby, 'postgres', 'the newest state is there');
is($reader->query_safe($members), $old, 'a transaction that began before still sees its own');
is($reader->query_safe('SELECT count(*) FROM public.differences();'), '0', 'which is exact');
$reader->query_safe('COMMIT;');
isnt($reader->query_safe($members), $old, 'until it ends');
$reader->quit;

is($primary->safe_psql('postgres', q{SELECT follow('changed')}), 't', 'a consumer follows the primary');

# The standby is promoted while a refresh is about to publish, a transaction is prepared, and another one is not finished.
$primary->safe_psql('postgres', rows_of(5));
$primary->safe_psql('postgres', q{BEGIN; SAVEPOINT a;} . rows_of(6) . q{; PREPARE TRANSACTION 'later'});
my $unfinished = $primary->background_psql('postgres');
$unfinished->query_safe(q{BEGIN; INSERT INTO event (record_id, occurred_at, label, number) SELECT n, '2026-01-05', 'never', 1 FROM generate_series(1, 600) n;});
$primary->safe_psql('postgres', 'UPDATE pace SET seconds = 600');
my $refresh = $primary->background_psql('postgres', on_error_stop => 0);
$refresh->query_until(qr//, "CALL segments.refresh();\n");
ok($primary->poll_query_until('postgres', q{SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep')}),
	'a refresh is running when the primary is lost');
$primary->safe_psql('postgres', 'CREATE TABLE last_thing ()');
my $published = $primary->safe_psql('postgres', 'SELECT refresh_id FROM segments.published');
$old = $primary->safe_psql('postgres', $members);
$primary->wait_for_catchup($standby);
$primary->stop('immediate');
eval { $_->quit } for $unfinished, $refresh;
$standby->promote;
is($standby->safe_psql('postgres', 'SELECT refresh_id FROM segments.published'), $published, 'promoted: what was not published is not there');
is($standby->safe_psql('postgres', $members), $old, 'promoted: the last state answers');
$standby->safe_psql('postgres', 'UPDATE pace SET seconds = 0');
$standby->safe_psql('postgres', 'CALL segments.refresh()');
is_exact($standby, 'postgres', 'promoted: the next refresh is exact');
$standby->safe_psql('postgres', q{COMMIT PREPARED 'later'});
$standby->safe_psql('postgres', rows_of(7));
$standby->safe_psql('postgres', 'CALL segments.refresh()');
is_exact($standby, 'postgres', 'promoted: and so is the one after the prepared transaction');
is($standby->safe_psql('postgres', q{SELECT follow('changed')}), 't', 'promoted: the consumer goes on from its cursor');
is($standby->safe_psql('postgres', q{SELECT count(DISTINCT run_id) > 1 FROM past WHERE segment = 'changed'}), 't', 'promoted: and was told of more');
is($standby->safe_psql('postgres', q{SELECT count(*) FROM segments.refresh WHERE state = 'refreshing'}), '0', 'promoted: no run is left open');
is( $standby->safe_psql('postgres', q{SELECT segment || ' ' || (SELECT members FROM segments.segment_overview WHERE name = segment) FROM segments.member
		GROUP BY segment HAVING count(*) <> (SELECT members FROM segments.segment_overview WHERE name = segment)}),
	'', 'promoted: saved segments show their members');
$standby->stop;

done_testing();

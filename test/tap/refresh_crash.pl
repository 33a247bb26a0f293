# Killed at any point, a refresh, called or by schedule, leaves the published state as it was, and the next refresh completes.  The history
# of memberships loses nothing of that, and has nothing twice: a consumer follows it all the time.
# REFRESH_CRASH_ROUNDS: how often; REFRESH_CRASH_SEED: repeats the times of another run.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use HistoryConsumer;
use KilledServer;
use Test::More;
use Time::HiRes qw(time usleep);

my $rounds = $ENV{REFRESH_CRASH_ROUNDS} || 15;
my $seed = srand($ENV{REFRESH_CRASH_SEED} || int(time * 1000) % 1_000_000);
note("seed $seed");
my $server = PostgreSQL::Test::Cluster->new('refresh_crash');
$server->init;
$server->append_conf('postgresql.conf', q{
restart_after_crash = on
max_prepared_transactions = 4
shared_preload_libraries = 'segments'
segments.naptime = '100ms'
});
$server->start;
$server->safe_psql('postgres', q{
	CREATE EXTENSION segments;
	CREATE TABLE event (record_id text, occurred_at timestamptz, label text, number int);
	CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text NOT NULL);
	SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id');
	SELECT segments.register_unification('mapping');
	INSERT INTO mapping SELECT n, 'p' || n / 2 FROM generate_series(1, 20000) n;
	SELECT segments.create_segment('seven', 'Event where number = 7', false), segments.create_segment('often', 'Event at least 3 times', false),
		segments.create_segment('never', 'Event never', false);
});
create_consumers($server, 'postgres');

my $round = 0;
sub write_rows
{
	$round++;
	# What accumulates goes now and then, which makes the next refresh read the table whole.
	$server->safe_psql('postgres', 'TRUNCATE event') if $round % 10 == 0;
	$server->safe_psql('postgres', qq{
		INSERT INTO event SELECT (n * 7919 + $round) % 25000, '2026-01-01'::timestamptz + n * interval '1 second',
			'round $round', n % 50 FROM generate_series(1, 60000) n;
		UPDATE event SET number = 100 WHERE label = 'round ' || ($round - 1) AND number = 7;
		DELETE FROM event WHERE label = 'round ' || ($round - 1) AND number = 8;
		UPDATE mapping SET profile_id = 'moved ' || $round WHERE record_id IN ('$round', (20000 - $round)::text);
	});
}

# Members by the extension and by SQL, of some segments.
sub members
{
	return $server->safe_psql('postgres', q{
		SELECT string_agg(segments.segment_count(format('Event where number = %s at least %s', number, least)::segments.definition)::text, ' ' ORDER BY number, least)
		FROM (VALUES (7), (8), (9), (100)) a (number), (VALUES (1), (3)) b (least)});
}
sub expected
{
	return $server->safe_psql('postgres', q{
		SELECT string_agg((SELECT count(*) FROM (
			SELECT FROM event JOIN mapping USING (record_id) WHERE event.number = a.number GROUP BY profile_id
			HAVING count(*) >= least) p)::text, ' ' ORDER BY number, least)
		FROM (VALUES (7), (8), (9), (100)) a (number), (VALUES (1), (3)) b (least)});
}

sub followed
{
	my ($when) = @_;
	is($server->safe_psql('postgres', 'SELECT bool_and(follow(name)) FROM segments.segment'), 't', "$when: the history tells the members");
	is( $server->safe_psql('postgres', q{
			SELECT count(*) FROM segments.size_history size JOIN segments.changed_segment USING (segment, run_id)
			WHERE members <> (SELECT count(*) FROM segments.member m WHERE m.segment = size.segment)}),
		'0', "$when: and how many there are");
	return;
}

# Returns when a process writes the history of memberships, or has published after this state.
sub wait_for_history
{
	my ($process, $published) = @_;
	my ($refresh) = $published =~ /(\d+)$/;
	$server->safe_psql('postgres', qq{
		SET statement_timeout = '2min';
		DO \$\$
		BEGIN
			WHILE (SELECT refresh_id FROM segments.published) = $refresh
				AND NOT EXISTS (SELECT FROM pg_locks WHERE pid = $process AND mode = 'RowExclusiveLock'
					AND relation IN ('segments.membership_run'::regclass, 'segments.membership_history'::regclass)) LOOP
				PERFORM pg_sleep(0.001);
			END LOOP;
		END \$\$});
	return;
}

sub wait_until_up
{
	for (1 .. 600)
	{
		return if $server->psql('postgres', 'SELECT 1') == 0;
		usleep(100_000);
	}
	die 'the server did not come back';
}

write_rows();
$server->safe_psql('postgres', 'CALL segments.refresh()');
is(members(), expected(), 'the first refresh equals SQL');
followed('first refresh');

sub process_of
{
	my ($type) = @_;
	for (1 .. 20)
	{
		my $process = $server->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE backend_type = '$type' LIMIT 1");
		return $process if $process ne '';
	}
	return;
}

# Makes the background worker refresh, once, and returns its process as soon as it has the lock.
sub scheduled_refresh
{
	$server->safe_psql('postgres', q{
		BEGIN;
		SELECT segments.set_refresh_schedule('every 6 hours');
		UPDATE segments.refresh_schedule SET set_at = set_at - interval '7 hours';
		UPDATE segments.job SET began_at = began_at - interval '7 hours', failed_at = failed_at - interval '7 hours';
		UPDATE segments.refresh SET as_of = as_of - interval '7 hours' WHERE state = 'successful';
		COMMIT;
		DO $$
		BEGIN
			WHILE NOT EXISTS (SELECT FROM pg_locks WHERE classid = 'pg_extension'::regclass AND objsubid = 1 AND mode = 'ExclusiveLock') LOOP
				PERFORM pg_sleep(0.001);
			END LOOP;
		END $$});
	return process_of('segments worker');
}

# How long a whole refresh takes says when to kill.
my $duration = 0.3;
sub refresh
{
	my $began = time;
	$server->safe_psql('postgres', 'CALL segments.refresh()');
	$duration = time - $began;
	return;
}

my @kinds = ('backend', 'immediate stop', 'postmaster', 'parallel worker', 'segments worker', 'writing history', 'terminated');
my $interrupted = 0;
my %interrupted_by;
for my $kill (1 .. $rounds)
{
	write_rows();
	my $before = members();
	my $published = $server->safe_psql('postgres', 'TABLE segments.published');
	my $kind = $kinds[ $kill % @kinds ];
	my ($victim, $process);
	if ($kind eq 'segments worker')
	{
		$process = scheduled_refresh();
	}
	else
	{
		$victim = $server->background_psql('postgres', on_error_stop => 0);
		$process = $victim->query_safe('SELECT pg_backend_pid()');
		$victim->query_until(qr//, "CALL segments.refresh();\n");
	}
	if ($kind eq 'writing history' or $kind eq 'terminated') { wait_for_history($process, $published) }
	else { usleep(int(1e6 * rand $duration)) }
	if ($kind eq 'immediate stop')
	{
		$server->stop('immediate');
		$server->start;
	}
	elsif ($kind eq 'postmaster')
	{
		kill_postmaster($server);
		start_again($server);
	}
	elsif ($kind eq 'terminated')
	{
		$server->safe_psql('postgres', "SELECT pg_terminate_backend($process, 60000)");
	}
	else
	{
		$process = process_of('parallel worker') || process_of('background writer') if $kind eq 'parallel worker';
		kill 'KILL', $process if $process;
		usleep(200_000);
		wait_until_up();
	}
	eval { $victim->quit } if $victim;
	$server->safe_psql('postgres', 'SELECT segments.set_refresh_schedule(NULL)') if $kind eq 'segments worker';
	my $now = $server->safe_psql('postgres', 'TABLE segments.published');
	if ($now eq $published)
	{
		$interrupted++;
		$interrupted_by{$kind}++;
		is(members(), $before, "kill $kill ($kind): the old state is valid");
	}
	else
	{
		is(members(), expected(), "kill $kill ($kind): the refresh was faster, and is whole");
	}
	followed("kill $kill ($kind)");
	refresh();
	is(members(), expected(), "kill $kill ($kind): the next refresh completes");
	followed("after kill $kill ($kind)");
}
note("$interrupted of $rounds refreshes were cut off: ", join(', ', map { ($interrupted_by{$_} // 0) . " by $_" } @kinds));
cmp_ok($interrupted, '>=', $rounds / 4, 'some refreshes were cut off');

is($server->safe_psql('postgres', 'SELECT count(*) FROM segments.change_log'), '0', 'no log row is left');
is( $server->safe_psql('postgres', q{
		SELECT (SELECT count(*) FROM segments.membership_history WHERE run_id NOT IN (SELECT run_id FROM segments.membership_run)),
			(SELECT count(*) FROM (SELECT FROM segments.history_profile GROUP BY profile_id HAVING count(*) > 1) twice)}),
	'0|0', 'nor anything of a run that is none, nor a profile with two numbers');
$server->safe_psql('postgres', 'TRUNCATE place, consumer');
followed('from nothing');
is($server->safe_psql('postgres', q{SELECT count(*) FROM segments.refresh
		WHERE state <> 'successful' AND (state, sqlstate) IS DISTINCT FROM ('failed', '57P02')}), '0', 'killed refreshes are recorded as failed');
cmp_ok($server->safe_psql('postgres', q{SELECT count(*) FROM segments.refresh WHERE triggered_by <> 'by hand'}), '>=', int($rounds / @kinds),
	'and the worker has refreshed in its turn');
$server->stop;

done_testing();

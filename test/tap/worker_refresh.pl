# Refreshes by schedule: rows appear, windows move, failures are tried again, and no end of the server does harm.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use JSON::PP qw(decode_json);
use Test::More;

my $server = PostgreSQL::Test::Cluster->new('worker_refresh');
$server->init(allows_streaming => 1);
$server->append_conf('postgresql.conf', q{
shared_preload_libraries = 'segments'
segments.naptime = '200ms'
track_commit_timestamp = on
restart_after_crash = on
});
$server->start;

sub sql
{
	my ($statements) = @_;
	return $server->safe_psql('postgres', $statements);
}

sub wait_until
{
	my ($condition, $what) = @_;
	ok($server->poll_query_until('postgres', "SELECT $condition"), $what);
	return;
}

# Instead of waiting for a time of the schedule: what has happened was an hour earlier.
sub make_due
{
	sql(q{
		UPDATE segments.refresh_schedule SET set_at = set_at - interval '1 hour';
		UPDATE segments.job SET began_at = began_at - interval '1 hour', failed_at = failed_at - interval '1 hour';
		UPDATE segments.refresh SET as_of = as_of - interval '1 hour', finished_at = finished_at - interval '1 hour'
		WHERE state = 'successful';
	});
	return;
}

sub refresh_count { return sql(q{SELECT count(*) FROM segments.refresh WHERE state = 'successful'}); }

# Slows refreshes down, or makes them fail, right before they publish.
sub set_pace
{
	my ($seconds, $is_failing) = @_;
	sql("UPDATE pace SET seconds = $seconds, is_failing = $is_failing");
	return;
}

sub is_refreshing
{
	return q{EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'segments worker' AND wait_event = 'PgSleep')};
}

my $members = q{SELECT segments.segment_count('Event')};
my $expected = q{SELECT count(DISTINCT profile_id) FROM event JOIN mapping USING (record_id)};

sql(q{
	CREATE EXTENSION segments;
	CREATE TABLE event (record_id text, occurred_at timestamptz);
	CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text NOT NULL);
	SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id');
	SELECT segments.register_unification('mapping');
	INSERT INTO mapping SELECT n, n FROM generate_series(1, 1000) n;
	INSERT INTO event SELECT n, now() FROM generate_series(1, 100) n;
	CREATE TABLE pace AS SELECT 0::float8 AS seconds, false AS is_failing;
	CREATE FUNCTION keep_pace() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN
		IF (SELECT seconds FROM public.pace) > 0 THEN PERFORM pg_sleep(seconds) FROM public.pace; END IF;
		IF (SELECT is_failing FROM public.pace) THEN RAISE 'not now' USING DETAIL = 'It is a test.'; END IF;
		RETURN NEW;
	END $$;
	CREATE TRIGGER pace BEFORE INSERT OR UPDATE ON segments.published FOR EACH ROW EXECUTE FUNCTION keep_pace();
	SELECT segments.set_refresh_schedule('every minute');
});
is(refresh_count(), '0', 'nothing is refreshed before its time');
make_due();
wait_until(q{EXISTS (SELECT FROM segments.published)}, 'the first refresh comes by itself');
is(sql($members), sql($expected), 'it equals SQL');
sql(q{SELECT segments.create_segment('recent', 'Event within last 3 seconds', run => false)});
sql(q{INSERT INTO event SELECT n, clock_timestamp() FROM generate_series(50, 300) n});
make_due();
wait_until("($members) = ($expected)", 'new rows appear by themselves');
my $recent = q{SELECT members FROM segments.segment_overview WHERE name = 'recent'};
my $expected_recent = q{
	SELECT count(DISTINCT profile_id) FROM segments.segment_overview s CROSS JOIN event JOIN mapping USING (record_id)
	WHERE s.name = 'recent' AND occurred_at BETWEEN s.as_of - interval '3 seconds' AND s.as_of};
is(sql($recent), sql($expected_recent), 'saved segments are evaluated');
my $as_of = sql(q{SELECT as_of FROM segments.segment_overview WHERE name = 'recent'});
$server->poll_query_until('postgres', q{SELECT max(occurred_at) < now() - interval '3 seconds' FROM event});
make_due();
wait_until("(SELECT as_of > '$as_of' FROM segments.segment_overview WHERE name = 'recent')", 'without a new row they are evaluated again');
is(sql($recent), '0', 'and windows move');
my $before = refresh_count();
$server->poll_query_until('postgres', q{SELECT next_run > now() FROM segments.schedule});
is(refresh_count(), $before, 'hours that were missed are made up for by one refresh');

# Whoever listens hears of what is published, and of nothing else.
sub payloads { return map { decode_json($_) } $_[0] =~ /^Asynchronous notification "segments_refresh" with payload "(.*)" received/mg; }

sub is_told_of_published
{
	my ($told, $what) = @_;
	is($told->{refresh_id}, sql('SELECT refresh_id FROM segments.published'), "$what names the refresh that is published");
	is(join('|', @$told{qw(rows_added rows_removed segments)}),
		sql('SELECT rows_added, rows_removed, segments_run FROM segments.refresh JOIN segments.published USING (refresh_id)'),
		"$what tells its rows and segments");
	is(sql("SELECT data_through = '$told->{data_through}' FROM segments.refresh_status"), 't', "$what tells how far its data are");
	return;
}

my $listener = $server->background_psql('postgres', on_error_stop => 0);
$listener->query_safe('LISTEN segments_refresh');
my $heard = $listener->query_safe('SELECT 1');
sub hear
{
	my ($count) = @_;
	for (1 .. 600)
	{
		my @told = payloads($heard .= $listener->query_safe('SELECT pg_sleep(0.05)'));
		next if @told < $count;
		$heard = '';
		return @told;
	}
	return;
}
sql(q{INSERT INTO event SELECT n, now() FROM generate_series(1, 30) n; DELETE FROM event WHERE record_id = '300'; CALL segments.refresh()});
my @told = hear(1);
is(scalar @told, 1, 'a refresh by hand notifies');
is_told_of_published($told[0], 'a refresh by hand');
cmp_ok($told[0]->{$_}, '>', 0, "$_ is not empty") for qw(rows_added rows_removed segments);
sql('INSERT INTO event VALUES (1, now())');
set_pace(0, 'true');
isnt($server->psql('postgres', 'CALL segments.refresh()'), 0, 'a refresh fails');
set_pace(0, 'false');
sql('BEGIN; CALL segments.refresh(); ROLLBACK');
sql('BEGIN; CALL segments.refresh(); COMMIT');
@told = hear(1);
is(scalar @told, 1, 'refreshes that fail or are rolled back do not notify');
is_told_of_published($told[0], 'a refresh within a transaction');
sql('INSERT INTO event VALUES (2, now())');
make_due();
@told = hear(1);
is_told_of_published($told[0], 'a refresh by the worker');
is(sql('SELECT triggered_by FROM segments.refresh JOIN segments.published USING (refresh_id)'), 'schedule', 'which has run by schedule');
$listener->quit;
$server->poll_query_until('postgres', q{SELECT state = 'successful' AND next_run > now() FROM segments.schedule});

# Failure.
set_pace(0, 'true');
my $offset = -s $server->logfile;
make_due();
wait_until(q{(SELECT state = 'failed' AND failures = 1 AND last_sqlstate = 'P0001' FROM segments.schedule)}, 'a failure is recorded');
$server->wait_for_log(qr/refresh of database "postgres" failed: not now.*DETAIL:  It is a test\./s, $offset);
is(sql(q{SELECT next_run - ended_at BETWEEN interval '50 seconds' AND interval '70 seconds' FROM segments.schedule}), 't',
	'it is tried again after a minute');
make_due();
wait_until(q{(SELECT failures = 2 FROM segments.schedule)}, 'it fails again');
is(sql(q{SELECT next_run - ended_at > interval '110 seconds' FROM segments.schedule}), 't', 'and is tried again later still');
set_pace(0, 'false');
sql(q{INSERT INTO event SELECT n, now() FROM generate_series(300, 400) n});
make_due();
wait_until(q{(SELECT state = 'successful' AND failures = 0 FROM segments.schedule)}, 'until it succeeds');
is(sql($members), sql($expected), 'and equals SQL');

# Limits.
$server->append_conf('postgresql.conf', q{statement_timeout = '300ms'});
$server->reload;
set_pace(30, 'false');
make_due();
wait_until(q{(SELECT state = 'failed' AND last_sqlstate = '57014' FROM segments.schedule)}, 'statement_timeout ends a refresh');
$server->append_conf('postgresql.conf', q{
statement_timeout = 0
default_transaction_isolation = serializable
default_transaction_read_only = on
lock_timeout = 1
});
$server->reload;
$server->safe_psql('postgres', 'SET default_transaction_read_only = off; UPDATE pace SET seconds = 0');
sub writing { return $server->safe_psql('postgres', 'SET default_transaction_read_only = off; ' . $_[0]); }
writing(q{UPDATE segments.job SET failed_at = failed_at - interval '1 hour', began_at = began_at - interval '1 hour'});
wait_until(q{(SELECT state = 'successful' FROM segments.schedule)}, 'defaults for sessions of users do not disturb it');
$server->append_conf('postgresql.conf', q{
default_transaction_isolation = 'read committed'
default_transaction_read_only = off
lock_timeout = 0
});
$server->reload;
$server->poll_query_until('postgres', q{SELECT current_setting('default_transaction_read_only') = 'off'});

# An administrator's cancel.
set_pace(30, 'false');
make_due();
wait_until(is_refreshing(), 'a refresh is running when it is cancelled');
is(sql('SELECT segments.cancel_refresh()'), 't', 'it is found');
wait_until(q{(SELECT state = 'failed' AND last_sqlstate = '57014' FROM segments.schedule)}, 'it ends, to be tried again');
is(sql(q{SELECT state, triggered_by FROM segments.refresh_log ORDER BY refresh_id DESC LIMIT 1}), 'cancelled|schedule',
	'the log says who began it, and that it was cancelled');

# Another refresh meanwhile.
set_pace(0, 'false');
my $locker = $server->background_psql('postgres');
$locker->query_safe('BEGIN; LOCK TABLE event');
my $other = $server->background_psql('postgres', on_error_stop => 0);
$other->query_until(qr/begun/, "\\echo begun\nCALL segments.refresh();\n");
wait_until(q{EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock')}, 'a refresh by hand is running');
make_due();
wait_until(q{(SELECT state = 'skipped' FROM segments.schedule)}, 'a refresh that finds another one running is skipped');
is(sql(q{SELECT count(*) FROM segments.refresh WHERE state = 'skipped' AND triggered_by <> 'by hand'}), '1', 'which is on record');
$locker->query_safe('COMMIT');
wait_until(q{(SELECT failures = 0 AND next_run > now() FROM segments.schedule)}, 'and the other one makes up for it');
$_->quit for $locker, $other;

# Crashes.
for my $victim ('segments worker', 'segments launcher')
{
	sql(q{INSERT INTO event SELECT n, now() FROM generate_series(1, 1000, 7) n; DELETE FROM event WHERE record_id = '101'});
	set_pace(60, 'false');
	make_due();
	wait_until(is_refreshing(), "a refresh is running when the $victim is killed");
	my $process = sql("SELECT pid FROM pg_stat_activity WHERE backend_type = '$victim'");
	kill 'KILL', $process;
	$server->poll_query_until('postgres', "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $process)");
	set_pace(0, 'false');
	wait_until(q{(SELECT state = 'failed' AND last_sqlstate = '57P02' FROM segments.schedule)}, 'the refresh that was cut off has failed');
	make_due();
	wait_until(q{(SELECT state = 'successful' FROM segments.schedule)}, 'the next one comes by itself');
	is(sql($members), sql($expected), 'and equals SQL');
}

# Stops while it refreshes.
for my $mode ('fast', 'immediate')
{
	set_pace(60, 'false');
	make_due();
	wait_until(is_refreshing(), "a refresh is running when the server is stopped ($mode)");
	$server->stop($mode);
	$server->start;
	set_pace(0, 'false');
	make_due();
	wait_until(q{(SELECT state = 'successful' FROM segments.schedule)}, 'the next one comes by itself');
}
is(sql($members), sql($expected), 'and equals SQL');

# A role that is gone.
sql(q{
	CREATE ROLE gone;
	GRANT SELECT ON event, mapping TO gone;
	GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA segments TO gone;
	SET ROLE gone;
	SELECT segments.create_segment('of a role that is gone', 'Event');
});
set_pace(2, 'false');
make_due();
wait_until(is_refreshing(), 'a refresh is running when a role is dropped');
sql('DROP OWNED BY gone; DROP ROLE gone');
set_pace(0, 'false');
wait_until(q{(SELECT state = 'successful' FROM segments.schedule)}, 'it ends well');
make_due();
$server->poll_query_until('postgres', q{SELECT next_run > now() AND state <> 'running' FROM segments.schedule});
is(sql(q{SELECT state FROM segments.schedule}), 'successful', 'and so does the next, without the owner of a segment');

# Off.
sql('SELECT segments.set_refresh_schedule(NULL)');
$before = refresh_count();
make_due();
$offset = -s $server->logfile;
$server->safe_psql('postgres', 'SELECT pg_sleep(0.6)');
is(refresh_count(), $before, 'without a schedule nothing happens');

sql('CALL segments.refresh()');
is(sql('SELECT * FROM segments.waiting_rows()'), 'Event|0|', 'no row waits after a refresh');
sql(q{INSERT INTO event SELECT n, clock_timestamp() FROM generate_series(50, 60) n});
is(sql(q{
	SELECT rows, newest_commit > data_through, newest_commit <= clock_timestamp() FROM segments.waiting_rows(), segments.refresh_status}),
	'11|t|t', 'new ones do, and when they were committed is told');

# A standby serves what was refreshed, and goes on when it is promoted.
sql(q{SELECT segments.set_refresh_schedule('every minute'); SELECT segments.create_segment('all', 'Event')});
$server->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('worker_standby');
$standby->init_from_backup($server, 'copy', has_streaming => 1);
$standby->start;
make_due();
wait_until(q{(SELECT state = 'successful' FROM segments.schedule WHERE next_run > now())}, 'the primary goes on');
$server->wait_for_catchup($standby);
is($standby->safe_psql('postgres', $members), sql($expected), 'a standby evaluates');
is($standby->safe_psql('postgres', q{SELECT count(*) FROM segments.member WHERE segment = 'all'}),
	sql(q{SELECT count(*) FROM segments.member WHERE segment = 'all'}), 'and shows members');
is($standby->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'segments %'}), '0',
	'it has no worker');
$server->stop;
$standby->promote;
$server = $standby;
sql('INSERT INTO event SELECT n, now() FROM generate_series(1, 1000, 3) n');
make_due();
wait_until("($members) = ($expected)", 'a standby that was promoted refreshes');
$standby->stop;

done_testing();

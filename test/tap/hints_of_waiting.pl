# Hints that say to wait, to begin anew or to change the server's settings, followed to the letter: what failed succeeds then.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use PsqlSession;
use Test::More;

my $server = PostgreSQL::Test::Cluster->new('hints_of_waiting');
$server->init;
$server->append_conf('postgresql.conf', "autovacuum = off\nsegments.lock_timeout = '200ms'\nsegments.erase_timeout = '200ms'\n");
$server->start;
sub sql { return $server->safe_psql('postgres', $_[0]); }
sub try
{
	my ($code, $out, $err) = $server->psql('postgres', $_[0], on_error_stop => 1);
	return ($code, $out, $err);
}

sql(q{
	CREATE EXTENSION segments;
	CREATE TABLE event (record_id text, occurred_at timestamptz, label text);
	CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text NOT NULL);
	SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id');
	SELECT segments.register_unification('mapping');
	INSERT INTO mapping SELECT n, 'p' || n FROM generate_series(1, 20) n;
	INSERT INTO event SELECT n % 10, '2026-01-01', 'label ' || n FROM generate_series(1, 40) n;
	CALL segments.refresh();
	SELECT segments.create_segment('everybody', 'Event');
});
my $other = PsqlSession->new($server);

# While the other session does something, a statement says what to do; when that has ended, as it says, it succeeds.
for my $case (
	['a refresh beside a refresh', 'CALL segments.refresh();', 'CALL segments.refresh()',
		qr/HINT:  Wait until it has ended; segments\.refresh_status tells how far it is\./],
	['rebuilding beside a refresh', 'CALL segments.refresh();', 'BEGIN; SELECT segments.rebuild(); ROLLBACK',
		qr/HINT:  Wait until it has ended; segments\.refresh_status tells how far it is\./],
	['an erasure beside a writer', q{INSERT INTO event VALUES ('x', '2026-01-01');}, q{SELECT segments.erase_profile('p1')},
		qr/HINT:  Try again when that has ended, or give it more time: SET segments\.erase_timeout\./],
	['an erasure beside who saves', q{SELECT segments.create_segment('mine', 'all');}, q{SELECT segments.erase_profile('p2')},
		qr/HINT:  Try again when it has ended; pg_terminate_backend\(\) ends it\./],
	['the proof beside a lock', 'LOCK TABLE event;', q{SELECT segments.forgotten('p1', '{{contact,1}}')},
		qr/HINT:  Try again when that has ended, or SET segments\.lock_timeout\./],
	['counting beside a lock', 'LOCK TABLE event;', 'SELECT * FROM segments.waiting_rows()', qr/HINT:  Try again when that has ended\./],
	['a name beside who runs its segment', q{SELECT segments.run_segment('everybody');}, q{SELECT segments.alter_interaction('Event', new_name => 'Happening')},
		qr/is done by process [0-9]+\.\nHINT:  Try again when that has ended; pg_terminate_backend\(\) ends it\./])
{
	my ($what, $beside, $statement, $hint) = @$case;
	$other->ask("BEGIN; $beside");
	my ($code, $out, $err) = try($statement);
	like($err, $hint, "$what: the hint");
	$other->ask('ROLLBACK;');
	($code, $out, $err) = try($statement);
	is($code, 0, "$what: followed");
	is($err, '', "$what: without complaint");
}

# More time, as the hint says.
$other->ask(q{BEGIN; INSERT INTO event VALUES ('x', '2026-01-01');});
my $patient = PsqlSession->new($server);
$patient->send(q{SET segments.erase_timeout = '1h'; SELECT profiles FROM segments.erase_profile('p3');});
ok($server->poll_query_until('postgres', "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = " . $patient->pid), 'an erasure with more time waits');
$other->ask('COMMIT;');
like($patient->wait, qr/^1$/m, 'and is done when the writer has ended');

# Snapshots that are too old.
$other->ask(q{BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT segments.segment_count('Happening where label = ''label 7''');});
sql('ALTER TABLE event DROP COLUMN label; CALL segments.refresh()');
$other->ask(q{SELECT segments.segment_count('Happening where label = ''label 7''');});
like($other->err, qr/HINT:  Start a new transaction, and run CALL segments\.refresh\(\)\./, 'a column that is gone: the hint');
$other->ask('ROLLBACK; ALTER TABLE event ADD COLUMN label text; CALL segments.refresh();');
$other->ask(q{SELECT segments.segment_count('Happening where label is null');});
is($other->err, "done\n", 'followed');

$other->ask(q{BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT segments.cardinality(segments.members('everybody'));});
sql('SELECT segments.rebuild(); CALL segments.refresh()');
$other->ask(q{SELECT segments.run_segment('everybody');});
like($other->err, qr/HINT:  (The transaction might succeed if retried|Start a new transaction)\./, 'a state that is gone: the hint');
$other->ask('ROLLBACK;');
$other->ask(q{SELECT segments.run_segment('everybody');});
is($other->err, "done\n", 'followed');

# Schedules that nobody runs: each warning says what is missing, and the last one is followed by none.
my $set = q{SELECT segments.set_refresh_schedule('every minute')};
my @said;
for my $next ("shared_preload_libraries = 'segments'\nsegments.worker = off\nsegments.databases = 'template1'", 'segments.worker = on', "segments.databases = 'postgres'")
{
	push @said, (try($set))[2];
	$server->append_conf('postgresql.conf', "$next\n");
	$next =~ /preload/ ? do { $other->quit; $patient->quit; $server->restart } : $server->reload;
	$server->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'segments launcher'}) if $next =~ /worker = on/;
}
like($said[0], qr/HINT:  Add segments to shared_preload_libraries and restart the server/, 'without the library');
like($said[1], qr/HINT:  Turn it on in the server's configuration and reload it\./, 'with the worker off');
like($said[2], qr/HINT:  Add it in the server's configuration and reload it\./, 'with other databases named');
is((try($set))[2], '', 'with all of it, nothing is missing');
ok($server->poll_query_until('postgres', q{SELECT state = 'successful' FROM segments.schedule}), 'and the refresh runs');

# No room for its process beside the launcher's.
$server->append_conf('postgresql.conf', "segments.naptime = '200ms'\nmax_logical_replication_workers = 0\nmax_worker_processes = 1\n");
$server->restart;
my $refreshes = sql('SELECT count(*) FROM segments.refresh_log');
my $make_due = "UPDATE segments.refresh_schedule SET set_at = set_at - interval '1 hour'; UPDATE segments.job SET began_at = began_at - interval '10 hours'";
my $log_start = -s $server->logfile;
sql($make_due);
ok($server->wait_for_log(qr/could not start a segments worker: too many processes\n.*HINT:  Raise max_worker_processes\./, $log_start), 'without room for a process');
is(sql('SELECT count(*) FROM segments.refresh_log'), $refreshes, 'no refresh runs');
$server->append_conf('postgresql.conf', "max_worker_processes = 8\n");
$server->restart;
sql($make_due);
ok($server->poll_query_until('postgres', "SELECT count(*) > $refreshes FROM segments.refresh_log"), 'followed, one does');
$server->stop;
done_testing();

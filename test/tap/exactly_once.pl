# Whatever writers do while refreshes run and the server crashes, every row counts once: savepoints, rollbacks, deadlocks,
# two-phase commit that outlives the crash, rows that change their partition, profiles that change.
# EXACTLY_ONCE_SECONDS: how long is written before and after each crash.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use KilledServer;
use SegmentsOracle;
use Test::More;
use IPC::Run ();
use Time::HiRes qw(time usleep);

my $seconds = $ENV{EXACTLY_ONCE_SECONDS} || 5;
my $server = PostgreSQL::Test::Cluster->new('exactly_once');
$server->init;
$server->append_conf('postgresql.conf', q{
max_prepared_transactions = 500
restart_after_crash = on
deadlock_timeout = 20ms
autovacuum_naptime = 1s
checkpoint_timeout = 30s
});
$server->start;
create_sources($server, 'postgres');
$server->safe_psql('postgres', q{
	INSERT INTO mapping SELECT n, 'p' || n % 1500 FROM generate_series(1, 3000) n;
	INSERT INTO event (record_id, occurred_at, label, number)
		SELECT n % 3200, '2026-01-01 UTC'::timestamptz + n * interval '6 minutes', 'inserted', n % 100 FROM generate_series(1, 12000) n;
	INSERT INTO visit (record_id, occurred_at, label, number)
		SELECT n % 3200, '2025-12-25 UTC'::timestamptz + n * interval '12 minutes', NULL, n % 100 FROM generate_series(1, 12000) n;
	CALL segments.refresh();
});
is_exact($server, 'postgres', 'the first refresh equals SQL');
$server->safe_psql('postgres', q{INSERT INTO visit (record_id, occurred_at, label, number) VALUES ('7', '2026-01-02', NULL, 7)});
cmp_ok($server->safe_psql('postgres', 'SELECT count(*) FROM differences()'), '>', 2, 'a single row makes a difference');

# Rows that no other transaction holds, so that one that is left prepared stops nobody.
sub free_rows
{
	my ($table) = @_;
	return "SELECT id FROM $table WHERE id BETWEEN :low AND :low + 20 AND id > 40 LIMIT 5 FOR UPDATE SKIP LOCKED";
}
my $insert_event = q{INSERT INTO event (record_id, occurred_at, label, number)
	SELECT (:seed + n * 31) % 3200, '2026-01-01 UTC'::timestamptz + (:seed + n) % 80000 * interval '1 minute', 'inserted', (:seed + n) % 100
	FROM generate_series(1, :rows) n;};
my $insert_visit = $insert_event =~ s/INTO event/INTO visit/r;
my $change = join('', map { my $table = $_; '
	UPDATE ' . $table . q{ SET label = 'changed', number = (number + 7) % 100,
		occurred_at = occurred_at + (:seed % 3 - 1) * interval '40 days' WHERE id IN (} . free_rows($table) . ");
	DELETE FROM $table WHERE id IN (" . free_rows($table) . ");\n" } 'event', 'visit');
my $numbers = q{
\set seed random(1, 1000000000)
\set rows random(1, 30)
\set low random(1, 12000)
\set choice random(1, 10)
};
my %scripts = (
	'commit@6' => $numbers . "BEGIN;\n$insert_event\n$insert_visit\nCOMMIT;\n",
	'savepoints@6' => $numbers . "BEGIN;\nSAVEPOINT a;\n$insert_event\n$change\n\\if :choice < 6\nROLLBACK TO a;\n\\endif\n"
	  . "SAVEPOINT b;\n$insert_visit\nSAVEPOINT c;\n$insert_event\nROLLBACK TO c;\n$change\nRELEASE b;\n"
	  . "\\if :choice < 4\nROLLBACK;\n\\else\nCOMMIT;\n\\endif\n",
	'slow@1' => $numbers . "BEGIN ISOLATION LEVEL REPEATABLE READ;\n$insert_event\n\\sleep 400 ms\nSAVEPOINT a;\n$insert_visit\n"
	  . "\\sleep 200 ms\nCOMMIT;\n",
	# All writers meet in a few rows, in any order.
	'contended@3' => $numbers . q{
\set one random(1, 20)
\set other random(1, 20)
BEGIN;
UPDATE event SET number = :one, label = 'changed' WHERE id = :one;
UPDATE visit SET number = :other, label = 'changed', occurred_at = '2026-01-25 UTC'::timestamptz + :one * interval '1 day' WHERE id = :other;
UPDATE event SET number = :other, label = 'again' WHERE id = :other;
COMMIT;
},
	'prepared@4' => $numbers . "BEGIN;\n$insert_event\nSAVEPOINT a;\n$change\nSAVEPOINT b;\n$insert_visit\n"
	  . "\\if :choice < 4\nROLLBACK TO b;\n\\endif\nPREPARE TRANSACTION 'own-:client_id-:seed';\n\\sleep 20 ms\n"
	  . "\\if :choice > 5\nCOMMIT PREPARED 'own-:client_id-:seed';\n\\else\nROLLBACK PREPARED 'own-:client_id-:seed';\n\\endif\n",
	# Somebody else decides about these, perhaps after a crash.
	'left@1' => $numbers . "BEGIN;\n$insert_visit\nSAVEPOINT a;\n$change\n$insert_event\nPREPARE TRANSACTION 'left-:client_id-:seed';\n\\sleep 60 ms\n",
	'mapping@2' => $numbers . q{
UPDATE mapping SET profile_id = 'p' || :seed % 1600
WHERE record_id IN (SELECT record_id FROM mapping WHERE record_id = (:low % 3000)::text FOR UPDATE SKIP LOCKED);
});
my $folder = PostgreSQL::Test::Utils::tempdir();
my @options = map {
	my ($name, $weight) = split /@/;
	append_to_file("$folder/$name.sql", $scripts{$_});
	('--file', "$folder/$name.sql\@$weight")
} sort keys %scripts;

my ($output, $errors) = ('', '');
sub start_writers
{
	local %ENV = (%ENV, PGHOST => $server->host, PGPORT => $server->port);
	($output, $errors) = ('', '');
	return IPC::Run::start(
		[ 'pgbench', '--no-vacuum', '--client', 6, '--jobs', 2, '--time', 600, @options, 'postgres' ],
		'<', \'', '>', \$output, '2>', \$errors);
}

# Commits or rolls back transactions that were left prepared.
sub decide
{
	my ($of_those) = @_;
	my @names = split /\n/, $server->safe_psql('postgres', "SELECT gid FROM pg_prepared_xacts WHERE $of_those ORDER BY hashtext(gid)");
	my $statements = '';
	$statements .= (length($_) + ord(substr($_, -1))) % 2 ? "COMMIT PREPARED '$_';\n" : "ROLLBACK PREPARED '$_';\n" for @names;
	$server->safe_psql('postgres', $statements);
	return scalar @names;
}

my ($refreshes, $decided) = (0, 0);
for my $end ('immediate', 'kill9', 'backend')
{
	my $writers = start_writers();
	my $deadline = time + $seconds;
	while (time < $deadline)
	{
		$writers->pump_nb;
		die "pgbench ended: $output $errors" unless $writers->pumpable;
		my ($status, undef, $message) = $server->psql('postgres', 'CALL segments.refresh()');
		fail("a refresh failed: $message") if $status != 0;
		$refreshes++;
		$decided += decide(q{gid LIKE 'left%' AND prepared < now() - interval '500 ms'});
	}
	# A refresh is running when the server goes down.
	my $refresh = $server->background_psql('postgres', on_error_stop => 0);
	my $process = $refresh->query_safe('SELECT pg_backend_pid()');
	$refresh->query_until(qr//, "CALL segments.refresh();\n");
	usleep(int rand 150_000);
	if ($end eq 'backend')
	{
		kill 'KILL', $process;
		$writers->kill_kill;
		usleep(300_000);
		$server->poll_query_until('postgres', 'SELECT true');
	}
	else
	{
		$end eq 'kill9' ? kill_postmaster($server) : $server->stop('immediate');
		$writers->kill_kill;
		start_again($server);
	}
	eval { $refresh->quit };

	cmp_ok($server->safe_psql('postgres', 'SELECT count(*) FROM pg_prepared_xacts'), '>', 0, "$end: transactions are still prepared");
	$server->safe_psql('postgres', 'CALL segments.refresh()');
	is_exact($server, 'postgres', "$end: without them");
	$decided += decide(q{abs(hashtext(gid)) % 3 = 0});
	$server->safe_psql('postgres', 'CALL segments.refresh()');
	is_exact($server, 'postgres', "$end: with some");
}
$decided += decide('true');
$server->safe_psql('postgres', 'CALL segments.refresh()');
is_exact($server, 'postgres', 'with all');
is($server->safe_psql('postgres', 'SELECT count(*) FROM segments.change_log'), '0', 'no log row is left');
note("$refreshes refreshes while writing, $decided transactions decided later, rows: ",
	$server->safe_psql('postgres', 'SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM visit)'));
cmp_ok($refreshes, '>=', 3, 'refreshes ran while rows were written');
$server->stop;

done_testing();

# Who may write no registered table keeps nobody from erasing, whatever locks that role holds; who has written one, or waits for a table
# of the extension, is waited for, by whatever right, and named.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use PsqlSession;
use Test::More;

my $server = PostgreSQL::Test::Cluster->new('erase_not_blocked');
$server->init;
$server->append_conf('postgresql.conf', 'max_prepared_transactions = 4');
$server->start;
sub sql { return $server->safe_psql('postgres', $_[0]); }

sql(q{
	CREATE EXTENSION segments;
	CREATE ROLE nobody LOGIN;
	CREATE ROLE writer LOGIN;
	CREATE TABLE event (record_id text, occurred_at timestamptz, label text) PARTITION BY LIST (label);
	CREATE TABLE event_old PARTITION OF event FOR VALUES IN ('old');
	CREATE TABLE event_new PARTITION OF event DEFAULT;
	CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text NOT NULL);
	SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id');
	SELECT segments.register_unification('mapping');
	INSERT INTO mapping SELECT n, 'p' || n FROM generate_series(1, 20) n;
	INSERT INTO event SELECT n, '2026-01-01', 'old' FROM generate_series(1, 20) n;
	GRANT INSERT (record_id, label) ON event TO writer;
	GRANT DELETE ON mapping TO nobody;
	CREATE FUNCTION add_event(record_id text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
	BEGIN
		INSERT INTO public.event VALUES (record_id, '2026-02-01', 'new');
	EXCEPTION WHEN division_by_zero THEN NULL;  -- a subtransaction
	END $$;
});
sql('CALL segments.refresh()');

# Gives up at once if it has to wait.
sub erase
{
	my ($profile) = @_;
	my (undef, $erased, $error) =
		$server->psql('postgres', "SET segments.erase_timeout = 1; SELECT interactions FROM segments.erase_profile('$profile')");
	return $erased . $error;
}

sub is_forgotten
{
	my ($profile) = @_;
	my $record = substr($profile, 1);
	is(sql("SELECT * FROM segments.forgotten('$profile', '{{contact,$record}}')"), '', "$profile is forgotten");
	is(sql("SELECT count(*) FROM event WHERE record_id = '$record'"), '0', 'so are the rows');
	return;
}

my $session = PsqlSession->new($server);
my $locks = 'PREPARE root AS DELETE FROM event; PREPARE leaf AS INSERT INTO event_old DEFAULT VALUES; PREPARE map AS UPDATE mapping SET profile_id = 1;';
sub begin_as
{
	my ($role) = @_;
	my ($pid) = $session->ask("\\connect - $role\nDEALLOCATE ALL; BEGIN; SELECT pg_current_xact_id() IS NULL; $locks SELECT 'pid ' || pg_backend_pid();") =~ /pid (\d+)/;
	return $pid;
}

begin_as('nobody');
is(sql(q{SELECT count(*) FROM pg_locks WHERE mode = 'RowExclusiveLock' AND relation IN ('event'::regclass, 'event_old'::regclass, 'mapping'::regclass)}),
	'3', 'a role without any right holds locks for writing');
is(erase('p1'), '1', 'an erasure does not wait for it');
is_forgotten('p1');

# What it has written by somebody else's right counts.
$session->ask("SELECT add_event('2');");
$session->ask("SELECT add_event('99');");
my $pid = $session->ask('SELECT pg_backend_pid();') =~ /(\d+)/ ? $1 : 0;
like(erase('p2'), qr/gave up waiting for process $pid\b.*transaction that has written a registered table/s, 'it is waited for once it has written');
is(sql("SELECT count(*) FROM event WHERE record_id = '2'"), '1', 'and nothing is erased');
$session->ask('COMMIT;');
is(erase('p2'), '2', 'what it has committed is erased');
is_forgotten('p2');

# Prepared transactions likewise.
begin_as('nobody');
$session->ask("PREPARE TRANSACTION 'nothing';");
is(erase('p3'), '1', 'nor for a prepared one');
$server->restart;
is(erase('p4'), '1', 'nor after a restart');
sql(q{ROLLBACK PREPARED 'nothing'});
is_forgotten('p3');
is_forgotten('p4');

# Who may write could have: as before.
$session = PsqlSession->new($server);
$pid = begin_as('writer');
like(erase('p5'), qr/gave up waiting for process $pid\b/, 'a role that may write is waited for');
$session->ask('ROLLBACK;');
is(erase('p5'), '1', 'until it has ended');

# A table of the extension, in whose queue a role without any right waits: it is named, and the table.
for my $table ('segments.record', 'segments.fragment')
{
	my $first = begin_as('nobody');
	$session->ask("PREPARE other AS DELETE FROM $table;");
	my $second = PsqlSession->new($server);
	my ($waiting) = $second->ask("\\connect - nobody\nSELECT 'pid ' || pg_backend_pid();") =~ /pid (\d+)/;
	$second->send("CREATE RULE r AS ON INSERT TO $table DO NOTHING;");
	ok($server->poll_query_until('postgres', "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = $waiting"), "$table: somebody waits");
	like(erase('p6'), qr/gave up waiting for process $waiting\b.*It waited \d+ ms for a lock on table \Q$table\E\.  Nothing/s, "$table: who waits for it is named");
	$session->ask('ROLLBACK;');
	$second->wait;
	like($second->err, qr/must be owner of/, "$table: and had no right to it");
	$second->quit;
}

# Who is not waited for is not named, either.
begin_as('nobody');
my $owner = PsqlSession->new($server);
$owner->ask(q{BEGIN; INSERT INTO event VALUES ('6', '2026-02-01', 'new');});
my $owner_pid = $owner->pid;
like(erase('p6'), qr/gave up waiting for process $owner_pid:?\s/, 'only who has written is named');
$owner->ask('ROLLBACK;');
$session->ask('ROLLBACK;');
sql('CALL segments.refresh()');
is(sql(q{SELECT segments.segment_count('Event'), segments.segment_count('all')}),
	sql(q{SELECT (SELECT count(DISTINCT profile_id) FROM event JOIN mapping USING (record_id)), (SELECT count(DISTINCT profile_id) FROM mapping)}),
	'results equal SQL');
$server->stop;

done_testing();

# Tables that were swapped in by renaming, while others have them locked: a refresh waits for all of them as long as for one, and nobody
# waits for a table that it has altered meanwhile.  Likewise for copies of them when the extension leaves.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use PsqlSession;
use Test::More;
use Time::HiRes qw(time usleep);

my $server = PostgreSQL::Test::Cluster->new('followed_tables');
$server->init;
$server->append_conf('postgresql.conf', "max_prepared_transactions = 4\nautovacuum = off");
$server->start;
sub sql { return $server->safe_psql('postgres', $_[0]); }

# The honest table is registered last: those that are locked come before it.
my $hostile = 4;
sql(q{
	CREATE EXTENSION segments;
	CREATE ROLE evil;
	CREATE SCHEMA ev AUTHORIZATION evil;
	GRANT EXECUTE ON FUNCTION segments.alter_interaction TO evil;
	CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text NOT NULL);
	INSERT INTO mapping SELECT n, 'p' || n FROM generate_series(1, 20) n;
	SELECT segments.register_unification('mapping');
	CREATE PROCEDURE swap(name regclass, rows int) LANGUAGE plpgsql AS $$
	DECLARE
		plain CONSTANT name := (SELECT relname FROM pg_class WHERE oid = name);
		owner CONSTANT regrole := (SELECT relowner FROM pg_class WHERE oid = name);
		there CONSTANT regnamespace := (SELECT relnamespace FROM pg_class WHERE oid = name);
	BEGIN
		EXECUTE format('DROP TABLE IF EXISTS %s.%I', there, plain || '_old');
		EXECUTE format('CREATE TABLE %s.%I (who text, at timestamptz)', there, plain || '_new');
		EXECUTE format('INSERT INTO %s.%I SELECT n, %L FROM generate_series(1, %s) n', there, plain || '_new', '2026-01-01', rows);
		EXECUTE format('ALTER TABLE %s.%I OWNER TO %s', there, plain || '_new', owner);
		EXECUTE format('ALTER TABLE %s.%I RENAME TO %I', there, plain, plain || '_old');
		EXECUTE format('ALTER TABLE %s.%I RENAME TO %I', there, plain || '_new', plain);
	END $$;});
for my $n (1 .. $hostile)
{
	sql("CREATE TABLE ev.t$n (who text, at timestamptz); ALTER TABLE ev.t$n OWNER TO evil; SELECT segments.register_interaction('ev.t$n', 'T$n', 'at', 'who')");
}
sql(q{CREATE TABLE visit (who text, at timestamptz); INSERT INTO visit VALUES ('1', '2026-01-01'); SELECT segments.register_interaction('visit', 'Visit', 'at', 'who')});
sql('CALL segments.refresh()');
sub swap_all
{
	my ($rows) = @_;
	sql("CALL swap('ev.t$_', $rows)") for 1 .. $hostile;
	sql("CALL swap('visit', $rows)");
	return;
}
sub visitors { return sql(q{SELECT segments.segment_count('Visit')}); }
sub frozen { return sql(q{SELECT string_agg(part_name, ' ' ORDER BY part_name) FROM segments.refresh_log
	WHERE refresh_id = (SELECT max(refresh_id) FROM segments.refresh_log) AND part_state = 'frozen'}) }

# Until a session waits for a lock.
sub wait_for_waiter
{
	my ($pid) = @_;
	return $server->poll_query_until('postgres', "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = $pid");
}

# Four tables that their owner keeps locked, and one that nobody does.
swap_all(2);
my $owner = PsqlSession->new($server);
$owner->ask('SET ROLE evil; BEGIN; LOCK TABLE ' . join(', ', map { "ev.t$_" } 1 .. $hostile) . ';');
my $refresh = PsqlSession->new($server);
my $start = time;
$refresh->send(q{SET segments.lock_timeout = '4s'; CALL segments.refresh();});
wait_for_waiter($refresh->pid);
is(sql(q{SET lock_timeout = '1s'; SELECT count(*) FROM visit}), '2', 'who reads a table that was followed does not wait');
$refresh->wait;
my $took = time - $start;
cmp_ok($took, '<', 7, sprintf('a refresh waits once for all of them: %.1f s', $took));
is(visitors(), '2', 'the other table was followed');
is(frozen(), 'T1 T2 T3 T4', 'those that were locked freeze their types');
my $pid = $owner->pid;
like($refresh->err, qr/interaction type "T1" is frozen: table ev\.t1 was locked for longer than segments\.lock_timeout by process $pid/, 'who has locked the table is told');
$owner->ask('COMMIT;');
sql('CALL segments.refresh()');
is(frozen() . sql(q{SELECT segments.segment_count('T1'), segments.segment_count('T4')}), '2|2', 'they are followed once they are unlocked');

# A lock that ends while a refresh waits for it.
swap_all(3);
$owner->ask('BEGIN; LOCK TABLE ev.t2 IN ACCESS SHARE MODE;');
$refresh->send(q{SET segments.lock_timeout = '60s'; CALL segments.refresh();});
wait_for_waiter($refresh->pid);
is(sql(q{SET lock_timeout = '1s'; SELECT count(*) FROM visit}) . sql(q{SET lock_timeout = '1s'; SELECT count(*) FROM ev.t3}), '33', 'others are not waited for');
$owner->ask('COMMIT;');
$refresh->wait;
is(frozen() . visitors() . sql(q{SELECT segments.segment_count('T2')}), '33', 'a table is followed once it is unlocked');

# What is registered of a table is changed by a transaction that goes on.
swap_all(4);
sql('DROP TABLE ev.t1_old');
$owner->ask(q{SET ROLE evil; BEGIN; SELECT segments.alter_interaction('T1', description => 'x');});
is($owner->err, "done\n", 'the owner changes what is registered');
$start = time;
$refresh->ask(q{SET segments.lock_timeout = '2s'; SET statement_timeout = '30s'; CALL segments.refresh(); SET statement_timeout = 0;});
$took = time - $start;
is(frozen(), 'T1', "that freezes its type alone");
like($refresh->err, qr/"T1" is frozen: another transaction has changed what is registered of it, and has not ended/, 'and is told');
cmp_ok($took, '<', 5, sprintf('is not waited for: %.1f s', $took));
is(visitors(), '4', 'the others are followed');
$owner->ask('ROLLBACK;');
sql('CALL segments.refresh()');
is(frozen() . sql(q{SELECT segments.segment_count('T1')}), '4', 'it is followed when that has ended');

# A prepared transaction, and a session that is cancelled while it waits.
swap_all(5);
sql(q{BEGIN; LOCK TABLE ev.t1 IN ACCESS SHARE MODE; PREPARE TRANSACTION 'kept'});
$refresh->ask(q{SET segments.lock_timeout = '1s'; CALL segments.refresh();});
like($refresh->err, qr/table ev\.t1 was locked for longer than segments\.lock_timeout by a prepared transaction/, 'a prepared transaction is told');
$refresh->send(q{SET segments.lock_timeout = '60s'; CALL segments.refresh();});
wait_for_waiter($refresh->pid);
is(sql('SELECT segments.cancel_refresh()'), 't', 'a refresh that waits is cancelled');
$refresh->wait;
like($refresh->err, qr/canceling statement due to user request/, 'it says so');
sql(q{ROLLBACK PREPARED 'kept'});

# Code of the owner that catches every cancel, while its table is altered: who ends the refresh does.
sql(q{
	CREATE FUNCTION ev.slow(who text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN who; END $$;
	ALTER FUNCTION ev.slow OWNER TO evil;
	CALL swap('ev.t1', 6);
	CREATE INDEX ON ev.t1 (ev.slow(who));
	CREATE OR REPLACE FUNCTION ev.slow(who text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
	BEGIN LOOP BEGIN PERFORM pg_sleep(600); EXCEPTION WHEN query_canceled OR others THEN NULL; END; END LOOP; END $$});
sub sleeps { return $server->poll_query_until('postgres', "SELECT wait_event = 'PgSleep' FROM pg_stat_activity WHERE pid = " . $_[0]->pid); }
$refresh->send('CALL segments.refresh();');
sleeps($refresh);
sql('SELECT segments.cancel_refresh()');
$refresh->wait;
like($refresh->err, qr/canceling statement due to user request/, 'a refresh is cancelled while it alters such a table');
$refresh->send(q{SELECT segments.confirm_source('T1');});
sleeps($refresh);
kill 'INT', $refresh->pid;
$refresh->wait;
like($refresh->err, qr/canceling statement due to user request/, 'so is who confirms one');
$refresh->send(q{SET segments.source_time_limit = '2s'; CALL segments.refresh();});
sleeps($refresh);
is(sql(q{SELECT count(*) FROM visit}) . visitors(), '55', 'nobody waits for it');
$refresh->wait;
like($refresh->err, qr/"T1" is frozen: statements on table ev\.t1 took longer than segments\.source_time_limit/, 'its time is over at the limit');

# What it says is cut in the log, too.
my $log = -s $server->logfile;
sql(q{CREATE OR REPLACE FUNCTION ev.slow(who text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE EXCEPTION '%', repeat('x', 1000000); END $$});
sql('CALL segments.refresh()');
cmp_ok(-s $server->logfile, '<', $log + 100_000, 'little of what it says is logged');

# Copies that carry a stamp, and stay locked.
my $copies = 4;
sql("CREATE TABLE ev.copy$_ (LIKE ev.t2 INCLUDING ALL); ALTER TABLE ev.copy$_ OWNER TO evil") for 1 .. $copies;
$owner->ask('SET ROLE evil; BEGIN; LOCK TABLE ' . join(', ', map { "ev.copy$_" } 1 .. $copies) . ';');
$start = time;
$refresh->ask(q{SET segments.lock_timeout = '2s'; SELECT segments.detach_all();});
$took = time - $start;
is(scalar(() = $refresh->err =~ /table ev\.copy\d keeps what it has of the extension/g), $copies, 'copies that are locked are told');
cmp_ok($took, '<', 6, sprintf('they are waited for once: %.1f s', $took));
$owner->ask('ROLLBACK;');
$server->stop;

done_testing();

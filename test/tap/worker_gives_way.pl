# Nobody who may have something for itself waits long for the worker, however long its refresh takes; others do not end it.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use PsqlSession;
use Test::More;
use Time::HiRes qw(time usleep);

my $server = PostgreSQL::Test::Cluster->new('worker_gives_way');
$server->init;
$server->append_conf('postgresql.conf', q{
shared_preload_libraries = 'segments'
segments.naptime = '200ms'
});
$server->start;
$server->safe_psql('postgres', q{CREATE DATABASE crm});

sub crm
{
	my ($statements) = @_;
	return $server->safe_psql('crm', $statements);
}

# A refresh that lasts a minute is running.  (That the one before was cut off is noticed, and counts, only at the next visit.)
sub begin_refresh
{
	for (1 .. 300)
	{
		crm(q{
			UPDATE segments.refresh_schedule SET set_at = set_at - interval '1 hour';
			UPDATE segments.job SET began_at = began_at - interval '10 hours', failed_at = failed_at - interval '10 hours';
		});
		usleep(100_000);
		return if crm(q{
			SELECT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'segments worker' AND wait_event = 'PgSleep')}) eq 't';
	}
	die 'no refresh';
}

sub create
{
	crm(q{
		CREATE EXTENSION segments;
		SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id');
		CREATE TRIGGER slow BEFORE INSERT OR UPDATE ON segments.published FOR EACH ROW EXECUTE FUNCTION slow();
		SELECT segments.set_refresh_schedule('every minute');
	});
	return;
}

# Runs a statement during a refresh: it works, soon, and the worker says why it has left.
sub gives_way
{
	my ($database, $statement, $needed, $role) = @_;
	begin_refresh();
	my $offset = -s $server->logfile;
	my $start = time;
	is($server->psql($database, $statement, extra_params => ['-U', $role // 'postgres']), 0, "$statement: works");
	cmp_ok(time - $start, '<', 10, "$statement: soon");
	ok($server->wait_for_log(qr/gives way to a session that needs $needed/, $offset), "$statement: because the worker gives way");
	return;
}

crm(q{
	CREATE ROLE planner;
	CREATE ROLE dba LOGIN NOINHERIT IN ROLE planner;
	CREATE ROLE root LOGIN NOINHERIT IN ROLE postgres;
	CREATE ROLE loader LOGIN;
	CREATE TABLE event (record_id text, occurred_at timestamptz);
	CREATE TABLE owned (record_id text, occurred_at timestamptz);
	ALTER TABLE owned OWNER TO planner;
	GRANT TRUNCATE ON event TO loader;
	CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;
});
create();
crm(q{SELECT segments.register_interaction('owned', 'Owned', 'occurred_at', 'record_id')});
begin_refresh();
my $worker = crm(q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'segments worker' AND wait_event = 'PgSleep'});
$server->safe_psql('postgres', 'CREATE DATABASE unrelated');
$server->safe_psql('postgres', 'DROP DATABASE unrelated');
crm('CREATE TABLE unrelated (); ALTER TABLE unrelated ADD COLUMN number int; DROP TABLE unrelated');
is(crm("SELECT wait_event FROM pg_stat_activity WHERE pid = $worker"), 'PgSleep', 'what is unrelated goes on beside a refresh');
crm(q{
	CREATE ROLE nobody LOGIN;
	GRANT CREATE, TEMPORARY ON DATABASE crm TO nobody;
});
my $depend = q{
	SET ROLE nobody;
	SET lock_timeout = '10s';
	CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
	ALTER FUNCTION pg_temp.f() DEPENDS ON EXTENSION segments;
};
crm($depend);
is(crm("SELECT wait_event FROM pg_stat_activity WHERE pid = $worker"), 'PgSleep', 'who locks the extension ends no refresh');
my $nobody = PsqlSession->new($server, 'crm');
$nobody->ask("BEGIN; $depend");
crm("SELECT pg_terminate_backend($worker, 60000)");
begin_refresh();
pass('a refresh begins while anybody has locked the extension');
$nobody->ask("ROLLBACK;");
$nobody->quit;

# What waits for a lock, or asks for it, before it is told that it may not.
begin_refresh();
$worker = crm(q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'segments worker' AND wait_event = 'PgSleep'});
sub goes_on { is(crm("SELECT wait_event FROM pg_stat_activity WHERE pid = $worker"), 'PgSleep', "$_[0]: the refresh goes on"); return; }
my @nobody = (extra_params => ['-U', 'nobody']);
for my $table ('segments.refresh', 'event')
{
	my (undef, undef, $error) = $server->psql('crm', "SET lock_timeout = '4s'; CREATE RULE r AS ON INSERT TO $table DO NOTHING", @nobody);
	like($error, qr/canceling statement due to lock timeout/, "who may not alter $table waits");
	goes_on("beside who waits for $table");
}
(undef, undef, my $error) = $server->psql('crm', "BEGIN; $depend SET LOCAL lock_timeout = '4s'; CREATE RULE r AS ON INSERT TO event DO NOTHING", @nobody);
like($error, qr/canceling statement due to lock timeout/, 'who has locked the extension, and waits for a table');
goes_on('beside it');
(undef, undef, $error) = $server->psql('crm', "SET lock_timeout = '4s'; CREATE RULE r AS ON INSERT TO event DO NOTHING", extra_params => ['-U', 'dba']);
goes_on('beside the owner of another source');
my $until = time + 4;
while (time < $until)
{
	(undef, undef, $error) = $server->psql('postgres', "DROP DATABASE crm;\n" x 2000, @nobody, on_error_stop => 0);
}
like($error, qr/must be owner of database crm/, 'who may not drop the database');
goes_on('beside it');

gives_way('crm', 'SET ROLE planner; ALTER TABLE owned ADD COLUMN note text', 'a source', 'dba');
gives_way('crm', 'TRUNCATE event', 'a source', 'loader');
gives_way('crm', 'SET ROLE postgres; ALTER TABLE event ADD COLUMN note text', 'a source', 'root');
crm('ALTER DATABASE crm OWNER TO planner; ALTER ROLE planner CREATEDB');
gives_way('postgres', 'SET ROLE planner; ALTER DATABASE crm RENAME TO other', 'the database', 'dba');
$server->safe_psql('postgres', 'ALTER DATABASE other RENAME TO crm');
crm('ALTER DATABASE crm OWNER TO postgres');
gives_way('postgres', 'CREATE DATABASE copy TEMPLATE crm', 'the database');
gives_way('postgres', 'ALTER DATABASE crm RENAME TO other', 'the database');
$server->safe_psql('postgres', 'ALTER DATABASE other RENAME TO crm; DROP DATABASE copy WITH (FORCE)');
gives_way('crm', 'ALTER TABLE event ADD COLUMN journey text', 'a source');
gives_way('crm', 'REASSIGN OWNED BY planner TO CURRENT_USER', 'a source');
gives_way('crm', 'ALTER TABLE segments.refresh OWNER TO planner', 'a table of the extension');
crm('ALTER TABLE segments.refresh OWNER TO postgres');
gives_way('crm', 'DROP EXTENSION segments CASCADE', '(?:a table of )?the extension');
create();
gives_way('postgres', 'DROP DATABASE crm', 'the database');
$server->safe_psql('postgres', 'DROP ROLE dba, root, loader, planner, nobody');
$server->stop;

done_testing();

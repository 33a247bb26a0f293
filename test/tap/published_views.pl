# Generated views and the lives of segments are dumped, and come along with pg_restore; a server that dies amid publishing or going back
# to an old version leaves the last state.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use KilledServer;
use Test::More;

my $server = PostgreSQL::Test::Cluster->new('published_views');
$server->init;
$server->start;
$server->safe_psql(
	'postgres', q{
	SET client_min_messages = error;
	CREATE EXTENSION segments;
	CREATE DOMAIN customer AS bigint CHECK (value > 0);
	CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id customer);
	INSERT INTO mapping VALUES ('r1', 5000000001), ('r2', 5000000002);
	CREATE TABLE opened (record_id text, occurred_at timestamptz);
	INSERT INTO opened VALUES ('r1', '2026-01-01');
	SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
	SELECT segments.register_unification('mapping', record_type => 'contact');
	CALL segments.refresh();
	CREATE ROLE ada;
	CREATE ROLE bi;
	CREATE ROLE guest;
	CREATE SCHEMA reporting;
	GRANT CREATE, USAGE ON SCHEMA reporting TO ada;
	GRANT USAGE ON SCHEMA reporting TO bi, guest;
	GRANT SELECT ON opened TO ada;
	GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA segments TO ada;
	SET ROLE ada;
	SELECT segments.create_segment('who''s "in"', 'all'), segments.create_segment('a draft', 'all', state => 'draft'),
		segments.create_segment('at rest', 'Opened', state => 'inactive');
	SELECT segments.update_segment('who''s "in"', 'Opened'), segments.describe_segment('a draft', 'some day'), segments.set_segment_tags('a draft', '{x,y}');
	SELECT segments.grant_members('*', 'bi'), segments.publish_segment('who''s "in"', 'reporting', 'In "quotes"');
	SELECT segments.publish_segment('at rest', 'reporting', 'dropped');
	DROP VIEW reporting.dropped;
	GRANT SELECT ON reporting."In ""quotes""" TO guest;
});
my $state = q{
	SELECT name, lifecycle, description, tags, version, is_used, owner FROM segments.segment_overview ORDER BY name;
	SELECT segment, version, definition, change, saved_by FROM segments.segment_versions ORDER BY 1, 2;
	SELECT kind, used_by FROM segments.segment_usage('who''s "in"');
	SELECT relname, relowner::regrole, relacl FROM pg_class WHERE relnamespace = 'reporting'::regnamespace;
	SET ROLE bi;
	SELECT profile_id, pg_typeof(profile_id) FROM reporting."In ""quotes""" WHERE profile_id = 5000000001;
	SET ROLE guest;
	SELECT count(*) FROM segments.member;
	SELECT profile_id, pg_typeof(profile_id) FROM reporting."In ""quotes""";
};
my $before = $server->safe_psql('postgres', $state);
like($before, qr/generated view\|reporting\."In ""quotes"""/, 'a segment is published');
like($before, qr/\n5000000001\|bigint\n0\n5000000001\|bigint$/, 'its readers read the view, and so does who was granted nothing else');

# The server dies while a transaction has done all of it, but for the commit.
my $killed = IPC::Run::start(
	[ 'psql', '--no-psqlrc', '--quiet', '--no-align', '--tuples-only', '--dbname', $server->connstr('postgres') ],
	'<', \(my $input = q{
		BEGIN;
		SELECT segments.restore_segment('who''s "in"', 1);
		SELECT segments.set_segment_state('at rest', 'draft'), segments.rename_segment('a draft', 'renamed');
		SELECT segments.publish_segment('renamed', 'reporting', 'new'), segments.unpublish_segment('who''s "in"');
		SELECT 'pid ' || pg_backend_pid();
		SELECT pg_sleep(600);
	}),
	'>', \(my $output = ''), '2>', \(my $errors = ''));
pump $killed until $output =~ /pid (\d+)/ || !$killed->pumpable;
my ($process) = $output =~ /pid (\d+)/;
ok($process, 'a transaction is under way');
kill_postmaster($server);
kill 'KILL', $process;
$killed->finish;
start_again($server);
is($server->safe_psql('postgres', $state), $before, 'a killed server leaves the last state');

for my $format (qw(plain custom))
{
	my $dump = $server->backup_dir . ".$format";
	$server->command_ok([ 'pg_dump', '--no-sync', "--format=$format", '--file', $dump, 'postgres' ], "the database is dumped: $format");
	$server->safe_psql('postgres', "CREATE DATABASE $format");
	my @restore = $format eq 'plain' ? ('psql', '--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '--file', $dump) : ('pg_restore', '--exit-on-error', $dump);
	$server->command_ok([ @restore, '--dbname', $server->connstr($format) ], 'and restored');
	$server->safe_psql($format, 'SET client_min_messages = error; CALL segments.refresh()');
	is($server->safe_psql($format, $state), $before, 'lives, versions, generated views and their readers are there');
	is( $server->safe_psql($format, q{SET ROLE ada; SELECT segments.rename_segment('who''s "in"', 'other'); SELECT count(*) FROM reporting."In ""quotes"""}),
		"\n1", 'a restored view follows its segment');
	is( $server->safe_psql($format, q{
			SET client_min_messages = error;
			SELECT segments.detach_all();
			DROP EXTENSION segments CASCADE;
			SELECT count(*) FROM pg_class WHERE relnamespace = 'reporting'::regnamespace;
			DROP DOMAIN customer CASCADE;
		}), "\n0", 'and goes with the extension');
}
$server->stop;

done_testing();

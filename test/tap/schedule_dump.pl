# Schedules are configuration: a dump brings them along, but not what was run.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $server = PostgreSQL::Test::Cluster->new('schedule_dump');
$server->init;
$server->start;
$server->safe_psql(
	'postgres', q{
	SET client_min_messages = error;
	CREATE EXTENSION segments;
	CREATE TABLE opened (record_id text, occurred_at timestamptz);
	CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
	INSERT INTO mapping VALUES ('r1', 'p1'), ('r2', 'p2');
	INSERT INTO opened VALUES ('r1', now() - interval '1 day');
	SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
	SELECT segments.register_unification('mapping', record_type => 'contact');
	CALL segments.refresh();
	SET TimeZone = 'Asia/Kolkata';
	SET IntervalStyle = 'sql_standard';
	SET lc_monetary = 'POSIX';
	SET timezone_abbreviations = 'India';
	SELECT segments.create_segment(name, 'Opened') FROM unnest(ARRAY['always', 'by hand', 'weekly']) name;
	SELECT segments.set_segment_schedule('by hand', 'manual');
	SELECT segments.set_segment_schedule('weekly', 'weekly on friday at 02:00 in ''Europe/Berlin''');
	SELECT segments.set_refresh_schedule('daily at 06:00 and 18:30 in ''Asia/Tokyo''');
	SELECT segments_internal.begin_job('refresh', now()), segments_internal.end_job('refresh', now(), '53100', 'disk full');
});

my $schedules = q{
	SELECT 'refresh', schedule, set_at::text FROM segments.refresh_schedule
	UNION ALL SELECT name, schedule, NULL FROM segments.segment_overview ORDER BY 1};
my $before = $server->safe_psql('postgres', $schedules);
like($before, qr/by hand\|manual\|\nrefresh\|daily at 06:00 and 18:30 in 'Asia\/Tokyo'\|.*\nweekly\|friday at 02:00 in 'Europe\/Berlin'\|$/,
	'schedules are set');
my $settings = 'SELECT DISTINCT time_zone, interval_style, monetary_locale, zone_abbreviations FROM segments.segment';

my $dump = $server->backup_dir . '.sql';
$server->command_ok([ 'pg_dump', '--no-sync', '--file', $dump, 'postgres' ], 'the database is dumped');
$server->safe_psql('postgres', 'CREATE DATABASE restored');
$server->command_ok([ 'psql', '--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '--file', $dump, 'restored' ], 'and restored');

is($server->safe_psql('restored', $schedules), $before, 'schedules are as before');
is($server->safe_psql('restored', $settings), 'Asia/Kolkata|sql_standard|POSIX|India', 'so is what literals mean');
is($server->safe_psql('restored', 'SELECT state, failures FROM segments.schedule'), 'never run|0', 'what was run is not');
is( $server->safe_psql('restored', q{
	SET client_min_messages = error;
	SELECT name, state FROM segments.segment_overview ORDER BY name;
	CALL segments.refresh();
	SELECT name, state, members FROM segments.segment_overview ORDER BY name}),
	"always|never run\nby hand|never run\nweekly|never run\nalways|successful|1\nby hand|never run|\nweekly|successful|1",
	'the first refresh evaluates every segment but those run by hand');
$server->stop;

done_testing();

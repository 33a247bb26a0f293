# The law of the history of memberships: applying changes_since() from nothing gives exactly the members, at every cursor.  At random: runs that
# are held open and end in any order, merges and splits, erasures, retention; then a dump.  HISTORY_LAW_SEED repeats a run, HISTORY_LAW_ROUNDS
# says how long it is.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use HistoryConsumer;
use PsqlSession;
use Test::More;

my $seed = srand($ENV{HISTORY_LAW_SEED} || time % 1_000_000);
my $rounds = $ENV{HISTORY_LAW_ROUNDS} || 60;
note("seed $seed");
my $server = PostgreSQL::Test::Cluster->new('history_law');
$server->init;
$server->append_conf('postgresql.conf', "max_prepared_transactions = 4\n");
$server->start;
my @segments = qw(any often manual);
$server->safe_psql('postgres', q{
	CREATE EXTENSION segments;
	CREATE TABLE event (record_id text, occurred_at timestamptz);
	CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text NOT NULL);
	SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id');
	SELECT segments.register_unification('mapping');
	INSERT INTO mapping SELECT 'r' || n, 'p' || n % 150 FROM generate_series(1, 200) n;
	INSERT INTO event SELECT 'r' || ceil(random() * 200), now() - interval '1 day' FROM generate_series(1, 200) n;
	CALL segments.refresh();
	SELECT segments.create_segment('any', 'Event'), segments.create_segment('often', 'Event at least 2 times'), segments.create_segment('manual', 'Event');
	SELECT segments.set_segment_schedule('manual', 'manual');
	CREATE PROCEDURE shuffle() LANGUAGE sql AS $$
		UPDATE mapping SET profile_id = 'p' || floor(random() * 150)::int WHERE random() < 0.04;
		UPDATE mapping SET profile_id = 'n' || floor(random() * 1000)::int WHERE random() < 0.03;
		DELETE FROM mapping WHERE random() < 0.02;
		INSERT INTO mapping SELECT 'r' || n, 'p' || floor(random() * 150)::int FROM generate_series(1, 200) n WHERE random() < 0.1 ON CONFLICT DO NOTHING;
		DELETE FROM event WHERE random() < 0.1;
		INSERT INTO event SELECT 'r' || ceil(random() * 200)::int, now() - interval '1 hour' FROM generate_series(1, 20);
	$$;
});
create_consumers($server, 'postgres');

# Sessions that hold a run open: which segment it is of.
my %holder = map { $_ => PsqlSession->new($server) } 1, 2;
my %held;
my %done;

sub refresh { $server->safe_psql('postgres', 'SET client_min_messages = error; CALL segments.refresh()'); return }

sub end_all
{
	for my $session (sort keys %held)
	{
		$holder{$session}->ask(rand() < 0.7 ? 'COMMIT;' : 'ROLLBACK;');
		delete $held{$session};
	}
	return;
}

sub follow
{
	my ($segment) = @_;
	my $most = int(rand 30) + 1;
	return $server->safe_psql('postgres', "SELECT follow('$segment', $most)");
}

my %actions = (
	shuffle => sub { $server->safe_psql('postgres', 'CALL shuffle()') },
	refresh => \&refresh,
	follow => sub { follow($segments[ rand @segments ]) },
	hold => sub {
		my ($session) = grep { !$held{$_} } sort keys %holder or return;
		my %taken = map { $_ => 1 } values %held;
		my ($segment) = grep { !$taken{$_} } sort { rand() <=> 0.5 } @segments;
		$holder{$session}->ask("BEGIN; SELECT segments.run_segment('$segment');");
		like($holder{$session}->err, qr/^\s*done\s*$/, "a run of $segment is held open");
		$held{$session} = $segment;
	},
	end => sub {
		my ($session) = keys %held or return;
		$holder{$session}->ask(rand() < 0.7 ? 'COMMIT;' : 'ROLLBACK;');
		delete $held{$session};
	},
	run => sub {
		my %taken = map { $_ => 1 } values %held;
		my ($segment) = grep { !$taken{$_} } sort { rand() <=> 0.5 } @segments;
		$server->safe_psql('postgres', "SELECT segments.run_segment('$segment')");
	},
	# Whoever erases tells the consumers, after they have heard who was merged into whom.  What they knew before cannot be compared with a past
	# that a person is gone from, under all their ids.
	erase => sub {
		end_all();
		refresh();
		my $person = $server->safe_psql('postgres', 'SELECT profile_id FROM segments.member ORDER BY random() LIMIT 1') or return;
		follow($_) for @segments;
		$server->safe_psql('postgres', qq{
			SELECT segments.erase_profile('$person');
			DELETE FROM consumer WHERE profile_id = '$person';
			TRUNCATE past});
		is($server->safe_psql('postgres', "SELECT count(*) FROM segments.membership_change WHERE profile_id = '$person' OR other_profile_id = '$person'"), '0', 'who was erased is in no past');
	},
	forget => sub { $server->safe_psql('postgres', 'SET client_min_messages = error; SET segments.history_retention = 0; CALL segments.refresh()') });
my @often = ((map { ($_) x 4 } qw(shuffle refresh follow)), qw(hold hold end run run erase), 'forget');

for my $round (1 .. $rounds)
{
	my $action = $often[ rand @often ];
	$actions{$action}->();
	$done{$action}++;
	next if $round % 6;

	# With nothing held open, and after a refresh, all know the same.
	end_all();
	refresh();
	is(follow($_), 't', "round $round: $_ is exactly what was told") for @segments;
	is($server->safe_psql('postgres', q{
			SELECT count(*) FROM segments.size_history size WHERE members <> (SELECT count(*) FROM segments.members_at(segment, at))
			AND run_id = (SELECT max(run_id) FROM segments.size_history in_force WHERE in_force.segment = size.segment AND in_force.at <= size.at)}),
		'0', "round $round: sizes are those of the members");
}
note(join ', ', map { "$_: $done{$_}" } sort keys %done);

# What consumers knew at the end of each run that is kept, is what members_at() says.
my $compared = $server->safe_psql('postgres', q{
	WITH kept AS (
		SELECT segment, run_id, at FROM segments.size_history size WHERE run_id IN (SELECT run_id FROM past)
		AND run_id = (SELECT max(run_id) FROM segments.size_history in_force WHERE in_force.segment = size.segment AND in_force.at <= size.at)),
	known AS (SELECT DISTINCT past.* FROM past JOIN kept USING (segment, run_id)),
	told AS (SELECT segment, run_id, profile_id FROM kept, segments.members_at(segment, at) AS profile_id)
	SELECT (SELECT count(*) FROM (TABLE known EXCEPT TABLE told) a) || ' ' || (SELECT count(*) FROM (TABLE told EXCEPT TABLE known) b) || ' '
		|| CASE WHEN (SELECT count(*) FROM kept) > 0 THEN 'compared' ELSE 'nothing' END});
like($compared, qr/^0 0 /, 'consumers knew at every run who was a member');
note($compared);

$server->safe_psql('postgres', 'TRUNCATE place, consumer');
is($server->safe_psql('postgres', "SELECT follow('$_')"), 't', "$_, from nothing") for @segments;
is($server->safe_psql('postgres', q{
		SELECT count(*) FROM (
			(SELECT segment, profile_id, change, run_id FROM segments.membership_change) EXCEPT
			(SELECT segment, told.profile_id, told.change, told.run_id FROM unnest('{any,often,manual}'::text[]) AS segment, segments.changes_since(segment) AS told)) AS a}),
	'0', 'the table of changes has nothing else');

# A dump takes the history along; cursors stay behind.
$_->quit for values %holder;
my $cursor = $server->safe_psql('postgres', "SELECT cursor FROM place WHERE segment = 'any'");
my $dump = $server->basedir . '/dump';
$server->safe_psql('postgres', 'CREATE DATABASE restored');
$server->command_ok([ 'pg_dump', '--no-sync', '--format', 'custom', '--file', $dump, 'postgres' ], 'dumped');
$server->command_ok([ 'pg_restore', '--exit-on-error', '--dbname', 'restored', $dump ], 'restored');
$server->safe_psql('restored', 'SET client_min_messages = error; CALL shuffle(); CALL segments.refresh()');
$server->safe_psql('restored', "SELECT segments.run_segment('manual')");
is($server->safe_psql('restored', "SELECT follow('$_')"), 't', "restored: $_, anew") for @segments;
is($server->safe_psql('restored', qq{SELECT count(*) > 0 FROM past JOIN segments.membership_run USING (run_id)}), 't', 'restored: with runs from before');
$server->stop;

done_testing();

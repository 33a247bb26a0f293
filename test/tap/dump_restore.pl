# Dumps and pg_upgrade: configuration and sources come along; what is derived is made anew, or goes on where it was.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use SegmentsOracle;
use Test::More;

my $server = PostgreSQL::Test::Cluster->new('dump_restore');
$server->init;
$server->append_conf('postgresql.conf', "shared_preload_libraries = 'segments'\nsegments.naptime = '200ms'\nmax_prepared_transactions = 4\n");
$server->start;
create_sources($server, 'postgres');

# A stamp that is an ordinary column is dumped with its table, in transactions of the server that is dumped.
$server->safe_psql('postgres', q{
	CREATE TABLE noted (record_id text, occurred_at timestamp, is_test boolean NOT NULL DEFAULT false, other_id text);
	SELECT segments.register_interaction('noted', 'Noted', 'occurred_at', 'record_id', stamp => 'default', time_zone => 'Europe/Oslo');
	CREATE TABLE known (id text PRIMARY KEY, kind text);
	INSERT INTO known SELECT n, CASE WHEN n % 3 = 0 THEN 'third' END FROM generate_series(1, 500) n;
	SELECT segments.register_lookup('known', 'Known', 'id', '{Noted.record_id}');
	CREATE ROLE reader;
	GRANT SELECT ON event, mapping TO reader;
	INSERT INTO mapping SELECT n, 'p' || n % 300 FROM generate_series(1, 600) n;
	CREATE FUNCTION lives(record_id text) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN record_id NOT LIKE 'dead%'; END $$;
	ALTER TABLE mapping ADD COLUMN gone boolean NOT NULL DEFAULT false;
	INSERT INTO mapping (record_id, profile_id, gone) SELECT kind || n, 'p' || n, kind = 'gone' FROM generate_series(1, 5) n, unnest('{gone,dead}'::text[]) kind;
	SELECT segments.alter_unification(rows_where => 'public.lives(record_id) AND NOT gone');
	SELECT segments.alter_interaction('Noted', rows_where => 'public.lives(record_id) AND NOT is_test');
	SELECT segments.register_relation('Noted', 'other', 'other_id', normalize_ids => 'lower, trim');
	SELECT segments.alter_interaction('Noted', normalize_ids => 'trim'), segments.alter_unification(normalize_ids => 'lower, trim');
	CREATE VIEW counted AS SELECT record_id, other_id FROM noted WHERE NOT is_test;
});

sub write_rows
{
	my ($written, $database, $seed) = @_;
	$written->safe_psql($database, qq{
		INSERT INTO event (record_id, occurred_at, label, number)
			SELECT (n * 7 + $seed) % 650, '2026-01-01 UTC'::timestamptz + n * interval '1 hour', 'inserted', (n + $seed) % 100 FROM generate_series(1, 2000) n;
		INSERT INTO visit (record_id, occurred_at, label, number)
			SELECT (n * 3 + $seed) % 650, '2025-12-25 UTC'::timestamptz + n * interval '2 hours', NULL, (n + $seed) % 100 FROM generate_series(1, 1000) n;
		INSERT INTO noted SELECT (n * 11 + $seed) % 650, '2026-01-01', n % 5 = 0, (n * 5 + $seed) % 650 FROM generate_series(1, 50) n;
		UPDATE noted SET is_test = NOT is_test WHERE right(record_id, 1) = '$seed';
		UPDATE event SET label = 'changed', number = 99 - number WHERE id % 31 = $seed;
		UPDATE visit SET occurred_at = occurred_at + interval '35 days' WHERE id % 37 = $seed;
		DELETE FROM event WHERE id % 41 = $seed;
		UPDATE mapping SET profile_id = 'p$seed' WHERE record_id = '5$seed';
	});
	return;
}

# One transaction per statement, so that the servers' counters differ.
sub spend_transactions
{
	my ($count) = @_;
	$server->safe_psql('postgres', "DO \$\$ BEGIN FOR i IN 1 .. $count LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END \$\$");
	return;
}

my $noted_exact = q{SELECT segments.segment_count('Noted') = (SELECT count(DISTINCT profile_id) FROM counted JOIN mapping USING (record_id))
	AND segments.segment_count('Noted at least 2') = (
		SELECT count(*) FROM (SELECT FROM counted JOIN mapping USING (record_id) GROUP BY profile_id HAVING count(*) >= 2) a)
	AND segments.segment_count('Noted where record_id.kind is null') = (
		SELECT count(DISTINCT profile_id) FROM counted JOIN mapping USING (record_id) LEFT JOIN known ON id = record_id WHERE kind IS NULL)
	-- Who came back under the id of an erased person is not who was referred to.
	AND segments.segment_count('Noted via other') = (SELECT count(DISTINCT profile_id) FROM counted JOIN mapping ON mapping.record_id = other_id WHERE other_id <> '17')
	AND segments.segment_count('Noted since ''2025-12-31 23:00 UTC''') = segments.segment_count('Noted')
	AND segments.segment_count('Noted since ''2025-12-31 23:00:00.000001 UTC''') = 0};
my $state = q{
	SET timezone = 'UTC';
	SELECT name, definition, members, schedule FROM segments.segment_overview;
	SELECT name, display_name, source, aliases, fields, total, linked, unlinked, time_zone, time_unit FROM segments.interaction_catalog(true);
	SELECT segment, profile_id FROM segments.member ORDER BY 1, 2;
	SELECT segment, list, profile_id, means FROM segments.listed_member ORDER BY 1, 2, 3;
	SELECT rows_where, rows_where_columns, normalize_ids FROM segments.unification;
	SELECT name, normalize_ids FROM segments.interaction_relation ORDER BY 1, 2;
	SELECT * FROM segments.relation_catalog ORDER BY type, relation;
	SELECT name, rows_where, rows_where_columns FROM segments.interaction_type ORDER BY 1;
	SELECT count(*) FROM segments.record WHERE profile_id IS NOT NULL;
	SET ROLE reader;
	SELECT count(*) FROM segments.member WHERE segment = 'many'};

sub is_whole
{
	my ($checked, $database, $what) = @_;
	is_exact($checked, $database, $what);
	is($checked->safe_psql($database, $noted_exact), 't', "$what, rows with a plain stamp too");
	return;
}

spend_transactions(3000);
write_rows($server, 'postgres', 1);
$server->safe_psql('postgres', 'CALL segments.refresh()');
write_rows($server, 'postgres', 2);
$server->safe_psql('postgres', q{SELECT segments.erase_profile('p17'); INSERT INTO mapping VALUES ('17', 'p17'); CALL segments.refresh();});
is($server->safe_psql('postgres', q{SELECT erased FROM segments.relation_catalog WHERE type = 'Noted' AND relation = 'other'}), '1', 'rows of others name an erased person');
$server->safe_psql('postgres', q{
	SELECT segments.create_segment('many', 'Event at least 3'), segments.create_segment('neither', 'not Event and not Visit');
	SELECT segments.create_segment('changed', $$Event where Label = 'changed'$$);
	SELECT segments.set_segment_schedule('changed', 'manual');
	SELECT segments.create_static_segment('chosen', '{p1,p2,p3}');
	SELECT segments.create_segment('without', $$segment 'many' and not segment 'chosen'$$), segments.exclude_members('without', '{p4,p999}');
});
is_whole($server, 'postgres', 'the original is exact');

# A merge, and whoever enters and leaves.
$server->safe_psql('postgres', q{UPDATE mapping SET profile_id = 'p7' WHERE profile_id = 'p8'; });
$server->safe_psql('postgres', 'CALL segments.refresh()');
write_rows($server, 'postgres', 2);
$server->safe_psql('postgres', 'CALL segments.refresh()');
$server->safe_psql('postgres', q{SELECT segments.run_segment('changed')});

# Sets that users store: their ordinals mean something in this numbering of the records alone.
$server->safe_psql('postgres', q{
	CREATE TABLE stored (name text, set segments.profile_set, bytes bytea, names text[]);
	INSERT INTO stored SELECT name, segments.members(name), segments.members(name)::bytea, ARRAY(SELECT p FROM segments.profiles(segments.members(name)) p ORDER BY p)
		FROM (VALUES ('many'), ('neither')) n (name);
});
my $stored_are_valid = q{SELECT bool_and(names = ARRAY(SELECT p FROM segments.profiles(set & set) p ORDER BY p) AND set <@ segments.segment_eval('all')) FROM stored};
is($server->safe_psql('postgres', $stored_are_valid), 't', 'stored sets name whom they named');
my $before = $server->safe_psql('postgres', $state);

# The history of memberships comes along: who was a member when, and since when.
my $history = q{
	SET timezone = 'UTC';
	SELECT segment, profile_id, change, other_profile_id, at FROM segments.membership_change ORDER BY run_id, change, profile_id;
	SELECT segment, at, members, entered, "left", merged, split FROM segments.size_history ORDER BY run_id;
	SELECT s.segment, s.at, p FROM segments.size_history s, segments.members_at(s.segment, s.at) p ORDER BY s.run_id, p};
my $history_before = $server->safe_psql('postgres', $history);
my $since = q{SET timezone = 'UTC'; SELECT segment, profile_id, since FROM segments.member ORDER BY segment, profile_id};
my $since_before = $server->safe_psql('postgres', $since);
my $cursor = $server->safe_psql('postgres', q{SELECT cursor FROM segments.changed_segment WHERE segment = 'many'});
cmp_ok(length $history_before, '>', 1000, 'there is a history');
like($history_before, qr/merged/, 'of merges, too');

sub has_history
{
	my ($other, $database, $what) = @_;
	is($other->safe_psql($database, $history), $history_before, "$what: the history is there before anything is refreshed");
	return;
}

# Nobody has entered or left by being restored.
sub goes_on
{
	my ($other, $database, $what) = @_;
	is($other->safe_psql($database, $history), $history_before, "$what: the first refresh adds nothing to the history");
	is($other->safe_psql($database, $since), $since_before, "$what: members are so since when they were");
	is($other->safe_psql($database, q{SELECT count(*) FROM (SELECT segment, profile_id FROM segments.member) m
		FULL JOIN (SELECT segment, p AS profile_id FROM segments.changed_segment, segments.members_at(segment, now()) p) h USING (segment, profile_id)
		WHERE m IS NULL OR h IS NULL}), '0', "$what: members are those of the history");
	is($other->safe_psql($database, qq{DO \$\$ BEGIN PERFORM segments.changes_since('many', '$cursor'); RAISE 'no error'; EXCEPTION WHEN object_not_in_prerequisite_state THEN END \$\$}),
		'', "$what: cursors of the original raise");
	is($other->safe_psql($database, q{SELECT count(*) FROM segments.changes_since('many') WHERE run_id >= (SELECT run_id FROM segments.changed_segment WHERE segment = 'many')}) > 0, 1,
		"$what: and its own go on");
	return;
}

sub is_restored
{
	my ($other, $database, $what) = @_;
	has_history($other, $database, $what);
	$other->safe_psql($database, q{SET client_min_messages = error; CALL segments.refresh(); SELECT segments.run_segment('changed')});
	goes_on($other, $database, $what);
	for my $question ('segments.profiles(set)', 'set & segments.members(name)', 'set @> segments.members(name)', q{set | segments.segment_eval('all')})
	{
		is($other->safe_psql($database, qq{DO \$\$ BEGIN PERFORM $question FROM stored; RAISE 'no error'; EXCEPTION WHEN object_not_in_prerequisite_state THEN END \$\$}), '',
			"$what: a stored set names nobody else ($question)");
	}
	is($other->safe_psql($database, q{SELECT bool_and(set = bytes::segments.profile_set AND set::bytea = bytes) FROM stored}), 't', "$what: but has the members it had");
	is($other->safe_psql($database, $state), $before, "$what: the first refresh gives what was there");
	is_whole($other, $database, "$what: the first refresh is exact");
	write_rows($other, $database, 3);
	$other->safe_psql($database, 'SET client_min_messages = error; CALL segments.refresh()');
	is_whole($other, $database, "$what: the second refresh is exact");
	return;
}

my $dump = $server->backup_dir . '.dump';
$server->command_ok([ 'pg_dump', '--no-sync', '--format', 'custom', '--file', $dump, 'postgres' ], 'the database is dumped');
$server->safe_psql('postgres', 'CREATE DATABASE restored');
# Tables of the extension come in any order where pg_restore has several jobs: here in the reverse of the usual one.
my ($toc) = run_command([ 'pg_restore', '--list', $dump ]);
my @entries = grep { !/^;/ } split /\n/, $toc;
my @data = reverse grep { / TABLE DATA / } @entries;
my $list = $server->backup_dir . '.list';
append_to_file($list, join "\n", map { / TABLE DATA / ? shift @data : $_ } @entries);
$server->command_ok([ 'pg_restore', '--exit-on-error', '--use-list', $list, '--dbname', 'restored', $dump ], 'restored into the same server');
is_restored($server, 'restored', 'same server');

my $other = PostgreSQL::Test::Cluster->new('restored');
$other->init;
$other->start;
$other->safe_psql('postgres', 'CREATE ROLE reader; CREATE DATABASE restored');
$other->command_ok([ 'pg_restore', '--exit-on-error', '--jobs', 2, '--dbname', 'restored', $dump ], 'restored into another server');
cmp_ok($other->safe_psql('restored', 'SELECT pg_current_xact_id()'), '<', 3000, 'whose transactions have lower numbers');
is_restored($other, 'restored', 'another server');
# Until the transactions of the other server reach the numbers in the dump.
$other->safe_psql('restored', "DO \$\$ BEGIN FOR i IN 1 .. 4000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END \$\$");
write_rows($other, 'restored', 4);
$other->safe_psql('restored', 'SET client_min_messages = error; CALL segments.refresh()');
is_whole($other, 'restored', 'another server: nothing counts twice when its transactions come by the numbers in the dump');
$other->stop;

# pg_upgrade: transactions go on, and so does what is derived.  Some rows are not in the last refresh.
# It loads libraries by the name that functions have.  PostgreSQL 18 finds one of $libdir elsewhere when functions are called, but not for LOAD.
$server->safe_psql('postgres', q{UPDATE pg_proc SET probin = 'segments' WHERE probin = '$libdir/segments'})
	if $server->psql('postgres', q{LOAD '$libdir/segments'}) != 0;
write_rows($server, 'postgres', 5);
$server->safe_psql('postgres', 'CALL segments.refresh()');
$before = $server->safe_psql('postgres', $state);
# Columns of whose values planner statistics keep none.
my $unsampled = q{SELECT relname, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
	WHERE relnamespace = 'segments'::regnamespace AND attnum > 0 AND attstattarget = 0 ORDER BY 1, 2};
my $unsampled_before = $server->safe_psql('postgres', $unsampled);
like($unsampled_before, qr/^history_profile\|profile_id$/m, 'ids of profiles are not sampled');
my $published = $server->safe_psql('postgres', 'SELECT refresh_id FROM segments.published');
write_rows($server, 'postgres', 6);
$server->safe_psql('postgres', q{SELECT segments.set_refresh_schedule('daily at 00:00'); DROP DATABASE restored});
$server->stop;
my $upgraded = PostgreSQL::Test::Cluster->new('upgraded');
$upgraded->init;
$upgraded->append_conf('postgresql.conf', "shared_preload_libraries = 'segments'\nsegments.naptime = '200ms'\n");
my $programs = $server->config_data('--bindir');
chdir PostgreSQL::Test::Utils::tempdir();
command_ok(
	[
		'pg_upgrade', '--no-sync', '--old-datadir', $server->data_dir, '--new-datadir', $upgraded->data_dir,
		'--old-bindir', $programs, '--new-bindir', $programs, '--socketdir', $server->host,
		'--old-port', $server->port, '--new-port', $upgraded->port ],
	'pg_upgrade takes the cluster along') or do {
	my @logs = glob($upgraded->data_dir . '/pg_upgrade_output.d/*/log/* ' . $upgraded->data_dir . '/pg_upgrade_output.d/*/*.txt');
	diag("$_:\n" . substr(slurp_file($_), -2000)) for @logs;
};
# Evaluated before anything is refreshed.
$upgraded->append_conf('postgresql.conf', 'segments.worker = off');
$upgraded->start;
is($upgraded->safe_psql('postgres', $state), $before, 'upgraded: what was derived is still there');
is($upgraded->safe_psql('postgres', $stored_are_valid), 't', 'upgraded: stored sets name whom they named');
is($upgraded->safe_psql('postgres', "SELECT count(*) >= 0 FROM segments.changes_since('many', '$cursor')"), 't', 'upgraded: cursors go on');
is($upgraded->safe_psql('postgres', $unsampled), $unsampled_before, 'upgraded: what was not sampled is not');
is($upgraded->safe_psql('postgres', 'SELECT refresh_id FROM segments.published'), $published, 'upgraded: nothing was refreshed meanwhile');
$upgraded->safe_psql('postgres', 'CALL segments.refresh()');
is_whole($upgraded, 'postgres', 'upgraded: the next refresh has the rows before the upgrade');
write_rows($upgraded, 'postgres', 7);
$upgraded->safe_psql('postgres', 'CALL segments.refresh()');
is_whole($upgraded, 'postgres', 'upgraded: and then those after it');
# The first refresh meets other triggers than the ones it knows, so it reads every table whole: once.
is($upgraded->safe_psql('postgres', q{SELECT rows_added < 4000 FROM segments.refresh ORDER BY refresh_id DESC LIMIT 1}), 't',
	'upgraded: of which it reads no more');
$upgraded->stop;
$server->stop;

done_testing();

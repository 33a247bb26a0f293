# A refresh that runs out of room for its files fails clearly, the old state stays, and with room again it completes.
# The room is the limit of a file's size (RLIMIT_FSIZE), set for the running server: it needs no privileges and no disk of its own.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'prlimit is not there' if system('prlimit --version > /dev/null 2>&1') != 0;

my $megabyte = 1048576;
my $server = PostgreSQL::Test::Cluster->new('disk_full');
# Segments of WAL stay below the limits: to run out of room for WAL is the server's own affair.
$server->init(extra => ['--wal-segsize=1']);
$server->append_conf('postgresql.conf', "autovacuum = off\nshared_buffers = 16MB\nmin_wal_size = 2MB\nmax_wal_size = 64MB");
$server->start;

sub sql { return $server->safe_psql('postgres', $_[0]); }

# New sessions of the server get it.
sub limit_files {
	my ($bytes) = @_;
	my ($postmaster) = slurp_file($server->data_dir . '/postmaster.pid') =~ /^(\d+)/;
	system('prlimit', '--pid', $postmaster, "--fsize=$bytes:") == 0 or die 'prlimit failed';
}

sub refresh {
	my ($out, $err);
	my $status = $server->psql('postgres', "\\set VERBOSITY verbose\nCALL segments.refresh();", stdout => \$out, stderr => \$err);
	return $status == 0 ? '' : $err;
}

my $question = q{SELECT segments.segment_count('Event where label contains ''1'' at least 2', '2027-01-01')};
my $truth = q{SELECT count(*) FROM (SELECT profile_id FROM event JOIN mapping USING (record_id) WHERE label LIKE '%1%'
	GROUP BY profile_id HAVING count(*) >= 2) p};
my $published = q{SELECT (SELECT refresh_id FROM segments.published), (SELECT count(*) FROM segments.fragment),
	(SELECT count(*) FROM segments.record), (SELECT count(*) FROM segments.tile), (SELECT count(*) FROM segments.membership),
	(SELECT count(*) FROM segments.change_log), (SELECT member_count FROM segments.segment_state)};

sql(q{
	CREATE EXTENSION segments;
	CREATE TABLE event (record_id text, occurred_at timestamptz, label text, noise float8);
	SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id');
	CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text NOT NULL);
	SELECT segments.register_unification('mapping', record_type => 'contact');
	INSERT INTO mapping SELECT n, 'p' || n / 2 FROM generate_series(1, 1000) n;
	INSERT INTO event SELECT n % 1200, '2026-01-01'::timestamptz + n * interval '1 min', 'label ' || n % 50, n / 7.0 FROM generate_series(1, 5000) n;
	CALL segments.refresh();
	SELECT segments.create_segment('saved', $$Event where label = 'label 7'$$);
	INSERT INTO mapping SELECT n, 'p' || n / 2 FROM generate_series(1001, 40000) n;
	INSERT INTO event SELECT 1 + n % 50000, '2026-02-01'::timestamptz + n * interval '1 min', 'label ' || n % 5000, sqrt(n) FROM generate_series(1, 250000) n;
	UPDATE event SET label = 'changed' WHERE record_id = '17';
	DELETE FROM event WHERE record_id = '18';
	CHECKPOINT;});
my $old_answer = sql($question);
my $old_state = sql($published);

# With less room and with more, so that it ends in different phases.
my $failures = 0;
my %relations;
for my $room (1.5, 2, 3, 4, 5, 6) {
	limit_files($room * $megabyte);
	my $error = refresh();
	last if $error eq '';
	++$failures;
	# What a failed one leaves behind is dead, and would fill the file.
	limit_files('unlimited');
	sql('VACUUM');
	like($error, qr/ERROR:\s+\w{5}: could not (extend|write|create).*(File too large|No space left)/s, "with $room MiB it says what it lacks");
	my ($file) = $error =~ m{file "base/\d+/(\d+)};
	my $relation = sql("SELECT pg_filenode_relation(0, $file)");
	$relations{$relation} = 1;
	note("$relation: " . ($error =~ /(ERROR.*)/)[0]);
	is(sql($published), $old_state, "with $room MiB it leaves the old state");
	is(sql($question), $old_answer, "with $room MiB the old state answers");
	is(sql(q{SELECT count(DISTINCT profile_id) = (SELECT member_count FROM segments.segment_state) FROM segments.member}), 't',
		"with $room MiB the members stay");
}
cmp_ok($failures, '>=', 3, 'the room was too small several times');
cmp_ok(scalar keys %relations, '>=', 2, 'for several tables');

# Room again, for good; a restart in between changes nothing.
limit_files('unlimited');
$server->restart;
is(refresh(), '', 'with room it completes');
is(sql($question), sql($truth), 'and equals plain SQL');
is(sql(q{SELECT count(*) FROM segments.change_log}), '0', 'no change waits any more');
isnt(sql($question), $old_answer, 'it is another answer than before');
is(sql(q{SELECT segments.cardinality(segments.members('saved'))}),
	sql(q{SELECT count(DISTINCT profile_id) FROM event JOIN mapping USING (record_id) WHERE label = 'label 7'}), 'the saved segment was run');
is(refresh(), '', 'and another one');
$server->stop;
done_testing();

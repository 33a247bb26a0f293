# A block of rows that no memory of one value can hold (four texts of 270 MB) freezes its type only; the others go on, and it thaws.
use strict;
use warnings;
use File::Path ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# In kB: the rows are of 1.1 GB, and are written, logged, read and copied.
my ($memory_needed, $disk_needed) = (6_000_000, 8_000_000);
sub memory_available {
	open my $file, '<', '/proc/meminfo' or return 0;
	while (<$file>) { return $1 if /^MemAvailable:\s+(\d+) kB/; }
	return 0;
}
sub disk_available {
	my ($line) = (split /\n/, `df -Pk '$PostgreSQL::Test::Utils::tmp_check'`)[1];
	return (split ' ', $line // '')[3] // 0;
}
plan skip_all => 'less than ' . int($memory_needed / 1e6) . ' GB of memory are available' if memory_available() < $memory_needed;
plan skip_all => 'less than ' . int($disk_needed / 1e6) . ' GB of disk are available' if disk_available() < $disk_needed;

my $server = PostgreSQL::Test::Cluster->new('giant_block');
$server->init;
$server->append_conf('postgresql.conf', "autovacuum = off\nmax_wal_size = 512MB\nwal_level = minimal\nmax_wal_senders = 0");
$server->start;
sub sql { return $server->safe_psql('postgres', $_[0]); }

sql(q{
	CREATE EXTENSION segments;
	CREATE TABLE giant (record_id text, occurred_at timestamptz, label text);
	ALTER TABLE giant ALTER label SET STORAGE EXTERNAL;
	CREATE TABLE opened (record_id text, occurred_at timestamptz);
	CREATE TABLE mapping (record_id text, profile_id text);
	SELECT segments.register_interaction('giant', 'Giant', 'occurred_at', 'record_id');
	SELECT segments.register_interaction('opened', 'Opened', 'occurred_at', 'record_id');
	SELECT segments.register_unification('mapping', record_type => 'contact');
	INSERT INTO mapping SELECT 'r' || n, 'p' || n FROM generate_series(1, 9) n;
	INSERT INTO giant VALUES ('r9', '2026-01-01', 'small');
	INSERT INTO opened VALUES ('r1', '2026-01-01');
	CALL segments.refresh();
	SELECT segments.create_segment('giants', 'Giant'), segments.create_segment('openers', 'Opened');
	INSERT INTO giant SELECT 'r' || n, '2026-01-01', repeat(chr(64 + n), 270000000) FROM generate_series(1, 4) n;
	INSERT INTO opened VALUES ('r5', '2026-01-01');
});
my ($out, $err);
is($server->psql('postgres', 'CALL segments.refresh(); SELECT pg_backend_pid()', stdout => \$out, stderr => \$err), 0, 'a refresh ends');
like($err, qr/WARNING:  interaction type "Giant" is frozen: /, 'it warns of the type');
is(sql('SELECT frozen FROM segments.refresh_status'), '{Giant}', 'which is frozen');
note(sql(q{SELECT part_sqlstate, part_reason FROM segments.refresh_log WHERE is_published AND part_name = 'Giant'}));
like(sql(q{SELECT part_sqlstate FROM segments.refresh_log WHERE is_published AND part_name = 'Giant'}), qr/^(54000|53200)$/, 'for a limit');
is(sql(q{SELECT segments.segment_count('Opened') = count(DISTINCT record_id) FROM opened}), 't', 'the other one goes on');
is(sql(q{SELECT name, state, members FROM segments.segment_overview ORDER BY name}), "giants|frozen|1\nopeners|successful|2", 'and segments likewise');

sql(q{DELETE FROM giant WHERE record_id IN ('r2', 'r3', 'r4'); UPDATE giant SET label = 'shorter' WHERE record_id = 'r1'; CALL segments.refresh();});
is(sql('SELECT frozen FROM segments.refresh_status'), '{}', 'without the texts it thaws');
is(sql(q{SELECT segments.segment_count('Giant'), segments.segment_count('Giant where label = ''shorter'''), (SELECT count(*) FROM segments.change_log)}), '2|1|0', 'and is exact');
$server->stop;
done_testing();

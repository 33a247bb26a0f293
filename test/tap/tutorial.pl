# doc/tutorial.md can be pasted: each statement runs, and answers what stands below it.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $page = slurp_file("$FindBin::Bin/doc/tutorial.md");
my @blocks = $page =~ /^```(\w*)\n(.*?)^```$/gms;
my @statements;    # [SQL, what it answers or undef]
while (my ($kind, $text) = splice @blocks, 0, 2) {
	if ($kind eq 'sql') { push @statements, [ $text, undef ]; }
	else { $statements[-1][1] = $text; }
}
cmp_ok(scalar @statements, '>', 3, 'the tutorial has statements');

my $server = PostgreSQL::Test::Cluster->new('tutorial');
$server->init;
$server->start;
foreach my $statement (@statements) {
	my ($sql, $expected) = @$statement;
	my ($title) = $sql =~ /([^\n]{1,60})/;
	my ($stdout, $stderr);
	# The server's own psql prints rows aligned, as whoever pastes sees them.
	my $ended = run_log([ 'psql', '--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '-d', $server->connstr('postgres'), '-f', '-' ],
		'<', \$sql, '>', \$stdout, '2>', \$stderr);
	ok($ended, "runs: $title") or diag($stderr);
	is($stdout, $expected, "answers: $title") if defined $expected;
}
$server->stop;
done_testing();

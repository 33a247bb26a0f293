# A postmaster that is killed, and started again as soon as what it left behind has ended.
package KilledServer;
use strict;
use warnings;
use Exporter 'import';
use Time::HiRes qw(usleep);

our @EXPORT = qw(kill_postmaster start_again);

sub kill_postmaster
{
	my ($server) = @_;
	my $process = $server->{_pid};
	$server->kill9;
	for (1 .. 600)
	{
		return if kill(0, $process) == 0;
		usleep(100_000);
	}
	die "the postmaster $process does not end";
}

# A backend ends when it next talks to its client; until then it holds the shared memory.
sub start_again
{
	my ($server) = @_;
	for (1 .. 600)
	{
		return if $server->start(fail_ok => 1);
		usleep(100_000);
	}
	die 'the server does not start';
}

1;

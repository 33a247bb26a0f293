# A session of psql that goes on while the test does something else: what it is sent runs when its time has come, and says when it is done.
package PsqlSession;
use strict;
use warnings;
use IPC::Run ();
use PostgreSQL::Test::Utils;
use Time::HiRes qw(usleep);

sub new
{
	my ($class, $server, $database) = @_;
	my $self = bless { in => '', out => '', err => '' }, $class;
	$self->{run} = IPC::Run::start(['psql', '-XAtq', '-d', $server->connstr($database // 'postgres'), '-f', '-'],
		'<', \$self->{in}, '>', \$self->{out}, '2>', \$self->{err}, IPC::Run::timeout(40 * $PostgreSQL::Test::Utils::timeout_default));
	($self->{pid}) = $self->ask('SELECT pg_backend_pid();') =~ /(\d+)/;
	$self->{pid} = int($self->{pid});
	return $self;
}

# The process of the server.
sub pid { return $_[0]->{pid} }
# What the last statements have said so far.
sub out { return $_[0]->{out} }
sub err { return $_[0]->{err} }
sub is_done { return $_[0]->{out} =~ /^done\n/m && $_[0]->{err} =~ /^done\n/m }

# Sends statements, each with its semicolon, and does not wait.
sub send
{
	my ($self, $statements) = @_;
	@$self{qw(out err)} = ('', '');
	$self->{in} .= "$statements\n\\echo done\n\\warn done\n";
	$self->{run}->pump_nb;
	return;
}

# Looks for what has come in the meantime.
sub look
{
	my ($self) = @_;
	usleep(300);
	$self->{run}->pump_nb;
	return;
}

sub wait
{
	my ($self) = @_;
	$self->{run}->pump until $self->is_done;
	return $self->{out};
}

sub ask
{
	my ($self, $statements) = @_;
	$self->send($statements);
	return $self->wait;
}

sub quit
{
	my ($self) = @_;
	$self->{in} .= "\\q\n";
	$self->{run}->finish;
	return;
}

1;

# A subscriber of logical replication refreshes from what the apply worker writes: stamps are its own, and its row triggers fire.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $publisher = PostgreSQL::Test::Cluster->new('publisher');
$publisher->init(allows_streaming => 'logical');
$publisher->start;
my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init;
$subscriber->start;

sub on_publisher  { return $publisher->safe_psql('postgres', $_[0]); }
sub on_subscriber { return $subscriber->safe_psql('postgres', $_[0]); }

my $tables = q{
	CREATE TABLE event (id int PRIMARY KEY, record_id int, occurred_at timestamptz, color text);
	CREATE TABLE mapping (record_id int PRIMARY KEY, profile_id int);
};
on_publisher($tables . q{
	INSERT INTO mapping SELECT i, i / 2 FROM generate_series(1, 100) AS i;
	INSERT INTO event SELECT i, i % 100 + 1, '2026-01-01'::timestamptz + i * interval '1 minute', (ARRAY['red', 'blue'])[i % 2 + 1]
	FROM generate_series(1, 500) AS i;
	CREATE PUBLICATION everything FOR TABLE event, mapping;
});
my $address = $publisher->connstr('postgres') =~ s{'}{''}gr;
on_subscriber($tables . qq{
	CREATE EXTENSION segments;
	SELECT segments.register_interaction('event', 'Event', 'occurred_at', 'record_id');
	SELECT segments.register_unification('mapping');
	CREATE SUBSCRIPTION everything CONNECTION '$address' PUBLICATION everything;
});
$subscriber->wait_for_subscription_sync($publisher, 'everything');

# Each row: the definition's count, and the same by plain SQL.
sub is_exact
{
	my ($what) = @_;
	on_subscriber('CALL segments.refresh()');
	my $counts = on_subscriber(q{
		SELECT segments.segment_count('Event'), segments.segment_count($$ Event where color = 'red' at least 3 times $$);
	});
	my $expected = on_subscriber(q{
		SELECT (SELECT count(DISTINCT profile_id) FROM event JOIN mapping USING (record_id)),
		       (SELECT count(*) FROM (SELECT FROM event JOIN mapping USING (record_id) WHERE color = 'red'
		                              GROUP BY profile_id HAVING count(*) >= 3) AS few);
	});
	is($counts, $expected, "$what: counts are those of plain SQL");
	is(on_subscriber(q{SELECT total FROM segments.interaction_catalog WHERE name = 'Event'}),
		on_subscriber('SELECT count(*) FROM event'), "$what: every row counts once");
	return;
}

is_exact('first copy');
on_publisher(q{INSERT INTO event SELECT i, i % 7 + 1, '2026-02-01', 'red' FROM generate_series(1001, 1050) AS i});
$publisher->wait_for_catchup('everything');
is_exact('replicated inserts');
my $read_whole = on_subscriber(q{SELECT rows_added FROM segments.refresh ORDER BY refresh_id DESC LIMIT 1});
is($read_whole, 50, 'only the new rows were read');
on_publisher(q{
	UPDATE event SET color = 'blue' WHERE id % 3 = 0;
	DELETE FROM event WHERE id % 5 = 0;
	DELETE FROM mapping WHERE record_id BETWEEN 10 AND 20;
});
$publisher->wait_for_catchup('everything');
is_exact('replicated updates and deletes');
on_publisher(q{TRUNCATE event; INSERT INTO event VALUES (1, 30, '2026-03-01', 'red')});
$publisher->wait_for_catchup('everything');
is_exact('replicated truncate');

$subscriber->stop;
$publisher->stop;
done_testing();

# What an amount of money in a definition means is fixed when it is saved, by the monetary locale of that session.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Locales of the test's own, so that it depends on none that are installed.
my $folder = PostgreSQL::Test::Utils::tempdir;
for my $locale ('de_DE', 'en_US', 'ja_JP') {
	plan skip_all => "localedef cannot make $locale (package locales)"
	  if system("localedef -i $locale -f UTF-8 $folder/$locale.utf8 > /dev/null 2>&1") != 0;
}
$ENV{LOCPATH} = $folder;
my $server = PostgreSQL::Test::Cluster->new('money_locales');
$server->init;
$server->start;
sub sql { return $server->safe_psql('postgres', $_[0]); }

is(sql(q{SET lc_monetary = 'de_DE.utf8'; SELECT '1.234,50 €'::money}), '1.234,50 €', 'the server has them');
sql(q{
	CREATE EXTENSION segments;
	SET lc_monetary = 'en_US.utf8';
	CREATE TABLE bought (record_id text, at timestamptz, price money);
	CREATE TABLE mapping (record_id text PRIMARY KEY, profile_id text);
	SELECT segments.register_interaction('bought', 'Bought', 'at', 'record_id');
	SELECT segments.register_unification('mapping', record_type => 'contact');
	INSERT INTO mapping SELECT n, 'p' || n FROM generate_series(1, 100) n;
	INSERT INTO bought SELECT n, '2026-01-01', (n * 50.25)::numeric::money FROM generate_series(1, 100) n;
	CALL segments.refresh();
});

# As SQL reads the literal in the same session.
my %literals = ('en_US.utf8' => '$1,234.50', 'de_DE.utf8' => '1.234,50 €', 'ja_JP.utf8' => '￥123450', 'C' => '1234.50');
for my $locale (sort keys %literals) {
	my $literal = $literals{$locale};
	my $set = "SET lc_monetary = '$locale';";
	my $expected = sql("$set SELECT count(DISTINCT profile_id) FROM bought JOIN mapping USING (record_id) WHERE price > '$literal'");
	cmp_ok($expected, '>', 0, "$locale: SQL reads $literal");
	is(sql("$set SELECT segments.segment_count(\$\$Bought where price > '$literal'\$\$)"), $expected, "$locale: an ad-hoc question is SQL's");
	is(sql("$set SELECT segments.create_segment('$locale', \$\$Bought where price > '$literal'\$\$)"), $expected, "$locale: so is a saved one");
}
my $members = q{SELECT string_agg(name || ' ' || members, ', ' ORDER BY name) FROM segments.segment_overview};
my $before = sql($members);
note($before);
# Whoever runs it.
for my $locale (sort keys %literals) {
	sql("SET lc_monetary = '$locale'; INSERT INTO bought VALUES ('1', '2026-01-02', 0::money); CALL segments.refresh();");
	is(sql($members), $before, "a refresh under $locale changes nothing");
	sql("SET lc_monetary = '$locale'; SELECT segments.run_segment(name) FROM segments.segment_overview");
	is(sql($members), $before, "nor does a run under $locale");
}
# A definition that is changed keeps its locale, as its time zone: amounts are written as in the text that is replaced.
my $changed = sql(q{SET lc_monetary = 'en_US.utf8'; SELECT count(DISTINCT profile_id) FROM bought JOIN mapping USING (record_id) WHERE price > '$2,000.25'});
sql(q{SET lc_monetary = 'de_DE.utf8'; SELECT segments.update_segment('en_US.utf8', $$Bought where price > '$2,000.25'$$)});
is(sql(q{SET lc_monetary = 'C'; CALL segments.refresh(); SELECT members FROM segments.segment_overview WHERE name = 'en_US.utf8'}), $changed, 'a new text is read as the old one was');
my ($out, $err);
$server->psql('postgres', q{\set VERBOSITY verbose
SET lc_monetary = 'de_DE.utf8'; SELECT segments.update_segment('en_US.utf8', $$Bought where price > '2.000,25 €'$$)}, stdout => \$out, stderr => \$err, on_error_stop => 0);
like($err, qr/ERROR:  22P02: .*HINT:  Write a number, such as 12\./s, 'another way to write it is refused');
is(sql(q{SET lc_monetary = 'de_DE.utf8'; SELECT segments.update_segment('en_US.utf8', $$Bought where price > '12'$$)}),
	sql(q{SELECT count(DISTINCT profile_id) FROM bought JOIN mapping USING (record_id) WHERE price > 12::numeric::money}), 'a plain number, as the hint says, is read');
$server->stop;
done_testing();

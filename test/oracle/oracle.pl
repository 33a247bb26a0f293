#!/usr/bin/perl
# One seed of the oracle, on the server that PGHOST leads to:  oracle.pl --seed N [--definitions N] [--show]
# Exit status 0: the extension and SQL agree on every definition.
use strict;
use warnings;
use Encode qw(encode);
use File::Temp;
use FindBin;
use lib $FindBin::Bin;
use Getopt::Long;
use Definition;
use Data;
use Insight;

my ($seed, $definitions, $show) = (1, 40, 0);
GetOptions('seed=i' => \$seed, 'definitions=i' => \$definitions, 'show' => \$show) or exit 2;
my $database = "oracle_$seed";
my @instants = map { "timestamptz '$_'" } ('2026-03-15 10:00:00+00', '2026-03-29 12:00:00+00', '2026-03-31 23:59:59.999999+02', '2026-02-28 06:00:00+00', '2025-10-27 00:30:00+00');
# Clocks of Lord Howe change by half an hour.
my $zone = $seed % 5 == 2 ? 'Australia/Lord_Howe' : 'Europe/Berlin';
push @instants, map { "timestamptz '$_'" } ('2026-04-04 15:10:00+00', '2026-04-05 01:45:00+00', '2026-04-20 10:00:00+00') if $zone eq 'Australia/Lord_Howe';

# Runs SQL; returns its output lines.
sub psql {
    my ($sql, $to) = @_;
    my $file = File::Temp->new(SUFFIX => '.sql');
    print $file encode('UTF-8', $sql);
    close $file;
    my @lines = `psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 -d '$to' -f '$file' 2>&1`;
    my $failed = $?;
    die "seed $seed: psql failed:\n@lines[($#lines > 20 ? $#lines - 20 : 0) .. $#lines]\n" if $failed;
    chomp @lines;
    return @lines;
}

my $settings = "SET client_min_messages = error; SET TimeZone = '$zone';\n";
my $parallel = "SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;\n";

sub question {
    my ($node, $as_of) = @_;
    (my $sql = Definition::sql($node)) =~ s/:as_of/($as_of)/g;
    return sprintf "SELECT oracle.compare(\$d\$%s\$d\$, %s, \$q\$%s\$q\$);", Definition::text($node), $as_of, $sql;
}

# A saved segment, as of its last run.
sub members {
    my ($number, $node) = @_;
    (my $sql = Definition::sql($node)) =~ s/:as_of/((SELECT as_of FROM segments.segment_overview WHERE name = 'saved_$number'))/g;
    return sprintf "SELECT oracle.compare_members('saved_%d', \$q\$%s\$q\$);", $number, $sql;
}

# The smallest variant that still differs.
sub minimise {
    my ($node, $as_of) = @_;
    my $tries = 0;
    SMALLER: while ($tries < 200) {
        for my $variant (Definition::smaller($node)) {
            last SMALLER if ++$tries > 200;
            my ($answer) = psql($settings . question($variant, $as_of), $database);
            if ($answer !~ /^same/) {
                $node = $variant;
                next SMALLER;
            }
        }
        last;
    }
    return $node;
}

srand $seed;
$Data::records = Definition::pick(20, 100, 200, 400);
my @rounds = ([ Data::setup($seed), Insight::setup() ], map { [ Data::change($_) ] } 1 .. 2 + int rand 3);
# An erasure takes rows from who is referred to in them, too; saved members are those of the last run.
$Definition::via = my $saved_via = Definition::chance(0.3);
# Drafts, which are never run; later ones refer to earlier ones.
for my $number (1 .. 4) {
    my $node = Definition::random(Definition::pick(0, 1, 2));
    next if Definition::text($node) =~ /\badded\b/;
    push @Definition::referred, [ "referred_$number", $node ];
    push @{ $rounds[0] }, sprintf "SELECT segments.create_segment('referred_%d', \$d\$%s\$d\$, run => false, state => 'draft');", $number, Definition::text($node);
}
my @saved = grep { Definition::text($_) !~ /\badded\b/ } map { Definition::random(Definition::pick(0, 1, 2)) } 1 .. ($seed % 10 == 0 ? 2 : 6);
push @{ $rounds[0] }, map { sprintf "SELECT segments.create_segment('saved_%d', \$d\$%s\$d\$, run => false);", $_, Definition::text($saved[$_]) } 0 .. $#saved;
$Definition::via = 1;
psql("CREATE DATABASE $database;", 'postgres') unless $show;
my ($asked, $different, $members) = (0, 0, 0);
for my $round (0 .. $#rounds) {
    my $changes = $settings . join("\n", 'TRUNCATE oracle.erased;', @{ $rounds[$round] }, 'CALL segments.refresh();', $saved_via ? () : Data::after()) . "\n";
    $changes =~ s/TRUNCATE oracle.erased;// if $round == 0;
    my @questions;
    for (1 .. $definitions) {
        # The column that a later round adds is not there yet.
        my ($node, $as_of) = (Definition::random(Definition::pick(0, 1, 2, 3)), Definition::pick(@instants));
        redo if $round == 0 && Definition::text($node) =~ /\badded\b/;
        push @questions, [ $node, $as_of ];
    }
    my @insight = Insight::questions(\@saved, \@questions);
    my $asking = $settings . ($seed % 3 == 0 ? $parallel : '') . join("\n", (map { question(@$_) } @questions), (map { members($_, $saved[$_]) } 0 .. $#saved),
        'SELECT oracle.compare_erased();', @insight) . "\n";
    if ($show) {
        print encode('UTF-8', $changes . $asking);
        next;
    }
    psql($changes, $database);
    my @answers = psql($asking, $database);
    die "seed $seed: " . @answers . ' answers to ' . @questions . " questions\n" if @answers != @questions + @saved + @insight;  # of which one answers nothing, and who was erased is asked, too
    for my $i (0 .. $#answers) {
        ++$asked;
        if ($answers[$i] =~ /^same (\d+)/) {
            $members += $1;
            next;
        }
        ++$different;
        if ($i > $#questions) {
            my $other = $i - @questions - @saved;
            my $what = $other == 0 ? 'erased' : $other > 0 ? $insight[$other] : 'saved: ' . Definition::text($saved[ $i - @questions ]);
            print encode('UTF-8', "seed $seed, round $round: $answers[$i]\n  $what\n");
            next;
        }
        my ($node, $as_of) = @{ $questions[$i] };
        print encode('UTF-8', "seed $seed, round $round: $answers[$i]\n  as of $as_of: " . Definition::text($node) . "\n");
        next if $different > 3;
        my $small = minimise($node, $as_of);
        print encode('UTF-8', '  smallest: ' . Definition::text($small) . "\n  " . question($small, $as_of) . "\n");
        open my $kept, '>>', "$FindBin::Bin/kept/seeds" or next;
        print $kept encode('UTF-8', "$seed\t$as_of\t" . Definition::text($small) . "\n");
    }
}
exit 0 if $show;
psql("DROP DATABASE $database;", 'postgres');
print "seed $seed: $asked questions, $different differ, " . int($members / ($asked || 1)) . " members on average\n";
exit($different ? 1 : 0);

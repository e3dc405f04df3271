use strict;
use warnings;
use LWP::UserAgent;
use URI;

my ($url, $way, @arguments) = @ARGV;
my $agent = LWP::UserAgent->new(timeout => 30);

my $response;
if ($way eq 'get') {
    my $uri = URI->new($url);
    $uri->query_form(@arguments);
    $response = $agent->get($uri);
} else {
    my @type = $way eq 'form-data' ? (Content_Type => 'form-data') : ();
    $response = $agent->post($url, \@arguments, @type);
}

print $response->code, "\n";
my $body = $response->content;
my $parameters = URI->new('', 'http');
$parameters->query($body);
my @decoded = $parameters->query_form;
while (my ($name, $value) = splice @decoded, 0, 2) {
    print "$name\t$value\n";
}
print "\n$body";

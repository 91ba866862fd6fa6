# Perl's decoders. Lines `DECODER<TAB>hex of UTF-8` in, `ok<TAB>hex` or `error<TAB>words` out; see decoders.py.
use strict;
use warnings;
use Encode ();
use URI;
use URI::Escape qw(uri_unescape);
use URI::QueryParam;

my %decoders = (    # bytes in, bytes out: what they mean is left to the caller
    'uri_unescape'                => sub { uri_unescape($_[0]) },
    'uri_unescape + strict UTF-8' => sub {
        my $text = Encode::decode('UTF-8', uri_unescape($_[0]), Encode::FB_CROAK);
        return Encode::encode('UTF-8', $text);
    },
    'URI' => sub {
        my $uri = URI->new($_[0]);
        return join ' ', map { $_ // 'undef' } $uri->scheme, $uri->authority, $uri->query;
    },
    'URI->query_param' => sub { scalar URI->new("http://a/?v=$_[0]")->query_param('v') },
);

if (@ARGV) { print "Perl $^V, URI $URI::VERSION\n"; exit }
while (my $line = <STDIN>) {
    chomp $line;
    my ($name, $hexadecimal) = split /\t/, $line, -1;
    my $decoded = eval { $decoders{$name}->(pack 'H*', $hexadecimal) };
    print defined $decoded ? "ok\t" . unpack('H*', $decoded) . "\n" : "error\tdied\n";
}

# Does what systemd does for a service with sockets: keeps them open, starts the program with them, and
# starts it anew after SIGUSR1 (once the old one has ended by SIGTERM). Prints the API's port.
# Usage: keeper.pl PROGRAM ARGUMENT...
use strict;
use warnings;
use Fcntl;
use IO::Socket::INET;
use POSIX ();

my @sockets = map { IO::Socket::INET->new(Listen => 1024, LocalAddr => '127.0.0.1', LocalPort => 0) or die $! } 1 .. 2;
my ($restart, $stop, $child) = (0, 0, 0);
$SIG{USR1} = sub { $restart = 1; kill TERM => $child };
$SIG{TERM} = sub { $stop = 1; kill TERM => $child };
$| = 1;
print $sockets[0]->sockport, "\n";

while (1) {
  $child = fork();
  if ($child == 0) {
    # Out of the way first: a descriptor from 3 on may be another of them.
    my @kept = map { fcntl($_, F_DUPFD, 100) } @sockets;
    POSIX::dup2($kept[$_], 3 + $_) for 0 .. 1;
    @ENV{qw(LISTEN_PID LISTEN_FDS LISTEN_FDNAMES)} = ($$, 2, 'api:dashboard');
    exec @ARGV or die "$ARGV[0]: $!";
  }
  while (waitpid($child, 0) < 0 && $!{EINTR}) { }
  my $code = $? >> 8;
  exit $code if $stop || !$restart;
  die "it ended with $code after SIGTERM\n" if $code != 0;
  $restart = 0;
}

"""A bridge: puts a peer that speaks over pipes behind a socket. Python 3, nothing else.

    python3 bridge.py HOST:PORT COMMAND [ARGUMENT…]        port 0 is any free one

Prints where it listens. Each connection has a process of its own, which ends with it. Nobody who connects is asked who
they are: listen on this computer alone, or in a laboratory's network."""
import os
import signal
import socket
import socketserver
import subprocess
import sys
import threading

class Connection(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "bufsize": 0}
        self.peer = subprocess.Popen(sys.argv[2:], start_new_session=True, **pipes)
        answers = threading.Thread(target=self.answers)
        answers.start()
        self.questions()
        answers.join(timeout=2)  # PPR-8: it ends with its input
        try:
            os.killpg(self.peer.pid, signal.SIGKILL)  # with all that it started
        except OSError:
            pass
        self.peer.wait()
        answers.join()

    def questions(self):
        try:
            while piece := self.request.recv(65536):
                self.peer.stdin.write(piece)
        except OSError:
            pass  # the harness has gone, or the peer
        self.peer.stdin.close()

    def answers(self):
        try:
            while piece := self.peer.stdout.read(65536):
                self.request.sendall(piece)
            self.request.shutdown(socket.SHUT_RDWR)  # the peer has ended: so does the connection
        except OSError:
            pass

class Bridge(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

if __name__ == "__main__":
    host, _, port = sys.argv[1].rpartition(":")
    with Bridge((host, int(port)), Connection) as bridge:
        print("tcp:%s:%d" % bridge.server_address[:2], flush=True)
        bridge.serve_forever()

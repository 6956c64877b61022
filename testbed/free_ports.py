"""Prints one free port of 127.0.0.1 for every name: `free_ports.py a b` prints `a=40001` and `b=40002`."""

import socket
import sys


def main() -> None:
    sockets = [socket.socket() for _ in sys.argv[1:]]  # all open at once, so that no port comes twice
    for name, one in zip(sys.argv[1:], sockets, strict=True):
        one.bind(("127.0.0.1", 0))
        print(f"{name}={one.getsockname()[1]}")


if __name__ == "__main__":
    main()

"""Candidates of kazoo, driven by lines: see `zookeeper-peers.ts`."""

import sys
import threading

from kazoo.client import KazooClient

client = KazooClient(sys.argv[1], timeout=int(sys.argv[2]) / 1000)
client.start()
locks = {}


def say(*words):
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()


def acquire(lock, id):
    lock.acquire()
    say("leads", id)


for line in sys.stdin:
    command, id, *rest = line.split()
    if command == "join":
        # Whoever is named so stands in the queue too: Curator's latches, and ours.
        locks[id] = client.Lock(rest[0], id, extra_lock_patterns=["-latch-"])
        threading.Thread(target=acquire, args=(locks[id], id), daemon=True).start()
    elif command == "leave":
        locks.pop(id).release()
    elif command == "ask":
        say("sees", id, locks[id].contenders()[0])
client.stop()

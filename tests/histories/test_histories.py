"""Histories of eight clients on DynamoDB and SQS, with kills in between, are linearizable; and the check finds seeded faults. `OPERATIONS=100000` for the long run."""
import json
import os
import pathlib
import random
import subprocess
import sys
import threading

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "sdks"))
import programs  # noqa: E402

OPERATIONS = int(os.environ.get("OPERATIONS", "10000"))
SEED = int(os.environ.get("SEED", "1"))


@pytest.fixture(scope="session")
def checker():
    try:
        programs.need("go", "golang")
    except programs.Unavailable as e:
        pytest.skip(str(e))

    def make(folder):
        env = {k: v for k, v in os.environ.items() if k != "GOROOT"}
        programs.run(programs.go_command(), "build", "-buildvcs=false", "-trimpath", "-ldflags=-w", "-o", folder / "histories", ".", cwd=HERE, env=env)
    sources = [os.path.relpath(f, programs.HERE) for f in sorted([*HERE.glob("*.go"), HERE / "go.mod", HERE / "go.sum"])]
    return programs.kept("histories", sources, make) / "histories"


def history(checker, server, workload, kills, *arguments, operations=OPERATIONS):
    """Runs a workload; while it goes on the server is killed and started again. Returns the exit code, what was found and the number of kills."""
    process = subprocess.Popen([checker, "-endpoint", server.url, "-workload", workload, "-ops", str(operations), "-seed", str(SEED), *arguments],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "begun\n", process.stderr.read()
    rest = []
    reader = threading.Thread(target=lambda: rest.extend(process.communicate()))
    reader.start()
    moments, killed = random.Random(SEED), 0
    while kills:
        reader.join(0.05 + moments.random() * 0.25)  # the moment of the crash, not a wait for a condition
        if not reader.is_alive():
            break
        server.kill9()
        server.start()
        killed += 1
    reader.join()
    output, errors = rest
    assert process.returncode in (0, 1, 3), errors
    return process.returncode, json.loads(output), killed


@pytest.mark.parametrize("workload", ["registers", "transactions", "fifo"])
def test_history_is_linearizable(checker, fresh_server, workload):
    code, found, kills = history(checker, fresh_server("--quiet"), workload, kills=True)
    print(found, kills)
    assert kills > 0
    assert found["operations"] >= OPERATIONS
    assert code == 0, found


@pytest.mark.parametrize("workload, bug", [("registers", "stale-read"), ("registers", "lost-condition"), ("transactions", "torn-transaction"),
                                           ("fifo", "reordered-group"), ("fifo", "repeated-message")])
def test_seeded_fault_is_found(checker, fresh_server, workload, bug):
    code, found, _ = history(checker, fresh_server("--quiet"), workload, False, "-bug", bug, operations=4000)
    assert found["seeded"] > 0
    assert code == 1, found

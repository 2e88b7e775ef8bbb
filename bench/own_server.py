"""A server of one's own in a temporary directory, for the measuring programs of this folder."""
import contextlib
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time


@contextlib.contextmanager
def started(binary, port):
    """The running process; it and its data are gone afterwards."""
    work = pathlib.Path(tempfile.mkdtemp(prefix="fogbank-bench-"))
    server = subprocess.Popen([binary, "start", "--port", str(port), "--data", str(work / "data"), "--quiet", "--ready-file", str(work / "ready")],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        for _ in range(400):
            if (work / "ready").exists():
                break
            time.sleep(0.05)
        yield server
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
        shutil.rmtree(work)


def processor_ns(pid):
    return sum(int((task / "schedstat").read_text().split()[0]) for task in pathlib.Path(f"/proc/{pid}/task").iterdir())

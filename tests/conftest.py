"""Shared by all client tests: servers of their own on loopback, and clients that point at them."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("FOGBANK_BUILD") or ROOT / "build/release")
TEST_DATA = pathlib.Path(os.environ.get("FOGBANK_TEST_DATA") or ROOT.parent / "shared/data")
CACHE = pathlib.Path(os.environ.get("FOGBANK_CACHE") or pathlib.Path.home() / ".cache/fogbank")


class Server:
    """One server process with a data directory of its own. Only ends what it started."""

    def __init__(self, *args, binary=None, data=None, env=None):
        self.binary = str(binary or BUILD / "fogbank")
        self.own_data = data is None
        self.data = data or tempfile.mkdtemp(prefix="fogbank-test-")
        self.args = list(args)
        self.env = env or {}
        self.process = None
        self.port = 0
        self.log = pathlib.Path(self.data) / "server.log"

    def start(self, env=None, timeout=20):
        ready = pathlib.Path(self.data) / "ready"
        ready.unlink(missing_ok=True)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([self.binary, "start", "--port", str(self.port), "--data", self.data, "--ready-file", str(ready), *self.args],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **self.env, **(env or {})})
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if ready.exists() and ready.read_text().strip():
                self.port = int(ready.read_text())
                return self
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.005)
        raise RuntimeError("the server did not become ready")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self):
        return self.process.pid

    def kill9(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill9()
                raise RuntimeError("the server did not stop within 15 seconds")

    def close(self):
        try:
            self.stop()
        finally:
            if self.own_data:
                shutil.rmtree(self.data, ignore_errors=True)

    def admin(self, method, path, **parameters):
        """A call of /_fogbank; the decoded JSON."""
        query = urllib.parse.urlencode(parameters)
        token = (pathlib.Path(self.data) / "admin-token").read_text().strip()
        request = urllib.request.Request(f"{self.url}/_fogbank/{path}?{query}", method=method, headers={"X-Fogbank-Token": token})
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.loads(answer.read())

    def rss_kb(self):
        for line in open(f"/proc/{self.pid}/status"):
            if line.startswith("VmRSS"):
                return int(line.split()[1])
        raise RuntimeError("no VmRSS")

    def client(self, service, key="test", secret="test", token=None, region="us-east-1", **config):
        import boto3
        from botocore.config import Config
        settings = dict(retries={"max_attempts": 0}, connect_timeout=5, read_timeout=60)
        settings.update(config)
        session = boto3.session.Session()
        return session.client(service, endpoint_url=self.url, aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token,
                              region_name=region, config=Config(**settings))


@pytest.fixture(scope="session", autouse=True)
def no_real_aws():
    """Nothing of the user's own AWS set-up reaches a test."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            del os.environ[name]
    os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_EC2_METADATA_DISABLED="true")


@pytest.fixture(scope="module")
def server():
    s = Server().start()
    yield s
    s.close()


@pytest.fixture
def endpoint(server):
    return server.url


@pytest.fixture
def fresh_server():
    """A factory of servers that end with the test."""
    made = []

    def make(*args, **options):
        s = Server(*args, **options).start()
        made.append(s)
        return s

    yield make
    for s in made:
        s.close()


def wait_for(condition, timeout=10, what="condition"):
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError(f"{what} did not become true within {timeout} s")

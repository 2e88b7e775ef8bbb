"""Servers with the test service `waiter` (tests/support_service) and a client for it."""
import json
import pathlib
import shutil
import subprocess

import botocore.session
import pytest
from botocore.config import Config

from conftest import BUILD, ROOT, Server

BINARY = BUILD / "fogbank-test-server"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]})


SESSION = botocore.session.Session()     # one: reading the models takes longer than a test
SESSION.get_component("data_loader").search_paths.insert(0, str(ROOT / "tests/support_service/models"))


class WaiterServer(Server):
    def __init__(self, *args, **options):
        super().__init__(*args, binary=BINARY, **options)

    def client(self, service, key="test", secret="test", token=None, connections=10, **config):
        settings = dict(retries={"max_attempts": 0}, connect_timeout=5, read_timeout=120, max_pool_connections=connections)
        settings.update(config)
        return SESSION.create_client(service, endpoint_url=self.url, aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token,
                                     region_name="us-east-1", config=Config(**settings))

    def waiter(self, **options):
        return self.client("waiter", **options)

    def role(self, name="runner", *actions):
        """A role that processes run with; its ARN."""
        iam = self.client("iam")
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        statement = {"Effect": "Allow", "Action": list(actions) or ["waiter:Ping"], "Resource": "*"}
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
        return arn

    def children(self):
        """Processes that this server started, by their parent."""
        found = []
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                state, parent = stat.read_text().rsplit(")", 1)[1].split()[:2]
            except OSError:
                continue
            if int(parent) == self.pid and state != "Z":
                found.append(int(stat.parent.name))
        return found


def why_no_sandbox():
    bwrap = shutil.which("bwrap")
    if not bwrap:
        return "bwrap is not installed"
    run = subprocess.run([bwrap, "--unshare-user", "--unshare-pid", "--unshare-net", "--ro-bind", "/", "/", "true"], capture_output=True, text=True)
    return run.stderr.strip() if run.returncode else None


@pytest.fixture
def waiter_server():
    """A factory; servers end with the test."""
    made = []

    def make(*args, **options):
        s = WaiterServer(*args, **options)
        made.append(s)
        return s.start()

    yield make
    for s in made:
        s.close()


@pytest.fixture
def sandboxes():
    if reason := why_no_sandbox():
        print(f"skipped: sandboxes cannot work here: {reason}")
        pytest.skip(f"sandboxes cannot work here: {reason}")

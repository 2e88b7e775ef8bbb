"""What a hostile function tries through the front door and around it: it is refused or killed, its log says so, and nothing else is disturbed.
(src/services/lambda/runtime/attacks_test.cc has what concerns the sandbox alone.)"""
import base64
import io
import json
import os
import pathlib
import time
import zipfile

import pytest

from conftest import CACHE, wait_for

ACCOUNT = "000000000000"
pytestmark = pytest.mark.skipif(not (CACHE / "lambda/python/ready").exists(), reason="AWS's runtime client for Python is not installed (tools/lambda-runtimes)")

CODE = '''
import json, os, socket, subprocess, sys, time, urllib.request, urllib.error

def tried(f):
    try:
        return f()
    except BaseException as e:
        return type(e).__name__ + ": " + str(e)

def http(path, method="GET", headers={}, data=None, where=None):
    request = urllib.request.Request((where or os.environ["AWS_ENDPOINT_URL"]) + path, method=method, headers=headers, data=data)
    try:
        with urllib.request.urlopen(request, timeout=3) as answer:
            return [answer.status, answer.read().decode()[:300]]
    except urllib.error.HTTPError as e:
        return [e.code, e.read().decode()[:300]]

def handler(event, context):
    what = event["do"]
    if what == "ok":
        return "ok"
    if what == "admin":
        return [tried(lambda: http("/_fogbank/" + p, m, {"X-Fogbank-Token": t})) for p in ("status", "reset", "clock/advance?by=3d") for m in ("GET", "POST") for t in ("", "guess", event["token"])]
    if what == "sign":
        import boto3
        from botocore.config import Config
        out = []
        for key in ("test", "000000000000", "111122223333"):
            client = boto3.client("sts", aws_access_key_id=key, aws_secret_access_key="test", config=Config(retries={"max_attempts": 0}))
            out.append(tried(lambda: client.get_caller_identity()["Arn"]))
        out.append(tried(lambda: boto3.client("sts").get_caller_identity()["Arn"]))
        out.append(tried(lambda: str(boto3.client("s3").list_buckets()["Buckets"])))
        return out
    if what == "host":
        return [tried(lambda: http("/", where=f"http://{a}:{event['port']}")) for a in ("127.0.0.1", "localhost", "[::1]", event["address"], "198.18.213.2")]
    if what == "files":
        return [p for p in event["paths"] if isinstance(tried(lambda: os.stat(p)), os.stat_result)]
    if what == "memory":
        x = bytearray(900 << 20)
        for i in range(0, len(x), 4096): x[i] = 1
    if what == "sleep":
        import signal
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("deaf", flush=True)
        time.sleep(60)
    if what == "exit":
        os._exit(3)
    if what == "other":
        api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
        return [http("00000000-0000-4000-8000-000000000000/response", "POST", data=b"1", where=api), http("next", where=api)]
    if what == "twice":
        api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/" + context.aws_request_id
        print("first", http("/response", "POST", data=b'"first"', where=api), flush=True)
        print("second", http("/response", "POST", data=b'"second"', where=api), flush=True)
'''


def package(text):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("index.py", text)
    return out.getvalue()


class World:
    def __init__(self, server):
        self.server = server
        iam, self.functions, self.logs = server.client("iam"), server.client("lambda", read_timeout=90), server.client("logs")
        trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
        role = iam.create_role(RoleName="attacker", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        writes = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}]}
        iam.put_role_policy(RoleName="attacker", PolicyName="logs", PolicyDocument=json.dumps(writes))
        for name in ("attacker", "neighbour"):
            self.functions.create_function(FunctionName=name, Runtime="python3.11", Handler="index.handler", Role=role, Code={"ZipFile": package(CODE)}, Timeout=20, MemorySize=256)
            self.functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})

    def invoke(self, what, name="attacker", **more):
        answer = self.functions.invoke(FunctionName=name, LogType="Tail", Payload=json.dumps({"do": what, **more}))
        return json.loads(answer["Payload"].read() or b"null"), answer.get("FunctionError"), base64.b64decode(answer.get("LogResult", "")).decode()

    def log(self, name="attacker"):
        events = self.logs.filter_log_events(logGroupName=f"/aws/lambda/{name}").get("events", [])
        return "".join(e["message"] for e in events)


@pytest.fixture(scope="module")
def world(server):
    return World(server)


@pytest.fixture(autouse=True)
def the_neighbour_is_not_disturbed(world):
    yield
    assert world.invoke("ok", "neighbour")[:2] == ("ok", None)


def test_the_admin_interface_is_not_there(world):
    token = (pathlib.Path(world.server.data) / "admin-token").read_text().strip()
    answers, error, _ = world.invoke("admin", token=token)
    assert error is None
    assert all(isinstance(a, list) and a[0] >= 400 for a in answers), answers
    assert world.server.admin("GET", "status")


def test_development_credentials_open_nothing(world):
    answers, error, _ = world.invoke("sign")
    assert error is None
    assert all("InvalidClientTokenId" in a for a in answers[:3]), answers
    assert answers[3] == f"arn:aws:sts::{ACCOUNT}:assumed-role/attacker/attacker"
    assert "AccessDenied" in answers[4]


def test_the_host_is_out_of_reach(world):
    import socket
    address = socket.gethostbyname(socket.gethostname())
    answers, error, _ = world.invoke("host", port=world.server.port, address=address)
    assert error is None
    assert all(isinstance(a, str) for a in answers), answers


def test_the_data_directory_is_out_of_sight(world):
    paths = [world.server.data, str(world.server.log), "/root", "/home", os.path.expanduser("~"), str(CACHE), str(pathlib.Path(__file__).resolve())]
    seen, error, _ = world.invoke("files", paths=paths)
    assert error is None
    assert seen == []


def test_too_much_memory_ends_the_function(world):
    answer, error, tail = world.invoke("memory")
    assert error == "Unhandled"
    assert answer["errorType"] == "Runtime.OutOfMemory"
    assert answer["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")
    assert "Error Type: Runtime.OutOfMemory" in tail


def test_time_is_up_for_a_function_that_ignores_signals(world):
    world.functions.update_function_configuration(FunctionName="attacker", Timeout=2)
    world.functions.get_waiter("function_updated_v2").wait(FunctionName="attacker", WaiterConfig={"Delay": 1})
    world.invoke("ok")
    begun = time.monotonic()
    answer, error, tail = world.invoke("sleep")
    assert error == "Unhandled"
    assert "Task timed out after 2.00 seconds" in answer["errorMessage"]
    assert time.monotonic() - begun < 8
    assert "deaf" in tail and "Status: timeout" in tail
    wait_for(lambda: "Task timed out after 2.00 seconds" in world.log(), what="the log of the time-out")
    world.functions.update_function_configuration(FunctionName="attacker", Timeout=20)
    world.functions.get_waiter("function_updated_v2").wait(FunctionName="attacker", WaiterConfig={"Delay": 1})


def test_an_exit_is_an_error_and_the_next_invocation_begins_anew(world):
    answer, error, tail = world.invoke("exit")
    assert (answer["errorType"], error) == ("Runtime.ExitError", "Unhandled")
    assert "Runtime exited with error: exit status 3" in tail
    assert world.invoke("ok")[0] == "ok"


def test_answers_for_others_and_second_answers_are_refused(world):
    answers, error, _ = world.invoke("other")
    assert error is None
    assert [a[0] for a in answers] == [400, 403]
    assert "InvalidRequestID" in answers[0][1]
    answer, error, _ = world.invoke("twice")
    assert (answer, error) == ("first", None)
    wait_for(lambda: "second [403" in world.log(), what="the refusal of the second answer")


def below(pid):
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *below(int(child))]
    return found


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_no_environment_outlives_a_killed_server(fresh_server):
    server = fresh_server()
    world = World(server)
    assert world.invoke("ok")[0] == "ok"
    assert world.invoke("ok", "neighbour")[0] == "ok"
    processes = below(server.pid)
    assert len(processes) >= 4
    server.kill9()
    wait_for(lambda: not any(alive(p) for p in processes), what="the end of all environments")
    server.start()
    assert world.invoke("ok")[0] == "ok"
    assert world.server.admin("POST", "reset") is not None
    wait_for(lambda: not below(server.pid), what="the end of all environments after a reset")

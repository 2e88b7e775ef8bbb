"""One function in every language that runs here, made with boto3 or the aws CLI: what it is told of itself, its log, its errors in the form that AWS gives them, and
time-outs. README.md says what is in this folder."""
import base64
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

import function_packages
from conftest import wait_for
from function_packages import LANGUAGES, Unavailable
from lambda_support import allow, make_role

ACCOUNT = "000000000000"
LOGGING = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


@pytest.fixture(scope="module")
def world(server):
    """Makes functions of this folder, in whichever language, and remembers them."""
    role = make_role(server, "runner", allow(*LOGGING))
    client = server.client("lambda", read_timeout=90)
    made = set()

    def make(language, suffix="", **more):
        name = f"in-{language}{suffix}"
        if name in made:
            return name
        try:
            settings = LANGUAGES[language]()
        except Unavailable as e:
            print(f"skipped: functions in {language}: {e}")
            pytest.skip(str(e))
        client.create_function(**{"FunctionName": name, "Role": role, "Timeout": 20, "MemorySize": 384, "Environment": {"Variables": {"COLOUR": "grey"}}, **settings, **more})
        client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
        made.add(name)
        return name
    make.client, make.server, make.role = client, server, role
    return make


def invoke(client, name, do, **more):
    answer = client.invoke(FunctionName=name, LogType="Tail", Payload=json.dumps({"do": do}), **more)
    return json.loads(answer["Payload"].read()), answer.get("FunctionError"), base64.b64decode(answer["LogResult"]).decode()


def events_of(server, name):
    logs = server.client("logs")
    try:
        return [e["message"] for e in logs.filter_log_events(logGroupName=f"/aws/lambda/{name}").get("events", [])]
    except logs.exceptions.ResourceNotFoundException:   # it comes with the first lines
        return []


def log_of(server, name):
    return "".join(events_of(server, name))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_function_knows_itself_and_its_log_has_awss_lines(world, language):
    name = world(language)
    first, error, tail = invoke(world.client, name, "well")
    assert error is None, first
    again, _, second_tail = invoke(world.client, name, "again")
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"
    assert (first["calls"], again["calls"]) == (1, 2) and first["stream"] == again["stream"]   # one environment, twice
    assert (first["do"], first["name"], first["version"], first["arn"], int(first["memory"]), first["group"]) == ("well", name, "$LATEST", arn, 384, f"/aws/lambda/{name}")
    assert first["colour"] == "grey" and first["tmp"] is True and 10000 < first["left"] <= 20000
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", first["stream"])
    lines = f"START RequestId: {first['id']} Version: \\$LATEST\n(?:.*\n)*?.*seen well\n(?:.*\n)*?END RequestId: {first['id']}\nREPORT RequestId: {first['id']}\t" \
            r"Duration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 384 MB\tMax Memory Used: \d+ MB\tInit Duration: \d+\.\d\d ms\t\n"
    assert re.search("^INIT_START Runtime Version: .+\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}\n", tail), tail
    assert re.search(lines, tail), tail
    assert "Init Duration" not in second_tail and "INIT_START" not in second_tail
    wait_for(lambda: f"REPORT RequestId: {again['id']}" in log_of(world.server, name), what="the log group has both invocations")
    assert re.search(lines, log_of(world.server, name))
    versioned, _, tail = invoke(world.client, name, "well", Qualifier=world.client.publish_version(FunctionName=name)["Version"])
    assert versioned["version"] == "1" and versioned["arn"] == arn + ":1" and "Version: 1\n" in tail and "[1]" in versioned["stream"]


ERRORS = {
    "python": lambda e: re.fullmatch(UUID, e.pop("requestId")) and e == {
        "errorMessage": "no good", "errorType": "ValueError", "stackTrace": ['  File "/var/task/index.py", line 15, in handler\n    raise ValueError("no good")\n']},
    "node": lambda e: (e["errorType"], e["errorMessage"], e["trace"][0]) == ("TypeError", "no good", "TypeError: no good") and "file:///var/task/index.mjs:9:" in e["trace"][1],
    "java": lambda e: (e["errorMessage"], e["errorType"], e["stackTrace"][0]) == ("no good", "java.lang.IllegalArgumentException", "example.Handler.handleRequest(Handler.java:21)"),
    "go": lambda e: e == {"errorMessage": "no good", "errorType": "noGood"},
    "shell": lambda e: e == {"errorMessage": "no good", "errorType": "Shell.NoGood"},
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_error_of_the_handler_has_the_form_of_its_language(world, language):
    name = world(language)
    error, kind, tail = invoke(world.client, name, "fail")
    assert kind == "Unhandled" and ERRORS[language](error), error
    assert "Status: error" not in tail and re.search(f"END RequestId: {UUID}\nREPORT ", tail)
    assert invoke(world.client, name, "well")[1] is None   # the environment is as good as before


INIT_ERRORS = {
    "python": lambda e: (e["errorType"], e["errorMessage"]) == ("RuntimeError", "broken from the start") and e["stackTrace"][-1].endswith('raise RuntimeError("broken from the start")\n'),
    "node": lambda e: (e["errorType"], e["errorMessage"]) == ("RangeError", "broken from the start") and e["trace"][0] == "RangeError: broken from the start",
    "java": lambda e: "broken from the start" in json.dumps(e),
    "go": lambda e: e["errorType"] == "Runtime.ExitError" and re.fullmatch(f"RequestId: {UUID} Error: Runtime exited with error: exit status 4", e["errorMessage"]),
    "shell": lambda e: e == {"errorMessage": "broken from the start", "errorType": "Shell.Broken"},
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_error_of_the_init_phase_is_tried_twice_and_is_the_answer(world, language):
    name = world(language, "-broken", Environment={"Variables": {"BROKEN": "yes"}})
    error, kind, tail = invoke(world.client, name, "well")
    assert kind == "Unhandled" and INIT_ERRORS[language](error), error
    log = wait_for(lambda: log_of(world.server, name) if "Phase: invoke" in log_of(world.server, name) else None, what="the report of the second init")
    reports = re.findall(r"INIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: (\w+)\tStatus: error\tError Type: (\S+)\n", log)
    assert [phase for phase, _ in reports][:2] == ["init", "invoke"], log


@pytest.mark.parametrize("language", LANGUAGES)
def test_time_is_up_in_every_language(world, language):
    name = world(language, "-slow", Timeout=3)
    assert invoke(world.client, name, "well")[1] is None
    error, kind, tail = invoke(world.client, name, "sleep")
    assert kind == "Unhandled" and re.fullmatch(f"RequestId: {UUID} Error: Task timed out after 3.00 seconds", error["errorMessage"]) and error["errorType"] == "Sandbox.Timedout"
    assert re.search(rf"\d Task timed out|{UUID} Task timed out after 3.00 seconds\n\n", tail) and "Duration: 3000.00 ms\tBilled Duration: 3000 ms" in tail and "\tStatus: timeout\n" in tail
    again, kind, _ = invoke(world.client, name, "well")
    assert kind is None and again["calls"] == 1   # another environment


JSON_LINES = {"python": ("log_level", "WARNING", "careful"), "node": ("level", "WARN", {"careful": True})}


@pytest.mark.parametrize("language", JSON_LINES)
def test_json_logs_are_objects_by_level(world, language):
    name = world(language, "-json", LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "WARN", "SystemLogLevel": "DEBUG"})
    answer, error, _ = invoke(world.client, name, "levels")
    assert error is None
    log = wait_for(lambda: events_of(world.server, name) if "platform.report" in log_of(world.server, name) else None, what="the report")
    records = [json.loads(line) for line in log if line.startswith("{")]
    types = [r["type"] for r in records if "type" in r]
    assert types == ["platform.initStart", "platform.initReport", "platform.start", "platform.runtimeDone", "platform.report"]
    report = records[-1]["record"]
    assert report["requestId"] == answer["id"] and report["status"] == "success" and {"durationMs", "billedDurationMs", "memorySizeMB", "maxMemoryUsedMB", "initDurationMs"} == set(report["metrics"])
    own = [r for r in records if "type" not in r]
    _, level, message = JSON_LINES[language]
    assert len(own) == 1 and own[0]["level"] == level and own[0]["message"] == message and own[0]["requestId"] == answer["id"] and "timestamp" in own[0]
    assert "finer" not in "".join(log)


def test_a_panic_in_go_ends_the_environment_with_its_trace(world):
    name = world("go")
    error, kind, _ = invoke(world.client, name, "panic")
    assert kind == "Unhandled" and (error["errorMessage"], error["errorType"]) == ("all is lost", "string") and error["stackTrace"][0].keys() == {"path", "line", "label"}
    assert invoke(world.client, name, "well")[0]["calls"] == 1


def cli(server):
    beside = os.path.join(os.path.dirname(sys.executable), "aws")
    program = beside if os.path.exists(beside) else shutil.which("aws")
    if not program:
        pytest.skip("the aws CLI is not installed (tests/requirements.txt)")

    def call(*words):
        env = {**os.environ, "AWS_ENDPOINT_URL": server.url, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
        done = subprocess.run([program, *map(str, words)], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout
    return call


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_cli_makes_and_invokes_it(world, language, tmp_path):
    aws = cli(world.server)
    try:
        settings = LANGUAGES[language]()
    except Unavailable as e:
        pytest.skip(str(e))
    (tmp_path / "f.zip").write_bytes(settings["Code"]["ZipFile"])
    (tmp_path / "in.json").write_text(json.dumps({"do": "well"}))
    name = f"cli-{language}"
    aws("lambda", "create-function", "--function-name", name, "--runtime", settings["Runtime"], "--handler", settings["Handler"], "--role", world.role, "--timeout", 20,
        "--memory-size", 384, "--zip-file", f"fileb://{tmp_path}/f.zip", "--environment", "Variables={COLOUR=blue}")
    aws("lambda", "wait", "function-active-v2", "--function-name", name)
    tail = aws("lambda", "invoke", "--function-name", name, "--payload", f"fileb://{tmp_path}/in.json", "--log-type", "Tail", "--query", "LogResult", "--output", "text",
               tmp_path / "out.json")
    out = json.loads((tmp_path / "out.json").read_text())
    assert out["colour"] == "blue" and "seen well" in base64.b64decode(tail).decode()
    aws("lambda", "delete-function", "--function-name", name)


def test_a_layer_carries_a_package_for_python(world):
    """A package as pip lays it out: with a module, data beside it, and its own folder of a version."""
    client = world.client
    files = {"python/fogwords/__init__.py": "import importlib.resources\nfrom .inner import WORD\nDATA = importlib.resources.files(__name__).joinpath('data.txt').read_text()\n",
             "python/fogwords/inner.py": "WORD = 'fog'\n", "python/fogwords/data.txt": "bank", "python/fogwords-1.2.dist-info/METADATA": "Metadata-Version: 2.1\nName: fogwords\nVersion: 1.2\n",
             "lib/note": "in opt"}
    layer = client.publish_layer_version(LayerName="fogwords", Content={"ZipFile": function_packages.zipped(files)}, CompatibleRuntimes=["python3.12"])
    code = "import fogwords, importlib.metadata\ndef handler(e, c): return [fogwords.WORD, fogwords.DATA, fogwords.__file__, importlib.metadata.version('fogwords'), open('/opt/lib/note').read()]\n"
    function_packages.need_client("python")
    client.create_function(FunctionName="with-layer", Runtime="python3.12", Handler="index.handler", Role=world.role, Layers=[layer["LayerVersionArn"]],
                           Code={"ZipFile": function_packages.zipped({"index.py": code})})
    client.get_waiter("function_active_v2").wait(FunctionName="with-layer", WaiterConfig={"Delay": 1})
    answer = json.loads(client.invoke(FunctionName="with-layer")["Payload"].read())
    assert answer == ["fog", "bank", "/opt/python/fogwords/__init__.py", "1.2", "in opt"]

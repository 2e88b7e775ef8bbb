"""Extensions that come in layers: external ones in Python and shell, and one inside the function's own process. Their events, their order, and what their failures do."""
import base64
import json
import re

import pytest

from conftest import wait_for
from function_packages import LANGUAGES, Unavailable, zipped
from lambda_support import allow, make_role

IN_PYTHON = """#!/usr/bin/python3
import json, os, signal, sys, urllib.request
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2020-01-01/extension/"
signal.signal(signal.SIGTERM, signal.SIG_IGN)

def call(path, method="GET", body=None, **headers):
    request = urllib.request.Request(api + path, method=method, data=body and json.dumps(body).encode(), headers={k.replace("_", "-"): v for k, v in headers.items()})
    with urllib.request.urlopen(request) as answer:
        return answer.headers, json.loads(answer.read())

name = os.path.basename(__file__)
headers, about = call("register", "POST", {"events": ["INVOKE", "SHUTDOWN"]}, Lambda_Extension_Name=name, Lambda_Extension_Accept_Feature="accountId")
print(name, "registered", json.dumps(about, sort_keys=True), "handler" in os.environ, os.environ.get("_HANDLER"), os.environ["AWS_LAMBDA_FUNCTION_NAME"], flush=True)
while True:
    _, event = call("event/next", Lambda_Extension_Identifier=headers["Lambda-Extension-Identifier"])
    print(name, "got", json.dumps(event, sort_keys=True), flush=True)
    if event["eventType"] == "SHUTDOWN":
        sys.exit(0)
"""

IN_SHELL = r"""#!/bin/sh
api=http://$AWS_LAMBDA_RUNTIME_API/2020-01-01/extension
curl -sS -D /tmp/shell-head -o /dev/null -H 'Lambda-Extension-Name: watch.sh' -d '{"events":["SHUTDOWN"]}' $api/register
id=$(grep -i '^lambda-extension-identifier' /tmp/shell-head | tr -d '\r' | cut -d' ' -f2)
event=$(curl -sS -H "Lambda-Extension-Identifier: $id" $api/event/next)
echo "watch.sh got $event"
"""

INSIDE = """
import json, os, threading, urllib.request
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2020-01-01/extension/"

def call(path, method="GET", body=None, **headers):
    request = urllib.request.Request(api + path, method=method, data=body, headers={k.replace("_", "-"): v for k, v in headers.items()})
    with urllib.request.urlopen(request) as answer:
        return answer.headers, json.loads(answer.read())

headers, _ = call("register", "POST", b'{"events":["INVOKE"]}', Lambda_Extension_Name="inner")
seen, ready = [], threading.Event()

def listen():
    while True:
        _, event = call("event/next", Lambda_Extension_Identifier=headers["Lambda-Extension-Identifier"])
        seen.append(event["requestId"])
        ready.set()

threading.Thread(target=listen, daemon=True).start()

def handler(event, context):
    ready.wait(5)
    ready.clear()
    return [seen[-1] == context.aws_request_id, len(seen)]
"""


@pytest.fixture(scope="module")
def world(server):
    role = make_role(server, "runner", allow("logs:*"))
    client = server.client("lambda", read_timeout=90)

    def make(name, layer=None, **settings):
        layers = [client.publish_layer_version(LayerName=name, Content={"ZipFile": zipped({f: (t, 0o755) for f, t in layer.items()})})["LayerVersionArn"]] if layer else []
        client.create_function(**{"FunctionName": name, "Role": role, "Timeout": 10, "MemorySize": 256, "Layers": layers, **(settings or LANGUAGES["shell"]())})
        client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
        return name
    make.client, make.server = client, server
    return make


def invoke(client, name, do="well"):
    answer = client.invoke(FunctionName=name, LogType="Tail", Payload=json.dumps({"do": do}))
    return json.loads(answer["Payload"].read()), answer.get("FunctionError"), base64.b64decode(answer["LogResult"]).decode()


def log_of(server, name):
    logs = server.client("logs")
    try:
        return "".join(e["message"] for e in logs.filter_log_events(logGroupName=f"/aws/lambda/{name}").get("events", []))
    except logs.exceptions.ResourceNotFoundException:   # it comes with the first lines
        return ""


def test_external_extensions_receive_their_events(world):
    name = world("extended", {"extensions/watch.py": IN_PYTHON, "extensions/watch.sh": IN_SHELL})
    answer, error, tail = invoke(world.client, name)
    assert error is None, tail
    told = json.loads(re.search(r"watch.py registered (\{.*?\}) False None extended\n", tail).group(1))
    assert told == {"functionName": "extended", "functionVersion": "$LATEST", "handler": "bootstrap", "accountId": "000000000000"}
    assert tail.index("watch.py registered") < tail.index("seen well")
    assert "EXTENSION\tName: watch.py\tState: Ready\tEvents: [INVOKE,SHUTDOWN]\n" in tail and "EXTENSION\tName: watch.sh\tState: Ready\tEvents: [SHUTDOWN]\n" in tail
    event = json.loads(re.search(r"watch.py got (\{.*\})\n", tail).group(1))
    assert event.keys() == {"eventType", "deadlineMs", "requestId", "invokedFunctionArn", "tracing"}
    assert (event["eventType"], event["requestId"], event["invokedFunctionArn"]) == ("INVOKE", answer["id"], answer["arn"]) and event["tracing"]["type"] == "X-Amzn-Trace-Id"
    world.client.update_function_configuration(FunctionName=name, Description="so that the environment is replaced")
    log = wait_for(lambda: log_of(world.server, name) if log_of(world.server, name).count("SHUTDOWN\",") >= 2 else None, what="both extensions are told of the end")
    for who in ("watch.py", "watch.sh"):
        event = json.loads([line for line in log.splitlines() if line.startswith(f"{who} got") and "SHUTDOWN" in line][0].split("got ", 1)[1])
        assert event.keys() == {"eventType", "shutdownReason", "deadlineMs"} and event["shutdownReason"] == "spindown"


def test_after_a_time_out_extensions_hear_of_it(world):
    name = world("late", {"extensions/watch.py": IN_PYTHON}, **{**LANGUAGES["shell"](), "Timeout": 2})
    answer, error, _ = invoke(world.client, name, "sleep")
    assert error == "Unhandled" and answer["errorMessage"].endswith("Task timed out after 2.00 seconds")
    wait_for(lambda: '"shutdownReason": "timeout"' in log_of(world.server, name), what="the extension's SHUTDOWN")


def test_an_extension_that_does_not_register_or_fails_ends_the_init_phase(world):
    api = "api=http://$AWS_LAMBDA_RUNTIME_API/2020-01-01/extension\n"
    register = "curl -sS -D /tmp/h -o /dev/null -H 'Lambda-Extension-Name: bad' -d '{\"events\":[]}' $api/register\nid=$(grep -i '^lambda-extension-identifier' /tmp/h | tr -d '\\r' | cut -d' ' -f2)\n"
    for name, script, kind in (("crash", "exit 3\n", "Extension.Crash"),
                               ("says-so", register + 'curl -sS -d "{}" -H "Lambda-Extension-Identifier: $id" -H "Lambda-Extension-Function-Error-Type: Bad.Config" $api/init/error; sleep 5\n', "Bad.Config")):
        world(name, {"extensions/bad": "#!/bin/sh\n" + api + script})
        answer, error, tail = invoke(world.client, name)
        assert (error, answer["errorType"]) == ("Unhandled", kind), (answer, tail)
    world("not-a-program", {"extensions/bad": "no program"})
    answer, error, _ = invoke(world.client, "not-a-program")
    assert (error, answer["errorType"]) == ("Unhandled", "Extension.LaunchError"), answer


def test_an_extension_inside_the_function_is_told_of_each_invocation(world):
    try:
        settings = LANGUAGES["python"]()
    except Unavailable as e:
        pytest.skip(str(e))
    name = world("inside", **{**settings, "Code": {"ZipFile": zipped({"index.py": INSIDE})}})
    assert [invoke(world.client, name)[0] for _ in range(3)] == [[True, 1], [True, 2], [True, 3]]


def test_the_wrapper_script_of_a_layer_starts_the_runtime(world):
    try:
        settings = LANGUAGES["python"]()
    except Unavailable as e:
        pytest.skip(str(e))
    name = world("wrapped", {"wrapper": '#!/bin/sh\necho "wrapping $1"\nexport COLOUR=wrapped\nexec "$@"\n'}, **{**settings, "Environment": {"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrapper"}}})
    answer, error, tail = invoke(world.client, name)
    assert error is None and answer["colour"] == "wrapped" and "wrapping /" in tail

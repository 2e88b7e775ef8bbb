"""Which interpreter stands for a runtime: what `fogbank doctor`, INIT_START and --strict-runtimes say."""
import base64
import json
import subprocess

import pytest
from botocore.exceptions import ClientError
from conftest import BUILD, CACHE
from lambda_support import allow, make_role, package

pytestmark = pytest.mark.skipif(not (CACHE / "lambda/python/ready").exists(), reason="AWS's runtime client for Python is not installed (tools/lambda-runtimes)")


def doctor(server):
    done = subprocess.run([str(BUILD / "fogbank"), "doctor", "--port", str(server.port)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def versions(server):
    """Of Python: the runtimes that are there as such ("3.12"), and those for which another stands in."""
    of = {name[6:]: text for name, text in doctor(server)["runtimes"].items() if name.startswith("python3.1")}
    exact = [v for v, text in of.items() if text.startswith(f"python {v}.")]
    near = [v for v, text in of.items() if text.startswith("not installed; nearest: python 3.")]
    assert sorted(exact + near) == sorted(of), of
    if not near:
        pytest.skip("every version of Python is installed here")
    return exact, near


def make(server, name, runtime):
    client = server.client("lambda")
    client.create_function(FunctionName=name, Runtime=runtime, Role=make_role(server, name, allow("logs:*")), Handler="index.handler",
                           Code={"ZipFile": package("import sys\ndef handler(e, c): return '%d.%d' % sys.version_info[:2]")})
    return client


def test_doctor_names_interpreters_and_what_stands_for_each_runtime(server, fresh_server):
    said = doctor(server)
    assert [line.split(":")[0] for line in said["functions"]] == ["python", "node", "java"] and said["sandbox"] is True and "memory: " in said["sandbox_bounds"]
    assert said["runtimes"]["provided.al2023"] == "the function's own bootstrap" and said["runtimes"]["ruby3.4"] == "Functions with the runtime ruby3.4 are not run yet."
    assert not any("python 3.6" in text for text in said["runtimes"].values())   # AWS's client is for newer ones
    without = fresh_server(env={"FOGBANK_LAMBDA_RUNTIMES": "/nonexistent"})
    missing = "AWS's runtime client for python is not installed (/nonexistent/python). \"make setup\" installs it."
    assert doctor(without)["runtimes"]["python3.12"] == missing
    client = make(without, "unable", "python3.12")
    assert client.get_function_configuration(FunctionName="unable")["StateReason"] == missing
    with pytest.raises(ClientError, match="AWS's runtime client for python is not installed"):
        client.invoke(FunctionName="unable")


def test_the_nearest_version_stands_in_and_says_so(server):
    exact, near = versions(server)
    answer = make(server, "near", f"python{near[0]}").invoke(FunctionName="near", LogType="Tail")
    ran = json.loads(answer["Payload"].read())
    assert f"INIT_START Runtime Version: python:{near[0]} (not installed here; runs on python {ran}." in base64.b64decode(answer["LogResult"]).decode()
    answer = make(server, "exact", f"python{exact[0]}").invoke(FunctionName="exact", LogType="Tail")
    assert json.loads(answer["Payload"].read()) == exact[0]
    assert f"INIT_START Runtime Version: python:{exact[0]}.v{exact[0]}." in base64.b64decode(answer["LogResult"]).decode()


def test_strict_runtimes_make_such_a_function_fail(server, fresh_server):
    exact, near = versions(server)
    strict = fresh_server("--strict-runtimes")
    client = make(strict, "strict", f"python{near[0]}")
    failed = client.get_function_configuration(FunctionName="strict")
    assert (failed["State"], failed["StateReasonCode"]) == ("Failed", "InvalidRuntime")
    assert failed["StateReason"] == f"The runtime python{near[0]} needs python {near[0]}, which is not installed on this machine." == doctor(strict)["runtimes"][f"python{near[0]}"]
    with pytest.raises(ClientError, match="The function is currently in the following state: Failed"):
        client.invoke(FunctionName="strict")
    client.update_function_configuration(FunctionName="strict", Runtime=f"python{exact[0]}")   # mended
    client.get_waiter("function_updated_v2").wait(FunctionName="strict", WaiterConfig={"Delay": 1})
    assert client.get_function_configuration(FunctionName="strict")["State"] == "Active"
    assert json.loads(client.invoke(FunctionName="strict")["Payload"].read()) == exact[0]

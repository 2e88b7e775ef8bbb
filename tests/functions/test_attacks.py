"""What a hostile function tries, as an attacker would: with system calls by their numbers, links in packages, requests that are hand-written, and much of everything. It is
refused or killed, its log says so, and a neighbour goes on undisturbed. (tests/clients/test_lambda_attacks.py has the plain ways; src/services/lambda/runtime/attacks_test.cc the sandbox.)"""
import base64
import concurrent.futures
import http.server
import io
import json
import os
import pathlib
import re
import socket
import stat
import subprocess
import threading
import time
import zipfile

import pytest
from botocore.exceptions import ClientError

import function_packages
from conftest import CACHE, Server, wait_for
from function_packages import HERE, zipped
from lambda_support import allow, make_role

pytestmark = pytest.mark.skipif(not (CACHE / "lambda/python/ready").exists(), reason="AWS's runtime client for Python is not installed (tools/lambda-runtimes)")
LOGGING = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
CODE = (HERE / "attack.py").read_bytes()


class World:
    def __init__(self, server):
        self.server = server
        self.role = make_role(server, "attacker", allow(*LOGGING))
        self.client = server.client("lambda", read_timeout=120)
        self.make("attacker")
        self.make("neighbour")
        self.invoke("ok", name="neighbour")

    def make(self, name, client=None, **settings):
        client = client or self.client
        client.create_function(**{"FunctionName": name, "Runtime": "python3.11", "Handler": "index.handler", "Role": self.role, "Timeout": 60, "MemorySize": 512,
                                  "Code": {"ZipFile": zipped({"index.py": CODE})}, **settings})
        client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
        return name

    def call(self, name, client=None, **event):
        answer = (client or self.client).invoke(FunctionName=name, LogType="Tail", Payload=json.dumps(event))
        return json.loads(answer["Payload"].read() or b"null"), answer.get("FunctionError"), base64.b64decode(answer.get("LogResult", "")).decode("utf-8", "replace")

    def invoke(self, what, name="attacker", **event):
        answer, error, tail = self.call(name, do=what, **event)
        assert error is None, (answer, tail)
        return answer

    def events(self, name="attacker"):
        out, token = [], {}
        logs = self.server.client("logs")
        while True:
            page = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}", **token)
            out += [e["message"] for e in page["events"]]
            if "nextToken" not in page:
                return out
            token = {"nextToken": page["nextToken"]}


@pytest.fixture(scope="module")
def world(server):
    return World(server)


@pytest.fixture(autouse=True)
def the_neighbour_is_not_disturbed(world):
    """It answers quickly while the attack goes on, and afterwards."""
    worst, stop = [0.0], threading.Event()

    def watch():
        client = world.server.client("lambda")
        while not stop.is_set():
            begun = time.monotonic()
            answer = client.invoke(FunctionName="neighbour", Payload=b'{"do": "ok"}')
            assert answer["Payload"].read() == b'"ok"'
            worst[0] = max(worst[0], time.monotonic() - begun)
            stop.wait(0.05)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch)
        yield
        stop.set()
        watching.result(30)
    assert worst[0] < 5, f"the neighbour waited {worst[0]:.1f} s"


def test_the_kernels_doors_are_shut(world):
    answers = world.invoke("kernel")
    allowed = {k: v for k, v in answers.items() if v == "DONE"}
    assert not allowed, allowed
    for name in ("mount", "unshare user", "clone user", "ptrace", "keyctl", "bpf", "chroot", "setns"):
        assert answers[name] == "EPERM", (name, answers[name])


def test_there_are_no_privileges_to_be_had(world):
    p = world.invoke("privileges")
    assert p["uid"] == 1000 and set(p["caps"]) == {"0" * 16} and p["no_new_privs"] == "1" and p["seccomp"] == "2"
    assert p["setuid copy"] in ("", "1000") and p["su"] and p["userns"] == ""


def test_nothing_but_tmp_can_be_written_and_nothing_of_others_read(world):
    assert world.invoke("writable") in ([], ["/dev/shm"])
    data = pathlib.Path(world.server.data)
    secrets = [str(data), str(data / "admin-token"), str(data / "store.db"), str(world.server.log), f"/proc/{world.server.pid}/environ", f"/proc/{world.server.pid}/fd", "/etc/shadow", "/root", "/home",
               "/var/log", "/proc/kcore", "/proc/kmsg", "/proc/keys", "/dev/mem", "/dev/sda", "/dev/kvm", "/sys", "/run/docker.sock", "/proc/1/environ", "/proc/1/root"]
    for path, (answer,) in world.invoke("files", paths=secrets).items():
        refused = isinstance(answer, str) and re.search("NotFound|Permission|OSError", answer)
        assert refused or answer in ([], ""), (path, answer)
    assert (data / "admin-token").read_text().strip() not in world.invoke("files", paths=["/proc/self/mountinfo"]).__str__()


def test_other_processes_are_neither_seen_nor_harmed(world):
    seen = world.invoke("processes")
    assert seen["count"] <= 3 and not [v for k, v in seen.items() if v == "READ"], seen
    assert world.invoke("ok") == "ok"


def addresses_of_this_machine():
    out = subprocess.run(["ip", "-o", "addr"], capture_output=True, text=True).stdout
    return [a.split("/")[0] for a in re.findall(r"inet6? (\S+)", out)]


class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def test_no_address_leads_to_the_host(world):
    """Services of the host on 127.0.0.1, ::1, every address of it, and abstract sockets: each there for the test, none to be reached."""
    servers, names = [], []
    for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::1")):
        class Server(http.server.HTTPServer):
            address_family = family
        try:
            servers.append(Server((address, 0), Hello))
        except OSError:
            continue   # no IPv6 here
    ports = [s.server_address[1] for s in servers] + [world.server.port]
    threads = [threading.Thread(target=s.serve_forever, daemon=True) for s in servers]
    for t in threads:
        t.start()
    local = socket.socket(socket.AF_UNIX)
    local.bind("\0fogbank-test-abstract-%d" % os.getpid())
    local.listen()
    try:
        own = [a for a in addresses_of_this_machine()]
        ways = [*own, "127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::", "10.0.2.2", "10.0.2.3", "198.18.213.1", "198.18.213.2", "198.18.213.3", "169.254.169.254", "169.254.170.2",
                "192.168.127.254", "172.17.0.1", *["::ffff:" + a for a in own if "." in a]]
        assert world.invoke("reach", addresses=sorted(set(ways)), ports=ports) == []
        assert all("Refused" in a for a in world.invoke("abstract", names=["\0fogbank-test-abstract-%d" % os.getpid(), "\0/tmp/.X11-unix/X0"]))
    finally:
        for s in servers:
            s.shutdown()
            s.server_close()
        local.close()


def test_the_admin_interface_has_no_back_door(world):
    token = (pathlib.Path(world.server.data) / "admin-token").read_text().strip()
    answers = world.invoke("admin", token=token)
    assert not [k for k, v in answers.items() if " 2" in v.split("HTTP/1.1")[-1][:3] or "Error" in v], answers
    assert world.server.admin("GET", "status")["pid"] == world.server.pid


def test_only_its_own_credentials_open_anything(world):
    mine = world.server.client("sts").assume_role(RoleArn=make_role(world.server, "other", allow("*"), trust=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]})), RoleSessionName="session")["Credentials"]
    answers = world.invoke("sign", session=mine["SessionToken"])
    assert answers.pop("own") == "arn:aws:sts::000000000000:assumed-role/attacker/attacker"
    for name, answer in answers.items():
        assert answer in (400, 403) or re.search("InvalidClientTokenId|SignatureDoesNotMatch|ExpiredToken|InvalidToken|UnrecognizedClient", str(answer)), (name, answer)


def test_variables_that_lambda_sets_cannot_be_forged(world):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "_HANDLER"):
        with pytest.raises(ClientError, match="Reserved keys used in this request|failed to satisfy constraint"):
            world.client.update_function_configuration(FunctionName="attacker", Environment={"Variables": {name: "forged"}})


def test_the_runtime_api_takes_no_nonsense(world):
    a = world.invoke("runtime_api")
    for name in ("garbage", "bad length", "two lengths"):
        assert " 400" in a[name] or "Reset" in a[name] or a[name] == "", (name, a[name])
    assert " 431" in a["huge header"] and " 431" in a["many headers"] and " 414" in a["long path"], a
    assert [a[n][0] for n in ("other request", "next", "init error late", "register late", "someone's extension", "huge registration")] == [400, 403, 403, 403, 403, 413], a
    assert a["empty request"][0] in (400, 404) and a["dots"][0] == 404
    assert world.invoke("ok") == "ok"


def test_answers_count_once(world):
    answer, error, _ = world.call("attacker", do="twice")
    assert (answer, error) == ("first", None)
    log = wait_for(lambda: "".join(world.events()) if "error [" in "".join(world.events()) else None, what="the refusals in its log")
    assert "second [403" in log and "error [403" in log and "InvalidStateTransition" in log
    answer, error, _ = world.call("attacker", do="big answer")
    assert error == "Unhandled" and answer["errorType"] == "Function.ResponseSizeTooLarge" and "exceeded maximum allowed payload size" in answer["errorMessage"]


def test_connections_that_are_hoarded_are_its_own_loss(world):
    held = world.invoke("hoard", port=4566, count=900)
    assert held["refused"] >= 300 and held["held"] <= 512, held
    held = world.invoke("hoard", port=9001, count=900)
    assert held["refused"] >= 300, held


def test_the_servers_memory_is_not_to_be_filled(world):
    before = world.server.rss_kb()
    grown = []
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        filling = pool.submit(world.invoke, "fill_server", megabytes=1600)
        while not filling.done():
            grown.append(world.server.rss_kb() - before)
            time.sleep(0.05)
    assert filling.result() >= 200 and max(grown) < 450 << 10, (filling.result(), max(grown))


def test_forged_and_broken_output_stays_in_its_own_log(world):
    world.make("scribbler")
    assert world.invoke("binary", name="scribbler") == "written"
    def whole():
        log = world.events("scribbler")
        return log if any(e.startswith("REPORT") and "forged" not in e for e in log) and sum(e.count("y") for e in log) >= 600 << 10 else None

    log = wait_for(whole, what="the report, and all that was printed")
    assert any("frame that lies" in e for e in log) and any(e.startswith("START RequestId: forged") for e in log)   # as on AWS: it is the function's own log
    assert max(len(e.encode()) for e in log) <= 256 << 10
    assert all(g["logGroupName"].split("/")[-1] in ("attacker", "neighbour", "scribbler") or g for g in world.server.client("logs").describe_log_groups()["logGroups"])


def test_endless_output_is_kept_back_and_never_fills_memory(world):
    world.make("flood", Timeout=8, MemorySize=256)
    before, grown = world.server.rss_kb(), []
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        printing = pool.submit(world.call, "flood", do="print", megabytes=1024)
        while not printing.done():
            grown.append(world.server.rss_kb() - before)
            time.sleep(0.05)
    answer, error, tail = printing.result()
    assert max(grown) < 200 << 10, max(grown)
    assert (error is None and answer == "printed") or answer["errorMessage"].endswith("Task timed out after 8.00 seconds"), answer
    assert "REPORT RequestId" in tail
    world.client.delete_function(FunctionName="flood")
    world.server.client("logs").delete_log_group(logGroupName="/aws/lambda/flood")


def test_files_without_number_end_the_environment(world):
    world.make("hoarder", Timeout=50, MemorySize=1024)
    answer, error, tail = world.call("hoarder", do="inodes", count=3_000_000)
    assert error == "Unhandled" and answer["errorType"] in ("Runtime.ExitError", "Runtime.OutOfMemory"), (answer, error, tail)
    if answer["errorType"] == "Runtime.ExitError":   # where no control group counts the memory that files take
        wait_for(lambda: any("files in /tmp" in e for e in world.events("hoarder")), what="its log says why")


def test_what_it_leaves_behind_stands_still_between_invocations_and_ends_with_it(world):
    world.make("haunted", Timeout=10)
    assert world.invoke("daemon", name="haunted") is True
    time.sleep(1.5)
    beats = world.invoke("beats", name="haunted")
    assert max(b - a for a, b in zip(beats, beats[1:])) > 0.8, "the daemon ran on while nothing was invoked"
    world.client.delete_function(FunctionName="haunted")
    children = lambda: [p for p in below(world.server.pid) if "haunted" in environment(p)]
    wait_for(lambda: not children(), what="the end of what was left behind")


def below(pid):
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *below(int(child))]
    return found


def environment(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/environ").read_text(errors="replace")
    except OSError:
        return ""


def test_no_environment_serves_two(world):
    """Not two functions of the same code and role, not two versions, not two configurations, not two accounts with functions of one name."""
    for name in ("one", "two"):
        world.make(name)
    seen = [world.invoke("who", name=n, mark=n) for n in ("one", "two", "one", "two")]
    assert [s["mark"] for s in seen] == [False, False, "one", "two"]
    version = world.client.publish_version(FunctionName="one")["Version"]
    assert world.invoke("who", name=f"one:{version}", mark="v")["mark"] is False
    world.client.update_function_configuration(FunctionName="one", Environment={"Variables": {"COLOUR": "new"}})
    world.client.get_waiter("function_updated_v2").wait(FunctionName="one", WaiterConfig={"Delay": 1})
    after = world.invoke("who", name="one", mark="c")
    assert after["mark"] is False and after["colour"] == "new"
    iam = world.server.client("iam", "111122223333")
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    foreign = iam.create_role(RoleName="attacker", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    other = world.server.client("lambda", "111122223333")
    world.make("one", other, Role=foreign)
    answer, error, _ = world.call("one", other, do="who", mark="x")
    assert error is None and answer["mark"] is False and answer["arn"] == "arn:aws:sts::111122223333:assumed-role/attacker/one"
    world.client.delete_function(FunctionName="two")
    world.make("two")
    assert world.invoke("who", name="two", mark="again")["mark"] is False


def test_credentials_of_a_long_life_are_renewed():
    s = Server().start()
    try:
        world = World(s)
        first = world.invoke("who", mark="a")
        s.admin("POST", "clock", action="advance", by="8m")
        assert world.invoke("who", mark="b")["mark"] == "a"      # the same environment
        s.admin("POST", "clock", action="advance", by="13h")
        later = world.invoke("who", mark="c")
        assert later["arn"] == first["arn"] and later["stream"] != first["stream"]
    finally:
        s.close()


def zip_with(fill):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        fill(z)
    return out.getvalue()


def entry(z, name, content=b"x", mode=stat.S_IFREG | 0o644):
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr, info.compress_type = 3, mode << 16, zipfile.ZIP_DEFLATED
    z.writestr(info, content)


LINK = stat.S_IFLNK | 0o777


@pytest.mark.parametrize("what", [
    lambda z: entry(z, "../../escape"), lambda z: entry(z, "a/../../escape"), lambda z: entry(z, "/etc/cron.d/x"), lambda z: entry(z, "..\\..\\escape"), lambda z: entry(z, "a/" * 200 + "x"),
    lambda z: entry(z, "n" * 300), lambda z: entry(z, "l", "/etc/passwd", LINK), lambda z: entry(z, "l", "../../../../etc", LINK), lambda z: entry(z, "l", "/opt/../etc", LINK),
    lambda z: entry(z, "l", "/var/task/../../root", LINK), lambda z: (entry(z, "d", "/var/task/x", LINK), entry(z, "d/passwd")), lambda z: (entry(z, "f"), entry(z, "f/below")),
    lambda z: entry(z, "l", "x" * 5000, LINK), lambda z: entry(z, "l", "", LINK)])
def test_packages_stay_in_their_folder(world, what):
    with pytest.raises(ClientError, match="Could not unzip uploaded file"):
        world.client.publish_layer_version(LayerName="evil", Content={"ZipFile": zip_with(what)})


def test_packages_cannot_explode(world):
    small = zip_with(lambda z: [entry(z, f"{i}", b"\0" * (50 << 20)) for i in range(6)])
    with pytest.raises(ClientError, match="Unzipped size must be smaller than 262144000 bytes"):
        world.client.publish_layer_version(LayerName="bomb", Content={"ZipFile": small})
    # The directory says one byte, the entry holds a hundred megabytes.
    liar = bytearray(zip_with(lambda z: [entry(z, f"{i}", b"\0" * (100 << 20)) for i in range(3)]))
    size = (100 << 20).to_bytes(4, "little")
    for at in [m.start() for m in re.finditer(re.escape(size), bytes(liar))]:
        liar[at:at + 4] = (1).to_bytes(4, "little")
    with pytest.raises(ClientError, match="Could not unzip uploaded file|Unzipped size must be smaller"):
        world.client.publish_layer_version(LayerName="bomb", Content={"ZipFile": bytes(liar)})
    unpacked = pathlib.Path(world.server.data) / "lambda/packages"
    assert not [p for p in unpacked.rglob(".new-*")], "something of a refused package is left"


def test_special_files_and_bits_of_a_package_are_plain(world):
    def fill(z):
        entry(z, "index.py", CODE)
        entry(z, "disk", b"x", stat.S_IFBLK | 0o666)
        entry(z, "pipe", b"x", stat.S_IFIFO | 0o666)
        entry(z, "rootsh", b"#!/bin/sh\nid -u\n", stat.S_IFREG | 0o6755)
        entry(z, "inside", "index.py", LINK)
    world.make("special", Code={"ZipFile": zip_with(fill)})
    folder = next(p.parent for p in (pathlib.Path(world.server.data) / "lambda/packages").rglob("rootsh"))
    assert all(stat.S_ISREG((folder / f).lstat().st_mode) and not (folder / f).lstat().st_mode & 0o7000 for f in ("disk", "pipe", "rootsh")) and (folder / "inside").is_symlink()
    assert world.invoke("ok", name="special") == "ok"


def test_links_in_layers_do_not_bring_the_hosts_folders_in(world):
    """The server looks for some folders of a layer to mount them; a link there must not make it mount something of its own."""
    try:
        node = function_packages.node()
    except function_packages.Unavailable as e:
        pytest.skip(str(e))
    source = ("const fs = require('fs');\nexports.handler = async () => ['/var/node_modules', '/opt/extensions', '/opt/nodejs/node_modules'].map(p => "
              "{ try { return fs.readdirSync(p); } catch (e) { return e.code; } });\n")
    for name, target in (("opt", "/opt/python3.11"), ("relative", "../../../../../../root")):
        def fill(z, target=target):
            entry(z, "nodejs/node_modules", target, LINK)
            entry(z, "extensions", target, LINK)
        package = zip_with(fill)
        if name == "relative":
            with pytest.raises(ClientError, match="Could not unzip uploaded file"):
                world.client.publish_layer_version(LayerName=name, Content={"ZipFile": package})
            continue
        layer = world.client.publish_layer_version(LayerName=name, Content={"ZipFile": package})["LayerVersionArn"]
        world.make("linked-" + name, Runtime=node["Runtime"], Code={"ZipFile": zipped({"index.js": source})}, Layers=[layer])
        answer, error, _ = world.call("linked-" + name)
        assert error is None and all(isinstance(a, str) for a in answer), answer

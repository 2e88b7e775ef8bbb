"""Parked calls, sandboxed processes that call back, and epochs."""
import concurrent.futures
import time

import pytest
from botocore.exceptions import ClientError

from conftest import wait_for
from waiter_support import sandboxes, waiter_server  # noqa: F401 (fixtures)

pytestmark = pytest.mark.usefixtures("sandboxes")


def code(error):
    return error.value.response["Error"]["Code"]


def test_a_run_answers_what_its_process_printed_and_got_from_the_server(waiter_server):
    s = waiter_server()
    arn = s.role()
    w = s.waiter()
    out = w.run(RoleArn=arn, Steps=["print:hello", "ping:one", "exit:3"])
    assert out["ExitCode"] == 3
    first, second = out["Output"].splitlines()
    assert first == "hello"
    assert second.startswith("200 ") and '"pong one"' in second and ":assumed-role/runner/" in second
    assert w.count(Counter="pings")["Value"] == 1
    assert w.list_runs()["Runs"] == [{"RunId": out["RunId"], "Status": "ENDED"}]


def test_inside_a_sandbox_development_credentials_and_admin_paths_do_not_work(waiter_server):
    s = waiter_server()
    w = s.waiter()
    output = w.run(RoleArn=s.role(), Steps=["dev", "admin", "ping:after"])["Output"]
    lines = output.splitlines()
    assert lines[0].startswith("403 ") and "security token included in the request is invalid" in lines[0]
    assert lines[1][:4] in ("403 ", "404 ") and "uptime" not in output and "admin token" not in output   # there is no such path in there
    assert lines[-1].startswith("200 ")
    assert w.ping(Message="outside")["Message"] == "pong outside"


def test_a_process_may_do_what_its_role_may(waiter_server):
    s = waiter_server()
    lines = s.waiter().run(RoleArn=s.role("powerless", "sqs:SendMessage"), Steps=["ping:x"])["Output"]
    assert lines.startswith("403 ") and "is not authorized to perform: waiter:Ping" in lines
    with pytest.raises(ClientError) as e:
        s.waiter().run(RoleArn="arn:aws:iam::000000000000:role/none", Steps=["print:x"])
    assert code(e) == "RunFailedException"


def test_limits_end_a_run_with_a_reason(waiter_server):
    s = waiter_server()
    arn, w = s.role(), s.waiter()
    for steps, seconds, reason in ((["sleep:20000"], 1, "too long"), (["hoard:400"], 20, "too much memory"), (["fork:400"], 20, "too many processes")):
        with pytest.raises(ClientError) as e:
            w.run(RoleArn=arn, Steps=steps, TimeoutSeconds=seconds)
        assert code(e) == "RunFailedException" and reason in str(e.value)
    wait_for(lambda: not s.children(), what="no process left")


def test_a_hundred_runs_that_call_back_all_finish_on_four_threads(waiter_server):
    s = waiter_server("--quiet")
    arn = s.role()
    w = s.waiter(connections=100)
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        outs = list(pool.map(lambda i: w.run(RoleArn=arn, Steps=[f"ping:{i}", "sleep:200", f"ping:{i}-again"]), range(100)))
    print(f"100 runs: {time.monotonic() - began:.2f} s, server {s.rss_kb()} KB")
    for i, out in enumerate(outs):
        assert out["ExitCode"] == 0
        assert [f'"pong {i}"' in line or f'"pong {i}-again"' in line for line in out["Output"].splitlines()] == [True, True], out["Output"]
    assert w.count(Counter="pings")["Value"] == 200
    assert s.children() == []
    assert s.admin("GET", "status")["parked"] == 0


def test_more_runs_than_processes_may_run_at_once_all_finish(waiter_server):
    s = waiter_server("--quiet")
    arn = s.role()
    w = s.waiter(connections=200)
    with concurrent.futures.ThreadPoolExecutor(200) as pool:
        outs = list(pool.map(lambda i: w.run(RoleArn=arn, Steps=["ping:x"]), range(200)))
    assert all(o["ExitCode"] == 0 and o["Output"].startswith("200 ") for o in outs)
    assert w.count(Counter="pings")["Value"] == 200


def run_many(s, arn, n):
    """n runs that would take long; futures."""
    w = s.waiter(connections=n)
    pool = concurrent.futures.ThreadPoolExecutor(n)
    futures = [pool.submit(w.run, RoleArn=arn, Steps=["ping:start", "sleep:60000", "ping:late"]) for _ in range(n)]
    probe = s.waiter()
    wait_for(lambda: probe.count(Counter="pings")["Value"] == n, timeout=30, what="all runs started")
    return futures


def assert_all_unavailable(futures):
    for f in concurrent.futures.as_completed(futures, timeout=20):
        with pytest.raises(ClientError) as e:
            f.result()
        assert e.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503, e.value


def test_a_reset_ends_parked_runs_and_their_processes(waiter_server):
    s = waiter_server("--quiet")
    futures = run_many(s, s.role(), 100)
    began = time.monotonic()
    s.admin("POST", "reset")
    print(f"reset under 100 runs: {time.monotonic() - began:.2f} s")
    assert s.children() == []
    assert_all_unavailable(futures)
    w = s.waiter()
    for _ in range(20):
        assert w.list_runs()["Runs"] == [] and w.count(Counter="pings")["Value"] == 0
        time.sleep(0.02)
    out = w.run(RoleArn=s.role(), Steps=["ping:new"])
    assert out["ExitCode"] == 0 and w.count(Counter="pings")["Value"] == 1


def test_loading_a_snapshot_ends_parked_runs_and_brings_back_what_was(waiter_server, tmp_path):
    s = waiter_server("--quiet")
    arn = s.role()
    w = s.waiter()
    before = w.run(RoleArn=arn, Steps=["print:before"])["RunId"]
    s.admin("POST", "snapshot/save", file=str(tmp_path / "snapshot"))
    futures = run_many(s, arn, 100)
    s.admin("POST", "snapshot/load", file=str(tmp_path / "snapshot"))
    assert s.children() == []
    assert_all_unavailable(futures)
    for _ in range(20):
        assert [r["RunId"] for r in w.list_runs()["Runs"]] == [before] and w.count(Counter="pings")["Value"] == 0
        time.sleep(0.02)
    assert w.run(RoleArn=arn, Steps=["ping:new"])["ExitCode"] == 0


def test_a_snapshot_with_a_running_run_runs_it_again_once(waiter_server, tmp_path):
    s = waiter_server("--quiet")
    arn = s.role()
    w = s.waiter()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        f = pool.submit(s.waiter().run, RoleArn=arn, Steps=["ping:x", "sleep:1000", "ping:y"])
        wait_for(lambda: w.count(Counter="pings")["Value"] == 1, what="the run's first ping")
        s.admin("POST", "snapshot/save", file=str(tmp_path / "snapshot"))
        s.admin("POST", "snapshot/load", file=str(tmp_path / "snapshot"))
        assert_all_unavailable([f])
    wait_for(lambda: [r["Status"] for r in w.list_runs()["Runs"]] == ["ENDED"], what="the run of the snapshot ended")
    time.sleep(0.2)
    assert w.count(Counter="pings")["Value"] == 3   # one in the snapshot, two of the run in the new epoch


def test_a_run_goes_on_after_kill_9_and_leaves_no_process_behind(waiter_server):
    s = waiter_server()
    arn = s.role()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        f = pool.submit(s.waiter().run, RoleArn=arn, Steps=["ping:x", "sleep:1000", "ping:y"])
        w = s.waiter()
        wait_for(lambda: w.count(Counter="pings")["Value"] == 1, what="the run's first ping")
        children = s.children()
        assert len(children) == 1
        s.kill9()
        assert f.exception() is not None
    wait_for(lambda: not any(alive(pid) for pid in children), what="the old process ended")
    s.start()
    w = s.waiter()
    wait_for(lambda: [r["Status"] for r in w.list_runs()["Runs"]] == ["ENDED"], what="the run ended after the restart")
    assert w.count(Counter="pings")["Value"] == 3


def alive(pid):
    try:
        return open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_client_that_goes_away_does_not_disturb_its_run(waiter_server):
    s = waiter_server()
    arn = s.role()
    impatient = s.waiter(read_timeout=0.3)
    with pytest.raises(Exception):
        impatient.run(RoleArn=arn, Steps=["sleep:800", "ping:x"])
    w = s.waiter()
    wait_for(lambda: [r["Status"] for r in w.list_runs()["Runs"]] == ["ENDED"], what="the run ended")
    assert s.admin("GET", "status")["parked"] == 0

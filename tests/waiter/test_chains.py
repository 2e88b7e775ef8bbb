"""Effects happen exactly once, wherever the server is killed while a task makes them."""
import pytest
from botocore.exceptions import ClientError

from conftest import wait_for
from waiter_support import sandboxes, waiter_server  # noqa: F401 (fixtures)

POINTS = ["task.claimed:1", "chain.begin:1", "task.before_call:1", "task.after_call:1", "task.after_effect:1", "chain.role:1", "task.before_call:2", "task.after_call:2",
          "task.after_effect:2", "chain.count:1", "task.before_call:3", "task.after_call:3", "task.after_effect:3", "chain.message:1", "task.before_finish:1", "task.after_finish:1"]


def start_chain(s, name):
    queue = s.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    s.waiter().start_chain(ChainName=name, RoleName=f"role-{name}", Counter="c", QueueUrl=queue)
    return queue


def assert_once(s, name, queue):
    w = s.waiter()
    chain = wait_for(lambda: (c := w.describe_chain(ChainName=name))["Status"] == "ENDED" and c, what="the chain ended")
    wait_for(lambda: s.admin("GET", "status")["running_tasks"] == 0, what="no task is at work")
    assert chain["CounterValue"] == 1
    assert w.count(Counter="c")["Value"] == 1
    roles = [r for r in s.client("iam").list_roles()["Roles"] if r["RoleName"] == f"role-{name}"]
    assert [r["Arn"] for r in roles] == [chain["RoleArn"]]
    messages = []
    sqs = s.client("sqs")
    queue = queue.replace(queue.split("/")[2], s.url.split("/")[2])
    while got := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        messages += got
    assert [m["Body"] for m in messages] == [f"from chain {name}"]
    assert [m["MessageId"] for m in messages] == [chain["MessageId"]]
    return chain


def test_without_a_crash_each_effect_happens_once(waiter_server):
    s = waiter_server()
    chain = assert_once(s, "a", start_chain(s, "a"))
    assert chain["Runs"] == 1


@pytest.mark.parametrize("point", POINTS)
def test_each_effect_happens_once_when_the_server_dies_at(point, waiter_server):
    s = waiter_server("--quiet")
    queue = s.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    s.stop()
    s.start(env={"FOGBANK_CRASH_AT": point})
    try:
        queue = start_chain(s, "a")
    except Exception:
        pass          # the crash may come before the answer; then the chain may or may not have been acknowledged
    s.process.wait(10)
    assert s.process.returncode == -9, "the fault point was not reached"
    s.start()
    try:
        s.waiter().start_chain(ChainName="a", RoleName="role-a", Counter="c", QueueUrl=queue)
    except ClientError as e:
        assert e.response["Error"]["Code"] == "ValidationException"   # there is such a chain: it was acknowledged, or at least kept
    assert_once(s, "a", queue)


def test_many_chains_survive_repeated_kills(waiter_server):
    s = waiter_server("--quiet")
    queue = s.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    names, acknowledged = [], set()

    def begin(w, name):
        names.append(name)
        w.start_chain(ChainName=name, RoleName=f"role-{name}", Counter="c", QueueUrl=queue)
        acknowledged.add(name)

    for i in range(20):
        begin(s.waiter(), f"n{i}")
    s.stop()
    for n in (3, 11, 17):
        s.start(env={"FOGBANK_CRASH_AT": f"task.after_call:{n}"})
        w = s.waiter()
        for i in range(10):
            try:
                begin(w, f"k{n}-{i}")
            except Exception:
                break     # it has died
        s.process.wait(20)
        assert s.process.returncode == -9
    s.start()
    w = s.waiter()
    for name in names:
        try:
            wait_for(lambda: w.describe_chain(ChainName=name)["Status"] == "ENDED", what=f"chain {name} ended")
        except w.exceptions.ResourceNotFoundException:
            assert name not in acknowledged
    roles = [r["RoleName"] for p in s.client("iam").get_paginator("list_roles").paginate() for r in p["Roles"]]
    chains = sum(r.startswith("role-") for r in roles)
    assert chains >= len(acknowledged) >= 20
    assert w.count(Counter="c")["Value"] == chains
    attributes = s.client("sqs").get_queue_attributes(QueueUrl=queue.replace(queue.split("/")[2], s.url.split("/")[2]), AttributeNames=["ApproximateNumberOfMessages"])
    assert int(attributes["Attributes"]["ApproximateNumberOfMessages"]) == chains

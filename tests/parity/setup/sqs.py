"""SQS: queues by the names of the calls, and what the tests sent, received or set in between."""
import base64
import json
import time

from parity.setup import Service

S = Service("sqs")


def wait_for(condition, seconds=10):
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError("the recorded state did not come")
        time.sleep(0.05)


def queue_attributes(name):
    return {"FifoQueue": "true"} if name.endswith(".fifo") else {}


def ensure_queue(run, name, region=None, **attributes):
    """The URL of the queue, made the first time."""
    if ("queue", name) in run.made:
        return run.call("sqs:GetQueueUrl", region=region, QueueName=name)["QueueUrl"]
    made = {**queue_attributes(name), **attributes}
    url = run.call("sqs:CreateQueue", region=region, QueueName=name, **({"Attributes": made} if made else {}))["QueueUrl"]
    run.made.add(("queue", name))
    return url


def arn(run, name):
    return f"arn:aws:sqs:{run.region}:{run.account}:{name}"


@S.prepare
def queues(run, call):
    if call.operation == "CreateQueue" and "Error" not in (call.recorded or {}):
        run.made.add(("queue", call.params["QueueName"]))
    url = call.params.get("QueueUrl", "")
    if url.startswith("https://host.invalid/"):
        call.params["QueueUrl"] = ensure_queue(run, url.rsplit("/", 1)[1])
    for parameter in ("SourceArn", "DestinationArn"):
        name = call.params.get(parameter, "").rsplit(":", 1)[-1]
        if name and not name.endswith("doesntexist"):
            ensure_queue(run, name)


def url_of(call):
    return call.params["QueueUrl"]


def send(run, call, *bodies, **more):
    for body in bodies:
        run.call("sqs:SendMessage", QueueUrl=url_of(call), MessageBody=body, **more)


# ---- batches: a list was filled with what the stub did not answer

@S.before("test_*_batch_with_too_large_batch*", "error_response")
def _(run, call):
    extra = {"VisibilityTimeout": 123} if call.operation.startswith("Change") else {}
    call.params["Entries"] = [{"Id": f"{i}", "ReceiptHandle": f"handle-{i}", **extra} for i in range(20)]


@S.before("test_send_batch_missing_*_id_for_fifo_queue*", "test_missing_*")
def _(run, call):
    """Ids of entries were random: the stub made them equal."""
    for i, entry in enumerate(call.params["Entries"]):
        entry["Id"] = f"message-{i}"


# ---- attributes

@S.before("test_create_and_update_queue_attributes*", "get_queue_attributes")
def _(run, call):
    name = url_of(call).rsplit("/", 1)[1]
    ensure_queue(run, name, MessageRetentionPeriod="604800", ReceiveMessageWaitTimeSeconds="10", VisibilityTimeout="20")


@S.before("test_create_and_update_queue_attributes*", "get_updated_queue_attributes")
def _(run, call):
    run.prepare(call)
    run.call("sqs:SetQueueAttributes", QueueUrl=url_of(call), Attributes={"MaximumMessageSize": "2048", "VisibilityTimeout": "69", "DelaySeconds": "420"})


@S.before("test_create_fifo_queue_with_different_attributes_raises_error*", "queue-already-exists")
def _(run, call):
    ensure_queue(run, call.params["QueueName"], ContentBasedDeduplication="true")


@S.before("test_create_queue_with_different_attributes_raises_exception*")
def _(run, call):
    name = call.params["QueueName"]
    url = ensure_queue(run, name, ReceiveMessageWaitTimeSeconds="1", DelaySeconds="1")
    if call.answer == "create_queue_02":
        run.call("sqs:SetQueueAttributes", QueueUrl=url, Attributes={"ReceiveMessageWaitTimeSeconds": "1", "DelaySeconds": "2"})


@S.before("test_fifo_set_content_based_deduplication_strategy*", "before-update")
def _(run, call):
    ensure_queue(run, url_of(call).rsplit("/", 1)[1], ContentBasedDeduplication="true")


@S.before("test_fifo_set_content_based_deduplication_strategy*", "after-update")
def _(run, call):
    run.prepare(call)
    run.call("sqs:SetQueueAttributes", QueueUrl=url_of(call), Attributes={"ContentBasedDeduplication": "false"})


@S.before("test_set_queue_attributes_default_values*", "get-queue-attributes-after-update")
def _(run, call):
    run.prepare(call)
    run.call("sqs:SetQueueAttributes", QueueUrl=url_of(call), Attributes={"KmsMasterKeyId": "testKeyId", "KmsDataKeyReusePeriodSeconds": "6000"})


@S.before("test_set_queue_attributes_default_values*", "get-queue-attributes-after-set-to-defaults")
def _(run, call):
    run.prepare(call)
    run.call("sqs:SetQueueAttributes", QueueUrl=url_of(call), Attributes={"KmsMasterKeyId": "", "KmsDataKeyReusePeriodSeconds": "", "SqsManagedSseEnabled": ""})


@S.before("test_sse_queue_attributes*")
def _(run, call):
    run.prepare(call)
    attributes = {"SqsManagedSseEnabled": "true"} if "sqs" in call.answer else \
        {"KmsMasterKeyId": "testKeyId", "KmsDataKeyReusePeriodSeconds": "6000", "SqsManagedSseEnabled": "false"}
    run.call("sqs:SetQueueAttributes", QueueUrl=url_of(call), Attributes=attributes)


@S.before("test_send_message_with_updated_maximum_message_size*", "send_oversized_message")
def _(run, call):
    run.prepare(call)
    call.literal = True
    run.call("sqs:SetQueueAttributes", QueueUrl=url_of(call), Attributes={"MaximumMessageSize": "1024"})


# ---- messages sent before the recorded one was received

@S.before("test_fifo_change_to_high_throughput_after_creation*", "same-dedup-different-grp-1")
@S.before("test_fifo_change_to_regular_throughput_after_creation*", "same-dedup-different-grp-1")
@S.before("test_fifo_high_throughput_ordering*", "same-dedup-different-grp-1")
def _(run, call):
    scope = {"DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"} if "to_high" not in run.test.name else {}
    ensure_queue(run, url_of(call).rsplit("/", 1)[1], ContentBasedDeduplication="true", **scope)
    run.prepare(call)
    send(run, call, "Test1", MessageGroupId="group1")


@S.before("test_sqs_fifo_message_group_scope_no_throughput_setting*", "same-dedup-different-grp-1")
@S.before("test_sqs_fifo_same_dedup_id_different_message_groups*", "same-dedup-different-grp-1")
def _(run, call):
    more = {"DeduplicationScope": "messageGroup"} if "no_throughput" in run.test.name else {}
    ensure_queue(run, url_of(call).rsplit("/", 1)[1], ContentBasedDeduplication="true", **more)
    run.prepare(call)
    send(run, call, "Test", MessageGroupId="group1", MessageDeduplicationId="1")


@S.before("test_fifo_deduplication_arrives_once_after_delete*", "get-messages")
@S.before("test_fifo_deduplication_not_on_message_group_id*", "get-messages")
def _(run, call):
    by_content = "True" in run.test.name
    ensure_queue(run, url_of(call).rsplit("/", 1)[1], ContentBasedDeduplication=str(by_content).lower())
    run.prepare(call)
    body = json.dumps({"foo": "bar"})
    more = {} if by_content else {"MessageDeduplicationId": "1"}
    groups = ("1",) * 2 if "arrives_once" in run.test.name else ("1", "2")
    for group in groups:
        send(run, call, body, MessageGroupId=group, **more)


@S.before("test_fifo_deduplication_not_on_message_group_id*", "get-dedup-messages")
def _(run, call):
    run.prepare(call)
    run.call("sqs:DeleteMessage", QueueUrl=url_of(call), ReceiptHandle=run.find("ReceiptHandle"))


@S.before("test_fifo_delete_after_visibility_timeout*", "received_sqs_message")
def _(run, call):
    ensure_queue(run, url_of(call).rsplit("/", 1)[1], ContentBasedDeduplication="True", VisibilityTimeout="1")
    run.prepare(call)
    send(run, call, "foobar", MessageGroupId="1")


@S.before("test_fifo_empty_message_groups_added_back_to_queue*", "inital-fifo-receive")
def _(run, call):
    run.prepare(call)
    send(run, call, "Message 1", MessageGroupId="g1", MessageDeduplicationId="d1")


@S.before("test_fifo_group_visibility_extends*", "receive_all_messages")
def _(run, call):
    ensure_queue(run, url_of(call).rsplit("/", 1)[1], VisibilityTimeout="10", ContentBasedDeduplication="true")
    run.prepare(call)
    send(run, call, "foo", "bar", "baz", MessageGroupId="group-1")


@S.before("test_fifo_message_attributes*", "send_message")
def _(run, call):
    ensure_queue(run, url_of(call).rsplit("/", 1)[1], VisibilityTimeout="0", ContentBasedDeduplication="true")


@S.before("test_fifo_queue_send_message_with_zero_delay*", "send_message_result")
def _(run, call):
    ensure_queue(run, url_of(call).rsplit("/", 1)[1], ContentBasedDeduplication="true", DelaySeconds="2")


@S.before("test_fifo_queue_send_message_with_zero_delay*", "receive_message_after_delay_result")
def _(run, call):
    call.params["WaitTimeSeconds"] = 3  # the test slept until the delay was over


@S.before("test_fifo_queue_send_message_with_delay_seconds_fails*", "send_message")
@S.before("test_message_deduplication_id_invalid*")
def _(run, call):
    ensure_queue(run, url_of(call).rsplit("/", 1)[1], ContentBasedDeduplication="true")


@S.before("test_send_message_with_binary_attributes*", "binary-attrs-msg")
def _(run, call):
    run.prepare(call)
    run.call("sqs:SendMessage", QueueUrl=url_of(call), MessageBody="test", MessageAttributes={"attr1": {
        "BinaryValue": b"traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01", "DataType": "Binary"}})


@S.view("test_send_message_with_binary_attributes*")
def _(run, call, response):
    """The recorder wrote the bytes as Python shows them."""
    for message in response.get("Messages", []):
        for attribute in message.get("MessageAttributes", {}).values():
            attribute["BinaryValue"] = str(attribute["BinaryValue"].encode())


@S.before("test_send_receive_wait_time_seconds*", "empty_short_poll_*")
def _(run, call):
    run.prepare(call)
    if run.once("message", call.answer):
        send(run, call, "message")


@S.before("test_successive_purge_calls_fail*", "purge_queue_error")
def _(run, call):
    run.prepare(call)
    run.call("sqs:PurgeQueue", QueueUrl=url_of(call))


# ---- message move tasks: two queues that have one name in the recorded request

def move_queues(run, call, sources=1):
    source = f"source-{run.token}"
    url = ensure_queue(run, source)
    for i in range(sources):
        ensure_queue(run, f"original-{i}-{run.token}", RedrivePolicy=json.dumps({"deadLetterTargetArn": arn(run, source), "maxReceiveCount": 1}))
    call.params["SourceArn"] = arn(run, source)
    if "DestinationArn" in call.params and not call.params["DestinationArn"].endswith("doesntexist"):
        ensure_queue(run, f"target-{run.token}")
        call.params["DestinationArn"] = arn(run, f"target-{run.token}")
    return url


@S.before("test_basic_move_task_workflow", "start-*")
@S.before("test_destination_needs_to_exist")
@S.before("test_move_task_workflow_with_*", "start-*")
def _(run, call):
    move_queues(run, call, sources=2 if "multiple" in run.test.name else 1)


@S.before("test_start_multiple_move_tasks", "error")
def _(run, call):
    url = move_queues(run, call)
    for i in range(10):
        run.call("sqs:SendMessage", QueueUrl=url, MessageBody=f"message-{i}")
    run.call("sqs:StartMessageMoveTask", **call.params)


@S.before("test_cancel_with_invalid_task_id_in_task_handle", "error")
def _(run, call):
    """The handle names a queue of the account."""
    ensure_queue(run, f"source-{run.token}")
    handle = json.dumps({"taskId": "10f57157-fc38-4da9-a113-4de7e12d05aa", "sourceArn": arn(run, f"source-{run.token}")})
    call.params["TaskHandle"] = base64.b64encode(handle.encode()).decode()


@S.before("test_move_task_delete_destination_queue_while_running", "list")
def _(run, call):
    """The destination goes when three of ten messages have been moved."""
    call.params["DestinationArn"] = "as-recorded"
    url = move_queues(run, call)
    destination = call.params.pop("DestinationArn")
    for i in range(10):
        run.call("sqs:SendMessage", QueueUrl=url, MessageBody=f"message-{i}")
    source = call.params["SourceArn"]
    run.call("sqs:StartMessageMoveTask", SourceArn=source, DestinationArn=destination, MaxNumberOfMessagesPerSecond=1)
    newest = lambda: run.call("sqs:ListMessageMoveTasks", SourceArn=source)["Results"][0]
    wait_for(lambda: newest()["ApproximateNumberOfMessagesMoved"] == 3)
    run.call("sqs:DeleteQueue", QueueUrl=run.call("sqs:GetQueueUrl", QueueName=destination.rsplit(":", 1)[1])["QueueUrl"])
    wait_for(lambda: newest()["Status"] == "FAILED")

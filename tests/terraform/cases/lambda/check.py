OUTLIVES = [("sqs", "deleted"), ("lambda", "usage"), ("lambda", "layer"), *(("logs", t) for t in ("group", "stream", "batch", "count"))]   # also what functions printed

import json
import time


def check(server, stage, outputs):
    client, sqs = server.client("lambda"), server.client("sqs")
    answer = client.invoke(FunctionName=outputs["function"], Qualifier="live", Payload=b'{"a": 1}')
    assert json.loads(answer["Payload"].read()) == {"greeting": "hello" if stage == 1 else "goodbye", "word": "fog", "event": {"a": 1}}
    assert answer["ExecutedVersion"] == str(stage)
    sqs.send_message(QueueUrl=outputs["queue"], MessageBody="work")
    left = lambda: sqs.get_queue_attributes(QueueUrl=outputs["queue"], AttributeNames=["All"])["Attributes"]
    deadline = time.monotonic() + 20
    while (left()["ApproximateNumberOfMessages"], left()["ApproximateNumberOfMessagesNotVisible"]) != ("0", "0"):
        assert time.monotonic() < deadline, "the mapping did not work the message off"
        time.sleep(0.05)

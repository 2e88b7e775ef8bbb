OUTLIVES = [*(("dynamodb", t) for t in ("stream", "streams")), ("sns", "signing"), ("sqs", "deleted"), ("lambda", "usage"), ("lambda", "layer"), *(("logs", t) for t in ("group", "stream", "batch", "count"))]   # also what functions printed, and streams for a day

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
    server.client("sns").publish(TopicArn=outputs["topic"], Message="news", MessageAttributes={"colour": {"DataType": "String", "StringValue": "red" if stage == 1 else "blue"}})
    server.client("dynamodb").put_item(TableName="tf-lambda-orders", Item={"id": {"S": str(stage)}})
    (orders,) = client.list_event_source_mappings(FunctionName=outputs["function"], EventSourceArn=server.client("dynamodb").describe_table(
        TableName="tf-lambda-orders")["Table"]["LatestStreamArn"])["EventSourceMappings"]
    while client.get_event_source_mapping(UUID=orders["UUID"])["LastProcessingResult"] != "OK":
        assert time.monotonic() < deadline, "the mapping did not follow the table"
        time.sleep(0.05)

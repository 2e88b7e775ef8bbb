import json

OUTLIVES = [("sqs", "deleted"),    # a name rests for a minute after DeleteQueue
            ("sns", "signing")]    # the key that signs messages, made with the first of them


def check(server, stage, outputs):
    sns, sqs = server.client("sns"), server.client("sqs")
    got = sns.get_topic_attributes(TopicArn=outputs["topic"])["Attributes"]
    assert got["DisplayName"] == ("Orders" if stage == 1 else "All orders") and "s3.amazonaws.com" in got["Policy"]
    sns.publish(TopicArn=outputs["topic"], Message=json.dumps({"state": "new"}))
    sns.publish(TopicArn=outputs["topic"], Message=json.dumps({"state": "paid"}))
    messages = sqs.receive_message(QueueUrl=outputs["queue"], MaxNumberOfMessages=10, WaitTimeSeconds=5)["Messages"]
    assert len(messages) == 1
    body = json.loads(messages[0]["Body"])
    assert body.get("state") == "paid" if stage == 2 else json.loads(body["Message"])["state"] == "paid"
    sqs.delete_message(QueueUrl=outputs["queue"], ReceiptHandle=messages[0]["ReceiptHandle"])

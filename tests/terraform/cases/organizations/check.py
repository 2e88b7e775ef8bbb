import pytest
from botocore.exceptions import ClientError

# An account outlives its membership: its address stays taken, its name known, its role in place. The stamp only counts changes.
OUTLIVES = [("organizations", "email"), ("organizations", "identity"), ("organizations", "stamp"), ("iam", "entity"), ("iam", "path"), ("iam", "id"),
            ("iam", "attachment"), ("iam", "use"), ("iam", "counts"), ("sqs", "deleted")]


def check(server, stage, outputs):
    sqs = server.client("sqs", key=outputs["account"])
    if stage == 1:
        sqs.create_queue(QueueName="made")
        sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="made")["QueueUrl"])
        return
    with pytest.raises(ClientError, match="explicit deny in a service control policy"):
        sqs.create_queue(QueueName="refused")

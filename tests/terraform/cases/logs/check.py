OUTLIVES = [("kms", "key"), ("kms", "material"), ("kms", "policy")]   # a key rests for seven days before it is deleted


def check(server, stage, outputs):
    logs = server.client("logs")
    assert sorted(outputs["groups"]) == ["/app/orders", "/app/rare"]
    group, rare = logs.describe_log_groups(logGroupNamePrefix="/app/")["logGroups"]
    assert group["retentionInDays"] == (7 if stage == 1 else 30)
    assert group.get("kmsKeyId") == (None if stage == 1 else outputs["key"])
    assert rare["logGroupClass"] == "INFREQUENT_ACCESS"
    (stream,) = logs.describe_log_streams(logGroupName="/app/orders")["logStreams"]
    assert stream["logStreamName"] == ("first" if stage == 1 else "renamed")
    (policy,) = logs.describe_resource_policies()["resourcePolicies"]
    assert "route53.amazonaws.com" in policy["policyDocument"]
    assert logs.list_tags_log_group(logGroupName="/app/orders")["tags"]["team"] == "sales"

"""CloudWatch Logs: the log groups that the calls name."""
import json

from parity.setup import Service

S = Service("logs")


def ensure_group(run, name, **more):
    if run.once("group", name):
        run.call("logs:CreateLogGroup", logGroupName=name, **more)


@S.prepare
def groups(run, call):
    name = call.params.get("logGroupName")
    if not name or "invalid_name" in run.test.name:
        return
    if call.operation != "CreateLogGroup" or "duplicate" in run.test.name:
        ensure_group(run, name)


@S.before("test_create_log_group_with_tags", "list-tags-after-create")
def _(run, call):
    ensure_group(run, call.params["logGroupName"], tags=call.recorded["tags"])


@S.before("test_describe_log_groups_with_prefix", "*")
def _(run, call):
    """The answer lists the groups whose names begin with the prefix."""
    for i in range(len(call.recorded.get("logGroups", []))):
        ensure_group(run, f"{call.params['logGroupNamePrefix']}-{i}")


@S.before("test_create_log_group_with_kms_key", "describe-log-groups-with-kms")
def _(run, call):
    """A group under a key whose policy lets CloudWatch Logs use it."""
    statements = [{"Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*"}
                  for principal in ({"AWS": f"arn:aws:iam::{run.account}:root"}, {"Service": f"logs.{run.region}.amazonaws.com"})]
    key = run.call("kms:CreateKey", Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    ensure_group(run, call.params["logGroupNamePrefix"], kmsKeyId=key["KeyMetadata"]["Arn"])


@S.before("test_describe_resource_policies", "describe-resource-policies")
def _(run, call):
    for policy in call.recorded["resourcePolicies"]:
        run.call("logs:PutResourcePolicy", policyName=f"{policy['policyName'].strip('<>').replace(':', '-')}-{run.token}",
                 policyDocument=json.dumps(policy["policyDocument"]))


@S.before("test_put_resource_policy_limit_exceeded", "error-limit-exceeded")
def _(run, call):
    """As many policies as an account may have."""
    for i in range(10):
        run.call("logs:PutResourcePolicy", policyName=f"test-policy-{run.token}-{i}", policyDocument=call.params["policyDocument"])


@S.before("test_log_stream_arn_format", "describe-log-streams-with-arn")
def _(run, call):
    run.prepare(call)
    for i in range(len(call.recorded.get("logStreams", []))):
        run.call("logs:CreateLogStream", logGroupName=call.params["logGroupName"], logStreamName=f"test-log-stream-{run.token}-{i}")

"""CloudWatch Logs: the log groups that the calls name."""
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


@S.before("test_log_stream_arn_format", "describe-log-streams-with-arn")
def _(run, call):
    run.prepare(call)
    for i in range(len(call.recorded.get("logStreams", []))):
        run.call("logs:CreateLogStream", logGroupName=call.params["logGroupName"], logStreamName=f"test-log-stream-{run.token}-{i}")

"""Lambda's control operations where they are sharp: preconditions, qualifiers, routing, concurrency that is reserved and provisioned, limits, paging, and what befalls
invocations while a function changes."""
import base64
import concurrent.futures
import json
import re
import threading
import time

import pytest
from botocore.exceptions import ClientError
from conftest import Server, wait_for
from lambda_support import allow, invoke, make_function, make_role, package


class refused:
    def __init__(self, code, text=None, status=None):
        self.code, self.text, self.status = code, text, status

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        assert kind is not None and issubclass(kind, ClientError), f"expected {self.code}, got {error!r}"
        assert error.response["Error"]["Code"] == self.code, error
        assert self.text is None or self.text in error.response["Error"]["Message"], error
        assert self.status is None or error.response["ResponseMetadata"]["HTTPStatusCode"] == self.status, error
        self.response = error.response
        return True


@pytest.fixture(scope="module")
def role(server):
    return make_role(server, "runner", allow("*"))


@pytest.fixture(scope="module")
def client(server):
    return server.client("lambda")


WHO = "import os\ndef handler(e, c): return [os.environ['AWS_LAMBDA_FUNCTION_VERSION'], os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']]"


def ready(client, name, qualifier):
    wait_for(lambda: client.get_provisioned_concurrency_config(FunctionName=name, Qualifier=qualifier)["Status"] == "READY", what="provisioned concurrency")


def change(client, name, body="def handler(e, c): return 1"):
    client.update_function_code(FunctionName=name, ZipFile=package(body))
    client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
    return client.publish_version(FunctionName=name)["Version"]


def test_every_change_asks_for_the_newest_revision(server, client, role):
    make_function(server, "revised", role)
    old = client.get_function_configuration(FunctionName="revised")["RevisionId"]
    client.update_function_configuration(FunctionName="revised", Description="x", RevisionId=old)
    client.get_waiter("function_updated_v2").wait(FunctionName="revised", WaiterConfig={"Delay": 1})
    text = "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id"
    for call in (lambda: client.update_function_configuration(FunctionName="revised", Description="y", RevisionId=old),
                 lambda: client.update_function_code(FunctionName="revised", ZipFile=package("x = 1"), RevisionId=old),
                 lambda: client.publish_version(FunctionName="revised", RevisionId=old)):
        with refused("PreconditionFailedException", text, 412):
            call()
    client.add_permission(FunctionName="revised", StatementId="a", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com")
    with refused("PreconditionFailedException", "Call the GetPolicy API", 412):
        client.add_permission(FunctionName="revised", StatementId="b", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com", RevisionId=old)
    with refused("PreconditionFailedException", "Call the GetPolicy API", 412):
        client.remove_permission(FunctionName="revised", StatementId="a", RevisionId=old)
    with refused("InvalidParameterValueException", "is different from current CodeSHA256 in $LATEST"):
        client.publish_version(FunctionName="revised", CodeSha256="A" * 43 + "=")


def test_qualifiers_in_names_and_beside_them(server, client, role):
    make_function(server, "named", role, WHO)
    client.publish_version(FunctionName="named")
    client.create_alias(FunctionName="named", Name="live", FunctionVersion="1")
    arn = "arn:aws:lambda:us-east-1:000000000000:function:named"
    for name, qualifier in (("named:1", None), (arn + ":1", None), ("000000000000:function:named:live", None), ("named", "live"), ("named:live", "live"), (arn, "1")):
        more = {"Qualifier": qualifier} if qualifier else {}
        assert invoke(client, name, **more)[0] == "1"
        assert client.get_function_configuration(FunctionName=name, **more)["Version"] == "1"
    assert invoke(client, "named", Qualifier="$LATEST")[0] == "$LATEST"
    with refused("InvalidParameterValueException", "The derived qualifier from the function name does not match the specified qualifier."):
        client.invoke(FunctionName="named:1", Qualifier="live")
    for qualifier in ("2", "none"):
        with refused("ResourceNotFoundException", f"Function not found: {arn}:{qualifier}", 404):
            client.invoke(FunctionName="named", Qualifier=qualifier)
    with refused("ResourceNotFoundException", "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')"):
        client.invoke(FunctionName=arn.replace("us-east-1", "eu-west-1"))
    with refused("InvalidParameterValueException", "$LATEST version cannot be deleted without deleting the function."):
        client.delete_function(FunctionName="named", Qualifier="$LATEST")
    client.delete_alias(FunctionName="named", Name="live")
    client.delete_function(FunctionName="named", Qualifier="1")
    client.delete_function(FunctionName="named", Qualifier="1")   # gone is gone
    with refused("ResourceNotFoundException"):
        client.invoke(FunctionName="named:1")
    assert client.publish_version(FunctionName="named")["Version"] == "2"   # numbers are not used again


def test_routing_of_an_alias_goes_with_its_version(server, client, role):
    make_function(server, "routed", role)
    client.publish_version(FunctionName="routed")
    change(client, "routed")
    client.create_alias(FunctionName="routed", Name="live", FunctionVersion="1", RoutingConfig={"AdditionalVersionWeights": {"2": 0.25}})
    with refused("InvalidParameterValueException", "Invalid function version 2. Function version 2 is already included in routing configuration."):
        client.update_alias(FunctionName="routed", Name="live", FunctionVersion="2")
    with refused("InvalidParameterValueException", "$LATEST is not supported for an alias pointing to more than 1 version"):
        client.update_alias(FunctionName="routed", Name="live", FunctionVersion="$LATEST")
    with refused("ResourceConflictException", "Version is currently referenced by one or more aliases"):
        client.delete_function(FunctionName="routed", Qualifier="2")
    moved = client.update_alias(FunctionName="routed", Name="live", FunctionVersion="2", RoutingConfig={"AdditionalVersionWeights": {}})
    assert moved["FunctionVersion"] == "2" and "RoutingConfig" not in moved
    assert [a["Name"] for a in client.list_aliases(FunctionName="routed", FunctionVersion="2")["Aliases"]] == ["live"]
    assert client.list_aliases(FunctionName="routed", FunctionVersion="1")["Aliases"] == []


def test_provisioned_environments_stand_move_with_their_alias_and_come_back(role, server):
    s = Server().start()
    try:
        runner = make_role(s, "runner", allow("*"))
        client = make_function(s, "warm", runner, WHO)
        client.publish_version(FunctionName="warm")
        change(client, "warm", WHO + "  # 2")
        client.create_alias(FunctionName="warm", Name="live", FunctionVersion="1")
        put = client.put_provisioned_concurrency_config(FunctionName="warm", Qualifier="live", ProvisionedConcurrentExecutions=1)
        assert put["Status"] == "IN_PROGRESS" and put["RequestedProvisionedConcurrentExecutions"] == 1
        ready(client, "warm", "live")
        assert invoke(client, "warm:live") == ["1", "provisioned-concurrency"]
        assert invoke(client, "warm:1") == ["1", "provisioned-concurrency"]   # the version's, whoever names it
        client.update_alias(FunctionName="warm", Name="live", FunctionVersion="2")
        ready(client, "warm", "live")
        assert invoke(client, "warm:live") == ["2", "provisioned-concurrency"]
        wait_for(lambda: invoke(client, "warm:1")[1] == "on-demand", 30, what="the end of what stood for version 1")
        s.kill9()
        s.start()
        client = s.client("lambda")
        environments = lambda: [p for p in below(s.pid) if "sandbox_init" in command(p) or "/proc/self/fd/6" in command(p)]
        wait_for(lambda: environments(), 30, what="the environment of before")
        assert invoke(client, "warm:live") == ["2", "provisioned-concurrency"]
        client.delete_alias(FunctionName="warm", Name="live")
        wait_for(lambda: not environments(), 30, what="the end of what the alias had provisioned")
        with refused("ResourceNotFoundException", "Cannot find alias arn"):
            client.get_provisioned_concurrency_config(FunctionName="warm", Qualifier="live")
        assert client.list_provisioned_concurrency_configs(FunctionName="warm")["ProvisionedConcurrencyConfigs"] == []
        assert client.put_function_concurrency(FunctionName="warm", ReservedConcurrentExecutions=900)   # all of it is free again
    finally:
        s.close()


def below(pid):
    import pathlib
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *below(int(child))]
    return found


def command(pid):
    try:
        return open(f"/proc/{pid}/cmdline").read()
    except OSError:
        return ""


def test_what_is_provisioned_is_taken_from_what_is_reserved(server, client, role):
    make_function(server, "split", role, WHO)
    client.publish_version(FunctionName="split")
    client.put_provisioned_concurrency_config(FunctionName="split", Qualifier="1", ProvisionedConcurrentExecutions=1)
    ready(client, "split", "1")
    client.put_function_concurrency(FunctionName="split", ReservedConcurrentExecutions=1)
    assert invoke(client, "split:1") == ["1", "provisioned-concurrency"]
    with refused("TooManyRequestsException", "Rate Exceeded.", 429) as r:   # nothing is left for $LATEST
        client.invoke(FunctionName="split")
    assert r.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    with refused("InvalidParameterValueException", "should not be lower than function's total provisioned concurrency [1]"):
        client.put_function_concurrency(FunctionName="split", ReservedConcurrentExecutions=0)
    client.delete_provisioned_concurrency_config(FunctionName="split", Qualifier="1")
    assert invoke(client, "split")[0] == "$LATEST"
    client.put_function_concurrency(FunctionName="split", ReservedConcurrentExecutions=0)
    with refused("TooManyRequestsException", status=429):
        client.invoke(FunctionName="split:1")
    assert client.get_function_concurrency(FunctionName="split")["ReservedConcurrentExecutions"] == 0
    client.delete_function_concurrency(FunctionName="split")
    assert "ReservedConcurrentExecutions" not in client.get_function_concurrency(FunctionName="split")
    assert invoke(client, "split:1")[0] == "1"


def test_reserved_concurrency_bounds_what_runs_at_once(server, client, role):
    make_function(server, "narrow", role, "import time\ndef handler(e, c): time.sleep(1)", Timeout=10)
    client.put_function_concurrency(FunctionName="narrow", ReservedConcurrentExecutions=2)

    def one(_):
        try:
            client.invoke(FunctionName="narrow")
            return "ran"
        except ClientError as e:
            return e.response["Error"]["Code"]
    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        assert sorted(pool.map(one, range(5))) == ["TooManyRequestsException"] * 3 + ["ran"] * 2


def test_configuration_has_awss_limits(server, client, role):
    make = dict(FunctionName="limits", Runtime="python3.12", Role=role, Handler="x.y", Code={"ZipFile": package()})
    layers = [client.publish_layer_version(LayerName=f"l{i}", Content={"ZipFile": package(f"N = {i}", "python/n.py")})["LayerVersionArn"] for i in range(6)]
    with refused("InvalidParameterValueException", "Cannot reference more than 5 layers."):
        client.create_function(**make, Layers=layers)
    with refused("InvalidParameterValueException", "exceeded the 4KB limit. String measured: {\"AB\":"):
        client.create_function(**make, Environment={"Variables": {"AB": "x" * 4096}})
    with refused("InvalidParameterValueException", "Reserved keys used in this request: AWS_REGION"):
        client.create_function(**make, Environment={"Variables": {"AWS_REGION": "x"}})
    for more, where in (({"Timeout": 901}, "timeout"), ({"MemorySize": 10241}, "memorySize"), ({"MemorySize": 127}, "memorySize"), ({"EphemeralStorage": {"Size": 511}}, "ephemeralStorage"),
                        ({"EphemeralStorage": {"Size": 10241}}, "ephemeralStorage"), ({"Timeout": 0}, "timeout")):
        with pytest.raises(Exception, match=f"(?i){where}") as e:
            client.create_function(**make, **more)
        assert not isinstance(e.value, ClientError) or e.value.response["Error"]["Code"] == "ValidationException"
    with refused("RequestEntityTooLargeException", "Request must be smaller than 70167211 bytes for the CreateFunction operation"):
        client.create_function(**{**make, "Code": {"ZipFile": b"x" * (53 << 20)}})
    with refused("InvalidParameterValueException", "To use ApplicationLogLevel or SystemLogLevel, LogFormat must be set to JSON"):
        client.create_function(**make, LoggingConfig={"ApplicationLogLevel": "WARN"})
    assert client.get_account_settings()["AccountLimit"] == {"TotalCodeSize": 80530636800, "CodeSizeUnzipped": 262144000, "CodeSizeZipped": 52428800, "ConcurrentExecutions": 1000,
                                                            "UnreservedConcurrentExecutions": client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]}


def test_listings_have_pages(server, client, role):
    for i in range(3):
        client.create_function(FunctionName=f"page-{i}", Runtime="python3.12", Role=role, Handler="x.y", Code={"ZipFile": package()})
    pages = list(client.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2}))
    names = [f["FunctionName"] for p in pages for f in p["Functions"]]
    assert len(names) == len(set(names)) and {"page-0", "page-1", "page-2"} <= set(names) and all(len(p["Functions"]) <= 2 for p in pages)
    with refused("InvalidParameterValueException"):
        client.list_functions(Marker="not a marker!")
    with pytest.raises(Exception, match="MaxItems|maxItems"):
        client.list_functions(MaxItems=0)


def test_a_role_that_may_not_send_is_refused_when_a_target_is_set(server, client, role):
    url = server.client("sqs").create_queue(QueueName="targets")["QueueUrl"]
    queue = server.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = server.client("sns").create_topic(Name="targets")["TopicArn"]
    mute = make_role(server, "mute", allow("logs:*"))
    make = dict(FunctionName="mute", Runtime="python3.12", Role=mute, Handler="x.y", Code={"ZipFile": package()})
    with refused("InvalidParameterValueException", "The provided execution role does not have permissions to call SendMessage on SQS"):
        client.create_function(**make, DeadLetterConfig={"TargetArn": queue})
    with refused("InvalidParameterValueException", "The provided execution role does not have permissions to call Publish on SNS"):
        client.create_function(**make, DeadLetterConfig={"TargetArn": topic})
    make_function(server, "mute", mute)
    with refused("InvalidParameterValueException", "The provided execution role does not have permissions to call SendMessage on SQS"):
        client.update_function_configuration(FunctionName="mute", DeadLetterConfig={"TargetArn": queue})
    for target, call in ((queue, "SendMessage"), (topic, "Publish")):
        with refused("InvalidParameterValueException", f"The function's execution role does not have permissions to call {call} on {target}"):
            client.put_function_event_invoke_config(FunctionName="mute", DestinationConfig={"OnFailure": {"Destination": target}})
    with refused("ResourceNotFoundException", "doesn't have an EventInvokeConfig"):
        client.get_function_event_invoke_config(FunctionName="mute")
    server.client("iam").put_role_policy(RoleName="mute", PolicyName="q", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow("sqs:SendMessage", resource=queue)]}))
    client.update_function_configuration(FunctionName="mute", DeadLetterConfig={"TargetArn": queue})
    client.put_function_event_invoke_config(FunctionName="mute", DestinationConfig={"OnFailure": {"Destination": queue}})
    with refused("NotImplemented", "An event bus as destination"):
        client.put_function_event_invoke_config(FunctionName="mute", DestinationConfig={"OnFailure": {"Destination": "arn:aws:events:us-east-1:000000000000:event-bus/default"}})


def test_a_function_that_is_deleted_finishes_what_it_runs(server, client, role):
    make_function(server, "leaving", role, "import time\ndef handler(e, c):\n  time.sleep(1.5)\n  return 'done'", Timeout=10)
    answers = []
    call = threading.Thread(target=lambda: answers.append(invoke(server.client("lambda"), "leaving")))
    call.start()
    logs = server.client("logs")
    time.sleep(0.5)   # it is running
    client.delete_function(FunctionName="leaving")
    with refused("ResourceNotFoundException"):
        client.invoke(FunctionName="leaving")
    call.join()
    assert answers == ["done"]
    wait_for(lambda: logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/leaving")["logGroups"], what="its log")


def test_events_of_a_deleted_function_are_not_given_to_one_of_the_same_name(server, client, role):
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName="heirs")["QueueUrl"]
    code = "import boto3, os\ndef handler(e, c): boto3.client('sqs').send_message(QueueUrl=os.environ['OUT'], MessageBody=os.environ['WHO'])"
    make_function(server, "heir", role, code, Environment={"Variables": {"OUT": url, "WHO": "first"}}, Timeout=20)
    client.put_function_concurrency(FunctionName="heir", ReservedConcurrentExecutions=0)   # its events wait
    client.invoke(FunctionName="heir", InvocationType="Event")
    client.delete_function(FunctionName="heir")
    make_function(server, "heir", role, code, Environment={"Variables": {"OUT": url, "WHO": "second"}}, Timeout=20)
    server.admin("POST", "clock", action="advance", by="10m")
    client.invoke(FunctionName="heir", InvocationType="Event")
    wait_for(lambda: int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["ApproximateNumberOfMessages"]), what="an event that ran")
    assert [m["Body"] for m in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]] == ["second"]


def test_updates_one_after_the_other_are_all_seen(server, client, role):
    make_function(server, "busy", role, "def handler(e, c): return 0")
    for n in range(1, 6):
        client.update_function_code(FunctionName="busy", ZipFile=package(f"def handler(e, c): return {n}"))
        client.get_waiter("function_updated_v2").wait(FunctionName="busy", WaiterConfig={"Delay": 1})
        assert invoke(client, "busy") == n
    would = client.update_function_code(FunctionName="busy", ZipFile=package("def handler(e, c): return 6"), DryRun=True)
    assert invoke(client, "busy") == 5 and would["CodeSha256"] != client.get_function_configuration(FunctionName="busy")["CodeSha256"]


def test_dry_runs_decide_and_run_nothing(server, client, role):
    make_function(server, "dry", role, "def handler(e, c): print('ran')")
    assert client.invoke(FunctionName="dry", InvocationType="DryRun")["StatusCode"] == 204
    server.client("iam").create_user(UserName="nobody")
    key = server.client("iam").create_access_key(UserName="nobody")["AccessKey"]
    with refused("AccessDeniedException", "is not authorized to perform: lambda:InvokeFunction"):
        server.client("lambda", key["AccessKeyId"], key["SecretAccessKey"]).invoke(FunctionName="dry", InvocationType="DryRun")
    assert client.invoke_async(FunctionName="dry", InvokeArgs=b"{}")["Status"] == 202


def test_client_context_and_trace_reach_the_function(server, client, role):
    make_function(server, "context", role, "import os\ndef handler(e, c): return [c.client_context.custom, c.client_context.env, os.environ['_X_AMZN_TRACE_ID']]")
    context = base64.b64encode(json.dumps({"custom": {"k": "v"}, "env": {"locale": "de"}, "client": {}}).encode()).decode()
    custom, env, trace = invoke(client, "context", ClientContext=context)
    assert (custom, env) == ({"k": "v"}, {"locale": "de"}) and re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0(;Lineage=.*)?", trace)


def test_tags_belong_to_the_function_not_its_versions(server, client, role):
    arn = make_function(server, "tagged", role).get_function_configuration(FunctionName="tagged")["FunctionArn"]
    client.tag_resource(Resource=arn, Tags={"a": "1", "b": "2"})
    client.untag_resource(Resource=arn, TagKeys=["b", "never"])
    assert client.list_tags(Resource=arn)["Tags"] == {"a": "1"}
    with refused("InvalidParameterValueException", "Tags on function aliases and versions are not supported"):
        client.tag_resource(Resource=arn + ":1", Tags={"a": "1"})
    with refused("InvalidParameterValueException"):
        client.tag_resource(Resource=arn, Tags={f"k{i}": "" for i in range(51)})

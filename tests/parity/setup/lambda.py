"""Lambda: roles and functions that the calls name, and what the tests published or waited for in between."""
import json
import time

from parity.clients import small_zip
from parity.setup import Service
from parity.setup.sqs import ensure_queue

S = Service("lambda")
S.alias("Resource", "EventSourceMappingArn", "FunctionArn")
S.alias("FunctionName", "AliasArn", "FunctionArn")
S.alias("UUID", "UUID")
S.alias("Qualifier", "Version")
S.alias("FunctionVersion", "Version")
S.alias("Layers", "LayerVersionArn", "LayerArn")
S.alias("Arn", "LayerVersionArn")
S.alias("RevisionId", "RevisionId")
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
ALL = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
MISSING = ("doesnotexist", "does-not-exist", "nonexist", "non-exist", "unknown", "wrong_region", "notfound", "not_found", "some-function")


def ensure_role(run, name="lambda-role"):
    if run.once("role", name):
        run.call("iam:CreateRole", RoleName=name, AssumeRolePolicyDocument=TRUST)
        run.call("iam:PutRolePolicy", RoleName=name, PolicyName="all", PolicyDocument=ALL)
    return f"arn:aws:iam::{run.account}:role/{name}"


def name_of(text):
    """A function's name in whatever form it was written."""
    parts = text.split(":")
    return parts[6] if text.startswith("arn:") and len(parts) > 6 else parts[0] if len(parts) <= 2 else text


def wait(run, name):
    """Until the function is settled; beside the answers from which later calls take their values."""
    for _ in range(200):
        asked = len(run.history)
        made = run.try_call("lambda:GetFunctionConfiguration", FunctionName=name)
        del run.history[asked:]
        if "Error" in made or (made.get("State") != "Pending" and made.get("LastUpdateStatus") != "InProgress"):
            return
        time.sleep(0.01)


def ensure_function(run, name, **more):
    if not run.once("function", name):
        return
    params = {"Runtime": "python3.12", "Handler": "handler.handler", "Timeout": 30, "Environment": {"Variables": {}}, "Code": {"ZipFile": small_zip()}, **more}
    run.call("lambda:CreateFunction", FunctionName=name, Role=ensure_role(run), **params)
    wait(run, name)


def not_found(call):
    recorded = call.recorded or {}
    code, message = recorded.get("Error", {}).get("Code", ""), recorded.get("Error", {}).get("Message", "")
    return code == "ResourceNotFoundException" and message.startswith(("Function not found", "Function does not exist", "The function doesn't exist"))


def with_zip(value, text):
    """Packages: `<zip>` stands for one, each of its own bytes."""
    if isinstance(value, dict):
        return {k: small_zip(text) if v == "<zip>" else with_zip(v, text) for k, v in value.items()}
    return value


def source(run):
    if "revisions" in run.test.name:
        return "def handler(event, context):\n    return event\n"   # the same all along
    run.packages = getattr(run, "packages", 0) + 1
    return f"def handler(event, context):\n    return {run.packages}\n"


@S.prepare
def functions(run, call):
    call.params = with_zip(call.params, "WORD = 1\n" if call.operation == "PublishLayerVersion" else source(run))
    role = call.params.get("Role", "")
    if role.startswith("arn:aws:iam::") and ":role/" in role:
        ensure_role(run, role.split("/")[-1])
    name = call.params.get("FunctionName", "")
    if call.operation == "CreateFunction":
        if "Error" not in (call.recorded or {}):
            run.made.add(("function", name_of(name)))
    resource = call.params.get("Resource", "")
    if ":function:" in resource:
        name = resource
    if call.operation != "CreateFunction" and name and not name.startswith("<") and ("function", name_of(name)) not in run.made:
        if not not_found(call) and not any(word in name for word in MISSING):
            ensure_function(run, name_of(name))
    for kind, made in list(run.made):   # what was changed is settled before the next call, as the tests' waiters saw to
        if kind == "function" and call.answer not in ("update_during_in_progress_update_exc", "concurrent_update"):
            wait(run, made)


@S.before("test_lambda_concurrent_code_updates*")
def _(run, call):
    if call.operation != "CreateFunction":
        call.prepared = True


@S.view("*", "create_response*")
@S.view("*", "create_function_response*")
@S.view("*", "create_lambda")
@S.view("*", "create-function*")
@S.view("*", "*create_fn*")
def _(run, call, response):
    """The tests' helper answers with the mapping that it may make, too."""
    if call.operation != "CreateFunction" or "CreateFunctionResponse" not in (call.recorded or {}):
        return None
    return {"CreateEventSourceMappingResponse": None,
            "CreateFunctionResponse": {**response, "ResponseMetadata": {"HTTPHeaders": {}, "HTTPStatusCode": response["ResponseMetadata"]["HTTPStatusCode"]}}}


@S.before("test_alias_lifecycle*", "publish_v2")
@S.before("test_notfound_and_invalid_routingconfigs*", "publish_v2")
def _(run, call):
    run.call("lambda:UpdateFunctionConfiguration", FunctionName=call.params["FunctionName"], Environment={"Variables": {"testenv": "prod"}})


@S.before("test_alias_lifecycle*", "get_function_alias_byarn_notfound_exc")
def _(run, call):
    call.params["FunctionName"] = f"arn:aws:lambda:{run.region}:{run.account}:function:alias-fn-{run.token}:aliasdoesnotexist"


@S.before("test_lambda_eventinvokeconfig_exceptions*", "put_destination_other_lambda")
def _(run, call):
    ensure_function(run, call.params["DestinationConfig"]["OnSuccess"]["Destination"].rsplit(":", 1)[1])


@S.before("test_lambda_eventinvokeconfig_exceptions*", "put_*")
@S.before("test_lambda_eventinvokeconfig_exceptions*", "delete_version")
def _(run, call):
    """The version that was published, after a name too."""
    for member in ("FunctionName", "Qualifier"):
        if call.params.get(member, "").endswith(":x") or call.params.get(member) == "x":
            call.params[member] = call.params[member][:-1] + "1"


@S.before("test_lambda_code_location_s3*", "create_response_s3")
@S.before("test_large_lambda*", "create_function_large_zip")
def _(run, call):
    bucket, key = call.params["Code"]["S3Bucket"], call.params["Code"]["S3Key"]
    run.call("s3:CreateBucket", Bucket=bucket)
    run.call("s3:PutObject", Bucket=bucket, Key=key, Body=small_zip())


@S.before("test_url_config_lifecycle*", "failed_getter")
def _(run, call):
    run.call("lambda:DeleteFunctionUrlConfig", FunctionName=call.params["FunctionName"])


@S.before("test_url_config_*", "fn_version_result")
def _(run, call):
    ensure_function(run, call.params["FunctionName"], Runtime="nodejs20.x", Handler="lambda_handler.handler")


@S.before("test_permission_exceptions*", "add_permission_conflicting_statement_id")
def _(run, call):
    run.try_call("lambda:AddPermission", **call.params)


@S.before("test_function_concurrency_exceptions*", "put_function_concurrency_with_qualified_arn")
def _(run, call):
    run.prepare(call)
    call.params["FunctionName"] += ":1"


@S.before("test_function_concurrency_limits*")
def _(run, call):
    limit = {"put_function_concurrency_account_limit_exceeded": 1001, "put_function_concurrency_below_unreserved_min_value": 901}
    call.params["ReservedConcurrentExecutions"] = limit.get(call.answer, call.params["ReservedConcurrentExecutions"])


@S.before("test_provisioned_concurrency_limits*")
def _(run, call):
    run.prepare(call)
    name = call.params["FunctionName"]
    if run.once("published", name):
        run.kept["version"] = run.call("lambda:PublishVersion", FunctionName=name)["Version"]
    call.params["Qualifier"] = run.kept["version"]
    limit = {"put_provisioned_concurrency_account_limit_exceeded": 1001, "put_provisioned_concurrency_below_unreserved_min_value": 901}
    call.params["ProvisionedConcurrentExecutions"] = limit.get(call.answer, call.params["ProvisionedConcurrentExecutions"])


@S.before("test_tag_limits*", "create_function_invalid_tags")
def _(run, call):
    call.prepared = True
    call.params["FunctionName"] += "-other"
    ensure_role(run, call.params["Role"].split("/")[-1])
    call.params = with_zip(call.params, source(run))


@S.before("test_create_tag_on_fn_create*", "get_function_result")
def _(run, call):
    ensure_function(run, name_of(call.params["FunctionName"]), Tags={"testtag": f"tag-{run.token}"})


@S.before("test_tag_nonexisting_resource*", "not_found_exception_*")
def _(run, call):
    call.prepared = True
    if run.once("deleted", "function"):
        run.call("lambda:DeleteFunction", FunctionName=f"fn-{run.token}")


@S.before("test_function_revisions_version_and_alias*")
def _(run, call):
    for member in ("Qualifier", "FunctionVersion"):
        if call.params.get(member) == "x":
            call.params[member] = "1"


@S.before("test_alias_lifecycle*", "list_aliases_for_fnname")
def _(run, call):
    call.params.pop("MaxItems")   # the test gathers the pages


def layer(run, number, name=None):
    return f"arn:aws:lambda:{run.region}:{run.account}:layer:{name or f'testlayer-{run.token}'}:{number}"


@S.before("test_layer_function_exceptions*")
def _(run, call):
    layers = {"two_layer_versions_single_function_exc": (1, 2), "three_layer_versions_single_function_exc": (1, 2, 3),
              "two_identical_layer_versions_single_function_exc": (1, 1), "add_nonexistent_layer_version_exc": (9,)}.get(call.answer)
    if layers:
        call.params["Layers"] = [layer(run, n) for n in layers]
    if call.answer == "add_nonexistent_layer_exc":
        call.params["Layers"] = [layer(run, 1, "doesnotexist")]
    if call.answer == "add_layer_arn_without_version_exc":
        call.params["Layers"] = [layer(run, 1)[:-2]]


@S.before("test_layer_lifecycle*", "update_fn_config")
def _(run, call):
    call.params["Layers"] = [layer(run, 1)]


@S.before("test_layer_lifecycle*", "get_layer_by_arn_version")
def _(run, call):
    call.params["Arn"] = layer(run, 1)


@S.before("test_layer_exceptions*", "get_layer_version_by_arn_exc_nonexistentversion")
def _(run, call):
    call.params["Arn"] = layer(run, 2)


@S.before("test_tag_versions*")
def _(run, call):
    ensure_function(run, f"fn-tag-{run.token}", Publish=True)
    if call.params["Resource"] == "<FunctionArn>":
        call.params["Resource"] = f"arn:aws:lambda:{run.region}:{run.account}:function:fn-tag-{run.token}:1"


@S.before("test_lambda_eventinvokeconfig_*", "put_published_invokeconfig")
@S.before("test_lambda_eventinvokeconfig_*", "get_published_invokeconfig")
@S.before("test_lambda_eventinvokeconfig_*", "get_invokeconfig_postpublish")
def _(run, call):
    if call.params.get("Qualifier") in (None, "x"):
        call.params["Qualifier"] = "1"


@S.before("test_create_event_*")
def _(run, call):
    if call.params.get("EventSourceArn") == "<LatestStreamArn>":
        call.params["EventSourceArn"] = run.keep("stream", lambda: run.call(
            "dynamodb:CreateTable", TableName=f"table-{run.token}", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})["TableDescription"]["LatestStreamArn"])
    if call.params.get("EventSourceArn") == "<StreamARN>":
        call.params["EventSourceArn"] = f"arn:aws:kinesis:{run.region}:{run.account}:stream/stream-{run.token}"


@S.before("test_function_name_variations*")
def _(run, call):
    """Mappings of one queue by names of all kinds, each deleted before the next."""
    name = f"lambda_func-{run.token}"
    ensure_function(run, name)
    ensure_queue(run, f"test-queue-{run.token}")
    if run.once("published", name):
        run.call("lambda:PublishVersion", FunctionName=name)
        run.call("lambda:CreateAlias", FunctionName=name, Name="myalias", FunctionVersion="1")
    own = f"arn:aws:lambda:{run.region}:{run.account}:function:{name}"
    call.params["FunctionName"] = {"partial_arn_version_create_esm": f"{name}:1", "full_arn_version_create_esm": f"{own}:1", "full_arn_alias_create_esm": f"{own}:myalias"}.get(call.answer, call.params["FunctionName"])
    for made in run.call("lambda:ListEventSourceMappings")["EventSourceMappings"]:
        run.try_call("lambda:DeleteEventSourceMapping", UUID=made["UUID"])


@S.before("test_tag_*event_source_mapping*")
@S.before("test_create_tag_on_esm_create*")
def _(run, call):
    """A mapping of a queue, which the test had made."""
    if call.params.get("Resource", "").startswith("<"):
        call.params["Resource"] = run.keep("mapping", lambda: mapping(run, **({"Tags": {"testtag": f"tag-{run.token}"}} if "esm_create" in run.test.name else {})))


def mapping(run, **more):
    name = f"function-{run.token}"
    ensure_function(run, name)
    ensure_queue(run, f"queue-{run.token}")
    made = run.call("lambda:CreateEventSourceMapping", FunctionName=name, EventSourceArn=f"arn:aws:sqs:{run.region}:{run.account}:queue-{run.token}", **more)
    return made["EventSourceMappingArn"]


@S.before("test_invalid_invoke*")
def _(run, call):
    call.prepared = True


@S.before("test_oversized_zipped_create_lambda*", "invalid_param_exc")
def _(run, call):
    call.params["Code"] = {"ZipFile": b"\0" * 52428801}


S.unordered("List*", "*")
S.unordered("*", "Tags")

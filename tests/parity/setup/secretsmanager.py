"""Secrets Manager: the secrets that the calls name, unless the point of the call is that they are missing."""
import importlib
import json
import time

from parity.clients import small_zip
from parity.setup import Service

S = Service("secretsmanager")
S.alias("SecretId", "ARN")
# A new value is the old one's continuation; the steps between need nothing.
ROTATION = """
import boto3
def handler(event, context):
    secrets = boto3.client("secretsmanager")
    secret, token = event["SecretId"], event["ClientRequestToken"]
    if event["Step"] == "createSecret":
        value = secrets.get_secret_value(SecretId=secret, VersionStage="AWSCURRENT")["SecretString"]
        secrets.put_secret_value(SecretId=secret, ClientRequestToken=token, SecretString=value + "+", VersionStages=["AWSPENDING"])
    if event["Step"] == "finishSecret":
        stages = secrets.describe_secret(SecretId=secret)["VersionIdsToStages"]
        current = next(v for v, names in stages.items() if "AWSCURRENT" in names)
        secrets.update_secret_version_stage(SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current)
"""


def make(run, name, value="secret-value", **more):
    run.made.add(("secret", name))
    return run.call("secretsmanager:CreateSecret", Name=name, SecretString=value, **more)


@S.prepare
def secrets(run, call):
    recorded = call.recorded if isinstance(call.recorded, dict) else {}
    missing = recorded.get("Error", {}).get("Code") == "ResourceNotFoundException" and "not_found" in run.test.name
    if call.operation == "CreateSecret":
        run.made.add(("secret", call.params["Name"]))
        return
    name = call.params.get("SecretId")
    if name == "<ARN>" and run.find("ARN") is None:
        make(run, f"test-secret-{run.token}")
    elif name and name != "<ARN>" and ("secret", name) not in run.made and not missing and "invalid_secret_name" not in run.test.name:
        make(run, name)


@S.before("test_change_secret_value_after_creation*")
def _(run, call):
    """The three answers show the value as put, as put in binary form, and as updated in binary form."""
    run.prepare(call)
    operation = "UpdateSecret" if call.answer.startswith("update") else "PutSecretValue"
    run.call(f"secretsmanager:{operation}", SecretId=call.params["SecretId"], SecretBinary=binary(call))


def binary(call):
    """The recorder wrote bytes as b'…'. What they are, and what the answer is then compared with."""
    call.recorded["SecretBinary"] = call.recorded["SecretBinary"].removeprefix("b'").removesuffix("'")
    return call.recorded["SecretBinary"]


@S.before("test_can_recreate_delete_secret", "create_secret_res_1")
def _(run, call):
    run.call("secretsmanager:DeleteSecret", SecretId=call.params["Name"], ForceDeleteWithoutRecovery=True)


@S.before("test_exp_raised_on_creation_of_secret_scheduled_for_deletion", "invalid_req_ex")
def _(run, call):
    make(run, call.params["Name"])
    run.call("secretsmanager:DeleteSecret", SecretId=call.params["Name"])


@S.before("test_secret_exists_snapshots", "ex_log")
def _(run, call):
    make(run, call.params["Name"])


@S.before("test_get_secret_value", "secret_value_response")
def _(run, call):
    name = f"test-secret-{run.token}"
    run.made.add(("secret", name))
    run.call("secretsmanager:CreateSecret", Name=name, SecretBinary=binary(call))


@S.before("test_secret_tags", "describe_secret_5")
def _(run, call):
    run.call("secretsmanager:TagResource", SecretId=run.find("ARN"), Tags=call.recorded["Tags"])


@S.before("test_secret_tags", "describe_secret_6")
def _(run, call):
    run.call("secretsmanager:UntagResource", SecretId=run.find("ARN"), TagKeys=["tag3", "tag4"])


@S.before("test_get_secret_value_errors", "mismatch_version_id_and_stage")
def _(run, call):
    run.prepare(call)
    call.params["SecretId"] = run.find("ARN")


@S.before("test_secret_version_not_found", "get_secret_value_no_version_ex")
def _(run, call):
    run.call("secretsmanager:CreateSecret", Name=call.params["SecretId"])
    run.made.add(("secret", call.params["SecretId"]))


@S.before("test_secret_version_not_found", "get_secret_value_version_not_found_ex")
def _(run, call):
    run.call("secretsmanager:PutSecretValue", SecretId=call.params["SecretId"], SecretString="secret-value")
    call.prepared = True


@S.before("test_secret_version_not_found*", "*stage_not_found_ex")
def _(run, call):
    call.prepared = True


@S.before("test_update_secret_version_stages_*", "*")
def _(run, call):
    """AWSCURRENT moves from the version that has it to the one that was put last."""
    if call.operation == "UpdateSecretVersionStage":
        versions = run.call("secretsmanager:ListSecretVersionIds", SecretId=call.params["SecretId"])["Versions"]
        run.history.pop()
        holding = lambda stage: next((v["VersionId"] for v in versions if stage in v["VersionStages"]), None)
        call.params.update(RemoveFromVersionId=holding("AWSCURRENT"), MoveToVersionId=holding("AWSPENDING"))


@S.before("test_rotate_secret_with_lambda_success*", "rotate_secret*")
def _(run, call):
    """The function that rotates, which lets Secrets Manager in."""
    run.prepare(call)
    name = call.params["RotationLambdaARN"].split(":")[6]
    importlib.import_module("parity.setup.lambda").ensure_function(run, name, Code={"ZipFile": small_zip(ROTATION)})
    run.call("lambda:AddPermission", FunctionName=name, StatementId="rotation", Action="lambda:InvokeFunction", Principal="secretsmanager.amazonaws.com")
    run.call("secretsmanager:UpdateSecret", SecretId=call.params["SecretId"], Description="testing rotation of secrets")


@S.before("test_rotate_secret_with_lambda_success*", "describe_secret_rotated")
def _(run, call):
    asked = len(run.history)
    until = time.monotonic() + 30
    while "LastRotatedDate" not in run.call("secretsmanager:DescribeSecret", SecretId=call.params["SecretId"]) and time.monotonic() < until:
        time.sleep(0.02)
    del run.history[asked:]


S.unordered("ListSecretVersionIds", "Versions")
S.unordered("*", "*VersionStages")
S.unordered("*", "*Tags")

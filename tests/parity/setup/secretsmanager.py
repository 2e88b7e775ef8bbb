"""Secrets Manager: the secrets that the calls name, unless the point of the call is that they are missing."""
import json
import time

from parity.clients import small_zip
from parity.setup import Service

S = Service("secretsmanager")
S.alias("SecretId", "ARN")
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]})


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


ROTATES = """
import boto3
def handler(event, context):
    secrets = boto3.client("secretsmanager")
    arn, token = event["SecretId"], event["ClientRequestToken"]
    current = secrets.get_secret_value(SecretId=arn, VersionStage="AWSCURRENT")
    if event["Step"] == "createSecret":
        secrets.put_secret_value(SecretId=arn, ClientRequestToken=token, SecretString="rotated", VersionStages=["AWSPENDING"])
    if event["Step"] == "finishSecret":
        secrets.update_secret_version_stage(SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current["VersionId"])
"""


@S.before("test_rotate_secret_with_lambda_success*", "rotate_secret_immediately")
def _(run, call):
    name = call.params["SecretId"]
    make(run, name, Description="testing rotation of secrets")
    allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"}]}
    role = run.call("iam:CreateRole", RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    run.call("iam:PutRolePolicy", RoleName=name, PolicyName="rotates", PolicyDocument=json.dumps(allowed))
    run.call("lambda:CreateFunction", FunctionName=name, Role=role, Code={"ZipFile": small_zip(ROTATES)}, Runtime="python3.12", Handler="handler.handler", Timeout=30)
    until(run, lambda: run.call("lambda:GetFunctionConfiguration", FunctionName=name)["State"] == "Active")
    run.call("lambda:AddPermission", FunctionName=name, StatementId="rotates", Action="lambda:InvokeFunction", Principal="secretsmanager.amazonaws.com")


@S.before("test_rotate_secret_with_lambda_success*", "describe_secret_rotated")
def _(run, call):
    until(run, lambda: "LastRotatedDate" in run.call("secretsmanager:DescribeSecret", SecretId=call.params["SecretId"]))


def until(run, reached):
    """Waits; beside the answers from which later calls take their values."""
    for _ in range(500):
        asked = len(run.history)
        done = reached()
        del run.history[asked:]
        if done:
            return
        time.sleep(0.02)


S.unordered("ListSecretVersionIds", "Versions")
S.unordered("*", "*VersionStages")
S.unordered("*", "*Tags")

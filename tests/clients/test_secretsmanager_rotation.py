"""Rotation by a Lambda function that runs here: the four steps, the schedule on the virtual clock, and what a function's policy allows."""
import io
import json
import time
import zipfile

import botocore.exceptions
import pytest

from conftest import wait_for

HOME = "000000000000"
# The steps as AWS's templates of rotation functions do them.
HANDLER = '''
import boto3, os, time
def handler(event, context):
    secrets = boto3.client("secretsmanager", endpoint_url=os.environ["ENDPOINT"]) if os.environ.get("ENDPOINT") else boto3.client("secretsmanager")
    arn, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    versions = secrets.describe_secret(SecretId=arn)["VersionIdsToStages"]
    how = secrets.describe_secret(SecretId=arn).get("Description", "")
    if how == "fail in " + step:
        raise ValueError("as told")
    if how == "slow in " + step:
        time.sleep(2)
    if "AWSPENDING" not in versions.get(token, []) and "AWSCURRENT" not in versions.get(token, []):
        raise ValueError("no stage for rotation")
    if step == "createSecret":
        try:
            secrets.get_secret_value(SecretId=arn, VersionId=token, VersionStage="AWSPENDING")
        except secrets.exceptions.ResourceNotFoundException:
            secrets.put_secret_value(SecretId=arn, ClientRequestToken=token, SecretString="new " + token, VersionStages=["AWSPENDING"])
    if step == "finishSecret":
        current = next(v for v, stages in versions.items() if "AWSCURRENT" in stages)
        if current != token:
            secrets.update_secret_version_stage(SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current)
    return step
'''


def package(text):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("rotate.py", text)
    return out.getvalue()


def make_function(server):
    iam, functions = server.client("iam"), server.client("lambda")
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    role = iam.create_role(RoleName="rotates", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="rotates", PolicyName="p", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["secretsmanager:*", "kms:*"], "Resource": "*"}]}))
    arn = functions.create_function(FunctionName="rotate", Runtime="python3.11", Handler="rotate.handler", Role=role, Timeout=30, Code={"ZipFile": package(HANDLER)})["FunctionArn"]
    functions.get_waiter("function_active_v2").wait(FunctionName="rotate", WaiterConfig={"Delay": 1})
    return arn


@pytest.fixture(scope="module")
def function(server):
    return make_function(server)


def allow_rotation(server):
    server.client("lambda").add_permission(FunctionName="rotate", StatementId="s", Action="lambda:InvokeFunction", Principal="secretsmanager.amazonaws.com", SourceAccount=HOME)


def test_a_function_rotates_a_secret(server, function):
    secrets = server.client("secretsmanager")
    made = secrets.create_secret(Name="s", SecretString="first")
    with pytest.raises(botocore.exceptions.ClientError, match="Secrets Manager cannot invoke the specified Lambda function"):
        secrets.rotate_secret(SecretId="s", RotationLambdaARN=function, RotationRules={"AutomaticallyAfterDays": 10})
    allow_rotation(server)
    rotated = secrets.rotate_secret(SecretId="s", RotationLambdaARN=function, RotationRules={"AutomaticallyAfterDays": 10})
    wait_for(lambda: "LastRotatedDate" in secrets.describe_secret(SecretId="s"), 60, "the rotation")
    now = secrets.describe_secret(SecretId="s")
    assert now["VersionIdsToStages"] == {made["VersionId"]: ["AWSPREVIOUS"], rotated["VersionId"]: ["AWSCURRENT"]}
    assert secrets.get_secret_value(SecretId="s")["SecretString"] == "new " + rotated["VersionId"]
    assert now["RotationEnabled"] and now["RotationLambdaARN"] == function and now["RotationRules"] == {"AutomaticallyAfterDays": 10}
    server.admin("POST", "clock", action="advance", by="11d")
    wait_for(lambda: secrets.describe_secret(SecretId="s")["LastRotatedDate"] > now["NextRotationDate"].replace(hour=0, minute=0, second=0), 60, "the planned rotation")
    assert secrets.get_secret_value(SecretId="s")["VersionId"] != rotated["VersionId"]


def test_a_failed_step_is_repeated_and_a_killed_server_goes_on(fresh_server):
    server = fresh_server()
    arn = make_function(server)
    allow_rotation(server)
    secrets = server.client("secretsmanager")
    tokens = {}
    for step in ("createSecret", "setSecret", "testSecret", "finishSecret"):
        secrets.create_secret(Name=step, SecretString="first", Description="fail in " + step)
        tokens[step] = secrets.rotate_secret(SecretId=step, RotationLambdaARN=arn, RotationRules={"AutomaticallyAfterDays": 10})["VersionId"]
    for step in tokens:
        wait_for(lambda: f"rotation of secret {step}: {step} failed" in server.log.read_text(), 30, f"the failure of {step}")
        assert secrets.get_secret_value(SecretId=step)["SecretString"] == "first"
        with pytest.raises(botocore.exceptions.ClientError, match="A previous rotation isn't complete"):
            secrets.rotate_secret(SecretId=step)
        secrets.update_secret(SecretId=step, Description="slow in " + step)
    server.admin("POST", "clock", action="advance", by="61s")   # when the step is due again
    time.sleep(1)                                               # some step runs then: it takes two seconds
    server.kill9()
    server.start()
    secrets = server.client("secretsmanager")
    for step, token in tokens.items():
        wait_for(lambda: "LastRotatedDate" in secrets.describe_secret(SecretId=step), 60, f"the rotation of {step}")
        assert secrets.get_secret_value(SecretId=step)["SecretString"] == "new " + token
        assert sorted(secrets.describe_secret(SecretId=step)["VersionIdsToStages"].values()) == [["AWSCURRENT"], ["AWSPREVIOUS"]]

"""Lambda's control operations through boto3."""
import base64
import hashlib
import io
import json
import stat
import zipfile

import pytest
from botocore.exceptions import ClientError
from lambda_support import allow, invoke, make_function, make_role, package


def refused(code, text=None):
    class Check:
        def __enter__(self):
            return self

        def __exit__(self, kind, error, _):
            assert kind is not None and issubclass(kind, ClientError), f"expected {code}, got {error!r}"
            assert error.response["Error"]["Code"] == code, error
            assert text is None or text in error.response["Error"]["Message"], error
            return True
    return Check()


@pytest.fixture(scope="module")
def role(server):
    return make_role(server, "runner", allow("*"))


@pytest.fixture(scope="module")
def client(server):
    return server.client("lambda")


def test_a_function_is_pending_then_active_and_shows_its_package(server, client, role):
    code = package()
    made = client.create_function(FunctionName="life", Runtime="python3.12", Role=role, Handler="index.handler", Code={"ZipFile": code},
                                  Environment={"Variables": {"COLOUR": "grey"}}, Tags={"team": "fog"}, Description="d", MemorySize=256, Timeout=7)
    assert (made["State"], made["StateReasonCode"], made["Version"], made["MemorySize"]) == ("Pending", "Creating", "$LATEST", 256)
    assert made["CodeSha256"] == base64.b64encode(hashlib.sha256(code).digest()).decode() and made["CodeSize"] == len(code)
    client.get_waiter("function_active_v2").wait(FunctionName="life", WaiterConfig={"Delay": 1})
    shown = client.get_function(FunctionName="life")
    assert shown["Configuration"]["LastUpdateStatus"] == "Successful" and shown["Tags"] == {"team": "fog"}
    assert shown["Configuration"]["RevisionId"] != made["RevisionId"]
    for name in ("life", shown["Configuration"]["FunctionArn"], "000000000000:function:life", "function:life"):
        assert client.get_function_configuration(FunctionName=name)["FunctionName"] == "life"
    with refused("ResourceConflictException", "Function already exist: life"):
        client.create_function(FunctionName="life", Runtime="python3.12", Role=role, Handler="x.y", Code={"ZipFile": code})
    client.delete_function(FunctionName="life")
    with refused("ResourceNotFoundException", "Function not found: arn:aws:lambda:us-east-1:000000000000:function:life"):
        client.get_function(FunctionName="life")


def test_roles_must_exist_and_trust_lambda(server, client, role):
    nobody = make_role(server, "for-ec2", trust=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}))
    for arn in (nobody, "arn:aws:iam::000000000000:role/none"):
        with refused("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda."):
            client.create_function(FunctionName="f", Runtime="python3.12", Role=arn, Handler="x.y", Code={"ZipFile": package()})
    with refused("AccessDeniedException", "Cross-account pass role is not allowed."):
        client.create_function(FunctionName="f", Runtime="python3.12", Role="arn:aws:iam::111122223333:role/x", Handler="x.y", Code={"ZipFile": package()})


def test_whoever_creates_a_function_must_be_allowed_to_pass_its_role(server, role):
    iam = server.client("iam")
    iam.create_user(UserName="builder")
    key = iam.create_access_key(UserName="builder")["AccessKey"]
    iam.put_user_policy(UserName="builder", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow("lambda:*")]}))
    builder = server.client("lambda", key["AccessKeyId"], key["SecretAccessKey"])
    make = dict(FunctionName="passed", Runtime="python3.12", Role=role, Handler="index.handler", Code={"ZipFile": package()})
    with refused("AccessDeniedException", "iam:PassRole"):
        builder.create_function(**make)
    iam.put_user_policy(UserName="builder", PolicyName="q", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {**allow("iam:PassRole", resource=role), "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}}]}))
    builder.create_function(**make)


def test_packages_that_escape_or_explode_are_refused(client, role):
    def zipped(fill):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
            fill(z)
        return out.getvalue()

    def link(target):
        def fill(z):
            info = zipfile.ZipInfo("link")
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            z.writestr(info, target)
        return fill

    bad = [b"no zip", zipped(lambda z: z.writestr("../escape.py", "x")), zipped(lambda z: z.writestr("/etc/passwd", "x")),
           zipped(link("../../../etc/passwd")), zipped(link("/etc/passwd")), zipped(lambda z: None)]
    for code in bad:
        with refused("InvalidParameterValueException", "Could not unzip uploaded file"):
            client.create_function(FunctionName="bad", Runtime="python3.12", Role=role, Handler="x.y", Code={"ZipFile": code})
    bomb = zipped(lambda z: [z.writestr(f"{i}", b"\0" * (10 << 20)) for i in range(26)])
    with refused("InvalidParameterValueException", "Unzipped size must be smaller than 262144000 bytes"):
        client.create_function(FunctionName="bad", Runtime="python3.12", Role=role, Handler="x.y", Code={"ZipFile": bomb})


def test_a_package_from_s3_is_read_with_the_callers_permission(server, client, role):
    s3 = server.client("s3")
    s3.create_bucket(Bucket="packages")
    s3.put_object(Bucket="packages", Key="f.zip", Body=package())
    made = client.create_function(FunctionName="from-s3", Runtime="python3.12", Role=role, Handler="index.handler", Code={"S3Bucket": "packages", "S3Key": "f.zip"})
    assert made["CodeSize"] == len(package())
    for bucket, key, text in (("packages", "none.zip", "NoSuchKey"), ("not-a-bucket", "x", "NoSuchBucket")):
        with refused("InvalidParameterValueException", f"Error occurred while GetObject. S3 Error Code: {text}"):
            client.update_function_code(FunctionName="from-s3", S3Bucket=bucket, S3Key=key)
    iam = server.client("iam")
    iam.create_user(UserName="reader")
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    iam.put_user_policy(UserName="reader", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow("lambda:*", "iam:PassRole")]}))
    with refused("AccessDeniedException", "Your access has been denied by S3"):
        server.client("lambda", key["AccessKeyId"], key["SecretAccessKey"]).update_function_code(FunctionName="from-s3", S3Bucket="packages", S3Key="f.zip")


def test_retired_and_unknown_runtimes_are_refused(client, role):
    make = dict(FunctionName="old", Role=role, Handler="x.y", Code={"ZipFile": package()})
    with refused("InvalidParameterValueException", "The runtime parameter of nodejs14.x is no longer supported"):
        client.create_function(Runtime="nodejs14.x", **make)
    with refused("InvalidParameterValueException", "Value cobol at 'runtime' failed to satisfy constraint"):
        client.create_function(Runtime="cobol", **make)


@pytest.mark.parametrize("more", [{"FileSystemConfigs": [{"Arn": "arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-00000000000000000", "LocalMountPath": "/mnt/x"}]},
                                  {"SnapStart": {"ApplyOn": "PublishedVersions"}}, {"KMSKeyArn": "arn:aws:kms:us-east-1:000000000000:key/x"}])
def test_what_would_have_no_effect_is_named_and_not_accepted(client, role, more):
    with refused("NotImplemented"):
        client.create_function(FunctionName="x", Runtime="python3.12", Role=role, Handler="x.y", Code={"ZipFile": package()}, **more)


def test_subnets_that_cannot_exist_are_refused(client, role):
    with refused("InvalidParameterValueException", "InvalidSubnetID.NotFound"):
        client.create_function(FunctionName="x", Runtime="python3.12", Role=role, Handler="x.y", Code={"ZipFile": package()},
                               VpcConfig={"SubnetIds": ["subnet-1"], "SecurityGroupIds": []})


def test_versions_do_not_change_and_aliases_move_between_them(server, client, role):
    make_function(server, "moves", role, "def handler(e, c): return 1")
    one = client.publish_version(FunctionName="moves", Description="first")
    assert one["Version"] == "1" and client.publish_version(FunctionName="moves")["Version"] == "1"   # nothing has changed
    client.update_function_code(FunctionName="moves", ZipFile=package("def handler(e, c): return 2"))
    client.get_waiter("function_updated_v2").wait(FunctionName="moves", WaiterConfig={"Delay": 1})
    assert client.publish_version(FunctionName="moves")["Version"] == "2"
    alias = client.create_alias(FunctionName="moves", Name="live", FunctionVersion="1")
    assert invoke(client, "moves:live") == 1 and invoke(client, "moves", Qualifier="2") == 2
    with refused("PreconditionFailedException"):
        client.update_alias(FunctionName="moves", Name="live", FunctionVersion="2", RevisionId="old")
    client.update_alias(FunctionName="moves", Name="live", FunctionVersion="2", RevisionId=alias["RevisionId"])
    assert invoke(client, alias["AliasArn"]) == 2
    client.update_alias(FunctionName="moves", Name="live", FunctionVersion="1", RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}})
    assert {invoke(client, "moves:live") for _ in range(60)} == {1, 2}
    assert [v["Version"] for v in client.list_versions_by_function(FunctionName="moves")["Versions"]] == ["$LATEST", "1", "2"]
    with refused("ResourceConflictException", "referenced by one or more aliases"):
        client.delete_function(FunctionName="moves", Qualifier="1")


def test_policies_let_other_accounts_in_and_only_where_they_say(server, client, role):
    make_function(server, "shared", role)
    other = server.client("lambda", "111122223333")
    arn = client.get_function_configuration(FunctionName="shared")["FunctionArn"]
    with refused("AccessDeniedException"):
        other.invoke(FunctionName=arn)
    client.add_permission(FunctionName="shared", StatementId="other", Action="lambda:InvokeFunction", Principal="111122223333")
    assert invoke(other, arn)["version"] == "$LATEST"
    with refused("AccessDeniedException"):
        other.get_function(FunctionName=arn)
    policy = client.get_policy(FunctionName="shared")
    assert json.loads(policy["Policy"])["Statement"][0]["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    with refused("ResourceConflictException", "The statement id (other) provided already exists"):
        client.add_permission(FunctionName="shared", StatementId="other", Action="lambda:InvokeFunction", Principal="111122223333")
    client.remove_permission(FunctionName="shared", StatementId="other", RevisionId=policy["RevisionId"])
    with refused("AccessDeniedException"):
        other.invoke(FunctionName=arn)


def test_a_layer_gives_a_function_a_module_also_across_accounts(server, client, role):
    layer = client.publish_layer_version(LayerName="words", Content={"ZipFile": package("WORD = 'fog'", "python/words.py")}, CompatibleRuntimes=["python3.12"])
    make_function(server, "layered", role, "import words\ndef handler(e, c): return words.WORD", Layers=[layer["LayerVersionArn"]])
    assert invoke(client, "layered") == "fog"
    client.delete_layer_version(LayerName="words", VersionNumber=1)
    assert invoke(client, "layered") == "fog"   # a function keeps what it was made with
    foreign = server.client("lambda", "111122223333")
    theirs = foreign.publish_layer_version(LayerName="words", Content={"ZipFile": package("WORD = 'bank'", "python/words.py")})["LayerVersionArn"]
    with refused("AccessDeniedException", "lambda:GetLayerVersion"):
        client.update_function_configuration(FunctionName="layered", Layers=[theirs])
    foreign.add_layer_version_permission(LayerName="words", VersionNumber=1, StatementId="s", Action="lambda:GetLayerVersion", Principal="000000000000")
    client.update_function_configuration(FunctionName="layered", Layers=[theirs])
    client.get_waiter("function_updated_v2").wait(FunctionName="layered", WaiterConfig={"Delay": 1})
    assert invoke(client, "layered") == "bank"


def test_reserved_concurrency_is_counted_against_the_account(server, client, role):
    make_function(server, "reserved", role)
    assert client.put_function_concurrency(FunctionName="reserved", ReservedConcurrentExecutions=100)["ReservedConcurrentExecutions"] == 100
    assert client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == 900
    with refused("InvalidParameterValueException", "below its minimum value of [100]"):
        client.put_function_concurrency(FunctionName="reserved", ReservedConcurrentExecutions=901)
    client.put_function_concurrency(FunctionName="reserved", ReservedConcurrentExecutions=0)
    with refused("TooManyRequestsException", "Rate Exceeded."):
        client.invoke(FunctionName="reserved")
    client.delete_function_concurrency(FunctionName="reserved")
    assert client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == 1000
    assert invoke(client, "reserved")["version"] == "$LATEST"


def test_functions_and_their_packages_survive_a_restart(server, client, role):
    make_function(server, "stays", role, "def handler(e, c): return 'here'")
    server.stop()
    server.start()
    assert invoke(client, "stays") == "here"

"""Secrets Manager through boto3: versions and labels, values under KMS keys, decisions, policies, deletion on the virtual clock."""
import json
import sqlite3
import string
import uuid

import pytest
from botocore.exceptions import ClientError

HOME, AWAY = "000000000000", "444444444444"
MARKED = "You can't perform this operation on the secret because it was marked for deletion."


@pytest.fixture(scope="module")
def secrets(server):
    return server.client("secretsmanager", parameter_validation=False)


@pytest.fixture
def name():
    return f"test/{uuid.uuid4()}"


def refused(call, **arguments):
    with pytest.raises(ClientError) as e:
        call(**arguments)
    return e.value.response["Error"]["Code"], e.value.response["Error"]["Message"]


def user(server, account, name, *statements):
    """A client of a user with these statements."""
    iam = server.client("iam", key=account)
    iam.create_user(UserName=name)
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return server.client("secretsmanager", key["AccessKeyId"], key["SecretAccessKey"])


def allow(actions, resource="*", **condition):
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **({"Condition": condition} if condition else {})}


# --- values and versions -------------------------------------------------------------------------------------------------------------------

def test_a_secret_is_read_by_name_arn_and_partial_arn(secrets, name):
    made = secrets.create_secret(Name=name, SecretString="text", Description="d", Tags=[{"Key": "k", "Value": "v"}])
    assert made["ARN"].startswith(f"arn:aws:secretsmanager:us-east-1:{HOME}:secret:{name}-") and len(made["ARN"].rsplit("-", 1)[1]) == 6
    for given in (name, made["ARN"], made["ARN"][:-7]):
        value = secrets.get_secret_value(SecretId=given)
        assert (value["SecretString"], value["VersionId"], value["VersionStages"], value["Name"]) == ("text", made["VersionId"], ["AWSCURRENT"], name)
    described = secrets.describe_secret(SecretId=name)
    assert described["LastAccessedDate"].timestamp() % 86400 == 0
    assert described["Tags"] == [{"Key": "k", "Value": "v"}] and described["Description"] == "d"
    wrong = made["ARN"][:-1] + ("a" if made["ARN"][-1] != "a" else "b")
    assert refused(secrets.get_secret_value, SecretId=wrong)[0] == "ResourceNotFoundException"
    tricky = secrets.create_secret(Name=name + "-a1b2c3", SecretString="x")["ARN"]   # its partial ARN looks like a full one
    assert secrets.get_secret_value(SecretId=name + "-a1b2c3")["SecretString"] == "x"
    assert refused(secrets.get_secret_value, SecretId=tricky[:-7])[0] == "ResourceNotFoundException"


def test_binary_values_come_back_as_they_went(secrets, name):
    blob = bytes(range(256)) * 256
    secrets.create_secret(Name=name, SecretBinary=blob)
    value = secrets.get_secret_value(SecretId=name)
    assert value["SecretBinary"] == blob and "SecretString" not in value
    assert refused(secrets.put_secret_value, SecretId=name, SecretBinary=blob + b"x")[0] == "ValidationException"
    assert refused(secrets.put_secret_value, SecretId=name, SecretBinary=b"x", SecretString="x")[0] == "InvalidParameterException"
    assert refused(secrets.put_secret_value, SecretId=name) == ("InvalidRequestException", "You must provide either SecretString or SecretBinary.")
    assert refused(secrets.put_secret_value, SecretId=name, SecretString="\u20ac" * 30000)[0] == "ValidationException"   # 90,000 bytes
    assert secrets.get_secret_value(SecretId=name)["SecretBinary"] == blob


def test_a_token_sent_again_changes_nothing_and_with_another_value_fails(secrets, name):
    token = str(uuid.uuid4())
    made = secrets.create_secret(Name=name, SecretString="one", ClientRequestToken=token)
    assert made["VersionId"] == token
    assert secrets.create_secret(Name=name, SecretString="one", ClientRequestToken=token)["ARN"] == made["ARN"]
    assert secrets.put_secret_value(SecretId=name, SecretString="one", ClientRequestToken=token)["VersionStages"] == ["AWSCURRENT"]
    in_use = ("ResourceExistsException", f"You can't use ClientRequestToken {token} because that value is already in use for a version of secret {made['ARN']}.")
    assert refused(secrets.create_secret, Name=name, SecretString="two", ClientRequestToken=token) == in_use
    assert refused(secrets.put_secret_value, SecretId=name, SecretString="two", ClientRequestToken=token) == in_use
    assert refused(secrets.put_secret_value, SecretId=name, SecretBinary=b"one", ClientRequestToken=token) == in_use
    assert refused(secrets.update_secret, SecretId=name, SecretString="two", ClientRequestToken=token) == in_use
    assert refused(secrets.create_secret, Name=name, SecretString="one") == ("ResourceExistsException", f"The operation failed because the secret {name} already exists.")
    assert len(secrets.list_secret_version_ids(SecretId=name, IncludeDeprecated=True)["Versions"]) == 1


def test_labels_move_and_unlabelled_versions_are_deprecated(secrets, name):
    v1 = secrets.create_secret(Name=name, SecretString="1")["VersionId"]
    v2 = secrets.put_secret_value(SecretId=name, SecretString="2", VersionStages=["AWSPENDING", "mine"])["VersionId"]
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "1"
    assert secrets.get_secret_value(SecretId=name, VersionStage="mine")["SecretString"] == "2"
    move = dict(SecretId=name, VersionStage="AWSCURRENT", MoveToVersionId=v2)
    assert refused(secrets.update_secret_version_stage, **move) == (
        "InvalidParameterException", f"The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version {v1}, "
                                     "so you must explicitly reference that version in RemoveFromVersionId.")
    assert refused(secrets.update_secret_version_stage, **move, RemoveFromVersionId=v2)[0] == "InvalidParameterException"
    assert refused(secrets.update_secret_version_stage, SecretId=name, VersionStage="AWSCURRENT", RemoveFromVersionId=v1)[0] == "InvalidParameterException"
    assert refused(secrets.update_secret_version_stage, SecretId=name, VersionStage="x")[0] == "InvalidParameterException"
    assert refused(secrets.update_secret_version_stage, SecretId=name, VersionStage="x", MoveToVersionId="0" * 32)[0] == "ResourceNotFoundException"
    secrets.update_secret_version_stage(**move, RemoveFromVersionId=v1)
    secrets.update_secret_version_stage(SecretId=name, VersionStage="mine", RemoveFromVersionId=v2)
    assert secrets.describe_secret(SecretId=name)["VersionIdsToStages"] == {v1: ["AWSPREVIOUS"], v2: ["AWSCURRENT", "AWSPENDING"]}
    v3 = secrets.update_secret(SecretId=name, SecretString="3")["VersionId"]
    assert secrets.describe_secret(SecretId=name)["VersionIdsToStages"] == {v2: ["AWSPREVIOUS"], v3: ["AWSCURRENT"]}
    shown = secrets.list_secret_version_ids(SecretId=name)["Versions"]
    assert [v["VersionId"] for v in shown] == [v2, v3]
    everything = secrets.list_secret_version_ids(SecretId=name, IncludeDeprecated=True)["Versions"]
    assert [v["VersionId"] for v in everything] == [v1, v2, v3] and "VersionStages" not in everything[0]
    assert secrets.get_secret_value(SecretId=name, VersionId=v1)["SecretString"] == "1"   # still there
    assert refused(secrets.get_secret_value, SecretId=name, VersionId=v1, VersionStage="AWSCURRENT") == (
        "InvalidRequestException", "You provided a VersionStage that is not associated to the provided VersionId.")
    page = secrets.list_secret_version_ids(SecretId=name, IncludeDeprecated=True, MaxResults=2)
    rest = secrets.list_secret_version_ids(SecretId=name, IncludeDeprecated=True, MaxResults=2, NextToken=page["NextToken"])
    assert [v["VersionId"] for v in page["Versions"] + rest["Versions"]] == [v1, v2, v3] and "NextToken" not in rest
    assert refused(secrets.list_secret_version_ids, SecretId=name, NextToken="nonsense")[0] == "InvalidNextTokenException"


def test_only_a_hundred_deprecated_versions_are_kept(secrets, name):
    first = secrets.create_secret(Name=name, SecretString="0")["VersionId"]
    for i in range(105):
        secrets.put_secret_value(SecretId=name, SecretString=str(i))
    page = secrets.list_secret_version_ids(SecretId=name, IncludeDeprecated=True)
    versions = page["Versions"] + secrets.list_secret_version_ids(SecretId=name, IncludeDeprecated=True, NextToken=page["NextToken"])["Versions"]
    assert len(versions) == 102 and versions[-1]["VersionStages"] == ["AWSCURRENT"] and versions[0]["VersionId"] != first
    assert refused(secrets.get_secret_value, SecretId=name, VersionId=first)[0] == "ResourceNotFoundException"


def test_at_most_twenty_labels(secrets, name):
    secrets.create_secret(Name=name, SecretString="0")
    secrets.put_secret_value(SecretId=name, SecretString="1", VersionStages=[f"s{i}" for i in range(19)])
    assert refused(secrets.put_secret_value, SecretId=name, SecretString="2", VersionStages=["more"])[0] == "LimitExceededException"
    assert len(secrets.list_secret_version_ids(SecretId=name)["Versions"]) == 2


# --- lists ---------------------------------------------------------------------------------------------------------------------------------

def test_lists_are_filtered_sorted_and_paged(server):
    secrets = server.client("secretsmanager", key="555555555555", parameter_validation=False)
    for n, d, tags in (("app/One", "First of all", {"team": "red"}), ("app/two", "second", {"Team": "blue"}), ("other", "one more FIRST", {})):
        secrets.create_secret(Name=n, Description=d, Tags=[{"Key": k, "Value": v} for k, v in tags.items()])

    def names(*filters, **more):
        return [s["Name"] for s in secrets.list_secrets(Filters=[{"Key": k, "Values": v} for k, v in filters], **more)["SecretList"]]

    assert names(("name", ["app/"])) == ["app/One", "app/two"] and names(("name", ["App/"])) == []
    assert names(("name", ["!app/"])) == ["other"]
    assert names(("description", ["fir"])) == ["app/One", "other"] and names(("description", ["one first"])) == ["other"]
    assert names(("tag-key", ["team"])) == ["app/One"] and names(("tag-value", ["b", "r"])) == ["app/One", "app/two"]
    assert names(("all", ["one"])) == ["app/One", "other"] and names(("all", ["ne"])) == []
    assert names(("name", ["app"]), ("description", ["second"])) == ["app/two"]
    assert names(("owning-service", ["x"])) == []
    assert names(SortBy="name", SortOrder="desc") == ["other", "app/two", "app/One"]
    pages = list(secrets.get_paginator("list_secrets").paginate(SortBy="name", PaginationConfig={"PageSize": 1}))
    assert [[s["Name"] for s in p["SecretList"]] for p in pages] == [["app/One"], ["app/two"], ["other"]]
    assert refused(secrets.list_secrets, Filters=[{"Values": ["x"]}]) == ("InvalidParameterException", "Invalid filter key")
    assert refused(secrets.list_secrets, Filters=[{"Key": "colour", "Values": ["x"]}])[0] == "ValidationException"
    secrets.delete_secret(SecretId="other")
    assert "other" not in names() and "other" in names(IncludePlannedDeletion=True)
    batch = secrets.batch_get_secret_value(Filters=[{"Key": "name", "Values": ["app"]}], MaxResults=1)
    assert len(batch["Errors"]) == 1 and batch["NextToken"]   # it has no value
    assert batch["Errors"][0]["Message"] == "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"


def test_a_batch_answers_each_entry(secrets, name):
    arn = secrets.create_secret(Name=name, SecretString="a")["ARN"]
    secrets.create_secret(Name=name + "x", SecretBinary=b"b")
    secrets.create_secret(Name=name + "y", SecretString="gone")
    secrets.delete_secret(SecretId=name + "y")
    batch = secrets.batch_get_secret_value(SecretIdList=[arn, name + "x", name + "y", name + "z", "no name"])
    assert [(s["Name"], s.get("SecretString", s.get("SecretBinary"))) for s in batch["SecretValues"]] == [(name, "a"), (name + "x", b"b")]
    assert [(e["SecretId"], e["ErrorCode"]) for e in batch["Errors"]] == [(name + "y", "InvalidRequestException"), (name + "z", "ResourceNotFoundException"), ("no name", "ValidationException")]
    assert refused(secrets.batch_get_secret_value)[0] == "InvalidParameterException"
    assert refused(secrets.batch_get_secret_value, SecretIdList=[name], MaxResults=3)[0] == "InvalidParameterException"


# --- encryption ----------------------------------------------------------------------------------------------------------------------------

def test_nothing_of_a_value_is_stored_or_logged_in_plain_text(fresh_server):
    server = fresh_server()
    secrets = server.client("secretsmanager")
    plain = "mistle-thrush-" + uuid.uuid4().hex
    secrets.create_secret(Name="s", SecretString=plain)
    secrets.put_secret_value(SecretId="s", SecretString=plain + "2")
    secrets.update_secret(SecretId="s", SecretBinary=plain.encode())
    assert secrets.get_secret_value(SecretId="s")["SecretBinary"] == plain.encode()
    server.stop()
    from pathlib import Path
    for file in Path(server.data).rglob("*"):
        if file.is_file():
            assert plain.encode() not in file.read_bytes(), file


def test_values_survive_kill_9(fresh_server):
    server = fresh_server()
    secrets = server.client("secretsmanager")
    key = server.client("kms").create_key()["KeyMetadata"]["KeyId"]
    kept = {}
    for i in range(20):
        kept[f"s{i}"] = secrets.create_secret(Name=f"s{i}", SecretString=f"value {i}", **({"KmsKeyId": key} if i % 2 else {}))["VersionId"]
    secrets.delete_secret(SecretId="s0", RecoveryWindowInDays=7)
    server.kill9()
    server.start()
    secrets = server.client("secretsmanager")
    for i in range(1, 20):
        value = secrets.get_secret_value(SecretId=f"s{i}")
        assert (value["SecretString"], value["VersionId"]) == (f"value {i}", kept[f"s{i}"])
    server.admin("POST", "clock", action="advance", by="8d")
    assert refused(secrets.describe_secret, SecretId="s0")[0] == "ResourceNotFoundException"


def test_kms_keys_decide_too(server, name):
    admin, kms = server.client("secretsmanager"), server.client("kms")
    key = kms.create_key()["KeyMetadata"]
    admin.create_secret(Name=name, SecretString="text", KmsKeyId=key["KeyId"])
    assert admin.describe_secret(SecretId=name)["KmsKeyId"] == key["KeyId"]
    assert admin.list_secret_version_ids(SecretId=name)["Versions"][0]["KmsKeyIds"] == [key["KeyId"]]
    reader = user(server, HOME, f"reader-{uuid.uuid4().hex}", allow("secretsmanager:*"))
    denied = ("AccessDeniedException", "Access to KMS is not allowed")
    assert refused(reader.get_secret_value, SecretId=name) == denied
    assert refused(reader.put_secret_value, SecretId=name, SecretString="x") == denied
    assert refused(reader.create_secret, Name=name + "2", SecretString="x", KmsKeyId=key["Arn"]) == denied
    batch = reader.batch_get_secret_value(SecretIdList=[name])
    assert batch["Errors"] == [{"SecretId": name, "ErrorCode": denied[0], "Message": denied[1]}]
    arn = admin.describe_secret(SecretId=name)["ARN"]
    through = {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com", "kms:EncryptionContext:SecretARN": arn}
    limited = user(server, HOME, f"limited-{uuid.uuid4().hex}", allow("secretsmanager:*"), allow(["kms:Decrypt", "kms:GenerateDataKey"], key["Arn"], StringEquals=through))
    assert limited.get_secret_value(SecretId=name)["SecretString"] == "text"
    limited.put_secret_value(SecretId=name, SecretString="new")
    assert limited.get_secret_value(SecretId=name)["SecretString"] == "new"
    plain = user(server, HOME, f"plain-{uuid.uuid4().hex}", allow("secretsmanager:*"))   # the default key serves everybody who comes through the service
    plain.create_secret(Name=name + "3", SecretString="x")
    assert plain.get_secret_value(SecretId=name + "3")["SecretString"] == "x"
    kms.disable_key(KeyId=key["KeyId"])
    assert refused(admin.get_secret_value, SecretId=name)[0] == "DecryptionFailure"
    assert refused(admin.put_secret_value, SecretId=name, SecretString="y")[0] == "EncryptionFailure"
    assert refused(admin.create_secret, Name=name + "4", KmsKeyId=key["KeyId"])[0] == "EncryptionFailure"
    assert refused(admin.create_secret, Name=name + "5", SecretString="x", KmsKeyId="alias/none")[0] == "EncryptionFailure"
    kms.enable_key(KeyId=key["KeyId"])
    assert admin.get_secret_value(SecretId=name)["SecretString"] == "new"


def test_a_new_key_takes_labelled_versions_along(server, name):
    admin, kms = server.client("secretsmanager"), server.client("kms")
    old, new = kms.create_key()["KeyMetadata"]["KeyId"], kms.create_key()["KeyMetadata"]["KeyId"]
    v1 = admin.create_secret(Name=name, SecretString="1", KmsKeyId=old)["VersionId"]
    v2 = admin.put_secret_value(SecretId=name, SecretString="2")["VersionId"]
    v3 = admin.put_secret_value(SecretId=name, SecretString="3")["VersionId"]
    assert "VersionId" not in admin.update_secret(SecretId=name, KmsKeyId=new)
    keys = {v["VersionId"]: v["KmsKeyIds"] for v in admin.list_secret_version_ids(SecretId=name, IncludeDeprecated=True)["Versions"]}
    assert keys == {v1: [old], v2: [old, new], v3: [old, new]}
    kms.disable_key(KeyId=old)
    assert admin.get_secret_value(SecretId=name)["SecretString"] == "3"
    assert admin.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")["SecretString"] == "2"
    assert refused(admin.get_secret_value, SecretId=name, VersionId=v1)[0] == "DecryptionFailure"
    kms.enable_key(KeyId=old)
    kms.disable_key(KeyId=new)
    assert admin.get_secret_value(SecretId=name)["SecretString"] == "3"   # the copy under the old key
    kms.enable_key(KeyId=new)
    admin.update_secret(SecretId=name, KmsKeyId="", SecretString="4")
    described = admin.describe_secret(SecretId=name)
    assert "KmsKeyId" not in described
    current = next(v for v in admin.list_secret_version_ids(SecretId=name)["Versions"] if "AWSCURRENT" in v["VersionStages"])
    assert current["KmsKeyIds"] == ["DefaultEncryptionKey"] and admin.get_secret_value(SecretId=name)["SecretString"] == "4"


# --- decisions -----------------------------------------------------------------------------------------------------------------------------

def test_denials_name_the_arn_or_the_missing_name(server, name):
    admin = server.client("secretsmanager")
    arn = admin.create_secret(Name=name, SecretString="x")["ARN"]
    who = f"nobody-{uuid.uuid4().hex}"
    nobody = user(server, HOME, who)
    text = f"User: arn:aws:iam::{HOME}:user/{who} is not authorized to perform: secretsmanager:{{0}} on resource: {{1}} because no identity-based policy allows the secretsmanager:{{0}} action"
    assert refused(nobody.get_secret_value, SecretId=name) == ("AccessDeniedException", text.format("GetSecretValue", arn))
    assert refused(nobody.get_secret_value, SecretId=name + "none") == ("AccessDeniedException", text.format("GetSecretValue", name + "none"))
    assert refused(nobody.create_secret, Name=name + "2") == ("AccessDeniedException", text.format("CreateSecret", name + "2"))
    assert "on resource" not in refused(nobody.list_secrets)[1] and "on resource" not in refused(nobody.get_random_password)[1]


def test_conditions_on_tags_stages_and_windows(server, name):
    admin = server.client("secretsmanager")
    admin.create_secret(Name=name, SecretString="x", Tags=[{"Key": "team", "Value": "red"}])
    admin.put_secret_value(SecretId=name, SecretString="y")
    kms = allow("kms:*")
    red = user(server, HOME, f"red-{uuid.uuid4().hex}", allow("secretsmanager:GetSecretValue", StringEquals={"secretsmanager:ResourceTag/team": "red", "secretsmanager:VersionStage": "AWSPREVIOUS"}), kms)
    assert red.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")["SecretString"] == "x"
    assert refused(red.get_secret_value, SecretId=name)[0] == "AccessDeniedException"
    careful = user(server, HOME, f"careful-{uuid.uuid4().hex}", allow("secretsmanager:DeleteSecret", NumericGreaterThanEquals={"secretsmanager:RecoveryWindowInDays": "20"}))
    assert refused(careful.delete_secret, SecretId=name, RecoveryWindowInDays=7)[0] == "AccessDeniedException"
    maker = user(server, HOME, f"maker-{uuid.uuid4().hex}", kms,
                 allow("secretsmanager:CreateSecret", "*", StringLike={"secretsmanager:Name": "made/*"}),
                 allow("secretsmanager:TagResource", "*", **{"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}))
    made = f"made/{uuid.uuid4()}"
    maker.create_secret(Name=made, SecretString="x", Tags=[{"Key": "team", "Value": "red"}])
    assert refused(maker.create_secret, Name=made + "2", Tags=[{"Key": "other", "Value": "x"}])[1].count("secretsmanager:TagResource") == 2
    assert refused(maker.create_secret, Name="else/where")[0] == "AccessDeniedException"
    careful.delete_secret(SecretId=name, RecoveryWindowInDays=20)


def test_another_account_reads_with_both_policies_and_the_key(server, name):
    admin, kms = server.client("secretsmanager"), server.client("kms")
    who = f"guest-{uuid.uuid4().hex}"
    guest = user(server, AWAY, who, allow(["secretsmanager:GetSecretValue", "kms:Decrypt"]))
    guest_arn = f"arn:aws:iam::{AWAY}:user/{who}"
    own = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": guest_arn}, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]})
    key = kms.create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{HOME}:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": guest_arn}, "Action": "kms:Decrypt", "Resource": "*"}]}))["KeyMetadata"]["Arn"]
    arn = admin.create_secret(Name=name, SecretString="shared", KmsKeyId=key)["ARN"]
    assert refused(guest.get_secret_value, SecretId=arn)[0] == "AccessDeniedException"
    admin.put_resource_policy(SecretId=name, ResourcePolicy=own)
    assert guest.get_secret_value(SecretId=arn)["SecretString"] == "shared"
    assert guest.get_secret_value(SecretId=arn[:-7])["SecretString"] == "shared"
    default = admin.create_secret(Name=name + "2", SecretString="not shared")["ARN"]
    admin.put_resource_policy(SecretId=default, ResourcePolicy=own)
    assert refused(guest.get_secret_value, SecretId=default) == (
        "InvalidRequestException", "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.")
    admin.delete_resource_policy(SecretId=name)
    assert refused(guest.get_secret_value, SecretId=arn)[0] == "AccessDeniedException"


def test_resource_policies_are_checked_and_may_not_be_public_if_so_asked(secrets, name):
    secrets.create_secret(Name=name)
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId=name)
    document = lambda principal: json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]})
    everybody, home = document("*"), document({"AWS": f"arn:aws:iam::{HOME}:root"})
    assert refused(secrets.put_resource_policy, SecretId=name, ResourcePolicy=everybody, BlockPublicPolicy=True)[0] == "PublicPolicyException"
    assert refused(secrets.put_resource_policy, SecretId=name, ResourcePolicy="{") == ("MalformedPolicyDocumentException", "This resource policy contains a syntax error.")
    assert refused(secrets.put_resource_policy, SecretId=name, ResourcePolicy=document({"AWS": f"arn:aws:iam::{HOME}:user/nobody"})) == (
        "MalformedPolicyDocumentException", "This resource policy contains an unsupported principal.")
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId=name)
    secrets.put_resource_policy(SecretId=name, ResourcePolicy=home, BlockPublicPolicy=True)
    assert secrets.get_resource_policy(SecretId=name)["ResourcePolicy"] == home
    assert secrets.validate_resource_policy(SecretId=name, ResourcePolicy=home)["PolicyValidationPassed"] is True
    checked = secrets.validate_resource_policy(ResourcePolicy=everybody)
    assert checked["PolicyValidationPassed"] is False and checked["ValidationErrors"]
    assert refused(secrets.validate_resource_policy, ResourcePolicy="x")[0] == "MalformedPolicyDocumentException"


# --- deletion ------------------------------------------------------------------------------------------------------------------------------

def test_a_marked_secret_can_be_restored_until_its_window_has_passed(fresh_server):
    server = fresh_server()
    secrets = server.client("secretsmanager", parameter_validation=False)
    made = secrets.create_secret(Name="s", SecretString="x")
    assert refused(secrets.delete_secret, SecretId="s", RecoveryWindowInDays=6) == ("InvalidParameterException", "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
    assert refused(secrets.delete_secret, SecretId="s", RecoveryWindowInDays=7, ForceDeleteWithoutRecovery=True)[0] == "InvalidParameterException"
    deleted = secrets.delete_secret(SecretId="s", RecoveryWindowInDays=7)
    assert secrets.describe_secret(SecretId="s")["DeletedDate"] == deleted["DeletionDate"]
    marked = ("InvalidRequestException", MARKED)
    for call, more in ((secrets.get_secret_value, {}), (secrets.put_secret_value, {"SecretString": "y"}), (secrets.update_secret, {"Description": "y"}),
                       (secrets.tag_resource, {"Tags": [{"Key": "k", "Value": "v"}]}), (secrets.untag_resource, {"TagKeys": ["k"]}), (secrets.get_resource_policy, {}),
                       (secrets.update_secret_version_stage, {"VersionStage": "x", "MoveToVersionId": made["VersionId"]}), (secrets.rotate_secret, {}), (secrets.cancel_rotate_secret, {})):
        assert refused(call, SecretId="s", **more) == marked
    assert "scheduled for deletion" in refused(secrets.delete_secret, SecretId="s")[1]
    assert refused(secrets.create_secret, Name="s", SecretString="x") == (
        "InvalidRequestException", "You can't create this secret because a secret with this name is already scheduled for deletion.")
    server.admin("POST", "clock", action="advance", by="6d")
    secrets.restore_secret(SecretId="s")
    server.admin("POST", "clock", action="advance", by="2d")
    assert secrets.get_secret_value(SecretId="s")["SecretString"] == "x" and "DeletedDate" not in secrets.describe_secret(SecretId="s")
    secrets.delete_secret(SecretId="s")
    server.admin("POST", "clock", action="advance", by="31d")
    assert refused(secrets.restore_secret, SecretId="s")[0] == "ResourceNotFoundException"
    again = secrets.create_secret(Name="s", SecretString="y")
    assert again["ARN"] != made["ARN"]
    assert refused(secrets.get_secret_value, SecretId=made["ARN"])[0] == "ResourceNotFoundException"


def test_a_forced_deletion_leaves_nothing_and_succeeds_for_nothing(fresh_server):
    server = fresh_server()
    secrets = server.client("secretsmanager")
    arn = secrets.create_secret(Name="s", SecretString="x")["ARN"]
    secrets.put_secret_value(SecretId="s", SecretString="y")
    secrets.put_resource_policy(SecretId="s", ResourcePolicy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": {"AWS": f"arn:aws:iam::{HOME}:root"}, "Action": "secretsmanager:TagResource", "Resource": "*"}]}))
    secrets.delete_secret(SecretId="s")
    assert secrets.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)["ARN"] == arn
    assert secrets.delete_secret(SecretId="s", ForceDeleteWithoutRecovery=True)["Name"] == "s"
    assert refused(secrets.delete_secret, SecretId="s")[0] == "ResourceNotFoundException"
    server.stop()
    with sqlite3.connect(f"file:{next(p for p in __import__('pathlib').Path(server.data).glob('*.db*') if p.suffix == '.db')}?mode=ro", uri=True) as db:
        tables = [t for t, in db.execute("select name from sqlite_master where type = 'table'")]
        rows = [bytes(k) for t in tables for k in (r[0] for r in db.execute(f"select * from \"{t}\"")) if isinstance(k, bytes)]
        assert not [r for r in rows if b"secretsmanager" in r]


# --- passwords, rotation, what is not served --------------------------------------------------------------------------------------------------

def test_random_passwords_follow_their_rules(secrets):
    make = lambda **rules: secrets.get_random_password(**rules)["RandomPassword"]
    seen = {make() for _ in range(20)}
    assert len(seen) == 20 and all(len(p) == 32 for p in seen)
    p = make(PasswordLength=4096, ExcludePunctuation=True, ExcludeNumbers=True, ExcludeCharacters="abc", IncludeSpace=True)
    assert set(p) == (set(string.ascii_letters) | {" "}) - set("abc")
    assert refused(secrets.get_random_password, PasswordLength=3) == ("InvalidParameterException", "Password length is too short based on the required types.")
    assert refused(secrets.get_random_password, PasswordLength=4097)[0] == "ValidationException"
    assert refused(secrets.get_random_password, PasswordLength=0)[0] == "ValidationException"


def test_rotation_needs_a_function_and_replication_is_named(secrets, name):
    secrets.create_secret(Name=name, SecretString="x")
    none = ("InvalidRequestException", "No Lambda rotation function ARN is associated with this secret.")
    assert refused(secrets.rotate_secret, SecretId=name, RotationRules={"AutomaticallyAfterDays": 1}) == none
    assert refused(secrets.cancel_rotate_secret, SecretId=name) == none
    function = f"arn:aws:lambda:us-east-1:{HOME}:function:f"
    assert refused(secrets.rotate_secret, SecretId=name, RotationLambdaARN=function, RotationRules={"ScheduleExpression": "rate(1 hour)"})[0] == "InvalidParameterException"
    assert refused(secrets.rotate_secret, SecretId=name, RotationLambdaARN=function) == (
        "AccessDeniedException", "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.")
    assert refused(secrets.replicate_secret_to_regions, SecretId=name, AddReplicaRegions=[{"Region": "eu-west-1"}])[0] == "NotImplemented"
    assert refused(secrets.create_secret, Name=name + "2", AddReplicaRegions=[{"Region": "eu-west-1"}])[0] == "NotImplemented"
    assert refused(secrets.create_secret, Name=name + "2", AddReplicaRegions=[{"Region": "us-east-1"}]) == ("InvalidParameterException", "Invalid replica region.")
    assert "RotationEnabled" not in secrets.describe_secret(SecretId=name)

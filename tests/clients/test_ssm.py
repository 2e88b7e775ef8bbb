"""Parameter Store through boto3: parameters, versions, labels, policies, SecureString under KMS, public parameters, decisions."""
import base64
import concurrent.futures
import datetime
import json
import pathlib
import uuid

import pytest
from botocore.exceptions import ClientError

from conftest import TEST_DATA, wait_for


@pytest.fixture
def ssm(server):
    return server.client("ssm")


@pytest.fixture
def root():
    return f"/t-{uuid.uuid4().hex[:8]}"


def refused(call, **parameters):
    with pytest.raises(ClientError) as e:
        call(**parameters)
    return e.value.response["Error"]["Code"], e.value.response["Error"]["Message"]


def user(server, *statements):
    """Credentials of a new user with these statements."""
    iam = server.client("iam")
    name = f"u-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return dict(key=key["AccessKeyId"], secret=key["SecretAccessKey"]), f"arn:aws:iam::000000000000:user/{name}"


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def arn(name):
    return f"arn:aws:ssm:us-east-1:000000000000:parameter/{name.lstrip('/')}"


# Parameters

def test_answers_have_the_recorded_members(ssm, root):
    file = TEST_DATA / "recorded/ssm.jsonl"
    if not file.exists():
        pytest.skip(f"no recorded answers: {file} is missing (FOGBANK_TEST_DATA)")
    answers = json.loads(file.read_text().splitlines()[0])["answers"]
    name = f"{root}/x"
    made = {"put-parameter-response": ssm.put_parameter(Name=name, Value="123", Type="String"), "get-parameter-response": ssm.get_parameter(Name=name),
            "get-parameter-by-arn-response": ssm.get_parameter(Name=arn(name)), "get-parameters-response": ssm.get_parameters(Names=[name]),
            "get-parameters-by-arn-response": ssm.get_parameters(Names=[arn(name)])}
    assert set(made) == set(answers)

    def shape(value):
        if isinstance(value, dict):
            return {k: shape(v) for k, v in value.items() if k != "ResponseMetadata"}
        return [shape(v) for v in value] if isinstance(value, list) else None

    for at, answer in made.items():
        assert shape(answer) == shape(answers[at]), at
    assert made["get-parameter-by-arn-response"]["Parameter"]["Name"] == name


def test_a_parameter_is_created_read_changed_and_deleted(ssm, root):
    name = f"{root}/a"
    assert ssm.put_parameter(Name=name, Value="1", Type="String", Description="d", Tags=[{"Key": "k", "Value": "v"}])["Version"] == 1
    assert refused(ssm.put_parameter, Name=name, Value="2", Type="String")[0] == "ParameterAlreadyExists"
    assert ssm.put_parameter(Name=name, Value="2", Overwrite=True)["Version"] == 2
    p = ssm.get_parameter(Name=name)["Parameter"]
    assert (p["Value"], p["Version"], p["Type"], p["ARN"]) == ("2", 2, "String", arn(name))
    (meta,) = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [name]}])["Parameters"]
    assert meta["Description"] == "d" and meta["Policies"] == [] and meta["LastModifiedUser"].startswith("arn:aws:")
    for value, kind in (("3", "SecureString"), ("4,5", "StringList"), ("6", "SecureString"), ("7", "String")):   # Terraform changes types in place
        ssm.put_parameter(Name=name, Value=value, Type=kind, Overwrite=True)
        p = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
        (meta,) = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [name]}])["Parameters"]
        assert (p["Value"], p["Type"], meta.get("KeyId")) == (value, kind, "alias/aws/ssm" if kind == "SecureString" else None)
    history = ssm.get_parameter_history(Name=name, WithDecryption=True)["Parameters"]
    assert [(v["Value"], v["Type"]) for v in history][2:] == [("3", "SecureString"), ("4,5", "StringList"), ("6", "SecureString"), ("7", "String")]
    ssm.delete_parameter(Name=name)
    assert refused(ssm.get_parameter, Name=name) == ("ParameterNotFound", "")
    assert refused(ssm.delete_parameter, Name=name)[0] == "ParameterNotFound"
    assert ssm.put_parameter(Name=name, Value="1", Type="String")["Version"] == 1
    assert ssm.get_parameter_history(Name=name)["Parameters"][0]["Value"] == "1"


@pytest.mark.parametrize("name, code, text", [
    ("a/b", "ValidationException", "Parameter name must be a fully qualified name."),
    ("a b", "ValidationException", "Parameter name: can't be prefixed with \"ssm\""),
    ("/a//b", "ValidationException", "sub-paths divided by slash symbol"),
    ("/a/", "ValidationException", "sub-paths divided by slash symbol"),
    ("awsx", "ValidationException", 'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).'),
    ("/ssm/x", "ValidationException", 'Parameter name: can\'t be prefixed with "ssm"'),
    ("/aws/service/x", "AccessDeniedException", "No access to reserved parameter name: /aws/service/x."),
    ("/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16", "HierarchyLevelLimitExceededException", "A hierarchy can have a maximum of 15 levels."),
    ("x" * 1000, "ValidationException", "Member must have length less than or equal to"),
    ("x:1", "ValidationException", "Parameter name: can't be prefixed"),
])
def test_names_that_are_refused(ssm, name, code, text):
    got = refused(ssm.put_parameter, Name=name, Value="v", Type="String")
    assert got[0] == code and text in got[1]


def test_fifteen_levels_are_allowed(ssm, root):
    name = root + "/1" * 14
    ssm.put_parameter(Name=name, Value="v", Type="String")
    assert ssm.get_parameter(Name=name)["Parameter"]["Value"] == "v"


def test_requests_that_are_refused(ssm, root):
    put = lambda **p: refused(ssm.put_parameter, **{"Name": f"{root}/r", "Value": "v", "Type": "String", **p})
    assert put(Overwrite=True, Tags=[{"Key": "a", "Value": "b"}])[1].startswith("Invalid request: tags and overwrite can't be used together.")
    assert put(KeyId="alias/aws/ssm") == ("ValidationException", "KeyId is required for SecureString type parameter only.")
    assert put(DataType="Text") == ("ValidationException", "The following data type is not supported: Text (Data type names are all lowercase.)")
    assert put(AllowedPattern="^[a-z]{2}$") == ("ParameterPatternMismatchException", "Parameter value, cannot be validated against allowedPattern: ^[a-z]{2}$")
    assert put(AllowedPattern="(")[0] == "InvalidAllowedPatternException"
    assert put(AllowedPattern="(?!x).*")[0] == "NotImplemented"
    assert put(Value="x" * 4097)[1].startswith("Standard tier parameters support a maximum parameter value of 4096 characters.")
    assert put(Value="x" * 8193, Tier="Advanced")[1] == "Advanced tier parameters support a maximum parameter value of 8192 characters."
    assert put(Policies='[{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2099-01-01T00:00:00.000Z"}}]')[0] == "ValidationException"
    assert put(Tags=[{"Key": f"k{i}", "Value": "v"} for i in range(51)])[0] == "TooManyTagsError"
    assert refused(ssm.put_parameter, Name=f"{root}/r", Value="v") == ("ValidationException", "A parameter type is required when you create a parameter.")
    assert refused(ssm.get_parameter, Name=f"{root}/r")[0] == "ParameterNotFound"


def test_allowed_pattern_holds_for_every_item_and_later_values(ssm, root):
    ssm.put_parameter(Name=f"{root}/l", Value="a,b", Type="StringList", AllowedPattern="[a-z]")
    assert refused(ssm.put_parameter, Name=f"{root}/l", Value="a,1", Overwrite=True)[0] == "ParameterPatternMismatchException"


def test_tiers(ssm, root):
    put = lambda name, **p: ssm.put_parameter(Name=f"{root}/{name}", Type="String", **p)["Tier"]
    assert put("a", Value="x", Tier="Intelligent-Tiering") == "Standard"
    assert put("b", Value="x" * 5000, Tier="Intelligent-Tiering") == "Advanced"
    assert put("a", Value="x", Tier="Advanced", Overwrite=True) == "Advanced"
    assert put("a", Value="y", Overwrite=True) == "Advanced"
    assert "You can't downgrade a parameter" in refused(ssm.put_parameter, Name=f"{root}/a", Value="z", Overwrite=True, Tier="Standard")[1]


def test_versions_and_labels_select(ssm, root):
    name = f"{root}/v"
    for i in (1, 2, 3):
        ssm.put_parameter(Name=name, Value=str(i), Type="String", Overwrite=True)
    assert ssm.label_parameter_version(Name=name, ParameterVersion=2, Labels=["prod", "1bad", "aws-x"]) | {"ResponseMetadata": 0} == {
        "InvalidLabels": ["1bad", "aws-x"], "ParameterVersion": 2, "ResponseMetadata": 0}
    p = ssm.get_parameter(Name=f"{name}:prod")["Parameter"]
    assert (p["Value"], p["Selector"], p["Name"], p["Version"]) == ("2", ":prod", name, 2)
    assert ssm.get_parameter(Name=f"{name}:1")["Parameter"]["Value"] == "1"
    assert ssm.get_parameter(Name=f"{arn(name)}:1")["Parameter"]["Value"] == "1"
    assert refused(ssm.get_parameter, Name=f"{name}:9") == (
        "ParameterVersionNotFound", f"Systems Manager could not find version 9 of {name}. Verify the version and try again.")
    assert refused(ssm.get_parameter, Name=f"{name}:nobody")[0] == "ParameterVersionNotFound"
    assert refused(ssm.get_parameter, Name=f"{name}:1:2")[0] == "ValidationException"
    ssm.label_parameter_version(Name=name, Labels=["prod"])
    assert [(h["Version"], h["Labels"]) for h in ssm.get_parameter_history(Name=name)["Parameters"]] == [(1, []), (2, []), (3, ["prod"])]
    assert ssm.get_parameters_by_path(Path=root, ParameterFilters=[{"Key": "Label", "Values": ["prod"]}])["Parameters"][0]["Value"] == "3"
    gone = ssm.unlabel_parameter_version(Name=name, ParameterVersion=3, Labels=["prod", "other"])
    assert (gone["RemovedLabels"], gone["InvalidLabels"]) == (["prod"], ["other"])


def test_a_hundred_versions_are_kept_unless_the_oldest_has_a_label(ssm, root):
    name = f"{root}/many"
    for i in range(1, 102):
        ssm.put_parameter(Name=name, Value=str(i), Type="String", Overwrite=True)
    pages = list(ssm.get_paginator("get_parameter_history").paginate(Name=name, PaginationConfig={"PageSize": 30}))
    versions = [h["Version"] for p in pages for h in p["Parameters"]]
    assert versions == list(range(2, 102)) and len(pages) == 4
    ssm.label_parameter_version(Name=name, ParameterVersion=2, Labels=["keep"])
    code, text = refused(ssm.put_parameter, Name=name, Value="x", Overwrite=True)
    assert code == "ParameterMaxVersionLimitExceeded" and "Version 2, the oldest version, can't be deleted because it has a label" in text
    assert ssm.delete_parameters(Names=[name, "missing"])["InvalidParameters"] == ["missing"]


def test_paths_and_pages(ssm, root):
    for n in ("a", "b/x", "b/y", "b/y/z", "c"):
        ssm.put_parameter(Name=f"{root}/{n}", Value=n, Type="String")
    values = lambda **p: [x["Value"] for x in ssm.get_parameters_by_path(**p)["Parameters"]]
    assert values(Path=root) == ["a", "c"]
    assert values(Path=f"{root}/") == ["a", "c"]
    assert values(Path=f"{root}/b", Recursive=True) == ["b/x", "b/y", "b/y/z"]
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path=root, Recursive=True, PaginationConfig={"PageSize": 2})
    assert [[x["Value"] for x in p["Parameters"]] for p in pages] == [["a", "b/x"], ["b/y", "b/y/z"], ["c"]]
    assert refused(ssm.get_parameters_by_path, Path="x")[1].startswith("The parameter doesn't meet the parameter name requirements.")
    assert refused(ssm.get_parameters_by_path, Path=root, ParameterFilters=[{"Key": "Name", "Values": ["x"]}])[0] == "InvalidFilterKey"
    assert refused(ssm.get_parameters_by_path, Path=root, NextToken="nonsense")[0] == "InvalidNextToken"


def test_describe_filters(ssm, root):
    ssm.put_parameter(Name=f"{root}/s", Value="1", Type="String", Tags=[{"Key": "team", "Value": "red"}])
    ssm.put_parameter(Name=f"{root}/deep/l", Value="1", Type="StringList", Tags=[{"Key": "team", "Value": "blue"}])
    ssm.put_parameter(Name=f"{root}/k", Value="1", Type="SecureString", Tier="Advanced")
    under = {"Key": "Path", "Option": "Recursive", "Values": [root]}
    names = lambda *f: [p["Name"][len(root) + 1:] for p in ssm.describe_parameters(ParameterFilters=[under, *f])["Parameters"]]
    assert names() == ["deep/l", "k", "s"]
    assert names({"Key": "Type", "Values": ["String", "StringList"]}) == ["deep/l", "s"]
    assert names({"Key": "KeyId", "Values": ["alias/aws/ssm"]}) == ["k"]
    assert names({"Key": "Tier", "Values": ["Advanced"]}) == ["k"]
    assert names({"Key": "DataType", "Values": ["text"]}) == ["deep/l", "k", "s"]
    assert names({"Key": "tag:team"}) == ["deep/l", "s"]
    assert names({"Key": "tag:team", "Option": "BeginsWith", "Values": ["bl"]}) == ["deep/l"]
    assert names({"Key": "Name", "Option": "Contains", "Values": ["deep"]}) == ["deep/l"]
    assert names({"Key": "Name", "Option": "BeginsWith", "Values": [f"{root}/s"]}) == ["s"]
    describe = lambda **f: refused(ssm.describe_parameters, ParameterFilters=[f])
    assert describe(Key="Label", Values=["x"])[0] == "InvalidFilterKey"
    assert describe(Key="Name", Option="Near", Values=["x"])[0] == "InvalidFilterOption"
    assert describe(Key="Tier", Values=["x"])[0] == "InvalidFilterValue"
    assert describe(Key="Name")[0] == "InvalidFilterValue"


def test_concurrent_updates_are_all_taken(server, root):
    clients = [server.client("ssm") for _ in range(8)]
    put = lambda c, name, **p: c.put_parameter(Name=f"{root}/{name}", Value="v", Overwrite=True, **p)["Version"]
    for name, kind in (("plain", "String"), ("sealed", "SecureString")):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            versions = list(pool.map(lambda i: put(clients[i % 8], name, Type=kind), range(64)))
        assert sorted(versions) == list(range(1, 65))


def test_tags(ssm, root):
    name = f"{root}/t"
    at = dict(ResourceType="Parameter", ResourceId=name)
    assert refused(ssm.list_tags_for_resource, **at)[0] == "InvalidResourceId"
    ssm.put_parameter(Name=name, Value="1", Type="String", Tags=[{"Key": "a", "Value": "1"}])
    ssm.add_tags_to_resource(**at, Tags=[{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "3"}])
    ssm.remove_tags_from_resource(**at, TagKeys=["b", "none"])
    assert ssm.list_tags_for_resource(**at)["TagList"] == [{"Key": "a", "Value": "3"}]
    assert refused(ssm.list_tags_for_resource, ResourceType="Document", ResourceId="x")[0] == "NotImplemented"


# Policies

def expiration(when):
    return {"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": when}}


def test_an_expired_parameter_is_deleted_by_the_virtual_clock(fresh_server):
    server = fresh_server()
    ssm = server.client("ssm")
    now = datetime.datetime.fromisoformat(server.admin("GET", "clock")["virtual_time"].replace("Z", "+00:00"))
    at = lambda days: (now + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    policies = [expiration(at(10)), {"Type": "ExpirationNotification", "Version": "1.0", "Attributes": {"Before": "2", "Unit": "Days"}}]
    put = lambda name, **p: ssm.put_parameter(Name=name, Value="v", Type="String", Tier="Advanced", **p)
    put("soon", Policies=json.dumps(policies))
    put("later", Policies=json.dumps(policies))
    put("never", Policies=json.dumps(policies))
    ssm.put_parameter(Name="soon", Value="w", Overwrite=True)   # does not change when it expires
    ssm.put_parameter(Name="later", Value="w", Overwrite=True, Policies=json.dumps([expiration(at(30))]))
    ssm.put_parameter(Name="never", Value="w", Overwrite=True, Policies="[{}]")
    (meta,) = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": ["soon"]}])["Parameters"]
    assert [(p["PolicyType"], p["PolicyStatus"], json.loads(p["PolicyText"])) for p in meta["Policies"]] == [(q["Type"], "Pending", q) for q in policies]
    server.kill9()
    server.start()
    ssm = server.client("ssm")
    names = lambda: [p["Name"] for p in ssm.describe_parameters()["Parameters"]]
    assert names() == ["later", "never", "soon"]
    server.admin("POST", "clock", action="advance", by="11d")
    wait_for(lambda: names() == ["later", "never"], what="the expiry")
    server.admin("POST", "clock", action="advance", by="30d")
    wait_for(lambda: names() == ["never"], what="the later expiry")


@pytest.mark.parametrize("policies, code", [
    ("no json", "InvalidPolicyAttributeException"),
    ("{}", "InvalidPolicyAttributeException"),
    (json.dumps([{"Type": "Other", "Version": "1.0", "Attributes": {}}]), "InvalidPolicyTypeException"),
    (json.dumps([expiration("tomorrow")]), "InvalidPolicyAttributeException"),
    (json.dumps([expiration("2099-01-01T00:00:00.000Z")] * 2), "IncompatiblePolicyException"),
    (json.dumps([expiration("2099-01-01T00:00:00.000Z")] * 11), "PoliciesLimitExceededException"),
    (json.dumps([{"Type": "ExpirationNotification", "Version": "1.0", "Attributes": {"Before": "1", "Unit": "Days"}}]), "IncompatiblePolicyException"),
    (json.dumps([{"Type": "NoChangeNotification", "Version": "1.0", "Attributes": {"After": "1", "Unit": "Weeks"}}]), "InvalidPolicyAttributeException"),
])
def test_policies_that_are_refused(ssm, root, policies, code):
    assert refused(ssm.put_parameter, Name=f"{root}/p", Value="v", Type="String", Tier="Advanced", Policies=policies)[0] == code


# SecureString

@pytest.mark.parametrize("tier", ["Standard", "Advanced"])
def test_a_secure_string_is_sealed_by_its_key(server, ssm, root, tier):
    kms = server.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    name = f"{root}/s"
    ssm.put_parameter(Name=name, Value="s3cret", Type="SecureString", KeyId=key, Tier=tier)
    sealed = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    assert "s3cret" not in sealed and b"s3cret" not in base64.b64decode(sealed)
    assert ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] == "s3cret"
    assert ssm.get_parameters(Names=[name], WithDecryption=True)["Parameters"][0]["Value"] == "s3cret"
    assert ssm.get_parameters_by_path(Path=root, WithDecryption=True)["Parameters"][0]["Value"] == "s3cret"
    (h,) = ssm.get_parameter_history(Name=name, WithDecryption=True)["Parameters"]
    assert (h["Value"], h["KeyId"]) == ("s3cret", key)
    if tier == "Standard":   # nothing but KMS itself is needed to read it, with the parameter's ARN
        plain = kms.decrypt(CiphertextBlob=base64.b64decode(sealed), EncryptionContext={"PARAMETER_ARN": arn(name)})
        assert plain["Plaintext"] == b"s3cret"
    kms.disable_key(KeyId=key)
    code, text = refused(ssm.get_parameter, Name=name, WithDecryption=True)
    assert code == "InvalidKeyId" and text.endswith(f"key/{key} is disabled.")
    assert ssm.get_parameter(Name=name)["Parameter"]["Value"] == sealed


def test_keys_that_cannot_be_used(ssm, root):
    put = lambda key: refused(ssm.put_parameter, Name=f"{root}/s", Value="v", Type="SecureString", KeyId=key)
    assert put("nokey") == ("InvalidKeyId", "Invalid keyId 'nokey'")
    assert put("alias/none") == ("InvalidKeyId", "Alias arn:aws:kms:us-east-1:000000000000:alias/none is not found.")
    missing = str(uuid.uuid4())
    assert put(missing) == ("InvalidKeyId", f"Key 'arn:aws:kms:us-east-1:000000000000:key/{missing}' does not exist")


def test_the_default_key_is_used_unless_another_is_named(ssm, root):
    ssm.put_parameter(Name=f"{root}/s", Value="v", Type="SecureString")
    (meta,) = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [f"{root}/s"]}])["Parameters"]
    assert meta["KeyId"] == "alias/aws/ssm"
    assert ssm.get_parameter(Name=f"{root}/s", WithDecryption=True)["Parameter"]["Value"] == "v"


def test_an_update_keeps_the_key_unless_it_names_another(server, ssm, root):
    name = f"{root}/s"
    first, second = (server.client("kms").create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
    key_of = lambda: ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [name]}])["Parameters"][0]["KeyId"]
    for given, kept in ((first, first), (None, first), (second, second), (None, second), ("alias/aws/ssm", "alias/aws/ssm"), (None, "alias/aws/ssm")):
        ssm.put_parameter(Name=name, Value=f"v {given}", Type="SecureString", Overwrite=True, **({"KeyId": given} if given else {}))
        assert key_of() == kept
        assert ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] == f"v {given}"
    assert [h["KeyId"] for h in ssm.get_parameter_history(Name=name)["Parameters"]] == [first, first, second, second, "alias/aws/ssm", "alias/aws/ssm"]


def test_plain_values_are_nowhere_in_the_data_directory(fresh_server):
    server = fresh_server()
    ssm = server.client("ssm")
    marks = [uuid.uuid4().hex for _ in range(2)]
    for mark, tier in zip(marks, ("Standard", "Advanced")):
        ssm.put_parameter(Name=f"s-{tier}", Value=mark, Type="SecureString", Tier=tier)
        assert ssm.get_parameter(Name=f"s-{tier}", WithDecryption=True)["Parameter"]["Value"] == mark
    server.kill9()
    server.start()
    ssm = server.client("ssm")
    assert [ssm.get_parameter(Name=f"s-{t}", WithDecryption=True)["Parameter"]["Value"] for t in ("Standard", "Advanced")] == marks
    server.stop()
    for file in pathlib.Path(server.data).rglob("*"):
        if file.is_file():
            held = file.read_bytes()
            assert not any(m.encode() in held for m in marks), file


def test_decryption_needs_the_key_too(server, ssm, root):
    key = server.client("kms").create_key()["KeyMetadata"]["Arn"]
    name = f"{root}/s"
    ssm.put_parameter(Name=name, Value="v", Type="SecureString", KeyId=key)
    credentials, who = user(server, allow("ssm:*"))
    reader = server.client("ssm", **credentials)
    assert reader.get_parameter(Name=name)["Parameter"]["Type"] == "SecureString"
    for call in (lambda: reader.get_parameter(Name=name, WithDecryption=True), lambda: reader.get_parameters_by_path(Path=root, WithDecryption=True),
                 lambda: reader.get_parameter_history(Name=name, WithDecryption=True)):
        code, text = refused(call)
        assert code == "AccessDeniedException"
        assert text.startswith(f"User: {who} is not authorized to perform: kms:Decrypt on resource: {key}")
    code, text = refused(reader.put_parameter, Name=name, Value="w", Overwrite=True, KeyId=key)
    assert code == "AccessDeniedException" and f"perform: kms:Encrypt on resource: {key}" in text
    via = allow("kms:Decrypt", key, Condition={"StringEquals": {"kms:ViaService": "ssm.us-east-1.amazonaws.com", "kms:EncryptionContext:PARAMETER_ARN": arn(name)}})
    credentials, _ = user(server, allow("ssm:*"), via)
    assert server.client("ssm", **credentials).get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] == "v"


# Public parameters

AMI = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"


def test_public_parameters_are_read_by_everybody_who_may(server, ssm):
    p = ssm.get_parameter(Name=AMI)["Parameter"]
    assert p["Value"].startswith("ami-") and p["ARN"] == f"arn:aws:ssm:us-east-1::parameter{AMI}" and p["Version"] > 1
    assert server.client("ssm", region="eu-north-1").get_parameter(Name=AMI)["Parameter"]["Value"] != p["Value"]
    assert ssm.get_parameter(Name=p["ARN"])["Parameter"] == p
    assert ssm.get_parameter(Name=f"{AMI}:{p['Version']}")["Parameter"]["Value"] == p["Value"]
    regions = "/aws/service/global-infrastructure/regions"
    assert ssm.get_parameter(Name=f"{regions}/us-west-1/longName")["Parameter"]["Value"] == "US West (N. California)"
    ecs = json.loads(ssm.get_parameter(Name="/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended")["Parameter"]["Value"])
    assert ecs["image_id"].startswith("ami-")
    names = [x["Name"] for page in ssm.get_paginator("get_parameters_by_path").paginate(Path=regions) for x in page["Parameters"]]
    assert names == sorted(names) and f"{regions}/us-east-1" in names and all(n.count("/") == 5 for n in names)
    assert ssm.get_parameters(Names=[AMI, "/aws/service/none"])["InvalidParameters"] == ["/aws/service/none"]
    assert refused(ssm.get_parameter, Name="/aws/service/none")[0] == "ParameterNotFound"
    credentials, _ = user(server, allow("ssm:GetParameter", "arn:aws:ssm:*::parameter/aws/service/*"))
    assert server.client("ssm", **credentials).get_parameter(Name=AMI)["Parameter"] == p
    credentials, who = user(server)
    code, text = refused(server.client("ssm", **credentials).get_parameter, Name=AMI)
    assert code == "AccessDeniedException" and f"on resource: arn:aws:ssm:us-east-1::parameter{AMI}" in text


def test_an_image_parameter_holds_known_images_only(ssm, root):
    name = f"{root}/ami"
    assert ssm.put_parameter(Name=name, Value="ami-00000000000000000", Type="String", DataType="aws:ec2:image")["Version"] == 1
    assert refused(ssm.get_parameter, Name=name)[0] == "ParameterNotFound"   # AWS validates after it has answered
    known = ssm.get_parameter(Name=AMI)["Parameter"]["Value"]
    ssm.put_parameter(Name=name, Value=known, Type="String", DataType="aws:ec2:image")
    ssm.put_parameter(Name=name, Value="no image", Overwrite=True)
    p = ssm.get_parameter(Name=name)["Parameter"]
    assert (p["Value"], p["DataType"], p["Version"]) == (known, "aws:ec2:image", 1)


# Secrets

def test_a_secret_is_read_as_a_parameter(server, ssm):
    secrets = server.client("secretsmanager")
    name = f"app/s-{uuid.uuid4().hex[:8]}"
    made = secrets.create_secret(Name=name, SecretString="one")
    secrets.put_secret_value(SecretId=name, SecretString="two")
    at = f"/aws/reference/secretsmanager/{name}"
    p = ssm.get_parameter(Name=at, WithDecryption=True)["Parameter"]
    source = json.loads(p.pop("SourceResult"))
    assert isinstance(p.pop("LastModifiedDate"), datetime.datetime)
    assert p == {"Name": at, "Type": "SecureString", "Value": "two", "Version": 0, "ARN": made["ARN"]}
    assert set(source) == {"ARN", "name", "versionId", "secretString", "versionStages", "createdDate"}
    assert (source["name"], source["secretString"], source["versionStages"]) == (name, "two", ["AWSCURRENT"])
    datetime.datetime.strptime(source["createdDate"], "%b %d, %Y, %I:%M:%S %p")
    get = lambda selector: ssm.get_parameters(Names=[f"{at}:{selector}"], WithDecryption=True)["Parameters"][0]["Value"]
    assert (get("AWSPREVIOUS"), get(made["VersionId"])) == ("one", "one")
    assert refused(ssm.get_parameter, Name=at) == ("ValidationException", "WithDecryption flag must be True for retrieving a Secret Manager secret.")
    assert refused(ssm.get_parameter, Name=f"{at}-none", WithDecryption=True) == (
        "ParameterNotFound", f"An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret {at}-none not found.")
    credentials, who = user(server, allow("ssm:GetParameter"))
    code, text = refused(server.client("ssm", **credentials).get_parameter, Name=at, WithDecryption=True)
    assert code == "AccessDeniedException" and f"User: {who} is not authorized to perform: secretsmanager:GetSecretValue" in text


# Decisions

def test_each_name_and_the_path_are_decided(server, ssm, root):
    for n in ("a", "b"):
        ssm.put_parameter(Name=f"{root}/{n}", Value=n, Type="String")
    credentials, who = user(server, allow(["ssm:GetParameters", "ssm:GetParameter"], arn(f"{root}/a")), allow("ssm:GetParametersByPath", arn(root)))
    c = server.client("ssm", **credentials)
    assert len(c.get_parameters(Names=[f"{root}/a"])["Parameters"]) == 1
    code, text = refused(c.get_parameters, Names=[f"{root}/a", f"{root}/b"])
    assert code == "AccessDeniedException"
    assert text == (f"User: {who} is not authorized to perform: ssm:GetParameters on resource: {arn(root + '/b')} "
                    "because no identity-based policy allows the ssm:GetParameters action")
    assert [p["Value"] for p in c.get_parameters_by_path(Path=root)["Parameters"]] == ["a", "b"]
    code, text = refused(c.get_parameters_by_path, Path="/other")
    assert code == "AccessDeniedException" and f"on resource: {arn('/other')}" in text
    code, text = refused(c.describe_parameters)
    assert code == "AccessDeniedException" and "ssm:DescribeParameters on resource: arn:aws:ssm:us-east-1:000000000000:*" in text
    assert refused(c.get_parameter, Name=f"{root}/none")[0] == "AccessDeniedException"


def test_condition_keys(server, ssm, root):
    name = f"{root}/c"
    ssm.put_parameter(Name=name, Value="1", Type="String", Tags=[{"Key": "team", "Value": "red"}])
    tagged = allow("ssm:GetParameter", Condition={"StringEquals": {"aws:ResourceTag/team": "red"}})
    tag = allow("ssm:AddTagsToResource")
    fresh = allow("ssm:PutParameter", Condition={"StringEquals": {"ssm:Overwrite": "false", "aws:RequestTag/team": "red"}})
    flat = allow("ssm:GetParametersByPath", Condition={"StringEquals": {"ssm:Recursive": "false"}})
    credentials, _ = user(server, tagged, tag, fresh, flat)
    c = server.client("ssm", **credentials)
    assert c.get_parameter(Name=name)["Parameter"]["Value"] == "1"
    assert refused(c.put_parameter, Name=name, Value="2", Overwrite=True)[0] == "AccessDeniedException"
    assert refused(c.put_parameter, Name=f"{root}/d", Value="2", Type="String")[0] == "AccessDeniedException"
    c.put_parameter(Name=f"{root}/d", Value="2", Type="String", Tags=[{"Key": "team", "Value": "red"}])
    assert len(c.get_parameters_by_path(Path=root)["Parameters"]) == 2
    assert refused(c.get_parameters_by_path, Path=root, Recursive=True)[0] == "AccessDeniedException"


def test_parameters_of_another_account_are_not_shared(server, ssm, root):
    ssm.put_parameter(Name=f"{root}/x", Value="1", Type="String", Tier="Advanced")
    away = server.client("ssm", key="111111111111")
    assert refused(away.get_parameter, Name=arn(f"{root}/x"))[0] == "AccessDeniedException"
    assert refused(away.get_parameter, Name=f"{root}/x")[0] == "ParameterNotFound"


def test_what_is_not_served_says_so(ssm):
    for call, parameters in ((ssm.list_documents, {}), (ssm.get_service_setting, {"SettingId": "/ssm/parameter-store/default-parameter-tier"}),
                             (ssm.get_resource_policies, {"ResourceArn": arn("xxxxxxxx")})):
        code, text = refused(call, **parameters)
        assert code == "NotImplemented" and text.startswith("ssm:")


def test_acknowledged_parameters_survive_kill_9(fresh_server):
    server = fresh_server()
    ssm = server.client("ssm")
    for i in range(20):
        ssm.put_parameter(Name=f"/k/{i:02}", Value=str(i), Type="String", Tags=[{"Key": "i", "Value": str(i)}])
        ssm.put_parameter(Name=f"/k/{i:02}", Value=f"{i}-2", Overwrite=True)
    ssm.label_parameter_version(Name="/k/07", ParameterVersion=1, Labels=["first"])
    ssm.delete_parameter(Name="/k/19")
    server.kill9()
    server.start()
    ssm = server.client("ssm")
    got = [p for page in ssm.get_paginator("get_parameters_by_path").paginate(Path="/k") for p in page["Parameters"]]
    assert [(p["Name"], p["Value"], p["Version"]) for p in got] == [(f"/k/{i:02}", f"{i}-2", 2) for i in range(19)]
    assert ssm.get_parameter(Name="/k/07:first")["Parameter"]["Value"] == "7"
    assert ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/k/03")["TagList"] == [{"Key": "i", "Value": "3"}]

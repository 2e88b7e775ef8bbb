"""The policy simulator, context keys and reports of last access through real clients. The simulator must agree with what real calls get."""
import json
import random

import pytest
from botocore.exceptions import ClientError

from conftest import TEST_DATA, wait_for

HOME = "000000000000"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": HOME}, "Action": "sts:AssumeRole"}]})


def document(*statements, version="2012-10-17", **dump):
    return json.dumps({"Version": version, "Statement": list(statements)}, **dump)


def statement(action="s3:GetObject", resource="*", effect="Allow", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


@pytest.fixture(scope="module")
def iam(server):
    return server.client("iam")


def simulate(iam, *policies, actions=("s3:GetObject",), **more):
    return iam.simulate_custom_policy(PolicyInputList=list(policies), ActionNames=list(actions), **more)["EvaluationResults"]


def refused(call, code, text=None):
    with pytest.raises(ClientError) as e:
        call()
    assert e.value.response["Error"]["Code"] == code, e.value
    if text is not None:
        assert text in e.value.response["Error"]["Message"], e.value


def place(line, column):
    return {"Line": line, "Column": column}


# --- the simulator -------------------------------------------------------------------------------------------------------------------

def recorded(kind):
    lines = TEST_DATA / "recorded/iam.jsonl"
    if not lines.exists():
        pytest.skip(f"no recorded answers in {TEST_DATA}")
    for line in open(lines):
        test = json.loads(line)
        if test["id"].endswith(f"test_simulate_principle_policy[{kind}]"):
            return test["answers"]["response"]["EvaluationResults"]
    raise AssertionError("the recorded answer is gone")


def holder(iam, kind, name):
    """A new user, role or group with a managed policy; its ARN and the policy's name."""
    policy = iam.create_policy(PolicyName=f"{name}-policy", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": {"Sid": "", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}}))["Policy"]
    if kind == "role":
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        iam.attach_role_policy(RoleName=name, PolicyArn=policy["Arn"])
    elif kind == "user":
        arn = iam.create_user(UserName=name)["User"]["Arn"]
        iam.attach_user_policy(UserName=name, PolicyArn=policy["Arn"])
    else:
        arn = iam.create_group(GroupName=name)["Group"]["Arn"]
        iam.attach_group_policy(GroupName=name, PolicyArn=policy["Arn"])
    return arn, policy["PolicyName"]


@pytest.mark.parametrize("kind", ["role", "group"])
def test_answers_have_the_recorded_members_and_positions(iam, kind):
    arn, name = holder(iam, kind, f"recorded-{kind}")
    ours = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["s3:PutObject", "s3:GetObjectVersion"],
                                         ResourceArns=["arn:aws:s3:::bucket"])["EvaluationResults"]
    theirs = json.loads(json.dumps(recorded(kind)).replace("<partition>", "aws").replace("<source-policy-id:1>", name))
    for result in theirs:
        assert result.pop("OrganizationsDecisionDetail")   # that account was in an organisation
    assert ours == theirs


def test_positions_count_as_aws_does(iam):
    pretty = document(statement(), statement("s3:PutObject"), indent=2)
    allowed = simulate(iam, pretty, actions=["s3:GetObject", "s3:PutObject"])
    assert [(m["StartPosition"], m["EndPosition"]) for r in allowed for m in r["MatchedStatements"]] == [
        (place(3, 17), place(8, 6)), (place(8, 6), place(13, 6))]
    single = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Sid":"größer"}}'
    [match] = simulate(iam, single)[0]["MatchedStatements"]
    assert (match["StartPosition"], match["EndPosition"]) == (place(1, 38), place(1, len(single)))
    assert (match["SourcePolicyId"], match["SourcePolicyType"]) == ("PolicyInputList.1", "IAM Policy")


def test_without_resources_the_answer_is_about_everything(iam):
    [result] = simulate(iam, document(statement()))
    assert result == {"EvalActionName": "s3:GetObject", "EvalResourceName": "*", "EvalDecision": "allowed", "MissingContextValues": [],
                      "MatchedStatements": [{"SourcePolicyId": "PolicyInputList.1", "SourcePolicyType": "IAM Policy",
                                             "StartPosition": place(1, 41), "EndPosition": place(1, 103)}]}


def test_several_resources_the_strictest_counts(iam):
    a, b = "arn:aws:s3:::simulated/a", "arn:aws:s3:::simulated/b"
    [result] = simulate(iam, document(statement(resource=a)), ResourceArns=[a, b])
    assert (result["EvalResourceName"], result["EvalDecision"]) == ("arn:aws:s3:::${BucketName}/${KeyName}", "implicitDeny")
    assert len(result["MatchedStatements"]) == 1
    assert [(r["EvalResourceName"], r["EvalResourceDecision"]) for r in result["ResourceSpecificResults"]] == [(a, "allowed"), (b, "implicitDeny")]
    [result] = simulate(iam, document(statement(), statement(resource=b, effect="Deny")), ResourceArns=[a, b])
    assert result["EvalDecision"] == "explicitDeny" and len(result["MatchedStatements"]) == 1
    [result] = simulate(iam, document(statement("*")), actions=["iam:GetUser"], ResourceArns=[a])
    assert result["EvalDecision"] == "implicitDeny"   # GetUser is not decided on objects
    refused(lambda: simulate(iam, document(statement("*")), actions=["iam:GetUser", "madeup:Action"], ResourceArns=[a]), "InvalidInput",
            "Invalid Input Actions: [iam:GetUser] and [madeup:Action] require different authorization information. ")


def test_missing_context_is_told_and_given_context_decides(iam):
    policy = document(statement(Condition={"StringLike": {"aws:PrincipalTag/Service": "s3"}}),
                      statement("s3:PutObject", "arn:aws:s3:::simulated/${aws:username}"))
    [result] = simulate(iam, policy)
    assert result["EvalDecision"] == "implicitDeny"
    assert sorted(result["MissingContextValues"]) == ["aws:PrincipalTag/Service", "aws:username"]   # of the whole document, as AWS does
    entries = [{"ContextKeyName": "AWS:PrincipalTag/service", "ContextKeyType": "string", "ContextKeyValues": ["s3"]}]
    [result] = simulate(iam, policy, ContextEntries=entries)
    assert (result["EvalDecision"], result["MissingContextValues"]) == ("allowed", [])


CONTEXT = [
    ("string", ["abc"], "StringEquals", "abc"), ("stringList", ["a", "b"], "ForAllValues:StringEquals", ["a", "b", "c"]),
    ("numeric", ["+01.50"], "NumericEquals", "1.5"), ("numericList", ["1", "2"], "ForAnyValue:NumericGreaterThan", "1"),
    ("boolean", ["TRUE"], "Bool", "true"), ("booleanList", ["false", "true"], "ForAnyValue:Bool", "true"),
    ("ip", ["10.1.2.3"], "IpAddress", "10.0.0.0/8"), ("ipList", ["2001:db8::1"], "ForAllValues:IpAddress", "2001:db8::/32"),
    ("binary", ["YQ=="], "BinaryEquals", "YQ=="), ("binaryList", ["YQ==", "Yg=="], "ForAnyValue:BinaryEquals", "Yg=="),
    ("date", ["2035-01-02"], "DateEquals", "2035-01-02T00:00:00Z"), ("dateList", ["2035-01-01"], "ForAllValues:DateGreaterThan", "2030-01-01T00:00:00Z"),
]


@pytest.mark.parametrize("kind,values,operator,limit", CONTEXT, ids=[c[0] for c in CONTEXT])
def test_context_of_every_type(iam, kind, values, operator, limit):
    policy = document(statement(Condition={operator: {"probe:key": limit}}))
    entry = {"ContextKeyName": "probe:key", "ContextKeyType": kind, "ContextKeyValues": values}
    assert simulate(iam, policy, ContextEntries=[entry])[0]["EvalDecision"] == "allowed"
    other = {"string": "x", "numeric": "0", "boolean": "false", "ip": "192.0.2.1", "binary": "Yw==", "date": "1999-01-01"}[kind.removesuffix("List")]
    entry["ContextKeyValues"] = [other]
    assert simulate(iam, policy, ContextEntries=[entry])[0]["EvalDecision"] == "implicitDeny"
    if not kind.endswith("List"):
        entry["ContextKeyValues"] = [values[0]] * 2
        refused(lambda: simulate(iam, policy, ContextEntries=[entry]), "InvalidInput", f"Context key {kind} expected a single value, but received 2.")


@pytest.mark.parametrize("kind,value,form", [("numeric", "0x10", "numeric format"), ("numeric", " 1 ", "numeric format"), ("numeric", "Infinity", "numeric format"),
                                             ("date", "soon", "DateTime format"), ("ip", "10.0.0.256", "IP address"), ("binary", "?", "base-64 encoded binary format")])
def test_context_values_that_are_none(iam, kind, value, form):
    entry = {"ContextKeyName": "probe:key", "ContextKeyType": kind, "ContextKeyValues": [value]}
    refused(lambda: simulate(iam, document(statement()), ContextEntries=[entry]), "InvalidInput", f"Invalid context value for key probe:key: expected {form}.")


def test_inputs_are_refused_with_the_services_texts(iam):
    ok = document(statement())
    refused(lambda: simulate(iam, "{"), "InvalidInput")
    refused(lambda: simulate(iam, document(statement(effect="Maybe"))), "InvalidInput")
    refused(lambda: simulate(iam, ok, actions=["nothing"]), "InvalidInput", "The action is invalid since it is missing names")
    for resource in ("bucket", "arn::s3:::name", "arn:aws::::name", "arn:aws:s3:::"):
        refused(lambda: simulate(iam, ok, ResourceArns=[resource]), "InvalidInput", f"ResourceNames are not in a valid ARN format: {resource}.")
    refused(lambda: simulate(iam, ok, ResourcePolicy=ok, ResourceArns=["arn:aws:s3:::b"]), "InvalidInput", "Invalid caller - Caller cannot be null or empty.")
    refused(lambda: simulate(iam, ok, CallerArn=f"arn:aws:iam::{HOME}:role/x"), "InvalidInput", "Invalid caller - Caller must be an IAM user in this context.")
    refused(lambda: simulate(iam, ok, ResourceOwner=HOME), "InvalidInput", "Invalid Resource Owner.")
    refused(lambda: simulate(iam, ok, ResourceHandlingOption="EC2-VPC-EBS", ResourceArns=["arn:aws:s3:::b"]), "InvalidInput", "Invalid input resource handling options.")
    refused(lambda: simulate(iam, ok, ContextEntries=[{"ContextKeyName": "probe:key", "ContextKeyValues": ["x"]}]), "InvalidInput", "Context key probe:key has invalid type null.")

    def principal(arn):
        return lambda: iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["s3:GetObject"])
    refused(principal(f"arn:aws:sts::{HOME}:assumed-role/x/y"), "InvalidInput",
            f"Invalid Entity Arn: arn:aws:sts::{HOME}:assumed-role/x/y does not clearly define entity type and name.")
    refused(principal("arn:aws:iam::333333333333:user/x"), "InvalidInput",
            f"Invalid Policy Source Arn: caller's account {HOME} does not have access to policies in account 333333333333")
    refused(principal(f"arn:aws:iam::{HOME}:user/nobody-here"), "NoSuchEntity", "The user with name nobody-here cannot be found.")


def test_scenarios_of_ec2(iam):
    arns = [f"arn:aws:ec2:us-east-1:{HOME}:instance/*", "arn:aws:ec2:us-east-1::image/ami-12345678"]
    [result] = simulate(iam, document(statement("ec2:RunInstances")), actions=["ec2:RunInstances"], ResourceArns=arns, ResourceHandlingOption="EC2-VPC-InstanceStore")
    assert result["EvalDecision"] == "allowed" and len(result["ResourceSpecificResults"]) == 2


def test_boundaries_limit_and_are_named(iam):
    allow, other, deny = document(statement()), document(statement("s3:PutObject")), document(statement(effect="Deny"))
    for boundary, decision, allowed in ((allow, "allowed", True), (other, "implicitDeny", False), (deny, "explicitDeny", False)):
        [result] = simulate(iam, allow, PermissionsBoundaryPolicyInputList=[boundary], ResourceArns=["arn:aws:s3:::b/k"])
        assert (result["EvalDecision"], result["PermissionsBoundaryDecisionDetail"]) == (decision, {"AllowedByPermissionsBoundary": allowed})
        [specific] = result["ResourceSpecificResults"]
        assert specific["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": allowed}
        ids = [(m["SourcePolicyId"], m["SourcePolicyType"]) for m in result["MatchedStatements"]]
        assert ids == {"allowed": [("PolicyInputList.1", "IAM Policy")], "implicitDeny": [],
                       "explicitDeny": [("PermissionsBoundaryPolicyInputList.1", "Permissions Boundary Policy")]}[decision]


def test_resource_policies_in_the_account_and_across(iam):
    me, bucket = f"arn:aws:iam::{HOME}:user/simulated", "arn:aws:s3:::b/k"
    to_me = document(statement(resource=bucket, Principal={"AWS": me}))
    nothing, allow = document(statement("sqs:*")), document(statement())
    [result] = simulate(iam, nothing, ResourcePolicy=to_me, ResourceArns=[bucket], CallerArn=me)
    assert result["EvalDecision"] == "allowed" and result["EvalDecisionDetails"] == {}
    assert [(m["SourcePolicyId"], m["SourcePolicyType"]) for m in result["MatchedStatements"]] == [("ResourcePolicy", "Resource Policy")]
    owner = "arn:aws:iam::333333333333:root"
    [result] = simulate(iam, nothing, ResourcePolicy=to_me, ResourceArns=[bucket], CallerArn=me, ResourceOwner=owner)
    assert result["EvalDecision"] == "implicitDeny"
    assert result["EvalDecisionDetails"] == {"IAM Policy": "implicitDeny", "Resource Policy": "allowed"}
    [result] = simulate(iam, allow, ResourcePolicy=to_me, ResourceArns=[bucket], CallerArn=me, ResourceOwner=owner)
    assert result["EvalDecision"] == "allowed"
    assert result["ResourceSpecificResults"][0]["EvalDecisionDetails"] == {"IAM Policy": "allowed", "Resource Policy": "allowed"}


def test_pages_count_actions_and_markers_count_on(iam):
    actions = ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"]
    whole = simulate(iam, document(statement("s3:*")), actions=actions)
    pages = list(iam.get_paginator("simulate_custom_policy").paginate(PolicyInputList=[document(statement("s3:*"))], ActionNames=actions,
                                                                      PaginationConfig={"PageSize": 2}))
    assert [len(p["EvaluationResults"]) for p in pages] == [2, 1] and [p["IsTruncated"] for p in pages] == [True, False]
    assert [r for p in pages for r in p["EvaluationResults"]] == whole
    marker = pages[0]["Marker"]
    beyond = iam.simulate_custom_policy(PolicyInputList=[document(statement())], ActionNames=["s3:GetObject"], Marker=marker)
    assert (beyond["EvaluationResults"], beyond["IsTruncated"]) == ([], False)


def test_pages_end_early_where_there_are_many_resources(iam):
    arns = [f"arn:aws:s3:::many/{i}" for i in range(9000)]
    page = iam.simulate_custom_policy(PolicyInputList=[document(statement("s3:*"))], ActionNames=["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], ResourceArns=arns)
    assert page["IsTruncated"] and [len(r["ResourceSpecificResults"]) for r in page["EvaluationResults"]] == [9000, 9000]
    refused(lambda: simulate(iam, document(statement()), ResourceArns=[*arns, *arns]), "InvalidInput", "At most 10000 resources")


def test_a_users_policies_are_named_by_what_they_are(iam):
    iam.create_user(UserName="named", Path="/deep/")
    iam.put_user_policy(UserName="named", PolicyName="own", PolicyDocument=document(statement("s3:GetObject")))
    arn = iam.create_policy(PolicyName="shared", PolicyDocument=document(statement("s3:PutObject")))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="named", PolicyArn=arn)
    iam.attach_user_policy(UserName="named", PolicyArn="arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess")
    boundary = iam.create_policy(PolicyName="fence", PolicyDocument=document(statement("s3:DeleteObject", effect="Deny"), statement("*")))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="named", PermissionsBoundary=boundary)
    actions = ["s3:GetObject", "s3:PutObject", "sqs:ListQueues", "s3:DeleteObject", "s3:ListBucket"]
    results = iam.simulate_principal_policy(PolicySourceArn=f"arn:aws:iam::{HOME}:user/named", ActionNames=actions,
                                            PolicyInputList=[document(statement("s3:ListBucket"))])["EvaluationResults"]
    assert [[m["SourcePolicyId"] for m in r["MatchedStatements"]] for r in results] == [
        ["user_named_own"], ["shared"], ["AmazonSQSReadOnlyAccess"], ["fence"], ["PolicyInputList.1"]]
    assert [r["EvalDecision"] for r in results] == ["allowed", "allowed", "allowed", "explicitDeny", "allowed"]


def test_who_may_simulate_is_decided_on_the_entity(server, iam):
    for name in ("watched", "watcher"):
        iam.create_user(UserName=name)
    key = iam.create_access_key(UserName="watcher")["AccessKey"]
    theirs = server.client("iam", key["AccessKeyId"], key["SecretAccessKey"])

    def call():
        return theirs.simulate_principal_policy(PolicySourceArn=f"arn:aws:iam::{HOME}:user/watched", ActionNames=["s3:GetObject"])
    refused(call, "AccessDenied", f"is not authorized to perform: iam:SimulatePrincipalPolicy on resource: arn:aws:iam::{HOME}:user/watched because no "
                                  "identity-based policy allows the iam:SimulatePrincipalPolicy action")
    iam.put_user_policy(UserName="watcher", PolicyName="p", PolicyDocument=document(statement("iam:SimulatePrincipalPolicy", f"arn:aws:iam::{HOME}:user/watched")))
    assert call()["EvaluationResults"][0]["EvalDecision"] == "implicitDeny"


# --- the simulator and real calls ------------------------------------------------------------------------------------------------------

CALLS = {
    "sqs:SendMessage": lambda c, url: c.send_message(QueueUrl=url, MessageBody="x"),
    "sqs:GetQueueAttributes": lambda c, url: c.get_queue_attributes(QueueUrl=url),
    "sqs:ListQueueTags": lambda c, url: c.list_queue_tags(QueueUrl=url),
    "sqs:PurgeQueue": None,
    "sqs:ListQueues": lambda c, url: c.list_queues(),
}
ACTIONS = [a for a, call in CALLS.items() if call]


def random_statement(rng, queues, account, user):
    pick = rng.choice
    s = {"Effect": pick(["Allow", "Allow", "Deny"])}
    s[pick(["Action", "Action", "Action", "NotAction"])] = rng.sample([*ACTIONS, "sqs:*", "sqs:Get*", "sqs:Send*", "*", "s3:*", "SQS:listqueuetags"], rng.randint(1, 3))
    resources = [*queues, "*", f"arn:aws:sqs:*:{account}:agree-*", "arn:aws:sqs:us-east-1:*:agree-${aws:username}", "arn:aws:sqs:us-east-1:*:agree-${aws:PrincipalTag/queue}", "arn:aws:s3:::agree-*"]
    s[pick(["Resource", "Resource", "Resource", "NotResource"])] = rng.sample(resources, rng.randint(1, 2))
    if rng.random() < 0.5:
        s["Condition"] = pick([
            {"StringEquals": {"aws:RequestedRegion": pick(["us-east-1", "eu-west-1"])}}, {"StringNotEquals": {"aws:username": pick([user, "other"])}},
            {"IpAddress": {"aws:SourceIp": pick(["127.0.0.0/8", "10.0.0.0/8"])}}, {"Bool": {"aws:SecureTransport": pick(["true", "false"])}},
            {"StringLike": {"aws:PrincipalTag/queue": pick(["o*", "x*"])}}, {"Null": {"aws:PrincipalTag/none": pick(["true", "false"])}},
            {"ArnLike": {"aws:PrincipalArn": pick([f"arn:aws:iam::{account}:user/*", f"arn:aws:iam::{account}:role/*"])}},
            {"StringEqualsIfExists": {"aws:ResourceAccount": pick([account, "333333333333"])}}, {"StringEquals": {"aws:PrincipalAccount": account}},
            {"DateLessThan": {"aws:CurrentTime": pick(["2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z"])}},
            {"ForAnyValue:StringEquals": {"aws:TagKeys": ["a"]}}, {"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}},
            {"StringEquals": {"aws:PrincipalType": pick(["User", "AssumedRole"])}}, {"StringNotLikeIfExists": {"aws:userid": pick(["AIDA*", "x"])}},
        ])
    return s


def context(now):
    entry = lambda name, kind, value: {"ContextKeyName": name, "ContextKeyType": kind, "ContextKeyValues": [value]}
    return [entry("aws:RequestedRegion", "string", "us-east-1"), entry("aws:SourceIp", "ip", "127.0.0.1"), entry("aws:SecureTransport", "boolean", "false"),
            entry("aws:CurrentTime", "date", now)]


def really(call):
    try:
        call()
        return "allowed"
    except ClientError as e:
        code, text = e.response["Error"]["Code"], e.response["Error"]["Message"]
        assert code in ("AccessDenied", "AccessDeniedException"), e
        return "explicitDeny" if "explicit deny" in text else "implicitDeny"


@pytest.mark.parametrize("seed", range(4))
def test_the_simulator_and_real_calls_agree(server, iam, seed):
    """Random policies of a user and its group, boundaries and queue policies: each action gets from a real call what the simulator says, word by word."""
    rng = random.Random(seed)
    account, user = f"{seed + 1:012d}", f"agree{seed}"
    admin, sqs = server.client("iam", key=account), server.client("sqs", key=account)
    names = [f"agree-{user}", "agree-own"]
    urls = {n: sqs.create_queue(QueueName=n)["QueueUrl"] for n in names}
    queues = {n: f"arn:aws:sqs:us-east-1:{account}:{n}" for n in names}
    me = admin.create_user(UserName=user, Tags=[{"Key": "queue", "Value": "own"}])["User"]
    key = admin.create_access_key(UserName=user)["AccessKey"]
    mine = server.client("sqs", key["AccessKeyId"], key["SecretAccessKey"])
    admin.create_group(GroupName="group")
    admin.add_user_to_group(GroupName="group", UserName=user)
    fence = admin.create_policy(PolicyName="fence", PolicyDocument=document(statement("*")))["Policy"]["Arn"]
    outcomes = set()
    for round_ in range(25):
        statements = [random_statement(rng, list(queues.values()), account, user) for _ in range(rng.randint(1, 3))]
        admin.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=document(*statements[1:], statement("none:None")))
        admin.put_group_policy(GroupName="group", PolicyName="p", PolicyDocument=document(statements[0]))
        limits = document(*[random_statement(rng, list(queues.values()), account, user) for _ in range(2)], statement("sqs:*"))
        fenced = rng.random() < 0.4
        if fenced:
            for v in admin.list_policy_versions(PolicyArn=fence)["Versions"]:
                if not v["IsDefaultVersion"]:
                    admin.delete_policy_version(PolicyArn=fence, VersionId=v["VersionId"])
            admin.create_policy_version(PolicyArn=fence, PolicyDocument=limits, SetAsDefault=True)
            admin.put_user_permissions_boundary(UserName=user, PermissionsBoundary=fence)
        name = rng.choice(names)
        queue_policy = None
        if rng.random() < 0.5:
            principal = rng.choice(["*", {"AWS": me["Arn"]}, {"AWS": account}, {"AWS": "333333333333"}])
            queue_policy = document({"Effect": rng.choice(["Allow", "Allow", "Deny"]), "Principal": principal, "Action": rng.sample(["sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:ListQueueTags"], 2),
                                     "Resource": queues[name]})
        sqs.set_queue_attributes(QueueUrl=urls[name], Attributes={"Policy": queue_policy or ""})
        now = "2026-01-01T00:00:00Z"
        on_queue = [a for a in ACTIONS if a != "sqs:ListQueues"]
        more = {"ResourcePolicy": queue_policy} if queue_policy else {}
        said = {r["EvalActionName"]: r["EvalDecision"] for r in admin.simulate_principal_policy(
            PolicySourceArn=me["Arn"], ActionNames=on_queue, ResourceArns=[queues[name]], ContextEntries=context(now), **more)["EvaluationResults"]}
        for action in on_queue:
            assert really(lambda: CALLS[action](mine, urls[name])) == said[action], (seed, round_, action, statements, limits if fenced else None, queue_policy)
            outcomes.add(said[action])
        if fenced:
            admin.delete_user_permissions_boundary(UserName=user)
    assert outcomes == {"allowed", "implicitDeny", "explicitDeny"}


# --- context keys ----------------------------------------------------------------------------------------------------------------------

KEYS = [
    ("spelling-and-variables", [document({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/${aws:PrincipalTag/Team}/${aws:username}",
                                          "Condition": {"StringEquals": {"s3:ExistingObjectTag/Owner": "${aws:PrincipalTag/Team}"}, "Null": {"AWS:SourceIp": "false"}}})],
     ["AWS:SourceIp", "aws:PrincipalTag/Team", "aws:username", "s3:ExistingObjectTag/Owner"]),
    ("defaults-and-literals", [document(statement(resource="arn:aws:s3:::b/${aws:username, 'x'}/${*}/${?}/${$}"))], ["$", "*", "?", "aws:username"]),
    ("old-version", [document(statement(resource="arn:aws:s3:::b/${aws:username}"), version="2008-10-17")], []),
    ("not-resource", [document({"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::b/${aws:userid}"})], ["aws:userid"]),
    ("again-in-another-document", [document(statement(Condition={"Null": {"aws:userid": "true"}}))] * 2, ["aws:userid", "aws:userid"]),
    ("no-statement", ['{"Version":"2012-10-17"}'], []), ("empty-statement", ['{"Statement":[]}'], []),
    ("no-action", [document({"Effect": "Allow", "Condition": {"NumericEquals": {"aws:MultiFactorAuthAge": "${aws:PrincipalTag/Age}"}}})], ["aws:MultiFactorAuthAge", "aws:PrincipalTag/Age"]),
    ("of-a-resource", [document(statement(Principal="*", Condition={"Null": {"aws:userid": "true"}}))], ["aws:userid"]),
]


@pytest.mark.parametrize("documents,keys", [k[1:] for k in KEYS], ids=[k[0] for k in KEYS])
def test_context_keys_of_documents(iam, documents, keys):
    assert sorted(iam.get_context_keys_for_custom_policy(PolicyInputList=documents)["ContextKeyNames"]) == keys


@pytest.mark.parametrize("text", ["{", "[]", document(statement(Condition={"MadeUp": {"aws:userid": "x"}})), document({"Action": "*", "Resource": "*"}),
                                  '{"Statement":[],"Foo":"x"}'])
def test_context_keys_of_what_is_no_policy(iam, text):
    refused(lambda: iam.get_context_keys_for_custom_policy(PolicyInputList=[text]), "InvalidInput")


def test_context_keys_of_a_principal_include_its_boundary(iam):
    arn = iam.create_user(UserName="keyed")["User"]["Arn"]
    iam.put_user_policy(UserName="keyed", PolicyName="p", PolicyDocument=document(statement(Condition={"Null": {"aws:userid": "true"}})))
    fence = iam.create_policy(PolicyName="keyed-fence", PolicyDocument=document(statement("*", Condition={"Bool": {"aws:SecureTransport": "true"}})))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="keyed", PermissionsBoundary=fence)
    got = iam.get_context_keys_for_principal_policy(PolicySourceArn=arn, PolicyInputList=[document(statement(Condition={"Null": {"aws:userid": "true"}}))])
    assert sorted(got["ContextKeyNames"]) == ["aws:SecureTransport", "aws:userid", "aws:userid"]


# --- last use --------------------------------------------------------------------------------------------------------------------------

def report(iam, arn, granularity="SERVICE_LEVEL", **more):
    job = iam.generate_service_last_accessed_details(Arn=arn, Granularity=granularity)["JobId"]
    assert len(job) == 36
    answer = {}

    def done():
        answer.update(iam.get_service_last_accessed_details(JobId=job, **more))
        return answer["JobStatus"] == "COMPLETED"
    wait_for(done, what="the report")
    return job, answer


@pytest.fixture(scope="module")
def used(server, iam):
    """A user who called SQS in two Regions and was refused by S3."""
    arn = iam.create_user(UserName="used", Path="/of/")["User"]["Arn"]
    iam.put_user_policy(UserName="used", PolicyName="p", PolicyDocument=document(
        statement(["sqs:*", "s3:GetObject", "lambda:ListFunctions", "iam:GetUser", "iam:PassRole"]), statement("sns:Publish"), statement("sns:*", effect="Deny")))
    key = iam.create_access_key(UserName="used")["AccessKey"]
    for region in ("us-east-1", "eu-west-1"):
        server.client("sqs", key["AccessKeyId"], key["SecretAccessKey"], region=region).list_queues()
    refused(lambda: server.client("s3", key["AccessKeyId"], key["SecretAccessKey"]).list_buckets(), "AccessDenied")
    return arn, key["AccessKeyId"]


def test_last_use_of_a_user(iam, used):
    job, answer = report(iam, used[0])
    services = {s["ServiceNamespace"]: s for s in answer["ServicesLastAccessed"]}
    assert list(services) == ["iam", "lambda", "s3", "sqs"]   # what is denied altogether is not there
    assert answer["JobType"] == "SERVICE_LEVEL" and answer["JobCompletionDate"] >= answer["JobCreationDate"] and not answer["IsTruncated"]
    sqs = services["sqs"]
    assert (sqs["ServiceName"], sqs["LastAuthenticatedEntity"], sqs["LastAuthenticatedRegion"], sqs["TotalAuthenticatedEntities"]) == ("Amazon SQS", used[0], "eu-west-1", 1)
    assert services["s3"]["TotalAuthenticatedEntities"] == 1   # an attempt counts
    assert services["lambda"] == {"ServiceName": "AWS Lambda", "ServiceNamespace": "lambda", "TotalAuthenticatedEntities": 0}
    assert services["iam"]["ServiceName"] == "AWS Identity and Access Management"
    entities = iam.get_service_last_accessed_details_with_entities(JobId=job, ServiceNamespace="sqs")
    [entity] = entities["EntityDetailsList"]
    assert entity["EntityInfo"].items() >= {"Arn": used[0], "Name": "used", "Type": "USER", "Path": "/of/"}.items()
    assert entity["LastAuthenticated"] == sqs["LastAuthenticated"]


def test_last_use_by_action(iam, used):
    services = {s["ServiceNamespace"]: s for s in report(iam, used[0], "ACTION_LEVEL")[1]["ServicesLastAccessed"]}
    actions = {a["ActionName"]: a for a in services["sqs"]["TrackedActionsLastAccessed"]}
    assert actions["ListQueues"].items() >= {"LastAccessedEntity": used[0], "LastAccessedRegion": "eu-west-1"}.items()
    assert actions["CreateQueue"] == {"ActionName": "CreateQueue"} and "SendMessage" not in actions   # data events are not tracked
    assert services["iam"]["TrackedActionsLastAccessed"] == [{"ActionName": "GetUser"}]
    assert "TrackedActionsLastAccessed" not in services["s3"]


def test_reports_of_groups_and_policies_are_about_their_members(server, iam):
    group = iam.create_group(GroupName="crew")["Group"]["Arn"]
    policy = iam.create_policy(PolicyName="crew-policy", PolicyDocument=document(statement("sqs:*")))["Policy"]["Arn"]
    assert report(iam, policy)[1]["ServicesLastAccessed"] == [{"ServiceName": "Amazon SQS", "ServiceNamespace": "sqs", "TotalAuthenticatedEntities": 0}]
    iam.attach_group_policy(GroupName="crew", PolicyArn=policy)
    iam.create_role(RoleName="crew-role", AssumeRolePolicyDocument=TRUST)
    iam.attach_role_policy(RoleName="crew-role", PolicyArn=policy)
    for name in ("anna", "ben"):
        iam.create_user(UserName=name)
        iam.add_user_to_group(GroupName="crew", UserName=name)
    iam.attach_user_policy(UserName="ben", PolicyArn=policy)   # and through the group
    key = iam.create_access_key(UserName="ben")["AccessKey"]
    server.client("sqs", key["AccessKeyId"], key["SecretAccessKey"]).list_queues()
    for arn, members in ((group, ["ben", "anna"]), (policy, ["ben", "crew-role", "anna"])):
        job, answer = report(iam, arn)
        [sqs] = answer["ServicesLastAccessed"]
        assert (sqs["TotalAuthenticatedEntities"], sqs["LastAuthenticatedEntity"]) == (1, f"arn:aws:iam::{HOME}:user/ben")
        shown = iam.get_service_last_accessed_details_with_entities(JobId=job, ServiceNamespace="sqs")["EntityDetailsList"]
        assert [e["EntityInfo"]["Name"] for e in shown] == members and ["LastAuthenticated" in e for e in shown] == [True] + [False] * (len(members) - 1)
    policies = iam.list_policies_granting_service_access(Arn=f"arn:aws:iam::{HOME}:user/anna", ServiceNamespaces=["sqs"])["PoliciesGrantingServiceAccess"]
    assert policies[0]["Policies"] == [{"PolicyName": "crew-policy", "PolicyType": "MANAGED", "PolicyArn": policy}]
    iam.remove_user_from_group(GroupName="crew", UserName="anna")
    iam.delete_user(UserName="anna")
    assert [e["EntityInfo"]["Name"] for e in iam.get_service_last_accessed_details_with_entities(JobId=job, ServiceNamespace="sqs")["EntityDetailsList"]] == ["ben", "crew-role"]


def test_reports_are_fixed_paged_and_their_makers(server, iam, used):
    job, first = report(iam, used[0], MaxItems=3)
    assert first["IsTruncated"] and len(first["ServicesLastAccessed"]) == 3
    rest = iam.get_service_last_accessed_details(JobId=job, Marker=first["Marker"])
    assert [s["ServiceNamespace"] for s in rest["ServicesLastAccessed"]] == ["sqs"]
    iam.create_user(UserName="curious")
    iam.attach_user_policy(UserName="curious", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    key = iam.create_access_key(UserName="curious")["AccessKey"]
    theirs = server.client("iam", key["AccessKeyId"], key["SecretAccessKey"])
    refused(lambda: theirs.get_service_last_accessed_details(JobId=job), "NoSuchEntity")
    refused(lambda: iam.get_service_last_accessed_details(JobId="0" * 36), "NoSuchEntity")
    refused(lambda: iam.generate_service_last_accessed_details(Arn=f"arn:aws:iam::{HOME}:role/nobody"), "NoSuchEntity")
    refused(lambda: iam.generate_service_last_accessed_details(Arn=f"arn:aws:sqs:us-east-1:{HOME}:queue"), "InvalidInput")
    everything = report(theirs, "arn:aws:iam::aws:policy/AdministratorAccess", "ACTION_LEVEL")[1]
    assert len(everything["ServicesLastAccessed"]) == 200 and everything["IsTruncated"]


def test_last_use_of_keys_and_roles(server, iam, used):
    got = iam.get_access_key_last_used(AccessKeyId=used[1])
    assert got["UserName"] == "used" and got["AccessKeyLastUsed"]["ServiceName"] == "s3" and got["AccessKeyLastUsed"]["Region"] == "us-east-1"
    role = iam.create_role(RoleName="worn", AssumeRolePolicyDocument=TRUST)["Role"]
    assert iam.get_role(RoleName="worn")["Role"]["RoleLastUsed"] == {}
    iam.put_role_policy(RoleName="worn", PolicyName="p", PolicyDocument=document(statement("sqs:*")))
    c = server.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="session")["Credentials"]
    server.client("sqs", c["AccessKeyId"], c["SecretAccessKey"], c["SessionToken"], region="eu-central-1").list_queues()
    last = iam.get_role(RoleName="worn")["Role"]["RoleLastUsed"]
    assert last["Region"] == "eu-central-1" and last["LastUsedDate"].year >= 2024
    [listed] = [r for r in iam.list_roles()["Roles"] if r["RoleName"] == "worn"]
    assert "RoleLastUsed" not in listed
    services = report(iam, role["Arn"])[1]["ServicesLastAccessed"]
    assert [(s["ServiceNamespace"], s["LastAuthenticatedEntity"]) for s in services] == [("sqs", role["Arn"])]


def test_last_use_survives_a_crash(fresh_server):
    server = fresh_server()
    iam = server.client("iam")
    iam.create_user(UserName="crashed")
    key = iam.create_access_key(UserName="crashed")["AccessKey"]
    refused(lambda: server.client("sqs", key["AccessKeyId"], key["SecretAccessKey"]).list_queues(), "AccessDenied")
    iam.create_user(UserName="after")   # a write: what came before it is committed with it
    before = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
    server.kill9()
    server.start()
    assert server.client("iam").get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"] == before
    assert before["ServiceName"] == "sqs"


def test_policies_that_open_a_service(iam, used):
    arn = iam.create_policy(PolicyName="opens", PolicyDocument=document(statement("s3:Get*")))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="used", PolicyArn=arn)
    answer = iam.list_policies_granting_service_access(Arn=used[0], ServiceNamespaces=["sqs", "s3", "sns", "sqs"])
    entries = {e["ServiceNamespace"]: e["Policies"] for e in answer["PoliciesGrantingServiceAccess"]}
    inline = {"PolicyName": "p", "PolicyType": "INLINE", "EntityType": "USER", "EntityName": "used"}
    assert list(entries) == ["sqs", "s3", "sns"] and answer["IsTruncated"] is False
    assert entries == {"sqs": [inline], "s3": [inline, {"PolicyName": "opens", "PolicyType": "MANAGED", "PolicyArn": arn}], "sns": []}
    iam.detach_user_policy(UserName="used", PolicyArn=arn)
    refused(lambda: iam.list_policies_granting_service_access(Arn=used[0], ServiceNamespaces=["nosuch"]), "InvalidInput", "Invalid service namespace: [nosuch]")

"""AWS Organizations through real clients: the tree, accounts that work, and policies that bind from the next call on."""
import json
import time
import uuid

import pytest
from botocore import UNSIGNED
from botocore.exceptions import BotoCoreError, ClientError

from conftest import wait_for

OUTSIDER = "999999999999"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def fails(code, call, *args, **kwargs):
    with pytest.raises(ClientError) as e:
        call(*args, **kwargs)
    assert e.value.response["Error"]["Code"] == code, e.value
    return e.value.response


class Org:
    """An organization of a random management account."""

    def __init__(self, server, feature_set="ALL", types=("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")):
        self.server = server
        self.management = str(100000000000 + uuid.uuid4().int % 800000000000)
        self.client = server.client("organizations", key=self.management)
        self.org = self.client.create_organization(FeatureSet=feature_set)["Organization"]
        self.root = self.client.list_roots()["Roots"][0]["Id"]
        for t in types:
            self.client.enable_policy_type(RootId=self.root, PolicyType=t)

    def account(self, name="dev", **more):
        email = more.pop("Email", f"{name}-{uuid.uuid4().hex[:8]}@example.com")
        status = self.client.create_account(AccountName=name, Email=email, **more)["CreateAccountStatus"]
        assert status["State"] == "IN_PROGRESS" and "AccountId" not in status
        return self.finished(status["Id"])["AccountId"]

    def finished(self, request):
        def done():
            status = self.client.describe_create_account_status(CreateAccountRequestId=request)["CreateAccountStatus"]
            return status if status["State"] != "IN_PROGRESS" else None
        return wait_for(done, what="the account's creation")

    def unit(self, name, parent=None):
        return self.client.create_organizational_unit(ParentId=parent or self.root, Name=name)["OrganizationalUnit"]["Id"]

    def policy(self, *statements, kind="SERVICE_CONTROL_POLICY", to=None, **more):
        name = more.pop("Name", f"p{uuid.uuid4().hex[:8]}")
        made = self.client.create_policy(Content=document(*statements), Description="d", Name=name, Type=kind, **more)["Policy"]
        for target in to or []:
            self.client.attach_policy(PolicyId=made["PolicySummary"]["Id"], TargetId=target)
        return made["PolicySummary"]["Id"]

    def into(self, account, role="OrganizationAccountAccessRole"):
        """Credentials of the access role in a member account, for Server.client."""
        c = self.server.client("sts", key=self.management).assume_role(RoleArn=f"arn:aws:iam::{account}:role/{role}", RoleSessionName="session")["Credentials"]
        return dict(key=c["AccessKeyId"], secret=c["SecretAccessKey"], token=c["SessionToken"])


@pytest.fixture
def org(server):
    return Org(server)


DENY_S3 = {"Sid": "NoS3", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}


# ------------------------------------------------------------------------------------------------------------------------- the tree

def test_organization_is_created_and_described(server):
    o = Org(server, types=())
    org = o.org
    assert org["Arn"] == f"arn:aws:organizations::{o.management}:organization/{org['Id']}"
    assert org["MasterAccountArn"] == f"arn:aws:organizations::{o.management}:account/{org['Id']}/{o.management}"
    assert org["FeatureSet"] == "ALL" and org["AvailablePolicyTypes"] == [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]
    assert o.client.describe_organization()["Organization"] == org
    root = o.client.list_roots()["Roots"][0]
    assert root == {"Id": o.root, "Arn": f"arn:aws:organizations::{o.management}:root/{org['Id']}/{o.root}", "Name": "Root", "PolicyTypes": []}
    fails("AlreadyInOrganizationException", o.client.create_organization)
    accounts = o.client.list_accounts()["Accounts"]
    assert [(a["Id"], a["JoinedMethod"], a["Paths"]) for a in accounts] == [(o.management, "INVITED", [f"{org['Id']}/{o.root}/{o.management}/"])]
    o.client.delete_organization()
    assert fails("AWSOrganizationsNotInUseException", o.client.describe_organization)["Error"]["Message"] == "Your account is not a member of an organization."


def test_units_nest_five_levels_deep(org):
    parent, made = org.root, []
    for depth in range(5):
        made.append(org.unit(f"level{depth}", parent))
        parent = made[-1]
    error = fails("ConstraintViolationException", org.unit, "level5", parent)
    assert error["Reason"] == "OU_DEPTH_LIMIT_EXCEEDED"
    path = f"{org.org['Id']}/{org.root}/" + "".join(f"{u}/" for u in made)
    assert org.client.describe_organizational_unit(OrganizationalUnitId=parent)["OrganizationalUnit"]["Path"] == path
    assert org.client.list_parents(ChildId=made[1])["Parents"] == [{"Id": made[0], "Type": "ORGANIZATIONAL_UNIT"}]
    assert org.client.list_children(ParentId=made[0], ChildType="ORGANIZATIONAL_UNIT")["Children"] == [{"Id": made[1], "Type": "ORGANIZATIONAL_UNIT"}]
    assert fails("DuplicateOrganizationalUnitException", org.unit, "level0")["Error"]["Message"] == "An OU with the same name already exists."
    fails("OrganizationalUnitNotEmptyException", org.client.delete_organizational_unit, OrganizationalUnitId=made[0])
    org.client.update_organizational_unit(OrganizationalUnitId=made[4], Name="leaf")
    for unit in reversed(made):
        org.client.delete_organizational_unit(OrganizationalUnitId=unit)
    fails("OrganizationalUnitNotFoundException", org.client.describe_organizational_unit, OrganizationalUnitId=made[0])
    assert fails("ParentNotFoundException", org.unit, "x", "r-none")["Error"]["Message"] == "You specified parent that doesn't exist."


def test_invalid_input_says_its_reason(org):
    for reason, text, call in [
        ("INVALID_PATTERN", "You provided a value that does not match the required pattern.", lambda: org.client.describe_account(AccountId="12")),
        ("INVALID_ENUM", "You specified an invalid value.", lambda: org.client.list_policies(Filter="MOTO")),
        ("MAX_VALUE_EXCEEDED", None, lambda: org.client.list_accounts(MaxResults=21)),
        ("INVALID_NEXT_TOKEN", None, lambda: org.client.list_accounts(NextToken="nonsense")),
        ("DUPLICATE_TAG_KEY", None, lambda: org.client.tag_resource(ResourceId=org.root, Tags=[{"Key": "a", "Value": "1"}] * 2)),
    ]:
        error = fails("InvalidInputException", call)
        assert error["Reason"] == reason, error
        assert text is None or error["Error"]["Message"] == text


def test_lists_come_in_pages(org):
    units = [org.unit(f"u{i}") for i in range(25)]
    first = org.client.list_organizational_units_for_parent(ParentId=org.root)
    assert len(first["OrganizationalUnits"]) == 20
    for size in (1, 7, 20):
        pages = org.client.get_paginator("list_organizational_units_for_parent").paginate(ParentId=org.root, PaginationConfig={"PageSize": size})
        assert [u["Id"] for p in pages for u in p["OrganizationalUnits"]] == units
    policies = [org.policy(DENY_S3) for _ in range(6)]
    for size in (1, 2, 7, 8):
        pages = list(org.client.get_paginator("list_policies").paginate(Filter="SERVICE_CONTROL_POLICY", PaginationConfig={"PageSize": size}))
        assert [p["Id"] for page in pages for p in page["Policies"]] == ["p-FullAWSAccess"] + policies
        assert all(len(page["Policies"]) <= size for page in pages)
    expected = {org.root, org.management, *units}
    for size in (1, 9, 20):
        pages = org.client.get_paginator("list_targets_for_policy").paginate(PolicyId="p-FullAWSAccess", PaginationConfig={"PageSize": size})
        found = [t["TargetId"] for page in pages for t in page["Targets"]]
        assert len(found) == len(expected) and set(found) == expected


# ------------------------------------------------------------------------------------------------------------------------- accounts

def test_created_account_works_through_its_role(server, org):
    account = org.account("shop", RoleName="Admin", Tags=[{"Key": "team", "Value": "shop"}])
    described = org.client.describe_account(AccountId=account)["Account"]
    assert described["Status"] == described["State"] == "ACTIVE" and described["JoinedMethod"] == "CREATED" and described["Name"] == "shop"
    assert org.client.list_tags_for_resource(ResourceId=account)["Tags"] == [{"Key": "team", "Value": "shop"}]
    inside = org.into(account, "Admin")
    assert server.client("sts", **inside).get_caller_identity()["Account"] == account
    attached = server.client("iam", **inside).list_attached_role_policies(RoleName="Admin")["AttachedPolicies"]
    assert [p["PolicyName"] for p in attached] == ["AdministratorAccess"]
    server.client("s3", **inside).create_bucket(Bucket=f"b-{account}")
    stranger = server.client("sts", key=OUTSIDER)
    fails("AccessDenied", stranger.assume_role, RoleArn=f"arn:aws:iam::{account}:role/Admin", RoleSessionName="session")


def test_account_with_a_known_address_is_refused(org):
    org.account("one", Email="same@example.com")
    status = org.client.create_account(AccountName="two", Email="Same@example.com")["CreateAccountStatus"]
    status = org.finished(status["Id"])
    assert status["State"] == "FAILED" and status["FailureReason"] == "EMAIL_ALREADY_EXISTS" and "AccountId" not in status
    states = lambda *s: [c["AccountName"] for c in org.client.list_create_account_status(States=list(s))["CreateAccountStatuses"]]
    assert states("SUCCEEDED") == ["one"] and states("FAILED") == ["two"] and states("IN_PROGRESS") == []
    assert len(org.client.list_accounts()["Accounts"]) == 2


def test_accounts_move_leave_and_are_removed(server, org):
    a, b, unit = org.account("a"), org.account("b"), org.unit("u")
    fails("SourceParentNotFoundException", org.client.move_account, AccountId=a, SourceParentId=unit, DestinationParentId=org.root)
    org.client.move_account(AccountId=a, SourceParentId=org.root, DestinationParentId=unit)
    fails("DuplicateAccountException", org.client.move_account, AccountId=a, SourceParentId=unit, DestinationParentId=unit)
    assert [x["Id"] for x in org.client.list_accounts_for_parent(ParentId=unit)["Accounts"]] == [a]
    assert org.client.list_parents(ChildId=a)["Parents"] == [{"Id": unit, "Type": "ORGANIZATIONAL_UNIT"}]
    fails("OrganizationNotEmptyException", org.client.delete_organization)
    fails("MasterCannotLeaveOrganizationException", org.client.leave_organization)
    fails("MasterCannotLeaveOrganizationException", org.client.remove_account_from_organization, AccountId=org.management)
    org.client.remove_account_from_organization(AccountId=a)
    fails("AccountNotFoundException", org.client.describe_account, AccountId=a)
    member = server.client("organizations", key=b)
    assert member.describe_organization()["Organization"]["Id"] == org.org["Id"]
    assert fails("AccessDeniedException", member.list_accounts)["Error"]["Message"] == "You don't have permissions to access this resource."
    fails("AlreadyInOrganizationException", member.create_organization)
    member.leave_organization()
    fails("AWSOrganizationsNotInUseException", member.describe_organization)
    org.client.delete_organization()


def test_closed_account_may_do_nothing(server, org):
    account = org.account("old")
    session = org.into(account)
    server.client("sqs", **session).list_queues()
    org.client.close_account(AccountId=account)
    assert org.client.describe_account(AccountId=account)["Account"]["Status"] == "SUSPENDED"
    assert fails("AccountAlreadyClosedException", org.client.close_account, AccountId=account)["Error"]["Message"] == "The provided account is already closed."
    fails("AccessDenied", server.client("sqs", **session).list_queues)
    fails("AccessDenied", server.client("sqs", key=account).list_queues)
    assert fails("ConstraintViolationException", org.client.close_account, AccountId=org.management)["Reason"] == "CANNOT_CLOSE_MANAGEMENT_ACCOUNT"


@pytest.mark.parametrize("point", ["task.claimed", "task.before_call:1", "task.after_call:1", "task.after_effect:1", "task.before_call:2", "task.after_effect:2", "task.before_finish"])
def test_account_creation_survives_kill_and_happens_once(fresh_server, point):
    server = fresh_server(env={"FOGBANK_CRASH_AT": point})
    org = Org(server, types=())
    try:
        org.client.create_account(AccountName="a", Email="a@example.com")
    except BotoCoreError:
        pass  # the crash was faster than the answer
    wait_for(lambda: server.process.poll() is not None, what="the crash")
    server.env = {}
    server.start()
    org.client = server.client("organizations", key=org.management)
    requests = org.client.list_create_account_status()["CreateAccountStatuses"]
    assert len(requests) == 1
    status = org.finished(requests[0]["Id"])
    assert status["State"] == "SUCCEEDED"
    accounts = [a["Id"] for a in org.client.list_accounts()["Accounts"]]
    assert accounts == [org.management, status["AccountId"]]
    roles = server.client("iam", **org.into(status["AccountId"])).list_roles()["Roles"]
    assert [r["RoleName"] for r in roles] == ["OrganizationAccountAccessRole"]


# ------------------------------------------------------------------------------------------------------------------------- policies

def test_policies_are_kept_and_attached(org):
    policy = org.policy(DENY_S3, Name="no-s3", Tags=[{"Key": "k", "Value": "v"}])
    described = org.client.describe_policy(PolicyId=policy)["Policy"]
    assert described["PolicySummary"]["Arn"] == f"arn:aws:organizations::{org.management}:policy/{org.org['Id']}/service_control_policy/{policy}"
    assert described["Content"] == document(DENY_S3) and described["PolicySummary"]["AwsManaged"] is False
    assert org.client.list_tags_for_resource(ResourceId=policy)["Tags"] == [{"Key": "k", "Value": "v"}]
    fails("DuplicatePolicyException", org.policy, DENY_S3, Name="no-s3")
    unit = org.unit("u")
    org.client.attach_policy(PolicyId=policy, TargetId=unit)
    fails("DuplicatePolicyAttachmentException", org.client.attach_policy, PolicyId=policy, TargetId=unit)
    fails("PolicyInUseException", org.client.delete_policy, PolicyId=policy)
    names = lambda target, kind="SERVICE_CONTROL_POLICY": [p["Name"] for p in org.client.list_policies_for_target(TargetId=target, Filter=kind)["Policies"]]
    assert names(unit) == ["FullAWSAccess", "no-s3"] and names(unit, "RESOURCE_CONTROL_POLICY") == ["RCPFullAWSAccess"]
    assert org.client.list_targets_for_policy(PolicyId=policy)["Targets"] == [
        {"TargetId": unit, "Arn": f"arn:aws:organizations::{org.management}:ou/{org.org['Id']}/{unit}", "Name": "u", "Type": "ORGANIZATIONAL_UNIT"}]
    org.client.detach_policy(PolicyId="p-FullAWSAccess", TargetId=unit)
    error = fails("ConstraintViolationException", org.client.detach_policy, PolicyId=policy, TargetId=unit)
    assert error["Reason"] == "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED" and error["Error"]["Message"].startswith("You cannot remove the last policy attached")
    fails("PolicyNotAttachedException", org.client.detach_policy, PolicyId="p-FullAWSAccess", TargetId=unit)
    assert fails("InvalidInputException", org.client.detach_policy, PolicyId="p-RCPFullAWSAccess", TargetId=unit)["Reason"] == "NON_DETACHABLE_POLICY"
    assert fails("InvalidInputException", org.client.delete_policy, PolicyId="p-FullAWSAccess")["Reason"] == "IMMUTABLE_POLICY"
    org.client.delete_organizational_unit(OrganizationalUnitId=unit)
    org.client.delete_policy(PolicyId=policy)
    fails("PolicyNotFoundException", org.client.describe_policy, PolicyId=policy)


def test_policy_quotas(org):
    unit = org.unit("u")
    for kind, limit in (("SERVICE_CONTROL_POLICY", 10), ("RESOURCE_CONTROL_POLICY", 5)):
        rule = DENY_S3 if kind == "SERVICE_CONTROL_POLICY" else dict(DENY_S3, Principal="*")
        for _ in range(limit - 1):
            org.policy(rule, kind=kind, to=[unit])
        error = fails("ConstraintViolationException", org.policy, rule, kind=kind, to=[unit])
        assert error["Reason"] == "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"
    content = document(DENY_S3)
    padded = content + " " * (10240 - len(content))
    create = lambda c: org.client.create_policy(Content=c, Description="", Name=f"n{uuid.uuid4().hex}", Type="SERVICE_CONTROL_POLICY")
    create(padded)
    error = fails("ConstraintViolationException", create, padded + " ")
    assert error["Reason"] == "POLICY_CONTENT_LIMIT_EXCEEDED" and error["Error"]["Message"] == "You have exceeded the maximum policy size."


@pytest.mark.parametrize("kind, statement", [
    ("SERVICE_CONTROL_POLICY", dict(DENY_S3, Principal="*")),
    ("SERVICE_CONTROL_POLICY", {"Effect": "Deny", "Action": "s3:*"}),
    ("SERVICE_CONTROL_POLICY", {"Effect": "Deny", "Resource": "*"}),
    ("SERVICE_CONTROL_POLICY", "x"),
    ("RESOURCE_CONTROL_POLICY", DENY_S3),
    ("RESOURCE_CONTROL_POLICY", dict(DENY_S3, Principal="*", Effect="Allow")),
    ("RESOURCE_CONTROL_POLICY", dict(DENY_S3, Principal={"AWS": "111122223333"})),
])
def test_malformed_policies_are_refused(org, kind, statement):
    error = fails("MalformedPolicyDocumentException", org.policy, statement, kind=kind)
    assert error["Error"]["Message"] == "The provided policy document does not meet the requirements of the specified policy type."


def test_policy_types_are_enabled_and_disabled(server):
    o = Org(server, types=())
    unit = o.unit("u")
    policy = o.policy(DENY_S3)
    fails("PolicyTypeNotEnabledException", o.client.attach_policy, PolicyId=policy, TargetId=unit)
    root = o.client.enable_policy_type(RootId=o.root, PolicyType="SERVICE_CONTROL_POLICY")["Root"]
    assert root["PolicyTypes"] == [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]
    fails("PolicyTypeAlreadyEnabledException", o.client.enable_policy_type, RootId=o.root, PolicyType="SERVICE_CONTROL_POLICY")
    o.client.attach_policy(PolicyId=policy, TargetId=unit)
    o.client.disable_policy_type(RootId=o.root, PolicyType="SERVICE_CONTROL_POLICY")
    assert o.client.list_policies_for_target(TargetId=unit, Filter="SERVICE_CONTROL_POLICY")["Policies"] == []
    o.client.enable_policy_type(RootId=o.root, PolicyType="SERVICE_CONTROL_POLICY")
    assert [p["Name"] for p in o.client.list_policies_for_target(TargetId=unit, Filter="SERVICE_CONTROL_POLICY")["Policies"]] == ["FullAWSAccess"]
    o.client.delete_policy(PolicyId=policy)
    error = fails("NotImplemented", o.client.enable_policy_type, RootId=o.root, PolicyType="TAG_POLICY")
    assert "TAG_POLICY" in error["Error"]["Message"] and error["ResponseMetadata"]["HTTPStatusCode"] == 501
    fails("RootNotFoundException", o.client.enable_policy_type, RootId="r-0000", PolicyType="SERVICE_CONTROL_POLICY")
    fails("EffectivePolicyNotFoundException", o.client.describe_effective_policy, PolicyType="TAG_POLICY")
    billing = Org(server, "CONSOLIDATED_BILLING", types=())
    assert billing.org["AvailablePolicyTypes"] == []
    fails("PolicyTypeNotAvailableForOrganizationException", billing.client.enable_policy_type, RootId=billing.root, PolicyType="SERVICE_CONTROL_POLICY")


# -------------------------------------------------------------------------------------------------------------------------- binding

def user_of(server, account, name="bob"):
    iam = server.client("iam", key=account)
    iam.create_user(UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return dict(key=key["AccessKeyId"], secret=key["SecretAccessKey"])


def test_service_control_policy_binds_every_principal_of_members(server, org):
    unit = org.unit("sandbox")
    account = org.account("sandboxed")
    org.client.move_account(AccountId=account, SourceParentId=org.root, DestinationParentId=unit)
    callers = {"administrator": dict(key=account), "user": user_of(server, account), "role": org.into(account)}
    for who in callers.values():
        server.client("s3", **who).list_buckets()
    policy = org.policy(DENY_S3, to=[unit])
    for name, who in callers.items():
        error = fails("AccessDenied", server.client("s3", **who).list_buckets)  # the first call after the answer
        assert error["Error"]["Message"].endswith("with an explicit deny in a service control policy"), name
        why = server.admin("GET", "explain", request_id=error["ResponseMetadata"]["RequestId"])
        assert policy in why["decision"] and f"at {unit}" in why["decision"] and account in why["decision"], why
        server.client("sqs", **who).list_queues()
    server.client("s3", key=org.management).list_buckets()
    # The management account is not bound, wherever the policy is attached.
    org.client.attach_policy(PolicyId=policy, TargetId=org.root)
    org.client.attach_policy(PolicyId=policy, TargetId=org.management)
    server.client("s3", key=org.management).list_buckets()
    org.client.detach_policy(PolicyId=policy, TargetId=org.root)
    org.client.move_account(AccountId=account, SourceParentId=unit, DestinationParentId=org.root)
    server.client("s3", **callers["role"]).list_buckets()
    org.client.attach_policy(PolicyId=policy, TargetId=account)
    fails("AccessDenied", server.client("s3", **callers["user"]).list_buckets)
    org.client.update_policy(PolicyId=policy, Content=document(dict(DENY_S3, Action="s3:DeleteBucket")))
    server.client("s3", **callers["user"]).list_buckets()
    org.client.update_policy(PolicyId=policy, Content=document(DENY_S3))
    fails("AccessDenied", server.client("s3", **callers["user"]).list_buckets)
    org.client.disable_policy_type(RootId=org.root, PolicyType="SERVICE_CONTROL_POLICY")
    server.client("s3", **callers["user"]).list_buckets()
    org.client.enable_policy_type(RootId=org.root, PolicyType="SERVICE_CONTROL_POLICY")
    org.client.attach_policy(PolicyId=policy, TargetId=account)
    org.client.remove_account_from_organization(AccountId=account)
    server.client("s3", **callers["user"]).list_buckets()


def test_every_level_must_allow(server, org):
    unit = org.unit("only-sqs")
    account = org.account("narrow")
    org.client.move_account(AccountId=account, SourceParentId=org.root, DestinationParentId=unit)
    only = org.policy({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}, to=[unit])
    server.client("s3", key=account).list_buckets()
    org.client.detach_policy(PolicyId="p-FullAWSAccess", TargetId=unit)
    error = fails("AccessDenied", server.client("s3", key=account).list_buckets)
    assert error["Error"]["Message"].endswith("because no service control policy allows the s3:ListAllMyBuckets action")
    why = server.admin("GET", "explain", request_id=error["ResponseMetadata"]["RequestId"])
    assert f"no service control policy allows it at {unit}" in why["decision"], why
    server.client("sqs", key=account).list_queues()
    org.client.attach_policy(PolicyId="p-FullAWSAccess", TargetId=unit)
    org.client.detach_policy(PolicyId=only, TargetId=unit)
    server.client("s3", key=account).list_buckets()


def test_resource_control_policy_keeps_outsiders_out(server, org):
    account, sibling = org.account("data"), org.account("sibling")
    bucket = f"data-{account}"
    s3 = server.client("s3", key=account)
    s3.create_bucket(Bucket=bucket)
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"BlockPublicPolicy": False, "RestrictPublicBuckets": False, "BlockPublicAcls": True, "IgnorePublicAcls": True})
    s3.put_bucket_policy(Bucket=bucket, Policy=document({"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"arn:aws:s3:::{bucket}/*"}))
    s3.put_object(Bucket=bucket, Key="k", Body=b"v")
    get = lambda **who: server.client("s3", **who).get_object(Bucket=bucket, Key="k")["Body"].read()
    nobody = dict(signature_version=UNSIGNED)
    for who in (dict(key=OUTSIDER), dict(key=sibling), dict(key=org.management), nobody):
        assert get(**who) == b"v"
    rcp = org.policy({"Sid": "OrgOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
                      "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": org.org["Id"]}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}},
                     kind="RESOURCE_CONTROL_POLICY", to=[org.root])
    for who in (dict(key=OUTSIDER), nobody):
        fails("AccessDenied", get, **who)
    for who in (dict(key=account), dict(key=sibling), dict(key=org.management)):
        assert get(**who) == b"v"
    own = f"own-{org.management}"
    mine = server.client("s3", key=org.management)
    mine.create_bucket(Bucket=own)
    mine.put_bucket_policy(Bucket=own, Policy=document({"Effect": "Allow", "Principal": {"AWS": OUTSIDER}, "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{own}"}))
    server.client("s3", key=OUTSIDER).list_objects_v2(Bucket=own)  # the management account's resources are not bound
    org.client.detach_policy(PolicyId=rcp, TargetId=org.root)
    assert get(key=OUTSIDER) == b"v"
    # A queue is governed as well, a service that takes no part is not.
    org.policy({"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}, kind="RESOURCE_CONTROL_POLICY", to=[account])
    error = fails("AccessDenied", server.client("sqs", key=account).create_queue, QueueName="q")
    assert error["Error"]["Message"].endswith("with an explicit deny in a resource control policy")
    server.client("cloudwatch", key=account).list_metrics()


def test_organization_keys_are_in_the_context(server, org):
    unit = org.unit("u")
    account = org.account("caller")
    org.client.move_account(AccountId=account, SourceParentId=org.root, DestinationParentId=unit)
    owner = server.client("sqs", key=OUTSIDER)
    url = owner.create_queue(QueueName=f"keys-{account}")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{OUTSIDER}:keys-{account}"
    sqs = server.client("sqs", key=account)

    def allowed(**condition):
        owner.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document(
            {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn, "Condition": condition})})
        try:
            sqs.send_message(QueueUrl=url, MessageBody="m")
            return True
        except ClientError as e:
            assert e.response["Error"]["Code"].startswith("AccessDenied"), e
            return False

    path = f"{org.org['Id']}/{org.root}/{unit}/"
    assert allowed(StringEquals={"aws:PrincipalOrgID": org.org["Id"]})
    assert not allowed(StringEquals={"aws:PrincipalOrgID": "o-otherother"})
    assert allowed(**{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{org.org['Id']}/{org.root}/*"}})
    assert allowed(**{"ForAnyValue:StringEquals": {"aws:PrincipalOrgPaths": path}})
    assert not allowed(**{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{org.org['Id']}/{org.root}/ou-none-*"}})
    assert allowed(StringEquals={"aws:ResourceAccount": OUTSIDER}, Null={"aws:ResourceOrgID": "true"})
    # In a member's own decisions: the resource's organization.
    policy = org.policy({"Effect": "Deny", "Action": "sqs:*", "Resource": "*", "Condition": {"StringNotEqualsIfExists": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}}}, to=[account])
    own = sqs.create_queue(QueueName="own")["QueueUrl"]
    sqs.send_message(QueueUrl=own, MessageBody="m")
    fails("AccessDenied", sqs.send_message, QueueUrl=url, MessageBody="m")
    org.client.detach_policy(PolicyId=policy, TargetId=account)


def test_identity_policies_decide_who_manages(server, org):
    iam = server.client("iam", key=org.management)
    unit, other = org.unit("mine"), org.unit("other")
    who = user_of(server, org.management, "manager")
    iam.detach_user_policy(UserName="manager", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    arn = f"arn:aws:organizations::{org.management}:ou/{org.org['Id']}/{unit}"
    iam.put_user_policy(UserName="manager", PolicyName="p", PolicyDocument=document({"Effect": "Allow", "Action": "organizations:DescribeOrganizationalUnit", "Resource": arn}))
    client = server.client("organizations", **who)
    client.describe_organizational_unit(OrganizationalUnitId=unit)
    error = fails("AccessDeniedException", client.describe_organizational_unit, OrganizationalUnitId=other)
    assert "no identity-based policy allows the organizations:DescribeOrganizationalUnit action" in error["Error"]["Message"]


def test_trusted_services_are_kept(org):
    org.client.enable_aws_service_access(ServicePrincipal="config.amazonaws.com")
    org.client.enable_aws_service_access(ServicePrincipal="config.amazonaws.com")
    listed = org.client.list_aws_service_access_for_organization()["EnabledServicePrincipals"]
    assert [s["ServicePrincipal"] for s in listed] == ["config.amazonaws.com"]
    assert fails("InvalidInputException", org.client.enable_aws_service_access, ServicePrincipal="moto.amazonaws.com")["Error"]["Message"] == "You specified an unrecognized service principal."
    org.client.disable_aws_service_access(ServicePrincipal="config.amazonaws.com")
    assert org.client.list_aws_service_access_for_organization()["EnabledServicePrincipals"] == []
    fails("NotImplemented", org.client.list_delegated_administrators)

"""IAM's groups, instance profiles and account-wide lists by boto3."""
import json
import zlib

import pytest
from botocore.exceptions import ClientError
from conftest import TEST_DATA

ALLOW_ALL = json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "Everything", "Effect": "Allow", "Action": "*", "Resource": "*"}]})
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@pytest.fixture
def account(server, request):
    """An account of its own for each test: (account id, IAM as its administrator)."""
    id = f"{zlib.crc32(request.node.name.encode()):012}"
    return id, server.client("iam", key=id)


def refused(call, **arguments):
    with pytest.raises(ClientError) as e:
        call(**arguments)
    return e.value.response["Error"]["Code"], e.value.response["Error"]["Message"], e.value.response["ResponseMetadata"]["HTTPStatusCode"]


def as_user(server, iam, name, service="iam"):
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return server.client(service, key=key["AccessKeyId"], secret=key["SecretAccessKey"])


def test_life_of_a_group(server, account):
    id, iam = account
    group = iam.create_group(GroupName="Devs", Path="/team/")["Group"]
    assert set(group) == {"Path", "GroupName", "GroupId", "Arn", "CreateDate"} and group["Arn"] == f"arn:aws:iam::{id}:group/team/Devs"
    iam.create_user(UserName="bob")
    iam.add_user_to_group(GroupName="Devs", UserName="bob")
    iam.attach_group_policy(GroupName="Devs", PolicyArn=READ_ONLY)
    iam.put_group_policy(GroupName="Devs", PolicyName="inline", PolicyDocument=ALLOW_ALL)
    got = iam.get_group(GroupName="Devs")
    assert [u["UserName"] for u in got["Users"]] == ["bob"] and got["IsTruncated"] is False
    assert iam.list_groups(PathPrefix="/team/")["Groups"] == [group] == iam.list_groups_for_user(UserName="bob")["Groups"]
    assert iam.list_attached_group_policies(GroupName="Devs")["AttachedPolicies"] == [{"PolicyName": "ReadOnlyAccess", "PolicyArn": READ_ONLY}]
    assert iam.list_group_policies(GroupName="Devs")["PolicyNames"] == ["inline"]
    assert iam.get_group_policy(GroupName="Devs", PolicyName="inline")["PolicyDocument"] == json.loads(ALLOW_ALL)
    assert [g["GroupName"] for g in iam.list_entities_for_policy(PolicyArn=READ_ONLY)["PolicyGroups"]] == ["Devs"]
    assert refused(iam.delete_group, GroupName="Devs") == ("DeleteConflict", "Cannot delete entity, must remove users from group first.", 409)
    iam.update_group(GroupName="Devs", NewGroupName="Ops", NewPath="/")
    iam.remove_user_from_group(GroupName="Ops", UserName="bob")
    assert refused(iam.delete_group, GroupName="Ops") == ("DeleteConflict", "Cannot delete entity, must detach all policies first.", 409)
    iam.detach_group_policy(GroupName="Ops", PolicyArn=READ_ONLY)
    assert refused(iam.delete_group, GroupName="Ops") == ("DeleteConflict", "Cannot delete entity, must delete policies first.", 409)
    iam.delete_group_policy(GroupName="Ops", PolicyName="inline")
    iam.delete_group(GroupName="Ops")
    assert refused(iam.get_group, GroupName="Ops") == ("NoSuchEntity", "The group with name Ops cannot be found.", 404)


def test_groups_answer_with_the_recorded_members(account):
    file = TEST_DATA / "recorded/iam.jsonl"
    if not file.exists():
        pytest.skip(f"no test data: {file}")
    wanted = None
    for line in file.read_text().splitlines():
        test = json.loads(line)
        for name, operation in (test.get("ops") or {}).items():
            if operation == "iam:ListGroupsForUser":
                wanted = test["answers"][name]
    _, iam = account
    iam.create_user(UserName="bob")
    for name in ("a", "b"):
        iam.create_group(GroupName=name)
        iam.add_user_to_group(GroupName=name, UserName="bob")
    got = iam.list_groups_for_user(UserName="bob")
    assert set(got) == set(wanted) and [set(g) for g in got["Groups"]] == [set(g) for g in wanted["Groups"]]


def test_a_member_may_what_its_group_may(server, account):
    id, iam = account
    iam.create_user(UserName="bob")
    iam.create_group(GroupName="Devs")
    iam.put_group_policy(GroupName="Devs", PolicyName="all", PolicyDocument=ALLOW_ALL)
    bob = as_user(server, iam, "bob")
    assert refused(bob.list_roles)[0] == "AccessDenied"
    iam.add_user_to_group(GroupName="Devs", UserName="bob")
    answer = bob.list_roles()
    why = server.admin("GET", "explain", request_id=answer["ResponseMetadata"]["RequestId"])
    assert why["allowed"] is True and "group Devs: all" in why["decision"]
    queue = as_user(server, iam, "bob", "sqs").create_queue(QueueName="of-the-group")["QueueUrl"]
    assert queue.endswith(f"/{id}/of-the-group")
    iam.remove_user_from_group(GroupName="Devs", UserName="bob")
    assert refused(bob.list_roles)[0] == "AccessDenied"


def test_a_user_is_in_ten_groups_at_most(account):
    _, iam = account
    iam.create_user(UserName="bob")
    for i in range(11):
        iam.create_group(GroupName=f"g{i}")
    for i in range(10):
        iam.add_user_to_group(GroupName=f"g{i}", UserName="bob")
    assert refused(iam.add_user_to_group, GroupName="g10", UserName="bob") == ("LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10", 409)
    names = [g["GroupName"] for page in iam.get_paginator("list_groups_for_user").paginate(UserName="bob", PaginationConfig={"PageSize": 3}) for g in page["Groups"]]
    assert names == [f"g{i}" for i in range(10)]


def test_pages_of_members_and_groups(account):
    _, iam = account
    iam.create_group(GroupName="all")
    for i in range(25):
        iam.create_user(UserName=f"u{i:02}")
        iam.add_user_to_group(GroupName="all", UserName=f"u{i:02}")
        iam.create_group(GroupName=f"g{i:02}", Path=f"/p{i % 2}/")
    members = [u["UserName"] for page in iam.get_paginator("get_group").paginate(GroupName="all", PaginationConfig={"PageSize": 10}) for u in page["Users"]]
    assert members == [f"u{i:02}" for i in range(25)]
    groups = [g["GroupName"] for page in iam.get_paginator("list_groups").paginate(PathPrefix="/p1/", PaginationConfig={"PageSize": 5}) for g in page["Groups"]]
    assert groups == [f"g{i:02}" for i in range(25) if i % 2]


def test_life_of_an_instance_profile(account):
    id, iam = account
    made = iam.create_instance_profile(InstanceProfileName="web", Path="/app/", Tags=[{"Key": "k", "Value": "v"}])["InstanceProfile"]
    assert made["Arn"] == f"arn:aws:iam::{id}:instance-profile/app/web" and made["Roles"] == [] and made["Tags"] == [{"Key": "k", "Value": "v"}]
    iam.get_waiter("instance_profile_exists").wait(InstanceProfileName="web", WaiterConfig={"Delay": 1, "MaxAttempts": 2})
    for role in ("web", "other"):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=TRUST)
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    assert refused(iam.add_role_to_instance_profile, InstanceProfileName="web", RoleName="other") == \
        ("LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1", 409)
    got = iam.get_instance_profile(InstanceProfileName="web")["InstanceProfile"]
    assert got["Roles"][0]["AssumeRolePolicyDocument"] == json.loads(TRUST)
    assert [p["InstanceProfileName"] for p in iam.list_instance_profiles_for_role(RoleName="web")["InstanceProfiles"]] == ["web"]
    assert iam.list_instance_profiles_for_role(RoleName="other")["InstanceProfiles"] == []
    conflict = ("DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.", 409)
    assert refused(iam.delete_role, RoleName="web") == refused(iam.delete_instance_profile, InstanceProfileName="web") == conflict
    iam.tag_instance_profile(InstanceProfileName="web", Tags=[{"Key": "K", "Value": "2"}])
    iam.untag_instance_profile(InstanceProfileName="web", TagKeys=["k"])
    assert iam.list_instance_profile_tags(InstanceProfileName="web")["Tags"] == [{"Key": "K", "Value": "2"}]
    iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName="web")
    iam.delete_instance_profile(InstanceProfileName="web")
    iam.delete_role(RoleName="web")
    assert refused(iam.get_instance_profile, InstanceProfileName="web") == ("NoSuchEntity", "Instance Profile web cannot be found.", 404)


def test_waiters_end(account):
    _, iam = account
    iam.create_user(UserName="w")
    iam.create_role(RoleName="w", AssumeRolePolicyDocument=TRUST)
    arn = iam.create_policy(PolicyName="w", PolicyDocument=ALLOW_ALL)["Policy"]["Arn"]
    config = {"Delay": 1, "MaxAttempts": 2}
    iam.get_waiter("user_exists").wait(UserName="w", WaiterConfig=config)
    iam.get_waiter("role_exists").wait(RoleName="w", WaiterConfig=config)
    iam.get_waiter("policy_exists").wait(PolicyArn=arn, WaiterConfig=config)


def test_account_details_by_paginator(account):
    id, iam = account
    for i in range(6):
        iam.create_user(UserName=f"u{i}")
        iam.create_role(RoleName=f"r{i}", AssumeRolePolicyDocument=TRUST)
        iam.attach_role_policy(RoleName=f"r{i}", PolicyArn=READ_ONLY)
    iam.create_group(GroupName="g")
    iam.add_user_to_group(GroupName="g", UserName="u3")
    iam.create_policy(PolicyName="mine", PolicyDocument=ALLOW_ALL)
    pages = list(iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 4}))
    users = {u["UserName"]: u for page in pages for u in page["UserDetailList"]}
    assert len(users) == 6 and users["u3"]["GroupList"] == ["g"]
    roles = [r for page in pages for r in page["RoleDetailList"]]
    assert [r["RoleName"] for r in roles] == [f"r{i}" for i in range(6)] and roles[0]["AssumeRolePolicyDocument"] == json.loads(TRUST)
    policies = {p["PolicyName"]: p for page in pages for p in page["Policies"]}
    assert set(policies) == {"mine", "ReadOnlyAccess"} and policies["ReadOnlyAccess"]["AttachmentCount"] == 6
    assert policies["mine"]["PolicyVersionList"][0]["Document"] == json.loads(ALLOW_ALL)
    local = iam.get_account_authorization_details(Filter=["LocalManagedPolicy"])
    assert [p["PolicyName"] for p in local["Policies"]] == ["mine"] and local["UserDetailList"] == []


def test_groups_and_profiles_survive_a_crash(fresh_server):
    s = fresh_server()
    iam = s.client("iam")
    iam.create_user(UserName="bob")
    iam.create_group(GroupName="g")
    iam.add_user_to_group(GroupName="g", UserName="bob")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    iam.create_instance_profile(InstanceProfileName="p")
    iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="r")
    s.kill9()
    s.start()
    iam = s.client("iam")
    assert [u["UserName"] for u in iam.get_group(GroupName="g")["Users"]] == ["bob"]
    assert iam.get_instance_profile(InstanceProfileName="p")["InstanceProfile"]["Roles"][0]["RoleName"] == "r"

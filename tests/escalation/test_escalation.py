"""Known ways to more power in AWS, each tried by a real client against the two stages of world.py: refused with the reason, while the
permitted twin of the same call succeeds."""
import re

import pytest

from world import ADMINISTRATOR, World, allow, denied, document, trust

GUARD = {
    "builder": r"because no identity-based policy allows the \S+ action|because no permissions boundary allows the \S+ action|with an explicit deny in a permissions boundary",
    "scp": r"with an explicit deny in a service control policy",
}
UNTRUSTED = r"is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::\d+:role/"   # all that AWS says of a trust policy
ANYTHING = document(allow("*"))
PATHS = []


def path(f):
    """A path gets the world, and answers (how it was refused: None for the guard's own reason or a pattern, the refusal's text, twin)."""
    PATHS.append(f)
    return f


@path
def new_version_of_a_policy_that_one_has(w):
    text = denied(w.attacker().create_policy_version, PolicyArn=w.team_policy, PolicyDocument=ANYTHING, SetAsDefault=True)
    return None, text, lambda: w.attacker().create_policy_version(PolicyArn=w.app_policy, PolicyDocument=document(allow("sqs:*")), SetAsDefault=True)


@path
def older_version_with_more_power(w):
    text = denied(w.attacker().set_default_policy_version, PolicyArn=w.old_admin_policy, VersionId="v1")
    return None, text, lambda: w.attacker().set_default_policy_version(PolicyArn=w.app_policy, VersionId="v1")


@path
def new_version_of_the_boundary(w):
    text = denied(w.attacker().create_policy_version, PolicyArn=w.boundary, PolicyDocument=ANYTHING, SetAsDefault=True)
    return None, text, lambda: w.attacker().get_policy(PolicyArn=w.boundary)


@path
def administrator_policy_attached_to_oneself(w):
    text = denied(w.attacker().attach_user_policy, UserName="attacker", PolicyArn=ADMINISTRATOR)
    return None, text, lambda: w.attacker().attach_user_policy(UserName="worker", PolicyArn=w.app_policy)


@path
def administrator_policy_attached_to_a_role(w):
    text = denied(w.attacker().attach_role_policy, RoleName="machine-admin", PolicyArn=ADMINISTRATOR)
    return None, text, lambda: w.attacker().attach_role_policy(RoleName="app-role", PolicyArn=ADMINISTRATOR)  # the boundary still holds it


@path
def administrator_policy_attached_to_a_group(w):
    text = denied(w.attacker().attach_group_policy, GroupName="admins", PolicyArn=w.app_policy)
    return None, text, lambda: w.attacker().attach_group_policy(GroupName="app-group", PolicyArn=w.app_policy)


@path
def inline_policy_on_oneself(w):
    text = denied(w.attacker().put_user_policy, UserName="attacker", PolicyName="more", PolicyDocument=ANYTHING)
    return None, text, lambda: w.attacker().put_user_policy(UserName="worker", PolicyName="some", PolicyDocument=ANYTHING)


@path
def inline_policy_on_a_role(w):
    text = denied(w.attacker().put_role_policy, RoleName="deployer", PolicyName="more", PolicyDocument=ANYTHING)
    return None, text, lambda: w.attacker().put_role_policy(RoleName="app-role", PolicyName="some", PolicyDocument=document(allow("s3:*")))


@path
def inline_policy_on_a_group(w):
    text = denied(w.attacker().put_group_policy, GroupName="admins", PolicyName="more", PolicyDocument=ANYTHING)
    return None, text, lambda: w.attacker().put_group_policy(GroupName="app-group", PolicyName="some", PolicyDocument=document(allow("s3:*")))


@path
def joining_the_administrators(w):
    text = denied(w.attacker().add_user_to_group, GroupName="admins", UserName="attacker")
    return None, text, lambda: w.attacker().add_user_to_group(GroupName="app-group", UserName="worker")


@path
def access_key_of_another_user(w):
    text = denied(w.attacker().create_access_key, UserName="boss")
    return None, text, lambda: w.attacker().create_access_key(UserName="worker")


@path
def waking_another_users_old_key(w):
    text = denied(w.attacker().update_access_key, UserName="boss", AccessKeyId=w.boss_key, Status="Active")
    return None, text, lambda: w.attacker().update_access_key(UserName="worker", AccessKeyId=w.worker_key, Status="Inactive")


@path
def login_profile_for_another_user(w):
    text = denied(w.attacker().create_login_profile, UserName="boss", Password="Boss-is-mine-now-1")
    return None, text, lambda: w.attacker().create_login_profile(UserName="worker", Password="Worker-is-mine-1")


@path
def new_password_for_another_user(w):
    text = denied(w.attacker().update_login_profile, UserName="clerk", Password="Clerk-is-mine-now-1")

    def twin():
        name = w.unique("tester")
        w.attacker().create_user(UserName=name, Path="/app/", PermissionsBoundary=w.boundary)
        w.attacker().create_login_profile(UserName=name, Password="First-password-1")
        w.attacker().update_login_profile(UserName=name, Password="Other-password-2")
    return None, text, twin


@path
def trust_of_a_strong_role_rewritten(w):
    text = denied(w.attacker().update_assume_role_policy, RoleName="deployer", PolicyDocument=trust(w.arn("user/attacker")))

    def twin():
        w.attacker().update_assume_role_policy(RoleName="app-role", PolicyDocument=trust(w.arn("root"), w.arn("user/attacker")))
        w.session("app/app-role")
    return None, text, twin


@path
def assuming_a_role_that_does_not_trust_one(w):
    text = denied(w.attacker("sts").assume_role, RoleArn=w.arn("role/deployer"), RoleSessionName="attack")
    return UNTRUSTED if w.kind == "builder" else None, text, lambda: w.session("app/app-role")


@path
def trust_alone_across_accounts_is_not_enough(w):
    """A stranger of another account is trusted by the role, but has no permission of its own account."""
    stranger_account = "999999999999"
    iam = w.server.client("iam", key=stranger_account)
    name = w.unique("stranger")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    arn = f"arn:aws:iam::{stranger_account}:user/{name}"
    role = w.unique("shared")
    w.iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust(arn))
    sts = w.server.client("sts", key["AccessKeyId"], key["SecretAccessKey"])
    text = denied(sts.assume_role, RoleArn=w.arn(f"role/{role}"), RoleSessionName="attack")

    def twin():
        iam.put_user_policy(UserName=name, PolicyName="assume", PolicyDocument=document(allow("sts:AssumeRole")))
        sts.assume_role(RoleArn=w.arn(f"role/{role}"), RoleSessionName="attack")
    return UNTRUSTED, text, twin


@path
def own_boundary_removed(w):
    text = denied(w.attacker().delete_user_permissions_boundary, UserName="attacker")
    return None, text, lambda: w.attacker().put_user_permissions_boundary(UserName="worker", PermissionsBoundary=w.boundary)


@path
def boundary_of_a_role_removed(w):
    text = denied(w.attacker().delete_role_permissions_boundary, RoleName="app-role")
    return None, text, lambda: w.attacker().put_role_permissions_boundary(RoleName="app-role", PermissionsBoundary=w.boundary)


@path
def boundary_replaced_by_a_wider_one(w):
    text = denied(w.attacker().put_user_permissions_boundary, UserName="worker", PermissionsBoundary=ADMINISTRATOR)
    return None, text, lambda: w.attacker().put_user_permissions_boundary(UserName="worker", PermissionsBoundary=w.boundary)


@path
def new_user_without_a_boundary(w):
    text = denied(w.attacker().create_user, UserName=w.unique("free"), Path="/app/")
    return None, text, lambda: w.attacker().create_user(UserName=w.unique("bound"), Path="/app/", PermissionsBoundary=w.boundary)


@path
def new_role_without_a_boundary(w):
    text = denied(w.attacker().create_role, RoleName=w.unique("free"), Path="/app/", AssumeRolePolicyDocument=trust(w.arn("user/attacker")))
    return None, text, lambda: w.attacker().create_role(RoleName=w.unique("bound"), Path="/app/", PermissionsBoundary=w.boundary, AssumeRolePolicyDocument=trust(w.arn("root")))


@path
def a_role_that_the_attacker_made_stays_within_the_boundary(w):
    """AdministratorAccess on a role with the boundary gives no IAM."""
    name = w.unique("puppet")
    w.attacker().create_role(RoleName=name, Path="/app/", PermissionsBoundary=w.boundary, AssumeRolePolicyDocument=trust(w.arn("root"), w.arn("user/attacker")))
    w.attacker().attach_role_policy(RoleName=name, PolicyArn=ADMINISTRATOR)
    session = w.session(f"app/{name}")
    text = denied(w.attacker("iam", session).create_user, UserName=w.unique("free"))
    pattern = r"because no permissions boundary allows the iam:CreateUser action" if w.kind == "builder" else None
    return pattern, text, lambda: w.attacker("s3", session).list_buckets()


@path
def policy_that_restrains_taken_off(w):
    text = denied(w.attacker().detach_user_policy, UserName="boss", PolicyArn=ADMINISTRATOR)

    def twin():
        w.iam.attach_user_policy(UserName="worker", PolicyArn=w.team_policy)
        w.attacker().detach_user_policy(UserName="worker", PolicyArn=w.team_policy)
    return None, text, twin


@path
def inline_deny_deleted(w):
    w.iam.put_user_policy(UserName="attacker", PolicyName="no-sqs-delete", PolicyDocument=document({"Effect": "Deny", "Action": "sqs:DeleteQueue", "Resource": "*"}))
    text = denied(w.attacker().delete_user_policy, UserName="attacker", PolicyName="no-sqs-delete")
    w.iam.delete_user_policy(UserName="attacker", PolicyName="no-sqs-delete")

    def twin():
        w.attacker().put_user_policy(UserName="worker", PolicyName="own", PolicyDocument=document(allow("s3:*")))
        w.attacker().delete_user_policy(UserName="worker", PolicyName="own")
    return None, text, twin


@path
def strong_role_passed_to_a_machine(w):
    text = denied(w.attacker().add_role_to_instance_profile, InstanceProfileName="app-profile", RoleName="machine-admin")
    assert "iam:PassRole" in text, text
    return None, text, lambda: w.attacker().add_role_to_instance_profile(InstanceProfileName="app-profile", RoleName="app-machine")


@path
def taking_a_trusted_name_by_renaming(w):
    text = denied(w.attacker().update_user, UserName="worker", NewUserName=w.unique("trusted"), NewPath="/")
    if w.kind == "scp":
        return r".", text, lambda: w.attacker().update_user(UserName="worker", NewPath="/app/")
    return None, text, lambda: w.attacker().update_user(UserName="worker", NewPath="/app/")


@path
def a_deleted_and_remade_user_is_not_the_trusted_one(w):
    """A role trusts a user by ARN; AWS keeps the id. Who makes a user of that name anew is not trusted."""
    name, role = w.unique("friend"), w.unique("trusting")
    w.iam.create_user(UserName=name, Path="/app/", PermissionsBoundary=w.boundary)
    w.iam.create_role(RoleName=role, Path="/app/", PermissionsBoundary=w.boundary, AssumeRolePolicyDocument=trust(w.arn(f"user/app/{name}")))
    w.attacker().delete_user(UserName=name)
    w.attacker().create_user(UserName=name, Path="/app/", PermissionsBoundary=w.boundary)
    key = w.attacker().create_access_key(UserName=name)["AccessKey"]
    sts = w.server.client("sts", key["AccessKeyId"], key["SecretAccessKey"])
    text = denied(sts.assume_role, RoleArn=w.arn(f"role/app/{role}"), RoleSessionName="attack")

    def twin():
        w.iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust(w.arn(f"user/app/{name}")))
        sts.assume_role(RoleArn=w.arn(f"role/app/{role}"), RoleSessionName="attack")
    return UNTRUSTED, text, twin


@path
def tagging_oneself_into_another_team(w):
    text = denied(w.attacker().tag_user, UserName="attacker", Tags=[{"Key": "team", "Value": "finance"}])
    return None, text, lambda: w.attacker().tag_user(UserName="worker", Tags=[{"Key": "purpose", "Value": "test"}])


def abac(w):
    """A role whose queues are chosen by the session's tag, and whose trust lets a caller pass only its own team."""
    name = "abac"
    if name not in [r["RoleName"] for r in w.iam.list_roles()["Roles"]]:
        w.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document({
            "Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Principal": {"AWS": w.arn("root")}, "Condition": {"StringEqualsIfExists": {"aws:RequestTag/team": "sales"}}}))
        w.iam.put_role_policy(RoleName=name, PolicyName="abac", PolicyDocument=document(
            allow("sqs:*", f"arn:aws:sqs:*:{w.account}:*", StringEquals={"aws:ResourceTag/team": "${aws:PrincipalTag/team}"})))
        sqs = w.admin("sqs")
        for team in ("sales", "finance"):
            sqs.create_queue(QueueName=f"{team}-queue", tags={"team": team})
    return name


@path
def session_tag_of_another_team(w):
    role = abac(w)
    text = denied(w.attacker("sts").assume_role, RoleArn=w.arn(f"role/{role}"), RoleSessionName="attack", Tags=[{"Key": "team", "Value": "finance"}])
    return r"is not authorized to perform: sts:(TagSession|AssumeRole) on resource", text, lambda: w.session(role, Tags=[{"Key": "team", "Value": "sales"}])


@path
def resource_of_another_team(w):
    session = w.session(abac(w), Tags=[{"Key": "team", "Value": "sales"}])
    sqs = w.attacker("sqs", session)
    url = lambda team: w.admin("sqs").get_queue_url(QueueName=f"{team}-queue")["QueueUrl"]
    text = denied(sqs.send_message, QueueUrl=url("finance"), MessageBody="x")
    return r"because no identity-based policy allows the sqs:\w+ action", text, lambda: sqs.send_message(QueueUrl=url("sales"), MessageBody="x")


@path
def session_policy_does_not_widen(w):
    w.iam.put_role_policy(RoleName="app-role", PolicyName="read", PolicyDocument=document(allow("s3:ListAllMyBuckets")))
    narrow = w.session("app/app-role", Policy=document(allow("sqs:ListQueues")))
    text = denied(w.attacker("s3", narrow).list_buckets)
    wide = w.session("app/app-role", Policy=ANYTHING)
    return r"because no session policy allows the s3:ListAllMyBuckets action", text, lambda: w.attacker("s3", wide).list_buckets()


@path
def federation_token_does_not_widen(w):
    got = w.attacker("sts").get_federation_token(Name="guest", Policy=document(allow("s3:ListAllMyBuckets")))["Credentials"]
    session = got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"]
    text = denied(w.attacker("sqs", session).list_queues)
    return r"because no session policy allows the (?i:sqs:ListQueues) action", text, lambda: w.attacker("s3", session).list_buckets()


@path
def assumed_without_the_external_id(w):
    """The confused deputy of a third party."""
    role = w.unique("vendor")
    w.iam.create_role(RoleName=role, Path="/app/", AssumeRolePolicyDocument=trust(w.arn("root"), StringEquals={"sts:ExternalId": "customer-7"}))
    text = denied(w.attacker("sts").assume_role, RoleArn=w.arn(f"role/app/{role}"), RoleSessionName="attack", ExternalId="customer-8")
    return UNTRUSTED, text, lambda: w.session(f"app/{role}", ExternalId="customer-7")


@path
def source_identity_put_on(w):
    role = w.unique("audited")
    w.iam.create_role(RoleName=role, Path="/app/", AssumeRolePolicyDocument=document({
        "Effect": "Allow", "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"], "Principal": {"AWS": w.arn("root")}, "Condition": {"StringEquals": {"sts:SourceIdentity": "attacker"}}}))
    text = denied(w.attacker("sts").assume_role, RoleArn=w.arn(f"role/app/{role}"), RoleSessionName="attack", SourceIdentity="boss")
    return r"is not authorized to perform: sts:(AssumeRole|SetSourceIdentity) on resource", text, lambda: w.session(f"app/{role}", SourceIdentity="attacker")


@path
def bucket_of_a_stranger_sends_to_the_queue(w):
    """The confused deputy of a service: S3 may write to the queue, but only for the owner's bucket."""
    sqs = w.admin("sqs")
    name = w.unique("deputy")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{w.account}:{name}"
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document({
        "Effect": "Allow", "Action": "sqs:SendMessage", "Principal": {"Service": "s3.amazonaws.com"}, "Resource": arn, "Condition": {"StringEquals": {"aws:SourceAccount": w.account}}})})
    notify = {"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]}
    stranger, own = w.server.client("s3", key="999999999999"), w.admin("s3")
    stranger.create_bucket(Bucket=f"{w.kind}-stranger")
    own.create_bucket(Bucket=f"{w.kind}-own")
    try:
        stranger.put_bucket_notification_configuration(Bucket=f"{w.kind}-stranger", NotificationConfiguration=notify)
        raise AssertionError("a stranger's bucket may send")
    except stranger.exceptions.ClientError as e:
        assert e.response["Error"]["Code"] == "InvalidArgument"
        text = e.response["Error"]["Message"]
    return r"Unable to validate the following destination configurations", text, lambda: own.put_bucket_notification_configuration(Bucket=f"{w.kind}-own", NotificationConfiguration=notify)


@path
def resource_policy_opened_by_someone_without_permission(w):
    """Somebody who may only read a bucket writes a policy that gives it away."""
    s3 = w.admin("s3")
    bucket = f"{w.kind}-records"
    s3.create_bucket(Bucket=bucket)
    w.iam.create_role(RoleName="reader", Path="/app/", AssumeRolePolicyDocument=trust(w.arn("root")))
    w.iam.put_role_policy(RoleName="reader", PolicyName="read", PolicyDocument=document(allow(["s3:GetBucketPolicy", "s3:ListBucket"])))
    reader = w.attacker("s3", w.session("app/reader"))
    policy = document({"Effect": "Allow", "Action": "s3:*", "Principal": {"AWS": w.arn("role/app/reader")}, "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]})
    text = denied(reader.put_bucket_policy, Bucket=bucket, Policy=policy)
    return r"because no identity-based policy allows the s3:PutBucketPolicy action", text, lambda: reader.list_objects_v2(Bucket=bucket)


@path
def identity_provider_of_ones_own(w):
    text = denied(w.attacker().create_open_id_connect_provider, Url="https://evil.example.com", ClientIDList=["me"], ThumbprintList=["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"])
    return None, text, lambda: w.attacker().list_open_id_connect_providers()


@path
def service_linked_role(w):
    text = denied(w.attacker().create_service_linked_role, AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="x")
    return None, text, lambda: w.iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="y")


@path
def leaving_the_guard(w):
    """From a member account (or a plain user) the organization's policies cannot be touched."""
    organizations = w.attacker("organizations")
    text = denied(organizations.leave_organization)
    return None, text, lambda: w.attacker("sts").get_caller_identity()


@pytest.fixture(scope="module", params=["builder", "scp"])
def world(request):
    from conftest import Server
    server = Server().start()
    yield World(server, request.param)
    server.close()


@pytest.mark.parametrize("path", PATHS, ids=lambda f: f.__name__)
def test_a_path_is_closed_and_its_twin_open(path, world):
    pattern, text, twin = path(world)
    assert re.search(pattern or GUARD[world.kind], text), text
    twin()


def test_there_are_enough_paths():
    assert len(PATHS) >= 25

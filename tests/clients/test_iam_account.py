"""Identity providers, login profiles, password policy, alias, summary and service-linked roles, through boto3."""
import json
import zlib

import pytest
from botocore.exceptions import ClientError

from conftest import TEST_DATA, wait_for


def refused(call, code, text=None, **parameters):
    with pytest.raises(ClientError) as e:
        call(**parameters)
    error = e.value.response["Error"]
    assert error["Code"] == code, error
    if text is not None:
        assert error["Message"] == text
    return e.value.response


@pytest.fixture
def iam(server, request):
    """The administrator of an account that only this test uses."""
    account = f"{zlib.crc32(request.node.name.encode()):012d}"
    client = server.client("iam", key=account, parameter_validation=False)
    client.account = account
    return client


def test_oidc_provider_lives(iam):
    made = iam.create_open_id_connect_provider(Url="https://token.example.com/path", ClientIDList=["a", "b", "a"], ThumbprintList=["AB" * 20],
                                               Tags=[{"Key": "k", "Value": "v"}])
    arn = made["OpenIDConnectProviderArn"]
    assert arn == f"arn:aws:iam::{iam.account}:oidc-provider/token.example.com/path"
    assert made["Tags"] == [{"Key": "k", "Value": "v"}]
    got = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert got["Url"] == "token.example.com/path" and got["ClientIDList"] == ["a", "b"] and got["ThumbprintList"] == ["ab" * 20]
    refused(iam.create_open_id_connect_provider, "EntityAlreadyExists", "Provider with url https://token.example.com/path already exists.",
            Url="https://token.example.com/path")
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="c")
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="c")
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="a")
    iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=arn, ThumbprintList=["1" * 40, "2" * 40])
    iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=arn, Tags=[{"Key": "K", "Value": "w"}])
    iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=arn, TagKeys=["k"])
    got = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert got["ClientIDList"] == ["b", "c"] and got["ThumbprintList"] == ["1" * 40, "2" * 40]
    assert iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=arn)["Tags"] == [{"Key": "K", "Value": "w"}]
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == [{"Arn": arn}]
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)  # documented to succeed
    refused(iam.get_open_id_connect_provider, "NoSuchEntity", f"OpenIDConnect Provider not found for arn {arn}", OpenIDConnectProviderArn=arn)


def test_oidc_provider_rules(iam):
    create = iam.create_open_id_connect_provider
    for url in ("token.example.com", "https://"):
        refused(create, "ValidationError", "Invalid Open ID Connect Provider URL", Url=url)
    refused(create, "InvalidInput", "Invalid Open ID Connect Provider URL. The URL must begin with https://.", Url="http://token.example.com")
    for url in ("https://h.example:70000", "https://h.example?a=b", "https://h.example#f", "https://u:p@h.example", "https://h_x.example"):
        refused(create, "InvalidInput", "Invalid Open ID Connect Provider URL.", Url=url)
    refused(create, "InvalidInput", "Thumbprint list must contain fewer than 5 entries.", Url="https://h.example", ThumbprintList=[str(i) * 40 for i in range(6)])
    refused(create, "LimitExceeded", "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100", Url="https://h.example", ClientIDList=[f"c{i}" for i in range(101)])
    refused(create, "ValidationError", Url="https://h.example", ThumbprintList=["short"])
    for i in range(100):
        create(Url=f"https://h.example/{i}")
    refused(create, "LimitExceeded", "Cannot exceed quota for OpenIdConnectProvidersPerAccount: 100", Url="https://h.example/x")
    refused(iam.get_open_id_connect_provider, "InvalidInput", OpenIDConnectProviderArn=f"arn:aws:iam::{iam.account}:role/x")


def test_oidc_provider_is_decided_by_its_arn(server, iam):
    iam.create_user(UserName="u")
    key = iam.create_access_key(UserName="u")["AccessKey"]
    mine = f"arn:aws:iam::{iam.account}:oidc-provider/mine.example"
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "iam:*OpenIDConnectProvider*", "Resource": mine}}))
    user = server.client("iam", key["AccessKeyId"], key["SecretAccessKey"])
    user.create_open_id_connect_provider(Url="https://mine.example")
    refused(user.create_open_id_connect_provider, "AccessDenied", Url="https://other.example")
    assert user.get_open_id_connect_provider(OpenIDConnectProviderArn=mine)["Url"] == "mine.example"


def test_login_profile_lives(server, iam):
    iam.create_user(UserName="u")
    refused(iam.get_login_profile, "NoSuchEntity", "Login Profile for User u cannot be found.", UserName="u")
    refused(iam.create_login_profile, "NoSuchEntity", "The user with name none cannot be found.", UserName="none", Password="Passw0rd!")
    refused(iam.create_login_profile, "PasswordPolicyViolation", "Password should have a minimum length of 8", UserName="u", Password="Pw0!")
    refused(iam.create_login_profile, "PasswordPolicyViolation", "Password should meet 1 more of the following requirements: "
            "Password should have at least one uppercase letter, Password should have at least one symbol", UserName="u", Password="abcdefg1")
    made = iam.create_login_profile(UserName="u", Password="Passw0rd!", PasswordResetRequired=True)["LoginProfile"]
    assert made["UserName"] == "u" and made["PasswordResetRequired"] is True and "CreateDate" in made
    refused(iam.create_login_profile, "EntityAlreadyExists", "Login Profile for user u already exists.", UserName="u", Password="Passw0rd!")
    iam.update_login_profile(UserName="u", PasswordResetRequired=False)
    assert iam.get_login_profile(UserName="u")["LoginProfile"]["PasswordResetRequired"] is False
    assert "PasswordLastUsed" not in iam.get_user(UserName="u")["User"]
    refused(iam.delete_user, "DeleteConflict", "Cannot delete entity, must delete login profile first.", UserName="u")
    iam.update_user(UserName="u", NewUserName="v")
    assert iam.get_login_profile(UserName="v")["LoginProfile"]["UserName"] == "v"
    iam.delete_login_profile(UserName="v")
    refused(iam.delete_login_profile, "NoSuchEntity", "Login Profile for User v cannot be found.", UserName="v")
    iam.delete_user(UserName="v")


def test_users_change_their_passwords_if_the_account_lets_them(server, iam):
    iam.create_user(UserName="u")
    iam.create_login_profile(UserName="u", Password="Passw0rd!", PasswordResetRequired=True)
    key = iam.create_access_key(UserName="u")["AccessKey"]
    user = server.client("iam", key["AccessKeyId"], key["SecretAccessKey"])
    change = user.change_password
    refused(change, "AccessDenied", OldPassword="Passw0rd!", NewPassword="N3w-secret")
    iam.update_account_password_policy(MinimumPasswordLength=9, AllowUsersToChangePassword=True, PasswordReusePrevention=2)
    refused(change, "AccessDenied", "The old password was incorrect.", OldPassword="wrong", NewPassword="N3w-secret")
    refused(change, "PasswordPolicyViolation", "Password should have a minimum length of 9", OldPassword="Passw0rd!", NewPassword="short")
    change(OldPassword="Passw0rd!", NewPassword="N3w-secret")
    assert iam.get_login_profile(UserName="u")["LoginProfile"]["PasswordResetRequired"] is False
    refused(change, "PasswordPolicyViolation", OldPassword="N3w-secret", NewPassword="Passw0rd!")
    change(OldPassword="N3w-secret", NewPassword="N3wer-secret")
    change(OldPassword="N3wer-secret", NewPassword="Passw0rd!")  # two passwords ago
    assert user.get_account_password_policy()["PasswordPolicy"]["MinimumPasswordLength"] == 9
    refused(user.update_login_profile, "AccessDenied", UserName="u", Password="Passw0rd!")
    iam.put_user_policy(UserName="u", PolicyName="deny", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Deny", "Action": "iam:ChangePassword", "Resource": "*"}}))
    refused(change, "AccessDenied", OldPassword="Passw0rd!", NewPassword="N3w-secret")


def test_only_users_change_passwords(server, iam):
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"AWS": iam.account}, "Action": "sts:AssumeRole"}}))
    iam.attach_role_policy(RoleName="r", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    c = server.client("sts", key=iam.account).assume_role(RoleArn=f"arn:aws:iam::{iam.account}:role/r", RoleSessionName="session")["Credentials"]
    session = server.client("iam", c["AccessKeyId"], c["SecretAccessKey"], c["SessionToken"])
    refused(session.change_password, "InvalidUserType", OldPassword="Passw0rd!", NewPassword="N3w-secret")


def test_password_policy(iam):
    none = f"The Password Policy with domain name {iam.account} cannot be found."
    refused(iam.get_account_password_policy, "NoSuchEntity", none)
    refused(iam.delete_account_password_policy, "NoSuchEntity", "The account policy with name PasswordPolicy cannot be found.")
    iam.update_account_password_policy()
    assert iam.get_account_password_policy()["PasswordPolicy"] == {
        "MinimumPasswordLength": 6, "RequireSymbols": False, "RequireNumbers": False, "RequireUppercaseCharacters": False,
        "RequireLowercaseCharacters": False, "AllowUsersToChangePassword": False, "ExpirePasswords": False, "HardExpiry": False}
    iam.update_account_password_policy(MinimumPasswordLength=10, RequireSymbols=True, RequireNumbers=True, MaxPasswordAge=60, PasswordReusePrevention=3, HardExpiry=True)
    got = iam.get_account_password_policy()["PasswordPolicy"]
    assert got["ExpirePasswords"] is True and got["MaxPasswordAge"] == 60 and got["PasswordReusePrevention"] == 3 and got["HardExpiry"] is True
    iam.create_user(UserName="u")
    refused(iam.create_login_profile, "PasswordPolicyViolation", "Password should have at least one number, Password should have at least one symbol",
            UserName="u", Password="abcdefghij")
    refused(iam.update_account_password_policy, "ValidationError", MaxPasswordAge=1096, MinimumPasswordLength=129, PasswordReusePrevention=25)
    iam.delete_account_password_policy()
    refused(iam.get_account_password_policy, "NoSuchEntity", none)


def test_account_alias_is_unique_in_the_partition(server, iam):
    other = server.client("iam", key="999999999991")
    alias = f"alias-{iam.account}"
    assert iam.list_account_aliases()["AccountAliases"] == []
    iam.create_account_alias(AccountAlias=alias)
    refused(other.create_account_alias, "EntityAlreadyExists", f"The account alias {alias} already exists.", AccountAlias=alias)
    iam.create_account_alias(AccountAlias=alias + "-2")  # takes the place of the first
    assert iam.list_account_aliases()["AccountAliases"] == [alias + "-2"]
    other.create_account_alias(AccountAlias=alias)
    other.delete_account_alias(AccountAlias=alias)
    refused(other.delete_account_alias, "NoSuchEntity", AccountAlias=alias)
    for bad in ("ab", "Upper", "-front", "back-", "two--hyphens", "a" * 64):
        refused(iam.create_account_alias, "ValidationError", AccountAlias=bad)


def test_account_summary_counts(iam):
    before = iam.get_account_summary()["SummaryMap"]
    assert before["Users"] == before["Roles"] == before["Policies"] == before["Providers"] == 0
    assert before["AccessKeysPerUserQuota"] == 2 and before["AssumeRolePolicySizeQuota"] == 2048 and len(before) == 34
    iam.create_user(UserName="u")
    arn = iam.create_open_id_connect_provider(Url="https://h.example")["OpenIDConnectProviderArn"]
    iam.create_service_linked_role(AWSServiceName="batch.amazonaws.com")
    after = iam.get_account_summary()["SummaryMap"]
    assert (after["Users"], after["Providers"], after["Roles"]) == (1, 1, 1)
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    iam.delete_user(UserName="u")
    assert iam.get_account_summary()["SummaryMap"] == {**before, "Roles": 1}


def test_service_linked_role_belongs_to_its_service(iam):
    role = iam.create_service_linked_role(AWSServiceName="batch.amazonaws.com", Description="d")["Role"]
    assert role["Arn"] == f"arn:aws:iam::{iam.account}:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch"
    name = role["RoleName"]
    got = iam.get_role(RoleName=name)["Role"]
    assert got["AssumeRolePolicyDocument"] == {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "batch.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    assert got["Description"] == "d" and got["MaxSessionDuration"] == 3600
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert attached == [{"PolicyName": "BatchServiceRolePolicy", "PolicyArn": "arn:aws:iam::aws:policy/aws-service-role/BatchServiceRolePolicy"}]
    refused(iam.create_service_linked_role, "InvalidInput", "Service role name AWSServiceRoleForBatch has been taken in this account, please try a different suffix.",
            AWSServiceName="batch.amazonaws.com")
    refused(iam.create_service_linked_role, "InvalidInput", "Custom suffix is not allowed for ecs.amazonaws.com", AWSServiceName="ecs.amazonaws.com", CustomSuffix="x")
    refused(iam.create_service_linked_role, "InvalidInput", AWSServiceName="nosuch.amazonaws.com")
    protected = f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
    document = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
    for call, parameters in ((iam.delete_role, {}), (iam.update_assume_role_policy, {"PolicyDocument": document}),
                             (iam.put_role_policy, {"PolicyName": "p", "PolicyDocument": document}), (iam.delete_role_policy, {"PolicyName": "p"}),
                             (iam.attach_role_policy, {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
                             (iam.detach_role_policy, {"PolicyArn": attached[0]["PolicyArn"]}), (iam.update_role, {"MaxSessionDuration": 7200}),
                             (iam.put_role_permissions_boundary, {"PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"})):
        refused(call, "UnmodifiableEntity", protected, RoleName=name, **parameters)
    iam.update_role(RoleName=name, Description="mine")
    iam.tag_role(RoleName=name, Tags=[{"Key": "k", "Value": "v"}])
    refused(iam.create_role, "InvalidInput", RoleName="mine", Path="/aws-service-role/batch.amazonaws.com/", AssumeRolePolicyDocument=json.dumps(got["AssumeRolePolicyDocument"]))


def test_service_linked_role_is_deleted_by_a_task(iam):
    name = iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="x")["Role"]["RoleName"]
    assert name == "AWSServiceRoleForAutoScaling_x"
    task = iam.delete_service_linked_role(RoleName=name)["DeletionTaskId"]
    assert task.startswith(f"task/aws-service-role/autoscaling.amazonaws.com/{name}/")
    wait_for(lambda: iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED")
    refused(iam.get_role, "NoSuchEntity", RoleName=name)
    refused(iam.delete_service_linked_role, "NoSuchEntity", RoleName=name)
    refused(iam.get_service_linked_role_deletion_status, "InvalidInput", DeletionTaskId="nonsense")
    refused(iam.get_service_linked_role_deletion_status, "NoSuchEntity", DeletionTaskId=task[:-1] + "x")
    assert iam.list_roles(PathPrefix="/aws-service-role/")["Roles"] == []


def test_service_linked_roles_are_bounded_by_the_name_of_the_service(server, iam):
    iam.create_user(UserName="u")
    key = iam.create_access_key(UserName="u")["AccessKey"]
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "iam:CreateServiceLinkedRole", "Resource": "arn:aws:iam::*:role/aws-service-role/*",
        "Condition": {"StringLike": {"iam:AWSServiceName": "ecs.amazonaws.com"}}}}))
    user = server.client("iam", key["AccessKeyId"], key["SecretAccessKey"])
    user.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    e = refused(user.create_service_linked_role, "AccessDenied", AWSServiceName="batch.amazonaws.com")
    assert f"role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch" in e["Error"]["Message"]


def recorded(what):
    """Answers of the real IAM, by the service that the test was about."""
    source = TEST_DATA / "recorded/iam.jsonl"
    if not source.exists():
        pytest.skip(f"no recorded answers at {source}: set FOGBANK_TEST_DATA")
    lines = (json.loads(line) for line in source.open())
    return {line["params"]["service_name"]: line["answers"] for line in lines if f"::{what}[" in line["id"]}


def bound(recorded_text, iam, suffix=""):
    return recorded_text.replace("<partition>", "aws").replace("111111111111", iam.account).replace("<suffix>", suffix)


@pytest.mark.parametrize("suffix", ["", "fog"])
def test_service_linked_roles_are_as_recorded(iam, suffix):
    cases = recorded("test_service_role_lifecycle_custom_suffix" if suffix else "test_service_role_lifecycle")
    assert cases
    for service, answers in cases.items():
        name = iam.create_service_linked_role(AWSServiceName=service, **({"CustomSuffix": suffix} if suffix else {}))["Role"]["RoleName"]
        ours, theirs = iam.get_role(RoleName=name)["Role"], answers["describe-response"]["Role"]
        for member in ("Arn", "RoleName", "Path"):
            assert ours[member] == bound(theirs[member], iam, suffix), service
        assert ours["AssumeRolePolicyDocument"] == theirs["AssumeRolePolicyDocument"] and ours["MaxSessionDuration"] == theirs["MaxSessionDuration"]
        assert set(ours) == set(theirs) - ({"Description"} if service == "ssm.amazonaws.com" else set()), service  # that one was there before the recording
        attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        assert attached == [{k: bound(v, iam) for k, v in p.items()} for p in answers["attached-role-policies"]["AttachedPolicies"]]
        assert iam.list_role_policies(RoleName=name)["PolicyNames"] == []


def test_custom_suffixes_are_refused_as_recorded(iam):
    for service, answers in recorded("test_service_role_lifecycle_custom_suffix_not_allowed").items():
        error = answers["custom-suffix-not-allowed"]["Error"]
        refused(iam.create_service_linked_role, error["Code"], error["Message"], AWSServiceName=service, CustomSuffix="testsuffix")

"""The stage of the escalation suite: one account with people, roles and guards, twice.

`builder`: a plain account. The attacker is a user with a builder's policy and a permissions boundary, as AWS's guides give to developers
who may make roles for their own applications.
`scp`: a member account of an organization. The attacker is an administrator without boundary; a service control policy is the guard.

In both, everything below the path /app/ is the attacker's to build with, as long as new principals carry the boundary; all else is not.
"""
import json
import time

import botocore.exceptions

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
MANAGEMENT = "111111111111"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **condition):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **({"Condition": condition} if condition else {})}


def deny(action, resource="*", **condition):
    return {"Effect": "Deny", "Action": action, "Resource": resource, **({"Condition": condition} if condition else {})}


def deny_outside(action, own, **condition):
    return {"Effect": "Deny", "Action": action, "NotResource": own, **({"Condition": condition} if condition else {})}


def trust(*principals, action="sts:AssumeRole", **condition):
    return document({"Effect": "Allow", "Action": action, "Principal": {"AWS": list(principals)}, **({"Condition": condition} if condition else {})})


NEEDS_BOUNDARY = ["iam:CreateUser", "iam:CreateRole", "iam:PutUserPolicy", "iam:PutRolePolicy", "iam:AttachUserPolicy", "iam:AttachRolePolicy",
                  "iam:DetachUserPolicy", "iam:DetachRolePolicy", "iam:DeleteUserPolicy", "iam:DeleteRolePolicy",
                  "iam:PutUserPermissionsBoundary", "iam:PutRolePermissionsBoundary"]
PRINCIPALS = ["iam:DeleteUser", "iam:DeleteRole", "iam:UpdateUser", "iam:UpdateRole", "iam:UpdateAssumeRolePolicy", "iam:TagUser", "iam:TagRole", "iam:UntagUser",
              "iam:UntagRole", "iam:CreateAccessKey", "iam:UpdateAccessKey", "iam:DeleteAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile",
              "iam:DeleteLoginProfile", "iam:AddUserToGroup", "iam:RemoveUserFromGroup", "iam:CreateGroup", "iam:UpdateGroup", "iam:DeleteGroup", "iam:PutGroupPolicy", "iam:AttachGroupPolicy",
              "iam:DetachGroupPolicy", "iam:DeleteGroupPolicy", "iam:CreateInstanceProfile", "iam:DeleteInstanceProfile", "iam:AddRoleToInstanceProfile",
              "iam:RemoveRoleFromInstanceProfile"]
POLICIES = ["iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion"]
REMOVE_BOUNDARY = ["iam:DeleteUserPermissionsBoundary", "iam:DeleteRolePermissionsBoundary"]
PROVIDERS = ["iam:CreateOpenIDConnectProvider", "iam:AddClientIDToOpenIDConnectProvider", "iam:UpdateOpenIDConnectProviderThumbprint"]


class World:
    """Everything that both stages have; `account` is where it stands."""

    def __init__(self, server, kind):
        self.server, self.kind = server, kind
        self.account = MANAGEMENT if kind == "builder" else self._member_account()
        self.counter = 0
        self.admin = lambda service, region="us-east-1": server.client(service, key=self.account, region=region)
        self.iam = self.admin("iam")
        self.own = [self.arn(f"{kind}/app/*") for kind in ("user", "role", "group", "policy", "instance-profile")]
        self.boundary = self.policy("app-boundary", document(allow(["s3:*", "sqs:*", "cloudwatch:*", "sts:*", "iam:Get*", "iam:List*"])), path="/")
        self._cast()
        (self._builder if kind == "builder" else self._guarded_administrator)()

    # What there is to be taken
    def _cast(self):
        iam = self.iam
        iam.create_user(UserName="boss")
        iam.attach_user_policy(UserName="boss", PolicyArn=ADMINISTRATOR)
        self.boss_key = iam.create_access_key(UserName="boss")["AccessKey"]["AccessKeyId"]
        iam.update_access_key(UserName="boss", AccessKeyId=self.boss_key, Status="Inactive")
        iam.create_user(UserName="clerk")
        iam.create_login_profile(UserName="clerk", Password="Clerk-owns-this-1")
        iam.create_group(GroupName="admins")
        iam.attach_group_policy(GroupName="admins", PolicyArn=ADMINISTRATOR)
        iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=trust(self.arn("user/boss")))
        iam.attach_role_policy(RoleName="deployer", PolicyArn=ADMINISTRATOR)
        iam.create_role(RoleName="machine-admin", AssumeRolePolicyDocument=document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}))
        iam.attach_role_policy(RoleName="machine-admin", PolicyArn=ADMINISTRATOR)
        self.team_policy = self.policy("team-policy", document(allow("s3:ListAllMyBuckets")), path="/")
        self.old_admin_policy = self.policy("tamed", document(allow("*")), path="/")
        iam.create_policy_version(PolicyArn=self.old_admin_policy, PolicyDocument=document(allow("s3:ListAllMyBuckets")), SetAsDefault=True)
        # The attacker's own corner
        iam.create_user(UserName="worker", Path="/app/", PermissionsBoundary=self.boundary)
        self.worker_key = iam.create_access_key(UserName="worker")["AccessKey"]["AccessKeyId"]
        iam.create_group(GroupName="app-group", Path="/app/")
        self.app_policy = self.policy("app-policy", document(allow("sqs:SendMessage")), path="/app/")
        iam.create_role(RoleName="app-role", Path="/app/", PermissionsBoundary=self.boundary, AssumeRolePolicyDocument=trust(self.arn("root")))
        iam.create_role(RoleName="app-machine", Path="/app/", PermissionsBoundary=self.boundary,
                        AssumeRolePolicyDocument=document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}))
        iam.create_instance_profile(InstanceProfileName="app-profile", Path="/app/")

    def _builder(self):
        iam = self.iam
        only = {"StringEquals": {"iam:PermissionsBoundary": self.boundary}}
        self.builder_policy = self.policy("builder", document(
            allow(["iam:Get*", "iam:List*", "s3:*", "sqs:*", "sts:GetCallerIdentity", "sts:GetFederationToken"]), allow(NEEDS_BOUNDARY, self.own, **only), allow(PRINCIPALS + POLICIES, self.own),
            allow("iam:PassRole", self.arn("role/app/*"), StringEquals={"iam:PassedToService": "ec2.amazonaws.com"}),
            allow(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"], [self.arn("role/app/*"), self.arn("role/abac")])), path="/")
        self.builder_boundary = self.policy("builder-boundary", document(
            allow(["iam:*", "s3:*", "sqs:*", "sts:*"]), deny(REMOVE_BOUNDARY), deny(["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion"], [self.boundary, self.arn("policy/builder*")])), path="/")
        iam.create_user(UserName="attacker", PermissionsBoundary=self.builder_boundary)
        iam.attach_user_policy(UserName="attacker", PolicyArn=self.builder_policy)
        self._attacker_key()

    def _guarded_administrator(self):
        self.iam.create_user(UserName="attacker")
        self.iam.attach_user_policy(UserName="attacker", PolicyArn=ADMINISTRATOR)
        self._attacker_key()
        attackers = {"ArnLike": {"aws:PrincipalArn": [self.arn("user/attacker"), self.arn("role/app/*")]}}
        without = {"StringNotEquals": {"iam:PermissionsBoundary": self.boundary}}
        organizations = self.server.client("organizations", key=MANAGEMENT)
        guard = organizations.create_policy(Name="guard", Description="what builders may not do", Type="SERVICE_CONTROL_POLICY", Content=document(
            deny(NEEDS_BOUNDARY, **without, **attackers), deny_outside(NEEDS_BOUNDARY + PRINCIPALS + POLICIES, self.own, **attackers), deny(REMOVE_BOUNDARY + PROVIDERS + ["iam:CreateServiceLinkedRole", "organizations:*"], **attackers),
            deny_outside("iam:PassRole", self.arn("role/app/*"), **attackers),
            deny("iam:PassRole", StringNotEquals={"iam:PassedToService": "ec2.amazonaws.com"}, **attackers),
            deny_outside("sts:AssumeRole", [self.arn("role/app/*"), self.arn("role/abac")], **attackers)))["Policy"]["PolicySummary"]["Id"]
        organizations.attach_policy(PolicyId=guard, TargetId=self.account)
        self.guard = guard

    def _attacker_key(self):
        key = self.iam.create_access_key(UserName="attacker")["AccessKey"]
        self.attacker_key = (key["AccessKeyId"], key["SecretAccessKey"])

    def _member_account(self):
        organizations = self.server.client("organizations", key=MANAGEMENT)
        organizations.create_organization(FeatureSet="ALL")
        organizations.enable_policy_type(RootId=organizations.list_roots()["Roots"][0]["Id"], PolicyType="SERVICE_CONTROL_POLICY")
        request = organizations.create_account(Email="member@example.com", AccountName="member")["CreateAccountStatus"]["Id"]
        end = time.monotonic() + 20
        while time.monotonic() < end:
            status = organizations.describe_create_account_status(CreateAccountRequestId=request)["CreateAccountStatus"]
            if status["State"] != "IN_PROGRESS":
                return status["AccountId"]
            time.sleep(0.05)
        raise AssertionError("the member account was not created")

    # Tools of the paths
    def arn(self, resource):
        return f"arn:aws:iam::{self.account}:{resource}"

    def policy(self, name, text, path):
        return self.iam.create_policy(PolicyName=name, Path=path, PolicyDocument=text)["Policy"]["Arn"]

    def attacker(self, service="iam", session=None):
        key, secret, token = session or (*self.attacker_key, None)
        return self.server.client(service, key, secret, token)

    def unique(self, stem):
        self.counter += 1
        return f"{stem}-{self.counter}"

    def session(self, role, **options):
        got = self.attacker("sts").assume_role(RoleArn=self.arn(f"role/{role}"), RoleSessionName="attack", **options)["Credentials"]
        return got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"]


def denied(call, **parameters):
    """The text of the refusal; an AssertionError if there was none."""
    try:
        call(**parameters)
    except botocore.exceptions.ClientError as e:
        code = e.response["Error"]["Code"]
        assert code in ("AccessDenied", "AccessDeniedException"), e
        return e.response["Error"]["Message"]
    raise AssertionError(f"{call.__name__} was permitted")

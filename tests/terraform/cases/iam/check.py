OUTLIVES = [("iam", "slrdelete")]   # progress of deletions is asked for afterwards


def check(server, stage, outputs):
    iam = server.client("iam")
    first = stage == 1
    assert iam.list_account_aliases()["AccountAliases"] == ["fogbank-first" if first else "fogbank-second"]
    policy = iam.get_account_password_policy()["PasswordPolicy"]
    assert (policy["MinimumPasswordLength"], policy.get("MaxPasswordAge")) == ((10, None) if first else (14, 90))
    check_people(iam, first)
    check_roles(iam, first)
    assert len(iam.list_policy_versions(PolicyArn=local_arn(iam, "read-orders"))["Versions"]) == stage
    provider = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=outputs["provider"])
    assert sorted(provider["ClientIDList"]) == (["sts.amazonaws.com"] if first else ["fogbank", "sts.amazonaws.com"])
    assert len(provider["Tags"]) == stage
    assert outputs["managed_arn"] == "arn:aws:iam::aws:policy/AdministratorAccess"


def check_people(iam, first):
    group = iam.get_group(GroupName="sales" if first else "sales-team")
    assert sorted(u["UserName"] for u in group["Users"]) == (["ada"] if first else ["ada", "bob"])
    assert group["Group"]["Path"] == ("/" if first else "/teams/")
    attached = iam.list_attached_group_policies(GroupName=group["Group"]["GroupName"])["AttachedPolicies"]
    assert sorted(p["PolicyName"] for p in attached) == ["ReadOnlyAccess", "read-orders"]
    assert [u["UserName"] for u in iam.get_group(GroupName="everybody")["Users"]] == ["bob"]
    assert iam.get_user(UserName="ada")["User"]["Path"] == ("/people/" if first else "/people/sales/")
    assert iam.get_login_profile(UserName="ada")["LoginProfile"]["PasswordResetRequired"] is True


def check_roles(iam, first):
    assert iam.get_role(RoleName="order-app")["Role"]["MaxSessionDuration"] == (3600 if first else 7200)
    profile = iam.get_instance_profile(InstanceProfileName="order-app")["InstanceProfile"]
    assert [r["RoleName"] for r in profile["Roles"]] == ["order-app" if first else "spare"]
    assert iam.get_role(RoleName="AWSServiceRoleForBatch")["Role"]["Description"] == f"stage {1 if first else 2}"


def local_arn(iam, name):
    return next(p["Arn"] for p in iam.list_policies(Scope="Local")["Policies"] if p["PolicyName"] == name)

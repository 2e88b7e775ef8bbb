def check(server, stage, outputs):
    iam = server.client("iam")
    assert iam.list_account_aliases()["AccountAliases"] == ["fogbank-first" if stage == 1 else "fogbank-second"]
    assert iam.get_role(RoleName="app")["Role"]["MaxSessionDuration"] == (3600 if stage == 1 else 7200)
    group = "sales" if stage == 1 else "sales-team"
    assert sorted(u["UserName"] for u in iam.get_group(GroupName=group)["Users"]) == ["ada", "bob"]
    assert iam.get_user(UserName="ada")["User"]["Path"] == ("/people/" if stage == 1 else "/people/sales/")
    assert len(iam.list_policy_versions(PolicyArn=iam_arn(iam, "read-orders"))["Versions"]) == stage
    assert [r["RoleName"] for r in iam.get_instance_profile(InstanceProfileName="app")["InstanceProfile"]["Roles"]] == ["app"]
    assert outputs["managed_arn"] == "arn:aws:iam::aws:policy/AdministratorAccess"


def iam_arn(iam, name):
    return next(p["Arn"] for p in iam.list_policies(Scope="Local")["Policies"] if p["PolicyName"] == name)

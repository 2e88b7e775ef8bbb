def check(server, stage, outputs):
    iam = server.client("iam")
    name = "devs" if stage == 1 else "engineers"
    assert outputs["group"].endswith(":group/devs" if stage == 1 else ":group/team/engineers")
    assert [u["UserName"] for u in iam.get_group(GroupName=name)["Users"]] == ["bob"]
    assert [p["PolicyName"] for p in iam.list_attached_group_policies(GroupName=name)["AttachedPolicies"]] == ["buckets"]
    profile = iam.get_instance_profile(InstanceProfileName="web")["InstanceProfile"]
    assert [r["RoleName"] for r in profile["Roles"]] == ["web" if stage == 1 else "other"]

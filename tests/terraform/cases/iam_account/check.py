OUTLIVES = [("iam", "slrdelete"), ("iam", "counts")]   # progress of deletions is asked for afterwards; counts of an account stay


def check(server, stage, outputs):
    iam = server.client("iam")
    assert iam.list_account_aliases()["AccountAliases"] == ["fog-one" if stage == 1 else "fog-two"]
    assert iam.get_account_password_policy()["PasswordPolicy"]["MinimumPasswordLength"] == (10 if stage == 1 else 12)
    provider = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=outputs["provider"])
    assert sorted(provider["ClientIDList"]) == (["sts.amazonaws.com"] if stage == 1 else ["other", "sts.amazonaws.com"])
    assert iam.get_login_profile(UserName="person")["LoginProfile"]["PasswordResetRequired"] is True
    assert iam.get_role(RoleName="AWSServiceRoleForBatch")["Role"]["Description"] == f"stage {stage}"

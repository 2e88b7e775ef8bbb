# The key that the case makes waits for its deletion; the AWS managed key stays for the account.
OUTLIVES = [("kms", "key"), ("kms", "material"), ("kms", "policy"), ("kms", "alias")]


def check(server, stage, outputs):
    ssm = server.client("ssm")
    plain = ssm.get_parameter(Name="/app/plain")["Parameter"]
    assert (plain["Value"], plain["Version"]) == (("one", 1) if stage == 1 else ("two", 2))
    assert ssm.get_parameter(Name="/app/secret", WithDecryption=True)["Parameter"]["Value"] == f"s3cret-{stage}"
    assert f"s3cret-{stage}" not in ssm.get_parameter(Name="/app/secret")["Parameter"]["Value"]
    types = [ssm.get_parameter(Name=f"/app/becomes-{what}")["Parameter"]["Type"] for what in ("secret", "plain")]
    assert types == (["String", "SecureString"] if stage == 1 else ["SecureString", "String"])
    assert outputs["image"].startswith("ami-")
    tiers = {p["Name"]: p["Tier"] for page in ssm.get_paginator("describe_parameters").paginate() for p in page["Parameters"]}
    assert tiers["/app/intelligent"] == ("Standard" if stage == 1 else "Advanced")
    assert tiers["/app/advanced"] == tiers["/app/advanced-secret"] == "Advanced" and tiers["/app/plain"] == "Standard"
    assert ssm.get_parameter(Name="/app/insecure")["Parameter"]["Value"] == ("x,y" if stage == 1 else "x,y,z")
    assert len(ssm.get_parameter(Name="/app/advanced-secret", WithDecryption=True)["Parameter"]["Value"]) == 6000
    assert ssm.get_parameter(Name="/app/by-alias", WithDecryption=True)["Parameter"]["Value"] == f"through an alias {stage}"
    assert ssm.get_parameter(Name="/app/machine")["Parameter"]["DataType"] == "aws:ec2:image"
    assert outputs["first"] == "one" and {"/app/plain", "/app/list", "/app/own-key"} <= set(outputs["names"])

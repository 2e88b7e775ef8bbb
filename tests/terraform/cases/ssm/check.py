# The key that the case makes waits for its deletion; the AWS managed key stays for the account.
OUTLIVES = [("kms", "key"), ("kms", "material"), ("kms", "policy"), ("kms", "alias")]


def check(server, stage, outputs):
    ssm = server.client("ssm")
    plain = ssm.get_parameter(Name="/app/plain")["Parameter"]
    assert (plain["Value"], plain["Version"]) == (("one", 1) if stage == 1 else ("two", 2))
    assert ssm.get_parameter(Name="/app/secret", WithDecryption=True)["Parameter"]["Value"] == f"s3cret-{stage}"
    assert f"s3cret-{stage}" not in ssm.get_parameter(Name="/app/secret")["Parameter"]["Value"]
    assert outputs["image"].startswith("ami-")

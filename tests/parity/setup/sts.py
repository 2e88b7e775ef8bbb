"""STS: its recorded answers have no requests; those of the parameter checks follow from the answers themselves."""
import json

from parity.setup import Service

S = Service("sts")

for answer, arn in (("malformed-arn", "nothing-valid-in-here"), ("no-partition", "arn::b:::something/test-role"),
                    ("no-service", "arn:a::::something/test-role"), ("not-enough-colons", "arn:a:::something/test-role"),
                    ("no-resource", "arn:a:a::aaaaaaaaaa:")):
    S.add("test_sts_invalid_parameters", answer, "sts:AssumeRole", RoleArn=arn, RoleSessionName="session")
S.add("test_sts_invalid_parameters", "invalid-session-name", "sts:AssumeRole",
      RoleArn="arn:aws:iam::111111111111:role/test-role", RoleSessionName="Session1:2")

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}]})
S.add("test_assume_role_tag_validation", "role-1", "iam:CreateRole", RoleName="role-00000000", AssumeRolePolicyDocument=TRUST)
S.add("test_assume_role_tag_validation", "invalid-transitive-tag-keys", "sts:AssumeRole", RoleArn="<Arn>", RoleSessionName="session-00000000",
      Tags=[{"Key": "SessionTag1", "Value": "SessionValue1"}], TransitiveTagKeys=["InvalidKey"])
S.add("test_assume_role_tag_validation", "duplicate-tag-keys-different-casing", "sts:AssumeRole", RoleArn="<Arn>", RoleSessionName="session-00000000",
      Tags=[{"Key": "SessionTag1", "Value": "SessionValue1"}, {"Key": "sessiontag1", "Value": "SessionValue2"}])

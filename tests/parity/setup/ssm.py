"""Systems Manager: one recorded test, whose requests follow from its answers."""
from parity.setup import Service

S = Service("ssm")
TEST, NAME = "test_parameters_with_path", "/test/path/param-00000000"
ARN = "arn:aws:ssm:us-east-1:111111111111:parameter" + NAME
S.add(TEST, "put-parameter-response", "ssm:PutParameter", Name=NAME, Value="123", Type="String")
S.add(TEST, "get-parameter-response", "ssm:GetParameter", Name=NAME)
S.add(TEST, "get-parameter-by-arn-response", "ssm:GetParameter", Name=ARN)
S.add(TEST, "get-parameters-response", "ssm:GetParameters", Names=[NAME])
S.add(TEST, "get-parameters-by-arn-response", "ssm:GetParameters", Names=[ARN])

"""The function of every language as Terraform deploys it: one configuration, applied, invoked, changed and destroyed."""
import json
import sys

import pytest

from function_packages import HERE, LANGUAGES, Unavailable

sys.path.append(str(HERE.parent / "terraform"))
import terraform  # noqa: E402

MAIN = terraform.PROVIDER + """
variable "functions" {
  type = map(object({ runtime = string, handler = string }))
}

resource "aws_iam_role" "runner" {
  name = "tf-runner"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_lambda_function" "all" {
  for_each         = var.functions
  function_name    = "tf-${each.key}"
  role             = aws_iam_role.runner.arn
  runtime          = each.value.runtime
  handler          = each.value.handler
  filename         = "${path.module}/${each.key}.zip"
  source_code_hash = filebase64sha256("${path.module}/${each.key}.zip")
  timeout          = 20
  memory_size      = 384
  environment {
    variables = { COLOUR = var.stage == 1 ? "grey" : "blue" }
  }
}
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_terraform_deploys_functions_in_every_language(server, tmp_path):
    tools, why = terraform.find()
    if not tools:
        print(f"skipped: {why}")
        pytest.skip(why)
    functions = {}
    for name, make in LANGUAGES.items():
        try:
            settings = make()
        except Unavailable as e:
            print(f"skipped: functions in {name}: {e}")
            continue
        (tmp_path / f"{name}.zip").write_bytes(settings["Code"]["ZipFile"])
        functions[name] = {"runtime": settings["Runtime"], "handler": settings["Handler"]}
    (tmp_path / "main.tf").write_text(MAIN)
    (tmp_path / "functions.auto.tfvars.json").write_text(json.dumps({"functions": functions}))
    deployed = terraform.Terraform(tools, tmp_path, server)
    deployed.init()
    client = server.client("lambda", read_timeout=90)
    for stage, colour in ((1, "grey"), (2, "blue")):
        deployed.apply(stage)
        for name in functions:
            answer = client.invoke(FunctionName=f"tf-{name}", Payload=b'{"do": "well"}')
            out = json.loads(answer["Payload"].read())
            assert "FunctionError" not in answer and (out["name"], out["colour"]) == (f"tf-{name}", colour), out
    deployed.assert_no_changes(2)
    deployed.destroy(2)
    assert client.list_functions()["Functions"] == []

"""Terraform as a test harness: finds the binary and a local mirror of its AWS provider, and runs a configuration against a server.

A case is a folder of cases/ with one configuration that has a variable `stage` (1, then 2: what a change looks like) and, if there is
something to see from outside, a check.py with `check(server, stage, outputs)`. lead() is the life that every case leads: apply, an
empty second plan, a change, an empty plan again, destroy, and the store's records as they were before.

The provider is 5.x from a folder in Terraform's mirror layout (HOST/hashicorp/aws/VERSION/PLATFORM): FOGBANK_TERRAFORM_MIRROR, else the
filesystem_mirror of TF_CLI_CONFIG_FILE, else Terraform's implied folders and those below /opt. Nothing is downloaded.
"""
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess

CASES = pathlib.Path(__file__).resolve().parent / "cases"

PROVIDER = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  s3_use_path_style           = true
  skip_metadata_api_check     = true
}

variable "stage" {
  type = number
}
"""


def _mirrors():
    if own := os.environ.get("FOGBANK_TERRAFORM_MIRROR"):
        yield pathlib.Path(own)
    config = pathlib.Path(os.environ.get("TF_CLI_CONFIG_FILE") or pathlib.Path.home() / ".terraformrc")
    if config.is_file():
        for found in re.findall(r'filesystem_mirror\s*\{[^}]*?path\s*=\s*"([^"]+)"', config.read_text()):
            yield pathlib.Path(found)
    yield pathlib.Path.home() / ".terraform.d/plugins"
    yield pathlib.Path("/usr/local/share/terraform/plugins")
    yield pathlib.Path("/usr/share/terraform/plugins")
    yield from sorted(pathlib.Path("/opt").glob("*"))


def find():
    """(terraform, mirror), or the reason why there is none."""
    binary = shutil.which("terraform")
    if not binary:
        return None, "terraform is not on PATH"
    for mirror in _mirrors():
        if any(mirror.glob("*/hashicorp/aws/5.*/*/terraform-provider-aws*")) or any(mirror.glob("*/hashicorp/aws/terraform-provider-aws_5.*")):
            return (binary, mirror), None
    return None, "no local mirror of Terraform's provider hashicorp/aws 5.x was found (README: Terraform)"


class Terraform:
    """One configuration in a folder of its own, run against one server with one pair of credentials."""

    def __init__(self, tools, folder, server, key="test", secret="test", region="us-east-1", token=None):
        self.binary, mirror = tools
        self.folder = pathlib.Path(folder)
        settings = self.folder / "terraform.rc"
        settings.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\ndisable_checkpoint = true\n')
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "TF_"))}
        self.env.update(TF_CLI_CONFIG_FILE=str(settings), TF_IN_AUTOMATION="1", TF_INPUT="0", CHECKPOINT_DISABLE="1", AWS_ENDPOINT_URL=server.url,
                        AWS_ACCESS_KEY_ID=key, AWS_SECRET_ACCESS_KEY=secret, AWS_REGION=region, AWS_EC2_METADATA_DISABLED="true",
                        AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull)
        # S3 Control puts the account before the host. Terraform is linked statically and knows no names below localhost, but asks a proxy for them.
        self.env.update(AWS_ENDPOINT_URL_S3_CONTROL=server.url.replace("127.0.0.1", "fogbank.localhost"), HTTP_PROXY=server.url)
        if token:
            self.env["AWS_SESSION_TOKEN"] = token

    def run(self, *args, expect=(0,), timeout=600):
        done = subprocess.run([self.binary, *args], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)
        if done.returncode not in expect:
            raise AssertionError(f"terraform {' '.join(args)} ended with {done.returncode}:\n{done.stdout[-6000:]}\n{done.stderr[-6000:]}")
        return done

    def init(self, *args):
        self.run("init", "-no-color", *args)

    def apply(self, stage):
        self.run("apply", "-no-color", "-auto-approve", f"-var=stage={stage}")

    def assert_no_changes(self, stage):
        plan = self.run("plan", "-no-color", "-detailed-exitcode", f"-var=stage={stage}", expect=(0, 2))
        assert plan.returncode == 0, f"the plan after apply of stage {stage} is not empty:\n{plan.stdout[-8000:]}"

    def destroy(self, stage):
        self.run("destroy", "-no-color", "-auto-approve", f"-var=stage={stage}")

    def outputs(self):
        return {name: one["value"] for name, one in json.loads(self.run("output", "-json").stdout).items()}


# Records that tell what has happened, not what is there.
HISTORY = {("core", "access"), ("core", "clock"), ("core", "pulse"), ("store", "sequence")}


def _text(key, at):
    end = key.index(0, at)
    return key[at:end].decode(), end + 1


def records(server, besides=()):
    """The keys of all records of the server's store (docs/store.md), apart from history and the (service, table) pairs of `besides`."""
    with sqlite3.connect(f"file:{server.data}/store.db?mode=ro", uri=True) as db:
        keys = [row[0] for row in db.execute("SELECT key FROM record")]
    out = set()
    for key in keys:
        at = 1 if key[0] != 0x0F else key.index(0, 1) + 1
        at = at + 5 if key[at] != 0xFE else key.index(0, at) + 1
        _, at = _text(key, at)
        service, at = _text(key, at)
        table, at = _text(key, at)
        if (service, table) not in HISTORY and (service, table) not in besides:
            out.add((service, table, bytes(key)))
    return out


def lead(terraform, server, check, besides):
    """The whole life of a configuration. `check(stage, outputs)`; `besides`: tables whose records outlive their resource on purpose."""
    before = records(server, besides)
    terraform.init()
    for stage in (1, 2):
        terraform.apply(stage)
        check(stage, terraform.outputs())
        terraform.assert_no_changes(stage)
    terraform.destroy(2)
    left = records(server, besides) - before
    assert not left, f"records left behind: {sorted((s, t, k.decode(errors='replace')) for s, t, k in left)[:20]}"


def _copy(case, folder):
    folder.mkdir(exist_ok=True)
    for source in case.iterdir():
        if source.suffix != ".py" and source.is_file():
            shutil.copy(source, folder)


def journey(tools, case, folder, server, check, besides=()):
    """One case by itself."""
    folder = pathlib.Path(folder)
    _copy(case, folder)
    (folder / "provider.tf").write_text(PROVIDER)
    lead(Terraform(tools, folder, server), server, lambda stage, outputs: check(server, stage, outputs), besides)


def journey_together(tools, cases, folder, server, check, besides=()):
    """All cases as modules of one configuration, which starts the provider once for all of them. `check(case name, server, stage, outputs)`."""
    folder = pathlib.Path(folder)
    root = [PROVIDER]
    for case in cases:
        _copy(case, folder / case.name)
        (folder / case.name / "stage.tf").write_text('variable "stage" {\n  type = number\n}\n')
        root.append(f'module "{case.name}" {{\n  source = "./{case.name}"\n  stage  = var.stage\n}}\noutput "{case.name}" {{\n  value     = module.{case.name}\n  sensitive = true\n}}\n')
    (folder / "main.tf").write_text("\n".join(root))

    def check_all(stage, outputs):
        for case in cases:
            check(case.name, server, stage, outputs[case.name])
    lead(Terraform(tools, folder, server), server, check_all, besides)

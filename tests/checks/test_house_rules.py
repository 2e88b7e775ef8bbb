"""Rules of the house that a machine can check: direction of includes, sizes of files, things that must not be in the project."""
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = [p for p in (ROOT / "src").rglob("*") if p.suffix in (".h", ".cc")]
ORDER = {"base": 0, "wire": 1, "store": 1, "http": 1, "lang": 1, "auth/policy": 1, "auth": 2, "run": 3, "gateway": 4, "services": 5, "admin": 6}


def layer(path):
    parts = path.split("/")
    return "auth/policy" if parts[:2] == ["auth", "policy"] else parts[0]


def test_includes_go_one_way():
    wrong = []
    for file in SOURCES:
        name = file.relative_to(ROOT / "src").as_posix()
        if "/" not in name or name.endswith("_test.cc"):
            continue
        here = layer(name)
        for target in re.findall(r'^#include "([^"]+)"', file.read_text(), re.M):
            there = layer(target)
            if there in ORDER and there != here and ORDER[there] >= ORDER[here]:
                wrong.append(f"{name} includes {target}")
    # The auth library declares what the evaluator takes.
    assert not wrong, "\n".join(wrong)


# What services offer to all others.
OFFERED = {("kms", "data_keys.h"), ("kms", "service_keys.h"), ("kms", "owned_keys.h"), ("secretsmanager", "secret_values.h"), ("logs", "append.h"), ("lambda", "task_calls.h"), ("sqs", "arrivals.h"), ("s3", "object_source.h"), ("dynamodbstreams", "arrivals.h"), ("sts", "role_sessions.h")}


def test_services_do_not_include_each_other():
    wrong = []
    for file in (ROOT / "src/services").rglob("*.cc"):
        own = file.relative_to(ROOT / "src/services").parts[0]
        if file.name.endswith("_test.cc"):
            continue
        for other, header in re.findall(r'^#include "services/([a-z0-9]+)/([^"]+)', file.read_text(), re.M):
            # STS is the second API over IAM's records: who a role trusts is kept there. IAM asks Organizations what binds an account. What
            # services offer to all others: KMS its data keys, Secrets Manager the values of secrets, STS the sessions of roles that services assume.
            # S3 Control is the second API over S3's records, DynamoDB Streams over DynamoDB's.
            if other != own and (own, other) not in {("sts", "iam"), ("iam", "organizations"), ("s3control", "s3"), ("dynamodbstreams", "dynamodb")} and (other, header) not in OFFERED:
                wrong.append(f"{file.relative_to(ROOT)} includes services/{other}")
    assert not wrong, "\n".join(wrong)


def test_heavy_headers_stay_in_implementation_files():
    wrong = [f.relative_to(ROOT).as_posix() for f in SOURCES if f.suffix == ".h" and re.search(r"^#include <(boost/|sqlite3\.h|simdjson\.h|re2/|pugixml)", f.read_text(), re.M)]
    allowed = {p for p in wrong if p.startswith("src/http/")}  # connection internals, included by that folder's .cc files only
    assert not set(wrong) - allowed, wrong


def test_files_have_a_human_size():
    long = {f.relative_to(ROOT).as_posix(): n for f in SOURCES if (n := len(f.read_text().splitlines())) > 800}
    assert not long, long


def tracked():
    out = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if out.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / line for line in out.stdout.splitlines()]


def test_every_folder_of_the_source_has_a_readme():
    missing = [d.relative_to(ROOT).as_posix() for d in (ROOT / "src").iterdir() if d.is_dir() and any(d.glob("*.cc")) and not (d / "README.md").exists()]
    missing += [d.parent.relative_to(ROOT).as_posix() for d in (ROOT / "src/services").glob("*/service.toml") if not (d.parent / "README.md").exists()]
    assert not missing, missing


def test_no_machine_specific_path_is_committed():
    wrong = []
    for f in tracked():
        if f.suffix in {".png", ".z"} or not f.is_file() or f == pathlib.Path(__file__):
            continue
        try:
            text = f.read_text()
        except UnicodeDecodeError:
            continue
        if re.search(r"(^|[\s\"'=(])/(work|root|farm)/", text):
            wrong.append(f.relative_to(ROOT).as_posix())
    assert not wrong, wrong

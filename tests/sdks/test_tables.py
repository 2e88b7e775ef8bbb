"""DynamoDB as each language's users write it, with default settings: boto3's resources, the aws CLI, Go's attribute values and expression builder, Java's enhanced client
with beans, JavaScript's document client. Every program makes the same table, and tells what it read. See README.md."""
import json
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from programs import TABLES, Unavailable  # noqa: E402
from test_sdks import environment, skip  # noqa: E402

FIRST = {"customer": "ada", "placed": 1, "state": "open", "total": 12.5, "paid": False, "tags": ["gift", "new"], "to": {"town": "Ulm", "zip": 89073}, "note": None}


@pytest.mark.timeout(900)   # downloads and builds, the first time
@pytest.mark.parametrize("language", [pytest.param(n, marks=pytest.mark.slow) if n == "cli" else n for n in TABLES])   # the CLI takes seconds to start
def test_items_are_mapped_queried_changed_and_refused(language, server, tmp_path, request):
    try:
        command, additions = TABLES[language]()
    except Unavailable as e:
        skip(request, str(e))
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({"name": language}))
    done = subprocess.run([*map(str, command), str(plan)], env={**environment(server, False), **additions}, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, f"{language} ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-6000:]}"
    result = json.loads(done.stdout.strip().splitlines()[-1])
    result["got"]["tags"].sort()
    assert result["got"] == FIRST
    assert result["old_state"] == "open"
    assert result["reasons"] == ["None", "ConditionalCheckFailed"]
    assert result["missing_is_typed"] is True
    assert result["queried"] == [19, 18, 17, 16, 15, 1]
    assert {k: v for k, v in result["updated"].items() if v is not None} == {k: v for k, v in {**FIRST, "state": "paid", "total": 13.5, "tags": None}.items() if v is not None}
    assert result["counted"] == 51
    assert f"{language}-orders" not in server.client("dynamodb").list_tables()["TableNames"]

"""`make demo`: twice in a row, each time with an empty data directory where only loopback exists; it leaves nothing behind."""
import importlib.util
import os
import subprocess

import pytest

from conftest import BUILD, ROOT

ALONE = "ip link set lo up 2>/dev/null || ifconfig lo up"


def namespace():
    """The command that enters a network of its own."""
    return ["unshare", "--net", *([] if os.geteuid() == 0 else ["--map-root-user", "--user"]), "sh", "-c", f'{ALONE}; exec "$@"', "sh"]


def reason_to_skip():
    spec = importlib.util.spec_from_file_location("terraform", ROOT / "tests/terraform/terraform.py")
    terraform = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(terraform)
    if not (terraform.find()[0]):
        return terraform.find()[1]
    if subprocess.run([*namespace(), "true"], capture_output=True).returncode:
        return "no network namespace can be made here (unshare --net)"
    return None


@pytest.mark.timeout(900)
def test_the_demo_runs_twice_in_a_row_where_only_loopback_exists(tmp_path, capsys):
    if why := reason_to_skip():
        with capsys.disabled():
            print(f"\nskipped: demo: {why}")
        pytest.skip(why)
    for turn in ("first", "second"):
        done = subprocess.run([*namespace(), str(ROOT / "demo/run")], env=dict(os.environ, FOGBANK_BUILD=str(BUILD), TMPDIR=str(tmp_path)),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=440)
        assert done.returncode == 0, f"the {turn} run ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        assert "Alone in a network with nothing but loopback." in done.stdout
        assert "All of it was as it should be." in done.stdout.splitlines()[-1]
        assert list(tmp_path.iterdir()) == []

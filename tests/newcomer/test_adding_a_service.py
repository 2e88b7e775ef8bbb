"""Follows docs/adding-a-service.md to the letter in a copy of the checkout: runs its commands, writes its files, runs its program."""
import os
import re
import shutil
import subprocess
import sys

from conftest import ROOT, Server

BLOCK = re.compile(r"(?:^`([^`\n]+)`\n)?^```(sh|cpp|py)\n(.*?)^```$", re.M | re.S)


def test_the_page_produces_a_working_service(tmp_path):
    copy = tmp_path / "fogbank"
    tracked = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    for name in tracked:
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "MAKE", "FOGBANK_BUILD"))}
    env["TARGETS"] = "fogbank"  # the page's `make build`, without the test programs
    program = None
    for name, kind, text in BLOCK.findall((ROOT / "docs/adding-a-service.md").read_text()):
        if kind == "sh":
            run = subprocess.run(["bash", "-e", "-c", text], cwd=copy, env=env, capture_output=True, text=True)
            assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
        else:
            assert name, f"a {kind} block without a file name"
            (copy / name).write_text(text)
            program = copy / name if kind == "py" else program
    assert program
    server = Server("--quiet", binary=copy / "build/release/fogbank").start()
    try:
        run = subprocess.run([sys.executable, str(program), server.url], capture_output=True, text=True, timeout=60)
        assert run.returncode == 0 and run.stdout == "works\n", run.stdout + run.stderr
    finally:
        server.close()

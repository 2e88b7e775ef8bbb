"""How each program of this folder is built and started.

Downloads and builds are kept outside the checkout, in $FOGBANK_CACHE (default ~/.cache/fogbank) under names with a digest of what they were made from,
and in the tools' own caches (Go's module and build caches, ~/.m2, ~/.npm). `python3 tests/sdks/programs.py` fetches and builds everything ahead of the tests.
"""
import contextlib
import fcntl
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("FOGBANK_CACHE") or pathlib.Path.home() / ".cache/fogbank")

# What go_command() fetches where Go is too old to do it alone: x86-64 only, like the server.
GO_TOOLCHAIN = "golang.org/toolchain@v0.0.1-go1.24.11.linux-amd64"
GO_TOOLCHAIN_SUM = "h1:hxQU5yWTnb0g5kLfz0z3G0wrgC9rQGwX9qPSPnpQuGY="


class Unavailable(Exception):
    """A tool is not installed, or too old: the test is skipped with this text."""


def need(tool, package):
    if not shutil.which(tool):
        raise Unavailable(f"{tool} is not installed (Debian's package {package})")


def run(*command, **options):
    done = subprocess.run([str(c) for c in command], stdin=subprocess.DEVNULL, capture_output=True, text=True, **options)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-4000:]}")
    return done.stdout


def kept(name, files, make):
    """The folder that `make` filled from `files`, now or at an earlier time. It appears whole or not at all, and one process makes it."""
    digest = hashlib.sha256(b"\0".join((HERE / f).read_bytes() for f in files)).hexdigest()[:12]
    folder = CACHE / f"{name}-{digest}"
    if folder.is_dir():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            unfinished = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-unfinished-", dir=CACHE))
            with contextlib.ExitStack() as undo:
                undo.callback(shutil.rmtree, unfinished)
                make(unfinished)
                undo.pop_all()
            unfinished.rename(folder)
    return folder


def python(program="journey"):
    return [sys.executable, HERE / f"python/{program}.py"], {}


def cli(program="journey"):
    beside = pathlib.Path(sys.executable).with_name("aws")
    if not beside.exists() and not shutil.which("aws"):
        raise Unavailable("the aws CLI is not installed (tests/requirements.txt)")
    return [sys.executable, HERE / f"cli/{program}.py"], {}


def go_command():
    """A Go that is new enough. From 1.21 on it fetches what go.mod asks for by itself; Debian 12's 1.19 can at least fetch it as the module that it is."""
    need("go", "golang")
    version = re.search(r"go(\d+)\.(\d+)", run("go", "version"))
    if tuple(map(int, version.groups())) >= (1, 21):
        return "go"
    with tempfile.TemporaryDirectory() as empty:
        toolchain = json.loads(run("go", "mod", "download", "-json", GO_TOOLCHAIN, cwd=empty))
    if toolchain["Sum"] != GO_TOOLCHAIN_SUM:
        raise RuntimeError(f"{GO_TOOLCHAIN} has the checksum {toolchain['Sum']}")
    root = pathlib.Path(toolchain["Dir"])
    for tool in [*(root / "bin").iterdir(), *(root / "pkg/tool").rglob("*")]:
        if tool.is_file():
            tool.chmod(0o555)
    return root / "bin/go"


def go(program="journey"):
    need("go", "golang")
    package = {"journey": "."}.get(program, f"./{program}")

    def make(folder):
        # Without debugging information, which takes half of the linker's time.
        env = {k: v for k, v in os.environ.items() if k != "GOROOT"}
        run(go_command(), "build", "-buildvcs=false", "-trimpath", "-ldflags=-w", "-o", folder / program, package, cwd=HERE / "go", env=env)
    source = "go/main.go" if program == "journey" else f"go/{program}/main.go"
    return [kept("sdks-go" if program == "journey" else f"sdks-go-{program}", [source, "go/go.mod", "go/go.sum"], make) / program], {}


def java(program="Journey"):
    need("mvn", "maven")
    need("javac", "default-jdk-headless")

    def libraries(folder):
        run("mvn", "-B", "-q", "-f", HERE / "java/pom.xml", "dependency:copy-dependencies", f"-DoutputDirectory={folder}", cwd=folder)
    jars = kept("sdks-java", ["java/pom.xml"], libraries)

    def classes(folder):
        run("javac", "-encoding", "UTF-8", "-proc:none", "-cp", f"{jars}/*", "-d", folder, HERE / f"java/{program}.java")
    compiled = kept(f"sdks-java-classes-{program}", ["java/pom.xml", f"java/{program}.java"], classes)
    # A program of a few seconds is not worth the optimising compiler's time.
    return ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", f"{compiled}:{jars}/*", program], {}


def js(program="journey"):
    need("node", "nodejs")
    need("npm", "npm")

    def make(folder):
        for file in ("package.json", "package-lock.json"):
            shutil.copy(HERE / "js" / file, folder)
        run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder)
    packages = kept("js", ["js/package.json", "js/package-lock.json"], make)
    return ["node", HERE / f"js/{program}.cjs"], {"NODE_PATH": str(packages / "node_modules")}


PROGRAMS = {"python": python, "cli": cli, "go": go, "java": java, "js": js}
# DynamoDB through what each language maps its own values with (test_tables.py).
TABLES = {"python": lambda: python("tables"), "cli": lambda: cli("tables"), "go": lambda: go("tables"), "java": lambda: java("Tables"), "js": lambda: js("tables")}

if __name__ == "__main__":
    for name, program in [*PROGRAMS.items(), *((f"{n} (tables)", p) for n, p in TABLES.items())]:
        try:
            program()
            print(f"{name}: ready")
        except Unavailable as e:
            print(f"{name}: {e}")

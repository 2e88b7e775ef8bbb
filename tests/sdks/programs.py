"""How each program of this folder is built and started.

Downloads and builds are kept outside the checkout, in $FOGBANK_CACHE (default ~/.cache/fogbank) under names with a digest of what they were made from,
and in the tools' own caches (Go's module and build caches, ~/.m2, ~/.npm). `python3 tests/sdks/programs.py` fetches and builds everything ahead of the tests.
"""
import contextlib
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("FOGBANK_CACHE") or pathlib.Path.home() / ".cache/fogbank")


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
            for old in CACHE.glob(f"{name}-" + "[0-9a-f]" * 12):
                shutil.rmtree(old)
            unfinished.rename(folder)
    return folder


def python():
    return [sys.executable, HERE / "python/journey.py"], {}


def cli():
    beside = pathlib.Path(sys.executable).with_name("aws")
    if not beside.exists() and not shutil.which("aws"):
        raise Unavailable("the aws CLI is not installed (tests/requirements.txt)")
    return [sys.executable, HERE / "cli/journey.py"], {}


def go():
    need("go", "golang")
    wanted = re.search(r"^go (\d+)\.(\d+)", (HERE / "go/go.mod").read_text(), re.M)
    found = re.search(r"go(\d+)\.(\d+)", run("go", "version"))
    # From 1.21 on Go fetches the version that go.mod asks for.
    if tuple(map(int, found.groups())) < (1, 21):
        raise Unavailable(f"Go {found[1]}.{found[2]} is too old for the AWS SDK, which needs {wanted[1]}.{wanted[2]}")

    def make(folder):
        # -w leaves out debugging information, which takes half of the linker's time.
        run("go", "build", "-buildvcs=false", "-trimpath", "-ldflags=-w", "-o", folder / "journey", ".", cwd=HERE / "go")
    return [kept("sdks-go", ["go/main.go", "go/go.mod", "go/go.sum"], make) / "journey"], {}


def java():
    need("mvn", "maven")
    need("javac", "default-jdk-headless")

    def libraries(folder):
        run("mvn", "-B", "-q", "-f", HERE / "java/pom.xml", "dependency:copy-dependencies", f"-DoutputDirectory={folder}", cwd=folder)
    jars = kept("sdks-java", ["java/pom.xml"], libraries)

    def classes(folder):
        run("javac", "-encoding", "UTF-8", "-proc:none", "-cp", f"{jars}/*", "-d", folder, HERE / "java/Journey.java")
    compiled = kept("sdks-java-classes", ["java/pom.xml", "java/Journey.java"], classes)
    # A program of a few seconds is not worth the optimising compiler's time.
    return ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", f"{compiled}:{jars}/*", "Journey"], {}


def js():
    need("node", "nodejs")
    need("npm", "npm")

    def make(folder):
        for file in ("package.json", "package-lock.json"):
            shutil.copy(HERE / "js" / file, folder)
        run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder)
    packages = kept("js", ["js/package.json", "js/package-lock.json"], make)
    return ["node", HERE / "js/journey.cjs"], {"NODE_PATH": str(packages / "node_modules")}


PROGRAMS = {"python": python, "cli": cli, "go": go, "java": java, "js": js}

if __name__ == "__main__":
    for name, program in PROGRAMS.items():
        try:
            program()
            print(f"{name}: ready")
        except Unavailable as e:
            print(f"{name}: {e}")

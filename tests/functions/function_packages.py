"""Packages of the functions in this folder: one function in every language, made once and kept like the programs of tests/sdks."""
import io
import pathlib
import sys
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "sdks"), str(HERE.parent / "clients")]
import programs  # noqa: E402
from conftest import CACHE  # noqa: E402

Unavailable = programs.Unavailable
CLIENTS = CACHE / "lambda"


def zipped(files):
    """{name: bytes, text, or (bytes, mode)} as a zip file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in files.items():
            content, mode = content if isinstance(content, tuple) else (content, 0o644)
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            entry.external_attr = (0o100000 | mode) << 16
            entry.create_system = 3
            entry.compress_type = zipfile.ZIP_DEFLATED
            z.writestr(entry, content)
    return out.getvalue()


def need_client(language):
    if not (CLIENTS / language / "ready").exists():
        raise Unavailable(f"AWS's runtime client for {language} is not installed (tools/lambda-runtimes)")


def kept(name, files, make):
    return programs.kept(name, [f"../functions/{f}" for f in files], make)


def python():
    need_client("python")
    return dict(Runtime="python3.12", Handler="index.handler", Code={"ZipFile": zipped({"index.py": (HERE / "python/index.py").read_bytes()})})


def node():
    need_client("node")
    return dict(Runtime="nodejs20.x", Handler="index.handler", Code={"ZipFile": zipped({"index.mjs": (HERE / "node/index.mjs").read_bytes()})})


def java():
    need_client("java")
    programs.need("javac", "default-jdk-headless")

    def make(folder):
        programs.run("javac", "--release", "17", "-g:source,lines", "-cp", f"{CLIENTS}/java/lib/*", "-d", folder, HERE / "java/example/Handler.java")
    folder = kept("functions-java", ["java/example/Handler.java"], make)
    return dict(Runtime="java17", Handler="example.Handler::handleRequest", Code={"ZipFile": zipped({"example/Handler.class": (folder / "example/Handler.class").read_bytes()})})


def go():
    programs.need("go", "golang")

    def make(folder):
        env = {**{k: v for k, v in programs.os.environ.items() if k != "GOROOT"}, "CGO_ENABLED": "0"}
        programs.run(programs.go_command(), "build", "-buildvcs=false", "-trimpath", "-tags", "lambda.norpc", "-ldflags=-s -w", "-o", folder / "bootstrap", ".", cwd=HERE / "go", env=env)
    folder = kept("functions-go", ["go/main.go", "go/go.mod", "go/go.sum"], make)
    return dict(Runtime="provided.al2023", Handler="bootstrap", Code={"ZipFile": zipped({"bootstrap": ((folder / "bootstrap").read_bytes(), 0o755)})})


def shell():
    return dict(Runtime="provided.al2023", Handler="bootstrap", Code={"ZipFile": zipped({"bootstrap": ((HERE / "shell/bootstrap").read_bytes(), 0o755)})})


LANGUAGES = {"python": python, "node": node, "java": java, "go": go, "shell": shell}

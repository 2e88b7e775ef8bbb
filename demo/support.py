"""What the demo stands on: a network of its own, people with keys, and lines on the screen."""
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("FOGBANK_BUILD") or ROOT / "build/release")
CLIENTS = pathlib.Path(os.environ.get("FOGBANK_CACHE") or pathlib.Path.home() / ".cache/fogbank") / "clients/bin"
REGION = "eu-west-1"


def isolate():
    """Runs this program again where only loopback exists, with the Python that has boto3. Where no such place can be made, on the machine's own network."""
    if os.environ.get("FOGBANK_DEMO_INSIDE"):
        return
    python = [str(CLIENTS / "python"), *sys.argv]
    enter = ["unshare", "--net", *([] if os.geteuid() == 0 else ["--map-root-user", "--user"])]
    up = 'ip link set lo up 2>/dev/null || ifconfig lo up; exec "$@"'
    try:
        alone = subprocess.run([*enter, "true"], stdin=subprocess.DEVNULL, capture_output=True).returncode == 0
    except FileNotFoundError:
        alone = False
    command = [*enter, "sh", "-c", up, "sh", *python] if alone else python
    os.execvpe(command[0], command, dict(os.environ, FOGBANK_DEMO_INSIDE="alone" if alone else "shared"))


def clean_environment():
    """Nothing of the user's own AWS set-up, proxies or running servers reaches the demo."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "TF_VAR_")) or name.lower() in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
            del os.environ[name]
    os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_EC2_METADATA_DISABLED="true", AWS_DEFAULT_REGION=REGION, AWS_PAGER="",
                      PATH=f"{BUILD}:{CLIENTS}:{os.environ['PATH']}")


class Trouble(Exception):
    """What the demo shows is not so."""


def expect(condition, otherwise):
    if not condition:
        raise Trouble(otherwise)


def wait_for(condition, what, seconds=30):
    """The first true value of `condition`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        expect(time.monotonic() < deadline, f"after {seconds} seconds still not so: {what}")
        time.sleep(0.02)


class Screen:
    def __init__(self):
        colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self.paint = (lambda code, text: f"\033[{code}m{text}\033[0m") if colours else (lambda code, text: text)
        self.number = 0
        self.began = time.monotonic()

    def title(self, text, note):
        print(f"{self.paint('1', text)}\n{self.paint('2', note)}", flush=True)

    def step(self, text):
        self.number += 1
        print(f"\n{self.paint('1;36', f'{self.number:2}  {text}')}", flush=True)

    def ok(self, text):
        print(f"    {self.paint('32', '✓')} {text}", flush=True)

    def command(self, text):
        print(f"    {self.paint('1', '$ ' + text)}", flush=True)

    def quote(self, text):
        for line in text.strip("\n").splitlines():
            print(" " * 8 + self.paint("2", line))
        sys.stdout.flush()

    def failed(self, text):
        print(f"    {self.paint('1;31', '✗')} {text}", flush=True)

    def end(self, text):
        print(f"\n{self.paint('1;32', text)} ({time.monotonic() - self.began:.0f} s)", flush=True)


class Person:
    """Somebody with an access key: boto3 clients, and commands of a shell."""

    def __init__(self, server, screen, key, secret="test", **config):
        self.server, self.screen, self.key, self.secret = server, screen, key, secret
        self.config, self.clients = config, {}

    def client(self, service):
        if service not in self.clients:
            self.clients[service] = self.server.client(service, key=self.key, secret=self.secret, region=REGION, **self.config)
        return self.clients[service]

    def run(self, *command, shown=None, cwd=None, expected=0):
        """Shows a command, runs it and returns what it printed."""
        self.screen.command(shown or " ".join(command))
        env = dict(os.environ, AWS_ENDPOINT_URL=self.server.url.replace("127.0.0.1", "localhost"), AWS_ACCESS_KEY_ID=self.key, AWS_SECRET_ACCESS_KEY=self.secret,
                   FOGBANK_PORT=str(self.server.port))
        done = subprocess.run(command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        expect(done.returncode == expected, f"`{shown or ' '.join(command)}` ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout + (done.stderr if expected else "")


def document(name, **values):
    """A policy of policies/ with its ${names} filled in."""
    text = (ROOT / "demo/policies" / f"{name}.json").read_text()
    for key, value in values.items():
        text = text.replace("${" + key + "}", value)
    return json.dumps(json.loads(text))


def load(path, name):
    """A Python file that is no package, as a module."""
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def descendants(pid):
    """A process and all that come from it."""
    out, todo = [], [pid]
    while todo:
        pid = todo.pop()
        out.append(pid)
        for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                todo += [int(child) for child in task.read_text().split()]
            except OSError:
                pass
    return out

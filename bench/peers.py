"""The servers that Fogbank is measured beside: how each is installed (once, in $FOGBANK_CACHE, from the package registries) and started."""
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path(os.environ.get("FOGBANK_CACHE") or pathlib.Path.home() / ".cache/fogbank")
PYTHON = ["moto[server]==5.2.1", "ministack==1.5.33"]
DYNALITE = "dynalite@4.0.0"
JAVA = ["dynamodb-local", "elasticmq"]   # folders with a pom.xml
STATIC = {"s3-get-1k", "s3-get-64m"}
DYNAMODB = {"ddb-put", "ddb-get", "ddb-query"}
SQS = {"sqs-send", "sqs-cycle"}
PORT = 18000


class Peer:
    """`scenarios`: what it can do, None for everything; `setup`: before its start."""

    def __init__(self, name, command, port, probe="s3", env=None, scenarios=None, setup=None):
        self.name, self.command, self.port, self.probe, self.env, self.scenarios, self.setup = name, command, port, probe, env or {}, scenarios, setup


def once(name, make):
    folder = CACHE / name
    if not (folder / "ready").exists():
        print(f"bench: installing {name} once …", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        make(folder)
        (folder / "ready").touch()


def install(names):
    """What the peers of these names need; made while there is a network."""
    def python(folder):
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(folder / "bin/pip"), "install", "-q", *PYTHON], check=True)
    if not names or names & {"moto", "ministack"}:
        once("peers", python)
    if not names or "dynalite" in names:
        once("peer-dynalite", lambda folder: subprocess.run(["npm", "install", "--silent", "--ignore-scripts", "--prefix", str(folder), DYNALITE], check=True))
    for java in JAVA:
        if not names or java in names:
            pom = ROOT / "bench/peers" / java / "pom.xml"
            once("peer-" + java, lambda folder: subprocess.run(["mvn", "-B", "-q", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={folder}"], check=True))


def nginx(work):
    static, conf = work / "www", work / "nginx.conf"

    def files():
        subprocess.run([str(CACHE / "load"), "-mode", "genfiles", "-dir", str(static)], check=True)
        user = "user root; " if os.geteuid() == 0 else ""  # or its workers could not read our files
        conf.write_text(f"{user}daemon off; worker_processes 1; pid {work}/nginx.pid; error_log {work}/nginx.err; events {{ worker_connections 1024; }}\n"
                        f"http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; server {{ listen 127.0.0.1:{PORT + 1}; root {static}; default_type application/octet-stream; }} }}\n")
    return Peer("nginx", [shutil.which("nginx") or "/usr/sbin/nginx", "-p", str(work), "-c", str(conf)], PORT + 1, "get", scenarios=STATIC, setup=files)


def dynamodb_local():
    folder = CACHE / "peer-dynamodb-local"
    # -sharedDb with a path would be durable; in memory is its fastest.
    return Peer("dynamodb-local", ["java", f"-Dsqlite4java.library.path={folder}", "-cp", f"{folder}/*", "com.amazonaws.services.dynamodbv2.local.main.ServerRunner",
                                   "-inMemory", "-disableTelemetry", "-port", str(PORT + 5)], PORT + 5, "ddb", scenarios=DYNAMODB)


def elasticmq(work):
    conf = work / "elasticmq.conf"

    def configuration():
        conf.write_text(f'include classpath("application.conf")\nnode-address {{ host = localhost, port = {PORT + 6} }}\n'
                        f'rest-sqs {{ bind-port = {PORT + 6}, bind-hostname = "127.0.0.1" }}\nrest-stats {{ enabled = false }}\n')
    return Peer("elasticmq", ["java", f"-Dconfig.file={conf}", "-cp", f"{CACHE}/peer-elasticmq/*", "org.elasticmq.server.Main"], PORT + 6, "sqs", scenarios=SQS, setup=configuration)


def peers(work):
    yield Peer("fogbank", [str(ROOT / "build/release/fogbank"), "start", "--port", str(PORT), "--data", str(work / "data"), "--quiet"], PORT)
    yield nginx(work)
    yield Peer("ministack", [str(CACHE / "peers/bin/ministack")], 4566, env={"GATEWAY_PORT": "4566", "MINISTACK_HOST": "127.0.0.1"})
    yield Peer("moto", [str(CACHE / "peers/bin/moto_server"), "-H", "127.0.0.1", "-p", str(PORT + 3)], PORT + 3)
    yield Peer("dynalite", [str(CACHE / "peer-dynalite/node_modules/.bin/dynalite"), "--port", str(PORT + 4), "--createTableMs", "0", "--deleteTableMs", "0"], PORT + 4, "ddb", scenarios=DYNAMODB)
    yield dynamodb_local()
    yield elasticmq(work)

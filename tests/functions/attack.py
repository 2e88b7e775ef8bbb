"""What a hostile function does from inside (test_attacks.py). Each `do` answers with what it got, or the refusal as text."""
import ctypes
import errno
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

libc = ctypes.CDLL(None, use_errno=True)
API = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"]
OWN = os.environ["AWS_ENDPOINT_URL"]
started = time.time()


def tried(f):
    try:
        return f()
    except BaseException as e:
        return type(e).__name__ + ": " + str(e)


def call(number, *arguments):
    """A system call by its number: the name of its error, or "DONE"."""
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
    return "DONE" if result >= 0 else errno.errorcode.get(ctypes.get_errno(), "?")


def raw(text, where=("127.0.0.1", 4566)):
    """The status line that a hand-written request gets."""
    with socket.create_connection(where, 3) as s:
        s.settimeout(5)
        s.sendall(text.encode("latin-1"))
        return s.recv(300).split(b"\r\n")[0].decode("latin-1")


def http(path, method="GET", headers={}, data=None, where=OWN):
    request = urllib.request.Request(where + path, method=method, headers=headers, data=data)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return [answer.status, answer.read().decode("latin-1")[:300]]
    except urllib.error.HTTPError as e:
        return [e.code, e.read().decode("latin-1")[:300]]


def kernel():
    """By number (x86-64), so that no library stands between."""
    buffer = ctypes.create_string_buffer(4096)
    return {
        "mount": call(165, b"none", b"/tmp", b"tmpfs", 0, None), "umount2": call(166, b"/proc", 2), "pivot_root": call(155, b"/tmp", b"/tmp"), "chroot": call(161, b"/tmp"),
        "fsopen": call(430, b"tmpfs", 0), "open_tree": call(428, -100, b"/", 1), "mount_setattr": call(442, -100, b"/", 0, buffer, 32),
        "unshare user": call(272, 0x10000000), "unshare mount": call(272, 0x20000), "setns": call(308, 0, 0), "clone user": call(56, 0x10000000 | 17, 0, 0, 0, 0), "clone3": call(435, buffer, 88),
        "ptrace": call(101, 16, 1, 0, 0), "process_vm_readv": call(310, 1, buffer, 1, buffer, 1, 0), "kcmp": call(312, 1, 2, 0, 0, 0), "pidfd_getfd": call(438, 0, 0, 0),
        "add_key": call(248, b"user", b"k", b"v", 1, -2), "keyctl": call(250, 0, -3, 0), "request_key": call(249, b"user", b"k", None, 0),
        "bpf": call(321, 0, buffer, 64), "perf_event_open": call(298, buffer, 0, -1, -1, 0), "userfaultfd": call(323, 0), "io_uring_setup": call(425, 8, buffer), "memfd_create": call(319, b"x", 0),
        "setuid 0": call(105, 0), "setgid 0": call(106, 0), "setgroups": call(116, 0, None), "capset": call(126, buffer, buffer), "setresuid 0": call(117, 0, 0, 0),
        "reboot": call(169, 0xfee1dead, 672274793, 0x1234567, None), "init_module": call(175, buffer, 10, b""), "kexec_load": call(246, 0, 0, None, 0), "swapon": call(167, b"/tmp/x", 0),
        "sethostname": call(170, b"x", 1), "settimeofday": call(164, buffer, None), "clock_settime": call(227, 0, buffer), "syslog": call(103, 3, buffer, 4096), "acct": call(163, b"/tmp/x"),
        "iopl": call(172, 3), "open_by_handle_at": call(304, -100, buffer, 0), "name_to_handle_at": call(303, -100, b"/tmp", buffer, buffer, 0), "fanotify_init": call(300, 0, 0),
        "mknod disk": call(133, b"/tmp/disk", 0o60666, 0x0800), "x32": call(0x40000000 | 39), "quotactl": call(179, 0, b"/", 0, None), "personality": "EPERM" if call(135, 0x0400000) != "DONE" else "DONE (harmless)",
        "AF_PACKET": tried(lambda: socket.socket(17, socket.SOCK_RAW) and "DONE"), "raw IP": tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1) and "DONE"),
        "AF_ALG": tried(lambda: socket.socket(38, socket.SOCK_SEQPACKET) and "DONE"), "AF_VSOCK": tried(lambda: socket.socket(40, socket.SOCK_STREAM) and "DONE"),
        "AF_KEY": tried(lambda: socket.socket(15, socket.SOCK_RAW, 2) and "DONE"),
    }


def privileges():
    status = dict(line.split(":\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
    os.system("cp /bin/sh /tmp/rootsh 2>/dev/null; chmod 4755 /tmp/rootsh 2>/dev/null")
    return {"uid": os.getuid(), "caps": [status[k].strip() for k in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")], "no_new_privs": status["NoNewPrivs"].strip(), "seccomp": status["Seccomp"].strip(),
            "setuid copy": subprocess.run(["/tmp/rootsh", "-p", "-c", "id -u"], capture_output=True, text=True).stdout.strip(),
            "su": subprocess.run("su -c id root < /dev/null", shell=True, capture_output=True, text=True).returncode != 0,
            "userns": subprocess.run("unshare -Ur id -u", shell=True, capture_output=True, text=True).stdout.strip()}


def files(paths):
    out = {}
    for path in paths:
        out[path] = [tried(lambda: open(path, "rb").read(64).hex()) if not os.path.isdir(path) else tried(lambda: os.listdir(path)[:5])]
    return out


def writable():
    """Everything outside /tmp that can be written."""
    found = []
    for top in ("/", "/usr", "/usr/bin", "/etc", "/opt", "/var", "/var/task", "/var/runtime", "/run", "/dev", "/proc", "/proc/sys/kernel", "/proc/sys/net/ipv4", "/sys", "/home", "/root"):
        if tried(lambda: open(os.path.join(top, "made"), "w")) and os.path.exists(os.path.join(top, "made")):
            found.append(top)
    for file in ("/proc/sys/kernel/core_pattern", "/proc/sys/vm/overcommit_memory", "/proc/sysrq-trigger", "/proc/self/uid_map", "/proc/self/setgroups", "/proc/1/oom_score_adj", "/proc/1/mem",
                 "/proc/1/environ", "/etc/hosts", "/etc/passwd", "/proc/self/attr/current"):
        def write():
            with open(file, "w") as f:
                f.write("1000")
            return "WRITTEN"
        if tried(write) == "WRITTEN":
            found.append(file)
    for name in ("tracing", "debugfs", "cgroup"):
        if os.path.exists("/sys/" + name):
            found.append("/sys/" + name)
    return found


def processes():
    """Others' processes: ids that can be seen, and what can be done to process 1."""
    ids = [int(p) for p in os.listdir("/proc") if p.isdigit()]
    seen = {"count": len(ids), "commands": sorted({tried(lambda: open(f"/proc/{p}/comm").read().strip()) for p in ids})}
    for name in ("environ", "mem", "maps", "root", "cwd", "exe", "fd"):
        path = f"/proc/1/{name}"
        seen[name] = tried(lambda: (os.readlink(path + "/3") if name == "fd" else os.readlink(path) if name in ("root", "cwd", "exe") else open(path, "rb").read(32)) and "READ")
    seen["fd 3"] = tried(lambda: os.open("/proc/1/fd/3", os.O_RDWR) and "READ")
    for signal in (9, 19, 15, 6, 11):
        tried(lambda: os.kill(1, signal))
    seen["kill all"] = tried(lambda: os.kill(-1, 0))
    seen["parent"] = os.getppid()
    return seen


def admin(token):
    paths = ("/_fogbank/status", "//_fogbank/status", "/./_fogbank/status", "/x/../_fogbank/status", "/%5ffogbank/status", "/_fogbank%2fstatus", "/_FOGBANK/status", "/_fogbank", "/_fogbank/mail", "/_fogbank/clock")
    out = {}
    for path in paths:
        for host in ("localhost:4566", "127.0.0.1", "fogbank.localhost", "_fogbank", "[::1]"):
            for extra in ("", f"X-Fogbank-Token: {token}\r\n", f"X-Fogbank-Token: {token}\r\nX-Forwarded-For: 127.0.0.1\r\nForwarded: for=127.0.0.1\r\nX-Real-IP: 127.0.0.1\r\n"):
                out[f"{path} {host} {len(extra)}"] = tried(lambda: raw(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{extra}Connection: close\r\n\r\n"))
    out["absolute"] = tried(lambda: raw(f"GET http://localhost/_fogbank/status HTTP/1.1\r\nHost: localhost\r\nX-Fogbank-Token: {token}\r\n\r\n"))
    out["post"] = tried(lambda: raw(f"POST /_fogbank/reset HTTP/1.1\r\nHost: localhost\r\nX-Fogbank-Token: {token}\r\nContent-Length: 0\r\n\r\n"))
    out["through the runtime API"] = tried(lambda: raw(f"GET /_fogbank/status HTTP/1.1\r\nHost: localhost\r\nX-Fogbank-Token: {token}\r\n\r\n", ("127.0.0.1", 9001)))
    return out


def reach(addresses, ports):
    """Everything that may be the host: addresses with ports. What answers, or even accepts, is named."""
    reached, lock = [], threading.Lock()

    def one(address, port):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        s = socket.socket(family, socket.SOCK_STREAM)
        s.settimeout(2)
        try:
            s.connect((address, port))
            with lock:
                reached.append(f"{address} {port}")
        except OSError:
            pass
        finally:
            s.close()
    threads = [threading.Thread(target=one, args=(a, p)) for a in addresses for p in ports]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return reached


def abstract(names):
    def one(name):
        s = socket.socket(socket.AF_UNIX)
        s.connect(name)
        return "REACHED"
    return [tried(lambda: one(n)) for n in names]


def sign(session):
    """With keys that are not its own, and its own in ways that they are not for."""
    import boto3
    from botocore.config import Config
    quiet = Config(retries={"max_attempts": 0})
    key, secret, token = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"], os.environ["AWS_SESSION_TOKEN"]

    def whoami(k, s, t):
        return tried(lambda: boto3.client("sts", aws_access_key_id=k, aws_secret_access_key=s, aws_session_token=t, config=quiet).get_caller_identity()["Arn"])
    changed = token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")
    out = {name: whoami(*who) for name, who in {
        "test": ("test", "test", None), "account": ("000000000000", "test", None), "other account": ("111122223333", "test", None), "test with token": ("test", "test", token),
        "no token": (key, secret, None), "changed token": (key, secret, changed), "other's token": (key, secret, session), "wrong secret": (key, "x" * 40, token), "root": ("root", "root", None),
        "admin token as token": (key, secret, session)}.items()}
    out["own"] = whoami(key, secret, token)
    out["unsigned"] = http("/?Action=GetCallerIdentity&Version=2011-06-15")[0]
    out["query"] = http("/?Action=GetCallerIdentity&Version=2011-06-15&AWSAccessKeyId=test&Signature=x&SignatureVersion=2&SignatureMethod=HmacSHA256")[0]
    out["basic"] = http("/bucket", headers={"Authorization": "AWS test:c2lnbmF0dXJl"})[0]
    client = boto3.client("s3", aws_access_key_id="test", aws_secret_access_key="test")
    url = client.generate_presigned_url("list_buckets")
    out["presigned"] = http(url[len(OWN):] if url.startswith(OWN) else url)[0] if url.startswith(OWN) else url
    return out


def runtime_api():
    """Malformed and too much, while the invocation's own answer is still to come."""
    where = ("127.0.0.1", 9001)
    run = "/2018-06-01/runtime/invocation/"
    out = {
        "garbage": tried(lambda: raw("\x00\x01\x02 garbage\r\n\r\n", where)),
        "huge header": tried(lambda: raw(f"GET {run}next HTTP/1.1\r\nHost: x\r\nX-Big: {'y' * 200000}\r\n\r\n", where)),
        "many headers": tried(lambda: raw(f"GET {run}next HTTP/1.1\r\nHost: x\r\n" + "".join(f"X-{i}: y\r\n" for i in range(5000)) + "\r\n", where)),
        "long path": tried(lambda: raw(f"GET {run}{'z' * 100000} HTTP/1.1\r\nHost: x\r\n\r\n", where)),
        "bad length": tried(lambda: raw(f"POST {run}x/response HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", where)),
        "two lengths": tried(lambda: raw(f"POST {run}x/response HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", where)),
        "bad chunk": tried(lambda: raw("POST /2020-01-01/extension/register HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n", where)),
        "other request": http(run + "00000000-0000-4000-8000-000000000000/response", "POST", data=b"1", where=API),
        "empty request": http(run + "/response", "POST", data=b"1", where=API),
        "dots": http(run + "../invocation/next", where=API),
        "next": http(run + "next", where=API),
        "init error late": http("/2018-06-01/runtime/init/error", "POST", data=b"{}", where=API),
        "register late": http("/2020-01-01/extension/register", "POST", {"Lambda-Extension-Name": "late"}, b'{"events":["INVOKE"]}', where=API),
        "someone's extension": http("/2020-01-01/extension/event/next", headers={"Lambda-Extension-Identifier": "00000000-0000-4000-8000-000000000000"}, where=API),
        "huge registration": http("/2020-01-01/extension/register", "POST", {"Lambda-Extension-Name": "big"}, b"x" * (300 << 10), where=API),
    }
    return out


def hoard(port, count):
    """Connections that are held, each with a request that is not ended."""
    kept, refusals = [], 0
    for i in range(count):
        try:
            s = socket.create_connection(("127.0.0.1", port), 2)
            s.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 60000000\r\n\r\n" + b"x" * 1000)
            kept.append(s)
        except OSError:
            refusals += 1
    time.sleep(0.5)
    answered = 0
    for s in kept:
        s.setblocking(False)
        try:
            answered += bool(s.recv(100))
        except OSError:
            pass
    return {"held": len(kept) - answered, "refused": refusals + answered}


def fill_server(megabytes):
    """Bodies that are never ended, to fill the server's memory."""
    kept, sent = [], 0
    for i in range(megabytes // 8):
        try:
            s = socket.create_connection(("127.0.0.1", 4566), 2)
            s.settimeout(2)
            s.sendall(b"POST /2015-03-31/functions HTTP/1.1\r\nHost: lambda.us-east-1.amazonaws.com\r\nAuthorization: AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0\r\nContent-Length: 60000000\r\n\r\n")
            for _ in range(8):
                s.sendall(b"x" * (1 << 20))
                sent += 1
            kept.append(s)
        except OSError:
            pass
    return sent


def inodes(count):
    made = 0
    try:
        for i in range(count):
            os.close(os.open(f"/tmp/i{i}", os.O_CREAT | os.O_WRONLY))
            made += 1
    except OSError as e:
        return [made, errno.errorcode[e.errno]]
    return [made, "DONE"]


def daemon():
    """Left behind after the answer: writes on, deaf to every signal."""
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        import signal
        for s in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGUSR1):
            signal.signal(s, signal.SIG_IGN)
        while True:
            with open("/tmp/beat", "a") as f:
                f.write(f"{time.time()}\n")
            time.sleep(0.02)
    beats(3)
    return True


def beats(count):
    """When it wrote, as soon as there are so many."""
    while True:
        found = [float(line) for line in open("/tmp/beat").read().split()] if os.path.exists("/tmp/beat") else []
        if len(found) >= count:
            return found
        time.sleep(0.01)


def handler(event, context):
    what = event.pop("do")
    if what == "ok":
        return "ok"
    if what == "who":
        import boto3
        mark = os.path.exists("/tmp/mark") and open("/tmp/mark").read()
        with open("/tmp/mark", "w") as f:
            f.write(event["mark"])
        return {"mark": mark, "arn": boto3.client("sts").get_caller_identity()["Arn"], "colour": os.environ.get("COLOUR"), "started": started, "stream": context.log_stream_name}
    if what == "beats":
        return beats(len(beats(1)) + 3)
    if what == "print":
        line = "x" * 1023 + "\n"
        for _ in range(event["megabytes"] << 10):
            sys.stdout.write(line)
        return "printed"
    if what == "binary":
        os.write(1, bytes(range(256)) * 8 + b"\n")
        os.write(3, b"\xa5\x5a\x00\x01\x7f\xff\xff\xff" + b"\0" * 8 + b"frame that lies about its length\n")
        os.write(3, b"\xa5\x5a\x00\x01\x00\x00\x10\x00" + b"\0" * 8 + b"half a frame\n")
        os.write(2, b"START RequestId: forged Version: $LATEST\nREPORT RequestId: forged\tDuration: 0.01 ms\n")
        os.write(1, b"y" * (600 << 10))
        return "written"
    if what == "twice":
        api = "/2018-06-01/runtime/invocation/" + context.aws_request_id
        first = http(api + "/response", "POST", data=b'"first"', where=API)
        print("second", http(api + "/response", "POST", data=b'"second"', where=API), flush=True)
        print("error", http(api + "/error", "POST", data=b'{}', where=API), flush=True)
        return first
    if what == "big answer":
        return "x" * (7 << 20)
    return globals()[what](**event)

"""An OpenID Connect issuer on loopback for tests: its own certificate, its keys, its tokens. Keys and signatures are made by openssl."""
import base64
import http.server
import json
import pathlib
import ssl
import subprocess
import threading
import time


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*args, data=None):
    run = subprocess.run(["openssl", *map(str, args)], input=data, capture_output=True)
    assert run.returncode == 0, run.stderr.decode()
    return run.stdout


class Key:
    """A signing key: RS256 or ES256."""

    def __init__(self, folder, kid, algorithm="RS256"):
        self.kid, self.algorithm, self.path = kid, algorithm, folder / f"{kid}.pem"
        if algorithm == "RS256":
            openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self.path)
            modulus = openssl("rsa", "-in", self.path, "-noout", "-modulus").decode().strip().split("=")[1]
            self.jwk = {"kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256", "n": b64(bytes.fromhex(modulus)), "e": "AQAB"}
        else:
            openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", self.path)
            point = openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")[-64:]
            self.jwk = {"kty": "EC", "kid": kid, "use": "sig", "crv": "P-256", "x": b64(point[:32]), "y": b64(point[32:])}

    def sign(self, text):
        signature = openssl("dgst", "-sha256", "-sign", self.path, data=text.encode())
        if self.algorithm == "RS256":
            return signature
        numbers = []
        at = 2  # SEQUENCE
        for _ in range(2):
            length = signature[at + 1]
            numbers.append(int.from_bytes(signature[at + 2:at + 2 + length], "big").to_bytes(32, "big"))
            at += 2 + length
        return b"".join(numbers)


class Issuer:
    """Serves a discovery document and a key set on https://localhost:PORT until close()."""

    def __init__(self, folder, path=""):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        cert, key = self.folder / "cert.pem", self.folder / "tls.pem"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert)
        self.thumbprint = openssl("x509", "-in", cert, "-noout", "-fingerprint", "-sha1").decode().strip().split("=")[1].replace(":", "").lower()
        self.keys = [Key(self.folder, "one")]
        self.requests = []
        self.delay = 0
        self.status = 200
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.requests.append(self.path)
                time.sleep(issuer.delay)
                if self.path == path + "/.well-known/openid-configuration":
                    body = {"issuer": issuer.url, "jwks_uri": issuer.url + "/keys"}
                elif self.path == path + "/keys":
                    body = {"keys": [k.jwk for k in issuer.keys]}
                else:
                    return self.send_error(404)
                body = json.dumps(body).encode()
                self.send_response(issuer.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):  # a client that hangs up during TLS
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.name = f"localhost:{self.server.server_port}{path}"
        self.url = "https://" + self.name
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def token(self, key=None, header=None, now=None, **claims):
        """A token of this issuer; a claim that is None is left out."""
        key = key or self.keys[0]
        now = int(now or time.time())
        payload = {"iss": self.url, "aud": "app", "sub": "alice@example.com", "iat": now, "exp": now + 600, **claims}
        payload = {k: v for k, v in payload.items() if v is not None}
        head = {"alg": key.algorithm, "typ": "JWT", "kid": key.kid, **(header or {})}
        text = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(payload).encode())}"
        return f"{text}.{b64(key.sign(text))}"

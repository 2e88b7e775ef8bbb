"""A connection that signs its requests (SigV4), for the measuring programs of this folder: less work per call than an SDK's client.

One thread per connection. The key's derivation is kept for the day.
"""
import datetime
import hashlib
import hmac
import http.client


class Connection:
    def __init__(self, port, service, kind, key="test", secret="test", region="us-east-1"):
        self.host, self.service, self.kind, self.key, self.secret, self.region = f"localhost:{port}", service, kind, key, secret, region
        self.connection = http.client.HTTPConnection("localhost", port)
        self.day = None

    def post(self, body, **headers):
        """(status, body of the answer)"""
        now = datetime.datetime.now(datetime.timezone.utc)
        stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
        if day != self.day:
            k = ("AWS4" + self.secret).encode()
            for part in (day, self.region, self.service, "aws4_request"):
                k = hmac.new(k, part.encode(), hashlib.sha256).digest()
            self.day, self.derived = day, k
        canonical = (f"POST\n/\n\ncontent-type:{self.kind}\nhost:{self.host}\nx-amz-date:{stamp}\n\ncontent-type;host;x-amz-date\n{hashlib.sha256(body).hexdigest()}")
        scope = f"{day}/{self.region}/{self.service}/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.new(self.derived, text.encode(), hashlib.sha256).hexdigest()
        self.connection.request("POST", "/", body, {
            "Host": self.host, "Content-Type": self.kind, "X-Amz-Date": stamp, **headers,
            "Authorization": f"AWS4-HMAC-SHA256 Credential={self.key}/{scope}, SignedHeaders=content-type;host;x-amz-date, Signature={signature}"})
        answer = self.connection.getresponse()
        return answer.status, answer.read()

"""CRC-32C and CRC-64/NVME for the SDK, which takes them from a native package that our clients do not have."""
import base64

from botocore import httpchecksum


def table(polynomial):
    rows = []
    for n in range(256):
        for _ in range(8):
            n = (n >> 1) ^ polynomial if n & 1 else n >> 1
        rows.append(n)
    return rows


class Crc(httpchecksum.BaseChecksum):
    """A reflected CRC with all bits set before and inverted after."""
    BITS, TABLE = 32, []

    def __init__(self):
        self.state = (1 << self.BITS) - 1

    def update(self, chunk):
        state, rows = self.state, self.TABLE
        for byte in chunk:
            state = rows[(state ^ byte) & 0xFF] ^ (state >> 8)
        self.state = state

    def digest(self):
        return (self.state ^ ((1 << self.BITS) - 1)).to_bytes(self.BITS // 8, "big")


class Crc32c(Crc):
    BITS, TABLE = 32, table(0x82F63B78)


class Crc64Nvme(Crc):
    BITS, TABLE = 64, table(0x9A6C9329AC4BC9B5)


def of(name, data):
    crc = {"CRC32C": Crc32c, "CRC64NVME": Crc64Nvme}[name]()
    crc.update(data)
    return base64.b64encode(crc.digest()).decode()


def install():
    for name, kind in (("crc32c", Crc32c), ("crc64nvme", Crc64Nvme)):
        httpchecksum._CHECKSUM_CLS.setdefault(name, kind)
        httpchecksum._SUPPORTED_CHECKSUM_ALGORITHMS.append(name)

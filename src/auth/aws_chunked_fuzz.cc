// aws-chunked bodies: any bytes, in any mode and any splitting, give one and the same outcome, and never more data than announced.
#include "auth/aws_chunked.h"

using namespace fogbank;
using namespace fogbank::auth;

namespace {

struct Outcome {
  std::string code, data;
  std::vector<std::pair<std::string, std::string>> trailers;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome decode(uint8_t mode, int64_t length, std::string_view body, size_t step) {
  ChunkedOptions o;
  o.mode = mode % 3 == 0 ? Payload::chunked_signed : mode % 3 == 1 ? Payload::chunked_signed_trailer : Payload::chunked_unsigned_trailer;
  o.decoded_length = length;
  if (mode & 64) o.declared_trailers = {"x-amz-checksum-crc32"};
  if (o.mode != Payload::chunked_unsigned_trailer) o.signing.emplace();
  AwsChunkedDecoder d(std::move(o));
  Outcome out;
  Result<void> r;
  for (size_t at = 0; r && at < body.size(); at += step)
    r = d.feed(body.substr(at, step), [&](std::string_view p) -> Result<void> { out.data += p; return {}; });
  if (r) r = d.finish();
  if (!r) out.code = r.error().code;
  if (r && d.decoded() != length) __builtin_trap();
  out.trailers = d.trailers();
  return out;
}

}  // namespace

// Byte 0: mode; byte 1: length of the pieces; byte 2: decoded length; then the body.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3) return 0;
  std::string_view body(reinterpret_cast<const char*>(data) + 3, size - 3);
  Outcome whole = decode(data[0], data[2], body, body.size() + 1);
  if (whole.data.size() > data[2]) __builtin_trap();
  if (!(decode(data[0], data[2], body, size_t(data[1]) + 1) == whole)) __builtin_trap();
  return 0;
}

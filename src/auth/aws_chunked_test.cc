#include "auth/aws_chunked.h"

#include <doctest/doctest.h>

#include "auth/sigv4_test_support.h"
#include "base/random.h"

using namespace fogbank;
using namespace fogbank::auth;
using namespace fogbank::auth::test;

namespace {

constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
constexpr std::string_view kSeed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";

ChunkSigning signing(std::string_view seed = kSeed) {
  ChunkSigning s;
  s.key = derive_signing_key(kSecret, "20130524", "us-east-1", "s3");
  s.amz_date = "20130524T000000Z";
  s.scope = "20130524/us-east-1/s3/aws4_request";
  s.seed_signature = seed;
  s.access_key_id = "AKIAIOSFODNN7EXAMPLE";
  s.canonical_request = "seed";
  return s;
}

/// Writes bodies as clients do.
struct Writer {
  bool is_signed = true;
  ChunkSigning s = signing();
  std::string previous = s.seed_signature, out;

  std::string sign(std::string_view algorithm, std::string_view hashes) {
    return sign_text(s.key, cat(algorithm, '\n', s.amz_date, '\n', s.scope, '\n', previous, '\n', hashes));
  }
  Writer& chunk(std::string_view data, bool close = true) {
    char size[32];
    std::snprintf(size, sizeof size, "%zx", data.size());
    out += size;
    if (is_signed) {
      previous = sign("AWS4-HMAC-SHA256-PAYLOAD", cat(kEmptySha256, '\n', sha256_hex(data)));
      append(out, ";chunk-signature=", previous);
    }
    append(out, "\r\n", data, close ? "\r\n" : "");
    return *this;
  }
  Writer& last() { return chunk("", false); }
  Writer& trailer(std::string_view name, std::string_view value) {
    append(out, name, ':', value, "\r\n");
    if (is_signed) append(out, "x-amz-trailer-signature:", sign("AWS4-HMAC-SHA256-TRAILER", sha256_hex(cat(name, ':', value, '\n'))), "\r\n");
    return *this;
  }
  std::string end() { return out + "\r\n"; }
};

ChunkedOptions options(Payload mode, int64_t length, std::vector<std::string> trailers = {}) {
  ChunkedOptions o;
  o.mode = mode;
  o.decoded_length = length;
  o.declared_trailers = std::move(trailers);
  if (mode != Payload::chunked_unsigned_trailer) o.signing = signing();
  return o;
}

struct Outcome {
  std::string data, code, message;
  ApiError error;
  std::vector<std::pair<std::string, std::string>> trailers;
};

/// Decodes in pieces of `step` bytes.
Outcome decode(ChunkedOptions o, std::string_view body, size_t step = 1 << 20) {
  Outcome out;
  AwsChunkedDecoder d(std::move(o));
  auto take = [&](std::string_view piece) -> Result<void> { out.data += piece; return {}; };
  Result<void> r;
  for (size_t at = 0; r && at < body.size(); at += step) r = d.feed(body.substr(at, step), take);
  if (r) r = d.finish();
  if (!r) {
    out.error = r.error();
    out.code = r.error().code;
    out.message = r.error().message;
    CHECK_FALSE(d.feed("x", take));
    CHECK_FALSE(d.finish());
  }
  out.trailers = d.trailers();
  return out;
}

constexpr const char* kCut = "The request body terminated unexpectedly";
constexpr const char* kLength = "You did not provide the number of bytes specified by the Content-Length HTTP header";

}  // namespace

TEST_CASE("the examples of the S3 API reference decode with their published signatures") {
  std::string first(65536, 'a'), second(1024, 'a');
  std::string body = cat("10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n", first,
                         "\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n", second,
                         "\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n");
  auto out = decode(options(Payload::chunked_signed, 66560), body);
  CHECK(out.message == "");
  CHECK(out.data == first + second);

  body = cat("10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n", first,
             "\r\n400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n", second,
             "\r\n0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n"
             "x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n");
  auto o = options(Payload::chunked_signed_trailer, 66560, {"x-amz-checksum-crc32c"});
  o.signing = signing("106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e");
  out = decode(o, body);
  CHECK(out.message == "");
  CHECK(out.data == first + second);
  CHECK(out.trailers == std::vector<std::pair<std::string, std::string>>{{"x-amz-checksum-crc32c", "sOO8/Q=="}});
}

TEST_CASE("a body decodes the same however it is split") {
  std::string big(9000, 'b');
  struct { Payload mode; std::string body; } cases[] = {
      {Payload::chunked_signed, Writer().chunk(big).chunk("tail").last().end()},
      {Payload::chunked_signed_trailer, Writer().chunk(big).chunk("tail").last().trailer("x-amz-checksum-crc32", "AAAAAA==").end()},
      {Payload::chunked_unsigned_trailer, Writer{false}.chunk(big).chunk("tail").last().trailer("x-amz-checksum-crc32", "AAAAAA==").end()}};
  for (auto& k : cases)
    for (size_t step : {size_t(1), size_t(2), size_t(3), size_t(7), size_t(64), size_t(8191), k.body.size()}) {
      std::vector<std::string> declared;
      if (k.mode != Payload::chunked_signed) declared = {"x-amz-checksum-crc32"};
      auto out = decode(options(k.mode, 9004, declared), k.body, step);
      CHECK(out.message == "");
      CHECK(out.data == big + "tail");
      CHECK(out.trailers.size() == declared.size());
    }
}

TEST_CASE("empty objects, a missing last line and a trailer with its own line feed are taken") {
  CHECK(decode(options(Payload::chunked_signed, 0), Writer().last().end()).message == "");
  CHECK(decode(options(Payload::chunked_unsigned_trailer, 0), "0\r\n\r\n").message == "");
  CHECK(decode(options(Payload::chunked_unsigned_trailer, 2), "2\r\nab\r\n0\r\n").message == "");
  auto out = decode(options(Payload::chunked_unsigned_trailer, 2, {"x-amz-checksum-sha1"}), "2\r\nab\r\n0\r\nX-Amz-Checksum-SHA1: abc=\n\r\n\r\n");
  CHECK(out.message == "");
  CHECK(out.trailers[0] == std::pair<std::string, std::string>{"x-amz-checksum-sha1", "abc="});
}

TEST_CASE("every changed byte of a signed body is found") {
  const std::string body = Writer().chunk(std::string(8192, 'x')).chunk("tail").last().trailer("x-amz-checksum-crc32", "AAAAAA==").end();
  auto o = options(Payload::chunked_signed_trailer, 8196, {"x-amz-checksum-crc32"});
  CHECK(decode(o, body).message == "");
  for (size_t at = 0; at + 2 < body.size(); at += at > 100 && at < 8100 ? 397 : 1) {
    std::string bad = body;
    bad[at] = bad[at] == '1' ? '2' : '1';
    INFO(at);
    CHECK(decode(o, bad).code != "");
  }
}

TEST_CASE("a wrong chunk or trailer signature shows the string to sign") {
  std::string body = Writer().chunk("data").last().trailer("x-amz-checksum-crc32", "AAAAAA==").end();
  auto o = options(Payload::chunked_signed_trailer, 4, {"x-amz-checksum-crc32"});
  std::string bad = body;
  bad[bad.find("chunk-signature=") + 16] ^= 1;
  auto out = decode(o, bad);
  CHECK(out.code == "SignatureDoesNotMatch");
  CHECK(out.error.status == 403);
  CHECK(out.error.members[0] == std::pair<std::string, std::string>{"AWSAccessKeyId", "AKIAIOSFODNN7EXAMPLE"});
  CHECK(out.error.members[1].second.starts_with("AWS4-HMAC-SHA256-PAYLOAD\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n"));
  CHECK(out.error.members[4] == std::pair<std::string, std::string>{"CanonicalRequest", "seed"});
  bad = body;
  bad[bad.find("trailer-signature:") + 18] ^= 1;
  out = decode(o, bad);
  CHECK(out.code == "SignatureDoesNotMatch");
  CHECK(out.error.members[1].second.starts_with("AWS4-HMAC-SHA256-TRAILER\n"));
}

TEST_CASE("broken framing is an incomplete body") {
  for (const char* body : {"", "2", "2\r\n", "2\r\nab", "2\r\nab\r\n", "2\r\nabc\r\n0\r\n\r\n", "2\r\nab\n0\r\n\r\n", "g\r\n", "-1\r\n", "\r\n", "2\r\nab\r\n0\r\n\r\nmore",
                           "2\r\nab\r\n0\r\nno colon\r\n\r\n", "2\r\nab\r\n0\r\n:x\r\n\r\n", "2\r\nab\r\n0\r\n\r", "fffffffffffffffff\r\n"}) {
    INFO(body);
    auto out = decode(options(Payload::chunked_unsigned_trailer, 2), body);
    CHECK(out.code == "IncompleteBody");
    CHECK(out.message == kCut);
  }
  CHECK(decode(options(Payload::chunked_unsigned_trailer, 2), std::string(300, '0')).message == kCut);
  CHECK(decode(options(Payload::chunked_signed, 2), "2\r\nab\r\n0\r\n\r\n").message == kCut);  // no signatures
  CHECK(decode(options(Payload::chunked_signed, 1), Writer().chunk("a").last().out + "x-amz-checksum-crc32:AAAA\r\n\r\n").message == kCut);
  ChunkedOptions unsigned_request = options(Payload::chunked_signed, 1);
  unsigned_request.signing.reset();
  CHECK(decode(unsigned_request, Writer().chunk("a").last().end()).message == kCut);
}

TEST_CASE("the decoded length must be what was announced") {
  CHECK(decode(options(Payload::chunked_unsigned_trailer, 3), "2\r\nab\r\n0\r\n\r\n").message == kLength);
  auto out = decode(options(Payload::chunked_unsigned_trailer, 1), "2\r\nab\r\n0\r\n\r\n");
  CHECK(out.message == kLength);
  CHECK(out.data == "");
  CHECK(decode(options(Payload::chunked_unsigned_trailer, 1), "7fffffffffffffff\r\n").message == kLength);
}

TEST_CASE("only the last chunk may be small") {
  Writer w{false};
  std::string body = w.chunk(std::string(8192, 'a')).chunk(std::string(8191, 'a')).chunk("a").last().end();
  auto out = decode(options(Payload::chunked_unsigned_trailer, 16384), body);
  CHECK(out.code == "InvalidChunkSizeError");
  CHECK(out.error.status == 403);
  CHECK(out.message == "Only the last chunk is allowed to have a size less than 8192 bytes");
  CHECK(out.error.members == std::vector<std::pair<std::string, std::string>>{{"Chunk", "3"}, {"BadChunkSize", "8191"}});
}

TEST_CASE("trailers must be the announced ones, once each, signed, and not endless") {
  auto bad = [&](Payload mode, std::vector<std::string> declared, std::string_view lines) {
    std::string body = cat(Writer{mode != Payload::chunked_unsigned_trailer}.chunk("ab").last().out, lines, "\r\n");
    return decode(options(mode, 2, std::move(declared)), body).code == "MalformedTrailerError";
  };
  CHECK(bad(Payload::chunked_unsigned_trailer, {}, "x-amz-checksum-crc32:a\r\n"));
  CHECK(bad(Payload::chunked_unsigned_trailer, {"x-amz-checksum-crc32"}, ""));
  CHECK(bad(Payload::chunked_unsigned_trailer, {"x-amz-checksum-sha1"}, "x-amz-checksum-crc32:a\r\n"));
  CHECK(bad(Payload::chunked_unsigned_trailer, {"x-amz-checksum-crc32"}, "x-amz-checksum-crc32:a\r\nx-amz-checksum-crc32:b\r\n"));
  CHECK(bad(Payload::chunked_unsigned_trailer, {"a"}, cat("a:", std::string(9000, 'x'), "\r\n")));
  CHECK(bad(Payload::chunked_signed, {"x-amz-checksum-crc32"}, ""));
  CHECK(bad(Payload::chunked_signed_trailer, {"x-amz-checksum-crc32"}, "x-amz-checksum-crc32:a\r\n"));  // no trailer signature
}

TEST_CASE("mode, length and trailers are read from the headers") {
  TextRequest r;
  r.headers = {{"x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}, {"X-Amz-Decoded-Content-Length", "12"}, {"x-amz-trailer", "X-Amz-Checksum-CRC32, b"}};
  auto o = read_chunked_options(r.view());
  REQUIRE(o);
  CHECK(o->mode == Payload::chunked_unsigned_trailer);
  CHECK(o->decoded_length == 12);
  CHECK(o->declared_trailers == std::vector<std::string>{"x-amz-checksum-crc32", "b"});
  for (const char* length : {"x", "-1", ""}) {
    r.set("x-amz-decoded-content-length", length);
    auto missing = read_chunked_options(r.view());
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == "MissingContentLength");
    CHECK(missing.error().status == 411);
  }
  CHECK(is_aws_chunked("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"));
  CHECK_FALSE(is_aws_chunked("UNSIGNED-PAYLOAD"));
}

TEST_CASE("a signed upload verifies from its request to its last chunk") {
  TextRequest r;
  r.method = "PUT";
  r.path = "/bucket/key";
  r.headers = {{"Host", "localhost:4566"}, {"x-amz-decoded-content-length", "5"}};
  SigningOptions so;
  so.region = "us-east-1"; so.service = "s3"; so.now = *parse_amz_date("20130524T000000Z"); so.payload_hash = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
  for (auto& h : sign_request(r.view(), {"AKIAIOSFODNN7EXAMPLE", kSecret, ""}, so)) r.headers.push_back(h);
  Arena arena;
  auto claim = read_claim(r.view(), Style::s3, arena);
  REQUIRE(claim);
  std::string_view payload = payload_line(*claim, Style::s3, {});
  REQUIRE(check_signature(*claim, r.view(), Style::s3, payload, kSecret));
  auto o = read_chunked_options(r.view());
  REQUIRE(o);
  o->signing = chunk_signing(*claim, r.view(), payload, kSecret);
  Writer w;
  w.previous = claim->signature;
  CHECK(decode(*o, w.chunk("hello").last().end()).data == "hello");
}

TEST_CASE("figures: a signed body of 64 MiB beside its plain SHA-256" * doctest::skip()) {
  std::string data(64 << 20, 'z'), chunk(64 << 10, 'z');
  Writer w;
  for (int i = 0; i < 1024; i++) w.chunk(chunk);
  w.last();
  std::string body = w.end();
  int64_t start = steady_micros();
  sha256(data);
  int64_t plain = steady_micros() - start;
  AwsChunkedDecoder d(options(Payload::chunked_signed, int64_t(data.size())));
  size_t got = 0;
  start = steady_micros();
  for (size_t at = 0; at < body.size(); at += 16384)
    CHECK(d.feed(std::string_view(body).substr(at, 16384), [&](std::string_view p) -> Result<void> { got += p.size(); return {}; }));
  CHECK(d.finish());
  int64_t decoding = steady_micros() - start;
  CHECK(got == data.size());
  std::printf("sha256 %lld us, decoding %lld us\n", (long long)plain, (long long)decoding);
}

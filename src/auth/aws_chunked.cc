#include "auth/aws_chunked.h"

#include "auth/sigv4_errors.h"
#include "auth/sigv4_internal.h"
#include "base/strings.h"

namespace fogbank::auth {
namespace {

using namespace internal;

constexpr std::string_view kChunkSignature = "chunk-signature=";
constexpr std::string_view kTrailerSignature = "x-amz-trailer-signature";

ApiError ended_early() { return {"IncompleteBody", "The request body terminated unexpectedly", 400}; }
ApiError wrong_length() {
  return {"IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header", 400};
}
ApiError malformed_trailer() {
  return {"MalformedTrailerError", "The request contained trailing data that was not well-formed or did not conform to our published schema.", 400};
}
ApiError chunk_too_small(int number, int64_t size) {
  return ApiError("InvalidChunkSizeError", "Only the last chunk is allowed to have a size less than 8192 bytes", 403)
      .with("Chunk", cat(number))
      .with("BadChunkSize", cat(size));
}

std::optional<int64_t> parse_hex(std::string_view s) {
  int64_t v = 0;
  auto r = std::from_chars(s.data(), s.data() + s.size(), v, 16);
  if (s.empty() || s[0] == '-' || r.ec != std::errc() || r.ptr != s.data() + s.size()) return std::nullopt;
  return v;
}

}  // namespace

ChunkSigning chunk_signing(const SignatureClaim& claim, const RequestView& request, std::string_view payload_hash, std::string_view secret) {
  ChunkSigning s;
  s.key = signing_key(secret, claim.date, claim.region, claim.service);
  s.amz_date = claim.amz_date;
  s.scope = claim.scope;
  s.seed_signature = claim.signature;
  s.access_key_id = claim.access_key_id;
  canonical_request(s.canonical_request, claim, request, normalizes_path(claim.service), payload_hash);
  return s;
}

bool is_aws_chunked(std::string_view content_sha256) {
  Payload p = payload_kind(content_sha256);
  return p == Payload::chunked_signed || p == Payload::chunked_signed_trailer || p == Payload::chunked_unsigned_trailer;
}

Result<ChunkedOptions> read_chunked_options(const RequestView& request) {
  ChunkedOptions o;
  o.mode = payload_kind(trim(request.header("x-amz-content-sha256").value_or(std::string_view())));
  auto length = parse_int(trim(request.header("x-amz-decoded-content-length").value_or(std::string_view())));
  if (!length || *length < 0) return fail("MissingContentLength", "You must provide the Content-Length HTTP header.", 411);
  o.decoded_length = *length;
  for (const auto& h : request.headers) {
    if (!same_name(h.name, "x-amz-trailer")) continue;
    for (auto name : split(h.value, ','))
      if (name = trim(name); !name.empty()) o.declared_trailers.push_back(lower(name));
    if (o.declared_trailers.size() > AwsChunkedDecoder::kMaxTrailers) return fail(malformed_trailer());
  }
  return o;
}

AwsChunkedDecoder::AwsChunkedDecoder(ChunkedOptions options) : options_(std::move(options)) {
  if (options_.signing) previous_signature_ = options_.signing->seed_signature;
  else if (is_signed()) failed_ = ended_early();  // signed chunks, but no signature to begin with: a presigned or anonymous request
}

Result<void> AwsChunkedDecoder::feed(std::string_view bytes, const Out& out) {
  while (!bytes.empty() && !failed_)
    if (auto r = step(bytes, out); !r) failed_ = std::move(r.error());
  if (failed_) return fail(*failed_);
  return {};
}

Result<void> AwsChunkedDecoder::step(std::string_view& bytes, const Out& out) {
  switch (state_) {
    case State::header: {
      FB_ASSIGN(complete, take_line(bytes, kMaxChunkHeader, ended_early()));
      return complete ? on_header() : Result<void>();
    }
    case State::data: {
      std::string_view piece = bytes.substr(0, size_t(std::min<int64_t>(remaining_, int64_t(bytes.size()))));
      bytes.remove_prefix(piece.size());
      if (digest_) digest_->update(piece);
      FB_TRY(out(piece));
      decoded_ += int64_t(piece.size());
      remaining_ -= int64_t(piece.size());
      return remaining_ == 0 ? on_chunk_end() : Result<void>();
    }
    case State::data_end:
      if (bytes[0] != (cr_seen_ ? '\n' : '\r')) return fail(ended_early());
      bytes.remove_prefix(1);
      if (cr_seen_) state_ = State::header;
      cr_seen_ = !cr_seen_;
      return {};
    case State::trailer: {
      FB_ASSIGN(complete, take_line(bytes, kMaxTrailerBytes - trailer_bytes_, malformed_trailer()));
      return complete ? on_trailer() : Result<void>();
    }
    case State::done: break;
  }
  return fail(ended_early());  // bytes behind the end
}

/// Moves bytes into line_ up to and including CRLF; true when the line (then without CRLF) is complete.
Result<bool> AwsChunkedDecoder::take_line(std::string_view& bytes, size_t limit, const ApiError& too_long) {
  while (!bytes.empty()) {
    size_t at = bytes.find('\n');
    std::string_view piece = bytes.substr(0, at == std::string_view::npos ? at : at + 1);
    if (line_.size() + piece.size() > limit) return fail(too_long);
    line_ += piece;
    bytes.remove_prefix(piece.size());
    if (line_.ends_with("\r\n")) {
      line_.resize(line_.size() - 2);
      return true;
    }
  }
  return false;
}

Result<void> AwsChunkedDecoder::on_header() {
  std::string_view line = line_;
  size_t semicolon = line.find(';');
  auto size = parse_hex(trim(line.substr(0, semicolon)));
  std::string_view extension = semicolon == std::string_view::npos ? std::string_view() : trim(line.substr(semicolon + 1));
  if (!size) return fail(ended_early());
  chunks_++;
  if (*size > 0 && last_size_ >= 0 && last_size_ < kSmallestChunk) return fail(chunk_too_small(chunks_, last_size_));
  if (*size > options_.decoded_length - decoded_) return fail(wrong_length());
  if (is_signed()) {
    if (!extension.starts_with(kChunkSignature)) return fail(ended_early());
    chunk_signature_ = extension.substr(kChunkSignature.size());
    digest_.emplace(Digest::Kind::sha256);
  }
  line_.clear();
  last_size_ = remaining_ = *size;
  state_ = State::data;
  return *size == 0 ? on_chunk_end() : Result<void>();
}

Result<void> AwsChunkedDecoder::on_chunk_end() {
  if (is_signed()) {
    scratch_ = cat(kEmptySha256, '\n', hex(digest_->finish()));
    digest_.reset();
    FB_TRY(check_signature("AWS4-HMAC-SHA256-PAYLOAD", scratch_, chunk_signature_));
    previous_signature_ = chunk_signature_;
  }
  state_ = last_size_ == 0 ? State::trailer : State::data_end;
  return {};
}

Result<void> AwsChunkedDecoder::on_trailer() {
  std::string_view line = trim(line_);
  if (line.empty()) {
    line_.clear();
    return on_end();
  }
  size_t colon = line.find(':');
  // AWS reads trailers only where they were announced by the mode, and takes a line without a colon for a broken body.
  if (options_.mode == Payload::chunked_signed || colon == std::string_view::npos || colon == 0) return fail(ended_early());
  trailer_bytes_ += line_.size() + 2;
  std::string name = lower(trim(line.substr(0, colon)));
  std::string value(trim(line.substr(colon + 1)));
  line_.clear();
  if (name == kTrailerSignature && is_signed()) {
    trailer_signature_ = std::move(value);
    return {};
  }
  bool declared = std::find(options_.declared_trailers.begin(), options_.declared_trailers.end(), name) != options_.declared_trailers.end();
  bool repeated = std::any_of(trailers_.begin(), trailers_.end(), [&](const auto& t) { return t.first == name; });
  if (!declared || repeated || trailers_.size() == kMaxTrailers) return fail(malformed_trailer());
  trailers_.emplace_back(std::move(name), std::move(value));
  return {};
}

/// After the last line: are all trailers there, and signed by whom the request was signed?
Result<void> AwsChunkedDecoder::on_end() {
  state_ = State::done;
  for (const auto& name : options_.declared_trailers)
    if (std::none_of(trailers_.begin(), trailers_.end(), [&](const auto& t) { return t.first == name; })) return fail(malformed_trailer());
  if (options_.mode != Payload::chunked_signed_trailer || (trailers_.empty() && trailer_signature_.empty())) return {};
  if (trailer_signature_.empty()) return fail(malformed_trailer());
  auto sorted = trailers_;
  std::sort(sorted.begin(), sorted.end());
  std::string canonical;
  for (const auto& [name, value] : sorted) append(canonical, name, ':', value, '\n');
  return check_signature("AWS4-HMAC-SHA256-TRAILER", sha256_hex(canonical), trailer_signature_);
}

Result<void> AwsChunkedDecoder::check_signature(std::string_view algorithm, std::string_view hashes, std::string_view given) {
  const ChunkSigning& s = *options_.signing;
  std::string text = cat(algorithm, '\n', s.amz_date, '\n', s.scope, '\n', previous_signature_, '\n', hashes);
  if (equal_constant_time(sign_text(s.key, text), given)) return {};
  SignatureClaim claim;
  claim.access_key_id = s.access_key_id;
  claim.signature = given;
  return fail(signature_mismatch(Style::s3, claim, text, s.canonical_request));
}

Result<void> AwsChunkedDecoder::finish() {
  if (failed_) return fail(*failed_);
  Result<void> r;
  // The empty line at the very end is often left out.
  if (state_ == State::trailer && line_.empty()) r = on_end();
  if (r && state_ != State::done) r = fail(ended_early());
  if (r && decoded_ != options_.decoded_length) r = fail(wrong_length());
  if (!r) failed_ = r.error();
  return r;
}

}  // namespace fogbank::auth

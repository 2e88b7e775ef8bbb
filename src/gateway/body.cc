#include "gateway/body.h"

#include <algorithm>

#include "base/strings.h"
#include "gateway/core.h"

namespace fogbank {
namespace {

constexpr int64_t kLargest = 5LL << 30;  // one PutObject or UploadPart
constexpr std::string_view kAlgorithms[] = {"CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"};

std::string_view header(const Call& call, std::string_view name) {
  for (const auto& h : call.headers) if (iequals(h.name, name)) return h.value;
  return {};
}

std::string big_endian(uint64_t v, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; i--) out += char(v >> (8 * i));
  return out;
}

// The algorithm of "x-amz-checksum-crc32c", upper case as the API spells it; empty if the name is none of these.
std::string algorithm_of(std::string_view name) {
  if (!starts_with_i(name, "x-amz-checksum-")) return {};
  for (auto a : kAlgorithms) if (iequals(name.substr(15), a)) return std::string(a);
  return {};
}

/// A claim that could not be checked must not be taken for one that was.
Result<void> refuse_unknown_checksums(const Call& call) {
  auto named = [](std::string_view name, std::initializer_list<std::string_view> ends) {
    return std::any_of(ends.begin(), ends.end(), [&](std::string_view end) { return iequals(name.substr(15), end); });
  };
  for (const auto& h : call.headers) {
    bool claim = starts_with_i(h.name, "x-amz-checksum-") && algorithm_of(h.name).empty();
    if (claim && !named(h.name, {"algorithm", "type", "mode", "md5", "sha512", "xxhash64", "xxhash3", "xxhash128"}))
      return fail("InvalidRequest", "The algorithm type you specified in x-amz-checksum- header is invalid.");
  }
  std::string_view trailer = trim(header(call, "x-amz-trailer"));
  if (trailer.empty() || !algorithm_of(trailer).empty()) return {};
  if (starts_with_i(trailer, "x-amz-checksum-") && named(trailer, {"md5", "sha512", "xxhash64", "xxhash3", "xxhash128"}))
    return fail("NotImplemented", cat("The trailer ", trailer, " is not served by Fogbank."), 501);
  return fail("InvalidRequest", "The value specified in the x-amz-trailer header is not supported");
}

Result<void> check_content_md5(const Call& call, std::string_view computed) {
  std::string_view claimed = header(call, "content-md5");
  if (claimed.empty()) return {};
  auto bytes = unbase64(claimed);
  if (!bytes || bytes->size() != 16) return fail(ApiError("InvalidDigest", "The Content-MD5 you specified was invalid.").with("Content-MD5", std::string(claimed)));
  if (*bytes == computed) return {};
  // S3 shows the expected digest of a part as it was sent, and of everything else in hexadecimal.
  bool part = std::string_view(call.op->wire->name) == "UploadPart";
  return fail(ApiError("BadDigest", "The Content-MD5 you specified did not match what we received.")
                  .with("ExpectedDigest", part ? std::string(claimed) : hex(*bytes)).with("CalculatedDigest", base64(computed)));
}

Result<void> check_checksum(std::string_view algorithm, std::string_view claimed_text, std::string_view raw) {
  auto claimed = unbase64(claimed_text);
  if (!claimed || claimed->size() != raw.size()) return fail("InvalidRequest", cat("Value for x-amz-checksum-", lower(algorithm), " header is invalid."));
  if (*claimed != raw) return fail("BadDigest", cat("The ", algorithm, " you specified did not match the calculated checksum."));
  return {};
}

std::string checksum_of(std::string_view algorithm, std::string_view bytes) {
  if (algorithm == "CRC32") return big_endian(crc32(bytes), 4);
  if (algorithm == "CRC32C") return big_endian(crc32c(bytes), 4);
  if (algorithm == "CRC64NVME") return big_endian(crc64nvme(bytes), 8);
  if (algorithm == "SHA1") return sha1(bytes);
  return std::string(as_view(sha256(bytes)));
}

}  // namespace

Result<void> check_claimed_digests(const Call& call) {
  std::string_view body = call.parts.body;
  if (!header(call, "content-md5").empty()) FB_TRY(check_content_md5(call, md5(body)));
  // Where the checksum is a member of the input, it is of something else (CompleteMultipartUpload: of the whole object).
  if (wire::View(nullptr, call.op->wire->input).field("ChecksumCRC32")) return {};
  for (const auto& h : call.headers) {
    std::string algorithm = algorithm_of(h.name);
    if (!algorithm.empty()) FB_TRY(check_checksum(algorithm, h.value, checksum_of(algorithm, body)));
  }
  return {};
}

BodyReceiver::BodyReceiver(Core& core, std::unique_ptr<Call> call, Done done) : core_(core), call_(std::move(call)), done_(std::move(done)) {}
BodyReceiver::~BodyReceiver() = default;

void BodyReceiver::end_with(Result<void> result) {
  if (finished_) return;
  finished_ = true;
  blob_.reset();
  done_(std::move(call_), std::move(result));
}

bool BodyReceiver::prepare() {
  auto opened = open();
  if (!opened) end_with(std::move(opened));
  return !finished_;
}

Result<void> BodyReceiver::open() {
  const http::Request& r = call_->exchange->request();
  if (r.content_length < 0 && !r.chunked) return fail("MissingContentLength", "You must provide the Content-Length HTTP header.", 411);
  if (r.content_length > kLargest)
    return fail(ApiError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size").with("ProposedSize", cat(r.content_length)).with("MaxSizeAllowed", cat(kLargest)));
  FB_TRY(refuse_unknown_checksums(*call_));
  // One checksum may be claimed: by value in a header, or by name with its value in a trailer.
  for (const auto& h : call_->headers) {
    std::string a = algorithm_of(h.name);
    if (a.empty()) continue;
    if (!algorithm_.empty()) return fail("InvalidRequest", "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
    algorithm_ = a;
    claimed_checksum_ = h.value;
  }
  std::string_view named = header(*call_, "x-amz-sdk-checksum-algorithm");
  if (auto trailer = header(*call_, "x-amz-trailer"); algorithm_.empty() && !trailer.empty()) algorithm_ = algorithm_of(trim(trailer));
  if (!named.empty()) {
    if (algorithm_.empty()) return fail("InvalidRequest", "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.");
    if (!iequals(named, algorithm_)) return fail("InvalidRequest", "Value for x-amz-sdk-checksum-algorithm header is invalid.");
  }
  std::string_view sha = call_->payload_hash;
  if (auth::is_aws_chunked(sha)) {
    auth::RequestView view{call_->facts.method, call_->facts.path, call_->facts.query, call_->headers};
    FB_ASSIGN(options, auth::read_chunked_options(view));
    options.signing = std::move(call_->chunks);
    chunked_ = std::make_unique<auth::AwsChunkedDecoder>(std::move(options));
  } else if (auth::payload_kind(sha) == auth::Payload::hash) {
    claimed_sha256_ = sha;
  }
  digest_.emplace(!claimed_sha256_.empty() || algorithm_ == "SHA256");
  if (algorithm_ == "SHA1") sha1_ = std::make_unique<Digest>(Digest::Kind::sha1);
  if (call_->body.encrypt) {
    call_->body.key = Secret(core_.random().bytes(StreamCipher::kKeyBytes));
    cipher_ = std::make_unique<StreamCipher>(call_->body.key.view());
  }
  FB_ASSIGN(writer, core_.store().new_blob());
  blob_ = std::move(writer);
  return {};
}

Result<void> BodyReceiver::take(std::string_view bytes) {
  size_ += int64_t(bytes.size());
  if (size_ > kLargest) return fail("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size");
  digest_->update(bytes);
  if (sha1_) sha1_->update(bytes);
  if (algorithm_ == "CRC32") crc_ = crc32(bytes, uint32_t(crc_));
  else if (algorithm_ == "CRC32C") crc_ = crc32c(bytes, uint32_t(crc_));
  crc64_ = crc64nvme(bytes, crc64_);
  if (!cipher_) return blob_->append(bytes);
  sealed_.resize(bytes.size());
  cipher_->apply(size_ - int64_t(bytes.size()), bytes.data(), sealed_.data(), bytes.size());
  return blob_->append(sealed_);
}

bool BodyReceiver::data(std::string_view piece) {
  if (finished_) return true;  // the answer is given; the rest is drained or the connection ended
  Result<void> taken = chunked_ ? chunked_->feed(piece, [this](std::string_view bytes) { return take(bytes); }) : take(piece);
  if (!taken) end_with(std::move(taken));
  return true;
}

void BodyReceiver::end() {
  if (finished_) return;
  auto checked = verify();
  if (!checked) return end_with(std::move(checked));
  auto blob = blob_->finish();
  if (!blob) return end_with(fail(std::move(blob.error())));
  call_->body.blob = std::move(*blob);
  call_->body.size = size_;
  end_with({});
}

Result<void> BodyReceiver::verify() {
  if (chunked_) {
    FB_TRY(chunked_->finish());
    for (const auto& [name, value] : chunked_->trailers()) if (algorithm_of(name) == algorithm_ && !algorithm_.empty()) claimed_checksum_ = value;
  }
  ReceivedBody& body = call_->body;
  auto [md5, sha] = digest_->finish();
  body.md5 = std::move(md5);
  body.crc64nvme = crc64_;
  if (!claimed_sha256_.empty()) FB_TRY(auth::check_payload(claimed_sha256_, hex(sha)));
  FB_TRY(check_content_md5(*call_, body.md5));
  if (algorithm_.empty()) return {};
  std::string raw = algorithm_ == "SHA256" ? sha : algorithm_ == "SHA1" ? sha1_->finish()
                  : algorithm_ == "CRC64NVME" ? big_endian(crc64_, 8) : big_endian(crc_, 4);
  body.checksum_algorithm = algorithm_;
  body.checksum = base64(raw);
  if (claimed_checksum_.empty()) return {};
  return check_checksum(algorithm_, claimed_checksum_, raw);
}

void BodyReceiver::aborted() {
  finished_ = true;
  blob_.reset();
  call_.reset();
}

}  // namespace fogbank

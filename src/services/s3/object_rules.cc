#include "services/s3/object_rules.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/strings.h"
#include "services/s3/errors.h"
#include "services/s3/mime_words.h"

namespace fogbank::s3 {
namespace {

constexpr size_t kMaxMetadataBytes = 2048;

}  // namespace

Result<void> check_key(std::string_view key) {
  if (key.size() > kMaxKeyBytes) {
    return fail(ApiError("KeyTooLongError", "Your key is too long", 400)
                    .with("Size", cat(key.size())).with("MaxSizeAllowed", cat(kMaxKeyBytes)));
  }
  if (!valid_utf8(key)) return fail(ApiError("InvalidURI", "Couldn't parse the specified URI.", 400).with("URI", percent_encode(key, true)));
  return {};
}

Result<std::map<std::string, std::string>> read_metadata(const Map<Str>& metadata) {
  std::map<std::string, std::string> out;
  size_t bytes = 0;
  for (const auto& e : metadata) {
    std::string name = lower(e.key), value = decode_mime_words(e.value);
    bytes += name.size() + value.size();
    auto [at, fresh] = out.emplace(std::move(name), value);
    if (!fresh) append(at->second, ',', value);
  }
  if (bytes > kMaxMetadataBytes) {
    return fail(ApiError("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size", 400)
                    .with("Size", cat(bytes)).with("MaxSizeAllowed", cat(kMaxMetadataBytes)));
  }
  return out;
}

Result<std::string> read_storage_class(Str storage_class) {
  static constexpr std::string_view kClasses[] = {"REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING",
                                                  "GLACIER", "DEEP_ARCHIVE", "GLACIER_IR"};
  if (!storage_class || storage_class == "STANDARD") return std::string();
  if (std::find(std::begin(kClasses), std::end(kClasses), storage_class.view()) != std::end(kClasses)) return std::string(storage_class.view());
  return fail(ApiError("InvalidStorageClass", "The storage class you specified is not valid", 400)
                  .with("StorageClassRequested", std::string(storage_class.view())));
}

bool readable_storage_class(std::string_view storage_class) { return storage_class != "GLACIER" && storage_class != "DEEP_ARCHIVE"; }

std::string content_encoding(std::string_view header) {
  if (header.find("aws-chunked") == std::string_view::npos) return std::string(header);
  std::string out;
  for (std::string_view coding : split(header, ',')) {
    coding = trim(coding);
    if (coding.empty() || iequals(coding, "aws-chunked")) continue;
    append(out, out.empty() ? "" : ",", coding);
  }
  return out;
}

std::string_view bare_etag(std::string_view etag) {
  etag = trim(etag);
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (etag.starts_with('"')) etag.remove_prefix(1);   // S3 does not ask for both quotes
  if (etag.ends_with('"')) etag.remove_suffix(1);
  return etag;
}

std::string quoted_etag(std::string_view etag) { return cat('"', etag, '"'); }

Result<void> check_content_md5(Str header, std::string_view received, DigestStyle style) {
  if (!header) return {};
  auto digest = unbase64(header);
  if (!digest || digest->size() != 16)
    return fail(ApiError("InvalidDigest", "The Content-MD5 you specified was invalid.", 400).with("Content-MD5", std::string(header.view())));
  if (*digest == received) return {};
  return fail(ApiError("BadDigest", "The Content-MD5 you specified did not match what we received.", 400)
                  .with("ExpectedDigest", style == DigestStyle::object ? hex(*digest) : std::string(header.view()))
                  .with("CalculatedDigest", base64(received)));
}

std::string url_encoded_key(std::string_view key) { return replace_all(percent_encode(key, true), "%20", "+"); }

}  // namespace fogbank::s3

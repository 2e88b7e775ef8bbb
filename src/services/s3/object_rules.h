// Rules for objects: keys, user metadata, storage classes, ETags. Pure functions, thread-safe.
// Source: S3 User Guide, "Naming Amazon S3 objects", "Working with object metadata"; PutObject in the API reference.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"

namespace fogbank::s3 {

inline constexpr size_t kMaxKeyBytes = 1024;

/// A key is any UTF-8 text of 1 to 1,024 bytes; slashes, dots and NULs mean nothing.
Result<void> check_key(std::string_view key);

/// x-amz-meta-*: names in lower case, 2 KB in all.
Result<std::map<std::string, std::string>> read_metadata(const Map<Str>& metadata);

/// Empty for STANDARD, else the class; the error of an unknown one.
Result<std::string> read_storage_class(Str storage_class);
/// May an object of that class be read without being restored first?
bool readable_storage_class(std::string_view storage_class);

/// Content-Encoding without aws-chunked, which is about the request only.
std::string content_encoding(std::string_view header);

/// An ETag as a header gives it, without quotes and weakness mark.
std::string_view bare_etag(std::string_view etag);
std::string quoted_etag(std::string_view etag);
/// Headers of a new object or upload that are condition keys by the same name.
inline constexpr const char* kConditionHeaders[] = {
  "x-amz-acl", "x-amz-grant-full-control", "x-amz-grant-read", "x-amz-grant-read-acp", "x-amz-grant-write", "x-amz-grant-write-acp", "x-amz-storage-class",
  "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id", "x-amz-server-side-encryption-customer-algorithm",
  "x-amz-website-redirect-location"};
/// Times in XML answers have no fractions, as Last-Modified has none.
inline Millis whole_seconds(Millis time) { return time / 1000 * 1000; }

/// Content-MD5 against the digest of what was received (16 raw bytes). Absent is fine.
enum class DigestStyle { object, part };  ///< how BadDigest shows what was expected: as hex, or as it was sent
Result<void> check_content_md5(Str header, std::string_view received, DigestStyle style);

/// As encoding-type=url writes keys.
std::string url_encoded_key(std::string_view key);

}  // namespace fogbank::s3

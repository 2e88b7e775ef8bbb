// Checksums of objects and parts: computing, combining, and the request and answer members that carry them.
// Source: S3 User Guide, "Checking object integrity". CRCs of a whole are combined from those of its parts (full object); of any
// algorithm the parts' raw checksums can be hashed again (composite, written with "-<parts>"). Pure, thread-safe.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/encoding.h"
#include "base/error.h"

namespace fogbank::s3 {

inline constexpr std::string_view kDefaultChecksum = "CRC64NVME";

/// Is it one of CRC32, CRC32C, CRC64NVME, SHA1, SHA256?
bool known_checksum(std::string_view algorithm);
bool is_crc(std::string_view algorithm);

/// A checksum fed in pieces.
class Checksum {
 public:
  explicit Checksum(std::string_view algorithm);   ///< a known one
  void update(std::string_view bytes);
  std::string finish();                            ///< raw, most significant byte first

 private:
  enum class Kind : uint8_t { crc32, crc32c, crc64, digest } kind_;
  uint64_t value_ = 0;
  std::optional<Digest> digest_;
};

/// CRC of A and B after one another from theirs and B's length. `algorithm` is a CRC's name.
uint64_t combine_crc(std::string_view algorithm, uint64_t a, uint64_t b, uint64_t length_b);
/// Between the base64 text on the wire and the number.
std::string crc_text(std::string_view algorithm, uint64_t value);
std::optional<uint64_t> crc_value(std::string_view algorithm, std::string_view text);

/// base64 of the checksum of the raw checksums, "-" and their number. Each element is base64; nothing if one is not.
std::optional<std::string> composite_checksum(std::string_view algorithm, const std::vector<std::string_view>& parts);
/// The ETag of an object made of parts with these MD5s (16 raw bytes each): hex of the MD5 of all, "-", their number.
std::string multipart_etag(const std::vector<std::string_view>& md5s);

/// The members ChecksumCRC32 … of a request or an element of one.
struct GivenChecksum { std::string_view algorithm, value; };
/// The one that is set, if any; two are S3's error, and so are those that this program does not compute.
template <class T> Result<GivenChecksum> given_checksum(const T& in);
/// Sets the member of that algorithm.
template <class T> void set_checksum(T& out, std::string_view algorithm, Str value);

// ---

Result<void> add_given(GivenChecksum& found, std::string_view algorithm, Str value);
Result<void> refuse_given(std::string_view algorithm, Str value);

template <class T> Result<GivenChecksum> given_checksum(const T& in) {
  GivenChecksum found;
  FB_TRY(add_given(found, "CRC32", in.ChecksumCRC32));
  FB_TRY(add_given(found, "CRC32C", in.ChecksumCRC32C));
  FB_TRY(add_given(found, "CRC64NVME", in.ChecksumCRC64NVME));
  FB_TRY(add_given(found, "SHA1", in.ChecksumSHA1));
  FB_TRY(add_given(found, "SHA256", in.ChecksumSHA256));
  FB_TRY(refuse_given("sha512", in.ChecksumSHA512));
  FB_TRY(refuse_given("md5", in.ChecksumMD5));
  FB_TRY(refuse_given("xxhash64", in.ChecksumXXHASH64));
  FB_TRY(refuse_given("xxhash3", in.ChecksumXXHASH3));
  FB_TRY(refuse_given("xxhash128", in.ChecksumXXHASH128));
  return found;
}

template <class T> void set_checksum(T& out, std::string_view algorithm, Str value) {
  if (algorithm == "CRC32") out.ChecksumCRC32 = value;
  else if (algorithm == "CRC32C") out.ChecksumCRC32C = value;
  else if (algorithm == "CRC64NVME") out.ChecksumCRC64NVME = value;
  else if (algorithm == "SHA1") out.ChecksumSHA1 = value;
  else if (algorithm == "SHA256") out.ChecksumSHA256 = value;
}

}  // namespace fogbank::s3

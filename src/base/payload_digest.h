// MD5 and, if asked for, SHA-256 of the same bytes in one pass. MD5 is a single chain of dependent steps that leaves most of the processor
// idle; on processors with instructions for SHA-256 those run in its gaps, and both cost what MD5 costs alone. Elsewhere OpenSSL does each.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/encoding.h"

namespace fogbank {

class PayloadDigest {
 public:
  enum class Way { best, portable };   ///< `portable`: as where the processor has no such instructions (tests)
  explicit PayloadDigest(bool with_sha256, Way way = Way::best);
  void update(std::string_view bytes);
  struct Sums { std::string md5, sha256; };   ///< raw bytes; SHA-256 only if it was asked for
  Sums finish();                              ///< the object is spent

 private:
  static constexpr size_t kBlock = 64;
  std::optional<Digest> md5_, sha256_;        ///< the portable way
  std::array<uint32_t, 4> md5_state_;
  std::array<uint32_t, 8> sha256_state_;      ///< in the order that the instructions want
  std::array<unsigned char, kBlock> rest_;    ///< bytes that do not fill a block yet
  uint64_t size_ = 0;
};

}  // namespace fogbank

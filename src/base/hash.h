// SHA-1 and SHA-2 digests and HMACs over them, by name. Pure functions, thread-safe. (encoding.h has SHA-256, MD5 and CRCs for hot paths.)
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace fogbank {

enum class Hash : uint8_t { sha1, sha224, sha256, sha384, sha512 };

size_t hash_size(Hash h);                                            ///< bytes of a digest
std::string digest(Hash h, std::string_view bytes);                  ///< raw bytes
std::string hmac(Hash h, std::string_view key, std::string_view bytes);

}  // namespace fogbank

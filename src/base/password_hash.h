// Passwords as salted scrypt hashes, never in clear. A hash states its own cost, so later versions may raise it. Thread-safe; takes some
// 20 ms and 8 MB, so operations that use it run on the pool.
#pragma once
#include <string>
#include <string_view>

#include "base/random.h"

namespace fogbank {

/// "scrypt$13$8$1$<salt>$<hash>": log2 of N, r, p, then base64.
std::string hash_password(std::string_view password, Random& random);
/// False for another password and for a text that is no such hash.
bool verify_password(std::string_view password, std::string_view hash);

}  // namespace fogbank

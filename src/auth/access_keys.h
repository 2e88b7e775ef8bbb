// Access key ids, unique ids of principals, and secrets, in the shapes that AWS gives them.
//
// An id is a prefix that names its kind and base32 characters (RFC 4648 alphabet) behind it: AKIA (long-term key) and ASIA (temporary
// key) have 16, AIDA (user), AROA (role), AGPA (group), ANPA (managed policy) and their like 17. The first ten bytes behind the prefix
// are, as on AWS: one set bit, the account's number in 40 bits, and 39 random bits; so the account can be read off a key id
// (sts:GetAccessKeyInfo) without any look-up. Ids say nothing secret. Pure functions; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"

namespace fogbank::auth {

/// AKIA… or ASIA…: 20 characters. An account that is not twelve digits is encoded as 000000000000.
std::string make_access_key_id(std::string_view prefix, std::string_view account, Random& random);
/// AIDA…, AROA…, AGPA…, ANPA…: 21 characters.
std::string make_unique_id(std::string_view prefix, std::string_view account, Random& random);
/// Forty characters of the base64 alphabet.
std::string make_secret_access_key(Random& random);

/// The account that an AKIA or ASIA id belongs to, or nothing if it carries none.
std::optional<std::string> account_of_access_key(std::string_view access_key_id);
/// True for ASIA…: useless without its session token.
bool is_temporary_key(std::string_view access_key_id);

/// The account behind a development key (`test`, or twelve digits), or nothing. Its secret is kDevelopmentSecret.
inline constexpr std::string_view kDevelopmentSecret = "test";
inline constexpr std::string_view kDevelopmentAccount = "000000000000";
std::optional<std::string> development_account(std::string_view access_key_id);

}  // namespace fogbank::auth

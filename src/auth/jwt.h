// JSON Web Tokens and key sets (RFC 7515, 7517, 7518, 7519), as OpenID Connect uses them: read and verified here, issued nowhere.
//
// read_jwt() only takes a token apart; nothing it says may be believed before KeySet::verify() has answered good. Algorithms are RS256,
// RS384, RS512, ES256, ES384 and ES512; "none" and shared secrets are no algorithms here, and a key is only used with the algorithms of
// its own type, so nobody can sign with a public key. Everything is bounded: length of the texts, depth and number of JSON values, number
// and size of keys. Pure values without locks; any thread may use them. jwt_json.cc is the file that knows the JSON library, jwt.cc the
// one that knows OpenSSL.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace fogbank::auth {

/// Claims by name, those of nested objects by their path ("https://aws.amazon.com/tags/principal_tags/Project"). A scalar is a list of
/// one; numbers and booleans are texts as JSON writes them.
using Claims = std::map<std::string, std::vector<std::string>, std::less<>>;

inline constexpr size_t kMaxJwt = 20000;
inline constexpr size_t kMaxKeySet = 256 << 10;
inline constexpr size_t kMaxKeys = 100;       ///< of each type, as AWS documents it

struct Jwt {
  std::string algorithm, key_id;              ///< key_id: empty if the header names none
  Claims claims;
  std::optional<int64_t> expires, not_before, issued;  ///< seconds since 1970
  std::string signed_part, signature;

  /// The first value of a claim; empty if it is absent.
  std::string_view claim(std::string_view name) const;
  /// All values of a claim.
  const std::vector<std::string>& all(std::string_view name) const;
};

enum class JwtFault : uint8_t {
  malformed,   ///< no JWT
  algorithm,   ///< a JWT that is signed in a way that is not accepted, or not at all
};
tl::expected<Jwt, JwtFault> read_jwt(std::string_view token);

/// One entry of a key set as it is written; numbers are still base64url.
struct WrittenKey { std::string type, id, use, algorithm, curve, n, e, x, y; };
/// Nothing if the text is no key set, or has too many keys.
std::optional<std::vector<WrittenKey>> read_key_set(std::string_view json);

/// The `issuer` and `jwks_uri` of an OpenID Connect discovery document.
struct Discovery { std::string issuer, jwks_uri; };
std::optional<Discovery> read_discovery(std::string_view json);

/// The public keys of an issuer. Keys of other types, for other uses, or too weak are left out.
class KeySet {
 public:
  static std::optional<KeySet> read(std::string_view json);
  enum class Verdict : uint8_t { good, unknown_key, bad_signature };
  Verdict verify(const Jwt& token) const;
  size_t size() const { return keys_.size(); }

 private:
  struct Key;
  std::vector<std::shared_ptr<const Key>> keys_;
};

}  // namespace fogbank::auth

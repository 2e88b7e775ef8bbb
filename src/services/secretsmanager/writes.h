// New values: what the authorise functions of CreateSecret, PutSecretValue and UpdateSecret require of KMS, and what the handlers make of
// it. A request's ClientRequestToken is the id of the version that it makes; sent again with the same value it changes nothing.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/error.h"
#include "gateway/authorise.h"
#include "gateway/context.h"
#include "services/secretsmanager/encryption.h"
#include "services/secretsmanager/resolve.h"

namespace fogbank::secretsmanager {

/// What an authorise function prepared, for the handler.
struct Write {
  NamedSecret named;
  std::string suffix, arn;                ///< of the secret written, which CreateSecret only makes
  std::optional<Opening> existing;        ///< the version that the token names is there: compare with it
  std::optional<Sealing> sealing;         ///< else: encrypt for it
  std::optional<Sealing> new_key;         ///< the secret gets this key
  struct Moved { Opening from; Sealing to; };
  std::vector<Moved> moved;               ///< values to be encrypted under the new key, too
  std::optional<ApiError> refused;        ///< by KMS, about names: told after the decisions
};

/// The value of a request.
struct GivenValue {
  Str text;
  Blob bytes;
  bool given() const { return text.has() || bytes.has(); }
  bool binary() const { return bytes.has(); }
  std::string_view view() const { return bytes.has() ? bytes.view() : text.view(); }
};
/// InvalidParameterException for two values, ValidationException for one that is too large.
Result<void> check_value(const GivenValue& value);
/// InvalidRequestException for a request that makes a version and names none.
Result<void> check_token(Str token);

/// For authorise functions: the decisions about the version `token` of write.named. `kms_key`: of the secret, as it will be.
void require_value(AuthoriseContext& cx, Write& write, std::string_view token, std::string_view kms_key);
/// The decisions about the key that the secret gets.
void require_new_key(AuthoriseContext& cx, Write& write, std::string_view kms_key);

/// For handlers: nothing if the version is there with this value; ResourceExistsException if with another.
Result<std::optional<Value>> encrypted(Context& cx, const Write& write, std::string_view token, const GivenValue& value);
std::shared_ptr<const Write> write_of(Context& cx);

}  // namespace fogbank::secretsmanager

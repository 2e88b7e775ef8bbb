#include "services/secretsmanager/encryption.h"

#include "base/aead.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "services/kms/data_keys.h"
#include "services/secretsmanager/errors.h"

namespace fogbank::secretsmanager {
namespace {

constexpr std::string_view kService = "secretsmanager";
/// What stands for a version where KMS is only asked whether the key may be used.
constexpr std::string_view kValidation = "RequestToValidateKeyAccess";

ApiError reworded(ApiError&&) { return kms_denied(); }

/// The key as an ARN: names without one are of the secret's account, also when the caller is of another.
std::string full_key_name(const Scope& scope, std::string_view kms_key) {
  if (kms_key.empty() || kms_key.starts_with("arn:")) return std::string(kms_key);
  return kms_key.starts_with("alias/") ? kms::alias_arn(scope, kms_key) : kms::key_arn(scope, kms_key);
}

kms::KeyUse use_of(std::string_view arn, std::string_view version_id, std::string_view key = {}) {
  kms::KeyUse use;
  use.service = kService;
  use.key = key;
  use.context = {{"SecretARN", std::string(arn)}, {"SecretVersionId", std::string(version_id)}};
  use.reword = reworded;
  return use;
}

std::string associated(std::string_view arn, std::string_view version_id) { return cat(arn, '|', version_id); }

/// Denials and "try again" as they are, all else as a failure of the encryption or decryption.
ApiError reworded_failure(ApiError&& e, ApiError failure) {
  if (e.code == "AccessDeniedException" && e.message == kms_denied().message) return std::move(e);
  if (e.status == 503) return std::move(e);
  failure.detail = cat(e.code, ": ", e.message, e.detail.empty() ? "" : " ", e.detail);
  return failure;
}

Sealing validation_of(const Sealing& to) { return {to.scope, to.arn, std::string(kValidation), to.kms_key}; }

}  // namespace

Result<void> require_seal(AuthoriseContext& cx, const Sealing& to) {
  std::string key = full_key_name(to.scope, to.kms_key);
  auto required = kms::require_generate(cx, use_of(to.arn, to.version_id, key));
  if (!required) return fail(reworded_failure(std::move(required.error()), encryption_failure()));
  return {};
}

Result<Copy> seal(Context& cx, const Sealing& to, std::string_view plain) {
  std::string key = full_key_name(to.scope, to.kms_key);
  auto data_key = kms::generate_data_key(cx, use_of(to.arn, to.version_id, key));
  if (!data_key) return fail(reworded_failure(std::move(data_key.error()), encryption_failure()));
  Copy out;
  out.kms_key = to.kms_key;
  out.data_key = data_key->ciphertext;
  out.sealed = aead::seal(data_key->plain.view(), cx.random().bytes(aead::kNonceBytes), associated(to.arn, to.version_id), plain);
  return out;
}

Result<void> require_key_access(AuthoriseContext& cx, const Sealing& to) {
  FB_TRY(require_seal(cx, validation_of(to)));
  std::string key = full_key_name(to.scope, to.kms_key);
  auto required = kms::require_decrypt_later(cx, use_of(to.arn, kValidation, key));
  if (!required) return fail(reworded_failure(std::move(required.error()), encryption_failure()));
  return {};
}

Result<void> check_key_access(Context& cx, const Sealing& to) {
  Sealing validation = validation_of(to);
  std::string key = full_key_name(validation.scope, validation.kms_key);
  auto data_key = kms::generate_data_key(cx, use_of(validation.arn, validation.version_id, key));
  if (!data_key) return fail(reworded_failure(std::move(data_key.error()), encryption_failure()));
  return {};
}

Opening require_open(AuthoriseContext& cx, const Scope& scope, std::string_view arn, std::string_view version_id, std::shared_ptr<const Value> value, size_t slot) {
  Opening out{scope, std::string(arn), std::string(version_id), std::move(value), {}, kFirstEntry + int(slot * kCopies)};
  bool foreign = cx.caller().account != scope.account;
  for (size_t i = out.value->copies.size(); i-- > 0;) {
    const Copy& copy = out.value->copies[i];
    if (foreign && copy.kms_key.empty()) continue;   // the AWS managed key is never shared
    kms::KeyUse use = use_of(arn, version_id);
    use.entry = out.first_entry + int(i);
    // A copy whose key is gone for good cannot be decided about; another one may do.
    if (kms::require_decrypt(cx, use, copy.data_key)) out.copies.push_back(i);
  }
  return out;
}

Result<Secret> open(Context& cx, const Opening& from) {
  if (from.copies.empty()) {
    bool foreign = cx.caller().account != from.scope.account;
    for (const Copy& copy : from.value->copies) if (foreign && copy.kms_key.empty()) return fail(default_key_is_not_shared());
    return fail(decryption_failure());
  }
  std::optional<ApiError> first;
  for (size_t i : from.copies) {
    const Copy& copy = from.value->copies[i];
    kms::KeyUse use = use_of(from.arn, from.version_id);
    use.entry = from.first_entry + int(i);
    auto data_key = kms::decrypt(cx, use, copy.data_key);
    if (data_key) {
      if (auto plain = aead::open(data_key->view(), copy.sealed, associated(from.arn, from.version_id))) return Secret(std::move(*plain));
      ApiError damaged = decryption_failure();
      damaged.detail = "the stored value is damaged";
      return fail(std::move(damaged));
    }
    if (!first) first = reworded_failure(std::move(data_key.error()), decryption_failure());
  }
  return fail(std::move(*first));
}

}  // namespace fogbank::secretsmanager

#include "services/ssm/secure.h"

#include "base/aead.h"
#include "base/encoding.h"
#include "services/kms/data_keys.h"
#include "services/ssm/errors.h"

namespace fogbank::ssm {
namespace {

kms::KeyUse key_use(const std::string& arn, std::string_view key) {
  kms::KeyUse use;
  use.service = "ssm";
  use.key = key == "alias/aws/ssm" ? std::string_view() : key;
  use.context = {{"PARAMETER_ARN", arn}};
  return use;
}

std::string_view sealed_by_kms(const Version& v) { return v.tier == Tier::standard ? v.value : v.data_key; }

template <class T> Result<T> worded(Result<T> r) {
  if (r) return r;
  return fail(from_kms(std::move(r.error())));
}

}  // namespace

Result<void> require_seal(AuthoriseContext& cx, const std::string& arn, const Version& version) {
  kms::KeyUse use = key_use(arn, version.key_id);
  return worded(version.tier == Tier::standard ? kms::require_encrypt(cx, use) : kms::require_generate(cx, use));
}

Result<void> seal(Context& cx, const std::string& arn, std::string_view plain, Version& version) {
  kms::KeyUse use = key_use(arn, version.key_id);
  if (version.tier == Tier::standard) {
    FB_ASSIGN(encrypted, worded(kms::encrypt(cx, use, plain)));
    version.value = std::move(encrypted.ciphertext);
    return {};
  }
  FB_ASSIGN(key, worded(kms::generate_data_key(cx, use)));
  version.value = aead::seal(key.plain.view(), cx.random().bytes(aead::kNonceBytes), arn, plain);
  version.data_key = std::move(key.ciphertext);
  return {};
}

Result<void> require_open(AuthoriseContext& cx, const std::string& arn, const Version& version) {
  return worded(kms::require_decrypt(cx, key_use(arn, {}), sealed_by_kms(version)));
}

Result<Secret> open(Context& cx, const std::string& arn, const Version& version) {
  FB_ASSIGN(opened, worded(kms::decrypt(cx, key_use(arn, {}), sealed_by_kms(version))));
  if (version.tier == Tier::standard) return std::move(opened);
  auto plain = aead::open(opened.view(), version.value, arn);
  if (!plain) {
    ApiError e("InternalServerError", "An error occurred on the server side.", 500);
    e.detail = "a sealed parameter value is damaged";
    return fail(std::move(e));
  }
  return Secret(std::move(*plain));
}

std::string ciphertext_text(const Version& version) { return base64(version.data_key + version.value); }

}  // namespace fogbank::ssm

#include "services/secretsmanager/writes.h"

#include <stdexcept>

#include "base/encoding.h"
#include "services/secretsmanager/errors.h"

namespace fogbank::secretsmanager {
namespace {

std::shared_ptr<const Value> stored_value(AuthoriseContext& cx, const NamedSecret& named, std::string_view version_id) {
  auto value = cx.reader().get_as<Value>(value_key(named.scope, named.name, version_id));
  return value ? std::make_shared<const Value>(std::move(*value)) : nullptr;
}

void keep_refusal(Write& write, Result<void>&& required) {
  if (!required && !write.refused) write.refused = std::move(required.error());
}

}  // namespace

Result<void> check_value(const GivenValue& value) {
  if (value.text && value.bytes) return fail(invalid_parameter("You can't specify both a binary secret value and a string secret value in the same secret."));
  if (value.view().size() > kValueBytes)
    return fail("ValidationException", cat("1 validation error detected: Value at '", value.binary() ? "secretBinary" : "secretString",
                                           "' failed to satisfy constraint: Member must have length less than or equal to ", kValueBytes));
  return {};
}

Result<void> check_token(Str token) {
  if (token.empty()) return fail(invalid_request("You must provide a ClientRequestToken value. We recommend a UUID-type value."));
  return {};
}

void require_value(AuthoriseContext& cx, Write& write, std::string_view token, std::string_view kms_key) {
  const NamedSecret& named = write.named;
  if (named.secret) {
    if (auto value = stored_value(cx, named, token)) {
      write.existing = require_open(cx, named.scope, named.arn, token, std::move(value));
      return;
    }
  }
  // The AWS managed key is never shared: nothing to decide, and nothing to encrypt for.
  if (kms_key.empty() && cx.caller().account != named.scope.account) {
    if (!write.refused) write.refused = default_key_is_not_shared();
    return;
  }
  write.sealing = Sealing{named.scope, write.arn, std::string(token), std::string(kms_key)};
  keep_refusal(write, require_seal(cx, *write.sealing));
}

void require_new_key(AuthoriseContext& cx, Write& write, std::string_view kms_key) {
  const NamedSecret& named = write.named;
  if (!kms_key.empty()) {
    write.new_key = Sealing{named.scope, write.arn, {}, std::string(kms_key)};
    keep_refusal(write, require_key_access(cx, *write.new_key));
  }
  if (!named.secret || write.refused) return;
  size_t slot = 1;   // 0 is the version of the token
  for (std::string_view label : {kCurrent, kPrevious, kPending}) {
    auto at = named.secret->stages.find(std::string(label));
    if (at == named.secret->stages.end()) continue;
    bool seen = false;
    for (const Write::Moved& m : write.moved) seen = seen || m.to.version_id == at->second;
    auto value = seen ? nullptr : stored_value(cx, named, at->second);
    if (!value || value->copies.back().kms_key == kms_key) continue;
    Write::Moved moved{require_open(cx, named.scope, named.arn, at->second, std::move(value), slot++), {named.scope, named.arn, at->second, std::string(kms_key)}};
    keep_refusal(write, require_seal(cx, moved.to));
    write.moved.push_back(std::move(moved));
  }
}

Result<std::optional<Value>> encrypted(Context& cx, const Write& write, std::string_view token, const GivenValue& given) {
  if (write.existing) {
    FB_ASSIGN(plain, open(cx, *write.existing));
    if (write.existing->value->binary != given.binary() || !equal_constant_time(plain.view(), given.view())) return fail(token_in_use(token, write.arn));
    return std::optional<Value>();
  }
  if (!write.sealing) return fail(changed_meanwhile());
  FB_ASSIGN(copy, seal(cx, *write.sealing, given.view()));
  Value value;
  value.binary = given.binary();
  value.copies.push_back(std::move(copy));
  return std::optional<Value>(std::move(value));
}

std::shared_ptr<const Write> write_of(Context& cx) {
  auto write = cx.found<Write>();
  if (!write) throw std::logic_error("the authorise function left nothing to write");
  return write;
}

}  // namespace fogbank::secretsmanager

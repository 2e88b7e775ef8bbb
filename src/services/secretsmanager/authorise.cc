// What is decided before Secrets Manager's operations run, and on which secret. Source: Service Authorization Reference, "AWS Secrets
// Manager"; API reference, "Required permissions" of each operation.
//
// A name that cannot be one is told before anything is decided; a secret that does not exist only after it.
#include "gateway/authorise.h"

#include <algorithm>

#include "base/strings.h"
#include "gateway/core.h"
#include "gen/secretsmanager/operations.h"
#include "services/secretsmanager/errors.h"
#include "services/secretsmanager/filters.h"
#include "services/secretsmanager/pages.h"
#include "services/secretsmanager/reads.h"
#include "services/secretsmanager/resolve.h"
#include "services/secretsmanager/rotation.h"
#include "services/secretsmanager/secret_values.h"
#include "services/secretsmanager/writes.h"

namespace fogbank::secretsmanager {
namespace {

Result<NamedSecret> named_by(AuthoriseContext& cx, std::string_view given) {
  FB_ASSIGN(named, resolve_secret(cx.core(), cx.reader(), cx.caller(), given));
  cx.set_target(named.scope);
  return named;
}

/// secretsmanager:KmsKeyArn of the decisions made so far: the key that the request's name leads to.
void key_arn_fact(AuthoriseContext& cx, const Write& write, Str kms_key) {
  if (kms_key.empty() || write.refused) return;
  auto& all = cx.requirements();
  auto of_kms = std::find_if(all.begin(), all.end(), [](const Requirement& r) { return r.action.starts_with("kms:") && r.entry < 0; });
  if (of_kms == all.end()) return;
  std::string arn = of_kms->resource;
  for (auto r = all.begin(); r != of_kms; ++r) r->keys["secretsmanager:kmskeyarn"] = {arn};
}

}  // namespace

Result<void> by_secret(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(named, named_by(cx, in.text("SecretId")));
  require_secret(cx, named, cx.action());
  cx.find<Target>().named = std::move(named);
  return {};
}

Result<void> rotation(AuthoriseContext& cx, const wire::View& in) {
  const auto& request = in.as<svc::RotateSecretRequest>();
  FB_TRY(by_secret(cx, in));
  cx.requirements().back().keys["secretsmanager:modifyrotationrules"] = {in.has("RotationRules") ? "true" : "false"};
  const NamedSecret& named = cx.find<Target>().named;
  if (!named.secret || named.secret->deletion_at) return {};
  Str function = request.RotationLambdaARN;
  if (auto arn = parse_arn(function ? function.view() : std::string_view(named.secret->rotation.function))) {
    auto info = std::make_shared<ResourceInfo>();
    info->owner_account = arn->account;
    cx.require("lambda:InvokeFunction", function ? function.view() : std::string_view(named.secret->rotation.function)).info = std::move(info);
  }
  auto current = named.secret->stages.find(std::string(kCurrent));
  if (request.RotateImmediately.value_or(true) || request.ClientRequestToken.empty() || current == named.secret->stages.end()) return {};
  auto value = cx.reader().get_as<Value>(value_key(named.scope, named.name, current->second));
  if (!value) return {};
  RotationTest& test = cx.find<RotationTest>();
  test.from = require_open(cx, named.scope, named.arn, current->second, std::make_shared<const Value>(std::move(*value)));
  test.to = Sealing{named.scope, named.arn, std::string(request.ClientRequestToken), named.secret->kms_key};
  if (auto sealed = require_seal(cx, *test.to); !sealed) test.refused = std::move(sealed.error());
  return {};
}

Result<void> checked_policy(AuthoriseContext& cx, const wire::View& in) {
  if (!in.has("SecretId")) {
    cx.require("secretsmanager:ValidateResourcePolicy", "*");
    cx.require("secretsmanager:PutResourcePolicy", "*");
    return {};
  }
  FB_TRY(by_secret(cx, in));
  require_secret(cx, cx.find<Target>().named, "secretsmanager:PutResourcePolicy");
  return {};
}

Result<void> new_secret(AuthoriseContext& cx, const wire::View& in) {
  const auto& request = in.as<svc::CreateSecretRequest>();
  FB_TRY(check_name(request.Name));
  FB_ASSIGN(named, named_by(cx, request.Name));
  Write write;
  write.suffix = named.secret ? named.secret->suffix
                              : cx.core().random().from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", kSuffixLength);
  write.arn = secret_arn(named.scope, cat(named.name, '-', write.suffix));
  auto require = [&](std::string_view action) {
    Requirement& r = cx.require(action, write.arn);
    r.shown = named.given;
    r.info = std::make_shared<ResourceInfo>();   // no policy and no tags: it does not exist yet
  };
  require("secretsmanager:CreateSecret");
  if (!request.Tags.empty()) require("secretsmanager:TagResource");
  write.named = std::move(named);
  bool value = request.SecretString || request.SecretBinary;
  // A name that is taken needs no key, but for comparing what is there with what a repeated request brings.
  bool taken = write.named.secret && !cx.reader().has(value_key(write.named.scope, write.named.name, request.ClientRequestToken));
  if (value && !taken && !request.ClientRequestToken.empty()) require_value(cx, write, request.ClientRequestToken, request.KmsKeyId);
  if (!request.KmsKeyId.empty() && !write.named.secret) require_new_key(cx, write, request.KmsKeyId);
  key_arn_fact(cx, write, request.KmsKeyId);
  cx.find<Write>() = std::move(write);
  return {};
}

Result<void> new_value(AuthoriseContext& cx, const wire::View& in) {
  const auto& request = in.as<svc::PutSecretValueRequest>();
  FB_ASSIGN(named, named_by(cx, request.SecretId));
  require_secret(cx, named, cx.action());
  Write write;
  write.arn = named.arn;
  write.named = std::move(named);
  bool value = request.SecretString || request.SecretBinary;
  if (SecretPtr secret = write.named.secret; secret && !secret->deletion_at && value && !request.ClientRequestToken.empty())
    require_value(cx, write, request.ClientRequestToken, secret->kms_key);
  cx.find<Write>() = std::move(write);
  return {};
}

Result<void> change_secret(AuthoriseContext& cx, const wire::View& in) {
  const auto& request = in.as<svc::UpdateSecretRequest>();
  FB_ASSIGN(named, named_by(cx, request.SecretId));
  require_secret(cx, named, cx.action());
  Write write;
  write.arn = named.arn;
  write.named = std::move(named);
  if (SecretPtr secret = write.named.secret; secret && !secret->deletion_at) {
    std::string key(request.KmsKeyId ? request.KmsKeyId.view() : std::string_view(secret->kms_key));
    bool value = request.SecretString || request.SecretBinary;
    if (value && !request.ClientRequestToken.empty()) require_value(cx, write, request.ClientRequestToken, key);
    if (key != secret->kms_key) require_new_key(cx, write, key);
  }
  key_arn_fact(cx, write, request.KmsKeyId);
  cx.find<Write>() = std::move(write);
  return {};
}

Result<void> read_value(AuthoriseContext& cx, const wire::View& in) {
  const auto& request = in.as<svc::GetSecretValueRequest>();
  FB_TRY(require_read(cx, {request.SecretId, request.VersionId, request.VersionStage}));
  cx.set_target(cx.find<Reads>().all.back().named.scope);
  return {};
}

/// The entries are the secrets of the list, or the page of those that the filters let through.
Result<void> read_values(AuthoriseContext& cx, const wire::View& in) {
  const auto& request = in.as<svc::BatchGetSecretValueRequest>();
  cx.require("secretsmanager:BatchGetSecretValue", "*");
  Batch& batch = cx.find<Batch>();
  if (request.SecretIdList && !request.Filters) {
    for (const Str& id : request.SecretIdList) batch.ids.emplace_back(id);
  } else if (request.Filters && !request.SecretIdList) {
    cx.require("secretsmanager:ListSecrets", "*");
    auto page = list_page(cx.reader(), cx.caller(), {&request.Filters, request.NextToken, {}, {}, size_t(request.MaxResults.value_or(kBatchSize)), false});
    if (!page) {
      batch.refused = std::move(page.error());
      return {};
    }
    for (const StoredSecret& s : page->secrets) batch.ids.push_back(secret_arn(cx.caller(), s));
    batch.next_token = page->next_token;
  }
  for (size_t i = 0; i < batch.ids.size(); i++) {
    auto required = require_read(cx, {batch.ids[i], {}, {}, {}, int(i)});
    if (!required) batch.bad_names[i] = std::move(required.error());
  }
  return {};
}

}  // namespace fogbank::secretsmanager

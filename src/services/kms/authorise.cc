// What is decided before KMS's operations run, and on which key. Source: Service Authorization Reference, "AWS Key Management Service";
// developer guide, "Condition keys for AWS KMS" and "Controlling access to aliases".
//
// A key policy is the root of trust: without a word of it (or a grant) nothing is allowed. Every function here leaves the keys that it found
// for the handler (NamedKeys), in the order of the decisions. A name that is none, and an alias that leads nowhere, are told before
// anything is decided; a key that does not exist only after it, so that only those who may use a key learn whether it exists.
#include "gateway/authorise.h"

#include "gateway/core.h"
#include "gen/kms/operations.h"
#include "services/kms/aliases.h"
#include "services/kms/ciphertext.h"
#include "services/kms/errors.h"
#include "services/kms/grants.h"
#include "services/kms/resolve.h"

namespace fogbank::kms {
namespace {

Result<NamedKey> named_by(AuthoriseContext& cx, std::string_view given, Aliases aliases) {
  FB_ASSIGN(named, resolve_key(cx.core(), cx.reader(), cx.caller(), given, aliases));
  return named;
}

/// Grant tokens only bridge the time until a grant is known everywhere, which is at once here. They must be ours all the same.
Result<void> check_grant_tokens(AuthoriseContext& cx, const wire::View& in) {
  const auto* tokens = in.slot<List<Str>>("GrantTokens");
  if (!tokens) return {};
  for (const Str& token : *tokens)
    if (!read_grant_token(cx.core().state<State>(), token)) return fail("InvalidGrantTokenException", "Invalid grant token");
  return {};
}

std::optional<EncryptionContext> context_member(const wire::View& in, std::string_view member = "EncryptionContext") {
  if (!in.field(member)) return std::nullopt;
  const auto* given = in.slot<Map<Str>>(member);
  return given ? context_of(*given) : EncryptionContext();
}

/// kms:EncryptionAlgorithm of operations that encrypt or decrypt; the symmetric one unless another is named.
void algorithm_key(Requirement& r, Str given) { r.keys["kms:encryptionalgorithm"] = {std::string(given.value_or("SYMMETRIC_DEFAULT"))}; }

Result<void> require_named(AuthoriseContext& cx, const wire::View& in, Aliases aliases, bool across) {
  FB_TRY(check_grant_tokens(cx, in));
  FB_ASSIGN(named, named_by(cx, in.text("KeyId"), aliases));
  auto context = context_member(in);
  KeyDecision d;
  d.action = cx.action();
  d.across_accounts = across;
  d.context = context ? &*context : nullptr;
  Requirement& r = require_key(cx, named, d);
  if (in.field("EncryptionAlgorithm")) algorithm_key(r, in.text("EncryptionAlgorithm"));
  else if (context) algorithm_key(r, {});
  if (in.field("MessageType")) r.keys["kms:messagetype"] = {std::string(in.text("MessageType").value_or("RAW"))};
  return {};
}

/// A decision about an alias: identity policies alone say who may make and change aliases of that name.
void require_alias(AuthoriseContext& cx, std::string_view alias) {
  Requirement& r = cx.require(cx.action(), alias_arn(cx.caller(), alias));
  r.info = std::make_shared<ResourceInfo>();
  if (!cx.principal().account.empty()) r.keys["kms:calleraccount"] = {cx.principal().account};
}

Result<NamedKey> target_of(AuthoriseContext& cx, std::string_view given) {
  if (given.starts_with("alias/") || given.find(":alias/") != std::string_view::npos) return fail(validation("Aliases must refer to keys. Not aliases"));
  return named_by(cx, given, Aliases::refused);
}

/// The key that an alias leads to; null if there is no such alias.
std::optional<NamedKey> behind(AuthoriseContext& cx, std::string_view alias) {
  auto record = cx.core().state<State>().aliases.get(cx.reader(), alias_key(cx.caller(), alias));
  if (!record) return std::nullopt;
  auto named = named_by(cx, record->key_id, Aliases::refused);
  if (!named) return std::nullopt;
  return std::move(*named);
}

void require_own(AuthoriseContext& cx, const NamedKey& named) {
  KeyDecision d;
  d.action = cx.action();
  d.across_accounts = false;
  require_key(cx, named, d);
}

/// The key that a symmetric ciphertext, or the request, says it is under.
Result<NamedKey> source_key(AuthoriseContext& cx, std::string_view blob, Str key_id, Str algorithm) {
  bool symmetric = algorithm.value_or("SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT";
  auto head = symmetric ? read_blob(blob) : std::nullopt;
  if (symmetric && !head) return fail(invalid_ciphertext());
  if (key_id) return named_by(cx, key_id, Aliases::taken);
  if (!symmetric) return fail(validation("KeyId is required for the decryption with an asymmetric KMS key."));
  NamedKey named = key_of_blob(cx.core(), cx.reader(), cx.caller(), *head);
  if (!named.key) return fail(unreachable_key());
  return named;
}

std::vector<std::string> texts(const List<Str>& list) {
  std::vector<std::string> out;
  for (const Str& s : list) out.emplace_back(s);
  return out;
}

/// A grant that lets its grantee make grants lets it give away only what it has itself, under constraints at least as strict.
bool passes_on(const Grant& mine, const std::vector<std::string>& operations, const EncryptionContext& subset, const EncryptionContext& equals) {
  for (const std::string& o : operations)
    if (std::find(mine.operations.begin(), mine.operations.end(), o) == mine.operations.end()) return false;
  if (!mine.equals.empty() && mine.equals != equals) return false;
  if (mine.subset.empty()) return true;
  const EncryptionContext& promised = equals.empty() ? subset : equals;
  for (const auto& [k, v] : mine.subset) {
    auto it = promised.find(k);
    if (it == promised.end() || it->second != v) return false;
  }
  return true;
}

}  // namespace

Result<void> by_key(AuthoriseContext& cx, const wire::View& in) { return require_named(cx, in, Aliases::refused, false); }
Result<void> by_foreign_key(AuthoriseContext& cx, const wire::View& in) { return require_named(cx, in, Aliases::refused, true); }
Result<void> by_key_name(AuthoriseContext& cx, const wire::View& in) { return require_named(cx, in, Aliases::taken, true); }

Result<void> by_ciphertext(AuthoriseContext& cx, const wire::View& in) {
  FB_TRY(check_grant_tokens(cx, in));
  const auto& request = in.as<svc::DecryptRequest>();
  if (!request.CiphertextBlob) return fail(validation("1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null"));
  FB_ASSIGN(named, source_key(cx, request.CiphertextBlob, request.KeyId, request.EncryptionAlgorithm));
  EncryptionContext context = context_of(request.EncryptionContext);
  KeyDecision d;
  d.action = "kms:Decrypt";
  d.context = &context;
  algorithm_key(require_key(cx, named, d), request.EncryptionAlgorithm);
  return {};
}

Result<void> re_encrypt(AuthoriseContext& cx, const wire::View& in) {
  FB_TRY(check_grant_tokens(cx, in));
  const auto& request = in.as<svc::ReEncryptRequest>();
  if (!request.CiphertextBlob) return fail(validation("1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null"));
  FB_ASSIGN(from, source_key(cx, request.CiphertextBlob, request.SourceKeyId, request.SourceEncryptionAlgorithm));
  FB_ASSIGN(to, named_by(cx, request.DestinationKeyId, Aliases::taken));
  std::string same = from.arn == to.arn ? "true" : "false";
  EncryptionContext source = context_of(request.SourceEncryptionContext), destination = context_of(request.DestinationEncryptionContext);
  KeyDecision d;
  d.action = "kms:ReEncryptFrom";
  d.context = &source;
  Requirement& first = require_key(cx, from, d);
  first.keys["kms:reencryptonsamekey"] = {same};
  algorithm_key(first, request.SourceEncryptionAlgorithm);
  d.action = "kms:ReEncryptTo";
  d.context = &destination;
  Requirement& second = require_key(cx, to, d);
  second.keys["kms:reencryptonsamekey"] = {same};
  algorithm_key(second, request.DestinationEncryptionAlgorithm);
  return {};
}

Result<void> new_key(AuthoriseContext& cx, const wire::View& in) {
  const auto& request = in.as<svc::CreateKeyRequest>();
  auto facts = [&](Requirement& r) {
    r.info = std::make_shared<ResourceInfo>();
    r.keys["kms:calleraccount"] = {cx.principal().account};
    Str spec = request.KeySpec ? request.KeySpec : request.CustomerMasterKeySpec;
    r.keys["kms:keyspec"] = r.keys["kms:customermasterkeyspec"] = {std::string(spec.value_or("SYMMETRIC_DEFAULT"))};
    r.keys["kms:keyusage"] = r.keys["kms:customermasterkeyusage"] = {std::string(request.KeyUsage.value_or("ENCRYPT_DECRYPT"))};
    r.keys["kms:keyorigin"] = {std::string(request.Origin.value_or("AWS_KMS"))};
    r.keys["kms:multiregion"] = {request.MultiRegion.value_or(false) ? "true" : "false"};
    r.keys["kms:bypasspolicylockoutsafetycheck"] = {request.BypassPolicyLockoutSafetyCheck.value_or(false) ? "true" : "false"};
  };
  facts(cx.require("kms:CreateKey", "*"));
  if (!request.Tags.empty()) facts(cx.require("kms:TagResource", key_arn(cx.caller(), "*")));
  return {};
}

Result<void> new_alias(AuthoriseContext& cx, const wire::View& in) {
  Str alias = in.text("AliasName");
  FB_TRY(check_alias_name(alias));
  FB_ASSIGN(target, target_of(cx, in.text("TargetKeyId")));
  require_alias(cx, alias);
  require_own(cx, target);
  return {};
}

Result<void> change_alias(AuthoriseContext& cx, const wire::View& in) {
  Str alias = in.text("AliasName");
  FB_TRY(check_alias_name(alias));
  FB_ASSIGN(target, target_of(cx, in.text("TargetKeyId")));
  require_alias(cx, alias);
  require_own(cx, target);
  if (auto old = behind(cx, alias)) require_own(cx, *old);
  return {};
}

Result<void> old_alias(AuthoriseContext& cx, const wire::View& in) {
  Str alias = in.text("AliasName");
  FB_TRY(check_alias_name(alias));
  require_alias(cx, alias);
  if (auto old = behind(cx, alias)) require_own(cx, *old);
  return {};
}

Result<void> new_grant(AuthoriseContext& cx, const wire::View& in) {
  FB_TRY(check_grant_tokens(cx, in));
  const auto& request = in.as<svc::CreateGrantRequest>();
  FB_ASSIGN(named, named_by(cx, request.KeyId, Aliases::refused));
  EncryptionContext subset, equals;
  if (request.Constraints) {
    subset = context_of(request.Constraints->EncryptionContextSubset);
    equals = context_of(request.Constraints->EncryptionContextEquals);
  }
  std::vector<std::string> operations = texts(request.Operations);
  KeyDecision d;
  d.action = "kms:CreateGrant";
  d.grant_fits = [operations, subset, equals](const Grant& mine) { return passes_on(mine, operations, subset, equals); };
  Requirement& r = require_key(cx, named, d);
  r.keys["kms:grantoperations"] = std::move(operations);
  r.keys["kms:granteeprincipal"] = {std::string(request.GranteePrincipal)};
  if (request.RetiringPrincipal) r.keys["kms:retiringprincipal"] = {std::string(request.RetiringPrincipal)};
  if (!subset.empty()) r.keys["kms:grantconstrainttype"].push_back("EncryptionContextSubset");
  if (!equals.empty()) r.keys["kms:grantconstrainttype"].push_back("EncryptionContextEquals");
  // A service makes grants for the resource that it acts for.
  bool for_service = !cx.principal().called_via.empty() || cx.principal().kind == auth::PrincipalKind::service;
  r.keys["kms:grantisforawsresource"] = {for_service ? "true" : "false"};
  return {};
}

Result<void> retire(AuthoriseContext& cx, const wire::View& in) {
  const auto& request = in.as<svc::RetireGrantRequest>();
  NamedKey named;
  std::string grant_id;
  if (request.GrantToken) {
    auto name = read_grant_token(cx.core().state<State>(), request.GrantToken);
    if (!name || name->scope.region != cx.caller().region) return fail("InvalidGrantTokenException", "Invalid grant token");
    FB_ASSIGN(found, named_by(cx, key_arn(name->scope, name->key_id), Aliases::refused));
    named = std::move(found);
    grant_id = name->grant_id;
  } else {
    if (!request.KeyId || !request.GrantId) return fail(validation("Must specify either GrantToken or both KeyId and GrantId."));
    FB_ASSIGN(found, named_by(cx, request.KeyId, Aliases::refused));
    named = std::move(found);
    grant_id = request.GrantId;
  }
  auto grant = cx.reader().get_as<Grant>(grant_key(named.scope, named.id, grant_id));
  KeyDecision d;
  d.action = "kms:RetireGrant";
  Requirement& r = require_key(cx, named, d);
  cx.find<RetiredGrant>().id = grant_id;
  if (!grant || !r.info->policy) return {};
  // The grant itself says who may retire it.
  auto info = std::make_shared<ResourceInfo>(*r.info);
  info->grant = [grant = std::move(*grant), &who = cx.principal()]() -> std::string {
    bool grantee_may = std::find(grant.operations.begin(), grant.operations.end(), "RetireGrant") != grant.operations.end();
    bool may = is_principal(who, grant.retiring, grant.retiring_id) || (grantee_may && is_principal(who, grant.grantee, grant.grantee_id));
    return may ? cat("grant ", grant.id) : std::string();
  };
  r.info = std::move(info);
  return {};
}

}  // namespace fogbank::kms

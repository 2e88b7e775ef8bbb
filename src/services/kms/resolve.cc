#include "services/kms/resolve.h"

#include "base/encoding.h"
#include "gateway/core.h"
#include "services/kms/errors.h"
#include "services/kms/grants.h"
#include "services/kms/managed_keys.h"

namespace fogbank::kms {
namespace {

bool multi_region_id(std::string_view id) { return id.size() == 36 && id.starts_with("mrk-") && unhex(id.substr(4)); }
bool key_id_form(std::string_view id) { return packed_id(id) || multi_region_id(id); }

NamedKey by_id(State& state, store::Reader& reader, const Scope& scope, std::string_view id) {
  NamedKey out;
  out.scope = scope;
  out.id = id;
  out.arn = key_arn(scope, id);
  out.key = state.keys.get(reader, key_key(scope, id));
  return out;
}

Result<NamedKey> by_alias(Core& core, store::Reader& reader, const Scope& scope, std::string_view alias) {
  State& state = core.state<State>();
  auto record = state.aliases.get(reader, alias_key(scope, alias));
  if (!record) {
    if (alias.starts_with("alias/aws/") && has_managed_key(alias.substr(10))) return managed_key(core, reader, scope, alias.substr(10));
    return fail(alias_not_found(alias_arn(scope, alias)));
  }
  NamedKey out = by_id(state, reader, scope, record->key_id);
  out.alias = alias;
  return out;
}

/// Facts of the key and of the caller that every decision about a key knows.
void key_facts(AuthoriseContext& cx, Requirement& r, const NamedKey& named, std::string_view via) {
  const auth::Principal& who = cx.principal();
  auto set = [&](const char* key, std::string_view value) { if (!value.empty()) r.keys[key].emplace_back(value); };
  set("kms:calleraccount", who.account);
  if (via.empty() && !who.called_via.empty()) via = std::string_view(who.called_via.back()).substr(0, who.called_via.back().find('.'));
  if (!via.empty()) set("kms:viaservice", via_service(via, named.scope.region.str()));
  set("kms:requestalias", named.alias);
  if (!named.key && named.managed.empty()) return;
  set("kms:keyspec", named.key ? named.key->spec : "SYMMETRIC_DEFAULT");
  set("kms:customermasterkeyspec", named.key ? named.key->spec : "SYMMETRIC_DEFAULT");
  set("kms:keyusage", named.key ? named.key->usage : "ENCRYPT_DECRYPT");
  set("kms:customermasterkeyusage", named.key ? named.key->usage : "ENCRYPT_DECRYPT");
  set("kms:keyorigin", "AWS_KMS");
  set("kms:multiregion", "false");
  if (named.key && !named.key->aliases.empty()) r.keys["kms:resourcealiases"] = named.key->aliases;
}

void context_facts(Requirement& r, const EncryptionContext& context) {
  for (const auto& [k, v] : context) {
    r.keys[cat("kms:encryptioncontext:", lower(k))].push_back(v);
    r.keys["kms:encryptioncontextkeys"].push_back(k);
  }
}

std::shared_ptr<ResourceInfo> resource_info(AuthoriseContext& cx, const NamedKey& named, bool across_accounts) {
  auto info = std::make_shared<ResourceInfo>();
  info->owner_account = named.scope.account.str();
  if (!named.key && named.managed.empty()) return info;   // an unknown key of one's own account: identity policies tell who may know
  info->policy_required = true;
  info->policy_name = named.arn;
  if (!named.key) {
    info->policy = compiled_managed_policy(named.scope, named.managed);
    info->exempt_from_rcps = true;
    return info;
  }
  info->exempt_from_rcps = named.key->manager == Manager::aws;
  info->tags = named.key->tags;
  if (across_accounts || cx.principal().account == named.scope.account.str())
    info->policy = cx.core().state<State>().policies.get(cx.reader(), policy_key(named.scope, named.id));
  return info;
}

}  // namespace

Result<NamedKey> resolve_key(Core& core, store::Reader& reader, const Scope& home, std::string_view given, Aliases aliases) {
  State& state = core.state<State>();
  if (!given.starts_with("arn:")) {
    if (given.starts_with("alias/") && aliases == Aliases::taken) return by_alias(core, reader, home, given);
    if (!key_id_form(given)) return fail(invalid_key_id(given));
    return by_id(state, reader, home, given);
  }
  auto arn = parse_arn(given);
  if (!arn || arn->service != "kms" || !is_account_id(arn->account)) return fail(invalid_arn(given));
  if (arn->region != home.region.str()) return fail(invalid_arn(arn->region));
  Scope scope{Partition(arn->partition), AccountId(arn->account), home.region};
  if (arn->partition != home.partition.str()) return fail(invalid_arn(given));
  if (arn->resource.starts_with("alias/")) {
    if (aliases == Aliases::refused) return fail(invalid_key_id(given));
    return by_alias(core, reader, scope, arn->resource);
  }
  if (!arn->resource.starts_with("key/")) return fail(invalid_arn(given));
  std::string_view id = arn->resource.substr(4);
  if (!key_id_form(id)) return fail(invalid_key_id(given));
  return by_id(state, reader, scope, id);
}

NamedKey managed_key(Core& core, store::Reader& reader, const Scope& home, std::string_view service) {
  State& state = core.state<State>();
  std::string alias = cat("alias/aws/", service);
  auto record = state.aliases.get(reader, alias_key(home, alias));
  NamedKey out = by_id(state, reader, home, record ? record->key_id : state.managed_key_id(home, service));
  out.alias = std::move(alias);
  if (!out.key) out.managed = service;
  return out;
}

NamedKey key_of_blob(Core& core, store::Reader& reader, const Scope& home, const BlobHead& head) {
  return by_id(core.state<State>(), reader, {home.partition, AccountId(head.account), home.region}, head.key_id);
}

EncryptionContext context_of(const Map<Str>& given) {
  EncryptionContext out;
  for (const auto& e : given) out[std::string(e.key)] = std::string(e.value);
  return out;
}

Requirement& require_key(AuthoriseContext& cx, const NamedKey& named, const KeyDecision& d) {
  cx.find<NamedKeys>().keys.push_back(named);
  Requirement& r = cx.require(d.action, named.arn);
  key_facts(cx, r, named, d.via_service);
  if (d.context) context_facts(r, *d.context);
  if (!d.via_service.empty()) r.via_service = cat(d.via_service, ".amazonaws.com");
  auto info = resource_info(cx, named, d.across_accounts);
  if (named.key && named.key->grants > 0 && info->policy) {
    std::optional<EncryptionContext> context;
    if (d.context) context = *d.context;
    info->grant = [&reader = cx.reader(), &who = cx.principal(), scope = named.scope, id = named.id, operation = std::string(d.action.substr(4)),
                   context = std::move(context), fits = d.grant_fits] {
      return covering_grant(reader, scope, id, who, {operation, context ? &*context : nullptr, fits});
    };
  }
  r.info = std::move(info);
  return r;
}

}  // namespace fogbank::kms

#include "services/iam/trust.h"

#include "auth/principal.h"
#include "base/strings.h"
#include "services/iam/caches.h"
#include "services/iam/entities.h"
#include "services/iam/oidc.h"
#include "services/iam/rules.h"

namespace fogbank::iam {
namespace {

tl::unexpected<ApiError> invalid_principal(std::string_view value) {
  return fail("MalformedPolicyDocument", cat("Invalid principal in policy: \"AWS\":\"", value, "\""));
}

/// What one entry of "AWS" becomes: the text to store and, for users and roles, the unique id.
struct Resolved { std::string text, id; };

Result<Resolved> resolve(store::Reader& reader, const Scope& scope, const std::string& value, bool development_user) {
  if (value == "*") return Resolved{value, {}};
  if (is_account_id(value)) return Resolved{cat("arn:", scope.partition.str(), ":iam::", value, ":root"), {}};
  auto arn = parse_arn(value);
  if (!arn) {  // a unique id, or the grammar would have refused it
    auto owner = find_by_id(reader, scope, value);
    if (!owner || owner->entity.kind == EntityKind::group) return invalid_principal(value);
    return Resolved{entity_arn(owner->scope, owner->entity), value};
  }
  if (arn->resource == "root") return Resolved{value, {}};
  Scope theirs = account_scope(arn->partition, arn->account);
  if (arn->service == "sts") {
    auto parts = split(arn->resource, '/');
    if (parts[0] == "federated-user" && parts.size() == 2) return Resolved{value, {}};
    if (parts[0] == "assumed-role" && parts.size() == 3 && find_entity(reader, theirs, EntityKind::role, parts[1])) return Resolved{value, {}};
    return invalid_principal(value);
  }
  auto name = parse_entity_resource(arn->resource);
  if (!name || name->kind == EntityKind::group) return invalid_principal(value);  // a group is no principal
  auto entity = find_entity(reader, theirs, name->kind, name->name);
  if (entity && entity_arn(theirs, *entity) == value) return Resolved{value, entity->id};
  // The development credentials' administrator, who is of whichever partition the caller's Region belongs to.
  if (development_user && value == cat("arn:", arn->partition, ":iam::", arn->account, ":user/", auth::development_principal(arn->account).name)) return Resolved{value, {}};
  return invalid_principal(value);
}

/// Which services there are AWS does not publish; what cannot be the name of one is refused.
bool may_be_service(std::string_view name) {
  static constexpr std::string_view kDomains[] = {".amazonaws.com", ".amazonaws.com.cn", ".amazon.com", ".aws.internal"};
  if (name == "*") return true;
  bool plain = std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_'; });
  return plain && std::any_of(std::begin(kDomains), std::end(kDomains), [&](std::string_view d) { return name.size() > d.size() && name.ends_with(d); });
}

/// AWS's own identity providers by name, an account's by ARN; one that is not there (yet) is taken.
bool may_be_provider(std::string_view name) {
  static constexpr std::string_view kBuiltIn[] = {"cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com", "accounts.google.com"};
  if (name == "*" || std::find(std::begin(kBuiltIn), std::end(kBuiltIn), name) != std::end(kBuiltIn)) return true;
  auto arn = parse_arn(name);
  constexpr std::string_view kSaml = "saml-provider/";
  return arn && arn->service == "iam" && arn->region.empty() && is_account_id(arn->account) &&
         (parse_oidc_resource(arn->resource) || (arn->resource.starts_with(kSaml) && arn->resource.size() > kSaml.size()));
}

Result<void> check_other_principals(const policy::CompiledPolicy& compiled) {
  using Type = policy::PrincipalName::Type;
  for (const policy::PrincipalName& p : policy::principals_of(compiled)) {
    if (p.type == Type::service && !may_be_service(p.value))
      return fail("MalformedPolicyDocument", cat("Invalid principal in policy: \"SERVICE\":\"", p.value, "\""));
    if (p.type == Type::federated && !may_be_provider(p.value))
      return fail("MalformedPolicyDocument", cat("Invalid principal in policy: \"FEDERATED\":\"", p.value, "\""));
  }
  return {};
}

/// The document with other texts in the place of its trusted ARNs.
template <class F> std::string splice(const Entity& role, F text_of) {
  std::string out;
  size_t at = 0;
  for (const TrustedId& t : role.trusted) {
    size_t offset = size_t(t.offset), length = size_t(t.length);
    if (offset < at || offset + length > role.trust.size()) throw std::runtime_error("a stored role is damaged");
    out.append(role.trust, at, offset - at);
    append(out, '"', text_of(t), '"');
    at = offset + length;
  }
  out.append(role.trust, at);
  return out;
}

}  // namespace

Result<StoredTrust> check_trust(store::Reader& reader, const Scope& scope, std::string_view json, bool development_user) {
  if (int64_t(policy::quota_size(json)) > kTrustPolicySize) return fail(limit_exceeded(cat("Cannot exceed quota for ACLSizePerRole: ", kTrustPolicySize)));
  FB_ASSIGN(compiled, policy::compile(json, policy::PolicyKind::trust, {policy::Dialect::iam, scope.partition.str()}));
  FB_TRY(check_other_principals(*compiled));
  StoredTrust out;
  size_t at = 0;
  for (const AwsPrincipalText& p : aws_principals(json)) {
    FB_ASSIGN(resolved, resolve(reader, scope, p.value, development_user));
    out.document.append(json, at, p.offset - at);
    size_t offset = out.document.size();
    append(out.document, '"', resolved.text, '"');
    if (!resolved.id.empty()) out.trusted.push_back({int64_t(offset), int64_t(resolved.text.size() + 2), resolved.id});
    at = p.offset + p.length;
  }
  out.document.append(json, at);
  return out;
}

std::string shown_trust(store::Reader& reader, const Scope& scope, const Entity& role) {
  if (role.trusted.empty()) return role.trust;
  return splice(role, [&](const TrustedId& t) {
    auto owner = find_by_id(reader, scope, t.id);
    return owner ? entity_arn(owner->scope, owner->entity) : t.id;
  });
}

std::string shown_trust(Caches& caches, store::Reader& reader, const Scope& scope, const Entity& role) {
  if (role.trusted.empty()) return role.trust;
  return splice(role, [&](const TrustedId& t) {
    auto owner = caches.ids.get(reader, id_key(scope, t.id));
    if (!owner) return t.id;
    Scope theirs = account_scope(scope.partition.str(), owner->account);
    auto entity = caches.entities.get(reader, entity_key(theirs, owner->kind, owner->name));
    return entity && entity->id == t.id ? entity_arn(theirs, *entity) : t.id;
  });
}

std::string decided_trust(const Entity& role) {
  return splice(role, [](const TrustedId& t) { return t.id; });
}

}  // namespace fogbank::iam

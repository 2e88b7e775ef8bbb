#include "auth/policy/request.h"

#include "base/scope.h"
#include "base/strings.h"

namespace fogbank::policy {
namespace {

uint32_t fnv(std::string_view s) {
  uint32_t h = 2166136261u;
  for (unsigned char c : s) h = (h ^ c) * 16777619u;
  return h;
}

std::string_view last_part(std::string_view arn) { return arn.substr(arn.rfind('/') + 1); }

/// Words for aws:PrincipalType; see the table "Principal key values" in the IAM User Guide. Services have none.
std::string_view type_word(PrincipalKind kind) {
  switch (kind) {
    case PrincipalKind::anonymous: return "Anonymous";
    case PrincipalKind::root: return "Account";
    case PrincipalKind::user: return "User";
    case PrincipalKind::role_session: return "AssumedRole";
    case PrincipalKind::federated_user: return "FederatedUser";
    default: return {};
  }
}

bool give(Values& out, std::string_view value) {
  if (value.empty()) return false;
  out.add(value);
  return true;
}

bool find_tag(const Principal& p, std::string_view key, Values& out) {
  for (const auto& [name, value] : p.tags)
    if (iequals(name, key)) {
      out.add(value);
      return true;
    }
  return false;
}

/// Keys below "aws:principal"; `key` is what follows.
bool find_principal_detail(const Principal& p, std::string_view key, Values& out) {
  if (key.substr(0, 4) == "tag/") return find_tag(p, key.substr(4), out);
  if (key == "arn") return give(out, p.kind == PrincipalKind::role_session ? p.issuer_arn : p.arn);
  if (key == "account") return give(out, p.account);
  if (key == "type") return give(out, type_word(p.kind));
  if (key == "isawsservice") return p.kind != PrincipalKind::anonymous && give(out, p.kind == PrincipalKind::service ? "true" : "false");
  if (p.kind != PrincipalKind::service || p.services.empty()) return false;
  if (key == "servicename") return give(out, p.services[0]);
  if (key != "servicenameslist") return false;
  for (const auto& name : p.services) out.add(name);
  return true;
}

/// The keys that follow from who calls. True if `key` is one of them; `found` tells if it is in this request's context.
bool principal_key(const Principal& p, std::string_view key, Values& out, bool& found) {
  constexpr std::string_view kPrincipal = "aws:principal";
  if (key.substr(0, kPrincipal.size()) == kPrincipal) {
    std::string_view rest = key.substr(kPrincipal.size());
    if (rest.substr(0, 3) == "org") return false;  // the organisation is known to the caller only
    found = find_principal_detail(p, rest, out);
  } else if (key == "aws:userid") {
    found = give(out, p.kind == PrincipalKind::anonymous ? std::string_view("anonymous") : p.user_id);
  } else if (key == "aws:username") {
    found = p.kind == PrincipalKind::user && give(out, p.user_name);
  } else if (key == "aws:federatedprovider") {
    found = give(out, p.provider);
  } else {
    return false;
  }
  return true;
}

}  // namespace

void Values::add_owned(std::string_view text) {
  if (used_ + text.size() <= sizeof buffer_) {
    text.copy(buffer_ + used_, text.size());
    add({buffer_ + used_, text.size()});
    used_ += text.size();
  } else {
    owned_.emplace_front(text);
    add(owned_.front());
  }
}

void ListKeys::set(std::string_view key, std::string_view value) { set(key, std::vector<std::string>{std::string(value)}); }

void ListKeys::set(std::string_view key, std::vector<std::string> values) {
  for (auto& [name, old] : keys_)
    if (name == key) {
      old = std::move(values);
      return;
    }
  keys_.emplace_back(std::string(key), std::move(values));
}

bool ListKeys::find(std::string_view key, Values& out) const {
  for (const auto& [name, values] : keys_)
    if (name == key) {
      for (const auto& v : values) out.add(v);
      return true;
    }
  return false;
}

Principal Principal::anonymous() { return {}; }

Principal Principal::root(std::string_view account, std::string_view partition) {
  Principal p;
  p.kind = PrincipalKind::root;
  p.partition = partition;
  p.account = account;
  p.arn = cat("arn:", partition, ":iam::", account, ":root");
  p.user_id = account;
  return p;
}

Principal Principal::user(std::string_view arn, std::string_view user_id) {
  Principal p;
  p.kind = PrincipalKind::user;
  p.arn = arn;
  p.user_id = user_id;
  p.user_name = last_part(arn);
  if (auto parts = parse_arn(arn)) {
    p.partition = parts->partition;
    p.account = parts->account;
  }
  return p;
}

Principal Principal::role_session(std::string_view role_arn, std::string_view role_id, std::string_view session_name) {
  Principal p;
  p.kind = PrincipalKind::role_session;
  p.issuer_arn = role_arn;
  p.user_id = cat(role_id, ":", session_name);
  if (auto parts = parse_arn(role_arn)) {
    p.partition = parts->partition;
    p.account = parts->account;
  }
  p.arn = cat("arn:", p.partition, ":sts::", p.account, ":assumed-role/", last_part(role_arn), "/", session_name);
  return p;
}

Principal Principal::federated_user(std::string_view issuer_arn, std::string_view issuer_id, std::string_view name) {
  Principal p;
  p.kind = PrincipalKind::federated_user;
  p.issuer_arn = issuer_arn;
  p.issuer_id = issuer_id;
  if (auto parts = parse_arn(issuer_arn)) {
    p.partition = parts->partition;
    p.account = parts->account;
  }
  p.arn = cat("arn:", p.partition, ":sts::", p.account, ":federated-user/", name);
  p.user_id = cat(p.account, ":", name);
  return p;
}

Principal Principal::service(std::string_view name) {
  Principal p;
  p.kind = PrincipalKind::service;
  p.services.emplace_back(name);
  return p;
}

Principal Principal::web_identity(std::string_view provider) {
  Principal p;
  p.kind = PrincipalKind::web_identity;
  p.provider = provider;
  return p;
}

Principal Principal::saml(std::string_view provider_arn) {
  Principal p = web_identity(provider_arn);
  p.kind = PrincipalKind::saml;
  return p;
}

Action::Action(std::string_view text) : text_(text), lower_(fogbank::lower(text)) {
  size_t colon = lower_.find(':');
  colon_ = colon == std::string::npos ? lower_.size() : colon;
  service_hash_ = fnv(lower_service());
  name_hash_ = fnv(lower_name());
}

std::string_view Action::lower_name() const {
  return colon_ < lower_.size() ? std::string_view(lower_).substr(colon_ + 1) : std::string_view();
}

bool Request::find(std::string_view key, Values& out) const {
  if (key.substr(0, 4) == "aws:") {
    if (keys_override_principal && keys && keys->find(key, out)) return true;
    bool found = false;
    if (principal && principal_key(*principal, key, out, found)) return found;
    if (key == "aws:resourceaccount") {
      std::string_view owner = !resource_account.empty() ? resource_account : principal ? std::string_view(principal->account) : std::string_view();
      return give(out, owner);
    }
  }
  return keys && keys->find(key, out);
}

}  // namespace fogbank::policy

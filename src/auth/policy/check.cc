// The rules of the policy language that go beyond JSON types, in the order in which IAM reports them: version, prohibited and missing
// principals, what IAM calls legacy parsing, unique Sids, actions, ARNs, action prefixes, resources. The order decides which of two
// faults a user sees, so it is kept even where another would read better.
#include "auth/policy/raw_policy.h"
#include "base/scope.h"
#include "base/strings.h"

namespace fogbank::policy {
namespace {

using Found = std::optional<Malformed>;

bool for_identities(PolicyKind k) { return k == PolicyKind::identity || k == PolicyKind::boundary || k == PolicyKind::session; }
bool has_principals(PolicyKind k) { return k == PolicyKind::resource || k == PolicyKind::trust || k == PolicyKind::rcp; }

Found fault(Fault f, std::string_view field, int statement) { return Malformed{f, std::string(field), statement}; }

Found check_principals(const RawStatement& s, PolicyKind kind, int i) {
  std::string_view name = s.principal.negated ? "NotPrincipal" : "Principal";
  if (!has_principals(kind)) return s.principal.present ? fault(Fault::prohibited_principal, name, i) : Found();
  if (s.principal.negated && kind != PolicyKind::resource) return fault(Fault::prohibited_principal, name, i);
  if (s.principal.items.empty()) return fault(Fault::missing_principal, "Principal", i);
  for (const RawPrincipal& p : s.principal.items) {
    if (kind == PolicyKind::trust && p.bare) return fault(Fault::principal, "\"STAR\":\"*\"", i);
    if (kind == PolicyKind::rcp && p.type != PrincipalName::Type::everyone) return fault(Fault::kind_rule, "Principal", i);
    if (p.type == PrincipalName::Type::aws && !parse_aws_principal(p.value)) return fault(Fault::principal, cat("\"AWS\":\"", p.value, "\""), i);
    if (p.value.empty()) return fault(Fault::principal, cat("\"", p.value, "\""), i);
  }
  return {};
}

Found check_dates(const RawStatement& s, int i) {
  for (const RawCondition& c : s.conditions) {
    if (c.op.op != Operator::date) continue;
    for (const std::string& v : c.values) if (!parse_policy_date(v)) return fault(Fault::legacy, v, i);
  }
  return {};
}

/// Fault of one Resource value apart from legacy parsing.
std::optional<Fault> resource_fault(std::string_view r, std::string_view partition) {
  if (r == "*") return {};
  size_t colon = r.find(':');
  if (colon == std::string_view::npos) return Fault::resource_arn;
  std::string_view its = partition_of(r);
  if (its != partition && its.find_first_of("*?") == std::string_view::npos) return Fault::resource_partition;
  size_t second = r.find(':', colon + 1);
  if (second == std::string_view::npos) return Fault::resource_vendor;
  auto parts = split(r.substr(second + 1), ':');  // service, region, account, resource …
  std::string_view service = parts[0], region = parts.size() > 1 ? parts[1] : "", account = parts.size() > 2 ? parts[2] : "";
  if (service.find_first_of("*?") != std::string_view::npos) return Fault::resource_vendor;
  // Access points and their kin have a Region and an account, buckets have neither.
  bool no_region = service == "iam" || (service == "s3" && account.empty());
  if (no_region && !region.empty()) return Fault::resource_region;
  if (service != "iam" || parts.size() < 4) return {};
  static constexpr std::string_view kPaths[] = {"user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/",
                                                "policy/", "sms-mfa/", "saml-provider/", "oidc-provider/", "report/", "access-report/"};
  std::string_view path = parts[3];
  if (path == "*" || path == "root") return {};
  for (std::string_view p : kPaths) if (path.substr(0, p.size()) == p) return {};
  return Fault::resource_path;
}

/// IAM's older parser refuses ARNs with an empty service, and short ones that leave a segment empty.
bool fails_legacy(std::string_view r) {
  if (r == "*") return false;
  auto parts = split(r, ':');
  if (parts.size() < 6 && r.find("::") != std::string_view::npos) return true;
  return parts.size() > 2 && parts[2].empty();
}

/// Of several faulty resources in one list IAM names the first in the order of their texts. A legacy fault is found at once, the others
/// are kept in `later`.
Found check_resources(const RawStatement& s, std::string_view partition, int i, Found& later) {
  std::vector<std::string_view> sorted(s.resource.items.begin(), s.resource.items.end());
  std::sort(sorted.begin(), sorted.end());
  for (std::string_view r : sorted) {
    auto f = resource_fault(r, partition);
    if (!f) continue;
    if (!later) later = fault(*f, r, i);
    return {};
  }
  for (std::string_view r : sorted) if (fails_legacy(r)) return fault(Fault::legacy, r, i);
  return {};
}

Found check_action(std::string_view a, PolicyKind kind, int i) {
  if (a == "*") return kind == PolicyKind::trust ? fault(Fault::trust_action, a, i) : Found();
  auto parts = split(a, ':');
  if (parts.size() == 1) return fault(Fault::action_prefix, a, i);
  if (parts.size() > 2) return fault(Fault::action_colons, a, i);
  for (char c : parts[0]) {
    bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || parts[0] == "*";
    if (!ok) return fault(Fault::vendor, parts[0], i);
  }
  if (kind == PolicyKind::trust && !iequals(parts[0], "sts")) return fault(Fault::trust_action, a, i);
  return {};
}

Found check_sids(const RawPolicy& p) {
  std::set<std::string_view> seen;
  for (size_t i = 0; i < p.statements.size(); i++) {
    const std::string& sid = p.statements[i].sid;
    if (!sid.empty() && !seen.insert(sid).second) return fault(Fault::duplicate_sid, sid, int(i));
  }
  return {};
}

/// An RCP denies; the one that allows everything (RCPFullAWSAccess) is AWS's own.
Found check_rcp(const RawStatement& s, int i) {
  bool full = s.action.items == std::vector<std::string>{"*"} && s.resource.items == std::vector<std::string>{"*"} && s.conditions.empty();
  if (s.effect != "Deny" && !full) return fault(Fault::kind_rule, "Effect", i);
  if (s.action.negated) return fault(Fault::kind_rule, "NotAction", i);
  return {};
}

bool resource_needed(PolicyKind kind, Dialect d) {
  if (kind == PolicyKind::trust) return false;
  return kind != PolicyKind::resource || d == Dialect::s3 || d == Dialect::kms || d == Dialect::secretsmanager;
}

}  // namespace

std::string_view partition_of(std::string_view r) {
  r.remove_prefix(std::min(r.size(), r.find(':') == std::string_view::npos ? r.size() : r.find(':') + 1));
  return r.substr(0, r.find(':'));
}

std::string shown_resource(std::string_view r) {
  auto parts = split(r, ':');
  std::string out = cat("arn:", partition_of(r));
  for (size_t i = 2; i < std::max<size_t>(parts.size(), 6); i++) {
    bool missing = i >= parts.size() || (i == 2 && parts.size() == 3 && parts[2].empty());
    append(out, ":", missing ? std::string_view("*") : parts[i]);
  }
  return out;
}

std::optional<AwsPrincipal> parse_aws_principal(std::string_view text) {
  using Kind = AwsPrincipal::Kind;
  if (text == "*") return AwsPrincipal{Kind::everyone, "*"};
  if (is_account_id(text)) return AwsPrincipal{Kind::account, std::string(text)};
  if (text.find_first_of("*?") != std::string_view::npos) return std::nullopt;
  if (auto arn = parse_arn(text)) {
    if (arn->service != "iam" && arn->service != "sts") return std::nullopt;
    if (!is_account_id(arn->account) && arn->account != "cloudfront") return std::nullopt;
    if (arn->resource == "root") return AwsPrincipal{Kind::account, std::string(arn->account)};
    if (arn->resource.find('/') == std::string_view::npos) return std::nullopt;
    return AwsPrincipal{Kind::arn, std::string(text)};
  }
  bool id = text.size() >= 16 && text.size() <= 128 && text[0] == 'A';
  for (char c : text) id = id && ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'));
  if (!id) return std::nullopt;
  return AwsPrincipal{Kind::unique_id, std::string(text)};
}

std::optional<Malformed> check_policy(const RawPolicy& p, PolicyKind kind, const CompileOptions& options) {
  bool modern = p.version == "2012-10-17";
  if (!modern && !options.any_version && kind != PolicyKind::resource && kind != PolicyKind::trust) return fault(Fault::version, p.version.value_or(""), -1);
  int i = 0;
  for (const RawStatement& s : p.statements) {
    if (kind == PolicyKind::trust && s.resource.present) return fault(Fault::prohibited_resource, s.resource.negated ? "NotResource" : "Resource", i);
    if (auto f = check_principals(s, kind, i)) return f;
    if (s.effect != "Allow" && s.effect != "Deny") return fault(Fault::legacy, s.effect, i);
    if (auto f = check_dates(s, i)) return f;
    i++;
  }
  Found resource;
  // Services check the ARNs in their own policies themselves; only S3's texts are known here.
  bool check_arns = for_identities(kind) || kind == PolicyKind::scp || kind == PolicyKind::rcp;
  i = 0;
  for (const RawStatement& s : p.statements) {
    if (check_arns) if (auto f = check_resources(s, options.partition, i, resource)) return f;
    i++;
  }
  if (auto f = check_sids(p)) return f;
  i = 0;
  for (const RawStatement& s : p.statements) {
    if (s.action.items.empty()) return fault(Fault::missing_action, "Action", i);
    i++;
  }
  if (resource) return resource;
  i = 0;
  for (const RawStatement& s : p.statements) {
    for (const std::string& a : s.action.items) if (auto f = check_action(a, kind, i)) return f;
    if (kind == PolicyKind::rcp) if (auto f = check_rcp(s, i)) return f;
    i++;
  }
  i = 0;
  for (const RawStatement& s : p.statements) {
    if (s.resource.items.empty() && (resource_needed(kind, options.dialect) || s.resource.present)) return fault(Fault::missing_resource, "Resource", i);
    i++;
  }
  return {};
}

}  // namespace fogbank::policy

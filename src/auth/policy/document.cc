#include "auth/policy/document.h"

#include "auth/policy/compiled.h"
#include "base/encoding.h"
#include "base/strings.h"

namespace fogbank::policy {
namespace {

/// Does a condition hold only for callers that share a fixed value of a key that narrows who calls? (S3 User Guide, "The meaning of public")
bool narrows(const Condition& c) {
  static constexpr std::string_view kKeys[] = {
      "aws:sourceip", "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "aws:sourceaccount", "aws:userid", "aws:principalorgid",
      "aws:principalorgpaths", "aws:principalaccount", "aws:principalarn", "aws:sourceorgid", "aws:sourceorgpaths",
      "s3:x-amz-server-side-encryption-aws-kms-key-id", "s3:dataaccesspointarn", "s3:dataaccesspointaccount", "kms:calleraccount"};
  const OperatorName& n = c.name();
  if (n.negated || n.if_exists || n.quantifier == Quantifier::all || c.values().empty()) return false;
  if (std::find(std::begin(kKeys), std::end(kKeys), c.key()) == std::end(kKeys)) return false;
  if (n.op == Operator::address) {
    for (const std::string& v : c.values()) {
      auto range = parse_address(v);
      if (!range || range->bits < (range->length == 4 ? 8 : 32)) return false;
    }
    return true;
  }
  bool text = n.op == Operator::equals || n.op == Operator::equals_ignoring_case || n.op == Operator::like || n.op == Operator::arn;
  // An access point's ARN may leave its name open as long as the account is fixed.
  if (c.key() == "s3:dataaccesspointarn") return text;
  return text && c.values_are_fixed();
}

}  // namespace

tl::expected<PolicyPtr, Malformed> parse(std::string_view json, PolicyKind kind, const CompileOptions& options) {
  auto raw = read_policy(json);
  if (!raw) return tl::unexpected(std::move(raw.error()));
  if (auto fault = check_policy(*raw, kind, options)) return tl::unexpected(std::move(*fault));
  return std::make_shared<const CompiledPolicy>(*raw, kind);
}

Result<PolicyPtr> compile(std::string_view json, PolicyKind kind, const CompileOptions& options) {
  auto policy = parse(json, kind, options);
  if (!policy) return fail(malformed_error(options.dialect, kind, policy.error()));
  return std::move(*policy);
}

size_t quota_size(std::string_view json) {
  size_t n = 0;
  for (unsigned char c : json) n += c != ' ' && c != '\t' && c != '\r' && c != '\n' && (c & 0xC0) != 0x80;
  return n;
}

PolicyKind kind_of(const CompiledPolicy& p) { return p.kind(); }
std::string_view version_of(const CompiledPolicy& p) { return p.modern() ? "2012-10-17" : "2008-10-17"; }
size_t statement_count(const CompiledPolicy& p) { return p.statements().size(); }

std::vector<PrincipalName> principals_of(const CompiledPolicy& p) {
  std::vector<PrincipalName> out;
  int index = 0;
  for (const Statement& s : p.statements()) {
    for (PrincipalName name : s.principals.names()) {
      name.statement = index;
      out.push_back(std::move(name));
    }
    index++;
  }
  return out;
}

bool names_other_actions(const CompiledPolicy& p, size_t statement) { return p.statements().at(statement).not_action; }
bool names_other_resources(const CompiledPolicy& p, size_t statement) { return p.statements().at(statement).not_resource; }
std::vector<std::string_view> actions_of(const CompiledPolicy& p, size_t s) {
  const auto& list = p.statements().at(s).actions;
  return {list.begin(), list.end()};
}

std::vector<std::string_view> resources_of(const CompiledPolicy& p, size_t s) {
  const auto& list = p.statements().at(s).resource_texts;
  return {list.begin(), list.end()};
}

bool is_public(const CompiledPolicy& p) {
  for (const Statement& s : p.statements()) {
    if (s.effect != Effect::allow || !(s.principals.everyone() || s.principals.negated())) continue;
    if (std::none_of(s.conditions.begin(), s.conditions.end(), narrows)) return true;
  }
  return false;
}

}  // namespace fogbank::policy

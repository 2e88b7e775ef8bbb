// What is decided before Parameter Store's operations run. Source: Service Authorization Reference, "AWS Systems Manager"; user guide,
// "Restricting access to Parameter Store parameters using IAM policies".
//
// Decisions need no parameter to exist. The operations that read find what they answer here (selection.h), because each decryption of a
// SecureString is a use of a KMS key, decided with the rest.
#include "gateway/authorise.h"

#include <set>

#include "gateway/core.h"
#include "gen/ssm/operations.h"
#include "services/ssm/errors.h"
#include "services/ssm/put_finding.h"
#include "services/ssm/secrets.h"
#include "services/ssm/secure.h"
#include "services/ssm/selection.h"

namespace fogbank::ssm {
namespace {

/// A decision about a parameter, which may exist or not. `name` may be anything that a client sends.
Requirement& require_parameter(AuthoriseContext& cx, std::string_view action, const Scope& scope, std::string_view name) {
  Requirement& r = cx.require(action, parameter_arn(scope, name));
  auto info = std::make_shared<ResourceInfo>();
  info->owner_account = scope.account.str();
  if (auto p = find_parameter(cx.reader(), scope, place_of(name))) info->tags = p->tags;
  for (const auto& [k, v] : info->tags) r.keys[lower(cat("ssm:resourcetag/", k))] = {v};
  r.info = std::move(info);
  return r;
}

/// What a request for a parameter's name means; what is no name is decided about as it stands, then refused by the handler.
std::optional<Reference> require_reference(AuthoriseContext& cx, std::string_view given, bool selector, Selection& out) {
  auto r = read_reference(cx.caller(), given, selector);
  if (!r) {
    require_parameter(cx, cx.action(), cx.caller(), given);
    if (!out.error) out.error = std::move(r.error());
    return std::nullopt;
  }
  if (r->space == Space::account) cx.set_target(r->scope);
  require_parameter(cx, cx.action(), r->scope, r->name);
  return std::move(*r);
}

/// Requires the decryption of what was chosen.
void require_open_all(AuthoriseContext& cx, Selection& s) {
  for (const Chosen& c : s.chosen) {
    if (c.version.type != Type::secure_string) continue;
    if (auto ok = require_open(cx, c.arn, c.version); !ok && !s.error) s.error = std::move(ok.error());
  }
}

Result<Chosen> choose_any(AuthoriseContext& cx, const Reference& r, bool decrypt) {
  return r.space == Space::secret ? choose_secret(cx, r, decrypt) : choose(cx, r);
}

std::string_view flag(Opt<bool> given) { return given.value_or(false) ? "true" : "false"; }

}  // namespace

Result<void> put(AuthoriseContext& cx, const wire::View& in) {
  const auto& request = in.as<svc::PutParameterRequest>();
  std::string_view name = trim(request.Name);
  Requirement& r = require_parameter(cx, "ssm:PutParameter", cx.target(), name);
  r.keys["ssm:overwrite"] = {std::string(flag(request.Overwrite))};
  r.keys["ssm:policies"] = {request.Policies ? "true" : "false"};
  if (!request.Tags.empty()) require_parameter(cx, "ssm:AddTagsToResource", cx.target(), name);
  auto plan = plan_put(cx.reader(), cx.target(), request);
  PutFinding& found = cx.find<PutFinding>();
  found = {};
  if (!plan) {
    found.error = std::move(plan.error());
    return {};
  }
  found.plan = std::move(*plan);
  if (found.plan.next.type != Type::secure_string) return {};
  if (auto ok = require_seal(cx, found.plan.arn, found.plan.next); !ok) found.error = std::move(ok.error());
  return {};
}

Result<void> read_one(AuthoriseContext& cx, const wire::View& in) {
  const auto& request = in.as<svc::GetParameterRequest>();
  Selection& s = cx.find<Selection>();
  auto r = require_reference(cx, request.Name, true, s);
  if (!r) return {};
  auto chosen = choose_any(cx, *r, request.WithDecryption.value_or(false));
  if (!chosen) s.error = std::move(chosen.error());
  else s.chosen.push_back(std::move(*chosen));
  if (request.WithDecryption.value_or(false)) require_open_all(cx, s);
  return {};
}

Result<void> read_several(AuthoriseContext& cx, const wire::View& in) {
  const auto& request = in.as<svc::GetParametersRequest>();
  Selection& s = cx.find<Selection>();
  std::set<std::string_view> seen;
  for (const Str& name : request.Names) {
    if (!seen.insert(name.view()).second) continue;
    auto r = require_reference(cx, name, true, s);
    if (!r) continue;
    auto chosen = choose_any(cx, *r, request.WithDecryption.value_or(false));
    if (chosen) s.chosen.push_back(std::move(*chosen));
    else if (chosen.error().code.starts_with("Parameter")) s.invalid.emplace_back(name);
    else if (!s.error) s.error = std::move(chosen.error());
  }
  if (request.WithDecryption.value_or(false)) require_open_all(cx, s);
  return {};
}

Result<void> read_path(AuthoriseContext& cx, const wire::View& in) {
  const auto& request = in.as<svc::GetParametersByPathRequest>();
  Selection& s = cx.find<Selection>();
  std::string_view path = trim(request.Path);
  Scope scope = cx.target();
  if (path.starts_with("/aws/")) scope.account = AccountId();
  require_parameter(cx, cx.action(), scope, path).keys["ssm:recursive"] = {std::string(flag(request.Recursive))};
  if (auto ok = choose_by_path(cx, request, s); !ok) s.error = std::move(ok.error());
  if (request.WithDecryption.value_or(false)) require_open_all(cx, s);
  return {};
}

Result<void> read_history(AuthoriseContext& cx, const wire::View& in) {
  const auto& request = in.as<svc::GetParameterHistoryRequest>();
  Selection& s = cx.find<Selection>();
  auto r = require_reference(cx, request.Name, false, s);
  if (!r) return {};
  if (auto ok = choose_history(cx, *r, request, s); !ok) s.error = std::move(ok.error());
  if (request.WithDecryption.value_or(false)) require_open_all(cx, s);
  return {};
}

Result<void> describe(AuthoriseContext& cx, const wire::View&) {
  std::string all = make_arn(cx.target(), "ssm", "*");
  cx.require("ssm:DescribeParameters", all).shown = all;
  return {};
}

Result<void> by_name(AuthoriseContext& cx, const wire::View& in) {
  require_parameter(cx, cx.action(), cx.target(), trim(in.text("Name")));
  return {};
}

Result<void> by_names(AuthoriseContext& cx, const wire::View& in) {
  for (const Str& name : in.as<svc::DeleteParametersRequest>().Names) require_parameter(cx, cx.action(), cx.target(), trim(name));
  return {};
}

Result<void> by_resource(AuthoriseContext& cx, const wire::View& in) {
  Str type = in.text("ResourceType"), id = in.text("ResourceId");
  if (type == "Parameter") {
    require_parameter(cx, cx.action(), cx.target(), trim(id));
    return {};
  }
  // Not served: only who may call learns it.
  constexpr std::pair<std::string_view, std::string_view> kOthers[] = {
      {"Document", "document"}, {"ManagedInstance", "managed-instance"}, {"MaintenanceWindow", "maintenancewindow"}, {"PatchBaseline", "patchbaseline"},
      {"OpsItem", "opsitem"}, {"OpsMetadata", "opsmetadata"}, {"Automation", "automation-execution"}, {"Association", "association"}};
  for (auto [name, resource] : kOthers) if (type == name) cx.require(cx.action(), make_arn(cx.target(), "ssm", cat(resource, '/', id)));
  if (cx.requirements().empty()) throw std::logic_error("a resource type that the model does not have");
  return {};
}

}  // namespace fogbank::ssm

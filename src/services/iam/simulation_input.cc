// What the simulator takes and refuses; see simulation.h. Texts as the real service gives them.
#include "auth/policy/condition.h"
#include "base/encoding.h"
#include "base/clock.h"
#include "base/strings.h"
#include "services/iam/action_reference.h"
#include "services/iam/rules.h"
#include "services/iam/simulation.h"

namespace fogbank::iam {
namespace {

bool everywhere(const std::vector<std::string>& resources) { return resources.size() == 1 && resources[0] == "*"; }

std::string joined(const std::vector<std::string_view>& names) {
  std::string out;
  for (std::string_view n : names) append(out, out.empty() ? "" : ",", n);
  return out;
}

/// A decimal number, perhaps with a sign, a fraction and an exponent, as the evaluator reads it: "+01.50" is "1.50".
std::optional<std::string> decimal(std::string_view text) {
  size_t at = 0;
  auto digits = [&] { size_t from = at; while (at < text.size() && text[at] >= '0' && text[at] <= '9') at++; return at - from; };
  std::string sign;
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) { if (text[at] == '-') sign = "-"; at++; }
  size_t start = at, whole = digits(), fraction = 0;
  if (at < text.size() && text[at] == '.') { at++; fraction = digits(); }
  if (whole + fraction == 0) return std::nullopt;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    at++;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) at++;
    if (digits() == 0) return std::nullopt;
  }
  if (at != text.size()) return std::nullopt;
  std::string_view rest = text.substr(start);
  while (rest.size() > 1 && rest[0] == '0' && rest[1] >= '0' && rest[1] <= '9') rest.remove_prefix(1);
  return cat(sign, rest);
}

/// The value in the form in which it is compared, or nothing if it is none of that type.
std::optional<std::string> context_value(std::string_view type, std::string_view text) {
  if (type == "numeric") return decimal(text);
  if (type == "boolean") return iequals(text, "true") ? "true" : "false";
  if (type == "date") {
    auto t = policy::parse_policy_date(text);
    return t ? std::optional<std::string>(iso8601(*t, true)) : std::nullopt;
  }
  if (type == "ip") return policy::parse_address(text) ? std::optional<std::string>(text) : std::nullopt;
  if (type == "binary") return unbase64(text) ? std::optional<std::string>(text) : std::nullopt;
  return std::string(text);
}

std::string_view expected_form(std::string_view type) {
  if (type == "numeric") return "numeric format";
  if (type == "date") return "DateTime format";
  if (type == "ip") return "IP address";
  return "base-64 encoded binary format";
}

}  // namespace

Result<void> check_simulated_resources(const std::vector<std::string>& resources) {
  if (everywhere(resources)) return {};
  for (const std::string& r : resources) {
    auto arn = parse_arn(r);
    if (!arn || arn->partition.empty() || arn->service.empty() || arn->resource.empty())
      return fail(invalid_input(cat("ResourceNames are not in a valid ARN format: ", r, ".")));
  }
  return {};
}

Result<void> check_simulated_actions(const std::vector<std::string>& actions, const std::vector<std::string>& resources) {
  std::vector<std::string_view> known, unknown;
  for (const std::string& a : actions) {
    if (a.find(':') == std::string::npos) return fail(invalid_input("The action is invalid since it is missing names"));
    (known_action(a) ? known : unknown).push_back(a);
  }
  if (everywhere(resources) || known.empty() || unknown.empty()) return {};
  return fail(invalid_input(cat("Invalid Input Actions: [", joined(known), "] and [", joined(unknown), "] require different authorization information. ")));
}

// The scenarios of EC2 say which resources a launch involves; those that the request lists are simulated, whether the list is whole or not.
Result<void> check_resource_handling(std::string_view option, const std::vector<std::string>& actions, const std::vector<std::string>& resources) {
  static constexpr std::string_view kScenarios[] = {"EC2-Classic-InstanceStore", "EC2-Classic-EBS", "EC2-VPC-InstanceStore",
                                                    "EC2-VPC-InstanceStore-Subnet", "EC2-VPC-EBS", "EC2-VPC-EBS-Subnet"};
  if (option.empty() || everywhere(resources)) return {};
  bool scenario = std::find(std::begin(kScenarios), std::end(kScenarios), option) != std::end(kScenarios);
  for (const std::string& a : actions)
    if (!scenario || !iequals(a, "ec2:RunInstances"))
      return fail(invalid_input(cat("Invalid input resource handling options. Action does not support resource handling options: ", a, ".")));
  return {};
}

Result<void> add_context_entry(SimulationSetup& setup, std::string_view name, std::string_view type, const std::vector<std::string>& values) {
  if (name.empty() && type.empty() && values.empty()) return {};
  if (name.empty()) return fail(invalid_input("ContextKeyName cannot be null or empty."));
  if (type.empty()) return fail(invalid_input(cat("Context key ", name, " has invalid type null.")));
  if (values.empty()) return fail(invalid_input(cat("Context values for context key ", name, " cannot be null or empty.")));
  std::string key = lower(name);
  if (std::find(setup.given.begin(), setup.given.end(), key) != setup.given.end()) return fail(invalid_input(cat("Duplicate context key: ", name, ".")));
  bool list = type.ends_with("List");
  std::string_view one = list ? type.substr(0, type.size() - 4) : type;
  if (!list && values.size() != 1) return fail(invalid_input(cat("Context key ", type, " expected a single value, but received ", values.size(), ".")));
  std::vector<std::string> compared;
  for (const std::string& v : values) {
    auto value = context_value(one, v);
    if (!value) return fail(invalid_input(cat("Invalid context value for key ", name, ": expected ", expected_form(one), ".")));
    compared.push_back(std::move(*value));
  }
  setup.keys.set(key, std::move(compared));
  setup.given.push_back(std::move(key));
  return {};
}

Result<SimulatedPolicy> simulated_policy(std::string id, std::string_view document, policy::PolicyKind kind, std::string_view partition) {
  policy::CompileOptions options;
  options.dialect = kind == policy::PolicyKind::resource ? policy::Dialect::generic : policy::Dialect::iam;
  options.partition = partition;
  options.any_version = true;
  auto compiled = policy::compile(document, kind, options);
  if (!compiled) return fail(invalid_input(std::move(compiled.error().message)));
  SimulatedPolicy out{std::move(id), std::move(*compiled), policy::statement_places(document), {}};
  if (auto keys = policy::mentioned_keys(document)) out.keys = std::move(*keys);
  return out;
}

}  // namespace fogbank::iam

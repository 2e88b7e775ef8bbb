// POST policies: reading their JSON, and holding a form against them.
#include <simdjson.h>

#include <algorithm>

#include "base/strings.h"
#include "services/s3/errors.h"
#include "services/s3/form_upload.h"

namespace fogbank::s3 {
namespace {

namespace dom = simdjson::dom;

ApiError invalid_policy(std::string_view what) { return ApiError("InvalidPolicyDocument", cat("Invalid Policy: ", what), 400); }
ApiError against_policy(std::string_view what) { return ApiError("AccessDenied", cat("Invalid according to Policy: ", what), 403); }

std::string scalar(const dom::element& e) {
  if (std::string_view text; !e.get_string().get(text)) return std::string(text);
  return std::string(simdjson::minify(e));
}

ApiError condition_failed(const PolicyCondition& c) {
  std::string out = "Policy Condition failed: [\"";
  out += c.kind == PolicyCondition::Kind::eq ? "eq" : c.kind == PolicyCondition::Kind::starts_with ? "starts-with" : "content-length-range";
  append(out, "\", \"", c.name, "\", \"", c.value, "\"]");
  return against_policy(out);
}

Result<PolicyCondition> read_condition(const dom::element& e) {
  using Kind = PolicyCondition::Kind;
  if (dom::object object; !e.get_object().get(object)) {
    if (object.size() != 1) return fail(invalid_policy("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."));
    for (auto field : object) return PolicyCondition{Kind::eq, cat("$", std::string_view(field.key)), scalar(field.value)};
  }
  dom::array list;
  if (e.get_array().get(list) || list.size() != 3) return fail(invalid_policy("Invalid Condition: a condition must be an object or a list of three."));
  std::vector<std::string> parts;
  for (dom::element part : list) parts.push_back(scalar(part));
  std::string operation = lower(parts[0]);
  if (operation == "eq") return PolicyCondition{Kind::eq, parts[1], parts[2]};
  if (operation == "starts-with") return PolicyCondition{Kind::starts_with, parts[1], parts[2]};
  if (operation == "content-length-range") return PolicyCondition{Kind::length, parts[1], parts[2]};
  return fail(invalid_policy(cat("Invalid Condition: unknown operation '", parts[0], "'.")));
}

/// Fields that need no condition.
bool free_field(std::string_view name) {
  for (std::string_view one : {"policy", "x-amz-signature", "signature", "awsaccesskeyid", "file", "submit", "bucket"}) if (name == one) return true;
  return name.starts_with("x-ignore-");
}

bool holds(const PolicyCondition& c, std::string_view value) {
  if (c.kind == PolicyCondition::Kind::eq) return value == c.value;
  if (lower(c.name) != "$content-type" || value.find(',') == std::string_view::npos) return value.starts_with(c.value);
  auto types = split(value, ',');
  return std::all_of(types.begin(), types.end(), [&](std::string_view one) { return trim(one).starts_with(c.value); });
}

}  // namespace

Result<PostPolicy> read_post_policy(std::string_view json) {
  dom::parser parser(kMaxFormFields * 2);
  dom::element root;
  dom::object object;
  if (parser.allocate(kMaxFormFields * 2, 16) || parser.parse(json.data(), json.size()).get(root) || root.get_object().get(object))
    return fail(invalid_policy("Invalid JSON."));
  PostPolicy out;
  std::string_view expiration;
  if (object["expiration"].get_string().get(expiration)) return fail(invalid_policy("Policy missing expiration."));
  auto time = parse_iso8601(expiration);
  if (!time) return fail(invalid_policy(cat("Invalid 'expiration' value: '", expiration, "'")));
  out.expiration = *time;
  dom::array conditions;
  if (object["conditions"].get_array().get(conditions)) return fail(invalid_policy("Policy missing conditions."));
  for (dom::element one : conditions) {
    FB_ASSIGN(condition, read_condition(one));
    out.conditions.push_back(std::move(condition));
  }
  return out;
}

Result<void> check_post_policy(const PostPolicy& policy, const std::vector<FormField>& fields, Millis now) {
  if (policy.expiration <= now) return fail(against_policy("Policy expired."));
  std::vector<std::string> named;
  for (const PolicyCondition& c : policy.conditions) {
    if (c.kind == PolicyCondition::Kind::length) continue;
    if (!c.name.starts_with('$')) return fail(condition_failed(c));
    std::string name = lower(std::string_view(c.name).substr(1));
    named.push_back(name);
    auto field = std::find_if(fields.begin(), fields.end(), [&](const FormField& f) { return f.name == name; });
    if (!holds(c, field == fields.end() ? std::string_view() : std::string_view(field->value))) return fail(condition_failed(c));
  }
  std::string extra;
  for (const FormField& f : fields) {
    if (free_field(f.name) || std::find(named.begin(), named.end(), f.name) != named.end()) continue;
    append(extra, extra.empty() ? "" : ", ", f.name);
  }
  if (!extra.empty()) return fail(against_policy(cat("Extra input fields: ", extra)));
  return {};
}

Result<void> check_post_length(const PostPolicy& policy, int64_t length) {
  for (const PolicyCondition& c : policy.conditions) {
    if (c.kind != PolicyCondition::Kind::length) continue;
    auto least = parse_int(c.name), most = parse_int(c.value);
    if (!least || !most) return fail(condition_failed(c));
    if (length < *least) {
      return fail(ApiError("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", 400)
                      .with("ProposedSize", cat(length)).with("MinSizeAllowed", cat(*least)));
    }
    if (length > *most) {
      return fail(ApiError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", 400)
                      .with("ProposedSize", cat(length)).with("MaxSizeAllowed", cat(*most)));
    }
  }
  return {};
}

}  // namespace fogbank::s3

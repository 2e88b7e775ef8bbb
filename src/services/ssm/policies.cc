#include "services/ssm/policies.h"

#include "base/strings.h"
#include "wire/codec.h"

namespace fogbank::ssm {
namespace {

using wire::Document;
constexpr wire::Shape kAny{.name = "ParameterPolicies", .kind = wire::Kind::document, .size = sizeof(Document), .align = 8};

ApiError invalid_attribute(std::string message) { return {"InvalidPolicyAttributeException", std::move(message)}; }
ApiError incompatible(std::string message) { return {"IncompatiblePolicyException", std::move(message)}; }
ApiError no_json() { return invalid_attribute("Parameter policies must be a JSON array of policies."); }

/// Null: not JSON.
const Document* parse(std::string_view json, Arena& arena) {
  auto read = wire::from_json(kAny, json, arena);
  return read ? static_cast<const Document*>(*read) : nullptr;
}

std::string_view text_of(const Document& object, std::string_view name) {
  const Document* d = object.type == Document::Type::object ? object.object.find(name) : nullptr;
  return d && d->type == Document::Type::text ? d->text.view() : std::string_view();
}

/// The attributes of a notification: a whole number, and a unit.
Result<void> check_notification(const Document& attributes, std::string_view member) {
  auto amount = parse_int(text_of(attributes, member));
  if (!amount || *amount < 1) return fail(invalid_attribute(cat("The attribute ", member, " must be a whole number greater than 0.")));
  std::string_view unit = text_of(attributes, "Unit");
  if (unit != "Days" && unit != "Hours") return fail(invalid_attribute("The attribute Unit must be Days or Hours."));
  return {};
}

/// The type of the policy.
Result<std::string_view> check_policy(const Document& policy, Millis& expires) {
  if (policy.type != Document::Type::object) return fail(no_json());
  std::string_view type = text_of(policy, "Type");
  if (type != "Expiration" && type != "ExpirationNotification" && type != "NoChangeNotification")
    return fail("InvalidPolicyTypeException", "The policy type isn't supported. Parameter Store supports the following policy types: Expiration, ExpirationNotification, and NoChangeNotification.");
  if (text_of(policy, "Version") != "1.0") return fail(invalid_attribute("The attribute Version must be 1.0."));
  const Document* attributes = policy.object.find("Attributes");
  if (!attributes || attributes->type != Document::Type::object) return fail(invalid_attribute("A policy must have Attributes."));
  if (type == "Expiration") {
    auto at = parse_iso8601(text_of(*attributes, "Timestamp"));
    if (!at) return fail(invalid_attribute("The attribute Timestamp must be a time in the format yyyy-MM-ddTHH:mm:ss.SSSZ."));
    expires = *at;
  } else {
    FB_TRY(check_notification(*attributes, type == "ExpirationNotification" ? "Before" : "After"));
  }
  return type;
}

}  // namespace

Result<Policies> read_policies(std::string_view json) {
  Arena arena;
  const Document* root = parse(json, arena);
  if (!root || root->type != Document::Type::array) return fail(no_json());
  if (root->array.size() > kMaxPolicies)
    return fail("PoliciesLimitExceededException", "You specified more than the maximum number of allowed policies for the parameter. The maximum is 10.");
  Policies out;
  const auto& list = root->array;
  if (list.size() == 1 && list[0].type == Document::Type::object && list[0].object.empty()) return out;
  int expirations = 0, notifications = 0;
  for (const Document& policy : list) {
    FB_ASSIGN(type, check_policy(policy, out.expires));
    expirations += type == "Expiration";
    notifications += type == "ExpirationNotification";
    std::string text;
    wire::to_json(kAny, &policy, text);
    out.texts.push_back(std::move(text));
  }
  if (expirations > 1) return fail(incompatible("You can't specify more than one Expiration policy for a parameter."));
  if (notifications && !expirations) return fail(incompatible("An ExpirationNotification policy needs an Expiration policy."));
  return out;
}

std::string policy_type(std::string_view text) {
  Arena arena;
  const Document* policy = parse(text, arena);
  return policy ? std::string(text_of(*policy, "Type")) : std::string();
}

}  // namespace fogbank::ssm

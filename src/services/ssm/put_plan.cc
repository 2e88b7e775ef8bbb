#include "services/ssm/put_plan.h"

#include "base/strings.h"
#include "services/ssm/errors.h"
#include "services/ssm/names.h"
#include "wire/patterns.h"

namespace fogbank::ssm {
namespace {

constexpr size_t kStandardBytes = 4096, kAdvancedBytes = 8192, kMaxTags = 50;

Result<void> check_request(const svc::PutParameterRequest& in) {
  if (in.Value.empty())
    return fail(validation("1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1."));
  if (in.Overwrite.value_or(false) && !in.Tags.empty())
    return fail(validation("Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. "
                           "To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource."));
  std::string_view data = in.DataType;
  if (!data.empty() && data != "text" && data != "aws:ec2:image" && data != "aws:ssm:integration")
    return fail(validation(cat("The following data type is not supported: ", data, " (Data type names are all lowercase.)")));
  return {};
}

Result<Type> type_of(const svc::PutParameterRequest& in, const std::optional<Parameter>& existing) {
  auto given = in.Type ? read_type(in.Type) : std::nullopt;
  if (existing) {
    if (!in.Overwrite.value_or(false)) return fail(already_exists());
    return given.value_or(existing->current.type);
  }
  if (!given) return fail(validation("A parameter type is required when you create a parameter."));
  return *given;
}

Result<void> check_size(Tier tier, size_t bytes) {
  if (tier == Tier::standard && bytes > kStandardBytes)
    return fail(validation("Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter "
                           "to use the advanced-parameter tier. For more information, see "
                           "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"));
  if (bytes > kAdvancedBytes)
    return fail(validation("Advanced tier parameters support a maximum parameter value of 8192 characters."));
  return {};
}

/// The tier that the parameter will have; a new one must have room there.
Result<Tier> tier_of(store::Reader& reader, const Scope& scope, const svc::PutParameterRequest& in, const PutPlan& plan) {
  bool was_advanced = plan.existing && plan.existing->current.tier == Tier::advanced;
  bool policies = plan.policies ? !plan.policies->texts.empty() : plan.existing && !plan.existing->current.policies.empty();
  Counts counts = reader.get_as<Counts>(counts_key(scope)).value_or(Counts());
  Tier tier = was_advanced ? Tier::advanced : Tier::standard;
  std::string_view given = in.Tier;
  if (given == "Standard") {
    if (was_advanced)
      return fail(validation("This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter "
                             "tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter."));
  } else if (given == "Advanced") {
    tier = Tier::advanced;
  } else if (given == "Intelligent-Tiering") {
    bool full = !plan.existing && counts.standard >= kStandardLimit;
    if (policies || full || in.Value.view().size() > kStandardBytes) tier = Tier::advanced;
  }
  if (tier == Tier::standard && policies)
    return fail(validation("Parameter policies are only supported for parameters that use the advanced-parameter tier."));
  bool joins = !plan.existing || (tier == Tier::advanced && !was_advanced);
  if (joins && (tier == Tier::standard ? counts.standard >= kStandardLimit : counts.advanced >= kAdvancedLimit))
    return fail("ParameterLimitExceeded", "You have exceeded the number of parameters for this AWS account. Delete one or more parameters and try again.");
  FB_TRY(check_size(tier, in.Value.view().size()));
  return tier;
}

Result<void> check_pattern(std::string_view pattern, Type type, std::string_view value) {
  if (pattern.empty()) return {};
  std::vector<std::string_view> items = type == Type::string_list ? split(value, ',') : std::vector<std::string_view>{value};
  for (std::string_view item : items) {
    switch (wire::match_user_pattern(pattern, item)) {
      case wire::UserMatch::yes: break;
      case wire::UserMatch::no: return fail("ParameterPatternMismatchException", cat("Parameter value, cannot be validated against allowedPattern: ", pattern));
      case wire::UserMatch::invalid: return fail("InvalidAllowedPatternException", "The request doesn't meet the regular expression requirement.");
      case wire::UserMatch::unsupported: return fail(not_served("A look-around or back-reference in AllowedPattern"));
    }
  }
  return {};
}

Result<void> check_data_type(const Version& v) {
  if (v.data_type == "aws:ec2:image" && v.type != Type::string)
    return fail(validation("The data type aws:ec2:image is supported for parameters of the type String only."));
  return {};
}

/// The oldest version makes room for a new one, unless it has a label.
Result<void> check_versions(const PutPlan& plan) {
  if (!plan.existing || plan.existing->current.number - plan.existing->oldest + 1 < kVersionsKept) return {};
  for (const auto& [label, version] : plan.existing->labels) {
    if (version == plan.existing->oldest)
      return fail("ParameterMaxVersionLimitExceeded",
                  cat("You attempted to create a new version of ", plan.existing->name, " by calling the PutParameter API with the overwrite flag. Version ", version,
                      ", the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again."));
  }
  return {};
}

/// What an update does not name stays as it is: also the key, although the API reference speaks of the default one (Terraform, which names
/// a key only when it changes, relies on that).
void fill_next(PutPlan& plan, const svc::PutParameterRequest& in) {
  Version& v = plan.next;
  if (plan.existing) {
    const Version& old = plan.existing->current;
    v.number = old.number + 1;
    v.description = old.description;
    v.allowed_pattern = old.allowed_pattern;
    v.data_type = old.data_type;
    v.policies = old.policies;
  }
  if (in.Description) v.description = in.Description;
  if (in.AllowedPattern) v.allowed_pattern = in.AllowedPattern;
  if (!in.DataType.empty()) v.data_type = in.DataType;
  if (plan.policies) v.policies = plan.policies->texts;
  if (v.type == Type::secure_string) {
    bool was_secure = plan.existing && plan.existing->current.type == Type::secure_string;
    std::string_view kept = was_secure ? std::string_view(plan.existing->current.key_id) : "alias/aws/ssm";
    v.key_id = in.KeyId.value_or(kept);
  }
}

}  // namespace

Result<PutPlan> plan_put(store::Reader& reader, const Scope& scope, const svc::PutParameterRequest& in) {
  PutPlan plan;
  plan.name = trim(in.Name);
  plan.place = place_of(plan.name);
  plan.arn = parameter_arn(scope, plan.name);
  FB_TRY(check_request(in));
  FB_TRY(check_new_name(scope, plan.name));
  plan.existing = find_parameter(reader, scope, plan.place);
  FB_ASSIGN(type, type_of(in, plan.existing));
  plan.next.type = type;
  if (in.KeyId && type != Type::secure_string) return fail(validation("KeyId is required for SecureString type parameter only."));
  if (in.Policies) {
    FB_ASSIGN(policies, read_policies(in.Policies));
    plan.policies = std::move(policies);
  }
  FB_ASSIGN(tier, tier_of(reader, scope, in, plan));
  plan.next.tier = tier;
  fill_next(plan, in);
  FB_TRY(check_data_type(plan.next));
  FB_TRY(check_pattern(plan.next.allowed_pattern, type, in.Value));
  FB_ASSIGN(tags, with_tags({}, in.Tags));
  plan.tags = std::move(tags);
  FB_TRY(check_versions(plan));
  return plan;
}

Result<std::map<std::string, std::string>> with_tags(std::map<std::string, std::string> tags, const List<svc::Tag>& given) {
  for (const auto& t : given) {
    if (starts_with_i(t.Key, "aws:")) return fail(validation("aws: prefixed tag key names are not allowed for external use."));
    tags[std::string(t.Key)] = std::string(t.Value);
  }
  if (tags.size() > kMaxTags) return fail("TooManyTagsError", "");
  return tags;
}

}  // namespace fogbank::ssm

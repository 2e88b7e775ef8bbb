// What is decided before CloudWatch Logs's operations run, and on what. Source: Service Authorization Reference, "Amazon CloudWatch Logs"; user
// guide, "Identity and access management for Amazon CloudWatch Logs"; denials as users report them.
//
// Names that cannot be any are told before anything is decided; a group or stream that does not exist only after it.
#include "gateway/authorise.h"

#include "base/strings.h"
#include "gateway/core.h"
#include "gen/logs/operations.h"
#include "services/logs/access.h"
#include "services/logs/errors.h"

namespace fogbank::logs {
namespace {

/// The group that `logGroupName` or `logGroupIdentifier` names.
Result<NamedGroup> either(AuthoriseContext& cx, const wire::View& in) {
  bool knows_identifier = in.field("logGroupIdentifier");
  Str name = in.field("logGroupName") ? in.text("logGroupName") : Str(), identifier = knows_identifier ? in.text("logGroupIdentifier") : Str();
  if (knows_identifier && bool(name) == bool(identifier)) return fail(invalid_parameter("Should provider either name or id, but not both"));
  return identifier ? identified_group(cx, identifier) : named_group(cx, name);
}

Requirement& require_whole_group(AuthoriseContext& cx, const NamedGroup& named, std::string_view action) {
  return require_group(cx, named, action, stream_arn(named.scope, named.name, ""));
}

void keep(AuthoriseContext& cx, NamedGroup named) { cx.find<Target>().named = std::move(named); }

/// The data keys that a read of the group may need.
void find_data_keys(AuthoriseContext& cx, const NamedGroup& named) {
  if (!named.group) return;
  for (const DataKey& k : named.group->data_keys) kms::find_service_decrypt(cx, key_use(named.scope, named.name), k.ciphertext);
}

Result<NamedGroup> require_stream(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(named, either(cx, in));
  Str stream = in.text("logStreamName");
  FB_TRY(check_length(stream));
  require_group(cx, named, cx.action(), stream_arn(named.scope, named.name, stream));
  return named;
}

/// aws:TagKeys of an operation that takes tags away.
void tag_keys(Requirement& r, const wire::View& in, std::string_view member) {
  if (!in.field(member)) return;
  if (const auto* keys = in.slot<List<Str>>(member))
    for (const Str& k : *keys) r.keys["aws:tagkeys"].emplace_back(k);
}

/// Keys of KMS are named by their ARNs here.
Result<void> check_key_arn(std::string_view key) {
  auto arn = parse_arn(key);
  if (!arn || arn->service != "kms" || !arn->resource.starts_with("key/")) return fail(invalid_parameter("The specified KMS Key Id is not a valid KMS key ARN."));
  return {};
}

/// AssociateKmsKey and DisassociateKmsKey: a group, by its name or as a resource.
Result<NamedGroup> key_holder(AuthoriseContext& cx, const wire::View& in) {
  Str name = in.text("logGroupName"), resource = in.text("resourceIdentifier");
  if (bool(name) == bool(resource)) return fail(invalid_parameter("Exactly one of logGroupName and resourceIdentifier must be specified."));
  if (name) return named_group(cx, name);
  if (resource.view().find(":query-result:") != std::string_view::npos) return fail(not_served("A KMS key for query results"));
  return identified_group(cx, resource);
}

}  // namespace

Result<void> by_group(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(named, either(cx, in));
  tag_keys(require_whole_group(cx, named, cx.action()), in, "tags");
  keep(cx, std::move(named));
  return {};
}

Result<void> any_group(AuthoriseContext& cx, const wire::View&) {
  cx.require(cx.action(), stream_arn(cx.caller(), "", ""));
  return {};
}

Result<void> new_group(AuthoriseContext& cx, const wire::View& in) {
  const auto& request = in.as<svc::CreateLogGroupRequest>();
  FB_ASSIGN(named, named_group(cx, request.logGroupName));
  named.group = nullptr;   // tags and policy of a group that has this name already are not the new one's
  if (request.kmsKeyId) FB_TRY(check_key_arn(request.kmsKeyId));
  require_whole_group(cx, named, cx.action());
  if (!request.tags.empty()) {
    Requirement& r = require_group(cx, named, "logs:TagResource", group_arn(named.scope, named.name));
    r.denial = cat("User with accountId: ", named.scope.account.str(), " is not authorized to perform CreateLogGroup with Tags");
  }
  if (request.kmsKeyId) kms::find_service_generate(cx, key_use(named.scope, named.name, request.kmsKeyId));
  keep(cx, std::move(named));
  return {};
}

Result<void> new_key(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(named, key_holder(cx, in));
  Str key = in.text("kmsKeyId");
  FB_TRY(check_key_arn(key));
  require_whole_group(cx, named, cx.action());
  kms::find_service_generate(cx, key_use(named.scope, named.name, key));
  keep(cx, std::move(named));
  return {};
}

Result<void> old_key(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(named, key_holder(cx, in));
  require_whole_group(cx, named, cx.action());
  keep(cx, std::move(named));
  return {};
}

Result<void> by_arn(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(named, identified_group(cx, in.text("resourceArn")));
  tag_keys(require_group(cx, named, cx.action(), group_arn(named.scope, named.name)), in, "tagKeys");
  keep(cx, std::move(named));
  return {};
}

Result<void> by_stream(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(named, require_stream(cx, in));
  keep(cx, std::move(named));
  return {};
}

Result<void> put_events(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(named, require_stream(cx, in));
  if (const DataKey* key = named.group ? named.group->current_data_key() : nullptr) kms::find_service_decrypt(cx, key_use(named.scope, named.name), key->ciphertext);
  keep(cx, std::move(named));
  return {};
}

Result<void> get_events(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(named, require_stream(cx, in));
  find_data_keys(cx, named);
  keep(cx, std::move(named));
  return {};
}

Result<void> filter_events(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(named, either(cx, in));
  require_whole_group(cx, named, cx.action());
  find_data_keys(cx, named);
  keep(cx, std::move(named));
  return {};
}

}  // namespace fogbank::logs

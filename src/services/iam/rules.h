// IAM's rules that need no records: quotas, error texts, policy ARNs, tags, markers of paged lists. Pure functions, any thread.
// Sources: IAM API Reference (errors of each operation), IAM User Guide "IAM and STS quotas" and "Tags for IAM resources".
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "services/iam/state.h"

namespace fogbank::iam {

inline constexpr size_t kAccessKeysPerUser = 2;
inline constexpr size_t kAttachedPoliciesPerEntity = 10;
inline constexpr size_t kGroupsPerUser = 10;
inline constexpr size_t kVersionsPerPolicy = 5;
inline constexpr size_t kTagsPerResource = 50;
inline constexpr int64_t kManagedPolicySize = 6144;   // sizes are characters without white space
inline constexpr int64_t kTrustPolicySize = 2048;
inline constexpr int64_t kInlineSizeUser = 2048, kInlineSizeRole = 10240, kInlineSizeGroup = 5120;   // all inline policies of one entity together

/// For all inline policies of an entity of that kind together.
int64_t inline_size(EntityKind kind);

/// How far back answers about the last use look.
inline constexpr Millis kLastUseTracked = 400ll * 24 * 3600 * 1000;

// Errors, with the status that the API model gives their code.
ApiError no_such_entity(std::string message);
ApiError no_such_entity(EntityKind kind, std::string_view name);
ApiError no_such_policy(std::string_view arn);
ApiError not_attachable(std::string_view arn);
ApiError already_exists(EntityKind kind, std::string_view name);
ApiError delete_conflict(std::string message);
ApiError limit_exceeded(std::string message);
ApiError validation_error(std::string message);
ApiError invalid_input(std::string message);

/// The parts of a managed policy's ARN. `account` is "aws" for AWS's own.
struct PolicyName {
  std::string partition, account, path, name;
  bool aws_managed() const { return account == "aws"; }
};
/// Refuses what is no ARN as AttachRolePolicy does, and ARNs of other things.
Result<PolicyName> parse_policy_arn(std::string_view arn);

/// "user/path/name" of an ARN's resource: kind, path with both slashes, name; nothing for other resources.
struct EntityName {
  EntityKind kind;
  std::string path, name;
};
std::optional<EntityName> parse_entity_resource(std::string_view resource);

/// Puts `given` over `tags`. Users and roles fold the case of keys; policies do not.
Result<void> merge_tags(std::vector<Tag>& tags, const std::vector<Tag>& given, bool fold_case);
void remove_tags(std::vector<Tag>& tags, const std::vector<std::string_view>& keys, bool fold_case);

/// "v3" and back.
std::string version_id(int64_t number);
std::optional<int64_t> version_number(std::string_view id);

/// The place where a list goes on: opaque text of at most 320 characters (the model's bound) around one or two texts. A long one is cut,
/// then `parse_marker` says so by an empty second text.
std::string make_marker(std::string_view first, std::string_view second = {});
struct Marker { std::string first, second; };
Result<Marker> parse_marker(std::string_view text);

/// A whole second, as IAM's dates are.
inline Millis whole_second(Millis t) { return t - t % 1000; }

}  // namespace fogbank::iam

// AWS's action reference: which services there are, their actions, and the resources that an action is decided on. Embedded in the program
// (gen/iam/actions.h), read at first use and then kept until the program ends (about 5 MB). Immutable, thread-safe.
#pragma once
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace fogbank::iam {

struct ActionEntry {
  std::string_view name;
  char access = 'W';                              ///< L list, R read, W write, P permissions management, T tagging
  std::vector<std::string_view> resource_types;   ///< of its service; none: the action is decided on "*"
};

struct ServiceEntry {
  std::string_view prefix, name;                  ///< "s3", "Amazon S3"
  std::vector<ActionEntry> actions;               ///< sorted by name
  std::vector<std::pair<std::string_view, std::string_view>> resources;  ///< type and pattern of its ARNs: "arn:${Partition}:s3:::${BucketName}"

  /// Without regard to case, or null.
  const ActionEntry* find(std::string_view action) const;
  /// The pattern of a type's ARNs, or nothing.
  std::string_view arn_pattern(std::string_view type) const;
};

/// All, sorted by prefix.
std::span<const ServiceEntry> action_reference();
/// By its prefix in lower case, or null.
const ServiceEntry* find_service(std::string_view prefix);

/// Can the action be decided on this resource? "*" fits every action; an ARN must be of one of the action's resource types. Of S3's buckets
/// and objects either stands for the other. An action that is not in the reference takes anything.
bool decided_on(std::string_view action, std::string_view resource);
/// "service:Name" is in the reference.
bool known_action(std::string_view action);

/// AWS's lists of last use per action leave out data events and what is no call of its own: "s3:GetObject", "sqs:SendMessage", "iam:PassRole".
bool last_use_is_tracked(const ServiceEntry& service, const ActionEntry& action);

}  // namespace fogbank::iam

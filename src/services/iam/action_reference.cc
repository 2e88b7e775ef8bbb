#include "services/iam/action_reference.h"

#include "auth/policy/pattern.h"
#include "base/strings.h"
#include "gen/iam/actions.h"

namespace fogbank::iam {
namespace {

struct Reference {
  std::string text;
  std::vector<ServiceEntry> services;   ///< views into text
};

ActionEntry read_action(const std::vector<std::string_view>& fields) {
  ActionEntry a{fields.at(1), fields.at(2).at(0), {}};
  for (std::string_view type : split(fields.at(3), ';')) {
    type = type.substr(0, type.find(':'));   // its condition keys
    if (type.ends_with('!')) type.remove_suffix(1);
    if (!type.empty()) a.resource_types.push_back(type);
  }
  return a;
}

const Reference& reference() {
  static const Reference* made = [] {
    auto* r = new Reference;
    r->text = data::actions();
    std::string_view rest = r->text;
    while (!rest.empty()) {
      size_t end = rest.find('\n');
      auto fields = split(rest.substr(0, end), '\t');
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      if (fields[0] == "S") r->services.push_back({fields.at(1), fields.at(2), {}, {}});
      else if (fields[0] == "A") r->services.back().actions.push_back(read_action(fields));
      else if (fields[0] == "R") r->services.back().resources.emplace_back(fields.at(1), fields.at(2));
    }
    auto by_name = [](const ActionEntry& a, const ActionEntry& b) { return a.name < b.name; };
    for (ServiceEntry& s : r->services) std::sort(s.actions.begin(), s.actions.end(), by_name);
    auto by_prefix = [](const ServiceEntry& a, const ServiceEntry& b) { return a.prefix < b.prefix; };
    std::sort(r->services.begin(), r->services.end(), by_prefix);
    return r;
  }();
  return *made;
}

/// "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}" as a pattern with stars.
policy::Pattern arn_stars(std::string_view pattern) {
  std::string stars;
  for (size_t at = 0; at < pattern.size();) {
    size_t open = pattern.find("${", at);
    stars.append(pattern.substr(at, open - at));
    if (open == std::string_view::npos) break;
    size_t close = pattern.find('}', open);
    stars += '*';
    at = close == std::string_view::npos ? pattern.size() : close + 1;
  }
  return policy::Pattern(stars, {true, false, false});
}

struct Found { const ServiceEntry* service = nullptr; const ActionEntry* action = nullptr; };
Found find_action(std::string_view action) {
  size_t colon = action.find(':');
  if (colon == std::string_view::npos) return {};
  const ServiceEntry* service = find_service(lower(action.substr(0, colon)));
  return {service, service ? service->find(action.substr(colon + 1)) : nullptr};
}

}  // namespace

const ActionEntry* ServiceEntry::find(std::string_view action) const {
  for (const ActionEntry& a : actions) if (iequals(a.name, action)) return &a;
  return nullptr;
}

std::string_view ServiceEntry::arn_pattern(std::string_view type) const {
  for (const auto& [name, arn] : resources) if (name == type) return arn;
  return {};
}

std::span<const ServiceEntry> action_reference() { return reference().services; }

const ServiceEntry* find_service(std::string_view prefix) {
  const auto& all = reference().services;
  auto found = std::lower_bound(all.begin(), all.end(), prefix, [](const ServiceEntry& s, std::string_view p) { return s.prefix < p; });
  return found != all.end() && found->prefix == prefix ? &*found : nullptr;
}

bool decided_on(std::string_view action, std::string_view resource) {
  Found found = find_action(action);
  if (resource == "*" || !found.action) return true;
  for (std::string_view type : found.action->resource_types) {
    bool bucket = found.service->prefix == "s3" && (type == "bucket" || type == "object");
    std::string_view pattern = bucket ? "arn:*:s3:*:*:*" : found.service->arn_pattern(type);
    if (!pattern.empty() && arn_stars(pattern).matches_arn(resource, nullptr)) return true;
  }
  return false;
}

bool known_action(std::string_view action) { return find_action(action).action != nullptr; }

bool last_use_is_tracked(const ServiceEntry& service, const ActionEntry& action) {
  // Data events by service: the types whose actions are such, or the actions by name. IAM User Guide, "IAM action last accessed information".
  struct Data { std::string_view service; std::initializer_list<std::string_view> types, names; };
  static const Data kData[] = {
      {"s3", {"object", "accesspointobject", "objectlambdaaccesspoint"}, {"ListBucket", "ListBucketVersions", "ListBucketMultipartUploads"}},
      {"sqs", {}, {"SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility"}},
      {"sns", {}, {"Publish"}},
      {"dynamodb", {}, {"BatchGetItem", "BatchWriteItem", "ConditionCheckItem", "DeleteItem", "GetItem", "GetRecords", "GetShardIterator", "PartiQLDelete", "PartiQLInsert",
                        "PartiQLSelect", "PartiQLUpdate", "PutItem", "Query", "Scan", "UpdateItem"}},
      {"lambda", {}, {"InvokeFunction", "InvokeAsync", "InvokeFunctionUrl"}},
      {"kinesis", {}, {"PutRecord", "PutRecords", "GetRecords", "GetShardIterator", "SubscribeToShard"}},
      {"firehose", {}, {"PutRecord", "PutRecordBatch"}},
      {"cloudwatch", {}, {"PutMetricData", "GetMetricData", "GetMetricStatistics"}},
      {"iam", {}, {"PassRole"}},
  };
  for (const Data& d : kData) {
    if (d.service != service.prefix) continue;
    for (std::string_view name : d.names) if (name == action.name) return false;
    for (std::string_view type : d.types)
      if (std::find(action.resource_types.begin(), action.resource_types.end(), type) != action.resource_types.end()) return false;
  }
  return service.prefix != "ec2" || (action.access != 'L' && action.access != 'R');   // of EC2 AWS tracks what changes something
}

}  // namespace fogbank::iam

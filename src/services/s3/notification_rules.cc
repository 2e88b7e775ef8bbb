#include "services/s3/notification_rules.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/strings.h"
#include "services/s3/errors.h"
#include "services/s3/object_rules.h"

namespace fogbank::s3 {
namespace {

constexpr std::string_view kEvents[] = {
  "s3:ReducedRedundancyLostObject", "s3:ObjectCreated:*", "s3:ObjectCreated:Put", "s3:ObjectCreated:Post", "s3:ObjectCreated:Copy",
  "s3:ObjectCreated:CompleteMultipartUpload", "s3:ObjectRemoved:*", "s3:ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteMarkerCreated",
  "s3:ObjectRestore:*", "s3:ObjectRestore:Post", "s3:ObjectRestore:Completed", "s3:ObjectRestore:Delete", "s3:Replication:*",
  "s3:Replication:OperationFailedReplication", "s3:Replication:OperationNotTracked", "s3:Replication:OperationMissedThreshold",
  "s3:Replication:OperationReplicatedAfterThreshold", "s3:LifecycleTransition", "s3:IntelligentTiering", "s3:ObjectAcl:Put",
  "s3:LifecycleExpiration:*", "s3:LifecycleExpiration:Delete", "s3:LifecycleExpiration:DeleteMarkerCreated", "s3:ObjectTagging:*",
  "s3:ObjectTagging:Put", "s3:ObjectTagging:Delete",
};

bool overlap(const std::optional<std::string>& a, const std::optional<std::string>& b, bool prefix) {
  std::string_view x = a ? std::string_view(*a) : "", y = b ? std::string_view(*b) : "";
  return prefix ? x.starts_with(y) || y.starts_with(x) : x.ends_with(y) || y.ends_with(x);
}

void append_json(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') { out += '\\'; out += c; }
    else if (static_cast<unsigned char>(c) < 0x20) append(out, "\\u00", kHex[c >> 4], kHex[c & 15]);
    else out += c;
  }
  out += '"';
}

void member(std::string& out, std::string_view name, std::string_view value) {
  if (out.back() != '{') out += ',';
  append_json(out, name);
  out += ':';
  append_json(out, value);
}

std::string sequencer_text(uint64_t n) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string s = "00";
  for (int shift = 60; shift >= 0; shift -= 4) s += kHex[n >> shift & 15];
  return s;
}

}  // namespace

bool known_event(std::string_view event) { return std::find(std::begin(kEvents), std::end(kEvents), event) != std::end(kEvents); }

bool covers(std::string_view configured, std::string_view event) {
  if (!configured.ends_with(":*")) return configured == event;
  return event.starts_with(configured.substr(0, configured.size() - 1));
}

bool matches(const NotificationRule& rule, std::string_view event, std::string_view key) {
  if (rule.prefix && !key.starts_with(*rule.prefix)) return false;
  if (rule.suffix && !key.ends_with(*rule.suffix)) return false;
  return std::any_of(rule.events.begin(), rule.events.end(), [&](const std::string& e) { return covers(e, event); });
}

Result<void> check_overlaps(const std::vector<NotificationRule>& rules) {
  for (size_t i = 0; i < rules.size(); i++) {
    for (size_t j = 0; j < i; j++) {
      const NotificationRule &a = rules[i], &b = rules[j];
      if (!overlap(a.prefix, b.prefix, true) || !overlap(a.suffix, b.suffix, false)) continue;
      for (const auto& x : a.events) {
        for (const auto& y : b.events) {
          if (!covers(x, y) && !covers(y, x)) continue;
          bool plain = !a.prefix && !a.suffix && !b.prefix && !b.suffix;
          return fail(ApiError("InvalidArgument", plain
              ? "Configurations overlap. Configurations on the same bucket cannot share a common event type."
              : "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the "
                "same event type.", 400));
        }
      }
    }
  }
  return {};
}

Result<void> add_filter(NotificationRule& rule, std::string_view name, std::string_view value) {
  bool prefix = iequals(name, "prefix");
  if (!prefix && !iequals(name, "suffix"))
    return fail(invalid_argument("filter rule name must be either prefix or suffix", "FilterRule.Name", name));
  if (value.size() > kMaxKeyBytes) return fail(invalid_argument("filter rule value cannot exceed 1024 characters", "FilterRule.Value", value));
  auto& slot = prefix ? rule.prefix : rule.suffix;
  if (slot) {
    return fail(invalid_argument(prefix ? "Cannot specify more than one prefix rule in a filter." : "Cannot specify more than one suffix rule in a filter.",
                                 "FilterRule.Name", name));
  }
  slot = value;
  return {};
}

Destination destination_of(std::string_view text) {
  auto arn = parse_arn(text);
  if (arn && arn->service == "sns") return Destination::topic;
  return arn && arn->service == "lambda" ? Destination::function : Destination::queue;
}

Result<void> check_destination_arn(Destination kind, std::string_view text) {
  struct Kind { std::string_view service, element; };
  static constexpr Kind kKinds[] = {{"sqs", "Queue"}, {"sns", "Topic"}, {"lambda", "CloudFunction"}};
  const Kind& wanted = kKinds[int(kind)];
  auto arn = parse_arn(text);
  bool good = arn && arn->service == wanted.service && !arn->region.empty() && is_account_id(arn->account) && !arn->resource.empty();
  if (good && kind == Destination::function) good = arn->resource.starts_with("function:") && arn->resource.size() > 9;
  if (!good) return fail(invalid_argument("The ARN could not be parsed", wanted.element, text));
  return {};
}

std::string event_json(const Event& e, std::string_view configuration_id) {
  static constexpr std::string_view kEmptyMd5 = "d41d8cd98f00b204e9800998ecf8427e";
  bool created = e.name.starts_with("s3:ObjectCreated:"), tagging = e.name.starts_with("s3:ObjectTagging:");
  bool marker = e.name == "s3:ObjectRemoved:DeleteMarkerCreated";
  std::string out = "{\"Records\":[{";
  member(out, "eventVersion", tagging ? "2.3" : "2.1");
  member(out, "eventSource", "aws:s3");
  member(out, "awsRegion", e.region);
  member(out, "eventTime", iso8601(e.time, true));
  member(out, "eventName", std::string_view(e.name).substr(3));
  out += ",\"userIdentity\":{";
  member(out, "principalId", e.principal_id);
  out += "},\"requestParameters\":{";
  member(out, "sourceIPAddress", e.source_ip);
  out += "},\"responseElements\":{";
  member(out, "x-amz-request-id", e.request_id);
  member(out, "x-amz-id-2", e.host_id);
  out += "},\"s3\":{";
  member(out, "s3SchemaVersion", "1.0");
  member(out, "configurationId", configuration_id);
  out += ",\"bucket\":{";
  member(out, "name", e.bucket);
  out += ",\"ownerIdentity\":{";
  member(out, "principalId", owner_principal_id(e.owner_account));
  out += '}';
  member(out, "arn", e.bucket_arn);
  out += "},\"object\":{";
  member(out, "key", url_encoded_key(e.key));
  if (created) append(out, ",\"size\":", e.size);
  if (created || tagging || marker) member(out, "eTag", marker ? kEmptyMd5 : std::string_view(e.etag));
  if (!e.version_id.empty()) member(out, "versionId", e.version_id);
  if (!tagging) member(out, "sequencer", sequencer_text(e.sequencer));
  out += "}}}]}";
  return out;
}

std::string test_event_json(std::string_view bucket, Millis time, std::string_view request_id, std::string_view host_id) {
  std::string out = "{";
  member(out, "Service", "Amazon S3");
  member(out, "Event", "s3:TestEvent");
  member(out, "Time", iso8601(time, true));
  member(out, "Bucket", bucket);
  member(out, "RequestId", request_id);
  member(out, "HostId", host_id);
  out += '}';
  return out;
}

}  // namespace fogbank::s3

// DescribeLogGroups, ListLogGroups:
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html
#include <algorithm>
#include <functional>
#include <stdexcept>

#include "base/strings.h"
#include "gateway/context.h"
#include "gen/logs/operations.h"
#include "services/logs/access.h"
#include "services/logs/errors.h"
#include "services/logs/tokens.h"

namespace fogbank::logs {
namespace {

using Filter = std::function<bool(const Group&)>;

struct Page {
  std::vector<Group> groups;
  bool more = false;
};

/// Groups by name, behind `after`, that begin with `prefix` and pass the filter.
Page read_page(store::Reader& reader, const Scope& scope, std::string_view prefix, std::string_view after, size_t limit, const Filter& fits) {
  Page out;
  store::Key all = store::key(scope, kGroups).begins(prefix);
  store::Key from = all;
  if (!after.empty()) {
    from = group_key(scope, after).after_prefix();
    if (from < all) from = all;
  }
  reader.scan(from, all.after_prefix(), store::Order::ascending, [&](std::string_view, std::string_view bytes, store::Version) {
    auto group = decode<Group>(bytes);
    if (!group) throw std::runtime_error("a stored log group is damaged");
    if (!fits(*group)) return true;
    if (out.groups.size() == limit) {
      out.more = true;
      return false;
    }
    out.groups.push_back(std::move(*group));
    return true;
  });
  return out;
}

void describe(Context& cx, store::Reader& reader, const Group& group, svc::LogGroup& out) {
  const Scope& scope = cx.scope();
  out.logGroupName = cx.str(group.name);
  out.creationTime = group.created;
  if (group.retention_days) out.retentionInDays = int32_t(group.retention_days);
  out.metricFilterCount = 0;
  out.arn = cx.str(cat(group_arn(scope, group.name), ":*"));
  out.logGroupArn = cx.str(group_arn(scope, group.name));
  auto count = reader.get_as<Count>(count_key(scope, group.id));
  out.storedBytes = count ? count->bytes : 0;
  if (!group.kms_key.empty()) out.kmsKeyId = cx.str(group.kms_key);
  out.logGroupClass = cx.str(group.log_class);
  out.deletionProtectionEnabled = group.deletion_protection;
}

Result<void> other_accounts_not_served(const List<Str>& accounts, const Opt<bool>& linked) {
  if (linked.value_or(false) || !accounts.empty()) return fail(not_served("Log groups of linked source accounts"));
  return {};
}

/// The groups that logGroupIdentifiers names, those that exist.
Result<void> describe_named(Context& cx, const svc::DescribeLogGroupsRequest& in, svc::DescribeLogGroupsResponse& out) {
  if (in.logGroupNamePrefix || in.logGroupNamePattern || in.nextToken || in.limit || in.logGroupClass) {
    return fail(invalid_parameter("logGroupIdentifiers cannot be combined with other parameters."));
  }
  Result<void> result;
  cx.read([&](store::Reader& reader) {
    for (const Str& id : in.logGroupIdentifiers) {
      std::string_view name = id;
      if (auto arn = parse_arn(name)) {
        if (arn->account != cx.scope().account.str()) { result = fail(not_served("Log groups of linked source accounts")); return; }
        if (arn->service != "logs" || arn->region != cx.scope().region.str() || !arn->resource.starts_with("log-group:")) continue;
        name = arn->resource.substr(10);
      }
      auto group = reader.get_as<Group>(group_key(cx.scope(), name));
      if (group) describe(cx, reader, *group, out.logGroups.add(cx.arena()));
    }
  });
  return result;
}

/// "abc|^def": parts of names, or beginnings.
bool name_matches(std::string_view name, std::string_view pattern) {
  auto parts = split(pattern, '|');
  return std::any_of(parts.begin(), parts.end(), [&](std::string_view p) {
    return p.starts_with('^') ? name.starts_with(p.substr(1)) : name.find(p) != std::string_view::npos;
  });
}

/// Every filter has to fit: its key, with one of its values where it has any.
bool tags_match(const Group& group, const List<svc::TagFilter>& filters) {
  return std::all_of(filters.begin(), filters.end(), [&](const svc::TagFilter& f) {
    auto tag = group.tags.find(std::string(f.key));
    if (tag == group.tags.end()) return false;
    return f.values.empty() || std::any_of(f.values.begin(), f.values.end(), [&](const Str& v) { return v == tag->second; });
  });
}

}  // namespace

Result<void> DescribeLogGroups(Context& cx, const svc::DescribeLogGroupsRequest& in, svc::DescribeLogGroupsResponse& out) {
  FB_TRY(other_accounts_not_served(in.accountIdentifiers, in.includeLinkedAccounts));
  FB_TRY(check_length(in.logGroupNamePrefix));
  if (in.logGroupNamePrefix && in.logGroupNamePattern) {
    return fail(invalid_parameter("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."));
  }
  out.logGroups.reserve(cx.arena(), 0);
  if (in.logGroupIdentifiers) return describe_named(cx, in, out);
  std::string after;
  if (in.nextToken) {
    FB_ASSIGN(place, read_token('g', in.nextToken));
    after = std::move(place);
  }
  auto fits = [&](const Group& g) {
    return (!in.logGroupClass || in.logGroupClass == g.log_class) && (!in.logGroupNamePattern || g.name.find(in.logGroupNamePattern.view()) != std::string::npos);
  };
  cx.read([&](store::Reader& reader) {
    Page page = read_page(reader, cx.scope(), in.logGroupNamePrefix.view(), after, size_t(in.limit.value_or(50)), fits);
    for (const Group& g : page.groups) describe(cx, reader, g, out.logGroups.add(cx.arena()));
    if (page.more) out.nextToken = cx.str(write_token('g', page.groups.back().name));
  });
  return {};
}

Result<void> ListLogGroups(Context& cx, const svc::ListLogGroupsRequest& in, svc::ListLogGroupsResponse& out) {
  FB_TRY(other_accounts_not_served(in.accountIdentifiers, in.includeLinkedAccounts));
  if (in.dataSources) return fail(not_served("Listing log groups by data sources"));
  if (in.fieldIndexNames) return fail(not_served("Listing log groups by field indexes"));
  out.logGroups.reserve(cx.arena(), 0);
  std::string after;
  if (in.nextToken) {
    FB_ASSIGN(place, read_token('l', in.nextToken));
    after = std::move(place);
  }
  auto fits = [&](const Group& g) {
    return (!in.logGroupClass || in.logGroupClass == g.log_class) && (!in.logGroupNamePattern || name_matches(g.name, in.logGroupNamePattern)) && tags_match(g, in.logGroupTags);
  };
  cx.read([&](store::Reader& reader) {
    Page page = read_page(reader, cx.scope(), {}, after, size_t(in.limit.value_or(50)), fits);
    for (const Group& g : page.groups) {
      auto& one = out.logGroups.add(cx.arena());
      one.logGroupName = cx.str(g.name);
      one.logGroupArn = cx.str(group_arn(cx.scope(), g.name));
      one.logGroupClass = cx.str(g.log_class);
    }
    if (page.more) out.nextToken = cx.str(write_token('l', page.groups.back().name));
  });
  return {};
}

}  // namespace fogbank::logs

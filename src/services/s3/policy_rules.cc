#include "services/s3/policy_rules.h"

#include <algorithm>
#include <stdexcept>

#include "auth/policy/document.h"
#include "base/strings.h"
#include "services/s3/state.h"

namespace fogbank::s3 {
namespace {

constexpr size_t kMaxPolicyBytes = 20 << 10;

// In lower case, sorted.
constexpr std::string_view kObjectActions[] = {
  "abortmultipartupload", "bypassgovernanceretention", "deleteobject", "deleteobjecttagging", "deleteobjectversion",
  "deleteobjectversiontagging", "getobject", "getobjectacl", "getobjectattributes", "getobjectlegalhold", "getobjectretention",
  "getobjecttagging", "getobjecttorrent", "getobjectversion", "getobjectversionacl", "getobjectversionattributes",
  "getobjectversionforreplication", "getobjectversiontagging", "getobjectversiontorrent", "initiatereplication",
  "listmultipartuploadparts", "objectowneroverridetobucketowner", "putobject", "putobjectacl", "putobjectlegalhold",
  "putobjectretention", "putobjecttagging", "putobjectversionacl", "putobjectversiontagging", "replicatedelete", "replicateobject",
  "replicatetags", "restoreobject",
};

ApiError malformed(std::string text) { return ApiError("MalformedPolicy", std::move(text), 400); }

/// May a pattern with * and ? match the text?
bool glob(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || (pattern[p] == text[t] && pattern[p] != '*'))) { p++; t++; }
    else if (p < pattern.size() && pattern[p] == '*') { star = p++; mark = t; }
    else if (star != std::string_view::npos) { p = star + 1; t = ++mark; }
    else return false;
  }
  while (p < pattern.size() && pattern[p] == '*') p++;
  return p == pattern.size();
}

/// Is the resource about the bucket, its objects, or both? Wildcards may stand for either.
struct About { bool bucket = false, objects = false; };
About about(std::string_view resource, std::string_view arn) {
  if (resource == "*") return {true, true};
  // A variable may become anything: what stands before the first wildcard or variable must fit.
  size_t wild = std::min(resource.find_first_of("*?"), resource.find("${"));
  std::string_view fixed = resource.substr(0, wild);
  About out;
  std::string objects = cat(arn, '/');
  out.bucket = wild == std::string_view::npos ? resource == arn : glob(resource, arn);
  out.objects = fixed.size() >= objects.size() ? fixed.starts_with(objects)
                                               : wild != std::string_view::npos && std::string_view(objects).starts_with(fixed);
  return out;
}

/// Every action of a statement needs a resource that it is about.
Result<void> check_actions(const std::vector<std::string_view>& actions, const About& all) {
  for (std::string_view action : actions) {
    if (action == "*") continue;
    std::string name = lower(action);
    if (!name.starts_with("s3:")) {
      if (name.starts_with("s3-") || name.starts_with("s3express:") || name.find_first_of("*?") < name.find(':')) continue;
      return fail(malformed("Policy has invalid action"));
    }
    name.erase(0, 3);
    if (name.find_first_of("*?") != std::string::npos) continue;
    if (is_object_action(name) ? !all.objects : !all.bucket) return fail(malformed("Action does not apply to any resource(s) in statement"));
  }
  return {};
}

}  // namespace

bool is_object_action(std::string_view name) { return std::binary_search(std::begin(kObjectActions), std::end(kObjectActions), lower(name)); }

std::string policy_with(const Bucket& bucket, const std::function<std::string(const NamedEntity&, std::string_view arn)>& text_of) {
  std::string out;
  size_t at = 0;
  for (const NamedEntity& named : bucket.policy_names) {
    size_t offset = size_t(named.offset), length = size_t(named.length);
    if (offset < at || length < 2 || offset + length > bucket.policy.size()) throw std::runtime_error("a bucket's record is damaged");
    out.append(bucket.policy, at, offset - at);
    append(out, '"', text_of(named, std::string_view(bucket.policy).substr(offset + 1, length - 2)), '"');
    at = offset + length;
  }
  out.append(bucket.policy, at);
  return out;
}

Result<policy::PolicyPtr> check_bucket_policy(std::string_view json, std::string_view bucket, std::string_view partition) {
  if (json.size() > kMaxPolicyBytes) return fail(malformed("Policy exceeds the maximum allowed document size."));
  policy::CompileOptions options;
  options.dialect = policy::Dialect::s3;
  options.partition = partition;
  FB_ASSIGN(compiled, policy::compile(json, policy::PolicyKind::resource, options));
  std::string arn = bucket_arn(partition, bucket);
  for (size_t i = 0; i < policy::statement_count(*compiled); i++) {
    bool others = policy::names_other_resources(*compiled, i);
    About all{others, others};   // what is not named may be anything
    for (std::string_view resource : policy::resources_of(*compiled, i)) {
      About one = about(resource, arn);
      if (!one.bucket && !one.objects) return fail(malformed("Policy has invalid resource"));
      all.bucket |= one.bucket;
      all.objects |= one.objects;
    }
    if (!policy::names_other_actions(*compiled, i)) FB_TRY(check_actions(policy::actions_of(*compiled, i), all));
  }
  FB_TRY(check_policy_conditions(*compiled));
  return compiled;
}

}  // namespace fogbank::s3

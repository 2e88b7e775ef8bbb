// Condition keys of bucket policies: S3 refuses those it does not know, and those that an action of the statement does not take.
// Source: Service Authorization Reference, "Amazon S3". Pure.
#include <algorithm>

#include "auth/policy/compiled.h"
#include "base/strings.h"
#include "services/s3/policy_rules.h"

namespace fogbank::s3 {
namespace {

// In lower case. A key that ends with '/' stands for all that begin with it; no actions: every action takes it.
struct KeyActions { std::string_view key, actions; };
constexpr std::string_view kAclActions = "bypassgovernanceretention createbucket putbucketacl putobject putobjectacl putobjectversionacl";
constexpr std::string_view kWrites = "bypassgovernanceretention putobject replicateobject updateobjectencryption";
constexpr KeyActions kKeys[] = {
  {"accessgrantsinstancearn", ""}, {"accesspointnetworkorigin", ""}, {"accesspointtag/", ""}, {"authtype", ""}, {"buckettag/", ""},
  {"dataaccesspointaccount", ""}, {"dataaccesspointarn", ""}, {"delimiter", "listbucket listbucketmultipartuploads listbucketversions"},
  {"destinationregion", "pausereplication"},
  {"existingobjecttag/", "deleteobjecttagging deleteobjectversiontagging getobject getobjectacl getobjectattributes getobjecttagging getobjectversion "
                         "getobjectversionacl getobjectversionattributes getobjectversiontagging putobjectacl putobjecttagging putobjectversionacl "
                         "putobjectversiontagging"},
  {"if-match", "deleteobject putobject"}, {"if-none-match", "putobject"}, {"inventoryaccessibleoptionalfields", "putinventoryconfiguration"},
  {"isreplicationpauserequest", "putreplicationconfiguration"}, {"locationconstraint", "createbucket"},
  {"max-keys", "listbucket listbucketmultipartuploads listbucketversions"},
  {"object-lock-legal-hold", "putobject putobjectlegalhold"}, {"object-lock-mode", "putobject putobjectretention"},
  {"object-lock-remaining-retention-days", "putobject putobjectretention"}, {"object-lock-retain-until-date", "putobject putobjectretention"},
  {"objectcreationoperation", "putobject"}, {"prefix", "listbucket listbucketmultipartuploads listbucketversions"},
  {"requestobjecttag/", "bypassgovernanceretention putobject putobjecttagging putobjectversiontagging"},
  {"requestobjecttagkeys", "bypassgovernanceretention putobject putobjecttagging putobjectversiontagging"}, {"resourceaccount", ""},
  {"signatureage", ""}, {"signatureversion", ""}, {"tlsversion", ""},
  {"versionid", "deleteobjectversion deleteobjectversiontagging getobjectversion getobjectversionacl getobjectversionattributes "
                "getobjectversiontagging getobjectversiontorrent putobjectversionacl putobjectversiontagging"},
  {"x-amz-acl", kAclActions}, {"x-amz-bucket-namespace", "createbucket"}, {"x-amz-content-sha256", ""},
  {"x-amz-copy-source", "bypassgovernanceretention putobject"}, {"x-amz-grant-full-control", kAclActions}, {"x-amz-grant-read", kAclActions},
  {"x-amz-grant-read-acp", kAclActions}, {"x-amz-grant-write", kAclActions}, {"x-amz-grant-write-acp", kAclActions},
  {"x-amz-metadata-directive", "bypassgovernanceretention putobject"}, {"x-amz-object-ownership", "createbucket"},
  {"x-amz-server-side-encryption", kWrites}, {"x-amz-server-side-encryption-aws-kms-key-id", kWrites},
  {"x-amz-server-side-encryption-customer-algorithm", kWrites},
  {"x-amz-storage-class", "bypassgovernanceretention putobject putobjectacl putobjectversionacl"},
  {"x-amz-website-redirect-location", "bypassgovernanceretention putobject"},
};

const KeyActions* find_key(std::string_view key) {
  for (const KeyActions& k : kKeys) if (k.key.ends_with('/') ? key.starts_with(k.key) && key.size() > k.key.size() : key == k.key) return &k;
  return nullptr;
}

/// `action` as written; one with wildcards has to mean an action that takes the key.
bool takes(std::string_view action, std::string_view takers) {
  if (takers.empty()) return true;
  std::string name = lower(action);
  if (!name.starts_with("s3:")) return true;   // "*", "s?:…"
  name.erase(0, 3);
  for (std::string_view one : split(takers, ' '))
    if (name.find_first_of("*?") == std::string::npos ? name == one : policy::Pattern(name, policy::Pattern::Syntax{}).matches(one, nullptr)) return true;
  return false;
}

}  // namespace

Result<void> check_policy_conditions(const policy::CompiledPolicy& policy) {
  for (const policy::Statement& statement : policy.statements()) {
    for (const policy::Condition& condition : statement.conditions) {
      std::string_view key = condition.key();
      if (!key.starts_with("s3:")) continue;
      const KeyActions* known = find_key(key.substr(3));
      if (!known) return fail("MalformedPolicy", "Policy has an invalid condition key");
      if (statement.not_action) continue;
      for (const std::string& action : statement.actions)
        if (!takes(action, known->actions)) return fail("MalformedPolicy", "Conditions do not apply to combination of actions and resources in statement");
    }
  }
  return {};
}

}  // namespace fogbank::s3

// What has to be decided before an operation runs, and about which resource.
//
// The manifest declares one or more ActionRules, or names a function `Result<void> f(AuthoriseContext&, const wire::View& in)` that
// calls require() once per decision (CopyObject: two) or require_entry() once per entry of a batch (DeleteObjects). It may also move
// the target's scope (set_target), and add condition keys. It runs on a snapshot; if authority records change before the operation's
// commit it is run again on the transaction, so it must not have effects.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/policy/document.h"
#include "auth/policy/evaluate.h"
#include "auth/principal.h"
#include "base/error.h"
#include "base/scope.h"
#include "gateway/findings.h"
#include "store/store.h"
#include "wire/model.h"

namespace fogbank {

class Core;
struct Call;
struct RequestFacts;

/// What a service knows of one of its resources for the sake of a decision.
struct ResourceInfo {
  std::string owner_account;                                ///< empty: the target's account
  std::shared_ptr<const policy::CompiledPolicy> policy;     ///< null: it has none
  std::string policy_name;                                  ///< how explain names it: the resource's ARN
  std::vector<policy::Attached> more_policies;              ///< further resource policies (an account's, of CloudWatch Logs)
  std::map<std::string, std::string> tags;                  ///< aws:ResourceTag/…
  bool policy_required = false;                             ///< identity policies alone do not suffice (role trust, KMS keys)
  bool exempt_from_rcps = false;                            ///< AWS managed keys
  /// Names a permission from outside the policy language (a KMS grant, a grant of an ACL) that covers the decision, or answers "". Asked
  /// only when the policies neither allow nor deny; uses the reader of the AuthoriseContext that it was made in.
  std::function<std::string()> grant;
  bool grant_crosses_accounts = true;                       ///< it suffices without the policies of a caller of another account
  bool policy_only_denies = false;                          ///< what `policy` allows does not count (an object that is not the bucket owner's)
};

/// One decision to be made.
struct Requirement {
  std::string action;
  std::string resource;                                     ///< ARN, or "*"
  std::map<std::string, std::vector<std::string>> keys;     ///< service condition keys, lower case
  int entry = -1;                                           ///< index of a batch's entry, or -1 for the whole call
  /// Asked for keys that `keys` does not have (lower case), while the decision is made: for values that cost a read. May be null.
  std::function<bool(std::string_view key, std::vector<std::string>& values)> more_keys;
  bool load_policy = true;
  std::string shown;                                        ///< how a denial names the resource; empty: by its ARN
  std::string denial;                                       ///< the whole text of a denial; empty: AWS's usual
  /// What is known of the resource, where the requirement's maker has looked it up; load_resource is then not asked. Needed for a resource
  /// of another service (the KMS key of an S3 object).
  std::shared_ptr<const ResourceInfo> info;
  /// The service that makes this call of another service on behalf of the caller (forward access session): "s3.amazonaws.com". Such a
  /// decision sees aws:ViaAWSService and aws:CalledVia, and its denial leaves an access record of the other service.
  std::string via_service;
  /// How the calling service words a denial of such a decision; null: as the other service words it, with the code of this one.
  ApiError (*reword)(ApiError&& denial) = nullptr;
};

class AuthoriseContext {
 public:
  AuthoriseContext(Core& core, Call& call, store::Reader& reader) : core_(core), call_(call), reader_(reader) {}

  const auth::Principal& principal() const;
  const Scope& caller() const;
  const Scope& target() const;
  void set_target(const Scope& scope);
  const RequestFacts& request() const;
  std::string_view header(std::string_view name) const;
  std::string_view action() const;                          ///< the operation's, declared or by its name
  const Requirement* deciding() const { return deciding_; } ///< load_resource: the decision that it is for
  void set_deciding(const Requirement* need) { deciding_ = need; }
  store::Reader& reader() { return reader_; }
  Core& core() { return core_; }

  Requirement& require(std::string_view action, std::string_view resource);
  Requirement& require_entry(size_t entry, std::string_view action, std::string_view resource);
  std::vector<Requirement>& requirements() { return requirements_; }
  /// The finding of type T of this decision, made at first use; the handler reads it with Context::found.
  template <class T> T& find() { return findings().get<T>(); }
  /// A header line of the answer, also of an error.
  void add_header(std::string_view name, std::string_view value);
  /// Form body_in: the payload is to be encrypted as it arrives, under a new key that the handler finds in Context::body().
  void encrypt_body();

 private:
  Findings& findings();

  Core& core_;
  Call& call_;
  store::Reader& reader_;
  std::vector<Requirement> requirements_;
  const Requirement* deciding_ = nullptr;
};

}  // namespace fogbank

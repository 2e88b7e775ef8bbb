// What a decision is about: who (Principal) does what (Action) to which resource, and the context keys of the call.
//
// All are plain values or views that the caller keeps alive during evaluate(); nothing is kept afterwards. Context keys are asked for one
// by one, only when a condition or a policy variable needs them, so an expensive key (tags of a resource, the organisation's path) costs
// nothing unless a policy mentions it. Thread-safe as far as the caller's Keys object is.
#pragma once
#include <cstdint>
#include <forward_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fogbank::policy {

/// The values of one context key. Up to four without allocation. Texts are borrowed (add) or copied in (add_owned).
class Values {
 public:
  Values() = default;
  Values(const Values&) = delete;
  Values& operator=(const Values&) = delete;

  void add(std::string_view borrowed) {
    if (count_ < kInline) inline_[count_] = borrowed;
    else more_.push_back(borrowed);
    count_++;
  }
  void add_owned(std::string_view text);
  size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  std::string_view operator[](size_t i) const { return i < kInline ? inline_[i] : more_[i - kInline]; }

 private:
  static constexpr size_t kInline = 4;
  std::string_view inline_[kInline];
  size_t count_ = 0;
  size_t used_ = 0;
  char buffer_[128];
  std::vector<std::string_view> more_;
  std::forward_list<std::string> owned_;  ///< a deque would allocate even while empty
};

/// The context keys of a call. Names arrive in lower case: "aws:sourceip", "s3:prefix", "aws:resourcetag/cost center" (tag keys too:
/// compare them without regard to case). Values are texts: numbers in decimal, booleans "true"/"false", times ISO 8601 or epoch seconds,
/// binary as base64, ARNs and addresses as usual.
class Keys {
 public:
  virtual ~Keys() = default;
  /// True if the key is in the request's context; fills `out`, possibly with no value (a present but empty list).
  virtual bool find(std::string_view key, Values& out) const = 0;
};

/// Keys from a list; for tests, and for calls with few keys. Names must be in lower case.
class ListKeys : public Keys {
 public:
  void set(std::string_view key, std::string_view value);
  void set(std::string_view key, std::vector<std::string> values);
  bool find(std::string_view key, Values& out) const override;

 private:
  std::vector<std::pair<std::string, std::vector<std::string>>> keys_;
};

enum class PrincipalKind : uint8_t {
  anonymous,       ///< an unsigned call
  root,            ///< root user of an account
  user,            ///< IAM user
  role_session,    ///< AssumeRole*, or a service acting with a role
  federated_user,  ///< GetFederationToken
  service,         ///< an AWS service in its own name: "sns.amazonaws.com"
  web_identity,    ///< caller of AssumeRoleWithWebIdentity: only trust policies know it
  saml,            ///< caller of AssumeRoleWithSAML: only trust policies know it
};

struct Principal {
  PrincipalKind kind = PrincipalKind::anonymous;
  std::string partition = "aws";
  std::string account;      ///< twelve digits; empty for anonymous, service, web_identity and saml
  std::string arn;          ///< who calls: …:root, user ARN, assumed-role session ARN, federated-user ARN; empty for the other kinds
  std::string issuer_arn;   ///< role_session: the role's ARN with its path; federated_user: ARN of the user or root that federated
  std::string user_id;      ///< aws:userid: "AIDA…", "AROA…:session", "<account>:<name>", account id of root
  std::string issuer_id;    ///< federated_user: unique id of the issuing user
  std::string user_name;    ///< aws:username; IAM users only
  std::string provider;     ///< Federated: "accounts.google.com", an OIDC or SAML provider's ARN; also for sessions that came from one
  std::string canonical_id; ///< S3's canonical user id of the account, where known
  std::vector<std::string> services;  ///< service: the name first, then further names (aws:PrincipalServiceNamesList)
  std::vector<std::pair<std::string, std::string>> tags;  ///< the principal's tags, session tags already merged over them

  static Principal anonymous();
  static Principal root(std::string_view account, std::string_view partition = "aws");
  static Principal user(std::string_view arn, std::string_view user_id);
  /// role_arn: arn:aws:iam::A:role/path/name; role_id: AROA…
  static Principal role_session(std::string_view role_arn, std::string_view role_id, std::string_view session_name);
  /// issuer_arn: the IAM user or root whose keys called GetFederationToken.
  static Principal federated_user(std::string_view issuer_arn, std::string_view issuer_id, std::string_view name);
  static Principal service(std::string_view name);
  static Principal web_identity(std::string_view provider);
  static Principal saml(std::string_view provider_arn);
};

/// "s3:GetObject", prepared for matching without regard to case. Make it once per operation and keep it.
class Action {
 public:
  explicit Action(std::string_view text);
  const std::string& text() const { return text_; }
  std::string_view lower() const { return lower_; }
  std::string_view lower_service() const { return std::string_view(lower_).substr(0, colon_); }
  std::string_view lower_name() const;
  uint32_t service_hash() const { return service_hash_; }
  uint32_t name_hash() const { return name_hash_; }

 private:
  std::string text_, lower_;
  size_t colon_;
  uint32_t service_hash_, name_hash_;
};

/// One question. The evaluator itself knows aws:PrincipalArn, aws:PrincipalAccount, aws:PrincipalType, aws:PrincipalTag/…, aws:userid,
/// aws:username, aws:FederatedProvider, aws:PrincipalIsAWSService, aws:PrincipalServiceName, aws:PrincipalServiceNamesList (from
/// `principal`) and aws:ResourceAccount (from `resource_account`); every other key comes from `keys`, which is asked first for the
/// principal's keys too if `keys_override_principal` is set (SimulatePrincipalPolicy).
struct Request {
  const Principal* principal = nullptr;
  const Action* action = nullptr;
  std::string_view resource = "*";       ///< ARN, or "*" where the action knows no resource
  std::string_view resource_account;     ///< owner of the resource; empty: the principal's account
  const Keys* keys = nullptr;            ///< may be null
  bool keys_override_principal = false;

  /// Looks a key (in lower case) up; see above.
  bool find(std::string_view key, Values& out) const;
};

}  // namespace fogbank::policy

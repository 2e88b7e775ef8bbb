// Who acts: the principal of a call, and the authority record that a task keeps of it.
//
// A Principal is a value without secrets: it says who, not what is allowed. What is allowed is looked up when it acts, so an authority
// record that waited for days is judged by the policies of that moment. Immutable after authentication; shared between threads.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/record.h"
#include "base/scope.h"

namespace fogbank::auth {

/// web_identity: whoever shows an identity provider's token to AssumeRoleWithWebIdentity; only trust policies know it.
enum class PrincipalKind : uint8_t { anonymous, root, user, role_session, federated_user, service, web_identity };

/// Values of one condition key.
struct KeyValues {
  std::vector<std::string> values;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, values); a(unknown); }
  friend bool operator==(const KeyValues&, const KeyValues&) = default;
};

struct Principal {
  PrincipalKind kind = PrincipalKind::anonymous;
  std::string partition = "aws";
  std::string account;              ///< twelve digits; empty for anonymous; the account that a service principal acts for is source_account
  std::string arn;                  ///< user ARN, assumed-role session ARN, federated-user ARN, account root ARN
  std::string user_id;              ///< aws:userid: AIDA…, AROA…:session, account:name, account
  std::string name;                 ///< user name, role name, federated name; a service: "s3.amazonaws.com"
  std::string role_arn;             ///< role sessions: the role with its path; federated users: the user or root that federated
  std::string issuer_id;            ///< federated users: unique id of that user; empty: root
  std::string session_name;
  std::string access_key_id;        ///< of the credential that signed; empty inside
  bool development = false;         ///< the synthetic administrator behind the key `test`
  bool service_linked = false;      ///< session of a service-linked role
  bool mfa = false;
  Millis issued_at = 0;             ///< of a session (aws:TokenIssueTime); 0: long-term credential
  Millis expires_at = 0;
  std::string source_identity;
  std::string federated_provider;   ///< aws:FederatedProvider of a web-identity session; of a web identity, its provider
  std::map<std::string, KeyValues> federation_keys;  ///< condition keys that its provider vouches for ("host/path:sub"), lower case
  std::map<std::string, std::string> session_tags;
  std::vector<std::string> transitive_tags;
  std::vector<std::string> session_policies;      ///< documents given when the session was made
  std::vector<std::string> session_policy_arns;
  // Calls that a service makes:
  std::vector<std::string> called_via;            ///< aws:CalledVia, first to last; aws:ViaAWSService when not empty
  std::string source_arn, source_account;         ///< aws:SourceArn, aws:SourceAccount of a service principal
  Unknown unknown;

  template <class A> void fields(A& a) {
    a(1, kind); a(2, partition); a(3, account); a(4, arn); a(5, user_id); a(6, name); a(7, role_arn); a(8, session_name);
    a(9, access_key_id); a(10, development); a(11, service_linked); a(12, mfa); a(13, issued_at); a(14, expires_at);
    a(15, source_identity); a(16, federated_provider); a(17, session_tags); a(18, transitive_tags); a(19, session_policies);
    a(20, session_policy_arns); a(21, called_via); a(22, source_arn); a(23, source_account); a(24, federation_keys); a(25, issuer_id); a(unknown);
  }
  bool anonymous() const { return kind == PrincipalKind::anonymous; }
};

/// The service principal with which one service acts for a resource of an account: s3.amazonaws.com for a bucket.
Principal service_principal(std::string_view service, std::string_view source_arn, std::string_view source_account);
/// The caller's own authority passed on by a service on its behalf (forward access session).
Principal forward_access(const Principal& caller, std::string_view via_service);
/// The synthetic administrator of an account behind development credentials.
Principal development_principal(std::string_view account);

}  // namespace fogbank::auth

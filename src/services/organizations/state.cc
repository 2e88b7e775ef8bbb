#include "services/organizations/state.h"

#include "base/strings.h"

namespace fogbank::organizations {

Scope management_scope(std::string_view partition, std::string_view account) { return {Partition(partition), AccountId(account), Region()}; }
store::Key member_key(std::string_view account) { return store::key(Scope{}.whole_partition(), kMembers, account); }
store::Key email_key(std::string_view email) { return store::key(Scope{}.whole_partition(), kEmails, std::string_view(lower(email))); }
store::Key identity_key(std::string_view account) { return store::key(Scope{}.whole_partition(), kIdentities, account); }
store::Key stamp_key() { return store::key(Scope{}.whole_partition(), kStamps, std::string_view("all")); }

}  // namespace fogbank::organizations

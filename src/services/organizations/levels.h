// How organizations bind decisions: the service control policies and resource control policies of an account, root first, compiled.
//
// iam::Identity asks of() for the account of a principal and of a resource. What it gets is immutable, put together once and shared by all
// principals of the account until a change of an organization is committed; then the first call after the change's answer sees it. Each
// policy is compiled once per version (store::Cache). With a transaction's reader that has changed an organization itself, of() puts
// the levels together from what the transaction sees, and keeps nothing.
// core.state<organizations::Levels>(); any thread; nothing survives a restart.
#pragma once
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "auth/credentials.h"
#include "services/organizations/state.h"
#include "store/cache.h"

namespace fogbank {
class Core;
}

namespace fogbank::organizations {

struct Place;

struct AccountLevels {
  bool management = false;                       ///< nothing binds it
  bool suspended = false;                        ///< closed: its principals may do nothing
  std::string organization_id;                   ///< empty: in none
  std::string organization_path;                 ///< "o-…/r-…/ou-…/"
  std::vector<auth::PolicySet::Level> scps;
  std::shared_ptr<const auth::ResourceAccountPolicies> resources;   ///< the same for what the account owns; never null
};

class Levels final : private store::Coherence::Listener {
 public:
  explicit Levels(Core& core);
  explicit Levels(store::Store& store);
  ~Levels() override;
  Levels(const Levels&) = delete;

  std::shared_ptr<const AccountLevels> of(std::string_view account, store::Reader& reader);
  std::shared_ptr<const AccountLevels> of(std::string_view account);

 private:
  struct Compiled { policy::PolicyPtr policy; std::string arn; };
  static std::shared_ptr<const Compiled> compile(std::string_view key, const store::Item& item);
  std::shared_ptr<const AccountLevels> build(std::string_view account, store::Reader& reader);
  void add_levels(store::Reader& reader, const Place& place, std::string_view type, const std::vector<std::pair<std::string, std::vector<Attachments>>>& chain,
                  std::vector<auth::PolicySet::Level>& out);
  bool lookup(const std::string& account, std::shared_ptr<const AccountLevels>& out);
  void changed(const std::string& key) override;
  void all_changed() override;

  store::Store& store_;
  store::Cache<Compiled> policies_;
  std::shared_mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const AccountLevels>> kept_;
};

}  // namespace fogbank::organizations

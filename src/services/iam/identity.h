// IAM as the source of credentials and policies for the chain (auth/credentials.h).
//
// Two layers of cache: decoded and compiled records (caches.h, coherent with commits), and over them whole PolicySets by principal.
// A PolicySet is good as long as no IAM record was committed since it was put together (a generation number); then it is put together
// anew from the record caches, a few microseconds. So a change of a policy acts on the first call after its commit.
// policies_of(principal, reader) is for decisions inside a transaction: it sees what is applied there and is not kept.
// Owned by Core; any thread. Nothing survives a restart.
#pragma once
#include <atomic>
#include <memory>
#include <shared_mutex>
#include <string>
#include <unordered_map>

#include "auth/credentials.h"
#include "services/iam/caches.h"
#include "services/organizations/levels.h"

namespace fogbank::iam {

class Identity final : public auth::IdentitySource, private store::Coherence::Listener {
 public:
  explicit Identity(Core& core);
  /// For tests; `caches` and `levels` must outlive it.
  Identity(store::Store& store, Caches& caches, organizations::Levels& levels);
  ~Identity() override;

  std::shared_ptr<const auth::Credential> find_key(std::string_view access_key_id) override;
  std::shared_ptr<const auth::PolicySet> policies_of(const auth::Principal& principal) override;
  std::shared_ptr<const auth::PolicySet> policies_of(const auth::Principal& principal, store::Reader& reader) override;
  std::shared_ptr<const auth::ResourceAccountPolicies> policies_of_account(std::string_view account) override;
  std::shared_ptr<const auth::ResourceAccountPolicies> policies_of_account(std::string_view account, store::Reader& reader) override;
  std::optional<std::string> find_entity(std::string_view named, std::string_view partition, store::Reader& reader) override;

 private:
  struct Kept {
    uint64_t generation;
    auth::Principal principal;                      ///< what the set was made for: sessions of one name may differ
    std::shared_ptr<const auth::PolicySet> set;
  };
  struct KeptKey {
    uint64_t generation;
    std::shared_ptr<const auth::Credential> credential;
  };
  std::shared_ptr<const auth::Credential> read_key(std::string_view access_key_id);
  std::shared_ptr<const auth::PolicySet> build(const auth::Principal& principal, store::Reader& reader);
  void changed(const std::string& key) override;
  void all_changed() override;

  store::Store& store_;
  Caches& caches_;
  organizations::Levels& levels_;
  std::atomic<uint64_t> generation_{1};
  std::shared_mutex mutex_;
  std::unordered_map<std::string, Kept> sets_;
  std::unordered_map<std::string, KeptKey> credentials_;
};

std::unique_ptr<auth::IdentitySource> make_identity(Core& core);

}  // namespace fogbank::iam

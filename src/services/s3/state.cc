#include "services/s3/state.h"

#include "auth/policy/stored.h"
#include "base/encoding.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "services/s3/configurations.h"
#include "services/s3/policy_rules.h"

namespace fogbank::s3 {
namespace {

Scope account_scope(const Partition& partition, std::string_view account) { return {partition, AccountId(account), Region()}; }

/// A decoded bucket with its compiled policy.
BucketPtr make_bucket(std::string_view key, const store::Item& item) {
  std::optional<Bucket> record = decode<Bucket>(item.bytes);
  if (!record) throw std::runtime_error("a bucket's record is damaged");
  auto info = std::make_shared<BucketInfo>();
  info->record = std::move(*record);
  Partition partition = store::key_head(key).scope.partition;
  info->scope = {partition, AccountId(info->record.account), Region(info->record.region)};
  info->arn = bucket_arn(partition.str(), info->record.name);
  if (!info->record.policy.empty()) {
    policy::CompileOptions options;
    options.dialect = policy::Dialect::s3;
    options.partition = partition.str();
    std::string decided = policy_with(info->record, [](const NamedEntity& named, std::string_view) { return named.id; });
    info->policy = policy::compile_stored(decided, policy::PolicyKind::resource, options, cat("the policy of bucket ", info->record.name));
    info->public_policy = policy::is_public(*info->policy);
  }
  info->settings = decode_settings(info->record);
  return info;
}

}  // namespace

store::Key bucket_key(const Partition& partition, std::string_view name) {
  return store::key(Scope{partition, {}, {}}, kBuckets, name);
}
store::Key owned_key(const Partition& partition, std::string_view account, std::string_view name) {
  return store::key(account_scope(partition, account), kOwned, name);
}
store::Key object_key(const BucketInfo& bucket, std::string_view key) { return store::key(bucket.scope, kObjects, bucket.record.id, key); }
store::Key version_key(const BucketInfo& bucket, std::string_view key, uint64_t order) {
  return store::key(bucket.scope, kVersions, bucket.record.id, key, ~order);
}
store::Key null_key(const BucketInfo& bucket, std::string_view key) { return store::key(bucket.scope, kNulls, bucket.record.id, key); }
store::Key body_key(const BucketInfo& bucket, std::string_view key, uint64_t order) {
  return store::key(bucket.scope, kBodies, bucket.record.id, key, order);
}
store::Key upload_key(const BucketInfo& bucket, std::string_view key, std::string_view upload_id) {
  return store::key(bucket.scope, kUploads, bucket.record.id, key, upload_id);
}
store::Key part_key(const BucketInfo& bucket, uint64_t upload, uint64_t part) {
  return store::key(bucket.scope, kParts, bucket.record.id, upload, part);
}
store::Key check_key_of(const Scope& scope, uint64_t bucket, std::string_view token) { return store::key(scope, kChecks, bucket, token); }
store::Key account_block_key(const Partition& partition, std::string_view account) { return store::key(account_scope(partition, account), kAccountBlocks); }
std::string key_text(std::string_view encoded) { return std::move(store::key_parts(encoded).at(1)); }

State::State(Core& core) : buckets(core.store(), kBuckets, 10000, make_bucket) {}

BucketPtr find_bucket(Core& core, store::Reader& reader, const Partition& partition, std::string_view name) {
  return core.state<State>().buckets.get(reader, bucket_key(partition, name));
}
BucketPtr find_bucket(Core& core, const Partition& partition, std::string_view name) {
  return core.state<State>().buckets.get(bucket_key(partition, name));
}

std::string canonical_id(std::string_view account) { return sha256_hex(cat("s3 canonical user ", account)); }

std::string owner_principal_id(std::string_view account) {
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  Sha256 digest = sha256(cat("s3 principal ", account));
  std::string id = "A";
  for (int i = 0; i < 13; i++) id += kAlphabet[digest[size_t(i)] % 36];
  return id;
}

std::string bucket_arn(std::string_view partition, std::string_view bucket) { return cat("arn:", partition, ":s3:::", bucket); }

}  // namespace fogbank::s3

// What S3 keeps: buckets, objects, multipart uploads and their parts.
//
//   bucket   (whole partition; name)                      Bucket: owner, Region, policy, settings
//   owned    (account, no Region; name)                   which buckets an account has, for ListBuckets
//   object   (bucket's account and Region; bucket id, key)            Object: the current version of a key, unless that is a delete marker
//   version  (the same; bucket id, key, order inverted)   Object: every other version and all delete markers, the newest first
//   null     (the same; bucket id, key)                   NullPlace: where in the version table the key's null version is, if it is there
//   body     (the same; bucket id, key, order)            bytes of a version of kInRecord to 64 KiB, kept apart so that listings stay small
//   upload   (the same; bucket id, key, upload id)        Upload: a multipart upload in progress
//   part     (the same; bucket id, upload number, part number)        Part: of an upload, and of the object made from it
//   check    (the same; bucket id, token)                 DestinationCheck: a PutBucketNotificationConfiguration that waits
//   config   (the same; bucket id, kind, id)              a configuration of which a bucket may have many, as JSON (configurations.h)
//   logline  (the same; bucket id, number)                LogLine: a request that an access log has still to tell (access_log.h)
//   block    (account, no Region)                         PublicAccessBlock of the whole account (S3 Control)
//
// A bucket's id is never used again, so a bucket made anew sees nothing of its predecessor. An object made of parts keeps them where they
// were uploaded and notes which ones (Run); completing, copying nothing, costs the same for one part and ten thousand. Larger bodies are
// blob files of the store. A listing of current objects never meets other versions: becoming one is a move from table to table
// (versions.h), which leaves bytes where they are. Everything here is in the store; only the cache of decoded buckets is in memory.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/policy/document.h"
#include "base/clock.h"
#include "base/record.h"
#include "base/scope.h"
#include "store/cache.h"
#include "store/store.h"

namespace fogbank { class Core; }

namespace fogbank::s3 {

inline constexpr store::Table kBuckets{"s3", "bucket", true};  // holds the bucket policy
inline constexpr store::Table kOwned{"s3", "owned"};
inline constexpr store::Table kObjects{"s3", "object"};
inline constexpr store::Table kVersions{"s3", "version"};
inline constexpr store::Table kNulls{"s3", "null"};
inline constexpr store::Table kBodies{"s3", "body"};
inline constexpr store::Table kUploads{"s3", "upload"};
inline constexpr store::Table kParts{"s3", "part"};
inline constexpr store::Table kChecks{"s3", "check"};
inline constexpr store::Table kConfigurations{"s3", "config"};
inline constexpr store::Table kLogLines{"s3", "logline"};
inline constexpr store::Table kAccountBlocks{"s3", "block", true};

/// Bodies up to this size are inside the object's record; up to store::kInlineBlob in a record beside it.
inline constexpr int64_t kInRecord = 4096;
inline constexpr int64_t kMaxObjectBytes = int64_t(5) << 30;   ///< of one PutObject, UploadPart or CopyObject
inline constexpr int64_t kMinPartBytes = 5 << 20;
inline constexpr int kMaxPartNumber = 10000;

/// One notification rule: events of keys with this prefix and suffix go to a queue, topic or function, as the ARN says.
struct NotificationRule {
  std::string id, arn;
  std::vector<std::string> events;
  std::optional<std::string> prefix, suffix;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, id); a(2, arn); a(3, events); a(4, prefix); a(5, suffix); a(unknown); }
  friend bool operator==(const NotificationRule&, const NotificationRule&) = default;
};

/// The four settings of S3 Block Public Access.
struct PublicAccessBlock {
  bool block_acls = false, ignore_acls = false, block_policy = false, restrict_buckets = false;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, block_acls); a(2, ignore_acls); a(3, block_policy); a(4, restrict_buckets); a(unknown); }
};

/// A bucket's versioning: unversioned until it is enabled for the first time; from then on it can only be suspended.
enum class Versioning : uint8_t { never, enabled, suspended };

/// Object Lock of a bucket that has it: the retention of new versions that name none. No mode: none.
struct LockRule {
  std::string mode;                                  ///< GOVERNANCE or COMPLIANCE
  int64_t days = 0, years = 0;                       ///< one of them
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, mode); a(2, days); a(3, years); a(unknown); }
};

/// Who owns new objects, and whether ACLs count. A bucket whose setting was deleted (none) behaves as writer.
enum class Ownership : uint8_t { enforced, preferred, writer, none };

/// A grant of an ACL: to an account by its canonical user id, or to a predefined group by its URI.
struct Grant {
  std::string id, group;                             ///< one of them
  std::string permission;                            ///< FULL_CONTROL, READ, WRITE, READ_ACP, WRITE_ACP
  template <class A> void fields(A& a) { a(1, id); a(2, group); a(3, permission); }
  friend bool operator==(const Grant&, const Grant&) = default;
};
struct Acl {
  std::vector<Grant> grants;
  template <class A> void fields(A& a) { a(1, grants); }
};

/// What new objects of a bucket are encrypted with where their request names nothing. Without one: keys of S3 (AES256).
struct BucketEncryption {
  std::string algorithm;                             ///< AES256 or aws:kms
  std::string key;                                   ///< of KMS, as given; empty: alias/aws/s3
  bool bucket_key = false;
  bool blocks_customer_keys = false;                 ///< objects under keys of customers are refused
  std::vector<std::string> blocked;                  ///< BlockedEncryptionTypes as given
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, algorithm); a(2, key); a(3, bucket_key); a(4, blocks_customer_keys); a(5, blocked); a(unknown); }
};

/// How the bytes of an object or upload are encrypted, if not under keys of S3. Each body has a key of its own, sealed under the data key
/// that KMS made for the object or upload, or under the customer's key, which is kept nowhere (sealing.h).
struct Sealing {
  std::string algorithm;                             ///< aws:kms; empty: a customer's key
  std::string key_arn, data_key;                     ///< KMS: the key, and what it made, encrypted
  std::map<std::string, std::string> context;        ///< KMS: encryption context of the data key
  std::string given_context;                         ///< the part that the request gave, as it gave it
  bool bucket_key = false;
  std::string body_key;                              ///< sealed; of an upload and what it becomes: nothing sealed, to know the key again
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, algorithm); a(2, key_arn); a(3, data_key); a(4, context); a(5, given_context); a(6, bucket_key); a(7, body_key); a(unknown);
  }
  bool kms() const { return !algorithm.empty(); }
};

/// A user or role that a bucket policy names, by its unique id: a namesake that is made later is somebody else.
struct NamedEntity {
  int64_t offset = 0, length = 0;                    ///< of its ARN in the policy's text, with the quotes
  std::string id;
  template <class A> void fields(A& a) { a(1, offset); a(2, length); a(3, id); }
};

struct Bucket {
  std::string name;
  uint64_t id = 0;
  std::string account, region;
  Millis created = 0;
  std::string location;                              ///< LocationConstraint as given ("EU"); empty in us-east-1
  std::string policy;                                ///< JSON as put; empty: none
  std::optional<PublicAccessBlock> public_access;
  std::vector<NotificationRule> notifications;
  std::map<std::string, std::string> tags;
  Versioning versioning = Versioning::never;
  std::string mfa_delete;                            ///< as given: "Disabled", or nothing
  std::optional<LockRule> lock;                      ///< Object Lock is on
  Ownership ownership = Ownership::enforced;
  std::optional<Acl> acl;                            ///< nothing: full control for the owner
  std::map<std::string, std::string> configurations; ///< of which a bucket has one each, as JSON (configurations.h)
  uint64_t lifecycle_run = 0;                        ///< id of the task that carries the lifecycle rules out
  std::optional<BucketEncryption> encryption;
  bool kms_objects = false;                          ///< objects under keys of KMS are or were here: reading may need one
  std::vector<NamedEntity> policy_names;             ///< by offset
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, name); a(2, id); a(3, account); a(4, region); a(5, created); a(6, location); a(7, policy); a(8, public_access);
    a(9, notifications); a(10, tags); a(11, versioning); a(12, mfa_delete); a(13, lock); a(14, encryption); a(15, kms_objects); a(30, ownership);
    a(31, acl); a(32, configurations); a(33, lifecycle_run); a(34, policy_names); a(unknown);
  }
};

struct Settings;   // configurations.h: configurations that requests need, decoded

/// A bucket with what is derived from its record; immutable, shared by threads.
struct BucketInfo {
  Bucket record;
  Scope scope;                                       ///< of its objects
  std::string arn;
  policy::PolicyPtr policy;                          ///< null: none
  bool public_policy = false;
  std::shared_ptr<const Settings> settings;          ///< never null
};
using BucketPtr = std::shared_ptr<const BucketInfo>;

/// What a client says about an object beside its bytes; kept for the object or, until completion, for the upload.
struct Attributes {
  std::string content_type, cache_control, content_disposition, content_encoding, content_language, expires, website_redirect;
  std::map<std::string, std::string> metadata, tags;
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, content_type); a(2, cache_control); a(3, content_disposition); a(4, content_encoding); a(5, content_language);
    a(6, expires); a(7, website_redirect); a(8, metadata); a(9, tags); a(unknown);
  }
};

/// `count` parts numbered from `first`, each of `size` bytes.
struct Run {
  int64_t first = 0, count = 0, size = 0;
  template <class A> void fields(A& a) { a(1, first); a(2, count); a(3, size); }
};

/// What Object Lock holds of one version, or of an upload for the version that it becomes.
struct Lock {
  std::string mode;                                  ///< GOVERNANCE or COMPLIANCE; empty: no retention
  Millis until = 0;
  std::string hold;                                  ///< ON or OFF; empty: never set
  template <class A> void fields(A& a) { a(1, mode); a(2, until); a(3, hold); }
  bool empty() const { return mode.empty() && hold.empty(); }
};

/// A version of a key: an object or a delete marker.
struct Object {
  int64_t size = 0;
  Millis modified = 0;
  std::string etag;                                  ///< without quotes
  std::string storage_class;                         ///< empty: STANDARD
  std::string checksum_algorithm, checksum;          ///< "CRC32" …; base64, of parts with "-3"
  bool composite = false;                            ///< the checksum is one of parts' checksums
  uint64_t version = 0;                              ///< transaction that wrote it: orders writes, and is the sequencer of events
  uint64_t upload = 0;                               ///< number of the upload whose parts are the body; 0: blob is
  std::string upload_id;
  std::vector<Run> runs;
  bool apart = false;                                ///< the blob is in the body table
  store::BlobRef blob;
  Attributes attributes;
  uint64_t order = 0;                                ///< of the key's versions: newer ones have greater numbers; tells bodies apart
  std::string version_id;                            ///< empty: the null version
  bool marker = false;                               ///< a delete marker
  std::optional<Lock> lock;
  std::optional<Sealing> sealing;                    ///< nothing: keys of S3
  std::optional<Acl> acl;                            ///< nothing: full control for the owner
  std::string owner;                                 ///< account; empty: the bucket's
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, size); a(2, modified); a(3, etag); a(4, storage_class); a(5, checksum_algorithm); a(6, composite); a(15, order);
    a(16, version_id); a(17, marker); a(30, acl); a(31, owner); a(7, checksum); a(8, version); a(9, upload); a(10, upload_id); a(11, runs); a(12, apart);
    a(13, blob); a(14, attributes); a(18, lock); a(19, sealing); a(unknown);
  }
  int64_t parts() const { int64_t n = 0; for (const Run& r : runs) n += r.count; return n; }
};

/// What a listing shows of an Object's record.
struct ObjectSummary {
  int64_t size = 0;
  Millis modified = 0;
  std::string etag, storage_class, checksum_algorithm;
  bool composite = false;
  uint64_t order = 0;
  std::string version_id;
  bool marker = false;
  std::string owner;
  template <class A> void fields(A& a) {
    a(1, size); a(2, modified); a(3, etag); a(4, storage_class); a(5, checksum_algorithm); a(6, composite); a(15, order);
    a(16, version_id); a(17, marker); a(31, owner);
  }
};

/// `order` of a null version that is in the version table.
struct NullPlace {
  uint64_t order = 0;
  template <class A> void fields(A& a) { a(1, order); }
};

struct Upload {
  uint64_t number = 0;                               ///< version of the transaction that made it
  Millis initiated = 0;
  std::string initiator_arn, initiator_account;
  std::string storage_class, checksum_algorithm;
  bool composite = false;
  bool deleted_since = false;                        ///< an object of its key was deleted after it began
  Attributes attributes;
  std::optional<Lock> lock;
  std::optional<Sealing> sealing;                    ///< of its parts
  std::optional<Acl> acl;
  std::string owner;
  std::map<std::string, std::string> asked;          ///< headers of the request that began it, by which its parts are decided too
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(30, acl); a(31, owner); a(32, asked); a(1, number); a(2, initiated); a(3, initiator_arn); a(4, initiator_account); a(5, storage_class); a(6, checksum_algorithm);
    a(7, composite); a(8, deleted_since); a(9, attributes); a(10, lock); a(19, sealing); a(unknown);
  }
};

struct Part {
  int64_t size = 0;
  Millis modified = 0;
  std::string md5;                                   ///< 16 raw bytes; of an encrypted part, what its ETag is (sealing.h)
  std::string checksum_algorithm, checksum;          ///< the upload's algorithm, else the one that the client used
  std::optional<uint64_t> crc64;                     ///< for the default checksum of the object
  store::BlobRef blob;
  std::string body_key;                              ///< sealed, of an upload with a sealing
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, size); a(2, modified); a(3, md5); a(4, checksum_algorithm); a(5, checksum); a(6, crc64); a(7, blob); a(19, body_key); a(unknown);
  }
};

/// Destinations of a notification configuration under test, and what came of it ("" where the test event was accepted).
struct DestinationCheck {
  std::vector<std::string> arns, faults;
  bool done = false;
  Millis at = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, arns); a(2, faults); a(3, done); a(4, at); a(unknown); }
};

store::Key bucket_key(const Partition& partition, std::string_view name);
store::Key owned_key(const Partition& partition, std::string_view account, std::string_view name);
store::Key object_key(const BucketInfo& bucket, std::string_view key);
store::Key version_key(const BucketInfo& bucket, std::string_view key, uint64_t order);
store::Key null_key(const BucketInfo& bucket, std::string_view key);
store::Key body_key(const BucketInfo& bucket, std::string_view key, uint64_t order);
store::Key upload_key(const BucketInfo& bucket, std::string_view key, std::string_view upload_id);
store::Key part_key(const BucketInfo& bucket, uint64_t upload, uint64_t part);
store::Key check_key_of(const Scope& scope, uint64_t bucket, std::string_view token);
store::Key account_block_key(const Partition& partition, std::string_view account);
/// The object key in an encoded key of the object or upload table.
std::string key_text(std::string_view encoded);

/// S3's state of one server: the cache of buckets.
struct State {
  explicit State(Core& core);
  store::Cache<BucketInfo> buckets;
};

/// The bucket as the reader sees it, or null.
BucketPtr find_bucket(Core& core, store::Reader& reader, const Partition& partition, std::string_view name);
/// The same without a transaction at hand; not inside read or write.
BucketPtr find_bucket(Core& core, const Partition& partition, std::string_view name);

/// The canonical user id of an account: 64 hex digits, always the same.
std::string canonical_id(std::string_view account);
/// The short id of an account that events carry as principalId.
std::string owner_principal_id(std::string_view account);
std::string bucket_arn(std::string_view partition, std::string_view bucket);

}  // namespace fogbank::s3

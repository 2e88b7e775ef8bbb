#include "services/s3/sealing.h"

#include "base/aead.h"
#include "base/encoding.h"
#include "base/strings.h"
#include "services/kms/data_keys.h"
#include "services/s3/errors.h"
#include "services/s3/versions.h"

namespace fogbank::s3 {
namespace {

constexpr std::string_view kBodyKey = "s3 body key";

/// What the authorise function found; the handler acts on exactly that.
struct Found { std::optional<WantedEncryption> wanted; };

/// KMS's errors as S3 words them.
ApiError reworded(ApiError e) {
  if (e.code == "AccessDeniedException") { e.code = "AccessDenied"; e.status = 403; return e; }
  if (e.status == 400) e.code = cat("KMS.", e.code);
  return e;
}
template <class T> Result<T> reworded(Result<T> r) {
  if (r) return r;
  return fail(reworded(std::move(r.error())));
}

kms::EncryptionContext context_of(const std::map<std::string, std::string>& given) { return {given.begin(), given.end()}; }

kms::KeyUse use_of(const WantedEncryption& w) { return {"s3", w.key, context_of(w.context)}; }
kms::KeyUse use_of(const Sealing& s) { return {"s3", {}, context_of(s.context)}; }

/// As S3 does: unsigned callers have no business with keys of KMS.
Result<void> check_signed(AuthoriseContext& cx) {
  if (!cx.principal().anonymous()) return {};
  return fail(invalid_argument("Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.", "Authorization", "null"));
}

/// A customer's key must not travel in the clear; on the loopback interface it does not travel.
Result<void> check_transport(AuthoriseContext& cx) {
  const RequestFacts& r = cx.request();
  if (r.tls || r.internal || r.source_ip.starts_with("127.") || r.source_ip == "::1" || r.source_ip.starts_with("::ffff:127.")) return {};
  return fail(invalid_request("Requests specifying Server Side Encryption with Customer provided keys must be made over a secure connection."));
}

std::string sealed(Context& cx, const Secret& under, std::string_view body_key) {
  return aead::seal(under.view(), cx.random().bytes(aead::kNonceBytes), kBodyKey, body_key);
}

ApiError wrong_key() {
  return {"AccessDenied", "Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key.", 403};
}

Result<void> require_decrypt(AuthoriseContext& cx, const std::optional<Sealing>& sealing) {
  if (!sealing || !sealing->kms()) return {};
  FB_TRY(check_signed(cx));
  return reworded(kms::require_decrypt(cx, use_of(*sealing), sealing->data_key));
}

}  // namespace

Result<void> require_sealing(AuthoriseContext& cx, const wire::View& in, const BucketInfo& bucket, std::string_view key) {
  if (customer_headers(in).any()) FB_TRY(check_transport(cx));
  FB_ASSIGN(wanted, read_encryption(in, bucket, key));
  if (!wanted.sealed()) return {};
  cx.encrypt_body();
  auto& found = cx.find<Found>().wanted;
  found = std::move(wanted);
  if (!found->kms) return {};
  FB_TRY(check_signed(cx));
  return reworded(kms::require_generate(cx, use_of(*found)));
}

Result<void> require_part_sealing(AuthoriseContext& cx, const BucketInfo& bucket, std::string_view key, std::string_view upload_id) {
  auto upload = cx.reader().get_as<Upload>(upload_key(bucket, key, upload_id));
  if (!upload || !upload->sealing) return {};
  cx.encrypt_body();
  if (!upload->sealing->kms()) FB_TRY(check_transport(cx));
  return require_decrypt(cx, upload->sealing);
}

Result<void> require_opening(AuthoriseContext& cx, const BucketInfo& bucket, std::string_view key, Str version_id) {
  if (!bucket.record.kms_objects) return {};
  auto name = version_id ? read_version_id(version_id) : std::nullopt;
  auto object = name ? load_version(cx.reader(), bucket, key, *name) : version_id ? std::nullopt : load_object(cx.reader(), bucket, key);
  return object ? require_decrypt(cx, object->sealing) : Result<void>{};
}

bool wants_sealing(Context& cx) {
  auto found = cx.found<Found>();
  return found && found->wanted;
}

ApiError sealing_changed() { return {"ServiceUnavailable", "The request changed while it was under way. Please try again.", 503}; }

Result<std::optional<Sealing>> seal_new(Context& cx, std::string_view body_key) {
  auto found = cx.found<Found>();
  if (!found || !found->wanted) {
    if (!body_key.empty()) return fail(sealing_changed());
    return std::optional<Sealing>();
  }
  const WantedEncryption& wanted = *found->wanted;
  Sealing out;
  if (!wanted.kms) {
    out.body_key = sealed(cx, wanted.customer_key, body_key);
    return std::optional<Sealing>(std::move(out));
  }
  FB_ASSIGN(key, reworded(kms::generate_data_key(cx, use_of(wanted))));
  out.algorithm = "aws:kms";
  out.key_arn = std::move(key.key_arn);
  out.data_key = std::move(key.ciphertext);
  out.context = wanted.context;
  out.given_context = wanted.given_context;
  out.bucket_key = wanted.bucket_key;
  out.body_key = sealed(cx, key.plain, body_key);
  return std::optional<Sealing>(std::move(out));
}

Result<Secret> open_data_key(Context& cx, const Sealing& sealing, const CustomerHeaders& headers) {
  if (!sealing.kms()) return read_claimed_key(headers);
  return reworded(kms::decrypt(cx, use_of(sealing), sealing.data_key));
}

Result<std::string> seal_part(Context& cx, const std::optional<Sealing>& sealing, const CustomerHeaders& headers, std::string_view body_key) {
  bool customer = sealing && !sealing->kms();
  if (headers.any() && !customer) {
    return fail(invalid_request("The multipart upload initiate did not request encryption. Please resend the request without sending encryption parameters."));
  }
  if (!sealing) {
    if (!body_key.empty()) return fail(sealing_changed());
    return std::string();
  }
  if (customer && !headers.any()) {
    return fail(invalid_request("The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption "
                                "parameters."));
  }
  if (body_key.empty()) return fail(sealing_changed());
  FB_ASSIGN(key, customer ? read_customer_key(headers) : open_data_key(cx, *sealing, headers));
  if (!aead::open(key.view(), sealing->body_key, kBodyKey)) {
    if (customer) return fail(invalid_request("The provided encryption parameters did not match the ones used originally."));
    return fail(internal_error("an upload's data key does not open what it sealed"));
  }
  return sealed(cx, key, body_key);
}

Result<void> check_customer(const std::optional<Sealing>& sealing, const CustomerHeaders& headers) {
  bool customer = sealing && !sealing->kms();
  if (!customer) {
    if (headers.any()) return fail(invalid_request("The encryption parameters are not applicable to this object."));
    return {};
  }
  if (!headers.any()) {
    return fail(invalid_request("The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the "
                                "object."));
  }
  FB_ASSIGN(key, read_claimed_key(headers));
  if (!aead::open(key.view(), sealing->body_key, kBodyKey)) return fail(wrong_key());
  return {};
}

Result<void> open_segments(Context& cx, const std::optional<Sealing>& sealing, const CustomerHeaders& headers, std::vector<Segment>& segments) {
  if (!sealing || segments.empty()) return {};
  FB_ASSIGN(key, open_data_key(cx, *sealing, headers));
  for (Segment& s : segments) {
    auto plain = aead::open(key.view(), s.sealed_key, kBodyKey);
    if (!plain) return fail(internal_error("the key of a body does not open"));
    s.key = Secret(std::move(*plain));
  }
  return {};
}

std::string etag_bytes(std::string_view md5_of_body, std::string_view body_key) {
  return body_key.empty() ? std::string(md5_of_body) : md5(cat(body_key, md5_of_body));
}

void note_sealed(store::Txn& tx, const BucketInfo& bucket, const std::optional<Sealing>& sealing) {
  if (!sealing || !sealing->kms() || bucket.record.kms_objects) return;
  Bucket record = bucket.record;
  record.kms_objects = true;
  tx.put_record(bucket_key(bucket.scope.partition, record.name), record);
}

Result<void> refuse_encryption_header(Context& cx) {
  constexpr const char* kName = "x-amz-server-side-encryption";
  std::string_view given = cx.header(kName);
  if (given.empty()) return {};
  return fail(invalid_argument(cat(kName, " header is not supported for this operation."), kName, given));
}

}  // namespace fogbank::s3

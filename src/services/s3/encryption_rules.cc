#include "services/s3/encryption_rules.h"

#include <simdjson.h>

#include "base/encoding.h"
#include "base/strings.h"
#include "services/s3/errors.h"

namespace fogbank::s3 {
namespace {

constexpr std::string_view kHeader = "x-amz-server-side-encryption";
constexpr std::string_view kContextHeader = "x-amz-server-side-encryption-context";
constexpr size_t kCustomerKeyBytes = 32, kMaxContext = 8192;

ApiError wrong_algorithm(Str given) {
  return ApiError("InvalidEncryptionAlgorithmError", "The Encryption request you specified is not valid. Supported value: AES256.", 400)
      .with("ArgumentName", std::string(kHeader)).with("ArgumentValue", std::string(given.view()));
}
ApiError no_context() {
  return invalid_argument("The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which represents a "
                          "string-string map", kContextHeader);
}

Result<std::map<std::string, std::string>> read_context(Str given) {
  auto json = given.view().size() <= kMaxContext ? unbase64(given) : std::nullopt;
  if (!json) return fail(no_context());
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.allocate(kMaxContext * 2, 4) || parser.parse(*json).get_object().get(object)) return fail(no_context());
  std::map<std::string, std::string> out;
  for (auto field : object) {
    std::string_view value;
    if (field.value.get_string().get(value)) return fail(no_context());
    out[std::string(field.key)] = value;
  }
  return out;
}

Result<void> check_combination(Str algorithm, bool kms_settings, const CustomerHeaders& customer) {
  if (algorithm && customer.any())
    return fail(invalid_argument("Server Side Encryption with Customer provided key is incompatible with the encryption method specified", kHeader, algorithm));
  if (algorithm == "aws:kms:dsse") return fail(not_implemented("Dual-layer server-side encryption (aws:kms:dsse)"));
  if (algorithm && !(algorithm == "AES256") && !(algorithm == "aws:kms"))
    return fail(invalid_argument("The encryption method specified is not supported", kHeader, algorithm));
  if (kms_settings && !(algorithm == "aws:kms")) {
    return fail(invalid_argument("Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms", kHeader));
  }
  return {};
}

}  // namespace

CustomerHeaders customer_headers(const wire::View& in) {
  return {in.text("SSECustomerAlgorithm"), in.text("SSECustomerKey"), in.text("SSECustomerKeyMD5")};
}

Result<Secret> read_customer_key(const CustomerHeaders& h) {
  if (!h.algorithm) {
    return fail(invalid_argument("Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption algorithm.", kHeader));
  }
  if (!(h.algorithm == "AES256")) return fail(wrong_algorithm(h.algorithm));
  if (!h.key) {
    return fail(invalid_argument("Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret key.", kHeader));
  }
  if (!h.md5) {
    return fail(invalid_argument("Requests specifying Server Side Encryption with Customer provided keys must provide the client calculated MD5 of the "
                                 "secret key.", kHeader));
  }
  auto key = unbase64(h.key);
  if (!key || key->size() != kCustomerKeyBytes) return fail(invalid_argument("The secret key was invalid for the specified algorithm.", kHeader));
  Secret out{std::string_view(*key)};
  wipe(*key);
  if (base64(md5(out.view())) != h.md5.view())
    return fail(invalid_argument("The calculated MD5 hash of the key did not match the hash that was provided.", kHeader));
  return out;
}

Result<Secret> read_claimed_key(const CustomerHeaders& h) {
  if (h.algorithm && !(h.algorithm == "AES256")) return fail(wrong_algorithm(h.algorithm));
  auto key = h.key ? unbase64(h.key) : std::nullopt;
  if (h.algorithm && h.md5 && key && key->size() == kCustomerKeyBytes && base64(md5(*key)) == h.md5.view()) return Secret(std::move(*key));
  return fail("AccessDenied", "Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key.", 403);
}

Result<WantedEncryption> read_encryption(const wire::View& in, const BucketInfo& bucket, std::string_view key) {
  WantedEncryption out;
  Str algorithm = in.text("ServerSideEncryption"), kms_key = in.text("SSEKMSKeyId"), context = in.text("SSEKMSEncryptionContext");
  const auto* flag = in.slot<Opt<bool>>("BucketKeyEnabled");
  CustomerHeaders customer = customer_headers(in);
  FB_TRY(check_combination(algorithm, kms_key || context, customer));
  const auto& rule = bucket.record.encryption;
  if (customer.any()) {
    FB_ASSIGN(secret, read_customer_key(customer));
    if (rule && rule->blocks_customer_keys) return fail(access_denied());
    out.customer_key = std::move(secret);
    out.customer_md5 = customer.md5.view();
    return out;
  }
  bool by_rule = rule && rule->algorithm == "aws:kms";
  out.kms = algorithm ? algorithm == "aws:kms" : by_rule;
  if (!out.kms) return out;
  out.key = algorithm ? std::string(kms_key.view()) : rule->key;
  out.bucket_key = flag && flag->has() ? flag->value_or(false) : by_rule && rule->bucket_key;
  if (context) {
    FB_ASSIGN(given, read_context(context));
    out.context = std::move(given);
    out.given_context = context.view();
  }
  out.context.emplace("aws:s3:arn", out.bucket_key ? bucket.arn : cat(bucket.arn, '/', key));
  return out;
}

Result<BucketEncryption> read_bucket_encryption(const GivenBucketEncryption& given) {
  BucketEncryption out;
  out.algorithm = given.algorithm ? std::string(given.algorithm.view()) : "AES256";
  if (out.algorithm == "aws:kms:dsse") return fail(not_implemented("Dual-layer server-side encryption (aws:kms:dsse)"));
  if (out.algorithm != "AES256" && out.algorithm != "aws:kms") return fail(malformed_xml());
  if (given.key && out.algorithm != "aws:kms") {
    return fail(invalid_argument("a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
                                 "ApplyServerSideEncryptionByDefault"));
  }
  out.key = given.key.view();
  out.bucket_key = given.bucket_key.value_or(false);
  for (const std::string& type : given.blocked) {
    if (type != "NONE" && type != "SSE-C") return fail(malformed_xml());
    out.blocks_customer_keys |= type == "SSE-C";
  }
  out.blocked = given.blocked;
  return out;
}

}  // namespace fogbank::s3

// POST Object, an upload by an HTML form: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
// The whole form is received first. Whoever signed its policy is then the caller (nobody, where there is no policy), and what the form
// says is decided and done as a PutObject. Odd rules kept: a signature is checked before its policy is read; `file` may be a plain field.
#include <algorithm>

#include "base/encoding.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/bodies.h"
#include "services/s3/checksums.h"
#include "services/s3/copying.h"
#include "services/s3/errors.h"
#include "services/s3/form_upload.h"
#include "services/s3/mime_words.h"
#include "services/s3/object_rules.h"
#include "services/s3/object_write.h"
#include "services/s3/sealing.h"
#include "services/s3/tag_rules.h"
#include "wire/codec.h"
#include "wire/xml.h"

namespace fogbank::s3 {
namespace {

/// A form as it was received, and where its file is in it.
struct Form {
  FormHead head;
  int64_t length = 0;                                ///< of the file
};

Result<Form> read_form(Context& cx, std::string_view content_type) {
  const ReceivedBody& body = cx.body();
  FB_ASSIGN(boundary, form_boundary(content_type));
  std::string begin;
  int64_t first = std::min<int64_t>(body.size, int64_t(kMaxFormHead));
  FB_TRY(read_segments(cx.store(), {{body.blob, 0, first, {}, body.key}}, [&](std::string_view piece) -> Result<void> { begin += piece; return {}; }));
  Form form;
  FB_ASSIGN(head, read_form_head(begin, boundary, first == body.size));
  form.head = std::move(head);
  FileEnd end(boundary);
  bool found = false;
  FB_TRY(read_segments(cx.store(), {{body.blob, form.head.file_begins, body.size - form.head.file_begins, {}, body.key}}, [&](std::string_view piece) -> Result<void> {
    if (!found) found = end.feed(piece);
    return {};
  }));
  if (!found) return fail("MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data.");
  form.length = end.length();
  return form;
}

/// Of a path that a browser sends only what stands behind the last slash or backslash counts.
std::string_view file_name(std::string_view path) {
  size_t slash = path.find_last_of("/\\");
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

ApiError missing_field(std::string_view name) {
  return invalid_argument(cat("Bucket POST must contain a field named '", name, "'.  If it is specified, please check the order of the fields."), name, "");
}

Result<BodySignature> read_v4(const FormHead& head, std::string_view policy) {
  for (const char* name : {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date"})
    if (!head.find(lower(name))) return fail(missing_field(name));
  if (head.text("x-amz-algorithm") != "AWS4-HMAC-SHA256")
    return fail(invalid_argument("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"", "X-Amz-Algorithm", head.text("x-amz-algorithm")));
  auto scope = split(head.text("x-amz-credential"), '/');
  if (scope.size() != 5 || scope[4] != "aws4_request" || scope[3] != "s3") {
    return fail(invalid_argument("Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "
                                 "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".", "X-Amz-Credential", head.text("x-amz-credential")));
  }
  return BodySignature{scope[0], head.text("x-amz-security-token"), scope[1], scope[2], scope[3], policy, head.text("x-amz-signature")};
}

Result<BodySignature> read_v2(const FormHead& head, std::string_view policy) {
  for (const char* name : {"AWSAccessKeyId", "Signature"})
    if (!head.find(lower(name))) return fail(missing_field(name));
  return BodySignature{head.text("awsaccesskeyid"), head.text("x-amz-security-token"), {}, {}, {}, policy, head.text("signature"), true};
}

/// Makes the call that of the policy's signer; nobody's where the form has no policy.
Result<std::optional<PostPolicy>> sign_in(Context& cx, const FormHead& head) {
  const std::string* policy = head.find("policy");
  if (!policy) return std::optional<PostPolicy>();
  bool v4 = false, v2 = false;
  for (const char* name : {"x-amz-algorithm", "x-amz-credential", "x-amz-signature"}) v4 |= head.find(name) != nullptr;
  for (const char* name : {"awsaccesskeyid", "signature"}) v2 |= head.find(name) != nullptr;
  if (!v4 && !v2) return fail(access_denied());
  FB_ASSIGN(signature, v4 ? read_v4(head, *policy) : read_v2(head, *policy));
  FB_TRY(cx.sign_in(signature));
  auto json = unbase64(replace_all(replace_all(*policy, "\n", ""), "\r", ""));
  if (!json) return fail("InvalidPolicyDocument", "Invalid Policy: Invalid Base64 encoding.");
  FB_ASSIGN(read, read_post_policy(*json));
  return std::optional<PostPolicy>(std::move(read));
}

/// The tagging field, an XML document, as x-amz-tagging writes tags.
Result<Str> tagging_header(Context& cx, std::string_view xml) {
  wire::RequestParts parts{"PUT", "/b/k", "tagging", nullptr, xml};
  auto read = wire::read_input(wire::Protocol::rest_xml, *op::PutObjectTagging::info().wire, parts, cx.arena());
  if (!read) return fail(malformed_xml());
  const auto& request = *static_cast<const svc::PutObjectTaggingRequest*>(*read);
  if (!request.Tagging || request.Tagging->TagSet.empty()) return Str{};
  FB_ASSIGN(tags, read_tag_set(request.Tagging->TagSet, TagOwner::object));
  std::string out;
  for (const auto& [key, value] : tags) append(out, out.empty() ? "" : "&", percent_encode(key), "=", percent_encode(value));
  return cx.str(out);
}

/// The request that a form stands for. Its headers are its fields.
Result<svc::PutObjectRequest*> make_request(Context& cx, const svc::PostObjectRequest& in, const FormHead& head, Str key, std::vector<HeaderView>& headers) {
  wire::RequestParts parts{"PUT", cx.str(cat("/", in.Bucket.view(), "/", percent_encode(key, true))), "", nullptr, {}};
  std::vector<wire::Header> lines;
  auto line = [&](Str name, Str value) {
    headers.push_back({name, value});
    lines.push_back({name, value});
  };
  for (const FormField& f : head.fields) {
    bool header = f.name.starts_with("x-amz-") || f.name == "cache-control" || f.name == "content-type" || f.name == "content-disposition" ||
                  f.name == "content-encoding" || f.name == "content-language" || f.name == "expires";
    if (!header || f.name == "x-amz-tagging") continue;
    bool meta = f.name.starts_with("x-amz-meta-");
    // What a form says is meant as it stands; a header's encoded words would be read.
    std::string value = !meta || f.value.find("=?") == std::string::npos ? f.value : cat("=?UTF-8?B?", base64(f.value), "?=");
    line(cx.str(f.name), cx.str(value));
  }
  if (const std::string* acl = head.find("acl")) line("x-amz-acl", cx.str(*acl));
  if (const std::string* tagging = head.find("tagging")) {
    FB_ASSIGN(tags, tagging_header(cx, *tagging));
    if (tags) line("x-amz-tagging", tags);
  }
  parts.headers = &lines;
  FB_ASSIGN(request, wire::read_input(wire::Protocol::rest_xml, *op::PutObject::info().wire, parts, cx.arena()));
  auto* put = static_cast<svc::PutObjectRequest*>(request);
  for (Str* text : {&put->CacheControl, &put->ContentType, &put->ContentDisposition, &put->ContentEncoding, &put->ContentLanguage, &put->Expires})
    if (*text) *text = cx.str(*to_latin1(*text, true));
  return put;
}

std::string form_location(Context& cx, const svc::PostObjectRequest& in, Str key) {
  std::string_view host = cx.request().host;
  bool in_host = host.starts_with(cat(in.Bucket.view(), "."));
  return cat(cx.request().endpoint, in_host ? "" : cat("/", in.Bucket.view()), "/", percent_encode(key));
}

void tell(Context& cx, const svc::PostObjectRequest& in, const FormHead& head, Str key, const svc::PutObjectOutput& stored, svc::PostObjectOutput& out) {
  out.ETag = stored.ETag;
  out.VersionId = stored.VersionId;
  out.ServerSideEncryption = stored.ServerSideEncryption;
  auto header = [&](const char* name, Str value) { if (value) cx.add_header(name, value); };
  header("x-amz-server-side-encryption-aws-kms-key-id", stored.SSEKMSKeyId);
  header("x-amz-server-side-encryption-customer-algorithm", stored.SSECustomerAlgorithm);
  header("x-amz-server-side-encryption-customer-key-MD5", stored.SSECustomerKeyMD5);
  if (stored.BucketKeyEnabled.value_or(false)) cx.add_header("x-amz-server-side-encryption-bucket-key-enabled", "true");
  std::string_view redirect = head.text("success_action_redirect");
  if (redirect.empty()) redirect = head.text("redirect");
  if (redirect.starts_with("http://") || redirect.starts_with("https://")) {
    out.Location = cx.str(cat(redirect, redirect.find('?') == std::string_view::npos ? "?" : "&", "bucket=", percent_encode(in.Bucket), "&key=",
                              percent_encode(key), "&etag=", percent_encode(stored.ETag)));
    cx.set_status(303);
    return;
  }
  out.Location = cx.str(form_location(cx, in, key));
  std::string_view status = head.text("success_action_status");
  cx.set_status(status == "200" ? 200 : status == "201" ? 201 : 204);
  if (status != "201") return;
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PostResponse>";
  wire::append_xml_element(xml, "Location", out.Location);
  wire::append_xml_element(xml, "Bucket", in.Bucket);
  wire::append_xml_element(xml, "Key", key);
  wire::append_xml_element(xml, "ETag", stored.ETag);
  out.Document = cx.str(xml + "</PostResponse>");
  out.ContentType = "application/xml";
}

Result<void> post_object(Context& cx, const svc::PostObjectRequest& in, svc::PostObjectOutput& out) {
  FB_ASSIGN(form, read_form(cx, in.ContentType));
  const std::string* given = form.head.find("key");
  if (!given) return fail(missing_field("key"));
  FB_ASSIGN(policy, sign_in(cx, form.head));
  Str key = cx.str(form.head.filename ? replace_all(*given, "${filename}", file_name(*form.head.filename)) : *given);
  if (key.empty()) return fail(ApiError("InvalidArgument", "User key must have a length greater than 0.", 400).with("ArgumentName", "key").with("ArgumentValue", ""));
  FB_TRY(check_key(key));
  if (policy) {
    std::vector<FormField> fields = form.head.fields;
    for (FormField& f : fields) if (f.name == "key") f.value = key.view();
    fields.push_back({"bucket", std::string(in.Bucket.view())});
    FB_TRY(check_post_policy(*policy, fields, std::min(machine_now(), cx.now())));   // by either clock, as signatures are
    FB_TRY(check_post_length(*policy, form.length));
  }
  std::vector<HeaderView> headers;
  FB_ASSIGN(request, make_request(cx, in, form.head, key, headers));
  FB_TRY(cx.decide_as(op::PutObject::info(), request, std::move(headers)));
  auto announced = given_checksum(*request);
  if (!announced) return fail(std::move(announced.error()));
  std::string algorithm(announced->algorithm.empty() ? kDefaultChecksum : announced->algorithm);
  FB_ASSIGN(bytes, copy_bytes(cx, {{cx.body().blob, form.head.file_begins, form.length, {}, cx.body().key}}, algorithm, wants_sealing(cx)));
  ReceivedBody body;
  body.blob = bytes.blob;
  body.size = bytes.size;
  body.md5 = bytes.md5;
  body.checksum_algorithm = algorithm;
  body.checksum = bytes.checksum;
  body.key = bytes.key;
  svc::PutObjectOutput stored{};
  bool wrong = !announced->algorithm.empty() && announced->value != bytes.checksum;
  Result<void> put = wrong ? fail("BadDigest", cat("The ", algorithm, " you specified did not match the calculated checksum."))
                           : put_object(cx, *request, body, "s3:ObjectCreated:Post", stored);
  if (!put) give_up(cx.store(), bytes.blob);
  FB_TRY(put);
  tell(cx, in, form.head, key, stored, out);
  return {};
}

}  // namespace

Result<void> PostObject(Context& cx, const svc::PostObjectRequest& in, svc::PostObjectOutput& out) {
  Result<void> result = post_object(cx, in, out);
  give_up(cx.store(), cx.body().blob);
  return result;
}

}  // namespace fogbank::s3

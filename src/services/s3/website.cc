// Websites of buckets. Source: S3 User Guide, "Hosting a static website using Amazon S3": index and error documents, redirections.
// Everybody who asks is nobody: a website reads what its bucket's policy and ACLs let anonymous callers read.
#include "base/encoding.h"
#include "base/strings.h"
#include "gateway/chain.h"
#include "gen/s3/operations.h"
#include "services/s3/configurations.h"
#include "services/s3/errors.h"
#include "services/s3/web.h"
#include "services/s3/website_rules.h"

namespace fogbank::s3 {
namespace {

class Site {
 public:
  Site(Core& core, Call& call, std::string_view bucket, wire::Message& out) : core_(core), call_(call), name_(bucket), out_(out) {
    std::string_view path = call.facts.path;
    if (path.starts_with('/')) path.remove_prefix(1);
    key_ = percent_decode(path, false);
    request_ = {call.facts.tls ? "https" : "http", call.facts.host, key_, call.facts.query};
  }

  void serve() {
    bool head = call_.facts.method == "HEAD";
    BucketPtr bucket = find_bucket(core_, partition_of(call_), name_);
    if (!bucket) return page(no_such_bucket(name_), nullptr);
    if (!head && call_.facts.method != "GET") {
      return page(ApiError("MethodNotAllowed", "The specified method is not allowed against this resource.", 405)
                      .with("Method", std::string(call_.facts.method)).with("ResourceType", "OBJECT"), nullptr);
    }
    website_ = bucket->settings->website;
    if (!website_) {
      return page(ApiError("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration", 404)
                      .with("BucketName", bucket->record.name), nullptr);
    }
    if (website_->RedirectAllRequestsTo) return redirect(redirect_all(*website_->RedirectAllRequestsTo, request_));
    if (auto to = routed(*website_, request_, 0)) return redirect(*to);
    std::string_view suffix = website_->IndexDocument->Suffix.view();
    std::string wanted = key_.empty() || key_.ends_with('/') ? cat(key_, suffix) : key_;
    Result<void> got = get(wanted, head);
    if (got) return object(0);
    ApiError error = std::move(got.error());
    if (auto to = routed(*website_, request_, error.status)) return redirect(*to);
    // A folder without its slash: the page of its index document has relative links.
    if (wanted == key_ && error.status < 500 && get(cat(key_, '/', suffix), true)) return redirect({302, cat('/', percent_encode(key_, true), '/')});
    fail_with(std::move(error), head);
  }

 private:
  /// Runs a GetObject or HeadObject by nobody; the answer is in the call.
  Result<void> get(std::string_view key, bool head) {
    call_.op = head ? &op::HeadObject::info() : &op::GetObject::info();
    call_.output = nullptr;
    call_.segments.clear();
    call_.extra_headers.clear();
    call_.status_override = 0;
    call_.content_length = -1;
    call_.decision.clear();
    call_.allowed = true;
    call_.principal = std::make_shared<auth::Principal>();
    call_.caller.partition = partition_of(call_);
    call_.target = call_.caller;
    call_.path_storage = cat('/', percent_encode(name_), '/', percent_encode(key, true));
    wire::RequestParts parts{head ? "HEAD" : "GET", call_.path_storage, {}, &call_.headers, {}};
    call_.parts = parts;
    FB_ASSIGN(input, wire::read_input(wire::Protocol::rest_xml, *call_.op->wire, parts, call_.arena));
    call_.input = input;
    Result<void> result = core_.chain().run_internal(call_);
    core_.chain().finish(call_, result);
    return result;
  }

  Str redirect_of_object() const {
    if (!call_.output) return {};
    if (call_.op == &op::HeadObject::info()) return static_cast<const svc::HeadObjectOutput*>(call_.output)->WebsiteRedirectLocation;
    return static_cast<const svc::GetObjectOutput*>(call_.output)->WebsiteRedirectLocation;
  }

  /// Answers with the object that was got; `status` other than 0: as an error document.
  void object(int status) {
    if (Str to = redirect_of_object(); to && !status) return redirect({301, std::string(to.view())});
    core_.chain().write_answer(call_, {}, out_);
    if (status) out_.status = status;
  }

  void fail_with(ApiError error, bool head) {
    if (!website_->ErrorDocument || error.status >= 500) return page(error, nullptr);
    Result<void> got = get(website_->ErrorDocument->Key.view(), head);
    if (got) return object(error.status);
    page(error, &got.error());
  }

  void clear() {
    call_.segments.clear();
    call_.content_length = -1;
    out_ = {};
    append(out_.headers, "x-amz-request-id: ", call_.request_id, "\r\nx-amz-id-2: ", wire::extended_request_id(call_.request_id), "\r\n");
  }

  void redirect(const Redirection& to) {
    clear();
    out_.status = to.status;
    http::add_field(out_.headers, "Location", to.location);
  }

  void page(const ApiError& error, const ApiError* document) {
    clear();
    out_.status = error.status;
    http::add_field(out_.headers, "x-amz-error-code", error.code);
    http::add_field(out_.headers, "x-amz-error-message", error.message);
    for (const auto& [name, value] : error.members) http::add_field(out_.headers, cat("x-amz-error-detail-", name), value);
    out_.headers += "Content-Type: text/html; charset=utf-8\r\n";
    std::string body = error_page(error, call_.request_id, wire::extended_request_id(call_.request_id), document);
    if (call_.facts.method == "HEAD") call_.content_length = int64_t(body.size());
    else out_.body = std::move(body);
  }

  Core& core_;
  Call& call_;
  std::string name_;
  wire::Message& out_;
  std::string key_;
  SiteRequest request_;
  const svc::WebsiteConfiguration* website_ = nullptr;
};

}  // namespace

void serve_website(Core& core, Call& call, std::string_view bucket, wire::Message& out) { Site(core, call, bucket, out).serve(); }

}  // namespace fogbank::s3

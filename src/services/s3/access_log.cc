#include "services/s3/access_log.h"

#include <ctime>

#include "base/encoding.h"
#include "base/log.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "gateway/tasks.h"
#include "gen/s3/operations.h"
#include "services/s3/configurations.h"
#include "services/s3/errors.h"

namespace fogbank::s3 {
namespace {

constexpr Millis kDelay = 10'000;          // lines that come within it share an object
constexpr size_t kLinesAtOnce = 900;       // their removal is one transaction
constexpr size_t kBytesAtOnce = 1 << 20;
constexpr size_t kMaxText = 1024;          // of what a client sent

struct Delivery {
  std::string bucket;
  uint64_t id = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, bucket); a(2, id); a(unknown); }
};

struct LogLine {
  std::string text;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, text); a(unknown); }
};

store::Key line_key(const BucketInfo& bucket, uint64_t number) { return store::key(bucket.scope, kLogLines, bucket.record.id, number); }

void schedule_delivery(store::Txn& tx, const BucketInfo& bucket, Millis due) {
  store::Task task;
  task.due = due;
  task.kind = "s3.deliver_access_logs";
  task.scope = bucket.scope;
  task.payload = encode(Delivery{bucket.record.name, bucket.record.id, {}});
  tx.schedule(std::move(task));
  tx.put_record(line_key(bucket, 0), LogLine{});
}

std::string quoted(std::string_view text) {
  if (text.empty()) return "\"-\"";
  std::string out = "\"";
  for (char c : text.substr(0, kMaxText)) {
    if (c == '"') out += "\\\"";
    else if (static_cast<unsigned char>(c) < 0x20) out += ' ';
    else out += c;
  }
  return out + '"';
}
std::string plain(std::string_view text) {
  if (text.empty()) return "-";
  std::string out;
  for (char c : text.substr(0, kMaxText)) {
    if (static_cast<unsigned char>(c) <= 0x20) append(out, c == ' ' ? '+' : '-');
    else out += c;
  }
  return out;
}
std::string number(int64_t n) { return n < 0 ? std::string("-") : cat(n); }

std::tm utc(Millis t) {
  time_t seconds = t / 1000;
  std::tm out{};
  gmtime_r(&seconds, &out);
  return out;
}
std::string formatted(const char* format, Millis t) {
  char text[64];
  std::tm tm = utc(t);
  size_t n = std::strftime(text, sizeof text, format, &tm);
  return std::string(text, n);
}

/// Operations whose resource in a log is not told by bucket or key alone.
struct Named { std::string_view operation, resource; };
constexpr Named kResources[] = {
  {"BucketAcl", "ACL"}, {"ObjectAcl", "ACL"}, {"BucketPolicyStatus", "POLICY_STATUS"}, {"BucketPolicy", "BUCKETPOLICY"}, {"BucketVersioning", "VERSIONING"},
  {"BucketLocation", "LOCATION"}, {"BucketLogging", "LOGGING_STATUS"}, {"BucketCors", "CORS"}, {"BucketWebsite", "WEBSITE"}, {"BucketLifecycle", "LIFECYCLE"},
  {"BucketTagging", "TAGGING"}, {"ObjectTagging", "OBJECT_TAGGING"}, {"BucketNotification", "NOTIFICATION"}, {"BucketRequestPayment", "REQUEST_PAYMENT"},
  {"BucketEncryption", "ENCRYPTION"}, {"PublicAccessBlock", "PUBLIC_ACCESS_BLOCK"}, {"OwnershipControls", "OWNERSHIP_CONTROLS"},
  {"ObjectLockConfiguration", "OBJECT_LOCK_CONFIGURATION"}, {"ObjectRetention", "OBJECT_LOCK_RETENTION"}, {"ObjectLegalHold", "OBJECT_LOCK_LEGALHOLD"},
  {"ListObjectVersions", "BUCKETVERSIONS"}, {"ListMultipartUploads", "UPLOADS"}, {"CreateMultipartUpload", "UPLOADS"}, {"CompleteMultipartUpload", "UPLOAD"},
  {"AbortMultipartUpload", "UPLOAD"}, {"ListParts", "UPLOAD"}, {"UploadPart", "PART"}, {"DeleteObjects", "MULTI_OBJECT_DELETE"},
  {"BucketReplication", "REPLICATION"}, {"BucketAccelerate", "ACCELERATE"}, {"IntelligentTiering", "INTELLIGENT_TIERING"}, {"Metrics", "METRICS"},
  {"Analytics", "ANALYTICS"},
};

std::string operation_name(const Call& call, bool website, bool has_key) {
  if (website) return cat("WEBSITE.", call.facts.method, ".OBJECT");
  if (!call.op) return call.facts.method == "OPTIONS" ? "REST.OPTIONS.PREFLIGHT" : cat("REST.", call.facts.method, has_key ? ".OBJECT" : ".BUCKET");
  std::string_view name = call.op->wire->name;
  if (name == "CopyObject" || name == "UploadPartCopy") return name == "CopyObject" ? "REST.COPY.OBJECT" : "REST.COPY.PART";
  for (const auto& r : kResources) if (name.find(r.operation) != std::string_view::npos) return cat("REST.", call.facts.method, '.', r.resource);
  return cat("REST.", call.facts.method, has_key ? ".OBJECT" : ".BUCKET");
}

std::string_view header(const Call& call, std::string_view name) {
  for (const auto& h : call.headers) if (iequals(h.name, name)) return h.value;
  return {};
}

/// Bytes of the answer's body, and of the object that it is (a part of).
void sizes(const Call& call, const Result<void>& result, const wire::Message& answer, LogFields& f) {
  int64_t sent = int64_t(answer.body.size());
  for (const auto& s : call.segments) sent += s.length;
  if (call.facts.method != "HEAD" && sent) f.sent = sent;
  if (!result || !call.op) return;
  if (call.op->form == Form::body_in) f.size = call.body.size;
  if (call.op == &op::GetObject::info() && call.output) {
    const auto& out = *static_cast<const svc::GetObjectOutput*>(call.output);
    f.size = out.ContentLength ? *out.ContentLength : sent;
    if (Str range = out.ContentRange) f.size = std::atoll(std::string(range.view().substr(range.view().rfind('/') + 1)).c_str());
  }
  if (call.op == &op::HeadObject::info()) f.size = call.content_length;
}

LogFields fields_of(Core& core, const BucketInfo& bucket, const Call& call, const Result<void>& result, const wire::Message& answer, bool website) {
  LogFields f;
  f.owner = canonical_id(bucket.record.account);
  f.bucket = bucket.record.name;
  f.time = core.now();
  f.ip = call.facts.source_ip;
  if (call.principal && !call.principal->anonymous())
    f.requester = call.principal->kind == auth::PrincipalKind::root ? canonical_id(call.principal->account) : call.principal->arn;
  f.request_id = call.request_id;
  std::string_view path = call.parts.path;
  size_t slash = path.find('/', 1);
  if (slash != std::string_view::npos && slash + 1 < path.size()) f.key = path.substr(slash + 1);
  f.operation = operation_name(call, website, !f.key.empty());
  f.request = cat(call.facts.method, ' ', call.facts.path, call.facts.query.empty() ? "" : "?", call.facts.query, " HTTP/1.1");
  f.status = answer.status;
  if (!result) f.error = result.error().code;
  sizes(call, result, answer, f);
  f.total_ms = (steady_micros() - call.started_us) / 1000;
  f.referer = header(call, "referer");
  f.agent = call.facts.user_agent;
  if (size_t at = call.facts.query.find("versionId="); at != std::string_view::npos) f.version = call.facts.query.substr(at + 10, call.facts.query.find('&', at) - at - 10);
  f.host_id = wire::extended_request_id(call.request_id);
  if (!f.requester.empty()) {
    f.signature = "SigV4";
    f.auth = call.presigned ? "QueryString" : "AuthHeader";
  }
  f.host = call.facts.host;
  if (call.facts.tls) f.tls_version = "TLSv1.3";
  if (call.decision.find("grant of ") != std::string::npos) f.acl = "Yes";
  return f;
}

/// "2006-02-06-00-00-38-3A1B…": the same again when the delivery is made again.
std::string object_name(const BucketInfo& source, const svc::LoggingEnabled& logging, Millis now, std::string_view unique) {
  std::string prefix(logging.TargetPrefix.view());
  const auto* format = logging.TargetObjectKeyFormat.ptr;
  if (format && format->PartitionedPrefix) {
    append(prefix, source.record.account, '/', source.record.region, '/', source.record.name, '/', formatted("%Y/%m/%d/", now));
  }
  return cat(prefix, formatted("%Y-%m-%d-%H-%M-%S-", now), unique);
}

std::string grant_header(const svc::LoggingEnabled& logging, std::string_view permission) {
  std::string out;
  for (const auto& g : logging.TargetGrants) {
    if (g.Permission.view() != permission || !g.Grantee) continue;
    if (!out.empty()) out += ", ";
    if (g.Grantee->URI) append(out, "uri=\"", g.Grantee->URI.view(), '"');
    else append(out, "id=\"", g.Grantee->ID.view(), '"');
  }
  return out;
}

struct Lines { std::string text; uint64_t last = 0; size_t count = 0; };

Lines collect(store::Reader& reader, const BucketInfo& bucket) {
  Lines out;
  reader.scan(line_key(bucket, 1), store::key(bucket.scope, kLogLines, bucket.record.id).after_prefix(), store::Order::ascending,
              [&](std::string_view key, std::string_view bytes, store::Version) {
    auto line = decode<LogLine>(bytes);
    if (line) out.text += line->text;
    out.last = store::number_part(store::key_parts(key).at(1));
    return ++out.count < kLinesAtOnce && out.text.size() < kBytesAtOnce;
  });
  return out;
}

Result<void> put_log(TaskContext& cx, const BucketInfo& source, const svc::LoggingEnabled& logging, const Lines& lines) {
  BucketPtr target = find_bucket(cx.core(), source.scope.partition, logging.TargetBucket);
  if (!target) return fail(no_such_bucket(logging.TargetBucket));
  std::string unique = hex(as_view(sha256(cat(source.record.id, ' ', lines.last)))).substr(0, 16);
  for (char& c : unique) c = char(std::toupper(static_cast<unsigned char>(c)));
  svc::PutObjectRequest in{};
  in.Bucket = logging.TargetBucket;
  in.Key = cx.str(object_name(source, logging, cx.task().due, unique));
  in.ContentType = "text/plain";
  auto grants = [&](Str& to, const char* permission) {
    std::string text = grant_header(logging, permission);
    if (!text.empty()) to = cx.str(text);
  };
  grants(in.GrantFullControl, "FULL_CONTROL");
  grants(in.GrantRead, "READ");
  FB_TRY(cx.set_body(lines.text));
  auto put = cx.call<op::PutObject>(1, auth::service_principal("logging.s3.amazonaws.com", source.arn, source.record.account), target->scope, in);
  if (!put) return fail(std::move(put.error()));
  return {};
}

}  // namespace

std::string log_line(const LogFields& f) {
  return cat(f.owner, ' ', f.bucket, ' ', formatted("[%d/%b/%Y:%H:%M:%S +0000]", f.time), ' ', plain(f.ip), ' ', plain(f.requester), ' ', f.request_id, ' ',
             f.operation, ' ', plain(f.key), ' ', quoted(f.request), ' ', f.status, ' ', plain(f.error), ' ', number(f.sent), ' ', number(f.size), ' ', f.total_ms,
             ' ', f.total_ms, ' ', quoted(f.referer), ' ', quoted(f.agent), ' ', plain(f.version), ' ', plain(f.host_id), ' ', plain(f.signature), " - ",
             plain(f.auth), ' ', plain(f.host), ' ', plain(f.tls_version), " - ", plain(f.acl), '\n');
}

void log_request(Core& core, const BucketInfo& bucket, const Call& call, const Result<void>& result, const wire::Message& answer, bool website) {
  LogLine line{log_line(fields_of(core, bucket, call, result, answer, website)), {}};
  Millis now = core.now();
  auto kept = core.store().write([&](store::Txn& tx) -> Result<void> {
    BucketPtr current = find_bucket(core, tx, bucket.scope.partition, bucket.record.name);
    if (!current || current->record.id != bucket.record.id) return {};
    tx.put_record(line_key(*current, tx.version()), line);
    if (!tx.has(line_key(*current, 0))) schedule_delivery(tx, *current, now + kDelay);
    return {};
  });
  if (!kept) log(LogLevel::warning, cat("a line of the access log of ", bucket.record.name, " could not be kept: ", kept.error().message));
}

Result<void> deliver_access_logs(TaskContext& cx) {
  auto what = cx.payload<Delivery>();
  if (!what) return fail(internal_error("the payload of an access log delivery is damaged"));
  BucketPtr bucket = find_bucket(cx.core(), cx.task().scope.partition, what->bucket);
  if (!bucket || bucket->record.id != what->id) return cx.finish();
  Lines lines;
  cx.read([&](store::Reader& reader) { lines = collect(reader, *bucket); });
  if (lines.count && bucket->settings->logging) {
    Result<void> put = put_log(cx, *bucket, *bucket->settings->logging, lines);
    if (!put && put.error().status >= 500) return put;
    if (!put) log(LogLevel::warning, cat("access logs of bucket ", bucket->record.name, " are dropped: ", put.error().code, ": ", put.error().message));
  }
  struct State { const BucketInfo* bucket; uint64_t last; Millis now; } state{bucket.get(), lines.last, cx.now()};
  return cx.finish(state, [](store::Txn& tx, const State& s) -> Result<void> {
    std::vector<std::string> done;
    bool more = false;
    tx.scan(line_key(*s.bucket, 1), store::key(s.bucket->scope, kLogLines, s.bucket->record.id).after_prefix(), store::Order::ascending,
            [&](std::string_view key, std::string_view, store::Version) {
      if (store::number_part(store::key_parts(key).at(1)) > s.last) { more = true; return false; }
      done.emplace_back(key);
      return true;
    });
    for (const auto& key : done) tx.erase(store::Key::raw(key, false));
    if (more) schedule_delivery(tx, *s.bucket, s.now);
    else tx.erase(line_key(*s.bucket, 0));
    return {};
  });
}

}  // namespace fogbank::s3
